"""Documents that make a corpus larger and answer nothing."""

import re
from itertools import islice
from pathlib import Path

import pytest

from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.data import load
from harness.errors import DataError
from harness.progress import Silent
from harness.stages.job import Job
from harness.types import Document, Question, QuestionSet
from harness.worlds.distractors import distractors

TWO_WORLDS = 560


@pytest.fixture(scope="module")
def vantora() -> QuestionSet:
    return load("vantora")


@pytest.fixture(scope="module")
def added(vantora: QuestionSet) -> tuple[Document, ...]:
    return tuple(islice(distractors(vantora), TWO_WORLDS))


def test_no_distractor_has_a_name_of_the_set(
    vantora: QuestionSet, added: tuple[Document, ...]
) -> None:
    names = {question.meta["entity"] for question in vantora.questions}
    phantoms = [q.text for q in vantora.questions if q.meta["form"] == "phantom"]
    assert len(names) > 250
    assert phantoms
    found = re.compile(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b")
    for document in added:
        assert not found.search(f"{document.title} {document.text}")
        subject = document.title.partition(" of ")[2].removeprefix("the ")
        assert not any(subject and subject in asked for asked in phantoms)


def test_what_would_be_a_namesake_is_left_out(vantora: QuestionSet) -> None:
    bare = QuestionSet("bare", (), (), "")
    first = next(distractors(bare))
    name = first.title.removeprefix("Data sheet of the ")
    asked = Question("q", f"How much does the {name} weigh?", ("1 g",))
    phantom = QuestionSet("asks", (), (asked,), "")
    stated = QuestionSet("states", (Document("d", f"The {name} is red."),), (), "")
    for known in (phantom, stated):
        assert all(name not in d.title for d in islice(distractors(known), 280))


def test_fewer_distractors_are_the_first_of_more_and_all_differ(
    vantora: QuestionSet, added: tuple[Document, ...]
) -> None:
    assert tuple(islice(distractors(vantora), 50)) == added[:50]
    assert len({d.id for d in added}) == len({d.text for d in added}) == TWO_WORLDS
    kinds = {d.title.split()[0] for d in added}
    assert kinds == {d.title.split()[0] for d in vantora.corpus}


def test_an_id_that_is_taken_is_named() -> None:
    corpus = (Document("distractor-0-001", "Ours."),)
    with pytest.raises(DataError, match="a document 'distractor-0-001'; rename it"):
        next(distractors(QuestionSet("taken", corpus, (), "")))


def test_a_retriever_grows_its_own_index_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(
        "dataset: tiny\nmodel: pocket\n"
        "retrievers: {same: {type: bm25}, larger: {type: bm25, growth: 3}}\n"
        "arms: {rag: {context: {type: retrieved, retriever: larger}}}\n"
    )
    asked = load("tiny")
    job = Job(load_benchmark(path), asked, asked.test, Artefacts(tmp_path / "a"), Silent())
    same, larger = job.retrievals["same"], job.retrievals["larger"]
    corpus = [document.id for document in asked.corpus]
    assert list(same.documents) == corpus
    assert list(larger.documents)[: len(corpus)] == corpus
    assert len(larger.documents) == 3 * len(corpus)
    assert same.corpus == job.corpus_digest != larger.corpus
    assert list(job.documents) == list(larger.documents)
    indexed = {chunk.document_id for chunk in larger.indexed}
    assert indexed == set(larger.documents)
    ranked, _ = larger.rankings(asked.test)
    found = {hit.chunk.document_id for hits in ranked.values() for hit in hits}
    assert any(id.startswith("distractor-") for id in found)
    assert not any(set(q.gold) - set(corpus) for q in asked.questions)
