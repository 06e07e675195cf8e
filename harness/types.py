"""The nouns of the harness: what is asked, read and answered, as small frozen records.

This module imports nothing of ours, reads no file and knows no library. Units live in the
names (`seconds`, `ms`, `usd`, `tokens_in`). Text offsets count characters and are half-open,
so `document.text[chunk.start:chunk.end] == chunk.text`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Stats = tuple[float, ...]
"""What one question contributes to a metric; a metric is a function of summed `Stats`."""

ContextType = Literal["none", "retrieved", "gold", "wrong", "whole", "external"]
"""Where an arm's passages come from; what a metric applies to follows from it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what makes an answer to it right."""

    id: str
    text: str
    answers: tuple[str, ...]
    """Reference answers; any of them is right. Empty only where the question is unanswerable."""
    values: tuple[tuple[str, ...], ...] = ()
    """What a right answer must contain: every group, by any of the group's aliases."""
    gold: tuple[str, ...] = ()
    """Ids of the documents that hold the answer, where the question set says."""
    answerable: bool = True
    split: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One text of the corpus, before it is cut."""

    id: str
    text: str
    title: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A corpus with its questions in splits, and a digest of both."""

    name: str
    corpus: tuple[Document, ...]
    questions: tuple[Question, ...]
    digest: str

    def split(self, *names: str) -> tuple[Question, ...]:
        """Return the questions of these splits, in file order."""
        return tuple(q for q in self.questions if q.split in names)

    @property
    def test(self) -> tuple[Question, ...]:
        """The questions of every test split, in file order."""
        return tuple(q for q in self.questions if q.split.startswith("test"))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document: what a retriever indexes and a prompt quotes."""

    document_id: str
    start: int
    end: int
    text: str
    title: str = ""
    """The title of the document; retrievers and prompts put it before the text."""
    meta: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The fields of the document, by which retrieval can be filtered."""

    @property
    def id(self) -> str:
        """Stable across runs, since it is made of the span and not of a counter."""
        return f"{self.document_id}:{self.start}-{self.end}"

    @property
    def passage(self) -> str:
        """The text as retrievers embed it and prompts quote it: its title first."""
        return f"{self.title}: {self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved chunk; scores compare within one retriever only."""

    chunk: Chunk
    score: float


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt with its decoding; temperature 0 is greedy."""

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator returns; a count that it does not report is None, never 0."""

    text: str
    tokens_in: int | None
    tokens_out: int | None
    truncated: bool = False
    """True where `max_tokens` ended the text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer."""

    kind: str
    message: str
    transient: bool = False
    """True for what may pass by itself (429, 5xx, timeout): the next run tries again."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One arm's outcome on one question; no time and no cost, so a rerun gives the same bytes."""

    arm: str
    seed: int
    split: str
    question_id: str
    text: str
    passages: tuple[str, ...] = ()
    """Ids of the chunks that stood in the prompt, in its order."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    truncated: bool = False
    warning: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that a metric may look at: one question, one arm's prediction, the texts around it."""

    question: Question
    prediction: Prediction
    context: ContextType
    ranking: tuple[str, ...] = ()
    """Document ids as retrieved, best first, chunks collapsed to their document's first one."""
    passages: tuple[str, ...] = ()
    """Texts of the passages that the arm read."""
    gold: tuple[str, ...] = ()
    """Texts of the question's gold documents."""
    cited: str | None = None
    """The answer with its citations, of which `prediction.text` is then free; None where the arm
    is not one that cites."""


JudgementStatus = Literal["ok", "no claims", "refusal", "judge error", "timeout", "truncated"]
"""The last three are the judge's own trouble: they leave an answer without a score."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer to be judged against the passages that should support it."""

    question: str
    answer: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement that an answer makes, with the judge's verdict."""

    text: str
    supported: bool
    score: float
    """How sure the judge is that the passages say so, 0 to 1; a judge without degrees: 0 or 1."""
    passage: int | None = None
    """Index of the passage that comes closest to saying so; None where the judge does not tell."""
    start: int = 0
    end: int = 0
    """The span of that passage, in characters; empty where the judge does not tell."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge finds in one answer; of trouble it says which and why."""

    status: JudgementStatus
    claims: tuple[Claim, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What asking somebody else's model takes; all zero for a judge that is our own code."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
