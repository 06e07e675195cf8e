"""Energy of a training, by codecarbon where it is installed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SECONDS_BETWEEN_READINGS = 5


@dataclass
class Energy:
    """What a block took."""

    kwh: float | None = None
    """None until the block has ended, and where nobody measured."""


@contextmanager
def measured_energy() -> Iterator[Energy]:
    """Measure the energy of the whole machine while the block runs; other programs' included.

    codecarbon reads the counters of processors and GPUs where it may, and else estimates from
    load and rated power. It is used offline: nothing is looked up, sent or written.
    """
    energy = Energy()
    try:
        import codecarbon
    except ImportError:
        yield energy
        return
    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
    tracker = codecarbon.OfflineEmissionsTracker(
        country_iso_code="USA",  # matters for emissions alone, which are not asked for
        output_methods=[],
        log_level="critical",
        measure_power_secs=SECONDS_BETWEEN_READINGS,
        allow_multiple_runs=True,
    )
    tracker.start()
    try:
        yield energy
    finally:
        tracker.stop()
        if (found := getattr(tracker, "final_emissions_data", None)) is not None:
            energy.kwh = float(found.energy_consumed)
