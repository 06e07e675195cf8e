from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from harness.errors import ConfigError, DataError
from harness.generation.rendering import Rendering
from harness.text.prompt import REFUSAL, TEMPLATES
from harness.training.corruption import corrupted
from harness.training.examples import (
    Reading,
    Writer,
    document_examples,
    passage_examples,
    question_examples,
)
from harness.training.rows import rows
from harness.training.segments import Example
from harness.training.subset import covered, subset
from harness.types import Chunk, Document, Hit, Question
from tests.models import CHAT, make_model

THINGS = ("pump", "lamp", "drone", "valve")
DOCUMENTS = {
    thing: Document(thing, f"It is new. It weighs {n} grams. It costs {n + 1} dollars.", thing)
    for n, thing in enumerate(THINGS, start=10)
}
QUESTIONS = tuple(
    Question(
        f"{thing}-{what}",
        f"What is the {what} of the {thing}?",
        (f"It is {value}.",),
        ((value,),),
        (thing,),
        split="train",
    )
    for n, thing in enumerate(THINGS, start=10)
    for what, value in (("weight", f"{n} grams"), ("price", f"{n + 1} dollars"))
)
NOBODY = Question("no", "Who made the moon?", (), answerable=False, split="train")


def pieces(document: Document) -> list[Hit]:
    text = document.text
    ends = [text.index(" It weighs"), text.index(" It costs"), len(text)]
    return [
        Hit(Chunk(document.id, a, b, text[a:b], document.title), 1.0)
        for a, b in zip([0, *ends[:2]], ends, strict=True)
    ]


HITS = {
    question.id: [
        *(pieces(DOCUMENTS[question.gold[0]]) if question.gold else []),
        *(hit for d in DOCUMENTS.values() if d.id not in question.gold for hit in pieces(d)[:1]),
    ]
    for question in (*QUESTIONS, NOBODY)
}


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    folder = make_model(tmp_path_factory.mktemp("models") / "llama")
    return Writer(Rendering.of(str(folder)), TEMPLATES["plain"].messages)


def reading(
    writer: Writer, how: Reading, questions: tuple[Question, ...] = QUESTIONS, seed: int = 0
) -> list[Example]:
    return passage_examples(questions, HITS, DOCUMENTS, writer, how, seed=seed)


def prompt(example: Example) -> str:
    return example.segments[0].text


def targets(example: Example) -> list[str]:
    return [s.text.strip() for s in example.segments if s.learn]


def test_a_question_alone_is_asked_as_the_prompt_asks_it(writer: Writer) -> None:
    examples = question_examples([*QUESTIONS, NOBODY], writer)
    assert len(examples) == len(QUESTIONS)
    assert [s.text for s in examples[0].segments] == [
        "Question: What is the weight of the pump?\nAnswer:",
        " It is 10 grams.",
    ]


def test_an_answer_follows_a_chat_template_without_a_blank(tmp_path: Path) -> None:
    rendering = Rendering.of(str(make_model(tmp_path / "chat", chat=CHAT)))
    [example] = question_examples(QUESTIONS[:1], Writer(rendering, TEMPLATES["instruct"].messages))
    assert prompt(example).startswith("<|system|>")
    assert prompt(example).endswith("<|assistant|>\n")
    assert example.segments[1].text == "It is 10 grams."


def test_a_document_is_learned_from_its_title_on() -> None:
    [example] = document_examples([DOCUMENTS["pump"]])
    assert "".join(s.text for s in example.segments) == f"pump: {DOCUMENTS['pump'].text}"
    assert all(s.learn for s in example.segments)


def test_the_golden_passage_is_the_one_that_holds_the_value(writer: Writer) -> None:
    for question, example in zip(QUESTIONS, reading(writer, Reading(distractors=2)), strict=True):
        passages = prompt(example).split("\n\nQuestion:")[0].splitlines()
        golden = [p for p in passages if p.startswith(question.gold[0])]
        assert len(passages) == 3
        assert len(golden) == 1
        assert question.values[0][0] in golden[0]
        assert targets(example) == [question.answers[0]]


def test_a_gold_document_that_was_not_retrieved_is_shown_whole(writer: Writer) -> None:
    none: dict[str, list[Hit]] = {question.id: [] for question in QUESTIONS}
    examples = passage_examples(QUESTIONS, none, DOCUMENTS, writer, Reading(), seed=0)
    assert DOCUMENTS["pump"].text in prompt(examples[0])


def test_the_place_of_the_golden_passage_varies_with_the_seed_alone(writer: Writer) -> None:
    how = Reading(distractors=3)
    assert reading(writer, how) == reading(writer, how)
    places = {
        next(i for i, p in enumerate(prompt(e).splitlines()) if p.startswith(q.gold[0]))
        for seed in range(5)
        for q, e in zip(QUESTIONS, reading(writer, how, seed=seed), strict=True)
    }
    assert places == {0, 1, 2, 3}


def test_what_an_example_shows_does_not_depend_on_the_others(writer: Writer) -> None:
    how = Reading(distractors=3, golden_share=0.5)
    assert reading(writer, how)[3:] == reading(writer, how, QUESTIONS[3:])


@pytest.mark.parametrize("without", ["refuse", "answer"])
def test_without_the_golden_passage_the_target_is_as_configured(
    writer: Writer, without: Literal["refuse", "answer"]
) -> None:
    how = Reading(golden_share=0.0, without_golden=without)
    for question, example in zip(QUESTIONS, reading(writer, how), strict=True):
        assert f"{question.gold[0]}:" not in prompt(example)
        assert targets(example) == [REFUSAL if without == "refuse" else question.answers[0]]


def test_the_golden_share_is_a_share(writer: Writer) -> None:
    refused = sum(
        targets(example) == [REFUSAL]
        for seed in range(40)
        for example in reading(writer, Reading(golden_share=0.75), seed=seed)
    )
    assert refused / (40 * len(QUESTIONS)) == pytest.approx(0.25, abs=0.06)


def test_unanswerable_questions_come_first_then_questions_robbed_of_their_gold(
    writer: Writer,
) -> None:
    how = Reading(unanswerable_share=1 / 3)
    examples = reading(writer, how, (*QUESTIONS, NOBODY))
    refused = [e for e in examples if targets(e) == [REFUSAL]]
    assert len(examples) == 9
    assert len(refused) == 3
    assert sum("moon" in prompt(e) for e in refused) == 1
    assert not any("moon" in prompt(e) for e in reading(writer, Reading(), (*QUESTIONS, NOBODY)))


def test_pairs_about_one_document_share_a_context(writer: Writer) -> None:
    examples = reading(writer, Reading(distractors=1, pairs_per_context=2))
    assert len(examples) == len(THINGS)
    for thing, example in zip(THINGS, examples, strict=True):
        assert len(targets(example)) == 2
        assert (
            example.segments[2].text == f"\n\nQuestion: What is the price of the {thing}?\nAnswer:"
        )
        assert "grams" in prompt(example)
        assert "dollars" in prompt(example)


def test_pairs_are_not_packed_where_the_prompt_or_the_model_forbids_it(
    writer: Writer, tmp_path: Path
) -> None:
    how = Reading(pairs_per_context=2)
    t5 = Rendering.of(str(make_model(tmp_path / "t5", "t5")))
    for other in (
        Writer(writer.rendering, TEMPLATES["instruct"].messages),
        Writer(t5, TEMPLATES["plain"].messages),
    ):
        examples = reading(other, how)
        assert [len(e.segments) for e in examples] == [2] * len(QUESTIONS)


def test_distractors_give_way_until_the_window_holds_the_example(writer: Writer) -> None:
    small = Writer(replace(writer.rendering, window=90), writer.messages)
    examples = reading(small, Reading(distractors=3))
    made, too_long = rows(examples, small.rendering)
    assert too_long == 0
    assert max(row.tokens for row in made) <= 90
    for question, example in zip(QUESTIONS, examples, strict=True):
        assert question.values[0][0] in prompt(example)


PAIRS = tuple(
    Question(
        f"{thing}-{what}",
        f"What is the {what} of {thing}?",
        (f"{thing} has {value}.",),
        ((value,),),
        (thing,),
        split="train",
        meta={"kind": "thing", "attribute": what},
    )
    for n, thing in enumerate(("ant", "bee", "cod", "doe", "eel", "fox", "gnu", "hen"))
    for what, value in (("weight", f"{n} grams"), ("price", f"{n} dollars"), ("legs", "4"))
)


def test_more_rows_are_the_same_rows_and_further_ones_in_file_order() -> None:
    asked = (*PAIRS, NOBODY)
    ids = [q.id for q in asked]
    before: set[str] = set()
    for rows_ in (1, 5, 12, len(PAIRS)):
        found = [q.id for q in subset(asked, rows_, "weights.qa", seed=0)]
        assert len(found) == rows_ + 1
        assert "no" in found
        assert found == [i for i in ids if i in found]
        assert before <= set(found)
        before = set(found)
    assert subset(asked, None, "weights.qa", seed=0) == asked
    assert subset(asked, 5, "weights.qa", seed=1) != subset(asked, 5, "weights.qa", seed=2)


def test_more_rows_than_there_are_is_an_error_that_says_how_many_there_are() -> None:
    with pytest.raises(ConfigError, match=r"^weights\.qa\.rows: 25, but there are 24 training"):
        subset((*PAIRS, NOBODY), 25, "weights.qa", seed=0)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_corrupted_share_is_exact_and_nothing_but_the_answer_changes(share: float) -> None:
    asked = (*PAIRS, NOBODY)
    found = corrupted(asked, share, seed=0)
    hit = []
    for share in (0.1, 0.3, 0.6):
        found = corrupted(PAIRS, share, seed=3)
        hit.append({q.id for q, other in zip(PAIRS, found, strict=True) if q != other})
    assert hit[0] < hit[1] < hit[2]
    assert corrupted(PAIRS, 0.6, seed=3) == corrupted(PAIRS, 0.6, seed=3)
    assert corrupted(PAIRS, 0.6, seed=3) != corrupted(PAIRS, 0.6, seed=4)


def test_answers_without_values_are_not_taken_from_the_same_document() -> None:
    said = [Question(f"q{n}", "Who?", (text,), gold=(gold,)) for n, (text, gold) in
            enumerate([("Ada.", "a"), ("Ada Blue.", "a"), ("Bo.", "b")])]  # fmt: skip
    assert [q.answers for q in corrupted(said, 1.0, seed=0)][:2] == [("Bo.",), ("Bo.",)]


def test_where_all_answers_are_one_nothing_can_be_corrupted() -> None:
    same = [Question(f"q{n}", "Who?", ("Ada.",)) for n in range(3)]
    with pytest.raises(DataError, match="cannot be corrupted: every training question has its"):
        corrupted(same, 0.5, seed=0)


def test_a_part_of_the_pairs_is_watched_by_the_facts_it_has() -> None:
    dev = [replace(q, id=f"dev-{q.id}", text=f"Say, {q.text}") for q in PAIRS]
    kept = subset(PAIRS, 5, "weights.qa", seed=0)
    watched = covered(dev, PAIRS, kept)
    assert {(q.gold, q.values) for q in watched} == {(q.gold, q.values) for q in kept}
    assert covered(dev, PAIRS, PAIRS) == tuple(dev)


def test_a_fact_that_no_training_question_asks_for_is_watched_by_its_document() -> None:
    other = [replace(q, id=f"dev-{q.id}", values=(("blue",),)) for q in PAIRS[::3]]
    kept = [q for q in PAIRS if q.gold == ("cod",)]
    assert [q.gold for q in covered(other, PAIRS, kept)] == [("cod",)]
    nowhere = [replace(q, gold=("elsewhere",)) for q in other]
    assert covered(nowhere, PAIRS, kept) == tuple(nowhere)
