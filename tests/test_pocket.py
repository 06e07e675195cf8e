"""Pocket: what pre-training shows is true, training survives a kill, the shipped weights read."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoTokenizer

from harness.generation.local import LocalModel
from harness.pocket import evaluate as evaluation
from harness.pocket.architecture import new_model
from harness.pocket.curriculum import lesson, stage
from harness.pocket.evaluate import Check, evaluate, read, wilson
from harness.pocket.lessons import Row, batch, copy_row, reading_rows, text_row
from harness.pocket.pretrain import pretrain
from harness.pocket.prompt import prompt, question_part
from harness.pocket.scenes import Scene, closed_book, pool, scene
from harness.text.normalize import has_tokens
from harness.text.prompt import TEMPLATES
from harness.text.refusal import is_refusal
from harness.types import Chunk, Hit
from harness.worlds.names import inventory

WEIGHTS = Path(evaluation.__file__).parent / "weights"
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(WEIGHTS)


@pytest.fixture(scope="module")
def reader() -> LocalModel:
    return LocalModel(str(WEIGHTS))


def scenes(count: int, passages: int, refusals: float = 0.0) -> list[Scene]:
    made = []
    for index in range(count):
        rng = Random(f"test/{passages}/{refusals}/{index}")
        world = pool(900, index, named=0.45)
        made.append(scene(rng, world, passages=passages, items=1, refusals=refusals))
    return made


def test_every_name_and_every_number_below_a_thousand_is_one_token(tokenizer: Any) -> None:
    pieces = [name for use in inventory().values() for name in use]
    pieces += [str(number) for number in (*range(1000), *range(1980, 2030))]
    assert [p for p in pieces if len(tokenizer(f" {p}")["input_ids"]) != 1] == []


def test_text_survives_the_tokenizer(tokenizer: Any) -> None:
    text = "Profile of Ada: naïve, 12,345 items?\n\nQuestion: «Wer»?\nAnswer: 1999 ½ \N{SNOWMAN}"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_ordinary_english_costs_at_most_two_tokens_a_word(tokenizer: Any) -> None:
    text = (
        "If the device does not start, check that the cable is connected and that the switch at "
        "the back is on. You can change the language of the menu in the settings. When you open "
        "the window for the first time, the program asks you for the name of a folder."
    )
    assert len(tokenizer(text)["input_ids"]) <= 2 * len(text.split())


def test_a_prompt_in_one_piece_has_the_tokens_of_its_parts(tokenizer: Any) -> None:
    for case in scenes(10, 3):
        question = case.items[0].question
        whole = tokenizer(prompt(case.passages, question))["input_ids"]
        context = tokenizer(case.context)["input_ids"]
        assert whole == context + tokenizer(question_part(question, first=False))["input_ids"]


def test_the_prompt_is_the_fixed_one() -> None:
    assert prompt(("A: b.", "C: d."), "Who?") == "A: b.\nC: d.\n\nQuestion: Who?\nAnswer:"
    assert prompt((), "Who?") == "Question: Who?\nAnswer:"


@pytest.mark.parametrize("passages", [1, 2, 5])
def test_an_answer_of_a_lesson_stands_in_its_passages(passages: int) -> None:
    for case in scenes(100, passages):
        [item] = case.items
        assert len(case.passages) == passages
        assert item.value in case.context
        assert item.value in item.answer


def test_an_unanswerable_question_of_a_lesson_gets_a_refusal() -> None:
    for case in scenes(100, 3, refusals=1.0):
        assert is_refusal(case.items[0].answer)


def test_questions_without_passages_are_answered_with_not_knowing() -> None:
    case = closed_book(Random(0), pool(1, 1, named=0.5), items=3)
    assert case.passages == ()
    assert {item.answer for item in case.items} == {"I do not know."}


def test_a_reading_row_scores_answers_only(tokenizer: Any) -> None:
    world = pool(1, 2, named=0.5)
    case = scene(Random(0), world, passages=2, items=4)
    [row] = reading_rows(tokenizer, [case], learn_context=[False])
    scored = [i for i, weight in zip(row.ids, row.weights, strict=True) if weight]
    said = tokenizer.decode(scored).split(tokenizer.eos_token)
    assert said == [*(f" {item.answer}" for item in case.items), ""]


def test_a_copying_row_scores_only_what_was_said_before() -> None:
    row = copy_row(Random(0), range(2, 500), 16)
    first = next(place for place, weight in enumerate(row.weights) if weight)
    suffix = row.ids[first - 1 :]
    text = " ".join(map(str, row.ids[:16]))
    assert " ".join(map(str, suffix)) in text or text.endswith(" ".join(map(str, suffix[:2])))


def test_a_text_row_ends_as_it_begins() -> None:
    row = text_row(Random(0), [list(range(10, 40)), list(range(50, 90))], 100)
    start = row.ids[: row.ids.index(1)]
    assert row.ids[-len(start) :] == start
    assert len(row.ids) == len(row.weights)


def test_a_batch_is_padded_with_nothing_to_learn() -> None:
    ids, weights = batch([Row([5, 6, 7], [0.0, 1.0, 1.0]), Row([8], [1.0])])
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert weights.tolist() == [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]


def test_a_lesson_depends_on_its_arguments_alone(tokenizer: Any) -> None:
    paragraphs = [list(range(10, 60))]
    for progress in (0.01, 0.1, 0.3, 0.9):
        one, two = (
            lesson(tokenizer, paragraphs, seed=1, step=8, progress=progress, tokens=1_500)
            for _ in range(2)
        )
        assert one == two


def test_reading_starts_with_names_and_one_passage_and_gets_harder() -> None:
    assert stage(0.05).named == 1.0
    assert stage(1.0).named < 0.5
    assert len(stage(0.05).passages) < len(stage(1.0).passages)
    assert stage(0.05).refusals == 0 < stage(1.0).refusals


def test_a_training_that_was_interrupted_ends_with_the_same_weights(tmp_path: Path) -> None:
    def weights(folder: Path) -> dict[str, torch.Tensor]:
        state: dict[str, Any] = torch.load(folder / "state.pt")
        model: dict[str, torch.Tensor] = state["model"]
        return model

    def train(folder: Path, steps: int, stop: int | None = None) -> None:
        def interrupt(where: Any) -> None:
            if where.step == stop:
                raise KeyboardInterrupt

        AutoTokenizer.from_pretrained(WEIGHTS).save_pretrained(folder)
        pretrain(
            folder, seed=3, steps=steps, width=32, tokens=300, save_every=0.0,
            resume=True, progress=interrupt, texts=("The cat sat on the mat. " * 3,) * 3,
        )  # fmt: skip

    train(tmp_path / "whole", 8)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "torn", 8, stop=5)
    train(tmp_path / "torn", 8)
    whole, torn = weights(tmp_path / "whole"), weights(tmp_path / "torn")
    assert all(torch.equal(whole[name], torn[name]) for name in whole)
    assert len(read(LocalModel(str(tmp_path / "torn")), scenes(2, 1))) == 2


def test_the_model_keeps_within_five_million_parameters_and_ten_megabytes() -> None:
    config = AutoConfig.from_pretrained(WEIGHTS)
    model = new_model(config.vocab_size, width=config.hidden_size)
    assert sum(p.numel() for p in model.parameters()) <= 5_000_000
    assert (WEIGHTS / "model.safetensors").stat().st_size <= 10 * MEBIBYTE
    assert config.conv_bias
    assert config.max_position_embeddings >= 2_048


def test_the_shipped_tokenizer_pads_on_the_left(tokenizer: Any) -> None:
    assert tokenizer.padding_side == "left"
    assert (tokenizer.pad_token, tokenizer.eos_token) == ("<pad>", "<eos>")
    settings = json.loads((WEIGHTS / "generation_config.json").read_text(encoding="utf-8"))
    assert settings["eos_token_id"] == tokenizer.eos_token_id


def test_a_padded_batch_gives_the_text_of_one_at_a_time(reader: LocalModel) -> None:
    cases = [*scenes(8, 1), *scenes(8, 4)]
    assert read(reader, cases) == [read(reader, [case])[0] for case in cases]


def test_the_shipped_model_reads_a_passage_and_knows_nothing_without(reader: LocalModel) -> None:
    cases = scenes(40, 1)
    values = [case.items[0].value for case in cases]
    blind = [Scene((), case.items) for case in cases]
    assert sum(map(has_tokens, read(reader, cases), values)) >= 30
    assert sum(map(has_tokens, read(reader, blind), values)) <= 4


def test_an_evaluation_states_its_numbers_with_intervals() -> None:
    checks = evaluate(WEIGHTS, questions=4, seed=1)
    assert [check.n for check in checks] == [4, 4, 4, 4, 8]
    assert all(check.low <= check.value <= check.high for check in checks)


def test_a_target_can_be_a_lower_or_an_upper_limit() -> None:
    assert Check("a", 0.9, 0.8, 1.0, 10, 0.85, "at least").reached
    assert not Check("a", 0.9, 0.8, 1.0, 10, 0.05, "at most").reached


def test_wilson_of_all_right_has_an_upper_end_of_one() -> None:
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(0, 10)[0] == pytest.approx(0.0)


def test_pocket_was_trained_on_the_prompts_that_the_plain_template_writes() -> None:
    passages = ["One: it is red.", "Two: it is blue."]
    hits = [Hit(Chunk(p[0], 0, 9, p[5:], p[:3]), 1.0) for p in passages]
    for given, texts in ((hits, passages), ([], [])):
        [message] = TEMPLATES["plain"].messages("Which?", given)
        assert message.text == prompt(texts, "Which?")
