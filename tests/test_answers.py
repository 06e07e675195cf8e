from itertools import count

import pytest

from harness.arms import NOT_ASKED, Arm
from harness.config.records import Arm as ArmConfig
from harness.stages.answering import Answered
from harness.stages.answers import BatchDone, answer, batches, to_ask
from harness.stages.bills import seconds_per_question
from harness.stages.job import ArmRun
from harness.stages.latency import measure
from harness.text.prompt import TEMPLATES
from harness.types import Failure, Hit, Prediction
from tests.fakes import Scripted, hit, question

QUESTIONS = [question(i, "long " * (i % 3) + f"question {i}?") for i in range(10)]


def arm(generator: Scripted, name: str = "base") -> Arm:
    return Arm(name, generator, TEMPLATES["plain"], context="none", max_tokens=5)


def test_batches_do_not_depend_on_the_order_of_the_questions() -> None:
    assert batches(QUESTIONS, {}, 4) == batches(QUESTIONS[::-1], {}, 4)


def test_batches_hold_every_question_once() -> None:
    cut = batches(QUESTIONS, {"q3": (hit("d", "x" * 99),)}, 4)
    assert sorted(q.id for b in cut for q in b.questions) == sorted(q.id for q in QUESTIONS)
    assert cut[-1].questions[-1].id == "q3"


def test_only_what_is_wanted_and_not_done_is_asked_and_the_log_says_so() -> None:
    generator = Scripted(lambda prompt: "fine")
    ticks = count()
    done = list(
        answer(arm(generator), batches(QUESTIONS, {}, 4), {"q0", "q9"}, {}, lambda: next(ticks))
    )
    asked = sorted(i for _, log in done for i in log.questions)
    assert asked == ["q0", "q9"]
    assert len(generator.asked) == 2
    assert all(log.seconds >= log.model_seconds > 0 for _, log in done)


@pytest.mark.parametrize(
    ("failure", "retry", "again"),
    [
        (None, False, False),
        (None, True, False),
        (Failure("x", ""), False, False),
        (Failure("x", ""), True, True),
        (Failure("429", "", transient=True), False, True),
    ],
)
def test_failures_that_may_pass_are_tried_again_others_on_request(
    failure: Failure | None, retry: bool, again: bool
) -> None:
    done = {"q1": Prediction("base", 0, "test-new", "q1", "", failure=failure)}
    assert to_ask(done, ["q1", "q2"], retry_failures=retry) == ({"q1", "q2"} if again else {"q2"})


def test_the_answers_of_a_later_block_are_numbered_on() -> None:
    ticks = count()
    arms = {"a": (arm(Scripted(lambda prompt: "x"), "a"), lambda question, watch: ())}
    spans = [s for b in measure(arms, QUESTIONS[:2], (), lambda: next(ticks), 7) for s in b]
    assert {s.order for s in spans} == {7, 8}


def test_latency_puts_each_question_to_every_arm_before_the_next_and_turns_who_is_first() -> None:
    ticks = count()
    read = lambda question, watch: ()  # noqa: E731
    arms = {name: (arm(Scripted(lambda prompt: "a b"), name), read) for name in ("a", "b")}
    spans = list(measure(arms, QUESTIONS[:2], QUESTIONS[2:3], lambda: next(ticks)))
    assert [(s[0].arm, s[0].question, s[0].order) for s in spans] == [
        ("a", "q0", 0), ("b", "q0", 1), ("b", "q1", 2), ("a", "q1", 3),
    ]  # fmt: skip
    for answer_spans in spans:
        parts = {s.span: s.ms for s in answer_spans}
        assert set(parts) == {"prompt", "first_token", "decode", "total"}
        assert parts["total"] >= sum(parts.values()) - parts["total"]


def test_a_question_that_an_arm_is_not_asked_has_no_latency() -> None:
    asked: list[str] = []

    def told(prompt: str) -> str:
        asked.append(prompt)
        return "x"

    model = arm(Scripted(told), "oracle")
    gold: dict[str, tuple[Hit, ...] | None] = {"q0": None, "q1": ()}
    arms = {"oracle": (model, lambda question, watch: gold[question.id])}
    spans = list(measure(arms, QUESTIONS[:2], QUESTIONS[:1], count().__next__))
    assert len(asked) == 1
    assert [[s.question for s in answer][:1] for answer in spans] == [[], ["q1"]]


def test_a_question_that_an_arm_is_not_asked_is_not_in_its_seconds_per_question() -> None:
    run = ArmRun("oracle", 0, ArmConfig())
    rows = [Prediction("oracle", 0, "test-new", q, "", warning=w)
            for q, w in (("q0", NOT_ASKED), ("q1", ""), ("q2", ""))]  # fmt: skip
    log = (BatchDone(0, ("q0", "q1", "q2"), 6.0, 5.0, 2.0),)
    answered = Answered(run, tuple(rows), log)
    assert seconds_per_question(answered, waited=False) == 6.0 * 2 / 2
    assert seconds_per_question(answered, waited=True) == 1.0 * 2 / 2
