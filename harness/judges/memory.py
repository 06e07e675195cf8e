"""What a judge's model has said: paid for once, kept reply by reply."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from harness.files import read_rows, row_writer


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, under a digest of all that it was a reply to."""

    key: str
    text: str
    truncated: bool
    tokens_in: int | None
    tokens_out: int | None


class Memory:
    """Replies by key; given a folder, they outlive the process.

    A reply is on disk before anybody reads it, so a killed run asks for none of them again.
    """

    FILE = "replies.jsonl"

    def __init__(self) -> None:
        self._replies: dict[str, Reply] = {}
        self._file: Path | None = None
        self._open = ExitStack()
        self._write: Callable[[Iterable[object]], None] | None = None

    def keep_in(self, folder: Path) -> None:
        """Take over the replies in a folder, and add to them from now on."""
        self._open.close()
        self._open = ExitStack()
        self._file = folder / self.FILE
        kept = {reply.key: reply for reply in read_rows(self._file, Reply)}
        self._replies = kept | self._replies
        self._write = None

    def get(self, key: str) -> Reply | None:
        """Return the reply to what has that key; None where it was never asked."""
        return self._replies.get(key)

    def put(self, reply: Reply) -> None:
        """Keep a reply. The file is opened by the first one: a look at the memory changes none."""
        if self._file is not None:
            if self._write is None:
                self._write = self._open.enter_context(row_writer(self._file))
            self._write([reply])
        self._replies[reply.key] = reply
