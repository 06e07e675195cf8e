"""Predictions with the texts around them: what metrics look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from harness.contexts import document_ranking
from harness.stages.answering import Answered
from harness.stages.job import Job
from harness.text.citations import cites, without_citations
from harness.types import Case, ContextType, Document, Prediction, Question


def cases(job: Job, answered: Sequence[Answered]) -> Iterator[Case]:
    """Yield one case per arm, seed and question asked.

    Here the answers of arms that cite lose their markers, so that no metric takes one for a word.
    """
    documents = job.documents
    questions = {question.id: question for question in job.to_answer}
    for column in answered:
        arm = column.run.arm
        kind: ContextType = "external" if arm.type == "external" else arm.context.type
        rankings: dict[str, tuple[str, ...]] = {}
        if kind == "retrieved":
            found, _ = job.rankings(arm.context.retriever)
            rankings = {i: document_ranking(hits) for i, hits in found.items()}
        citing = _cites(job, column)
        for prediction in column.predictions:
            question = questions[prediction.question_id]
            ranking = rankings.get(question.id, ())
            if kind == "external":
                ranking = _documents_named(prediction.passages, documents)
            made = case(question, prediction, kind, ranking, documents)
            yield without_markers(made) if citing else made


def case(
    question: Question,
    prediction: Prediction,
    context: ContextType,
    ranking: tuple[str, ...],
    documents: Mapping[str, Document],
) -> Case:
    """Return a prediction beside the texts of what was read and of what should have been."""
    read = tuple(passage_text(passage, documents) for passage in prediction.passages)
    gold = tuple(_text(documents[i]) for i in question.gold if i in documents)
    return Case(question, prediction, context, ranking, read, gold)


def without_markers(case: Case) -> Case:
    """Return a case whose answer is free of markers; `cited` has them."""
    said = case.prediction.text
    bare = replace(case.prediction, text=without_citations(said))
    return replace(case, prediction=bare, cited=said)


def _cites(job: Job, column: Answered) -> bool:
    """Return whether an arm cites: it was asked or taught to; one of others, if it ever does."""
    arm = column.run.arm
    if arm.type == "external":
        return any(cites(p.text, len(p.passages)) for p in column.predictions)
    taught = job.benchmark.weights.get(arm.weights)
    return job.prompt(arm.prompt).cites or (taught is not None and taught.citations)


def passage_text(passage: str, documents: Mapping[str, Document]) -> str:
    """Return the text of a chunk by its id, of a document by its id, or the text that it is."""
    document, _, span = passage.rpartition(":")
    start, _, end = span.partition("-")
    if document in documents and start.isdigit() and end.isdigit():
        found = documents[document]
        text = found.text[int(start) : int(end)]
        return f"{found.title}: {text}" if found.title else text
    return _text(documents[passage]) if passage in documents else passage


def _text(document: Document) -> str:
    return f"{document.title}: {document.text}" if document.title else document.text


def _documents_named(passages: Sequence[str], documents: Mapping[str, Document]) -> tuple[str, ...]:
    """Return the documents that the passages of a pipeline of others name, first mention first."""
    named = (p if p in documents else p.rpartition(":")[0] for p in passages)
    return tuple(dict.fromkeys(name for name in named if name in documents))
