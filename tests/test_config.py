import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.config.load import load_benchmark
from harness.config.records import file_schema
from harness.errors import ConfigError

ROOT = Path(__file__).parent.parent
SMALL = """
dataset: tiny
model: pocket
retriever: {type: bm25}
weights:
  qa: {sees: question, r: 8}
arms:
  base: {}
  rag: {context: {type: retrieved, k: 2}}
  fine-tuned: {weights: qa}
"""


def every_key(schema: dict[str, Any]) -> set[str]:
    tables = [schema, *schema["$defs"].values()]
    return {key for table in tables for key in table.get("properties", {})}


def test_every_key_of_a_benchmark_file_is_documented() -> None:
    text = (ROOT / "docs" / "benchmark-files.md").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", text))
    assert every_key(file_schema()) <= words


def test_the_schema_beside_the_benchmarks_is_that_of_the_code() -> None:
    assert json.loads((ROOT / "benchmarks" / "schema.json").read_text()) == file_schema()


def written(folder: Path, text: str, name: str = "small.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_benchmark_is_understood(path: Path) -> None:
    assert load_benchmark(path).name == path.stem


def test_maps_of_one_need_no_naming(tmp_path: Path) -> None:
    benchmark = load_benchmark(written(tmp_path, SMALL))
    rag = benchmark.arms["rag"]
    assert (rag.model, rag.prompt, rag.decoding) == ("pocket", "plain", "greedy")
    assert rag.context.retriever == "bm25"
    assert benchmark.weights["qa"].options == {"r": 8}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("k: 2", "kk: 2", "small.yaml:9: arms.rag.context: unknown key 'kk'; did you mean 'k'?"),
        ("weights: qa", "weights: qaa", "small.yaml:10: arms.fine-tuned.weights: no weights"),
        ("dataset: tiny", "datset: tiny", "small.yaml:2: unknown key 'datset'; did you mean"),
        ("sees: question", "sees: answers", "small.yaml:6: weights.qa.sees"),
        ("k: 2", "k: 0", "small.yaml:9: arms.rag.context.k"),
        ("base: {}", "base: {", "not YAML"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load_benchmark(written(tmp_path, SMALL.replace(old, new)))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_name_left_out_among_several_is_asked_for(tmp_path: Path) -> None:
    text = SMALL.replace("model: pocket", "models: {a: {path: x}, b: {path: y}}")
    with pytest.raises(ConfigError, match="name the model, one of: a, b"):
        load_benchmark(written(tmp_path, text))


def test_a_file_that_extends_another_changes_only_what_it_says(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    child = "extends: small.yaml\ndataset: other\narms:\n  rag: {context: {k: 3}}\n  base: null\n"
    benchmark = load_benchmark(written(tmp_path, child, "child.yaml"))
    assert benchmark.dataset == "other"
    assert sorted(benchmark.arms) == ["fine-tuned", "rag"]
    assert (benchmark.arms["rag"].context.type, benchmark.arms["rag"].context.k) == ("retrieved", 3)


def test_an_error_in_an_extended_file_names_that_file(tmp_path: Path) -> None:
    written(tmp_path, SMALL.replace("k: 2", "k: -1"))
    with pytest.raises(ConfigError, match=r"small\.yaml:9"):
        load_benchmark(written(tmp_path, "extends: small.yaml\ndataset: x\n", "child.yaml"))


def test_files_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "extends: b.yaml\n", "a.yaml")
    with pytest.raises(ConfigError, match="circle"):
        load_benchmark(written(tmp_path, "extends: a.yaml\n", "b.yaml"))


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    text = SMALL.replace("model: pocket", "models: {a: {path: x}, b: {path: y}}")
    text = text.replace("{sees: question, r: 8}", "{sees: question, model: a}")
    text = text.replace("{weights: qa}", "{weights: qa, model: b}")
    text = text.replace("base: {}", "base: {model: a}").replace("rag: {", "rag: {model: a, ")
    with pytest.raises(ConfigError, match="trained on model 'a', not on 'b'"):
        load_benchmark(written(tmp_path, text))


def test_an_external_arm_needs_one_source_of_answers(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="either 'answers' or 'callable'"):
        load_benchmark(written(tmp_path, SMALL.replace("base: {}", "base: {type: external}")))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such benchmark file"):
        load_benchmark(tmp_path / "none.yaml")
