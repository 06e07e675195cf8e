"""Single requests to a generator that likes batches: what waits goes together."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Protocol, runtime_checkable
from weakref import finalize

from harness.protocols import Generator
from harness.types import Completion, Failure, Request

Submit = Callable[[Request], Future[Completion | Failure]]
_Waiting = tuple[Request, Future[Completion | Failure]]


class Model(Generator, Protocol):
    """A generator that says what it is."""

    @property
    def signature(self) -> str:
        """All that a text depends on besides its request."""
        ...


@runtime_checkable
class _Concurrent(Protocol):
    def submit(self, request: Request) -> Future[Completion | Failure]: ...


def submitter(model: Generator) -> Submit:
    """Return how to ask the model one thing while other things are asked.

    A hosted model is asked at once and sees to its own limit; a local one gets what has come in
    while it worked, a batch at a time.
    """
    return model.submit if isinstance(model, _Concurrent) else Batcher(model).submit


class Batcher:
    """Hands requests to a generator from a thread of its own, `batch_size` of them at most."""

    def __init__(self, model: Generator) -> None:
        self._waiting: SimpleQueue[_Waiting | None] = SimpleQueue()
        Thread(target=_work, args=(model, self._waiting), name="batches", daemon=True).start()
        finalize(self, self._waiting.put, None)

    def submit(self, request: Request) -> Future[Completion | Failure]:
        """Put a request in the queue; its outcome is to come."""
        future: Future[Completion | Failure] = Future()
        self._waiting.put((request, future))
        return future


def _work(model: Generator, waiting: "SimpleQueue[_Waiting | None]") -> None:
    while (first := waiting.get()) is not None:
        batch = [first]
        while len(batch) < model.batch_size:
            try:
                following = waiting.get_nowait()
            except Empty:
                break
            if following is None:
                waiting.put(None)
                break
            batch.append(following)
        _hand_over(model, [w for w in batch if w[1].set_running_or_notify_cancel()])


def _hand_over(model: Generator, batch: list[_Waiting]) -> None:
    try:
        for i, outcome in model.complete_many([request for request, _ in batch]):
            batch[i][1].set_result(outcome)
    except Exception as error:  # noqa: BLE001 - whoever waits gets it; the thread goes on
        for _, future in batch:
            if not future.done():
                future.set_exception(error)
