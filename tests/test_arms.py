import pytest

from harness.arms import Arm
from harness.text.prompt import TEMPLATES, Prompt
from harness.timing import Stopwatch
from harness.types import Failure
from tests.fakes import Scripted, hit, question


def arm(generator: Scripted, **options: object) -> Arm:
    given = {"context": "retrieved", "max_tokens": 5, **options}
    return Arm("rag", generator, TEMPLATES["plain"], **given)  # type: ignore[arg-type]


def test_the_prompt_shows_titles_passages_and_the_question() -> None:
    generator = Scripted(lambda prompt: "fine")
    arm(generator).answer_many([question(1)], {"q1": (hit("d1", "Text.", title="T"),)}, Stopwatch())
    assert generator.asked == ["T: Text.\n\nQuestion: question 1?\nAnswer:"]


def test_braces_in_a_passage_stay_as_they_are() -> None:
    prompt = Prompt("{passages} | {question}", "{question}")
    [message] = prompt.messages("why {question}?", [hit("d", "a {question} b")])
    assert message.text == "a {question} b | why {question}?"


def test_answers_come_in_question_order_whatever_order_the_generator_takes() -> None:
    generator = Scripted(lambda prompt: prompt.split("\n")[0])
    predictions = arm(generator).answer_many([question(i) for i in range(3)], {}, Stopwatch())
    assert [p.text for p in predictions] == [f"Question: question {i}?" for i in range(3)]
    assert [p.tokens_in for p in predictions] == [4, 4, 4]


def test_a_failure_is_a_row_like_any_other() -> None:
    broken = Failure("timeout", "no reply", transient=True)
    generator = Scripted(lambda prompt: broken if "question 1" in prompt else "fine")
    first, second = arm(generator).answer_many([question(0), question(1)], {}, Stopwatch())
    assert (first.text, first.failure) == ("fine", None)
    assert (second.text, second.failure) == ("", broken)


def test_what_does_not_fit_is_cut_from_the_last_passage_on_and_said() -> None:
    generator = Scripted(lambda prompt: "fine", window=16)
    hits = (hit("d1", "one two three"), hit("d2", "four five six"), hit("d3", "seven eight nine"))
    [prediction] = arm(generator).answer_many([question(1)], {"q1": hits}, Stopwatch())
    assert prediction.passages == ("d1:0-13", "d2:0-13")
    assert prediction.warning == "context cut: 2 of 3 passages fit the window"


def test_a_single_passage_that_is_too_long_is_shortened() -> None:
    generator = Scripted(lambda prompt: "fine", window=12)
    hits = (hit("d1", "one two three four five six seven"),)
    [prediction] = arm(generator).answer_many([question(1)], {"q1": hits}, Stopwatch())
    assert prediction.failure is None
    assert prediction.warning == "context cut: the last passage was shortened to fit the window"
    assert "one two three" in generator.asked[0]
    assert "seven" not in generator.asked[0]


def test_the_question_is_never_cut() -> None:
    generator = Scripted(lambda prompt: "fine", window=8)
    [prediction] = arm(generator).answer_many(
        [question(1, "a question of many words")], {"q1": (hit("d1", "one"),)}, Stopwatch()
    )
    assert prediction.failure is not None
    assert prediction.failure.kind == "question too long"
    assert generator.asked == []


def test_long_context_reads_as_much_as_fits_and_calls_that_no_warning() -> None:
    generator = Scripted(lambda prompt: "fine", window=30)
    hits = tuple(hit(f"d{i}", "one two three") for i in range(40))
    reader = arm(generator, context="whole")
    [prediction] = reader.answer_many([question(1)], {"q1": hits}, Stopwatch())
    assert len(prediction.passages) == 7
    assert prediction.warning == ""


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_sampling_noise_depends_on_seed_and_question_alone(temperature: float) -> None:
    def seeds(seed: int, *ids: int) -> list[int]:
        sampler = arm(Scripted(lambda prompt: ""), temperature=temperature, seed=seed)
        asked = [sampler.ask(question(i), ()) for i in ids]
        return [a.request.seed for a in asked if not isinstance(a, Failure)]

    assert seeds(1, 4, 5) == list(reversed(seeds(1, 5, 4)))
    assert (seeds(1, 4) == seeds(2, 4)) == (temperature == 0)


def test_one_answer_alone_has_the_same_text_and_its_time_is_booked() -> None:
    generator = Scripted(lambda prompt: "two words")
    watch = Stopwatch()
    reader = arm(generator)
    [batched] = reader.answer_many([question(1)], {}, Stopwatch())
    assert reader.answer(question(1), (), watch) == batched.text
    assert set(watch.seconds) == {"prompt", "first_token", "decode"}
