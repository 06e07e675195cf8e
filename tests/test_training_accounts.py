"""What a training record says it took, against a second count of each."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from harness import registry
from harness.generation.adapters import open_adapter
from harness.generation.load import load_model
from harness.training.arithmetic import flops_per_token, parameter_counts
from harness.training.energy import measured_energy
from harness.training.lora import Lora
from harness.training.memory import PeakMemory
from harness.training.prompt_tuning import PromptTuning
from harness.training.trainer import train
from tests.models import make_model
from tests.test_training import CPU, EXAMPLES
from tests.test_training_methods import fit as fit_method
from tests.test_training_methods import method


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base") / "llama", "llama", width=128)


@pytest.fixture
def plain_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products that torch's counter knows."""
    monkeypatch.setattr("harness.generation.load.through_onednn", lambda model: None)


@pytest.mark.parametrize("name", ["full", "lora", "last-layers", "layer-norms", "prompt-tuning"])
@pytest.mark.usefixtures("plain_linear")
def test_operations_are_about_those_that_torch_counts(name: str, base: Path) -> None:
    options: dict[str, dict[str, Any]] = {
        "last-layers": {"n": 1},
        "prompt-tuning": {"virtual_tokens": 1},
    }
    how: Any = registry.create("training", name, options.get(name, {}))
    model = how.prepare(how.load(base, CPU).requires_grad_(False))
    ids = torch.randint(5, 300, (2, 64))
    with FlopCounterMode(display=False) as counter:
        model(input_ids=ids, labels=ids).loss.backward()
    counted = counter.get_total_flops() / ids.numel()
    assert flops_per_token(model) == pytest.approx(counted, rel=0.2)


def test_weights_in_four_bits_are_counted_one_by_one(base: Path) -> None:
    pytest.importorskip("bitsandbytes")
    counts = []
    for name in ("lora", "qlora"):
        how: Any = registry.create("training", name, {"r": 4})
        counts.append(parameter_counts(how.prepare(how.load(base, CPU).requires_grad_(False))))
    assert counts[0] == counts[1]


def test_the_peak_is_the_most_there_was_and_not_what_is_left() -> None:
    memory = PeakMemory(CPU)
    before = memory.rss_mb()
    big = torch.ones(100_000_000, dtype=torch.uint8)
    del big
    assert 90 < memory.rss_mb() - before < 200
    assert memory.cuda_mb() is None
    assert PeakMemory(CPU).rss_mb() < memory.rss_mb() - 50


def test_vectors_before_the_prompt_leave_the_base_as_it_was_measured(
    base: Path, tmp_path: Path
) -> None:
    losses = []
    for name, how in (("lora", Lora(r=2)), ("prompt", PromptTuning())):
        (tmp_path / name).mkdir()
        run = train(how, [EXAMPLES], EXAMPLES, str(base), tmp_path / name, seed=0, tokens=100)
        losses.append(run.base_dev_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.parametrize("name", ["lora", "rslora", "dora", "qlora", "ia3"])
def test_a_disabled_adapter_of_any_method_is_the_base_bit_for_bit(
    name: str, tmp_path: Path
) -> None:
    base = make_model(tmp_path / "lfm2", "lfm2", width=64)
    fit_method(base, tmp_path / "weights", method(name), tokens=1_000)
    ids = torch.tensor([[5, 9, 30, 44, 17]])
    plain = load_model(base, CPU, "auto")
    served: Any = open_adapter(load_model(base, CPU, "auto"), tmp_path / "weights", merge=False)[0]
    with torch.inference_mode():
        expected = plain(input_ids=ids).logits
        assert not torch.equal(served(input_ids=ids).logits, expected)
        with served.disable_adapter():
            assert torch.equal(served(input_ids=ids).logits, expected)


class Tracker:
    """Speaks as codecarbon's does."""

    given: ClassVar[dict[str, object]] = {}

    def __init__(self, **options: object) -> None:
        Tracker.given = options

    def start(self) -> None:
        self.final_emissions_data = SimpleNamespace(energy_consumed=0.0)

    def stop(self) -> None:
        self.final_emissions_data.energy_consumed = 0.25


def test_energy_is_what_codecarbon_says_and_nothing_is_written_or_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = SimpleNamespace(OfflineEmissionsTracker=Tracker)
    monkeypatch.setitem(sys.modules, "codecarbon", module)
    with measured_energy() as energy:
        assert energy.kwh is None
    assert energy.kwh == 0.25
    assert Tracker.given["output_methods"] == []


def test_without_codecarbon_energy_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with measured_energy() as energy:
        pass
    assert energy.kwh is None


def test_the_real_codecarbon_measures_offline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("codecarbon")
    monkeypatch.chdir(tmp_path)
    with measured_energy() as energy:
        total = sum(range(3_000_000))
    assert total > 0
    assert energy.kwh is not None
    assert 0 < energy.kwh < 0.01
    assert not list(tmp_path.iterdir())
