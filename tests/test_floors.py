from harness.stages.floors import majority, nearest_training_answer, swapped_value
from harness.types import Question


def question(id: str, text: str, answer: str, value: str, attribute: str = "weight") -> Question:
    values = ((value,),) if value else ()
    return Question(id, text, (answer,), values, split="test-new", meta={"attribute": attribute})


TRAIN = [
    question("t1", "How heavy is the Aster?", "The Aster weighs 5 kg.", "5 kg"),
    question("t2", "How heavy is the Tarn?", "The Tarn weighs 5 kg.", "5 kg"),
    question("t3", "How heavy is the Lumen?", "The Lumen weighs 9 kg.", "9 kg"),
    question("t4", "Where is the Aster made?", "In Norvik.", "Norvik", "place"),
]
TEST = [
    question("q1", "How heavy is the Quill?", "The Quill weighs 7 kg.", "7 kg"),
    question("q2", "How heavy is the Reed?", "The Reed weighs 8 kg.", "8 kg"),
    question("q3", "Where is the Quill made?", "It is made in Malmo.", "Malmo", "place"),
    question("q4", "What is the Quill's colour?", "Green.", "Green", "colour"),
]


def test_the_majority_is_taken_within_the_field_or_overall() -> None:
    assert [p.text for p in majority(TRAIN, TEST)] == ["5 kg"] * 4
    assert [p.text for p in majority(TRAIN, TEST, "attribute")] == [
        "5 kg",
        "5 kg",
        "Norvik",
        "5 kg",
    ]
    assert {p.arm for p in majority(TRAIN, TEST)} == {"floor:majority"}


def test_a_tie_goes_to_the_value_that_sorts_first_whatever_the_order() -> None:
    assert majority(TRAIN[2:], TEST)[0].text == majority(TRAIN[:1:-1], TEST)[0].text == "9 kg"


def test_the_majority_falls_back_to_the_short_answer() -> None:
    train = [Question("t", "?", ("A long answer.",), meta={"short": "yes"})]
    assert majority(train, TEST)[0].text == "yes"


def test_a_swapped_answer_is_the_right_sentence_with_anothers_value() -> None:
    swapped = {p.question_id: p.text for p in swapped_value(TEST, "attribute")}
    assert swapped == {"q1": "The Quill weighs 8 kg.", "q2": "The Reed weighs 7 kg."}


def test_a_value_that_is_not_in_the_reference_cannot_be_swapped() -> None:
    hidden = question("q5", "?", "It is heavy.", "6 kg")
    assert [p.question_id for p in swapped_value([TEST[0], hidden])] == ["q1"]


def test_the_swap_is_the_same_in_any_order_and_never_the_same_value() -> None:
    forth, back = swapped_value(TEST), swapped_value(TEST[::-1])
    assert {p.question_id: p.text for p in forth} == {p.question_id: p.text for p in back}
    same = [question("a", "?", "It weighs 5 kg.", "5 kg"), question("b", "?", "Just 5 kg.", "5 KG")]
    assert swapped_value(same) == []


def test_the_nearest_training_question_gives_its_answer() -> None:
    texts = [p.text for p in nearest_training_answer(TRAIN, TEST)]
    assert texts[2] == "In Norvik."
    assert texts[0] == texts[1] == "The Aster weighs 5 kg."


def test_without_training_questions_there_are_no_floors_of_them() -> None:
    unanswerable = [Question("t", "?", (), answerable=False)]
    for train in ([], unanswerable):
        assert majority(train, TEST) == []
        assert nearest_training_answer(train, TEST) == []
