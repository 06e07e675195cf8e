import random
from fractions import Fraction
from pathlib import Path

import pytest

from harness.costs.bill import Total, bill, totals, usd_per_1k
from harness.costs.break_even import break_even, break_evens
from harness.costs.price_list import Price, PriceList, load_prices, shipped_prices
from harness.costs.quantities import Artefact, Quantities
from harness.errors import ConfigError, HarnessError, UnknownName

PRICES = PriceList(
    "test",
    "core",
    {
        "core": Price("core", 3.6, "hour", "somebody", "2026-01-01"),
        "embedder": Price("embedder", 2.0, "million tokens", "somebody", "2026-01-01"),
        "chat in": Price("chat in", 10.0, "million tokens", "somebody", "2026-01-01"),
        "chat out": Price("chat out", 40.0, "million tokens", "somebody", "2026-01-01"),
        "vector-storage": Price("vector-storage", 0.5, "GB-month", "somebody", "2026-01-01"),
    },
)
INDEX = Artefact("index", 10.0, service="embedder", tokens=500_000)
WEIGHTS = Artefact("weights", 100.0)


@pytest.mark.parametrize("name", shipped_prices())
def test_every_shipped_price_has_a_source_and_a_date_not_after_its_year(name: str) -> None:
    prices = load_prices(name)
    assert prices.find(prices.machine, "hour").usd > 0
    for price in prices.prices.values():
        assert "http" in price.source or "https" in price.source
        assert price.date.startswith(name[-4:])


def test_a_list_of_ones_own_extends_and_overrides_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "extends: gpu-2026\nmachine: a100-80gb\nprices:\n"
        "  - {item: a100-80gb, usd: 1.5, unit: hour, source: our contract, date: 2026-11-01}\n"
    )
    mine = load_prices("mine.yaml", tmp_path)
    assert mine.machine == "a100-80gb"
    assert mine.prices["a100-80gb"] == Price("a100-80gb", 1.5, "hour", "our contract", "2026-11-01")
    assert mine.prices["h100"] == load_prices("gpu-2026").prices["h100"]
    assert mine.prices["cpu-core"] == load_prices("cpu-2026").prices["cpu-core"]


ROW = "item: core, usd: 1, unit: hour, source: me, date: 2026-01-01"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("machine: core\nprices: [{item: core, usd: -1, unit: hour, source: me, date: 2026-01-01}]",
         "price 1 ('core'): 'usd' is negative"),
        ("machine: core\nprices: [{item: core, usd: 1, source: me, date: 2026-01-01}]",
         "'unit' is missing"),
        ("machine: core\nprices: [{item: c, usd: 1, unit: hours, source: me, date: 2026-01-01}]",
         "'unit'"),
        ("machine: core\nprices: [{item: c, usd: .inf, unit: hour, source: me, date: 2026-01-01}]",
         "'usd'"),
        ("machine: core\nprices: [{item: core, usd: 1, unit: hour, date: 2026-01-01}]",
         "'source' is missing"),
        (f"machine: core\nprices: [{{{ROW}, sauce: x}}]",
         "unknown key 'sauce'; did you mean 'source'?"),
        (f"machin: core\nprices: [{{{ROW}}}]", "unknown key 'machin'; did you mean 'machine'?"),
        (f"machine: cor\nprices: [{{{ROW}}}]", "machine 'cor' has no price; did you mean 'core'?"),
        (f"prices: [{{{ROW}}}]", "machine: cpu-core"),
        (f"machine: core\nprices: [{{{ROW}}}, {{{ROW}}}]", "'core' has 2 prices"),
        ("machine: vector-storage\nextends: cpu-2026", "sold by the GB-month, needed by the hour"),
        ("extends: own.yaml", "circle"),
        ("extends: cpu-2062", "did you mean 'cpu-2026'?"),
        ("machine: [", "own.yaml:1: not YAML"),
        ("- 1", "own.yaml"),
        ("prices: [3]", "price 1"),
    ],
)  # fmt: skip
def test_a_wrong_price_file_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(HarnessError) as error:
        load_prices("own.yaml", tmp_path)
    assert says in str(error.value)


def test_an_unknown_or_absent_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'cpu-2026'"):
        load_prices("cpu-2025")
    with pytest.raises(ConfigError, match=r"gone\.yaml: no such price file"):
        load_prices("gone.yaml", tmp_path)


def test_a_bill_is_quantity_times_price() -> None:
    arm = Quantities(
        "rag", (INDEX,), 0.5, 2.0, model="chat", tokens_in=1000.0, tokens_out=100.0,
        service="embedder", embedded_tokens=10.0,
    )  # fmt: skip
    items = bill([arm], PRICES, machines=2)
    [total] = totals(items)
    assert total.one_off == pytest.approx(10 / 3600 * 2 * 3.6 + 0.5 * 2.0)
    tokens = 1000 / 1e6 * 10 + 100 / 1e6 * 40 + 10 / 1e6 * 2
    assert total.per_question == pytest.approx(0.5 / 3600 * 2 * 3.6 + tokens)
    assert total.per_question_batch_1 == pytest.approx(2.0 / 3600 * 2 * 3.6 + tokens)
    assert usd_per_1k(items, "rag") == pytest.approx(1000 * (0.001 + tokens))
    assert all("somebody" in item.source for item in items)


def test_a_shared_artefact_is_charged_in_full_to_each_arm() -> None:
    arms = [Quantities(name, (INDEX,), 0.1, 0.1) for name in ("rag", "hybrid")]
    rag, hybrid = totals(bill(arms, PRICES))
    assert rag.one_off == hybrid.one_off == pytest.approx(10 / 3600 * 3.6 + 1.0)


def test_storage_is_charged_for_as_long_as_it_is_kept() -> None:
    kept = Artefact("index", 0.0, stored_bytes=2_000_000_000)
    [total] = totals(bill([Quantities("rag", (kept,), 0.0, 0.0)], PRICES, months=3))
    assert total.one_off == pytest.approx(2 * 3 * 0.5)


def test_what_was_not_measured_is_unknown_and_what_was_not_used_is_nothing() -> None:
    unknown, free = totals(
        bill(
            [
                Quantities("unknown", (Artefact("index", None),), None, None),
                Quantities("free", (), 0.0, 0.0),
            ],
            PRICES,
        )
    )
    assert (unknown.one_off, unknown.per_question, unknown.per_question_batch_1) == (None,) * 3
    assert (free.one_off, free.per_question, free.per_question_batch_1) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("field", ["tokens_in", "tokens_out", "embedded_tokens"])
def test_a_token_count_that_was_not_reported_makes_the_cost_unknown(field: str) -> None:
    counts: dict[str, float | None] = {"tokens_in": 1.0, "tokens_out": 1.0, "embedded_tokens": 1.0}
    counts[field] = None
    arm = Quantities("rag", (), 1.0, 1.0, model="chat", service="embedder", **counts)
    items = bill([arm], PRICES)
    [total] = totals(items)
    assert total.per_question is None
    assert usd_per_1k(items, "rag") is None
    assert [i.usd for i in items if i.quantity is None] == [None, None]


def test_a_model_without_a_price_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="'chat in'"):
        bill([Quantities("rag", (), 1.0, 1.0, model="chap")], PRICES)


def dearer(a: Total, b: Total, n: int) -> bool:
    """Whether a costs as much as b or more for n questions, without rounding."""
    costs = [Fraction(t.one_off or 0) + n * Fraction(t.per_question or 0) for t in (a, b)]
    return costs[0] >= costs[1]


def test_break_even_is_the_first_number_from_which_on_an_arm_is_cheaper() -> None:
    dice = random.Random(7)
    for _ in range(500):
        a, b = (
            Total(name, dice.choice([0.0, 1.0, dice.uniform(0, 9)]),
                  dice.choice([0.0, 0.25, dice.uniform(0, 1)]), None)
            for name in "ab"
        )  # fmt: skip
        row = break_even(a, b)
        if row.questions is None:
            assert row.note.startswith("never")
            assert dearer(a, b, 10**9)
            continue
        n = int(row.questions)
        assert n == row.questions >= 1
        assert not any(dearer(a, b, n + more) for more in (0, 1, 5, 10**9))
        assert n == 1 or dearer(a, b, n - 1)


def test_two_arms_never_both_become_the_cheaper_one() -> None:
    dice = random.Random(8)
    for _ in range(300):
        a, b = (Total(n, dice.uniform(0, 5), dice.uniform(0, 1), None) for n in "ab")
        there, back = break_even(a, b), break_even(b, a)
        assert (there.questions is None) != (back.questions is None)


@pytest.mark.parametrize(
    ("a", "b", "questions", "note"),
    [
        ((1, 1), (2, 2), 1.0, "from the first question"),
        ((1, 1), (2, 1), 1.0, "from the first question"),
        ((1, 1), (1, 1), None, "never: they cost the same"),
        ((2, 1), (1, 1), None, "never: a costs more to build and no less then"),
        ((0, 2), (10, 1), None, "never for good: cheaper up to 9 questions only"),
        ((10, 1), (0, 2), 11.0, "from this number of questions on"),
        ((0, 2), (1, 1), None, "never: a costs more per question"),
        ((None, 1), (1, 1), None, "unknown: no full cost of a"),
        ((1, None), (1, None), None, "unknown: no full cost of a and b"),
    ],
)
def test_break_even_says_never_at_once_and_unknown(
    a: tuple[float | None, float | None],
    b: tuple[float | None, float | None],
    questions: float | None,
    note: str,
) -> None:
    row = break_even(Total("a", *a, None), Total("b", *b, None))
    assert (row.questions, row.note) == (questions, note)


def test_every_ordered_pair_has_a_row() -> None:
    rows = break_evens([Total(name, 1.0, 1.0, None) for name in "abc"])
    assert [(r.a, r.b) for r in rows] == [
        ("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b"),
    ]  # fmt: skip
