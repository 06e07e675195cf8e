"""A training that was stopped goes on to the very weights of one that was not."""

import math
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import pytest
import torch

from harness.errors import ArtefactError, ModelError
from harness.training.checkpoint import Checkpoint
from harness.training.full import Full
from harness.training.lora import Lora
from harness.training.prompt_tuning import PromptTuning
from harness.training.recipe import Method
from harness.training.segments import Example
from harness.training.trainer import train
from tests.models import make_model
from tests.test_training import EXAMPLES

METHODS: Sequence[Method] = (
    Lora(r=4, lr=1e-2, batch_size=5, dropout=0.2, patience=99),
    Full(lr=1e-3, batch_size=5, patience=99),
    PromptTuning(lr=1e-2, batch_size=5, virtual_tokens=4, patience=99),
)


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base") / "lfm2", "lfm2", width=32)


def kept(folder: Path, every: float = 0.0) -> Checkpoint:
    return Checkpoint(folder, "this training", every, perf_counter)


def fit(
    base: Path, folder: Path, method: Method, checkpoint: Checkpoint | None, stop: int = -1
) -> dict[str, bytes]:
    def progress(step: int, total: int, loss: float) -> None:
        if step == stop:
            raise Stopped

    folder.mkdir(parents=True)
    phases: Sequence[Sequence[Example]] = [EXAMPLES[:6], EXAMPLES]
    train(
        method, phases, EXAMPLES[:4], str(base), folder,
        seed=0, tokens=4_000, progress=progress, checkpoint=checkpoint,
    )  # fmt: skip
    weights = {p.name: p.read_bytes() for p in sorted(folder.glob("*.safetensors"))}
    return {**weights, "curve": (folder / "curve.jsonl").read_bytes()}


@pytest.mark.parametrize(
    "method",
    [METHODS[0], *(pytest.param(method, marks=pytest.mark.slow) for method in METHODS[1:])],
    ids=lambda method: type(method).__name__,
)
def test_stopped_in_both_phases_it_ends_with_the_same_bytes(
    method: Method, base: Path, tmp_path: Path
) -> None:
    straight = fit(base, tmp_path / "straight", method, None)
    for n, stop in enumerate((1, 4, 9)):
        with pytest.raises(Stopped):
            fit(base, tmp_path / f"stopped-{n}", method, kept(tmp_path / "kept"), stop)
    assert (tmp_path / "kept" / "last.pt").exists()
    assert fit(base, tmp_path / "resumed", method, kept(tmp_path / "kept")) == straight


def test_a_training_killed_by_the_system_goes_on_where_it_was(base: Path, tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from tests import test_training_checkpoints as t
stops = []
write = t.Checkpoint.write
def dying(self, state):
    write(self, state)
    stops.append(1)
    if len(stops) == 7:
        os.kill(os.getpid(), signal.SIGKILL)
t.Checkpoint.write = dying
t.fit(Path({str(base)!r}), Path({str(tmp_path / "killed")!r}), t.METHODS[0],
      t.kept(Path({str(tmp_path / "kept")!r})))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=os.getcwd())
    assert done.returncode == -signal.SIGKILL
    straight = fit(base, tmp_path / "straight", METHODS[0], None)
    state = kept(tmp_path / "kept").read()
    assert state is not None
    assert state["standing"]["step"] == 7
    assert fit(base, tmp_path / "resumed", METHODS[0], kept(tmp_path / "kept")) == straight


def test_a_checkpoint_of_another_training_is_refused(base: Path, tmp_path: Path) -> None:
    fit(base, tmp_path / "one", METHODS[0], kept(tmp_path / "kept"))
    other = Checkpoint(tmp_path / "kept", "another training", 0.0, perf_counter)
    with pytest.raises(ArtefactError, match=r"of another training; delete .*kept"):
        fit(base, tmp_path / "two", METHODS[0], other)


def test_a_damaged_checkpoint_says_what_to_delete(base: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "last.pt").write_bytes(b"half a file")
    with pytest.raises(ArtefactError, match=r"no readable checkpoint; delete .*kept"):
        fit(base, tmp_path / "two", METHODS[0], kept(tmp_path / "kept"))


def test_an_exploding_loss_stops_and_leaves_the_last_good_weights(
    base: Path, tmp_path: Path
) -> None:
    wild = Full(lr=50.0, batch_size=5, warmup_share=0.0)
    with pytest.raises(ModelError, match=r"the loss is .* at step \d+; lower lr \(now 50\)"):
        fit(base, tmp_path / "wild", wild, kept(tmp_path / "kept", every=math.inf))
    state = kept(tmp_path / "kept").read()
    assert state is not None
    assert all(torch.isfinite(weight).all() for weight in state["trained"])


def test_checkpoints_are_written_as_seldom_as_asked(base: Path, tmp_path: Path) -> None:
    now = [0.0]
    checkpoint = Checkpoint(tmp_path / "kept", "this training", 10.0, lambda: now[0])
    assert not checkpoint.due
    now[0] = 10.0
    assert checkpoint.due
    checkpoint.write({})
    assert not checkpoint.due
