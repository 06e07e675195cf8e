import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.built_in import BUILT_IN, Kind
from harness.errors import ConfigError, UnknownName


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, table in BUILT_IN.items() for name in table]
)
def test_every_built_in_name_leads_to_something_that_can_be_called(kind: Kind, name: str) -> None:
    assert callable(registry.resolve(kind, name))


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="no retriever is called 'bm52'; did you mean 'bm25'"):
        registry.create("retriever", "bm52", {})


def test_an_unknown_option_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="'recursive' has no option 'token'; did you mean"):
        registry.create("chunker", "recursive", {"token": 3})


def test_plug_ins_nest() -> None:
    one = registry.create("retriever", "bm25", {})
    fusion = registry.create("retriever", "rrf", {"of": ["bm25", {"type": "bm25", "k1": 1.2}]})
    assert one.signature in fusion.signature
    assert "1.2" in fusion.signature


@pytest.mark.parametrize(
    ("kind", "name", "options", "option"),
    [
        ("training", "lora", {"r": "abc"}, "r"),
        ("training", "lora", {"r": 0}, "r"),
        ("training", "lora", {"r": True}, "r"),
        ("training", "lora", {"alpha": "abc"}, "alpha"),
        ("training", "lora", {"alpha": 0}, "alpha"),
        ("training", "lora", {"dropout": 1}, "dropout"),
        ("training", "lora", {"target_modules": 5}, "target_modules"),
        ("training", "lora", {"target_modules": []}, "target_modules"),
        ("training", "lora", {"lr": 0}, "lr"),
        ("training", "lora", {"lr": float("nan")}, "lr"),
        ("training", "full", {"lr": float("inf")}, "lr"),
        ("training", "full", {"lr": "fast"}, "lr"),
        ("training", "full", {"batch_size": 0}, "batch_size"),
        ("training", "full", {"batch_size": 1.5}, "batch_size"),
        ("training", "full", {"warmup_share": 1.1}, "warmup_share"),
        ("training", "full", {"weight_decay": -1}, "weight_decay"),
        ("training", "full", {"clip": "x"}, "clip"),
        ("training", "full", {"clip": 0}, "clip"),
        ("training", "full", {"evaluations": 0}, "evaluations"),
        ("training", "full", {"patience": 0}, "patience"),
        ("training", "full", {"dev_examples": -1}, "dev_examples"),
        ("training", "full", {"dtype": "float8"}, "dtype"),
        ("retriever", "bm25", {"k1": "abc"}, "k1"),
        ("retriever", "bm25", {"stemmer": 5}, "stemmer"),
        ("retriever", "rrf", {"of": ["bm25", {"type": "bm25", "b": "x"}]}, "b"),
        ("retriever", "dense", {"embedder": {"type": "minilm", "batch_size": "x"}}, "batch_size"),
        ("chunker", "recursive", {"tokens": "many"}, "tokens"),
        ("model", "transformers", {"path": 5}, "path"),
        ("model", "openai", {"path": "m", "concurrency": 0}, "concurrency"),
        ("model", "openai", {"path": "m", "timeout": 0}, "timeout"),
        ("model", "openai", {"path": "m", "retries": -1}, "retries"),
        ("model", "openai", {"path": "m", "window": "wide"}, "window"),
        ("judge", "ragas", {"model": {"type": "openai", "path": 5}}, "path"),
        (
            "judge",
            "ragas",
            {"model": {"type": "openai", "path": "m"}, "max_tokens": 0},
            "max_tokens",
        ),
        ("metric", "hit", {"k": "x"}, "k"),
    ],
)
def test_an_option_of_the_wrong_type_or_out_of_range_is_named(
    kind: Kind, name: str, options: dict[str, Any], option: str
) -> None:
    for ask in (registry.check, registry.create):
        with pytest.raises(ConfigError) as error:
            ask(kind, name, options, "somewhere.here")
        assert str(error.value).startswith("somewhere.here: ")
        assert f": {option}: " in str(error.value)
        assert "\n" not in str(error.value)


def test_what_yaml_reads_as_text_becomes_the_number_that_is_meant() -> None:
    lora = registry.create("training", "lora", {"lr": "1e-3", "batch_size": "8", "r": 8.0})
    assert (lora.lr, lora.batch_size, lora.r) == (1e-3, 8, 8)
    assert type(lora.r) is int
    assert registry.create("chunker", "recursive", {"tokens": "64"})._tokens == 64


def test_a_list_of_names_may_stand_where_one_name_may() -> None:
    assert registry.create("training", "lora", {"target_modules": ["q_proj"]}).target_modules == [
        "q_proj"
    ]
    assert registry.create("training", "lora", {"target_modules": "q.*"}).target_modules == "q.*"


@pytest.mark.parametrize("of", ["bm25", 5, None, {"type": "bm25"}])
def test_what_is_fused_is_a_list(of: object) -> None:
    with pytest.raises(ConfigError, match=r"retrievers\.a: 'rrf': 'of' is a list of retrievers"):
        registry.create("retriever", "rrf", {"of": of}, "retrievers.a")


@pytest.mark.parametrize("given", [5, None, ["minilm"], {"batch_size": 8}])
def test_a_plug_in_inside_another_is_a_name_or_a_table(given: object) -> None:
    with pytest.raises(ConfigError, match="'embedder' is a name or a table with a 'type'"):
        registry.check("retriever", "dense", {"embedder": given})


def test_an_option_that_happens_to_be_called_like_a_kind_is_passed_on_as_it_is() -> None:
    spec = {"type": "sentence-transformers", "model": "owner/encoder"}
    dense = registry.create("retriever", "dense", {"embedder": spec})
    assert dense._embedder._name == "owner/encoder"


def test_a_missing_option_is_named() -> None:
    with pytest.raises(ConfigError, match="'transformers': missing a required argument: 'path'"):
        registry.check("model", "transformers", {})


def test_checking_builds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []

    def build(self: object, *args: object, **options: object) -> None:
        built.append(self)

    from harness.retrieval.bm25 import BM25

    monkeypatch.setattr(BM25, "__init__", build)
    registry.check("retriever", "rrf", {"of": [{"type": "bm25", "stemmer": "english"}]})
    assert built == []


def test_a_factory_with_annotations_that_cannot_be_read_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_plugin.py").write_text(
        "from __future__ import annotations\n"
        "class Theirs:\n"
        "    def __init__(self, thing: Unknown, n: int = 1, **more: int) -> None:\n"
        "        self.given = thing, n, more\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, {"theirs": "their_plugin:Theirs"})
    made = registry.create("chunker", "theirs", {"thing": "a", "other": 3})
    assert made.given == ("a", 1, {"other": 3})


def test_a_plug_in_of_another_package_that_cannot_be_imported_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_broken_plugin.py").write_text("nonsense\n")
    monkeypatch.syspath_prepend(tmp_path)
    install(monkeypatch, {"a": "their_broken_plugin:A", "b": "harness.errors:Absent"})
    with pytest.raises(ConfigError, match=r"chunker 'a': .*their_broken_plugin.*NameError"):
        registry.check("chunker", "a", {})
    with pytest.raises(ConfigError, match=r"chunker 'b': .*Absent"):
        registry.check("chunker", "b", {})


def install(monkeypatch: pytest.MonkeyPatch, plugins: Mapping[str, str]) -> None:
    """Make names known as an installed package would."""
    known = registry.names("chunker")
    monkeypatch.setattr(registry, "names", lambda kind: {**known, **plugins})


def test_checking_what_needs_no_torch_does_not_load_it() -> None:
    code = (
        "import sys; from harness import registry; registry.check('retriever', 'bm25', {'k1': 1}); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
