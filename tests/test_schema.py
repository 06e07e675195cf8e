import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from harness.config.load import load_benchmark
from harness.config.schema import file_schema

ROOT = Path(__file__).parent.parent
SHIPPED = sorted(set((ROOT / "benchmarks").glob("*.yaml")) - {ROOT / "benchmarks" / "claims.yaml"})
WHOLE = """
dataset: tiny
model: pocket
retriever: bm25
weights: {qa: {sees: question}}
arms: {base: {}, rag: {context: {type: retrieved, k: 2}}, tuned: {weights: qa}}
"""


def faults(text: str) -> list[str]:
    """Return what an editor underlines in a file."""
    checker = jsonschema.Draft202012Validator(file_schema())
    return [fault.message for fault in checker.iter_errors(yaml.safe_load(text))]


def every_key(schema: dict[str, Any]) -> set[str]:
    tables = [schema, *schema["$defs"].values()]
    return {key for table in tables for key in table.get("properties", {})}


def test_every_key_of_a_benchmark_file_is_documented() -> None:
    text = (ROOT / "docs" / "benchmark-files.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", text))
    assert every_key(file_schema()) <= words


def test_the_schema_beside_the_benchmarks_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "benchmarks" / "schema.json").read_text()) == file_schema()


def test_the_schema_is_a_valid_json_schema() -> None:
    of_schemas = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    assert [*of_schemas.iter_errors(file_schema())] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_shipped_benchmark_fits_the_schema(path: Path) -> None:
    assert not faults(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("model: pocket", "model: {path: pocket, dtype: float32}"),
        ("model: pocket", "models: {m: pocket}"),
        ("retriever: bm25", "retriever: {type: bm25, chunker: sentence, without: test}"),
        ("retriever: bm25", "retrievers: {a: bm25}"),
        ("retriever: bm25", "retrievers: {a: {type: bm25, without: [dev, test]}}"),
        ("sees: question", "sees: [question, documents]"),
        ("dataset: tiny", "dataset: tiny\njudge: lexical"),
        ("dataset: tiny", "dataset: tiny\njudge: {type: lexical, max_usd: null}"),
        ("dataset: tiny", "dataset: tiny\nprompt: instruct"),
        ("dataset: tiny", "dataset: tiny\nprompts: {p: instruct}"),
    ],
)
def test_what_the_loader_takes_fits_the_schema(tmp_path: Path, old: str, new: str) -> None:
    text = WHOLE.replace(old, new)
    (tmp_path / "whole.yaml").write_text(text)
    assert load_benchmark(tmp_path / "whole.yaml")
    assert not faults(text)


def test_a_file_that_extends_another_may_leave_out_and_remove(tmp_path: Path) -> None:
    (tmp_path / "whole.yaml").write_text(WHOLE.replace("retriever: bm25", "retrievers: {a: bm25}"))
    text = """
    extends: whole.yaml
    dataset: other
    arms: {tuned: null, rag: {context: {k: null}}}
    weights: {qa: null}
    retrievers: {a: {depth: 9}}
    """
    (tmp_path / "part.yaml").write_text(text)
    assert load_benchmark(tmp_path / "part.yaml")
    assert not faults(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("k: 2", "kk: 2"),
        ("k: 2", "k: 0"),
        ("k: 2", "k: true"),
        ("sees: question", "sees: answers"),
        ("sees: question", "sees: []"),
        ("dataset: tiny", "datset: tiny"),
        ("dataset: tiny", "dataset: tiny\ncontrasts: [rag, base]"),
        ("dataset: tiny", "dataset: tiny\nmetrics: {also: rougeL}"),
        ("retriever: bm25", "retriever: {type: bm25, without: train}"),
        ("retriever: bm25", "retriever: {type: bm25, chunker: 5}"),
        ("model: pocket", "model: null"),
        ("base: {}", "base: base"),
    ],
)
def test_a_mistake_does_not_fit_the_schema(old: str, new: str) -> None:
    assert faults(WHOLE.replace(old, new))
