"""A chat server on this machine that speaks OpenAI's protocol, with faults on demand."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request; without any field set, nothing does."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    """Sent as it is, in place of a reply."""
    text: str | None = None
    """The model's words, in place of what it would say."""
    seconds: float = 0.0
    """How long it takes before anything is sent."""
    finish_reason: str = "stop"
    usage: bool = True
    error: dict[str, str] = field(default_factory=dict)
    """Body of an error, as OpenAI words it."""
    broken_off: bool = False
    """A stream ends after its first piece, in the middle of a line."""


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    body: dict[str, Any]
    key: str
    at: float

    @property
    def prompt(self) -> str:
        """The last message."""
        return str(self.body["messages"][-1]["content"])


class ChatServer:
    """Answers by a function of the messages; counts words as tokens.

    Args:
        reply: Messages to the model's words.
        faults: The n-th fault befalls the n-th request; or a function of number and request.
        port: 0 for a free one.
    """

    def __init__(
        self,
        reply: Callable[[Messages], str],
        faults: Sequence[Fault] | Callable[[int, Asked], Fault] = (),
        port: int = 0,
    ) -> None:
        self.reply, self.faults = reply, faults
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._under_way = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"owner": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "ChatServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def note(self, asked: Asked) -> Fault:
        """Log a request; return what goes wrong with it."""
        with self._lock:
            n = len(self.asked)
            self.asked.append(asked)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        if callable(self.faults):
            return self.faults(n, asked)
        return self.faults[n] if n < len(self.faults) else Fault()

    def left(self) -> None:
        """Log that a request is done with."""
        with self._lock:
            self._under_way -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: those are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    owner: ChatServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        fault = self.owner.note(Asked(body, key, time.monotonic()))
        try:
            time.sleep(fault.seconds)
            self._answer(body, fault)
        except ConnectionError:
            self.close_connection = True
        finally:
            self.owner.left()

    def _answer(self, body: dict[str, Any], fault: Fault) -> None:
        if self.path != "/v1/chat/completions":
            self._send(404, "{}", {})
        elif fault.status != 200:
            error = {"message": "injected", **fault.error}
            self._send(fault.status, json.dumps({"error": error}), fault.headers)
        elif fault.body is not None:
            self._send(200, fault.body, fault.headers)
        else:
            said = self.owner.reply(body["messages"]) if fault.text is None else fault.text
            if body.get("stream"):
                self._stream(said, fault)
            else:
                self._send(200, _completion(body, said, fault), {})

    def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, said: str, fault: Fault) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for word in said.split(" "):
            part = {"choices": [{"index": 0, "delta": {"content": f"{word} "}}]}
            self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
            if fault.broken_off:
                self.wfile.write(b'data: {"cho\n\n')
                return
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing to the terminal."""


def _completion(body: dict[str, Any], said: str, fault: Fault) -> str:
    read = sum(len(m["content"].split()) for m in body["messages"])
    reply: dict[str, Any] = {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": said},
                "finish_reason": fault.finish_reason,
            }
        ],
    }
    if fault.usage:
        wrote = len(said.split())
        reply["usage"] = {
            "prompt_tokens": read,
            "completion_tokens": wrote,
            "total_tokens": read + wrote,
        }
    return json.dumps(reply)
