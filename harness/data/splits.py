"""Questions to splits: those of the file, checked, or those that the rules make.

Rules for a file with splits:

- `train`, `dev-seen`, `dev-new`, `test-seen`, `test-new` and `test-unanswerable` are taken as
  they are. `training`, `dev`, `valid`, `val`, `validation`, `test` and `testing` are understood.
- A plain `test` question is `test-seen` where a training question shares a gold document with it,
  else `test-new`; a plain `dev` question likewise. An unanswerable question of any test split is
  `test-unanswerable`.
- Where there is training and no dev, `dev-new` and `dev-seen` are carved from training.

`auto` on every question, or no split at all: see `harness.data.carving`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.data.carving import carve, carve_dev
from harness.data.faults import Findings, Place
from harness.data.options import DataOptions
from harness.errors import did_you_mean
from harness.types import Question

SPLITS = ("train", "dev-seen", "dev-new", "test-seen", "test-new", "test-unanswerable")
AUTO = "auto"
OTHER_NAMES = {
    "training": "train", "val": "dev", "valid": "dev", "validation": "dev", "testing": "test",
}  # fmt: skip
KNOWN = (*SPLITS, "dev", "test", AUTO, *OTHER_NAMES)


def assign(
    questions: Sequence[Question],
    options: DataOptions,
    places: Mapping[str, Place],
    findings: Findings,
) -> tuple[Question, ...]:
    """Return the questions with their final splits, in their order, without those left out.

    A split depends on the split seed, ids, gold documents and answers; never on file order.
    """
    _check_map(questions, options, places, findings)
    named = [(q, s) for q in questions if (s := _named(q, options, places, findings)) is not None]
    kept = [q for q, _ in named]
    if all(split == AUTO for _, split in named):
        splits = carve(kept, options.split_seed)
        return tuple(replace(q, split=splits[q.id]) for q in kept)
    for question, split in named:
        if split == AUTO:
            findings.error(
                places[question.id],
                f"question {question.id!r} has no split, others have",
                "give every question a split, or none",
            )
    train = [q for q, split in named if split == "train"]
    touched = {key for q in train for key in q.gold}
    splits = {q.id: _sorted_in(q, split, touched) for q, split in named}
    if train and not any(split.startswith("dev") for split in splits.values()):
        splits |= carve_dev(kept, splits, options.split_seed)
    done = tuple(replace(q, split=splits[q.id]) for q in kept)
    _check_splits(done, places, findings)
    return done


def _named(
    question: Question, options: DataOptions, places: Mapping[str, Place], findings: Findings
) -> str | None:
    """Return the split a question is given, plain names included; None where it is left out."""
    given = options.splits.get(question.split, question.split)
    name = given.strip().casefold().replace("_", "-") or ("" if options.splits else AUTO)
    name = OTHER_NAMES.get(name, name)
    if name in KNOWN:
        return name
    if not options.splits:
        findings.error(
            places[question.id],
            f"question {question.id!r} has the unknown split {given!r}",
            f"{did_you_mean(given, KNOWN)}, or map it: splits: {{{given}: train}}",
        )
    return None


def _sorted_in(question: Question, split: str, touched: set[str]) -> str:
    """Return the final split of a question whose file says `test` or `dev` and no more."""
    if split.startswith("test") and not question.answerable:
        return "test-unanswerable"
    if split in ("test", "dev"):
        return f"{split}-{'new' if touched.isdisjoint(question.gold) else 'seen'}"
    return split


def _check_map(
    questions: Sequence[Question],
    options: DataOptions,
    places: Mapping[str, Place],
    findings: Findings,
) -> None:
    """Report a `splits` entry that names no split of ours, or that no question has."""
    found = {q.split for q in questions}
    place = Place(places[questions[0].id].file) if questions else Place("splits")
    for value, name in options.splits.items():
        if name.casefold().replace("_", "-") not in KNOWN:
            hint = did_you_mean(name, KNOWN)
            findings.error(place, f"splits: {value!r} is mapped to the unknown {name!r}", hint)
        if questions and value not in found:
            column = options.column("split")
            problem = f"splits: no question has {value!r} in the column {column!r}"
            findings.error(place, problem, did_you_mean(value, found - {""}))


def _check_splits(
    questions: Sequence[Question], places: Mapping[str, Place], findings: Findings
) -> None:
    """Report questions whose split is not what its name says."""
    trained = {key: q.id for q in reversed(questions) if q.split == "train" for key in q.gold}
    for q in questions:
        place, what = places[q.id], f"{q.split} question {q.id!r}"
        touching = [key for key in q.gold if key in trained]
        if q.split in ("test-new", "dev-new") and touching:
            findings.error(
                place,
                f"{what} has the gold document {touching[0]!r}, which the training question "
                f"{trained[touching[0]]!r} touches",
                f"call the split {q.split.split('-')[0]!r} to have it sorted out",
            )
        elif q.split == "test-unanswerable" and q.answerable:
            remedy = 'set "answerable": false or give it another split'
            findings.error(place, f"{what} is answerable", remedy)
        elif q.split in ("test-seen", "dev-seen") and q.answerable and not touching:
            problem = f"{what} has no gold document that a training question touches"
            findings.warning(place, problem, "train on its document, or make it new")
