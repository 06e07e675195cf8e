import pytest

from harness.results import Span
from harness.stages.speed import latency_summaries


def spans(arm: str, ms: list[float], *, retrieval: float = 0.0) -> list[Span]:
    found = []
    for i, total in enumerate(ms):
        found.append(Span(arm, f"q{i}", i, "total", total))
        if retrieval:
            found += [Span(arm, f"q{i}", i, name, retrieval) for name in ("embed", "search")]
    return found


def test_percentiles_are_over_answers() -> None:
    cells = {s.metric: s for s in latency_summaries(spans("rag", [10.0, 20.0, 30.0], retrieval=2))}
    assert cells["latency_p50_ms"].value == 20.0
    assert cells["latency_p99_ms"].value == pytest.approx(29.8)
    assert cells["retrieval_p50_ms"].value == 4.0
    assert all(s.split == "all" and s.n == 3 for s in cells.values())


def test_an_arm_that_retrieves_nothing_has_no_retrieval_time() -> None:
    assert "retrieval_p50_ms" not in {s.metric for s in latency_summaries(spans("base", [1.0]))}


def test_a_percentile_beyond_the_sample_says_so_and_a_constant_has_no_width() -> None:
    p50, p95, p99 = latency_summaries(spans("base", [5.0] * 30))
    assert (p50.low, p50.high, p50.note) == (5.0, 5.0, "")
    assert p99.note.startswith("30 answers")
    assert p95.value == 5.0
