"""Made-up but likely records for the report's tests, and the tests of their container."""

import random

from harness.costs.bill import bill, totals
from harness.costs.break_even import break_evens
from harness.costs.price_list import load_prices
from harness.costs.quantities import Artefact, Quantities
from harness.report.report_data import ArmDescription, ReportData
from harness.results import CostItem, Effect, LossPoint, Pair, Score, Span, Summary, TrainingRun

SPLITS = {"test-seen": 180, "test-new": 160, "test-unanswerable": 150}
QUALITY = ("contains", "rougeL", "bleu", "cosine", "faithfulness_gold", "ndcg@10")
ARMS = (
    ArmDescription("base", "pocket", "base", "none", "plain", "the question alone"),
    ArmDescription("rag", "pocket", "base", "retrieved, k = 4", "plain", "4 retrieved passages"),
    ArmDescription("fine-tuned", "pocket", "qa", "none", "plain", "1,200 training questions"),
    ArmDescription(
        "fine-tuned-docs", "pocket", "docs-qa", "none", "plain",
        "all documents as text, 1,200 questions",
    ),
    ArmDescription(
        "hybrid-naive", "pocket", "qa", "retrieved, k = 4", "plain", "1,200 questions, 4 passages"
    ),
    ArmDescription(
        "hybrid", "pocket", "open", "retrieved, k = 4", "plain",
        "1,200 questions with passages, 4 passages",
    ),
    ArmDescription("oracle", "pocket", "base", "gold", "plain", "the gold documents"),
    ArmDescription("noise", "pocket", "base", "wrong", "plain", "4 passages that are wrong"),
    ArmDescription("long-context", "pocket", "base", "whole", "plain", "whole documents"),
    ArmDescription(
        "langchain-stuff-documents-chain-with-reranker", "gpt-4o-mini", "base", "external", "own",
        "whatever the chain retrieves", "another model (gpt-4o-mini), own prompt | own decoding",
    ),
    ArmDescription(
        "hybrid trained with eight distractors and no golden passage", "pocket", "open-8",
        "retrieved, k = 8", "plain", "1,200 questions with passages, 8 passages",
    ),
    ArmDescription(
        "rag <b>k=16</b>", "pocket", "base", "retrieved, k = 16", "plain", "16 passages"
    ),
)  # fmt: skip
FLOORS = (
    ArmDescription("majority value", "", "", "", "", "the most frequent value"),
    ArmDescription("nearest training answer", "", "", "", "", "the training answers"),
)
MEANS = (0.02, 0.81, 0.42, 0.47, 0.72, 0.88, 0.93, 0.04, 0.35, 0.9, 0.86, 0.7)
MS = (21.0, 64.0, 20.5, 20.8, 66.0, 67.0, 58.0, 63.0, 410.0, 0.0, 95.0, 171.0)


def example(n: int = 6) -> ReportData:
    """Return records of the first n arms; the same every time."""
    dice = random.Random(n)
    arms = ARMS[:n]
    contrasts = tuple(
        (a, b)
        for a, b in (("rag", "fine-tuned"), ("hybrid", "rag"), ("hybrid", "fine-tuned"))
        if {a, b} <= {arm.name for arm in arms}
    )
    summaries = [s for i, arm in enumerate(arms) for s in _summaries(arm, i, dice)]
    summaries += [s for floor in FLOORS for s in _floor(floor.name, dice)]
    costs = _costs(arms)
    return ReportData(
        benchmark="pocket",
        dataset="vantora",
        arms=arms,
        primary="contains",
        also=QUALITY[1:],
        floors=FLOORS,
        contrasts=contrasts,
        summaries=summaries,
        pairs=_pairs(summaries, contrasts),
        effects=_effects(),
        training=[
            TrainingRun(
                "qa", 0, "lora", "question", 1200, 61_440, 1_640_000, 812, 600_000, 83.4, 0.213,
                0.341, 700, 812.5, 0.26, "cpu",
            ),
            TrainingRun(
                "open", 0, "lora", "passages", 1200, 61_440, 1_640_000, 240, 600_000, 171.9, 0.118,
                None, 240, 1044.0, 0.26, "cpu",
            ),
        ],
        training_curve=[
            LossPoint("qa", 0, 700, 517_000, 0.213, 0.341, chosen=True),
            LossPoint("qa", 0, 812, 600_000, 0.198, 0.352, chosen=False),
            LossPoint("open", 0, 240, 600_000, 0.118, None, chosen=True),
        ],
        spans=[s for i, arm in enumerate(arms) for s in _spans(arm.name, i, dice)],
        costs=costs,
        break_evens=break_evens(totals(costs)),
        scores=[
            Score("rag", 0, "test-new", "q1", "contains", 1.0, "ok", (1.0,)),
            Score("rag", 0, "test-new", "q2", "contains", 0.0, "failed"),
            Score("base", 0, "test-new", "q1", "faithfulness_retrieved", None, "not applicable"),
        ],
        slices={"kind": {"q1": "product, new", "q2": "policy"}},
        prices="cpu-2026",
        warnings=("test-unanswerable has 24 clusters: intervals may be too narrow.",),
        facts={
            "run_id": "3f2a91c0b7de",
            "git_commit": "0123abc",
            "hardware": {"cpu": "2 cores", "memory_gb": 8, "gpu": None},
            "packages": {"torch": "2.13.0", "transformers": "5.23.0"},
            "seeds": [0],
        },
    )  # fmt: skip


def _summaries(arm: ArmDescription, index: int, dice: random.Random) -> list[Summary]:
    rows = []
    for split, n in SPLITS.items():
        for metric in QUALITY:
            unit = "points" if metric == "bleu" else "share"
            scale = 100.0 if unit == "points" else 1.0
            value: float | None = min(0.99, max(0.0, MEANS[index] + dice.uniform(-0.06, 0.06)))
            note = ""
            if metric == "ndcg@10" and arm.context == "none":
                value, note = None, "not applicable: the arm retrieves nothing"
            if split == "test-unanswerable" and metric != "contains":
                value, note = None, "not applicable: no reference answer"
            if arm.name == "noise" and split == "test-seen" and metric == "contains":
                value, note = None, "no answer is defined"
            half = 0.055
            low = None if value is None else scale * max(0.0, value - half)
            high = None if value is None else scale * min(1.0, value + half)
            rows.append(
                Summary(
                    arm.name, split, metric, None if value is None else scale * value, low, high,
                    n, 2 if arm.name == "rag" else 0, 61, 9, 1, unit, True, f"{metric}|v1", note,
                )
            )  # fmt: skip
    return rows


def _floor(name: str, dice: random.Random) -> list[Summary]:
    return [
        Summary(
            name, split, "contains", dice.uniform(0.02, 0.11), None, None, n, 0, 61, 9, 1, "share",
            True, "contains|v1", "a floor has no interval",
        )
        for split, n in SPLITS.items()
        if split != "test-unanswerable"
    ]  # fmt: skip


def _pairs(summaries: list[Summary], contrasts: tuple[tuple[str, str], ...]) -> list[Pair]:
    value = {(s.arm, s.split, s.metric): s for s in summaries}
    pairs = []
    for a, b in contrasts:
        for split in SPLITS:
            for metric in QUALITY:
                one, two = value[a, split, metric], value[b, split, metric]
                if one.value is None or two.value is None:
                    continue
                d, half = one.value - two.value, 7.0 if metric == "bleu" else 0.07
                p = 0.0002 if abs(d) > half else 0.31
                pairs.append(Pair(a, b, split, metric, d, d - half, d + half, p, one.n, 61, 1))
    return pairs


def _effects() -> list[Effect]:
    return [
        *(
            Effect(effect, split, "contains", v, v - 0.06, v + 0.05, 160, 61, "", contrast)
            for split in ("test-seen", "test-new")
            for effect, v, contrast in (
                ("retrieval", 0.54, "0.5 rag + 0.5 hybrid-naive - 0.5 base - 0.5 fine-tuned"),
                ("fine-tuning", 0.16, "0.5 fine-tuned + 0.5 hybrid-naive - 0.5 base - 0.5 rag"),
                ("retrieval without fine-tuning", 0.79, "rag - base"),
                ("retrieval with fine-tuning", 0.3, "hybrid-naive - fine-tuned"),
                ("fine-tuning without retrieval", 0.4, "fine-tuned - base"),
                ("fine-tuning with retrieval", -0.03, "hybrid-naive - rag"),
            )
        ),
        Effect(
            "interaction", "test-new", "contains", -0.09, -0.15, -0.02, 160, 61,
            "near 0 and 1 an interaction depends on the scale",
        ),
        Effect(
            "best of both: hybrid", "test-new", "contains", 0.06, 0.01, 0.12, 160, 61,
            "yes; hybrid - rag: +0.06 [+0.01, +0.12]; hybrid - fine-tuned: +0.5 [+0.4, +0.6]",
        ),
        Effect(
            "interaction", "test-unanswerable", "contains", None, None, None, 0, 0,
            "nothing answerable",
        ),
    ]  # fmt: skip


def _spans(arm: str, index: int, dice: random.Random) -> list[Span]:
    spans = []
    for k in range(60 if MS[index] else 0):
        slow = MS[index] * dice.lognormvariate(0, 0.25)
        parts = {"prompt": 0.4, "first_token": 0.3 * slow, "decode": 0.55 * slow}
        if MS[index] > 25:
            parts |= {"embed": 9.0, "search": 2.5}
        for name, ms in [*parts.items(), ("total", sum(parts.values()) + 0.8)]:
            spans.append(Span(arm, f"q{k}", k * 12 + index, name, ms))
    return spans


def _costs(arms: tuple[ArmDescription, ...]) -> list[CostItem]:
    index = Artefact("index fusion", 14.0)
    quantities = []
    for i, arm in enumerate(arms):
        built = [index] if arm.context.startswith("retrieved") else []
        if arm.weights != "base":
            built.append(Artefact(f"weights {arm.weights}", 84.0 if arm.weights == "qa" else 172.0))
        external = arm.context == "external"
        seconds = None if external else MS[i] / 1000
        quantities.append(Quantities(arm.name, tuple(built), seconds and seconds / 8, seconds))
    return bill(quantities, load_prices("cpu-2026"), machines=2)


def test_a_pair_is_found_either_way_round() -> None:
    data = example()
    there = data.pair("hybrid", "rag", "test-new", "contains")
    back = data.pair("rag", "hybrid", "test-new", "contains")
    assert there is not None
    assert back is not None
    assert there.difference is not None
    assert there.low is not None
    assert back.difference == -there.difference
    assert back.high == -there.low
    assert (back.a, back.b, back.p) == ("rag", "hybrid", there.p)


def test_the_splits_have_a_fixed_order_and_leave_out_all() -> None:
    data = example()
    assert data.splits == ("test-seen", "test-new", "test-unanswerable")
