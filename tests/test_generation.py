import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.errors import ModelError
from harness.generation.load import load_model
from harness.generation.local import LocalModel
from harness.generation.padding import hide_padding_from_convolutions
from harness.generation.place import locate
from harness.generation.rendering import Rendering
from harness.protocols import Generator
from harness.types import Completion, Failure, Message, Request
from tests.models import CHAT, STRICT_CHAT, Architecture, make_model

QUESTIONS = (
    "Where is the pump made?",
    "Who?",
    "What is the price of the lamp that was launched in 2014 and weighs 340 grams?",
    "When was the sensor launched, and how long does its battery last?",
    "How much?",
)


def request(text: str, *, tokens: int = 12, temperature: float = 0.0, seed: int = 0) -> Request:
    message = Message("user", f"Question: {text}\nAnswer:")
    return Request((message,), tokens, temperature, 0.9, seed)


def complete(model: LocalModel, requests: list[Request]) -> list[Completion | Failure]:
    outcomes = dict(model.complete_many(requests))
    return [outcomes[i] for i in range(len(requests))]


def text(outcome: Completion | Failure) -> str:
    assert isinstance(outcome, Completion)
    return outcome.text


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    kinds: tuple[Architecture, ...] = ("llama", "lfm2", "t5")
    return {kind: make_model(root / kind, kind) for kind in kinds}


@pytest.mark.parametrize("kind", ["llama", "lfm2", "t5"])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_batch_says_what_each_request_says_alone_and_as_a_stream(
    folders: dict[str, Path], kind: str, temperature: float
) -> None:
    model: Generator = LocalModel(str(folders[kind]), batch_size=3)
    assert isinstance(model, LocalModel)
    requests = [
        request(q, tokens=8 + i, temperature=temperature, seed=i) for i, q in enumerate(QUESTIONS)
    ]
    together = complete(model, requests)
    assert together == [complete(model, [r])[0] for r in requests]
    assert [text(o) for o in together] == ["".join(model.stream(r)) for r in requests]


@pytest.mark.parametrize("kind", ["llama", "t5"])
def test_greedy_text_is_what_generate_of_transformers_writes(
    folders: dict[str, Path], kind: str
) -> None:
    model = LocalModel(str(folders[kind]))
    reference: Any = load_model(folders[kind], torch.device("cpu"), "auto")
    for asked in map(request, QUESTIONS):
        ids = model.rendering.encode(model.render(asked.messages))
        written = reference.generate(
            torch.tensor([ids]), max_new_tokens=12, do_sample=False, pad_token_id=0
        )[0]
        start = 1 if kind == "t5" else len(ids)
        assert text(complete(model, [asked])[0]) == model.rendering.decode(written[start:].tolist())


def test_padding_does_not_reach_the_convolutions(folders: dict[str, Path]) -> None:
    model = load_model(folders["lfm2"], torch.device("cpu"), "auto")
    ids = torch.tensor([[5, 6, 7, 8]])
    padded = torch.tensor([[0, 0, 0, 5, 6, 7, 8], [9, 9, 9, 9, 9, 9, 9]])
    mask = torch.tensor([[0, 0, 0, 1, 1, 1, 1], [1] * 7])

    def difference() -> float:
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with torch.inference_mode():
            alone = model(input_ids=ids).logits[0]
            beside = model(input_ids=padded, attention_mask=mask, position_ids=positions).logits
        return float((alone - beside[0, 3:]).abs().max())

    assert difference() > 0.1  # what the hooks are for; when this fails they can go
    assert hide_padding_from_convolutions(model) == 2
    assert difference() < 1e-4


def test_sampled_text_depends_on_the_seed_and_narrows_with_top_p(folders: dict[str, Path]) -> None:
    model = LocalModel(str(folders["llama"]))
    first, again, other = complete(
        model, [request("Who?", temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    )
    assert first == again
    assert text(first) != text(other)
    tight = Request(request("Who?").messages, 12, temperature=1.0, top_p=1e-9, seed=3)
    assert text(complete(model, [tight])[0]) == text(complete(model, [request("Who?")])[0])


def test_sampling_follows_the_shares_of_the_model(folders: dict[str, Path]) -> None:
    model = LocalModel(str(folders["llama"]), batch_size=400)
    asked = [
        Request(request("Who?").messages, 1, temperature=0.5, seed=seed) for seed in range(400)
    ]
    ids = model.rendering.encode(model.render(asked[0].messages))
    reference = load_model(folders["llama"], torch.device("cpu"), "auto")
    with torch.inference_mode():
        shares = torch.softmax(reference(torch.tensor([ids])).logits[0, -1] / 0.5, -1)
    best = model.rendering.decode([int(shares.argmax())])
    drawn = sum(text(o) == best for o in complete(model, asked)) / 400
    expected = sum(
        float(share) for i, share in enumerate(shares) if model.rendering.decode([i]) == best
    )
    assert 0.2 < expected < 0.8
    assert drawn == pytest.approx(expected, abs=0.08)


def test_tokens_are_counted_and_a_cut_answer_is_marked(folders: dict[str, Path]) -> None:
    model = LocalModel(str(folders["llama"]))
    asked = request("Who?", tokens=7)
    [outcome] = complete(model, [asked])
    assert isinstance(outcome, Completion)
    assert outcome.tokens_in == model.count_tokens(asked.messages)
    assert (outcome.tokens_out, outcome.truncated) == (7, True)


def test_a_prompt_without_room_fails_alone(folders: dict[str, Path]) -> None:
    model = LocalModel(str(folders["llama"]))
    assert model.window == 256
    good, bad = request("Who?"), request("why " * 300)
    outcomes = complete(model, [bad, good])
    assert isinstance(outcomes[0], Failure)
    assert outcomes[0].kind == "too long"
    assert "max_tokens" in outcomes[0].message
    assert outcomes[1] == complete(model, [good])[0]
    with pytest.raises(ModelError, match="exceed the window"):
        list(model.stream(bad))


def test_a_chat_template_is_used_where_there_is_one(tmp_path: Path) -> None:
    messages = (Message("system", "Be brief."), Message("user", "Who?"))
    plain = Rendering.of(str(make_model(tmp_path / "plain")))
    chat = Rendering.of(str(make_model(tmp_path / "chat", chat=CHAT)))
    strict = Rendering.of(str(make_model(tmp_path / "strict", chat=STRICT_CHAT + CHAT)))
    assert plain.render(messages) == "Be brief.\n\nWho?"
    assert chat.render(messages) == "<|system|>Be brief.\n<|user|>Who?\n<|assistant|>\n"
    assert strict.render(messages) == "<|user|>Be brief.\n\nWho?\n<|assistant|>\n"
    assert plain.answer("Answer:", "Tarn") == " Tarn"
    assert chat.answer("<|assistant|>\n", "Tarn") == "Tarn"


def test_a_sequence_to_sequence_prompt_ends_as_its_tokenizer_ends_it(
    folders: dict[str, Path],
) -> None:
    t5, llama = Rendering.of(str(folders["t5"])), Rendering.of(str(folders["llama"]))
    assert t5.seq2seq
    assert t5.encode("Who?")[-1] == 1
    assert 1 not in llama.encode("Who?")


def test_what_is_not_a_model_is_one_line_with_a_remedy(
    tmp_path: Path, folders: dict[str, Path]
) -> None:
    (tmp_path / "empty").mkdir()
    broken = shutil.copytree(folders["llama"], tmp_path / "broken")
    (broken / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no such model folder"):
        LocalModel(str(tmp_path / "absent"))
    for folder in (tmp_path / "empty", broken):
        with pytest.raises(ModelError, match="is it a whole model folder") as caught:
            LocalModel(str(folder))
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="cannot be used here"):
        LocalModel(str(folders["llama"]), device="cuda:77")
    assert locate("owner/name") == "owner/name"


def test_a_hub_that_cannot_be_reached_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="download it and give its folder") as caught:
        LocalModel("nobody/nothing-of-that-name")
    assert "\n" not in str(caught.value)


def test_the_signature_changes_with_the_weights(tmp_path: Path, folders: dict[str, Path]) -> None:
    model = LocalModel(str(folders["llama"]))
    copy = LocalModel(str(shutil.copytree(folders["llama"], tmp_path / "copy")))
    assert model.signature == copy.signature
    assert model.signature != LocalModel(str(folders["lfm2"])).signature
    assert (model.device, model.dtype) == ("cpu", "float32")
    assert model.parameters == sum(
        p.numel() for p in load_model(folders["llama"], torch.device("cpu"), "auto").parameters()
    )
