"""Four choices of an experiment, switched one by one and together.

The headline is the relative difference of a RAG arm and a fine-tuned arm, as Lakatos et al. (2024,
arXiv 2403.09727) give it. Their set-up leaves four doors open: RAG answers with another
checkpoint than the one fine-tuned; its threshold is the best of eleven for each metric on the test
questions; the index holds the answers to the test questions; the encoder that retrieves also
measures. Each switch closes one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from math import fsum

import numpy as np

from harness.audit.finding import METRICS, OTHER_ENCODER, SWITCHES, Finding, Setting
from harness.audit.finished import FinishedRun
from harness.audit.roles import Roles, roles
from harness.stats import FEW_CLUSTERS, Numbers, Resampling, clusters, interval, reach


@dataclass(frozen=True, slots=True)
class Headline:
    """RAG over fine-tuned, minus 1, with its bootstrap."""

    value: float
    """NaN where the fine-tuned arm scores 0."""
    bootstrap: Numbers
    """Shape (resamples,)."""
    rag: str
    """The arm that was chosen."""


def audit(run: FinishedRun, seed: int = 0) -> list[Finding]:
    """Return every finding: by index, test split, metric and switch.

    Intervals are paired bootstraps over clusters of questions. Where an arm is chosen on the test
    questions, it is chosen anew in every resample, so the interval holds what choosing gains; an
    arm chosen on dev stays the same.

    Raises:
        ConfigError: The run has no fine-tuned arm, or none that retrieves.
    """
    splits = [split for split in run.splits if split.startswith("test")]
    return [
        finding
        for of_index in roles(run.benchmark)
        for split in splits
        for metric in METRICS
        for finding in _Comparison(run, of_index, split, metric, seed).findings()
    ]


class _Comparison:
    """One fine-tuned arm against the RAG arms of an index, by one metric on one split."""

    def __init__(
        self, run: FinishedRun, of_index: Roles, split: str, metric: str, seed: int
    ) -> None:
        self._run, self._roles, self._split, self._metric = run, of_index, split, metric
        other = OTHER_ENCODER.get(metric, metric)
        self._other = other if run.has(other) else metric
        arms = (of_index.fine_tuned, *chain.from_iterable(of_index.rag.values()))
        self._columns = [(a, m) for m in dict.fromkeys((metric, self._other)) for a in arms]
        tables = [run.scores.get((arm, m, split), {}) for arm, m in self._columns]
        self._ids = [i for i in run.questions if all(i in table for table in tables)]
        self._left_out = len({i for table in tables for i in table}) - len(self._ids)
        if self._ids:
            rows = np.array([[table[i] for table in tables] + [1.0] for i in self._ids])
            labels = clusters([run.questions[i] for i in self._ids])
            resampling = Resampling(labels, seed)
            self._clusters, self._mean = resampling.clusters, rows[:, :-1].mean(axis=0)
            sums = resampling.bootstrap(rows)
            self._means = sums[:, :-1] / sums[:, -1:]

    def findings(self) -> Iterator[Finding]:
        """Yield a row for each switch that bears on the metric, and one for all together."""
        if not self._run.has(self._metric):
            yield replace(self._blank(), switch="all switches", note=_ask_for(self._metric))
            return
        if not self._ids:
            if self._left_out:  # else the metric does not apply here: nothing can be answered
                note = "no question has a score in every arm: run the file again without --only"
                yield replace(self._blank(), switch="all switches", note=note)
            return
        kinds = self._roles.rag
        start = Setting(
            same_checkpoint=all(same for same, _ in kinds),
            without_test=all(held_out for _, held_out in kinds),
        )
        switches = dict(SWITCHES)
        if self._metric not in OTHER_ENCODER:
            del switches["other_encoder"]
        missing = {name: self._missing(name) for name in switches}
        before = self._headline(start)
        blank = self._started(before)
        for name, label in switches.items():
            after = missing[name] or self._headline(replace(start, **{name: True}))
            yield self._switched(replace(blank, switch=label), before, after, name)
        closed = [name for name in switches if not missing[name]]
        if len(closed) > 1:
            label = f"together: {', '.join(switches[name][0] for name in closed)}"
            after = self._headline(replace(start, **dict.fromkeys(closed, True)))
            yield self._switched(replace(blank, switch=label), before, after, *closed)

    def _missing(self, switch: str) -> str:
        """Return what the run would need for a switch, empty where it has it."""
        kinds = self._roles.rag
        if switch == "same_checkpoint" and len({same for same, _ in kinds}) < 2:
            which = "another model than that" if any(same for same, _ in kinds) else "the model"
            return (
                f"no arm has base weights, retrieved passages and {which} of "
                f"{self._roles.fine_tuned!r}"
            )
        if switch == "without_test" and len({held_out for _, held_out in kinds}) < 2:
            has = any(held_out for _, held_out in kinds)
            return f"no RAG arm has a retriever {'with' if has else 'without'} the test answers" + (
                "" if has else " (`without: [dev, test]`)"
            )
        if switch == "chosen_on_dev":
            if all(len(arms) < 2 for arms in kinds.values()):
                return "there is one RAG arm of a kind, so none was chosen; add other thresholds"
            if not self._dev:
                return (
                    "no arm answered dev questions; add `also_ask: [dev-seen, dev-new]` and run "
                    "the file again, which asks all questions anew"
                )
        if switch == "other_encoder" and self._other == self._metric:
            return _ask_for(OTHER_ENCODER[self._metric])
        return ""

    @property
    def _dev(self) -> str:
        """The dev split that is like this test split, or else any that was answered."""
        like = self._split.replace("test", "dev", 1)
        answered = [split for split in self._run.splits if split.startswith("dev")]
        return like if like in answered else next(iter(answered), "")

    def _headline(self, setting: Setting) -> Headline | str:
        """Return the headline of a setting, or what it would need."""
        arms = self._roles.rag.get((setting.same_checkpoint, setting.without_test), ())
        if not arms:
            return "no RAG arm has both the checkpoint and the index that this needs"
        if setting.chosen_on_dev:
            arms = self._best_on_dev(arms)
            if not arms:
                primary = self._run.benchmark.metrics.primary
                return f"no dev question has a score by {primary} for all RAG arms"
        metric = self._other if setting.other_encoder else self._metric
        at = [self._columns.index((arm, metric)) for arm in arms]
        tuned = self._columns.index((self._roles.fine_tuned, metric))
        return Headline(
            float(_relative(self._mean[at].max(), self._mean[tuned])),
            _relative(self._means[:, at].max(axis=1), self._means[:, tuned]),
            arms[int(np.argmax(self._mean[at]))],
        )

    def _best_on_dev(self, arms: tuple[str, ...]) -> tuple[str, ...]:
        """Return the arm with the highest mean of the primary metric on dev, the first of equals.

        Questions that not all of the arms have a score for do not count; without any, no arm.
        """
        primary = self._run.benchmark.metrics.primary
        tables = [self._run.scores.get((arm, primary, self._dev), {}) for arm in arms]
        common = [i for i in tables[0] if all(i in table for table in tables)]
        totals = [fsum(table[i] for i in common) for table in tables]
        return (arms[int(np.argmax(totals))],) if common else ()

    def _started(self, before: Headline | str) -> Finding:
        """Return a row that holds the headline as published, as far as there is one."""
        blank = self._blank()
        if isinstance(before, str):
            return blank
        value, low, high, note = self._limits(before.value, before.bootstrap)
        return replace(
            blank, published=value, published_low=low, published_high=high,
            published_rag=before.rag, note=_joined(blank.note, note),
        )  # fmt: skip

    def _switched(
        self, row: Finding, before: Headline | str, after: Headline | str, *closed: str
    ) -> Finding:
        """Return the row with what the closed doors make of the headline, or what is missing."""
        if isinstance(after, str) or isinstance(before, str):
            what = after if isinstance(after, str) else before
            return replace(row, note=_joined(f"not answered: {what}", row.note))
        shift = after.bootstrap - before.bootstrap
        switched = self._limits(after.value, after.bootstrap)
        change = self._limits(after.value - before.value, shift)
        dev = f"chosen by {self._run.benchmark.metrics.primary} on {self._dev}"
        apart = "the encoder of the metric does not retrieve in this run"
        return replace(
            row,
            switched=switched[0], switched_low=switched[1], switched_high=switched[2],
            change=change[0], change_low=change[1], change_high=change[2],
            switched_rag=after.rag,
            note=_joined(
                row.note, switched[3], change[3],
                dev if "chosen_on_dev" in closed else "",
                apart if "other_encoder" in closed and not self._roles.encoder_retrieves else "",
            ),
        )  # fmt: skip

    def _limits(
        self, value: float, draws: Numbers
    ) -> tuple[float | None, float | None, float | None, str]:
        """Return a value with its interval, and what is to be said about them."""
        if np.isnan(value):
            zero = f"{self._roles.fine_tuned} scores 0: there is no relative difference"
            return None, None, None, zero
        if self._clusters < 2:
            return value, None, None, "no interval: all questions are one cluster"
        return (value, *interval(draws, reach([(1.0, self._clusters)])))

    def _blank(self) -> Finding:
        """Return a row without numbers."""
        of_index, n = self._roles, len(self._ids)
        found = self._clusters if n else 0
        few = f"{found} clusters only: intervals are a rough guide"
        left_out = f"{self._left_out} questions left out: not every arm has a score"
        trained = f"mean of {self._run.seeds} seeds: intervals leave out the variance of training"
        return Finding(
            of_index.index, self._split, self._metric, "", of_index.fine_tuned, n, found,
            note=_joined(
                few if 0 < found < FEW_CLUSTERS else "",
                left_out if n and self._left_out else "",
                trained if n and self._run.seeds > 1 else "",
            ),
        )  # fmt: skip


def _joined(*notes: str) -> str:
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _relative(rag: Numbers, tuned: Numbers) -> Numbers:
    """Return rag / tuned - 1, NaN where tuned is 0."""
    rag, tuned = np.asarray(rag, float), np.asarray(tuned, float)
    out = np.full(tuned.shape, np.nan)
    np.divide(rag, tuned, out=out, where=tuned > 0)
    return out - 1


def _ask_for(metric: str) -> str:
    return (
        f"the run was not scored by {metric}; name it under metrics.also and run the file again: "
        "no question is asked twice"
    )
