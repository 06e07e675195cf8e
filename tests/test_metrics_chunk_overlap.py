import json
import os
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from harness.data import load
from harness.errors import ConfigError, DataError
from harness.metrics.chunk_overlap import (
    Overlap,
    overlap,
    token_iou,
    token_precision,
    token_recall,
)
from harness.metrics.evidence import Excerpt, evidence
from harness.protocols import Metric
from harness.types import Case, Document, Prediction, Question

REALDATA = Path(os.environ.get("HARNESS_REALDATA", Path(__file__).parents[1] / "../shared/data"))
TEXT = "Fees are low. Opening an account costs 3 euros. Closing is free, and 3 euros come back."
DOCUMENTS = {
    "fees": Document("fees", TEXT, "Opening an account"),
    "hours": Document("hours", "It opens at nine. It closes at noon."),
}
ASKED = Question(
    "q", "What does opening an account cost?", ("3 euros",), (("3 euros",),), ("fees",)
)


def text_of(excerpt: Excerpt) -> str:
    return DOCUMENTS[excerpt.document].text[excerpt.start : excerpt.end]


def case(question: Question, *passages: str) -> Case:
    return Case(question, Prediction("rag", 0, "test", question.id, "", passages), "retrieved")


def test_the_numbers_of_a_worked_example() -> None:
    counted = overlap([Excerpt("t", 0, 14)], [Excerpt("t", 4, 18)], {"t": "one two three four"})
    assert counted == Overlap(gold=3, read=3, shared=2)
    assert (counted.recall, counted.precision) == (2 / 3, 2 / 3)
    assert counted.iou == 2 / 4


def test_what_two_passages_repeat_is_read_twice_and_found_once() -> None:
    whole, texts = Excerpt("t", 0, 13), {"t": "one two three"}
    counted = overlap([whole, whole], [whole, Excerpt("t", 4, 13)], texts)
    assert counted == Overlap(gold=3, read=5, shared=3)
    assert (counted.recall, counted.precision, counted.iou) == (1.0, 0.6, 0.6)


def test_nothing_read_or_nothing_gold_is_no_division_by_zero() -> None:
    for gold, read in (([], []), ([Excerpt("t", 0, 3)], []), ([], [Excerpt("t", 0, 3)])):
        counted = overlap(gold, read, {"t": "one"})
        assert (counted.recall, counted.precision, counted.iou) == (0.0, 0.0, 0.0)


def test_a_token_belongs_to_the_stretch_in_which_it_begins() -> None:
    text = "un_believ-able\u00a0漢字 3.5 kg\nend"
    begins = [m.start() for m in re.finditer(r"\w+|[^\w\s]", text)]
    rng = random.Random(4)
    for _ in range(200):
        cuts = sorted({0, len(text), *(rng.randrange(len(text)) for _ in range(4))})
        parts = [Excerpt("t", a, b) for a, b in pairwise(cuts)]
        counted = overlap([Excerpt("t", 0, len(text))], parts, {"t": text})
        assert counted == Overlap(len(begins), len(begins), len(begins))
        [first, *_] = parts
        alone = overlap([], [first], {"t": text})
        assert alone.read == sum(begin < first.end for begin in begins)


def test_the_sentence_with_the_answer_that_is_most_like_the_question_is_gold() -> None:
    assert [text_of(e) for e in evidence(ASKED, DOCUMENTS)] == ["Opening an account costs 3 euros."]


def test_an_answer_across_sentences_and_line_breaks_is_found_word_for_word() -> None:
    documents = {"d": Document("d", "It is\nred. It is old. It is new.")}
    question = Question("q", "How is it?", ("IT IS RED. It is old",), (("new",),), ("d",))
    assert evidence(question, documents) == (Excerpt("d", 0, 21),)


def test_each_value_has_a_sentence_and_no_match_is_inside_a_word() -> None:
    question = Question(
        "q", "When is it open?", ("from 9 to 12",), (("nine", "9"), ("noon",), ("o",)), ("hours",)
    )
    assert [text_of(e) for e in evidence(question, DOCUMENTS)] == [
        *("It opens at nine.", "It closes at noon.")
    ]


def test_what_cannot_be_located_has_no_evidence_and_no_number() -> None:
    absent = Question("q", "Why?", ("because",), (("because",),), ("fees",))
    nobody = Question("q", "Why?", (), gold=("fees",), answerable=False)
    for question in (absent, nobody):
        assert evidence(question, DOCUMENTS) == ()
        assert not token_recall(5, DOCUMENTS).applies(question, "retrieved")


def test_spans_in_the_row_of_a_question_go_before_what_can_be_located() -> None:
    spans = [{"document": "hours", "start": 0, "end": 17}]
    question = Question("q", "?", ("noon",), gold=("hours",), meta={"spans": json.dumps(spans)})
    assert evidence(question, DOCUMENTS) == (Excerpt("hours", 0, 17),)


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ("[{", "cannot be read"),
        ('[{"start": 1, "end": 2}]', "cannot be read"),
        ("[1]", "cannot be read"),
        ('[{"document": "no", "start": 1, "end": 2}]', "'no' that the corpus does not have"),
        ('[{"document": "fees", "start": 5, "end": 999}]', "no stretch of 'fees', which has 87"),
        ('[{"document": "fees", "start": 5, "end": 5}]', "from 5 to 5 are no stretch"),
        ('[{"document": "fees", "start": "a", "end": 5}]', "are no stretch"),
    ],
)
def test_spans_that_are_none_are_named(spans: str, message: str) -> None:
    question = Question("q7", "?", ("noon",), gold=("fees",), meta={"spans": spans})
    with pytest.raises(DataError, match=f"question 'q7'.*{message}"):
        evidence(question, DOCUMENTS)


def test_the_metrics_look_at_the_first_k_passages_and_apply_to_retrieved_ones() -> None:
    [gold] = evidence(ASKED, DOCUMENTS)
    passages = ("hours:0-17", f"fees:{gold.start}-{gold.end}", "fees:0-14")
    metrics: list[Metric] = [
        make(2, DOCUMENTS) for make in (token_recall, token_precision, token_iou)
    ]
    tokens = 7  # of the gold sentence; the other passage has 5
    for metric, expected in zip(metrics, (1.0, tokens / 12, tokens / 12), strict=True):
        assert metric.applies(ASKED, "retrieved")
        assert not metric.applies(ASKED, "none")
        assert metric.measure([case(ASKED, *passages), case(ASKED, "hours:0-17"), case(ASKED)]) == [
            (pytest.approx(expected), 1.0),
            *((0.0, 1.0), (0.0, 1.0)),
        ]
    assert token_recall(1, DOCUMENTS).measure([case(ASKED, *passages)]) == [(0.0, 1.0)]
    assert not token_recall(5).applies(ASKED, "retrieved")
    with pytest.raises(ConfigError, match="token_iou@0"):
        token_iou(0)


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "share"), [("squad2_dev_split", 0.95), ("nq_open_oracle", 0.9)])
def test_short_answers_of_real_sets_are_located(name: str, share: float) -> None:
    if not (REALDATA / name).is_dir():
        pytest.skip(f"no {REALDATA / name}")
    loaded = load(REALDATA / name)
    documents = {document.id: document for document in loaded.corpus}
    questions = [q for q in loaded.questions if q.answerable and q.gold][:1500]
    located = [q for q in questions if evidence(q, documents)]
    assert len(located) >= share * len(questions)
    for q in located[:200]:
        texts = [
            documents[e.document].text[e.start : e.end].lower() for e in evidence(q, documents)
        ]
        assert all(
            any(" ".join(a.lower().split()) in " ".join(t.split()) for a in q.answers)
            for t in texts
        )
