"""The client for hosted models, against a server on this machine that misbehaves on demand."""

import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import runner
from harness.arms import Arm
from harness.config.records import Model
from harness.errors import ConfigError, ModelError
from harness.files import read_rows
from harness.generation import retrying
from harness.generation.breaker import Breaker
from harness.generation.openai_api import OpenAICompatible
from harness.stages.models import check_model, check_trainable, model_identity
from harness.text.prompt import TEMPLATES
from harness.timing import Stopwatch
from harness.types import Completion, Failure, Message, Prediction, Request
from tests.fakes import hit, question
from tests.server import Asked, ChatServer, Fault, Messages
from tests.test_metrics_ragas import truthful


@pytest.fixture(autouse=True)
def quick_and_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short waits, no key in the environment, and no connection but to this machine."""
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: tuple[str, int]) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] != "127.0.0.1":
            raise AssertionError(f"a connection to {address} was tried")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


def echo(messages: Messages) -> str:
    return f"you said {messages[-1]['content']}"


def request(text: str = "hello", **fields: float) -> Request:
    return Request((Message("user", text),), max_tokens=8, **fields)  # type: ignore[arg-type]


def ask(server: ChatServer, text: str = "hello", **options: object) -> Completion | Failure:
    model = OpenAICompatible("m", base_url=server.url, **options)  # type: ignore[arg-type]
    [(_, outcome)] = model.complete_many([request(text)])
    return outcome


def failure(outcome: Completion | Failure) -> Failure:
    assert isinstance(outcome, Failure), outcome
    return outcome


def test_every_request_gets_its_own_reply_and_its_usage() -> None:
    with ChatServer(echo) as server:
        model = OpenAICompatible("m", base_url=server.url)
        found = dict(model.complete_many([request(f"number {i}") for i in range(40)]))
    assert found == {i: Completion(f"you said number {i}", 2, 4) for i in range(40)}


def test_no_more_requests_are_under_way_than_allowed_and_no_fewer() -> None:
    with ChatServer(echo, lambda n, asked: Fault(seconds=0.03)) as server:
        model = OpenAICompatible("m", base_url=server.url, concurrency=5)
        assert len(dict(model.complete_many([request()] * 20))) == 20
    assert server.most_at_once == 5


def test_a_quick_reply_does_not_wait_for_a_slow_one() -> None:
    with ChatServer(echo, [Fault(seconds=0.5)]) as server:
        model = OpenAICompatible("m", base_url=server.url, concurrency=2)
        replies = model.complete_many([request("slow"), request("quick")])
        start = time.monotonic()
        i, _ = next(replies)
        assert time.monotonic() - start < 0.4
        assert len({i, *dict(replies)}) == 2


def test_decoding_is_passed_on_and_a_greedy_request_sends_no_seed() -> None:
    with ChatServer(echo) as server:
        model = OpenAICompatible("m", base_url=server.url)
        list(model.complete_many([request(temperature=0.7, top_p=0.9, seed=5)]))
        list(model.complete_many([request()]))
        thinking = OpenAICompatible("o9", base_url=server.url, reasoning=True)
        list(thinking.complete_many([request()]))
    sampled, greedy, reasoned = (asked.body for asked in server.asked)
    assert {**sampled, "messages": 0} == {
        "model": "m", "messages": 0, "max_tokens": 8, "temperature": 0.7, "top_p": 0.9, "seed": 5,
    }  # fmt: skip
    assert {**greedy, "messages": 0} == {
        "model": "m", "messages": 0, "max_tokens": 8, "temperature": 0.0,
    }  # fmt: skip
    assert {**reasoned, "messages": 0} == {
        "model": "o9", "messages": 0, "max_completion_tokens": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, headers={"retry-after": "0"}),
        Fault(status=500),
        Fault(status=503),
        Fault(seconds=2.0),
        Fault(body='{"choices": ['),
        Fault(body="<html>bad gateway</html>", headers={"content-type": "text/html"}),
        Fault(body='{"choices": null}'),
        Fault(body='{"choices": [{"message": {"content": 5}}]}'),
    ],
    ids=["429", "500", "503", "slow", "cut", "html", "no choices", "no text"],
)
def test_what_passes_by_itself_is_asked_again(fault: Fault) -> None:
    with ChatServer(echo, [fault, fault]) as server:
        outcome = ask(server, timeout=1.0)
    assert outcome == Completion("you said hello", 1, 3)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=429), "rate limited"),
        (Fault(status=500), "server error"),
        (Fault(seconds=1.6), "timeout"),
        (Fault(body="{"), "malformed reply"),
    ],
)
def test_there_is_an_end_to_asking_and_the_next_run_may_try_again(fault: Fault, kind: str) -> None:
    with ChatServer(echo, [fault] * 9) as server:
        found = failure(ask(server, retries=2, timeout=0.8))
    assert (found.kind, found.transient) == (kind, True)
    assert "(attempts: 3)" in found.message
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "kind", "remedy"),
    [
        (Fault(status=400), "bad request", "400: injected"),
        (Fault(status=400, error={"code": "unsupported_parameter"}), "bad request", "reasoning"),
        (Fault(status=400, error={"code": "context_length_exceeded"}), "too long", "lower k"),
        (Fault(status=401), "unauthorized", "check the key in OPENAI_API_KEY"),
        (Fault(status=404), "not found", "is 'm' a model there"),
        (Fault(status=429, error={"code": "insufficient_quota"}), "no quota", "billing"),
        (Fault(text=""), "empty reply", "finish_reason: stop"),
        (Fault(text="", finish_reason="length"), "empty reply", "raise max_tokens"),
        (Fault(text="", finish_reason="content_filter"), "empty reply", "content_filter"),
    ],
)
def test_what_asking_again_would_not_mend_is_asked_once(
    fault: Fault, kind: str, remedy: str
) -> None:
    with ChatServer(echo, [fault]) as server:
        found = failure(ask(server))
    assert (found.kind, found.transient) == (kind, False)
    assert remedy in found.message
    assert len(server.asked) == 1


def test_a_server_that_says_when_to_come_back_is_left_alone_until_then() -> None:
    """Retry-After holds for every request, not for the one that was told."""
    fault = Fault(status=429, headers={"retry-after": "0.4"})
    with ChatServer(echo, [fault]) as server:
        model = OpenAICompatible("m", base_url=server.url, concurrency=1)
        assert all(isinstance(o, Completion) for _, o in model.complete_many([request()] * 3))
    first, *rest = (asked.at for asked in server.asked)
    assert min(rest) - first >= 0.4
    assert len(rest) == 3


def test_a_server_that_asks_for_an_hour_is_not_waited_for() -> None:
    with ChatServer(echo, [Fault(status=429, headers={"retry-after": "3600"})]) as server:
        found = failure(ask(server))
    assert (found.kind, found.transient, len(server.asked)) == ("rate limited", True, 1)


def test_retry_after_may_be_a_date() -> None:
    now = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
    date = {"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}
    assert retrying.retry_after(date, now) == 30
    assert retrying.retry_after({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, now) == 0
    assert retrying.retry_after({"retry-after": "soon"}, now) is None


def test_waits_double_up_to_a_limit_and_differ() -> None:
    waits = [retrying.back_off(n) for n in range(1, 40)]
    assert all(0.01 * 2**n <= waits[n] <= 0.015 * 2**n for n in range(8))
    assert max(waits) <= 1.5 * retrying.LONGEST_WAIT
    assert len({retrying.back_off(3) for _ in range(9)}) > 1


def test_a_server_that_is_down_is_soon_not_asked_any_more() -> None:
    with ChatServer(echo, lambda n, asked: Fault(status=500)) as server:
        model = OpenAICompatible("m", base_url=server.url, retries=1, concurrency=2)
        found = [failure(o) for _, o in model.complete_many([request()] * 60)]
    assert all(f.transient for f in found)
    assert {f.kind for f in found} == {"server error", "circuit open"}
    assert len(server.asked) < 20


def test_a_broken_circuit_lets_one_attempt_pass_after_a_pause() -> None:
    now = [0.0]
    breaker = Breaker(limit=2, pause=10, clock=lambda: now[0])
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    now[0] = 10.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


def test_nobody_there_is_a_failure_that_names_the_address() -> None:
    model = OpenAICompatible("m", base_url="http://127.0.0.1:9/v1", retries=0)
    [(_, outcome)] = model.complete_many([request()])
    found = failure(outcome)
    assert (found.kind, found.transient) == ("no connection", True)
    assert "127.0.0.1:9" in found.message


def test_a_cut_text_says_so_and_usage_that_is_not_reported_is_unknown() -> None:
    with ChatServer(echo, [Fault(finish_reason="length", usage=False)]) as server:
        assert ask(server) == Completion("you said hello", None, None, truncated=True)


def test_half_a_character_in_a_reply_can_still_be_written_to_a_file() -> None:
    body = '{"choices": [{"message": {"content": "a\\ud800"}, "finish_reason": "stop"}]}'
    with ChatServer(echo, [Fault(body=body)]) as server:
        outcome = ask(server)
    assert isinstance(outcome, Completion)
    assert outcome.text.encode() == b"a?"


def test_a_stream_comes_piece_by_piece() -> None:
    with ChatServer(echo, [Fault(status=500)]) as server:
        model = OpenAICompatible("m", base_url=server.url)
        assert list(model.stream(request("hi"))) == ["you ", "said ", "hi "]
    assert server.asked[1].body["stream"] is True


def test_a_stream_that_breaks_off_is_an_error_and_not_asked_again() -> None:
    with ChatServer(echo, [Fault(broken_off=True)]) as server:
        model = OpenAICompatible("m", base_url=server.url)
        pieces = model.stream(request("hi"))
        assert next(pieces) == "you "
        with pytest.raises(ModelError, match="model 'm': malformed reply: broken off"):
            list(pieces)
    assert len(server.asked) == 1


def test_whoever_stops_reading_stops_what_is_under_way() -> None:
    with ChatServer(echo, lambda n, asked: Fault(seconds=0.0 if n == 0 else 0.2)) as server:
        model = OpenAICompatible("m", base_url=server.url, concurrency=1)
        replies = model.complete_many([request()] * 50)
        next(replies)
        replies.close()  # type: ignore[attr-defined]
        time.sleep(0.3)
    assert len(server.asked) <= 3


def test_an_interrupt_stops_at_once(tmp_path: Path) -> None:
    with ChatServer(echo, lambda n, asked: Fault(seconds=20)) as server:
        code = f"""
            import os, signal, threading
            from harness.generation.openai_api import OpenAICompatible
            from harness.types import Message, Request
            model = OpenAICompatible("m", base_url="{server.url}")
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
            list(model.complete_many([Request((Message("user", "hi"),), 8)] * 20))
        """
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, timeout=15
        )
    assert b"KeyboardInterrupt" in done.stderr
    assert time.monotonic() - start < 10


def test_a_key_that_is_not_set_is_an_error_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigError, match="environment variable OPENAI_API_KEY is not set"):
        OpenAICompatible("gpt-4o-mini")
    model = Model.model_validate({"type": "openai", "path": "m", "api_key_env": "THEIR_KEY"})
    with pytest.raises(ConfigError, match=r"models.gpt: api.openai.com .* THEIR_KEY is not set"):
        check_model("gpt", model)
    with pytest.raises(ConfigError, match="write it as http"):
        OpenAICompatible("m", base_url="localhost:8000")
    monkeypatch.setenv("THEIR_KEY", "secret")
    check_model("gpt", model)
    with ChatServer(echo) as server:
        ask(server, api_key_env="THEIR_KEY")
    assert server.asked[0].key == "secret"


def test_a_hosted_model_is_known_by_name_and_place_not_by_how_it_is_asked() -> None:
    def model(**options: object) -> Model:
        told = {"type": "openai", "path": "a/b/c", "base_url": "http://localhost/v1", **options}
        return Model.model_validate(told)

    assert model_identity(model()) == model_identity(model(timeout=5, concurrency=2))
    assert model_identity(model()) != model_identity(model(base_url="http://other/v1"))
    assert model_identity(model())["is"] == "hosted a/b/c"


def test_a_hosted_model_cannot_be_trained() -> None:
    model = Model.model_validate({"type": "openai", "path": "m"})
    with pytest.raises(ConfigError, match=r"weights.qa: model 'gpt' is hosted .* train a local"):
        check_trainable("weights.qa", "gpt", model)


def test_the_context_is_cut_where_a_window_is_told_and_left_where_it_is_not() -> None:
    with ChatServer(echo) as server:
        for window, kept in ((None, 9), (120, 2)):
            model = OpenAICompatible("m", base_url=server.url, window=window)
            arm = Arm("rag", model, TEMPLATES["plain"], "retrieved", 8)
            hits = tuple(hit(f"d{i}", "word " * 20) for i in range(9))
            asked = question(1)
            [row] = arm.answer_many([asked], {asked.id: hits}, Stopwatch(time.perf_counter))
            assert row.failure is None
            assert len(row.passages) == kept or window


BENCHMARK = """
dataset: tiny
models: {{gpt: {{type: openai, path: gpt-4o, base_url: "{url}", timeout: 5}}}}
retriever: {{type: bm25, chunker: {{type: recursive, tokens: 64, overlap: 8}}}}
decoding: {{greedy: {{max_tokens: 16}}}}
arms:
  base: {{}}
  rag:  {{context: {{type: retrieved, k: 2}}}}
latency: {{questions: 2, warmup: 1}}
metrics: {{primary: contains, also: [tokens_in, faithfulness_gold, ragas_context_recall]}}
judge: {{type: ragas, model: {{type: openai, path: gpt-4o, base_url: "{url}"}}}}
"""


@pytest.fixture(scope="module")
def hosted_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[runner.Finished, Path]]:
    folder = tmp_path_factory.mktemp("hosted")

    def faults(n: int, asked: Asked) -> Fault:
        return Fault(status=500 if n % 7 == 6 else 200)

    def reply(messages: Messages) -> str:
        return truthful(messages) if "JSON" in messages[0]["content"] else "It is Tarn."

    with ChatServer(reply, faults) as server:
        path = folder / "hosted.yaml"
        path.write_text(BENCHMARK.format(url=server.url))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retrying, "FIRST_WAIT", 0.01)
            yield runner.run(path, runner.Options(out=folder / "out", device="cpu")), path
        streamed = [asked for asked in server.asked if asked.body.get("stream")]
        assert len(streamed) >= 2 * (2 + 1)  # the latency stage


def test_a_benchmark_runs_on_a_hosted_model_and_a_hosted_judge(
    hosted_run: tuple[runner.Finished, Path],
) -> None:
    finished, _ = hosted_run
    for arm in ("base", "rag"):
        rows = list(read_rows(finished.folder / "predictions" / f"{arm}.jsonl", Prediction))
        assert len(rows) > 5
        assert all(row.text == "It is Tarn." and row.tokens_in for row in rows)
    cells = {(s.arm, s.metric): s.value for s in finished.records.summaries if s.value is not None}
    for metric in ("contains", "latency_p50_ms", "tokens_in", "faithfulness_gold"):
        assert ("rag", metric) in cells
    assert ("rag", "ragas_context_recall") in cells
    assert ("base", "ragas_context_recall") not in cells


def test_a_hosted_model_is_billed_by_the_token(hosted_run: tuple[runner.Finished, Path]) -> None:
    items = {cost.item for cost in hosted_run[0].records.costs if cost.arm == "rag"}
    assert {"gpt-4o in", "gpt-4o out"} <= items


def test_weights_of_a_hosted_model_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "trained.yaml"
    told = BENCHMARK.format(url="http://127.0.0.1:9/v1").replace(
        "  base: {}", "  ft: {weights: qa}"
    )
    path.write_text(told + "weights: {qa: {type: lora, sees: question}}\n")
    with pytest.raises(ConfigError, match=r"weights.qa: model 'gpt' is hosted"):
        runner.run(path, runner.Options(out=tmp_path / "out", device="cpu"))


def test_run_again_a_hosted_benchmark_asks_nothing(
    hosted_run: tuple[runner.Finished, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    finished, path = hosted_run
    monkeypatch.setattr(OpenAICompatible, "_ask", None)
    again = runner.run(path, runner.Options(out=finished.folder, device="cpu"))
    assert again.records.summaries == finished.records.summaries
