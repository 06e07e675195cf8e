"""Retrieved and right, retrieved and wrong, missed and right, missed and wrong."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from harness import registry
from harness.protocols import Metric
from harness.report.four_cells import four_cells_table
from harness.report.report_data import ReportData
from harness.report.sections import sections
from harness.results import FourCells
from harness.stages.four_cells import four_cells
from harness.stages.job import Job
from harness.stages.scores import score
from harness.types import Case, Failure, Prediction, Question
from tests.fakes import hit, question

RIGHT, WRONG = "it is answer", "no idea"


def arm(kind: str, context: str = "none") -> Any:
    return SimpleNamespace(type=kind, context=SimpleNamespace(type=context, k=1))


def job(questions: Sequence[Question], read: dict[str, Any], primary: str = "contains") -> Job:
    """What the stage asks of a job: its arms, its questions and what each arm was given."""
    arms = {"rag": arm("model", "retrieved"), "base": arm("model"), "theirs": arm("external")}
    metrics = SimpleNamespace(primary=primary)
    benchmark = SimpleNamespace(arms=arms, metrics=metrics)
    return cast(
        Job, SimpleNamespace(benchmark=benchmark, asked=questions, contexts=lambda arm: read)
    )


def cells(
    questions: Sequence[Question],
    cases: Sequence[Case],
    read: dict[str, Any],
    name: str = "contains",
) -> list[FourCells]:
    metrics: dict[str, Metric] = {name: registry.create("metric", name, {})}
    return four_cells(job(questions, read, name), cases, score(cases, metrics), metrics)


def said(q: Question, text: str, **fields: Any) -> Case:
    named = {"arm": "rag", **{k: v for k, v in fields.items() if k in ("arm", "failure")}}
    prediction = Prediction(named.pop("arm"), 0, q.split, q.id, text, **named)
    ranking = fields.get("ranking", ())
    return Case(q, prediction, fields.get("context", "retrieved"), ranking)


def test_every_question_stands_in_one_cell_of_its_split() -> None:
    qs = [question(i, values=(("answer",),)) for i in range(4)]
    read = {
        "q0": (hit("d0", "x"),), "q1": (hit("d1", "x"),), "q2": (hit("d9", "x"),), "q3": (),
    }  # fmt: skip
    cases = [said(q, RIGHT if i % 2 == 0 else WRONG) for i, q in enumerate(qs)]
    assert cells(qs, cases, read) == [
        FourCells("rag", 0, "test-new", "contains", 1.0, 4, 1, 1, 1, 1, 0)
    ]


def test_a_failed_answer_is_wrong_and_what_it_was_given_still_counts() -> None:
    [q] = qs = [question(0)]
    cases = [said(q, "", failure=Failure("timeout", "late"))]
    [row] = cells(qs, cases, {"q0": (hit("d0", "x"),)})
    assert (row.n, row.retrieved_wrong) == (1, 1)


def test_questions_without_gold_and_arms_that_do_not_retrieve_are_left_out() -> None:
    qs = [question(0), question(1, gold=())]
    cases = [said(q, RIGHT) for q in qs]
    cases += [said(q, RIGHT, arm="base", context="none") for q in qs]
    [row] = cells(qs, cases, {})
    assert (row.arm, row.n) == ("rag", 1)


def test_an_external_arm_counts_by_what_it_names_and_is_unmeasured_where_it_names_nothing() -> None:
    qs = [question(i, values=(("answer",),)) for i in range(2)]
    cases = [said(qs[0], RIGHT, arm="theirs", context="external", ranking=("d0",))]
    cases += [said(qs[1], RIGHT, arm="theirs", context="external")]
    [row] = cells(qs, cases, {})
    assert (row.n, row.retrieved_right, row.unmeasured) == (1, 1, 1)


def test_a_graded_metric_is_right_from_half_its_scale_on() -> None:
    qs = [question(i, answers=("one two three four",)) for i in range(2)]
    read = {q.id: (hit(q.gold[0], "x"),) for q in qs}
    cases = [said(qs[0], "one two three"), said(qs[1], "one")]
    [row] = cells(qs, cases, read, "token_f1")
    assert (row.cut, row.retrieved_right, row.retrieved_wrong) == (0.5, 1, 1)


def test_the_report_shows_them_where_an_arm_retrieves_and_says_what_right_is() -> None:
    row = FourCells("rag", 0, "test-new", "token_f1", 0.5, 10, 6, 2, 0, 2, 1)
    data = ReportData("b", "d", (), "token_f1", (), four_cells=(row,))
    table = four_cells_table(data)
    assert table is not None
    assert [cell.text for cell in table.rows[0].cells] == [
        "rag", "test-new", "6 (60%)", "2 (20%)", "0 (0%)", "2 (20%)", "0.75", "0.00", "10",
    ]  # fmt: skip
    assert "“token_f1” of 0.5 or more" in table.caption
    assert table.notes == ("1 questions unmeasured",)
    titles = [section.title for section in sections(data)]
    assert "Retrieved, and right" in titles
    empty = ReportData("b", "d", (), "token_f1", ())
    assert "Retrieved, and right" not in [section.title for section in sections(empty)]
