"""Bad input of a training: one line says what, where and the remedy; nothing is cut in silence."""

import builtins
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import PreTrainedModel

from harness.errors import DataError, MissingExtra, ModelError
from harness.generation.rendering import Rendering
from harness.results import TrainingRun
from harness.stages.trainings import training_warnings
from harness.stages.weights import Trained
from harness.training.full import Full
from harness.training.lora import Lora
from harness.training.qlora import QLora
from harness.training.recipe import Method
from harness.training.targets import check_targets
from harness.training.trainer import train
from tests.models import CHAT, make_model
from tests.test_report_training import training
from tests.test_training import EXAMPLES, pair


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base") / "llama", "llama")


def fit(base: Path, folder: Path, method: Method, **options: object) -> TrainingRun:
    folder.mkdir(exist_ok=True)
    given = {"phases": [EXAMPLES], "dev": EXAMPLES[:2], "tokens": 200, **options}
    return train(method, base=str(base), folder=folder, seed=0, device="cpu", **given)  # type: ignore[arg-type]


def test_examples_longer_than_the_window_are_left_out_counted_and_reported(
    base: Path, tmp_path: Path
) -> None:
    long = pair("Question: What?\nAnswer:", " It is so." * 200)
    run = fit(base, tmp_path, Lora(), phases=[[*EXAMPLES, long]], dev=[EXAMPLES[0], long])
    assert (run.examples, run.examples_too_long) == (len(EXAMPLES), 1)
    record = json.loads((tmp_path / "training.json").read_text())
    assert (record["dev_examples"], record["dev_examples_too_long"]) == (1, 1)
    [warning] = training_warnings({("qa", 0): Trained(tmp_path, run, {"qa": 1.0})})
    assert warning == (
        "weights 'qa', seed 0: 1 of 11 training examples are longer than the window and were "
        "left out"
    )


def test_a_training_that_lowers_nothing_or_watches_nothing_says_so(tmp_path: Path) -> None:
    worse = replace(training("qa"), dev_loss=8.0)
    blind = replace(training("qa"), dev_loss=None, base_dev_loss=None)
    for run, says in ((worse, "did not lower the dev loss (7.08 before, 8 at best)"),
                      (blind, "no dev loss was taken")):  # fmt: skip
        [warning] = training_warnings({("qa", 0): Trained(tmp_path, run, {"qa": 1.0})})
        assert says in warning
    assert not [*training_warnings({("qa", 0): Trained(tmp_path, training("qa"), {"qa": 1.0})})]


@pytest.mark.parametrize(
    ("chat", "answer", "mark"),
    [
        ("", " Tarn<eos> and more", "<eos>"),
        (CHAT, "Tarn\n<|user|>And who sells it?", "<|user|>"),
        (CHAT, "<|assistant|>\nTarn", "<|assistant|>"),
    ],
)
def test_an_answer_in_the_language_of_roles_is_refused_by_its_question(
    chat: str, answer: str, mark: str, tmp_path: Path
) -> None:
    rendering = Rendering.of(str(make_model(tmp_path / "model", "llama", chat=chat)))
    bad = replace(pair("Question: Where?\nAnswer:", answer), questions=("q7",))
    with pytest.raises(DataError, match="qa: the answer to q7 holds") as raised:
        check_targets([*EXAMPLES, bad], rendering, "qa")
    assert repr(mark) in str(raised.value)
    check_targets([pair("Question: <eos>?", " a < b, [2] and <b>")], rendering, "qa")


def test_training_stops_before_it_learns_such_an_answer(base: Path, tmp_path: Path) -> None:
    bad = replace(pair("Where?", " Tarn<eos>"), questions=("q7",))
    with pytest.raises(DataError, match="take it out"):
        fit(base, tmp_path, Lora(), phases=[[*EXAMPLES, bad]])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("targets", ["zap", ["zap", "q_proj"], r".*\.zap"])
def test_modules_that_do_not_exist_list_those_that_do(
    targets: str | Sequence[str], base: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"has no .*zap; it has .*k_proj.*up_proj"):
        fit(base, tmp_path, Lora(target_modules=targets))


def test_a_pattern_chooses_modules_and_a_broken_one_is_an_error(base: Path, tmp_path: Path) -> None:
    run = fit(base, tmp_path, Lora(r=2, target_modules=r".*\.1\.self_attn\.q_proj"))
    assert run.trainable_parameters == 2 * (32 + 32)
    with pytest.raises(ModelError, match="no pattern"):
        fit(base, tmp_path / "broken", Lora(target_modules="("))


def test_four_bits_without_bitsandbytes_say_what_to_install(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = builtins.__import__

    def absent(name: str, *args: object) -> object:
        if name.startswith("bitsandbytes"):
            raise ImportError(name)
        return found(name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtra, match=r'pip install -e "\.\[qlora\]"'):
        fit(base, tmp_path, QLora())


@dataclass(frozen=True, kw_only=True)
class Huge(Full):
    """Asks for more memory than any machine has."""

    def prepare(self, model: PreTrainedModel) -> nn.Module:
        torch.empty(1 << 58)
        return model


def test_out_of_memory_names_the_setting_to_lower(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"out of memory; lower batch_size \(now 8\)"):
        fit(base, tmp_path, Huge(batch_size=8))


def test_attention_that_is_not_here_is_an_error(base: Path, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("it may be here")
    with pytest.raises(ModelError, match=r"attention 'flash_attention_2' cannot be used here"):
        fit(base, tmp_path, Lora(attention="flash_attention_2"))


OPTIONS: Mapping[str, Lora] = {
    "gradient checkpointing": Lora(lr=1e-3, gradient_checkpointing=True),
    "eager attention": Lora(lr=1e-3, attention="eager"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_save_memory_change_no_loss(name: str, base: Path, tmp_path: Path) -> None:
    plain = fit(base, tmp_path / "plain", Lora(lr=1e-3), tokens=1_500)
    run = fit(base, tmp_path / "option", OPTIONS[name], tokens=1_500)
    assert run.dev_loss == pytest.approx(plain.dev_loss, rel=1e-5)
    assert run.train_loss == pytest.approx(plain.train_loss, rel=1e-5)
