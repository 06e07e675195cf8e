"""Judging in a run: one mechanism for all arms and metrics, with statuses, limits and memory."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from harness import data, runner
from harness.artefacts import Artefacts
from harness.config.load import load_benchmark
from harness.costs.price_list import load_prices
from harness.data.pairs import LabelledPair
from harness.errors import ConfigError, DataError, UnknownName
from harness.files import encode
from harness.judges.remembered import Remembered
from harness.progress import Lines, Silent
from harness.protocols import Judge, Metric, Numbers
from harness.stages.cases import case
from harness.stages.chosen import chosen_metrics, judge_metrics
from harness.stages.identity import identity, run_key
from harness.stages.job import Job
from harness.stages.judging import Judged, JudgedAnswer, JudgedClaim, judge_answers
from harness.stages.plan import as_text, planned
from harness.stages.preflight import preflight
from harness.stages.scores import score
from harness.stats import ratio
from harness.types import Case, ContextType, Failure, Prediction, Question, Statement, Stats, Usage
from tests.fake_judge import FakeJudge, install

FILE = """
dataset: tiny
model: {path: pocket}
arms: {base: {}}
metrics: {primary: faithfulness_gold, also: [faithfulness_retrieved, contains]}
"""
PAID = "judge: {type: fake, model: {type: openai, path: gpt-4o-mini, api_key_env: HOME}"


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


def job(folder: Path, judge: str = "judge: fake", **changes: Any) -> Job:
    path = folder / "faithful.yaml"
    judge = "judge: {type: fake}" if judge == "judge: fake" else judge
    path.write_text(FILE + judge)
    questions = data.load("tiny")
    made = Job(
        load_benchmark(path), questions, questions.test, Artefacts(folder / "out"), Silent(), "cpu"
    )
    return replace(made, **changes)


def with_gold(of: Job) -> list[Question]:
    return [q for q in of.questions.test if q.gold]


def said(of: Job, arm: str, texts: Mapping[int, str]) -> list[Case]:
    """Return what an arm that reads one passage of the gold document says to some questions."""
    found = []
    for i, text in texts.items():
        q = with_gold(of)[i]
        document = of.documents[q.gold[0]]
        p = Prediction(arm, 0, q.split, q.id, text, (f"{document.id}:0-{len(document.text) - 1}",))
        found.append(case(q, p, "retrieved", (), of.documents))
    return found


def answered(of: Job) -> list[Case]:
    return said(of, "rag", {0: "It is red", 1: "broken", 2: "slow", 3: "I do not know."})


def judged(of: Job, cases: Sequence[Case]) -> Judged:
    return judge_answers(of, chosen_metrics(of), cases, load_prices(of.benchmark.prices))


def test_every_answer_is_judged_once_whatever_arms_and_metrics_ask(tmp_path: Path) -> None:
    of = job(tmp_path)
    cases = [*answered(of), *said(of, "hybrid", {0: "It is red"})]
    metrics = chosen_metrics(of)
    judge_answers(of, metrics, cases, load_prices("cpu-2026"))
    asked = list(FakeJudge.asked)
    assert len(asked) == len(set(asked)) == 8  # four answers, two targets; no second arm
    score(cases, metrics)
    assert FakeJudge.asked == asked


def test_each_judged_answer_has_a_row_with_its_status_claims_and_span(tmp_path: Path) -> None:
    of = job(tmp_path)
    document = of.documents[with_gold(of)[0].gold[0]]
    quoted = document.text[:20].split(". ")[0].strip(" .")
    found = judged(of, said(of, "rag", {0: quoted, 1: "broken"}))
    rows = {(row.metric, row.status): row for row in found.answers}
    assert len(found.answers) == 4
    for metric, passage in (
        ("faithfulness_gold", document.id),
        ("faithfulness_retrieved", f"{document.id}:0-{len(document.text) - 1}"),
    ):
        [claim] = rows[metric, "ok"].claims
        text = f"{document.title}: {document.text}" if document.title else document.text
        assert (claim.supported, claim.passage) == (True, passage)
        assert text[claim.start : claim.end] == claim.text == quoted
        assert rows[metric, "judge error"].message == "no JSON in the reply"
        assert rows[metric, "judge error"].claims == ()


def test_the_documentation_lists_every_field_of_a_row() -> None:
    text = (Path(__file__).parent.parent / "docs" / "results.md").read_text("utf-8")
    section = text.partition("### `judgements.jsonl`")[2].partition("\n## ")[0]
    documented = re.findall(r"`([\w.]+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", section, re.M)))
    claims = [f"claims.{field.name}" for field in fields(JudgedClaim)]
    listed = [*(field.name for field in fields(JudgedAnswer)), *claims]
    assert documented[: len(listed) + 1] == [*listed, "status"]


def test_trouble_is_counted_by_status_and_warned_of_with_what_the_judge_said(
    tmp_path: Path,
) -> None:
    of = job(tmp_path)
    found = judged(of, answered(of))
    statuses = {"judge error": 1, "ok": 1, "refusal": 1, "timeout": 1}
    assert found.facts["statuses"] == {
        "faithfulness_gold": statuses, "faithfulness_retrieved": statuses,
    }  # fmt: skip
    warning = "rag: 1 answers have no faithfulness_gold: judge error (no JSON in the reply)"
    assert warning in found.warnings
    assert len(found.warnings) == 4


def test_an_answer_that_failed_and_a_question_that_has_no_gold_are_not_put_to_the_judge(
    tmp_path: Path,
) -> None:
    of = job(tmp_path)
    [ok, other] = said(of, "rag", {0: "It is red", 1: "It is big"})
    failed = replace(other, prediction=replace(other.prediction, failure=Failure("oom", "")))
    no_gold = replace(ok, question=replace(ok.question, gold=()), context="none")
    assert judged(of, [failed, no_gold]).answers == []
    assert FakeJudge.asked == []


def test_an_equal_run_gives_equal_rows(tmp_path: Path) -> None:
    rows = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        of = job(folder)
        rows.append(encode(judged(of, answered(of)).answers))
    assert rows[0] == rows[1]


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(FakeJudge):
        def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Any]]:
            for n, found in enumerate(super().judge_many(statements)):
                if n == 100:
                    raise KeyboardInterrupt
                yield found

    statements = [Statement("q", f"It is {i}", ()) for i in range(150)]
    first = Remembered(Killed)
    first.remember(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        list(first.judge_many(statements))
    again = Remembered(FakeJudge)
    again.remember(tmp_path)
    assert len(again.unknown(statements)) == 50
    assert sorted(i for i, _ in again.judge_many(statements)) == list(range(150))


def test_a_judge_that_leaves_an_answer_out_is_a_broken_plug_in() -> None:
    class Lazy(FakeJudge):
        def judge_many(self, statements: Sequence[Statement]) -> Iterator[tuple[int, Any]]:
            yield from list(super().judge_many(statements))[1:]

    with pytest.raises(ValueError, match="1 statements not judged"):
        list(Remembered(Lazy).judge_many([Statement("q", "a", ()), Statement("q", "b", ())]))


def test_the_estimate_counts_each_statement_once_and_what_is_known_not_at_all() -> None:
    judge = Remembered(lambda: FakeJudge(model=object()))
    twice = [Statement("q", "It is red", ("It is red.",))] * 2
    assert judge.estimate(twice) == Usage(1, 6, 10)
    list(judge.judge_many(twice))
    assert judge.estimate(twice) == Usage()


def test_the_estimate_is_said_and_recorded_with_its_price_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    lines: list[str] = []
    of = job(tmp_path, PAID + "}", progress=Lines(lines.append))
    estimate = judged(of, answered(of)).facts["estimate"]
    tokens = estimate["tokens_in"]
    assert (estimate["calls"], estimate["tokens_out"]) == (8, 80)
    assert estimate["usd"] == pytest.approx(tokens * 0.15e-6 + 80 * 0.60e-6)
    assert lines[0].startswith(f"judge: about 8 calls, {tokens:,} tokens in and 80 out, 0.0")


@pytest.mark.parametrize(
    ("judge", "message"),
    [
        (PAID + ", max_usd: 0.000001}", "more than max_usd .1e-06.; nothing was asked"),
        (PAID.replace("gpt-4o-mini", "llama-99") + ", max_usd: 5}", "have no 'llama-99 in' and"),
    ],
)
def test_judging_that_may_cost_more_than_the_limit_stops_before_anything_is_asked(
    tmp_path: Path, judge: str, message: str
) -> None:
    of = job(tmp_path, judge)
    with pytest.raises(ConfigError, match=message):
        judged(of, answered(of))
    assert FakeJudge.asked == []


def test_a_limit_that_holds_and_a_judge_that_costs_nothing_go_on(tmp_path: Path) -> None:
    local = "judge: {type: fake, model: {type: transformers, path: pocket}, max_usd: 0.000001}"
    for judge in (PAID + ", max_usd: 5}", "judge: {type: fake, max_usd: 0.01}", local):
        of = job(tmp_path, judge)
        assert len(judged(of, answered(of)).answers) == 8


def labels(folder: Path, right: bool) -> Path:
    pairs = [
        LabelledPair(f"It is {i}.", f"It is {i if i % 2 else -i}", (i % 2 == 1) == right, "mine")
        for i in range(1, 41)
    ]
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(encode(p)) + "\n" for p in pairs))
    return path


def test_a_judge_that_disagrees_with_the_users_labels_is_demoted(tmp_path: Path) -> None:
    of = job(tmp_path, f"judge: {{type: fake, labels: {labels(tmp_path, right=False)}}}")
    found = judged(of, answered(of))
    assert set(found.demoted) == {"faithfulness_gold", "faithfulness_retrieved"}
    reason = found.demoted["faithfulness_gold"]
    assert reason.startswith("demoted judge: kappa -1.00 [-1.00, -0.")
    assert reason.endswith("] < 0.4 on labels.jsonl")
    assert f"faithfulness_gold: {reason}" in found.warnings
    assert found.facts["agreement"]["kappa"]["value"] == -1.0


def test_a_judge_that_agrees_is_not_demoted(tmp_path: Path) -> None:
    of = job(tmp_path, f"judge: {{type: fake, labels: {labels(tmp_path, right=True)}}}")
    found = judged(of, answered(of))
    assert found.demoted == {}
    assert found.facts["agreement"]["kappa"]["value"] == 1.0


def test_labels_are_checked_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone.jsonl: no such file"):
        preflight(job(tmp_path, "judge: {type: fake, labels: gone.jsonl}"))
    path = tmp_path / "one.jsonl"
    path.write_text('{"premise": "a", "hypothesis": "b", "label": 1}\n')
    with pytest.raises(DataError, match=r"one.jsonl: every label is the same"):
        preflight(job(tmp_path, f"judge: {{type: fake, labels: {path}}}"))


def test_a_misspelt_judge_or_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no judge is called 'fakee'; did you mean 'fake'"):
        preflight(job(tmp_path, "judge: {type: fakee}"))
    with pytest.raises(ConfigError, match="'fake' has no option 'strict'; did you mean 'strictne"):
        preflight(job(tmp_path, "judge: {type: fake, strict: 1}"))


def test_another_judge_is_the_same_run_with_other_results(tmp_path: Path) -> None:
    plain, strict = job(tmp_path), job(tmp_path, "judge: {type: fake, strictness: 1}")
    assert identity(plain) == identity(strict)
    assert run_key(plain) != run_key(strict)


def test_a_limit_on_the_price_changes_no_result_but_the_labels_do(tmp_path: Path) -> None:
    plain, limited = job(tmp_path), job(tmp_path, "judge: {type: fake, max_usd: 3}")
    assert run_key(plain) == run_key(limited)
    path = labels(tmp_path, right=True)
    first = run_key(job(tmp_path, f"judge: {{type: fake, labels: {path}}}"))
    labels(tmp_path, right=False)
    assert first != run_key(job(tmp_path, f"judge: {{type: fake, labels: {path}}}"))


class AsksTheModel:
    """As a metric that puts questions of its own to the judge's model."""

    unit, higher_is_better, signature = "share", True, "asks"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def applies(self, question: Question, context: ContextType) -> bool:
        return True

    def worst(self, question: Question) -> Stats | None:
        return (0.0, 1.0)

    def best(self, question: Question) -> Stats | None:
        return (1.0, 1.0)

    def measure(self, cases: Sequence[Case]) -> list[Stats | None]:
        return [(0.5, 1.0) for _ in cases]

    def estimate(self, cases: Sequence[Case]) -> Usage:
        return Usage(len(cases), 1_000_000 * len(cases), 0)

    def reduce(self, sums: Numbers) -> Numbers:
        return ratio(sums)


def test_what_a_metric_asks_the_model_on_its_own_is_in_the_estimate_and_the_limit(
    tmp_path: Path,
) -> None:
    of = job(tmp_path, PAID + ", max_usd: 0.5}")
    metrics: dict[str, Metric] = {**chosen_metrics(of), "asks": AsksTheModel(of.judge)}
    prices = load_prices("cpu-2026")
    assert judge_answers(of, metrics, answered(of)[:3], prices).facts["estimate"]["calls"] == 9
    with pytest.raises(ConfigError, match=r"0 out, 0\.60 USD, more than max_usd"):
        judge_answers(of, metrics, answered(of), prices)


def test_no_judge_is_made_where_no_metric_asks_one(tmp_path: Path) -> None:
    of = job(tmp_path)
    only = of.benchmark.metrics.model_copy(update={"primary": "contains", "also": ()})
    of = replace(of, benchmark=of.benchmark.model_copy(update={"metrics": only}))
    assert not judge_metrics(of)
    assert judged(of, answered(of)) == Judged()
    metrics: Mapping[str, Metric] = chosen_metrics(of)
    assert list(metrics) == ["contains"]


def test_a_plan_makes_nothing_and_counts_all_there_is_to_do(tmp_path: Path) -> None:
    of = job(tmp_path, PAID + ", max_usd: 0.000001}")
    arms = load_benchmark(_with_arms(tmp_path)).arms
    of = replace(of, benchmark=load_benchmark(_with_arms(tmp_path)))
    plan = planned(of)
    n = len(of.asked)
    assert [(a.arm, a.missing, a.questions) for a in plan.arms] == [(a, n, n) for a in arms]
    assert [(w.weights, w.tokens) for w in plan.weights] == [("qa", 2_000)]
    gold = sum(bool(q.gold) for q in of.asked)
    assert plan.to_judge >= 2 * gold
    assert plan.usage.calls == plan.to_judge
    assert plan.usd == pytest.approx(plan.usage.tokens_in * 0.15e-6 + plan.to_judge * 6e-6)
    text = as_text(plan)
    assert "train qa, seed 0: 2,000 tokens" in text
    assert f"answer rag: {n} of {n} questions" in text
    assert "would not begin, since max_usd (1e-06) may not hold" in text
    assert not (tmp_path / "out").exists()
    assert FakeJudge.asked == []


def _with_arms(folder: Path) -> Path:
    path = folder / "arms.yaml"
    path.write_text(
        "dataset: tiny\nmodel: {path: pocket}\nretriever: bm25\n"
        "weights: {qa: {type: lora, r: 4, sees: question}}\n"
        "arms: {rag: {context: {type: retrieved, k: 2}}, fine-tuned: {weights: qa}}\n"
        "training: {tokens_per_weights: 2000}\n"
        "metrics: {primary: faithfulness_gold, also: [faithfulness_retrieved]}\n"
        + PAID + ", max_usd: 0.000001}\n"
    )  # fmt: skip
    return path


def test_a_plan_is_checked_like_a_run(tmp_path: Path) -> None:
    path = _with_arms(tmp_path)
    path.write_text(path.read_text().replace("k: 2", "k: 5000"))
    with pytest.raises(ConfigError, match="lower k"):
        runner.plan(path, runner.Options(out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
