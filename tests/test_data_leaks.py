"""What training gives away about the test questions."""

import random

from harness.data.leaks import NEAR, Leak, jaccard, leaks
from harness.data.tokens import tokens
from harness.types import Question


def ask(key: str, text: str, answer: str, split: str) -> Question:
    return Question(key, text, (answer,), split=split)


def test_the_same_answer_is_found_whatever_its_case_and_punctuation() -> None:
    train = ask("t", "What is the fee of the desk?", "The fee is 3 euros.", "train")
    test = ask("q", "How much must one pay there?", "the fee is 3 EUROS", "test-seen")
    [leak] = leaks([train, test])
    assert leak.kind == "same answer"
    assert (leak.split, leak.test, leak.train, leak.others) == ("test-seen", "q", "t", 0)


def test_of_many_with_the_same_answer_the_closest_question_is_shown() -> None:
    far = [ask(f"t{i}", f"unlike {i}", "yes", "train") for i in range(5)]
    near = ask("near", "Is the desk open at noon?", "yes", "train")
    [leak] = [
        found
        for found in leaks([*far, near, ask("q", "Is the desk open today?", "Yes.", "test-new")])
        if found.kind == "same answer"
    ]
    assert (leak.train, leak.others) == ("near", 5)


def test_near_duplicates_are_those_that_share_four_fifths_of_their_words() -> None:
    train = ask("t", "what is the fee of the big desk in town", "3", "train")
    same = ask("q1", "What is the fee of the big desk in town, please?", "4", "test-new")
    other = ask("q2", "What is the limit of the small desk in town?", "5", "test-new")
    assert leaks([train, same, other]) == (
        Leak("near-duplicate question", "test-new", "q1", "t", 0.9, 0, train.text),
    )


def test_the_index_finds_exactly_what_comparing_all_pairs_finds() -> None:
    rng = random.Random(0)

    def text() -> str:
        return " ".join(rng.choices([f"w{i}" for i in range(12)], k=rng.randint(1, 9)))

    train = [ask(f"t{i}", text(), f"a{i}", "train") for i in range(150)]
    test = [ask(f"q{i}", text(), f"b{i}", "test-new") for i in range(150)]
    expected = {
        q.id: best
        for q in test
        if (
            best := max(
                jaccard(frozenset(tokens(q.text)), frozenset(tokens(t.text))) for t in train
            )
        )
        >= NEAR
    }
    assert len(expected) > 10
    assert {leak.test: leak.similarity for leak in leaks([*train, *test])} == expected


def test_dev_questions_and_answerless_ones_make_no_rows() -> None:
    train = Question("t", "a b c d e", (), answerable=False, split="train")
    dev = ask("v", "a b c d e", "x", "dev-new")
    test = Question("q", "other words", (), answerable=False, split="test-unanswerable")
    assert leaks([train, dev, test]) == ()
