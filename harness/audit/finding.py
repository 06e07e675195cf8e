"""What an audit finds: the switches, the metrics they bear on, and a row for each."""

from collections.abc import Mapping
from dataclasses import dataclass

METRICS = ("rougeLsum", "bleu_sentence_unsmoothed", "meteor", "cosine_coverage")
"""Those of the study, each the mean of one number per question."""

OTHER_ENCODER: Mapping[str, str] = {"cosine_coverage": "cosine_coverage_lsa"}
"""The same metric as a second encoder sees it."""

SWITCHES: Mapping[str, str] = {
    "same_checkpoint": "1 same checkpoint",
    "chosen_on_dev": "2 threshold chosen on dev",
    "without_test": "3 without the test answers",
    "other_encoder": "4 another encoder measures",
}
"""What each field of a setting is called."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Which of the four doors are closed."""

    same_checkpoint: bool = False
    chosen_on_dev: bool = False
    without_test: bool = False
    other_encoder: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One switch and one metric on one split: the headline before, after, and the change.

    Numbers are shares: 0.16 is 16 %. The change is in points of these: after minus before.
    """

    index: str
    """Labels of the retrievers compared; they differ in what they hold and in nothing else."""
    split: str
    metric: str
    switch: str
    fine_tuned: str
    n: int
    clusters: int
    published: float | None = None
    published_low: float | None = None
    published_high: float | None = None
    switched: float | None = None
    switched_low: float | None = None
    switched_high: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    published_rag: str = ""
    """The arm behind `published`: the best on these very questions."""
    switched_rag: str = ""
    note: str = ""
    """What is missing in the run, or how a number is to be read."""
