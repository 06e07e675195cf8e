"""The judges that run the code of ragas: with a language model behind it, and with our own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel

from harness import registry
from harness.errors import ConfigError, ModelError
from harness.files import read_rows
from harness.generation import retrying
from harness.generation.openai_api import OpenAICompatible
from harness.judges.as_done import as_done
from harness.judges.memory import Memory, Reply
from harness.judges.ragas_model import RagasModel
from harness.judges.ragas_offline import RagasOffline
from harness.judges.settled import settled
from harness.judges.structured import Unreadable, parsed, prompt_input
from harness.protocols import Judge, LanguageJudge
from harness.types import Claim, Completion, Failure, Judgement, Statement, Usage
from tests.fake_judge import FakeJudge
from tests.fakes import Scripted
from tests.server import Asked, ChatServer, Fault, Messages

PASSAGES = ("The Norvik 3 weighs 12 kg.", "It was launched in 2014 by Ada Roe.")


@pytest.fixture(autouse=True)
def quick_and_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short waits, no key, and no connection but to this machine: ragas phones nobody."""
    monkeypatch.setattr(retrying, "FIRST_WAIT", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: tuple[str, int]) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] != "127.0.0.1":
            raise AssertionError(f"a connection to {address} was tried")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


def language_model(messages: Messages) -> str:
    """Do what ragas asks for: sentences for statements, and what a text holds is supported."""
    data = prompt_input(messages[1]["content"])
    if "statements" in data:
        found = [
            {"statement": s, "reason": "as it is", "verdict": int(s.rstrip(".") in data["context"])}
            for s in data["statements"]
        ]
        return json.dumps({"statements": found})
    parts = [part.strip(" .") for part in data["answer"].split(". ")]
    return json.dumps({"statements": [f"{part}." for part in parts if part]})


def is_about_verdicts(asked: Asked) -> bool:
    return "statements" in prompt_input(asked.body["messages"][1]["content"])


def judge_at(server: ChatServer, **options: object) -> RagasModel:
    return judge_of(server.url, **options)


def judge_of(url: str, **options: object) -> RagasModel:
    model = {"type": "openai", "path": "m", "base_url": url, "timeout": 10, **options}
    made: RagasModel = registry.create("judge", "ragas", {"model": model})
    return made


def said(answer: str, passages: Sequence[str] = PASSAGES) -> Statement:
    return Statement("How heavy is it?", answer, tuple(passages))


def judge_all(judge: Judge, *statements: Statement) -> list[Judgement]:
    found = dict(judge.judge_many(statements))
    assert sorted(found) == list(range(len(statements)))
    return [found[i] for i in range(len(statements))]


MIXED = said("The Norvik 3 weighs 12 kg. It was launched in 1999.")


def test_ragas_splits_an_answer_and_gives_each_statement_a_verdict() -> None:
    with ChatServer(language_model) as server:
        [found] = judge_all(judge_at(server), MIXED)
    assert found == Judgement(
        "ok",
        (
            Claim("The Norvik 3 weighs 12 kg.", True, 1.0),
            Claim("It was launched in 1999.", False, 0.0),
        ),
        "as it is",
    )
    assert len(server.asked) == 2
    assert all(asked.body["max_tokens"] == 4096 for asked in server.asked)
    assert all(asked.body["temperature"] == 0 for asked in server.asked)


def test_what_needs_no_judge_costs_nothing() -> None:
    with ChatServer(language_model) as server:
        found = judge_all(
            judge_at(server),
            said("  "),
            said("The passages do not say."),
            said("It weighs 12 kg.", ()),
            said("It weighs 12 kg.", ("", " ")),
        )
        assert judge_at(server).estimate([said("")]) == Usage()
    assert [f.status for f in found] == ["no claims", "refusal", "ok", "ok"]
    assert [c.supported for f in found for c in f.claims] == [False, False]
    assert not server.asked


def test_an_answer_in_which_the_model_finds_no_statement_is_no_number() -> None:
    with ChatServer(lambda messages: '{"statements": []}') as server:
        [found] = judge_all(judge_at(server), MIXED)
    assert found == Judgement("no claims")


def test_an_answer_without_a_question_is_judged_too() -> None:
    with ChatServer(language_model) as server:
        [found] = judge_all(judge_at(server), Statement("", MIXED.answer, MIXED.passages))
    assert [c.supported for c in found.claims] == [True, False]


def test_answers_are_judged_side_by_side() -> None:
    with ChatServer(language_model, lambda n, asked: Fault(seconds=0.1)) as server:
        judge = judge_at(server, concurrency=8)
        judge_all(judge, MIXED)  # ragas is imported
        start = time.monotonic()
        judge_all(judge, *(said(f"It weighs {i} kg.") for i in range(16)))
        assert time.monotonic() - start < 2.0  # 32 replies of 0.1 s, one after the other: 3.2 s
    assert server.most_at_once == 8


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, headers={"retry-after": "0"}),
        Fault(status=500),
        Fault(seconds=0.8),
        Fault(body="{"),
        Fault(text="I would say: yes."),
        Fault(text='{"statements": [{"statement": 5}]}'),
    ],
    ids=["429", "500", "slow", "malformed", "prose", "wrong shape"],
)
def test_a_fault_that_passes_changes_no_verdict(fault: Fault) -> None:
    """One fault on either question: asked again, or given back to the model to mend."""
    for which in (0, 2):
        faults = [Fault()] * which + [fault]
        with ChatServer(language_model, faults) as server:
            [found] = judge_all(judge_at(server), MIXED)
        assert [c.supported for c in found.claims] == [True, False]


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        (Fault(status=401), "judge error", "unauthorized: .*check the key"),
        (Fault(status=500), "judge error", "server error: .*500"),
        (Fault(seconds=2.0), "timeout", "no reply in time"),
        (Fault(text="Sure! Here it is:"), "judge error", "broken reply, twice: there is no JSON"),
        (Fault(text='{"statements": 5}'), "judge error", "broken reply, twice: statements"),
        (Fault(text='{"statements": ["a', finish_reason="length"), "truncated", "4096 tokens"),
        (Fault(text=""), "judge error", "empty reply"),
    ],
    ids=["401", "500", "slow", "prose", "wrong shape", "truncated", "empty"],
)
def test_a_fault_that_stays_leaves_one_answer_without_a_verdict_and_says_why(
    fault: Fault, status: str, message: str
) -> None:
    """The others keep theirs: one bad answer does not spoil a run."""

    def faults(n: int, asked: Asked) -> Fault:
        return fault if "cursed" in asked.body["messages"][1]["content"] else Fault()

    with ChatServer(language_model, faults) as server:
        judge = judge_at(server, retries=1, timeout=1.0)
        cursed, fine = judge_all(judge, said("It is cursed."), MIXED)
    assert (cursed.status, cursed.claims) == (status, ())
    assert re.search(message, cursed.message), cursed.message
    assert fine.status == "ok"


@pytest.mark.parametrize(
    ("verdicts", "message"),
    [
        ([1], "1 verdicts on 2 statements"),
        ([1, 7], "a verdict is neither 0 nor 1"),
    ],
)
def test_verdicts_that_do_not_fit_the_statements_are_an_error_of_the_judge(
    verdicts: list[int], message: str
) -> None:
    def careless(messages: Messages) -> str:
        if "statements" not in prompt_input(messages[1]["content"]):
            return language_model(messages)
        rows = [{"statement": "s", "reason": "", "verdict": v} for v in verdicts]
        return json.dumps({"statements": rows})

    with ChatServer(careless) as server:
        [found] = judge_all(judge_at(server), MIXED)
    assert found == Judgement("judge error", message=message)


def test_statements_are_found_once_for_all_passages_and_equal_answers_are_judged_once() -> None:
    with ChatServer(language_model) as server:
        judge = judge_at(server)
        other = said(MIXED.answer, ("It was launched in 1999.",))
        found = judge_all(judge, MIXED, other, MIXED, other)
        again = judge_all(judge, other, MIXED)
    assert [c.supported for c in found[1].claims] == [False, True]
    assert (found[2], found[3], again) == (found[0], found[1], [found[1], found[0]])
    assert [is_about_verdicts(asked) for asked in server.asked].count(False) == 1
    assert len(server.asked) == 3


def test_what_was_said_is_kept_and_a_torn_line_is_asked_again(tmp_path: Path) -> None:
    statements = [said(f"The Norvik 3 weighs {i} kg.") for i in range(6)]
    with ChatServer(language_model) as server:
        first = judge_at(server)
        first.remember(tmp_path)
        expected = judge_all(first, *statements)
        assert len(server.asked) == 12
        file = tmp_path / Memory.FILE
        file.write_bytes(file.read_bytes()[:-20])
        second = judge_at(server)
        second.remember(tmp_path)
        assert second.estimate(statements).calls == 1
        assert judge_all(second, *statements) == expected
        assert len(server.asked) == 13
        assert second.estimate(statements) == Usage()
    assert len(list(read_rows(file, Reply))) == 12


def test_a_broken_reply_is_kept_like_any_other(tmp_path: Path) -> None:
    with ChatServer(lambda messages: "no") as server:
        for _ in range(2):
            judge = judge_at(server)
            judge.remember(tmp_path)
            [found] = judge_all(judge, MIXED)
            assert found.status == "judge error"
    assert len(server.asked) == 2


KILLED = """
    from pathlib import Path
    from tests.test_judges_ragas import judge_of, killed_statements
    judge = judge_of("{url}", concurrency=4)
    judge.remember(Path("{folder}"))
    list(judge.judge_many(killed_statements()))
"""


def killed_statements() -> list[Statement]:
    return [said(f"The Norvik {i} weighs 12 kg.", PASSAGES[:1]) for i in range(12)]


def test_a_judge_that_is_killed_midway_asks_no_judged_question_twice(tmp_path: Path) -> None:
    file = tmp_path / Memory.FILE
    with ChatServer(language_model, lambda n, asked: Fault(seconds=0.05)) as server:
        code = textwrap.dedent(KILLED.format(url=server.url, folder=tmp_path))
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
        while not file.exists() or len(file.read_bytes().splitlines()) < 9:
            assert process.poll() is None, process.communicate()[1].decode()
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        before = len(server.asked)
        kept = len(list(read_rows(file, Reply)))
        assert 9 <= kept < 24
        judge = judge_at(server)
        judge.remember(tmp_path)
        assert {found.status for found in judge_all(judge, *killed_statements())} == {"ok"}
    assert len(server.asked) - before == 24 - kept
    first = {json.dumps(a.body["messages"]) for a in server.asked[:before]}
    repeated = [a for a in server.asked[before:] if json.dumps(a.body["messages"]) in first]
    # four were under way when it was killed, and four replies may have been read and not yet kept
    assert len(repeated) <= 8


def test_an_estimate_is_close_to_what_is_then_asked_and_sent() -> None:
    statements = [said(f"The Norvik 3 weighs {i} kg. It was launched in 2014.") for i in range(9)]
    with ChatServer(language_model) as server:
        judge = judge_at(server)
        usage = judge.estimate([*statements, *statements, said("")])
        assert not server.asked
        judge_all(judge, *statements)
    sent = sum(len(m["content"]) for asked in server.asked for m in asked.body["messages"])
    assert usage.calls == len(server.asked) == 18
    assert usage.tokens_in == pytest.approx(sent / 4, rel=0.05)
    assert 18 * 10 < usage.tokens_out < 18 * 200


def test_a_local_model_is_asked_in_batches() -> None:
    def reply(prompt: str) -> str:
        return language_model([{}, {"content": prompt}])

    model = Counted(reply, batch_size=5)
    judge = RagasModel(model)
    found = judge_all(judge, *(said(f"The Norvik 3 weighs {i} kg.") for i in range(20)))
    assert [i for i, f in enumerate(found) if f.claims[0].supported] == [12]
    assert len(model.asked) == 40
    assert max(model.batches) == 5


def test_a_prompt_that_does_not_fit_a_small_window_is_an_error_that_says_so() -> None:
    [found] = judge_all(RagasModel(Counted(lambda prompt: "", window=100)), MIXED)
    assert found.status == "judge error"
    assert "does not fit the judge's window of 100" in found.message


def test_a_bug_of_a_generator_is_not_swallowed() -> None:
    def broken(prompt: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        judge_all(RagasModel(Counted(broken)), MIXED)


def test_a_local_model_that_runs_out_of_memory_leaves_the_answer_without_a_verdict() -> None:
    def full(prompt: str) -> str:
        raise ModelError("pocket: out of memory on cpu; lower the model's batch_size")

    [found] = judge_all(RagasModel(Counted(full)), MIXED)
    assert (found.status, found.message[:21]) == ("judge error", "pocket: out of memory")


class Counted(Scripted):
    """A scripted generator that says what it is and counts its batches."""

    signature = "scripted"

    def __init__(
        self,
        reply: Callable[[str], str | Failure],
        *,
        window: int | None = None,
        batch_size: int = 4,
    ) -> None:
        super().__init__(reply, window=window, batch_size=batch_size)
        self.batches: list[int] = []

    def complete_many(self, requests):  # type: ignore[no-untyped-def]
        self.batches.append(len(requests))
        return super().complete_many(requests)


def test_whoever_stops_reading_verdicts_stops_the_judge() -> None:
    with ChatServer(language_model, lambda n, asked: Fault(seconds=0.02)) as server:
        judge = judge_at(server, concurrency=1)
        found = judge.judge_many([said(f"It weighs {i} kg.") for i in range(40)])
        next(found)
        found.close()  # type: ignore[attr-defined]
        asked = len(server.asked)
        time.sleep(0.2)
        assert len(server.asked) <= asked + 2


def test_jobs_run_side_by_side_within_their_limit_also_where_a_loop_is_running() -> None:
    import asyncio

    running: list[int] = []
    most: list[int] = []

    async def job() -> int:
        running.append(1)
        most.append(len(running))
        await asyncio.sleep(0.01)
        running.pop()
        return 7

    async def notebook() -> dict[int, int]:
        return dict(as_done([job] * 10, at_once=3))

    assert asyncio.run(notebook()) == dict.fromkeys(range(10), 7)
    assert max(most) == 3


class _Record(BaseModel):
    statements: list[str]


@pytest.mark.parametrize(
    "text",
    [
        '{"statements": ["a"]}',
        '```json\n{"statements": ["a"]}\n```',
        'Sure, here [it] is: {"statements": ["a"]} Anything else?',
        '["a"]',
        '<think>{"statements": 5}</think>{"statements": ["a"]}',
        '{"note": 1} {"statements": ["a"]}',
    ],
)
def test_json_is_found_in_what_models_write_around_it(text: str) -> None:
    assert parsed(text, _Record) == _Record(statements=["a"])


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "no JSON"), ("yes", "no JSON"), ('{"statements": ["a', "not valid JSON"), ("{}", "stat")],
)
def test_a_reply_without_the_record_says_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        parsed(text, _Record)


def test_ragas_itself_runs_offline_with_our_judge_in_the_place_of_the_model() -> None:
    """A judge of ours gives the verdicts, and the claims keep its passage and span."""
    answer = "The Norvik 3 weighs 12 kg. It was launched in 1999."
    judge = RagasOffline(FakeJudge())
    FakeJudge.asked.clear()
    [found, none, refusal] = judge_all(
        judge, said(answer), said(""), said("The passages do not say.")
    )
    assert [(c.text, c.supported) for c in found.claims] == [
        ("The Norvik 3 weighs 12 kg.", True),
        ("It was launched in 1999.", False),
    ]
    assert found.claims[0].passage == 0
    assert PASSAGES[0][found.claims[0].start : found.claims[0].end] == "The Norvik 3 weighs 12 kg"
    assert (none.status, refusal.status) == ("no claims", "refusal")
    assert [s.answer for s in FakeJudge.asked] == [c.text for c in found.claims][::-1]


def test_trouble_of_the_judge_within_is_trouble_of_the_judge() -> None:
    found = judge_all(RagasOffline(FakeJudge()), said("It is broken."), said("It is slow."))
    assert [f.status for f in found] == ["judge error", "timeout"]
    assert found[0].message == "no JSON in the reply"


def test_the_lexical_judge_says_the_same_with_and_without_ragas() -> None:
    lexical = registry.create("judge", "lexical", {})
    within = registry.create("judge", "ragas-offline", {"judge": "lexical"})
    statements = [MIXED, said("Ada Roe launched the Norvik 3."), said("It weighs 13 kg.")]
    for ours, theirs in zip(
        judge_all(lexical, *statements), judge_all(within, *statements), strict=True
    ):
        assert ours.claims == theirs.claims
    assert "lexical" in within.signature


def test_only_a_judge_with_a_model_can_be_asked_for_other_metrics() -> None:
    assert isinstance(RagasModel(Counted(lambda prompt: "")), LanguageJudge)
    assert not isinstance(RagasOffline(FakeJudge()), LanguageJudge)


def test_a_judge_without_its_key_fails_before_anything_is_asked() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        registry.create("judge", "ragas", {"model": {"type": "openai", "path": "gpt-4o"}})
    with pytest.raises(ConfigError, match="missing a required argument: 'model'"):
        registry.create("judge", "ragas", {})


def test_what_is_settled_and_what_is_not() -> None:
    assert settled(MIXED) is None
    assert settled(said("...")) == Judgement("no claims")


def test_ragas_is_told_not_to_track_and_nothing_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from harness import registry; registry.resolve('judge', 'ragas');"
        "registry.resolve('judge', 'ragas-offline'); registry.resolve('metric', "
        "'ragas_context_recall'); print('ragas' in sys.modules, 'openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    judge_all(RagasOffline(FakeJudge()), MIXED)
    from ragas import _analytics

    assert _analytics.do_not_track()


def test_a_completion_of_the_client_reaches_the_judge_with_its_usage(tmp_path: Path) -> None:
    with ChatServer(language_model) as server:
        model = OpenAICompatible("m", base_url=server.url)
        judge = RagasModel(model)
        judge.remember(tmp_path)
        judge_all(judge, MIXED)
    replies = list(read_rows(tmp_path / Memory.FILE, Reply))
    assert all(r.tokens_in and r.tokens_out for r in replies)
    assert Completion(replies[0].text, replies[0].tokens_in, replies[0].tokens_out)
