"""What is wrong with `tune` and `series`, before anything is tried."""

from collections.abc import Callable, Iterable
from typing import Any

from harness.config.places import Link, line_of
from harness.config.records import Benchmark
from harness.config.searching import Series, Tune
from harness.config.settings import applied, value_at
from harness.errors import ConfigError, did_you_mean

Refuse = Callable[[str, tuple[str, ...]], ConfigError]
"""Makes an error of a problem and the place of it."""

ALL_PAIRS = "weights.rows"
"""The one number that may be left out of an arm of a curve: it is then that of all pairs."""


def checked(benchmark: Benchmark, chain: list[Link]) -> Benchmark:
    """Return the benchmark as it is.

    Raises:
        ConfigError: Something to be tried or drawn does not exist, does not fit, or arms would
            be tuned with unequal budgets.
    """

    def refuse(problem: str, loc: tuple[str, ...]) -> ConfigError:
        return ConfigError(f"{line_of(chain, loc, '')}: {'.'.join(loc)}: {problem}")

    if benchmark.tune is not None:
        _check_tune(benchmark, benchmark.tune, refuse)
    for name, series in benchmark.series.items():
        _check_series(benchmark, series, ("series", name), refuse)
    return benchmark


def number(value: Any) -> float | None:
    """Return a value of a file as a number; None where it is none.

    >>> number("1e-3"), number(True), number(None)
    (0.001, None, None)
    """
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _check_tune(b: Benchmark, tune: Tune, refuse: Refuse) -> None:
    _check_arms(b, tune.arms, ("tune", "arms"), refuse)
    for arm, lists in tune.arms.items():
        for path, values in lists.items():
            for value in values:
                try:
                    applied(b, arm, {path: value})
                except ValueError as error:
                    place = ("tune", "arms", arm, path)
                    raise refuse(str(error), place) from error
    sizes = {arm: len(tune.grid(arm)) for arm in tune.arms}
    least = min(sizes, key=lambda arm: sizes[arm])
    if tune.trials is None and len(set(sizes.values())) > 1:
        counts = ", ".join(f"{arm} {size}" for arm, size in sizes.items())
        raise refuse(
            f"every tuned arm gets as many trials, and these have unequal numbers of combinations "
            f"({counts}); set trials: {sizes[least]}, or give more values",
            ("tune", "arms"),
        )
    if tune.trials is not None and sizes[least] < tune.trials:
        raise refuse(
            f"{sizes[least]} combinations for trials: {tune.trials}, and every tuned arm gets as "
            f"many trials; give more values, or set trials: {sizes[least]}",
            ("tune", "arms", least),
        )


def _check_series(b: Benchmark, series: Series, loc: tuple[str, ...], refuse: Refuse) -> None:
    _check_arms(b, series.beside, (*loc, "beside"), refuse, external=True)
    for curve, arms in series.curves.items():
        place = (*loc, "curves", curve)
        _check_arms(b, arms, place, refuse)
        seen: dict[float | None, str] = {}
        for arm in arms:
            try:
                x = number(found := value_at(b, arm, series.x))
            except ValueError as error:
                raise refuse(str(error), (*loc, "x")) from error
            if x is None and not (found is None and series.x == ALL_PAIRS):
                raise refuse(f"{series.x} of arm {arm!r} is {found!r} and no number", place)
            if series.log and x is not None and x <= 0:
                raise refuse(f"{series.x} of arm {arm!r} is {found!r}; leave 'log' out", place)
            if x in seen:
                raise refuse(f"arms {seen[x]!r} and {arm!r} have the same {series.x}", place)
            seen[x] = arm


def _check_arms(
    b: Benchmark,
    named: Iterable[str],
    loc: tuple[str, ...],
    refuse: Refuse,
    *,
    external: bool = False,
) -> None:
    for name in named:
        if name not in b.arms:
            raise refuse(f"no arm is called {name!r}; {did_you_mean(name, b.arms)}", loc)
        if b.arms[name].type == "external" and not external:
            raise refuse(f"arm {name!r} is external: it has no settings of ours", loc)
