"""The simulation that decides which interval and which test is used where."""

from collections.abc import Callable, Iterator

import pytest

from benchmarks.coverage import (
    Line,
    coverage,
    graded,
    interval_lines,
    rejection_lines,
    rejections,
    right,
    trained,
)


@pytest.mark.parametrize("clusters", [24, 60])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_intervals_of_shares_cover_as_often_as_they_say(share: float, clusters: int) -> None:
    line = coverage("", clusters, share, right(share), 200)
    assert line.is_fine, line
    assert line.methods == "Wilson 100%"


def test_a_share_of_one_in_a_hundred_is_still_covered_and_a_wrong_one_is_not() -> None:
    assert coverage("", 60, 0.01, right(0.01), 150).rate > 0.9
    assert not coverage("", 60, 0.05, right(0.01), 150).is_fine


def test_intervals_of_differences_cover() -> None:
    assert (line := coverage("", 60, 0.45, right(0.95, 0.5), 150)).is_fine, line
    assert (line := coverage("", 24, 0.0, graded(0.4, 0.4), 150)).is_fine, line


def test_five_seeds_bring_the_training_into_the_interval() -> None:
    line = coverage("", 60, 0.5, trained(5, 0.3), 150)
    assert line.is_fine, line
    assert line.methods == "clusters x seeds 100%"
    one = coverage("", 60, 0.5, trained(1, 0.3), 150)
    assert not one.is_fine  # one training, taken for all of them


@pytest.mark.parametrize("seeds", [3, 5])
def test_trainings_that_differ_are_not_taken_for_arms_that_do(seeds: int) -> None:
    line = rejections("", 60, trained(seeds, 0.3, 2), 100, seeds=seeds)
    assert line.is_fine, line


def test_equal_arms_are_seldom_called_different() -> None:
    assert (line := rejections("", 60, right(0.5, 0.5), 300)).is_fine, line
    line = rejections("", 60, right(0.5, 0.5), 500, largest=1)
    assert line.is_fine, line
    assert line.methods == "McNemar 100%"
    line = rejections("", 24, right(0.05, 0.05), 500)  # three clusters in four never differ
    assert line.is_fine, line
    assert not rejections("", 60, right(0.5, 0.65), 150).is_fine


@pytest.mark.slow
@pytest.mark.parametrize("lines", [interval_lines, rejection_lines])
def test_every_cell_is_in_its_range(lines: Callable[[int], Iterator[Line]]) -> None:
    missed = [str(line) for line in lines(4_000) if not line.is_fine]
    assert missed == []
