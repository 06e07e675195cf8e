"""Several processes do what one would: started by accelerate, talking over gloo."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from harness.config.overrides import Options
from harness.fitting import fit as fit_arm
from harness.training.full import Full
from harness.training.lora import Lora
from harness.training.processes import Processes
from harness.training.recipe import Method
from harness.training.trainer import train
from tests.models import make_model
from tests.test_fitting import BENCHMARK
from tests.test_training import EXAMPLES

METHODS: Mapping[str, Method] = {
    "lora": Lora(r=4, lr=1e-3, batch_size=4, patience=99),
    "full": Full(lr=1e-4, batch_size=4, patience=99),
}
LAUNCH = (
    *(sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"),
    *("--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"),
    *("--main_process_port", "0"),
)


def fit(base: str, folder: str, name: str) -> dict[str, object]:
    """Train on ten examples in batches of four: the last of an epoch leaves one process less."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    run = train(
        METHODS[name], [EXAMPLES], EXAMPLES[:5], base, Path(folder),
        seed=0, tokens=1_500, device="cpu",
    )  # fmt: skip
    return {"dev_loss": run.dev_loss, "train_loss": run.train_loss, "steps": run.steps}


def launch(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parent.parent
    return subprocess.run(
        [*LAUNCH, *arguments], cwd=root, capture_output=True, text=True, timeout=500,
        env={"PYTHONPATH": str(root), "PATH": "", "HOME": str(home), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_two_processes_end_with_the_weights_of_one(name: str, tmp_path: Path) -> None:
    base = make_model(tmp_path / "base", "llama")
    alone = fit(str(base), str(tmp_path / "alone"), name)
    script = tmp_path / "script.py"
    script.write_text(
        "import json, os, sys\n"
        "from tests.test_training_processes import fit\n"
        "index = os.environ['RANK']\n"
        f"told = fit({str(base)!r}, {str(tmp_path)!r} + '/together' + index, {name!r})\n"
        f"open({str(tmp_path)!r} + '/told' + index, 'w').write(json.dumps(told))\n"
    )
    done = launch(str(script), home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = [json.loads((tmp_path / f"told{index}").read_text()) for index in (0, 1)]
    assert told[0] == told[1]
    assert told[0] == pytest.approx(alone, rel=1e-5)
    assert not any((tmp_path / "together1").iterdir())
    record = json.loads((tmp_path / "together0" / "training.json").read_text())
    assert record["processes"] == 2
    [ours] = (tmp_path / "together0").glob("*.safetensors")
    expected = load_file(tmp_path / "alone" / ours.name)
    start = load_file(base / "model.safetensors") if name == "full" else {}
    for key, weights in load_file(ours).items():
        torch.testing.assert_close(weights, expected[key], rtol=1e-4, atol=1e-6)
        assert key not in start or not torch.equal(weights, start[key])


@pytest.mark.slow
def test_the_command_trains_in_two_processes_and_leaves_one_set_of_weights(tmp_path: Path) -> None:
    file, out = tmp_path / "small.yaml", tmp_path / "out"
    file.write_text(BENCHMARK.format(model=make_model(tmp_path / "model", "lfm2")))
    command = ["-m", "harness", "train", str(file), "--arm", "hybrid", "--out", str(out)]
    done = launch(*command, "--device", "cpu", "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    [row] = json.loads(done.stdout)
    assert row["processes"] == 2
    assert [str(p) for p in (out / "artefacts").glob("weights-*")] == [row["folder"]]
    [(folder, run)] = fit_arm(file, "hybrid", Options(out=out, device="cpu"))
    assert str(folder) == row["folder"]
    assert run.tokens == row["tokens"]


def test_a_process_takes_every_other_row_and_the_last_may_get_none() -> None:
    first, second = Processes(2, 0), Processes(2, 1)
    assert (list(first.share([1, 2, 3])), list(second.share([1, 2, 3]))) == ([1, 3], [2])
    assert not second.share([1])
    assert (first.first, second.first) == (True, False)
