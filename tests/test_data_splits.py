"""Which question goes to which split, and what stays true of the splits."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.data import DataOptions, Place, sample
from harness.data.carving import carve, clusters
from harness.data.faults import Collected
from harness.data.splits import SPLITS, assign
from harness.errors import ConfigError
from harness.types import Question


def ask(
    key: str, *gold: str, split: str = "", answer: str = "", answerable: bool = True
) -> Question:
    answers = (answer or f"answer {key}",) if answerable else ()
    return Question(key, f"{key}?", answers, gold=gold, answerable=answerable, split=split)


def assigned(questions: Sequence[Question], options: DataOptions | None = None) -> dict[str, str]:
    places = {q.id: Place("q.jsonl", i) for i, q in enumerate(questions, start=1)}
    findings = Collected()
    made = assign(questions, options or DataOptions(), places, findings)
    assert findings.errors == []
    return {q.id: q.split for q in made}


def plain(documents: int, each: int, unanswerable: int = 0) -> list[Question]:
    asked = [ask(f"q{d}.{i}", f"d{d}") for d in range(documents) for i in range(each)]
    return asked + [
        ask(f"u{i}", f"d{i % documents}", answerable=False) for i in range(unanswerable)
    ]


def test_without_splits_a_quarter_of_the_documents_is_new() -> None:
    questions = plain(documents=80, each=4)
    splits = assigned(questions)
    documents = {
        split: {key for q in questions if splits[q.id] == split for key in q.gold}
        for split in SPLITS
    }
    assert len(documents["test-new"]) == 20
    assert len(documents["dev-new"]) == 8
    assert len(documents["test-seen"]) == len(documents["train"]) == 52
    counts = Counter(splits.values())
    assert counts["test-seen"] == 52
    assert counts["dev-seen"] == 16  # a tenth of the 156 that are left, rounded up
    assert documents["train"].isdisjoint(documents["test-new"] | documents["dev-new"])
    assert documents["test-seen"] | documents["dev-seen"] <= documents["train"]


def test_splits_follow_the_split_seed_and_ids_and_not_the_order() -> None:
    questions = plain(documents=40, each=3, unanswerable=30)
    mixed = random.Random(1).sample(questions, len(questions))
    assert carve(questions, 0) == carve(mixed, 0)
    assert carve(questions, 0) != carve(questions, 1)


def test_a_document_with_one_question_gives_none_to_seen() -> None:
    counts = Counter(assigned(plain(documents=40, each=1)).values())
    assert counts == {"train": 26, "test-new": 10, "dev-new": 4}


def test_questions_that_share_documents_stay_on_one_side() -> None:
    rng = random.Random(0)
    questions = [
        ask(f"q{i}", *(f"d{block}.{n}" for n in rng.sample(range(4), rng.randint(1, 3))))
        for i in range(300)
        for block in [i % 40]
    ]
    splits = assigned(questions)
    trained = {key for q in questions if splits[q.id] == "train" for key in q.gold}
    for question in questions:
        if splits[question.id].endswith("new"):
            assert trained.isdisjoint(question.gold)
        else:
            assert trained.issuperset(question.gold)
    assert set(splits.values()) == {"train", "dev-seen", "dev-new", "test-seen", "test-new"}
    for _, members in clusters(questions):
        assert len({splits[q.id].endswith("new") for q in members}) == 1


def test_a_cluster_of_everything_is_never_new() -> None:
    questions = [ask(f"q{i}", "d0") for i in range(10)]
    assert Counter(assigned(questions).values()) == {"train": 8, "dev-seen": 1, "test-seen": 1}


def test_unanswerable_questions_are_mostly_test_and_some_train_and_dev() -> None:
    counts = Counter(
        split
        for key, split in assigned(plain(documents=100, each=3, unanswerable=400)).items()
        if key.startswith("u")
    )
    assert counts == {"test-unanswerable": 295, "train": 58, "dev-seen": 7, "dev-new": 40}


def test_unanswerable_questions_without_gold_are_split_too() -> None:
    unanswerable = [ask(f"u{i}", answerable=False) for i in range(100)]
    splits = assigned([*plain(documents=60, each=3), *unanswerable])
    counts = Counter(splits[q.id] for q in unanswerable)
    assert counts["test-unanswerable"] > 60
    assert counts["train"] > 5
    assert not set(counts) & {"test-seen", "test-new"}


def test_a_plain_test_question_is_seen_where_training_touches_its_document() -> None:
    splits = assigned(
        [
            ask("a", "d1", split="train"),
            ask("b", "d1", "d9", split="test"),
            ask("c", "d2", split="Test"),
            ask("d", "d2", split="test", answerable=False),
            ask("e", "d1", split="validation"),
            ask("f", "d3", split="dev"),
            ask("g", split="test"),
        ]
    )
    assert list(splits.values()) == [
        "train", "test-seen", "test-new", "test-unanswerable", "dev-seen", "dev-new", "test-new",
    ]  # fmt: skip


def test_dev_is_carved_from_training_where_there_is_none() -> None:
    questions = [replace(q, split="train") for q in plain(documents=60, each=3)]
    tests = [ask(f"t{d}", f"d{d}", split="test-seen") for d in range(20)]
    splits = assigned([*questions, *tests])
    counts = Counter(splits.values())
    assert counts == {"train": 145, "dev-seen": 17, "dev-new": 18, "test-seen": 20}
    trained = {key for q in questions if splits[q.id] == "train" for key in q.gold}
    for question in (*questions, *tests):
        assert trained.isdisjoint(question.gold) == (splits[question.id] == "dev-new")


def test_dev_takes_no_fact_away_that_a_test_question_asks_for() -> None:
    facts = [
        ask(f"{fact}{d}", f"d{d}", split="train", answer=f"{fact} {d}")
        for d in range(20)
        for fact in ("fee", "limit", "limit2")
    ]
    tests = [ask(f"t{d}", f"d{d}", split="test-seen", answer=f"Fee {d}.") for d in range(20)]
    splits = assigned([*facts, *tests])
    assert Counter(splits.values())["dev-seen"] == 6
    assert all(splits[f"fee{d}"] == "train" for d in range(20))


def test_dev_splits_of_the_file_are_left_alone() -> None:
    questions = [replace(q, split="train") for q in plain(documents=20, each=3)]
    splits = assigned([*questions, ask("v", "d0", split="dev-seen")])
    assert Counter(splits.values()) == {"train": 60, "dev-seen": 1}


def test_a_value_may_be_mapped_to_auto_to_have_the_splits_made() -> None:
    questions = plain(documents=40, each=3)
    named = [replace(q, split="validation") for q in questions]
    assert assigned(named, DataOptions(splits={"validation": "auto"})) == assigned(questions)


def test_a_sample_is_stratified_nested_and_keeps_the_order() -> None:
    questions = [ask(f"{split}{i}", split=split) for split in "abc" for i in range(60)]
    questions += [ask(f"rare{i}", split="d") for i in range(3)]
    small, large = sample(questions, 20, seed=0), sample(questions, 61, seed=0)
    assert Counter(q.split for q in small) == {"a": 7, "b": 6, "c": 6, "d": 1}
    assert Counter(q.split for q in large) == {"a": 20, "b": 20, "c": 20, "d": 1}
    assert set(q.id for q in small) < set(q.id for q in large)
    assert list(large) == [q for q in questions if q in large]
    assert sample(questions[::-1], 20, seed=0) == small[::-1]
    assert sample(questions, 20, seed=1) != small
    assert sample(questions, 1000, seed=0) == tuple(questions)
    with pytest.raises(ConfigError, match="--limit 0: give 1 or more"):
        sample(questions, 0, seed=0)
