"""Any judge, with a memory: no statement is judged twice."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.files import digest, read_rows, row_writer, source_digest
from harness.protocols import Judge
from harness.types import Judgement, Statement, Usage

TROUBLE = ("judge error", "timeout", "truncated")
"""What may go better next time: it is not kept beyond the run."""

_AT_A_TIME = 64
"""Judgements written together; a kill loses these at most, and never a paid reply (those the
judge itself keeps one by one)."""


@dataclass(frozen=True, slots=True)
class _Kept:
    statement: str
    """Digest of question, answer and passages."""
    judgement: Judgement


class Remembered:
    """A judge that answers from memory where it can, and asks another one for the rest.

    Equal statements are judged once, for whatever arms and metrics they come from. Given a folder,
    it goes on where an earlier process stopped, and so does the judge behind it.

    Args:
        make: Makes that judge when it is first needed: it may load a large model, which has no
            business in memory while arms are trained.
    """

    def __init__(self, make: Callable[[], Judge]) -> None:
        self._make = make
        self._known: dict[str, Judgement] = {}
        self._file: Path | None = None

    @property
    def signature(self) -> str:
        """That of the judge behind it."""
        return self.behind.signature

    @cached_property
    def behind(self) -> Judge:
        """The judge behind it: metrics that need its language model ask it directly."""
        return self._make()

    def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Judgement]]:
        """Yield (index, judgement): what is known first, then the rest as it is done.

        Raises:
            ValueError: The judge left a statement without a judgement: a fault of the plug-in.
        """
        places = _places(statements)
        new = {key: at for key, at in places.items() if key not in self._known}
        for key, at in places.items():
            if key not in new:
                yield from ((i, self._known[key]) for i in at)
        if not new:
            return
        asked = list(new)
        with self._keeping() as keep:
            for n, judgement in self.behind.judge_many([statements[at[0]] for at in new.values()]):
                self._known[asked[n]] = judgement
                keep(_Kept(asked[n], judgement))
                yield from ((i, judgement) for i in new[asked[n]])
        if missed := [key for key in asked if key not in self._known]:
            raise ValueError(f"judge {self.signature!r}: {len(missed)} statements not judged")

    def remember(self, folder: Path) -> None:
        """Keep judgements in a folder, and take over those that are there.

        They are kept under the source of our judges, so that a change of the code is never
        answered with an old verdict; replies that were paid for do not depend on it.
        """
        self.behind.remember(folder)
        self._file = folder / f"judgements-{source_digest('judges', 'text')}.jsonl"
        kept = {row.statement: row.judgement for row in read_rows(self._file, _Kept)}
        self._known = kept | self._known

    def estimate(self, statements: Sequence[Statement]) -> Usage:
        """Return about what judging those that are not known would take."""
        return self.behind.estimate(self.unknown(statements))

    def unknown(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return the statements that are yet to be judged, each once."""
        places = _places(statements).items()
        return [statements[at[0]] for key, at in places if key not in self._known]

    @contextmanager
    def _keeping(self) -> Iterator[Callable[[_Kept], None]]:
        """Yield a function that writes judgements to the file, some at a time."""
        if self._file is None:
            yield lambda row: None
            return
        pending: list[_Kept] = []
        with row_writer(self._file) as write:

            def keep(row: _Kept) -> None:
                if row.judgement.status not in TROUBLE:
                    pending.append(row)
                if len(pending) >= _AT_A_TIME:
                    write(pending)
                    pending.clear()

            try:
                yield keep
            finally:
                write(pending)


def _places(statements: Sequence[Statement]) -> dict[str, list[int]]:
    """Return where each different statement stands, by digest, in order of first appearance."""
    places: dict[str, list[int]] = {}
    for i, statement in enumerate(statements):
        places.setdefault(digest(statement), []).append(i)
    return places
