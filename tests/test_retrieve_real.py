"""BM25 on question sets that nobody here wrote, beside the figures that bm25s itself gives."""

import os
from pathlib import Path

import pytest

from harness import data
from harness.chunking.whole import Whole
from harness.progress import Silent
from harness.retrieval.bm25 import BM25
from harness.retrieving.asked import with_gold
from harness.retrieving.measures import measure
from harness.retrieving.ranking import documents
from harness.retrieving.system import System
from harness.timing import Stopwatch

REAL = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[2] / "shared" / "data"))
FIGURES = {
    "emanual": (0.39, 0.68),
    "nq_open_oracle": (0.51, 0.81),
    "popqa1k": (0.39, 0.93),
    "multihoprag1k": (0.38, 0.69),
    "squad2_dev_split": (0.80, 0.93),
}
"""hit@1 and hit@5 of bm25s with its defaults: titles and texts, English stop words."""


@pytest.mark.realdata
@pytest.mark.parametrize("name", FIGURES)
def test_bm25_finds_what_bm25s_finds(name: str, tmp_path: Path) -> None:
    folder = REAL / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    questions = data.load(folder)
    asked = with_gold(questions.questions)
    bm25 = BM25()
    bm25.index([chunk for d in questions.corpus for chunk in Whole().chunk(d)], tmp_path)
    found = bm25.retrieve_many([q.text for q in asked], 20, Stopwatch())
    rankings = {q.id: documents(hits) for q, hits in zip(asked, found, strict=True)}
    measured = measure([System("bm25", rankings)], asked, (1, 5), Silent())
    values = {s.metric: s.value for s in measured.summaries if s.split == "all"}
    expected = FIGURES[name]
    assert values["hit@1"] == pytest.approx(expected[0], abs=0.02)
    assert values["hit@5"] == pytest.approx(expected[1], abs=0.02)
