"""Every method of training: it learns, it moves what it says, it is served as it was trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from harness import registry
from harness.errors import ModelError
from harness.files import folder_digest
from harness.generation.load import load_model
from harness.generation.local import LocalModel
from harness.generation.soft_prompt import install_soft_prompt
from harness.results import TrainingRun
from harness.training.arithmetic import parameter_counts
from harness.training.recipe import Method
from harness.training.trainer import train
from harness.types import Message, Request
from tests.models import make_model
from tests.test_training import CPU, EXAMPLES, PAIRS

WIDTH = 64
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "bitfit": {"lr": 0.05},
    "bottleneck": {"lr": 0.02, "size": 8},
    "dora": {"lr": 0.01, "r": 4},
    "full": {"lr": 0.01},
    "ia3": {"lr": 0.1},
    "last-layers": {"lr": 0.01, "n": 1},
    "layer-norms": {"lr": 0.1},
    "lora": {"lr": 0.01, "r": 4},
    "p-tuning": {"lr": 0.02, "virtual_tokens": 4},
    "prompt-tuning": {"lr": 0.1, "virtual_tokens": 4},
    "qlora": {"lr": 0.01, "r": 4},
    "rslora": {"lr": 0.01, "r": 4},
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("base") / "lfm2", "lfm2", width=WIDTH)


def method(name: str, **options: object) -> Method:
    if name == "qlora":
        pytest.importorskip("bitsandbytes")
    shared: dict[str, object] = {"batch_size": 10, "patience": 99}
    made: Method = registry.create("training", name, {**shared, **OPTIONS[name], **options})
    return made


def fit(base: Path, folder: Path, how: Method, tokens: int = 6_000) -> TrainingRun:
    folder.mkdir()
    return train(how, [EXAMPLES], EXAMPLES, str(base), folder, seed=0, tokens=tokens)


def answers(model: LocalModel) -> list[str]:
    requests = [Request((Message("user", prompt),), 12) for prompt in PAIRS]
    return [str(o) for _, o in sorted(model.complete_many(requests), key=lambda pair: pair[0])]


def test_every_method_of_the_registry_is_tried_here() -> None:
    from_pairs = {"dpo", "grpo"}  # which go on from other weights: tests/test_preferences.py
    assert set(OPTIONS) == set(registry.names("training")) - from_pairs


@pytest.mark.parametrize("name", OPTIONS)
def test_a_method_lowers_the_dev_loss_and_leaves_the_base_alone(
    name: str, base: Path, tmp_path: Path
) -> None:
    before = folder_digest(base)
    untrained = fit(base, tmp_path / "untrained", method(name, lr=1e-9), tokens=600)
    trained = fit(base, tmp_path / "trained", method(name))
    folder_digest.cache_clear()
    assert folder_digest(base) == before
    assert untrained.dev_loss is not None
    assert trained.dev_loss is not None
    assert trained.dev_loss < 0.95 * untrained.dev_loss
    assert answers(LocalModel(str(base), weights=tmp_path / "trained"))


@pytest.mark.parametrize("name", OPTIONS)
def test_what_is_served_is_what_was_trained(name: str, base: Path, tmp_path: Path) -> None:
    """The dev loss is computed again from the folder, one row at a time, by the served model."""
    run = fit(base, tmp_path / "weights", method(name), tokens=3_000)
    served = LocalModel(str(base), weights=tmp_path / "weights")
    model, prefix = served._model, served._prefix
    total = count = 0.0
    for example in EXAMPLES:
        prompt, answer = (served.rendering.encode(s.text) for s in example.segments)
        ids = torch.tensor([[*prefix, *prompt, *answer, served.rendering.tokenizer.eos_token_id]])
        with torch.inference_mode():
            logits = model(input_ids=ids).logits[0, :-1].float()
        start = len(prefix) + len(prompt) - 1
        wanted = ids[0, 1 + start :]
        total += float(nn.functional.cross_entropy(logits[start:], wanted, reduction="sum"))
        count += len(wanted)
    tolerance = 0.2 if name == "qlora" else 1e-3  # trained over four bits, served over all
    assert total / count == pytest.approx(run.dev_loss, rel=tolerance)


def test_the_trainable_parameters_are_those_a_hand_would_count(base: Path) -> None:
    model = load_model(base, CPU, "auto")
    named, layers = dict(model.named_parameters()), model.config.num_hidden_layers
    wide = [m for n, m in model.named_modules() if isinstance(m, nn.Linear) and n != "lm_head"]
    low_rank = sum(4 * (m.in_features + m.out_features) for m in wide)
    expected = {
        "full": sum(p.numel() for p in named.values()),
        "bitfit": sum(p.numel() for n, p in named.items() if n.endswith("bias")),
        "layer-norms": sum(p.numel() for n, p in named.items() if "norm" in n),
        "last-layers": sum(p.numel() for n, p in named.items() if f"layers.{layers - 1}." in n),
        "lora": low_rank,
        "rslora": low_rank,
        "dora": low_rank + sum(m.out_features for m in wide),
        "bottleneck": layers * (2 * 8 * WIDTH + 8 + WIDTH),
        "prompt-tuning": 4 * WIDTH,
    }
    for name, count in expected.items():
        how = method(name)
        adapted = how.prepare(how.load(base, CPU).requires_grad_(False))
        assert (name, parameter_counts(adapted)[0]) == (name, count)


def test_the_published_arithmetic_of_lora_is_that_of_peft() -> None:
    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(512, 64, bias=False)

    counts = {}
    for r in (4, 8, 16):
        layer: Any = Layer()
        adapted: Any = get_peft_model(layer, LoraConfig(r=r, target_modules=["linear"]))
        counts[r] = adapted.get_nb_trainable_parameters()[0]
    assert sum(p.numel() for p in Layer().parameters()) == 32_768
    assert counts == {4: 2_304, 8: 4_608, 16: 9_216}


def test_a_soft_prompt_is_read_and_never_written(base: Path) -> None:
    model = load_model(base, CPU, "auto")
    table: Any = model.get_input_embeddings().weight
    vectors = table[[5, 9]]
    with torch.inference_mode():
        told = model(input_ids=torch.tensor([[5, 9, 7, 11]])).logits
        prefix = install_soft_prompt(model, vectors)
        read = model(input_ids=torch.tensor([[*prefix, 7, 11]])).logits
    torch.testing.assert_close(read, told)
    assert read.shape[-1] == min(prefix)


@pytest.mark.parametrize("name", ["last-layers", "ia3", "prompt-tuning", "bottleneck"])
def test_a_sequence_to_sequence_model_is_trained_too(name: str, tmp_path: Path) -> None:
    t5 = make_model(tmp_path / "t5", "t5", width=WIDTH)
    run = fit(t5, tmp_path / "weights", method(name), tokens=2_000)
    assert run.dev_loss is not None
    assert answers(LocalModel(str(t5), weights=tmp_path / "weights"))


def test_weights_of_another_model_are_refused(base: Path, tmp_path: Path) -> None:
    other = make_model(tmp_path / "llama", "llama", width=WIDTH)
    fit(base, tmp_path / "weights", method("last-layers"), tokens=300)
    with pytest.raises(ModelError, match=r"train it again on this model"):
        LocalModel(str(other), weights=tmp_path / "weights")


def test_more_layers_than_there_are_is_an_error(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"9 layers of \d"):
        fit(base, tmp_path / "weights", method("last-layers", n=9), tokens=300)


def test_a_model_without_biases_says_so(tmp_path: Path) -> None:
    t5 = make_model(tmp_path / "t5", "t5", width=WIDTH)
    with pytest.raises(ModelError, match=r"bitfit: T5ForConditionalGeneration has no such"):
        fit(t5, tmp_path / "weights", method("bitfit"), tokens=300)
