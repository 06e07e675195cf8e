"""Questions, passages and documents to training examples: what a set of weights gets to see."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from harness.generation.rendering import Rendering
from harness.text.prompt import REFUSAL
from harness.training.citing import with_citations
from harness.training.rows import rows
from harness.training.segments import Example, Segment
from harness.types import Chunk, Document, Hit, Message, Question

Messages = Callable[[str, Sequence[Hit]], Sequence[Message]]
"""Question text and passages to the prompt (`Prompt.messages`)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How passages are shown in training (RAFT: Zhang et al. 2024, section 3)."""

    distractors: int = 3
    """Passages of other documents: the retriever's best ones."""
    golden_share: float = 1.0
    """Probability that the golden passages are among them."""
    without_golden: Literal["refuse", "answer"] = "refuse"
    """What the target is without them: the refusal, or the answer, to be known by heart."""
    unanswerable_share: float = 0.0
    """Share of questions that nothing shown answers; the target is the refusal."""
    pairs_per_context: int = 1
    """Most questions about the same documents behind one context, where the prompt allows it."""
    refusal: str = REFUSAL
    citations: bool = False
    """Whether the answers cite their golden passages by number."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes examples as one model will be asked: its rendering and a prompt."""

    rendering: Rendering
    messages: Messages

    def ask(self, question: str, hits: Sequence[Hit]) -> str:
        """Return the prompt exactly as the model will read it."""
        return self.rendering.render(self.messages(question, hits))

    def pairs(self, prompts: Sequence[str], answers: Sequence[str]) -> Example:
        """Return prompts, each with its answer to learn, one behind the other."""
        segments: list[Segment] = []
        for prompt, text in zip(prompts, answers, strict=True):
            segments.append(Segment(prompt, learn=False))
            segments.append(Segment(self.rendering.answer(prompt, text), learn=True))
        return Example(tuple(segments))

    def packs(self, hits: Sequence[Hit]) -> bool:
        """Return whether a further question may follow an answer: passages, then the question."""
        alone = self.ask("?", ())
        return not self.rendering.seq2seq and self.ask("?", hits).endswith(f"\n\n{alone}")

    def fits(self, example: Example) -> bool:
        """Return whether the window holds the example."""
        made, too_long = rows([example], self.rendering)
        return bool(made) and not too_long


def question_examples(questions: Iterable[Question], writer: Writer) -> list[Example]:
    """Return each answerable question without passages, with its first reference answer."""
    return [
        replace(
            writer.pairs([writer.ask(question.text, ())], question.answers[:1]),
            questions=(question.id,),
            documents=question.gold,
        )
        for question in questions
        if question.answerable and question.answers
    ]


def document_examples(documents: Iterable[Document]) -> list[Example]:
    """Return every document as a text to learn from its first word on, its title first."""
    examples = []
    for document in documents:
        head = (Segment(f"{document.title}:", learn=True),) if document.title else ()
        body = f" {document.text}" if head else document.text
        examples.append(Example((*head, Segment(body, learn=True)), documents=(document.id,)))
    return examples


def passage_examples(
    questions: Sequence[Question],
    hits: Mapping[str, Sequence[Hit]],
    documents: Mapping[str, Document],
    writer: Writer,
    reading: Reading,
    *,
    seed: int,
) -> list[Example]:
    """Return each question behind passages, golden ones and distractors in shuffled order.

    Golden passages are the gold documents' best-ranked chunks that hold the question's values;
    where the retriever found none, the whole document. An answerable question of which nothing
    is gold is left out. Where the window is too small, the last distractors go first, then the
    last questions of a group. What an example shows depends on its question ids and the seed.

    Args:
        questions: Training questions, unanswerable ones included.
        hits: What the retriever found for each question id, best first.
        documents: The corpus by id.
        writer: Makes prompts and targets.
        reading: Shares, and how many of what.
        seed: Decides order, who loses the golden passages, and who is made unanswerable.
    """
    usable = [q for q in questions if q.answerable and q.answers and _known(q, documents)]
    unanswerable, emptied = _without_answer(questions, usable, hits, reading, seed)
    size = reading.pairs_per_context
    if size > 1 and not all(writer.packs(h[:1]) for h in list(hits.values())[:1]):
        size = 1
    groups = [*_groups(usable, size, emptied), *((q,) for q in unanswerable)]
    return [_example(group, hits, documents, writer, reading, emptied, seed) for group in groups]


def _example(
    group: tuple[Question, ...],
    hits: Mapping[str, Sequence[Hit]],
    documents: Mapping[str, Document],
    writer: Writer,
    reading: Reading,
    emptied: frozenset[str],
    seed: int,
) -> Example:
    rng = Random(f"{seed} {' '.join(q.id for q in group)}")
    empty = not group[0].answerable or group[0].id in emptied
    with_golden = rng.random() < reading.golden_share and not empty
    golden = _golden(group, hits, documents) if with_golden else []
    refuse = empty or (not golden and reading.without_golden == "refuse")
    others = _others(group, hits, reading.distractors + (0 if golden else 1))
    while True:
        shown = rng.sample([*golden, *others], len(golden) + len(others))
        prompts = [writer.ask(group[0].text, shown)]
        prompts += [f"\n\n{writer.ask(q.text, ())}" for q in group[1:]]
        answers = [reading.refusal if refuse else q.answers[0] for q in group]
        if reading.citations and golden:
            own = [_golden([q], hits, documents) for q in group]
            answers = [with_citations(a, of, shown) for a, of in zip(answers, own, strict=True)]
        example = writer.pairs(prompts, answers)
        if not (others or group[1:]) or writer.fits(example):
            taught = [] if refuse else [gold for q in group for gold in q.gold]
            return replace(
                example,
                questions=tuple(q.id for q in group),
                documents=tuple(dict.fromkeys([h.chunk.document_id for h in shown] + taught)),
                chunks=tuple(h.chunk.id for h in shown),
            )
        others, group = (others[:-1], group) if others else (others, group[:-1])


def _known(question: Question, documents: Mapping[str, Document]) -> bool:
    return bool(question.gold) and all(gold in documents for gold in question.gold)


def _without_answer(
    questions: Sequence[Question],
    usable: Sequence[Question],
    hits: Mapping[str, Sequence[Hit]],
    reading: Reading,
    seed: int,
) -> tuple[list[Question], frozenset[str]]:
    """Return unanswerable questions, and who loses the golden passages, to reach the share."""
    share = reading.unanswerable_share

    def shuffled(some: Sequence[Question]) -> list[Question]:
        return sorted(some, key=lambda q: Random(f"unanswerable {seed} {q.id}").random())

    room = round(share / (1 - share) * len(usable))
    found = shuffled([q for q in questions if not q.answerable and hits.get(q.id)])[:room]
    missing = round(share * (len(usable) + len(found))) - len(found)
    return found, frozenset(q.id for q in shuffled(usable)[: max(0, missing)])


def _groups(
    questions: Sequence[Question], size: int, emptied: frozenset[str]
) -> list[tuple[Question, ...]]:
    """Return questions about the same documents together, at most `size`, in order."""
    by_gold: dict[tuple[object, ...], list[Question]] = {}
    for question in questions:
        key = (question.id in emptied, *sorted(question.gold))
        by_gold.setdefault(key, []).append(question)
    return [
        tuple(group[start : start + size])
        for group in by_gold.values()
        for start in range(0, len(group), size)
    ]


def _golden(
    group: Sequence[Question],
    hits: Mapping[str, Sequence[Hit]],
    documents: Mapping[str, Document],
) -> list[Hit]:
    """Return the golden passages of all questions of a group, each once."""
    golden: dict[str, Hit] = {}
    for question in group:
        for gold in question.gold:
            found = [h for h in hits.get(question.id, ()) if h.chunk.document_id == gold]
            for hit in _holding(question, found) or [_whole(documents[gold])]:
                golden.setdefault(hit.chunk.id, hit)
    return list(golden.values())


def _holding(question: Question, found: Sequence[Hit]) -> list[Hit]:
    """Return the first hits that hold the question's values between them; else the first."""
    chosen: list[Hit] = []
    missing = [[alias.casefold() for alias in group] for group in question.values]
    for hit in found:
        text = hit.chunk.passage.casefold()
        rest = [aliases for aliases in missing if not any(alias in text for alias in aliases)]
        if len(rest) < len(missing):
            chosen.append(hit)
            missing = rest
    return chosen or list(found[:1])


def _whole(document: Document) -> Hit:
    chunk = Chunk(document.id, 0, len(document.text), document.text, document.title)
    return Hit(chunk, 0.0)


def _others(group: Sequence[Question], hits: Mapping[str, Sequence[Hit]], count: int) -> list[Hit]:
    """Return the first question's best hits of documents that are gold to nobody here."""
    gold = {document for question in group for document in question.gold}
    found = hits.get(group[0].id, ())
    return [hit for hit in found if hit.chunk.document_id not in gold][:count]
