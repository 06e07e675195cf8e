"""Predictions with the texts around them: what metrics look at."""

from collections.abc import Iterator, Mapping, Sequence

from harness.contexts import document_ranking
from harness.stages.answering import Answered
from harness.stages.job import Job
from harness.types import Case, ContextType, Document, Prediction, Question


def cases(job: Job, answered: Sequence[Answered]) -> Iterator[Case]:
    """Yield one case per arm, seed and question asked."""
    documents = job.documents
    questions = {question.id: question for question in job.to_answer}
    for column in answered:
        arm = column.run.arm
        kind: ContextType = "external" if arm.type == "external" else arm.context.type
        rankings: dict[str, tuple[str, ...]] = {}
        if kind == "retrieved":
            found, _ = job.rankings(arm.context.retriever)
            rankings = {i: document_ranking(hits) for i, hits in found.items()}
        for prediction in column.predictions:
            question = questions[prediction.question_id]
            ranking = rankings.get(question.id, ())
            if kind == "external":
                ranking = _documents_named(prediction.passages, documents)
            yield case(question, prediction, kind, ranking, documents)


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
