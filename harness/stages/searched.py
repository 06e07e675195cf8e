"""The records of a run with what was tried before it, and the curves that its arms make."""

from collections.abc import Mapping
from dataclasses import replace

from harness.costs.price_list import load_prices
from harness.report.report_data import ReportData
from harness.stages.job import Job
from harness.stages.search_costs import with_searches
from harness.stages.series import series_of
from harness.stages.tuning import Tuned


def searched(records: ReportData, job: Job, tuned: Tuned, seconds: float) -> ReportData:
    """Return the records with trials, curves, and the bills that the search belongs to.

    Args:
        records: Of the run with the chosen settings.
        job: That run.
        tuned: What was tried.
        seconds: How long that took now; trials that were there took none.
    """
    if job.benchmark.series:
        records = replace(records, series=series_of(job))
    if not tuned.trials:
        return records
    costs, break_evens = with_searches(
        records.costs, tuned.searches, load_prices(job.benchmark.prices)
    )
    stages = records.facts.get("stages")
    before = stages if isinstance(stages, Mapping) else {}
    return replace(
        records,
        facts={**records.facts, "stages": {"tuning": seconds, **before}},
        tuning=tuned.trials,
        costs=costs,
        break_evens=break_evens,
        warnings=[*records.warnings, *tuned.warnings],
    )
