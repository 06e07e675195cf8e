import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config.load import load_benchmark
from harness.config.options import coerced
from harness.config.records import Benchmark
from harness.errors import ConfigError
from harness.text.prompt import TEMPLATES
from tests.fakes import hit

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


def written(folder: Path, text: str, name: str = "small.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


SHIPPED = sorted(set((ROOT / "benchmarks").glob("*.yaml")) - {ROOT / "benchmarks" / "claims.yaml"})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_shipped_benchmark_is_understood(path: Path) -> None:
    assert load_benchmark(path).name == path.stem


def test_maps_of_one_need_no_naming(tmp_path: Path) -> None:
    benchmark = load_benchmark(written(tmp_path, SMALL))
    rag = benchmark.arms["rag"]
    assert (rag.model, rag.prompt, rag.decoding) == ("pocket", "plain", "greedy")
    assert rag.context.retriever == "bm25"
    assert benchmark.weights["qa"].options == {"r": 8}


def test_an_arm_is_asked_with_the_prompt_its_weights_were_trained_with(tmp_path: Path) -> None:
    two = SMALL.replace("dataset: tiny", "dataset: tiny\nprompts: {a: {}, b: {template: instruct}}")
    named = two.replace("r: 8", "r: 8, prompt: b").replace("base: {}", "base: {prompt: a}")
    named = named.replace("k: 2}", "k: 2}, prompt: a")
    arms = load_benchmark(written(tmp_path, named)).arms
    assert (arms["rag"].prompt, arms["fine-tuned"].prompt) == ("a", "b")
    with pytest.raises(ConfigError, match=r"weights\.qa\.prompt: name the prompt, one of: a, b"):
        load_benchmark(written(tmp_path, two))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("k: 2", "kk: 2", "small.yaml:9: arms.rag.context: unknown key 'kk'; did you mean 'k'?"),
        ("weights: qa", "weights: qaa", "small.yaml:10: arms.fine-tuned.weights: no weights"),
        ("dataset: tiny", "datset: tiny", "small.yaml:2: unknown key 'datset'; did you mean"),
        (
            "model: pocket",
            "modle: pocket",
            "small.yaml:3: unknown key 'modle'; did you mean 'model'",
        ),
        (
            "dataset: tiny",
            "dataset: tiny\nnam: x",
            "small.yaml:3: unknown key 'nam'; known: also_ask,",
        ),
        ("dataset: tiny", 'dataset: tiny\nextends: "a\\0b"', "small.yaml:3: 'extends' is the name"),
        ("sees: question", "sees: answers", "small.yaml:6: weights.qa.sees"),
        ("k: 2", "k: 0", "small.yaml:9: arms.rag.context.k"),
        ("base: {}", "base: {", "not YAML"),
        ("dataset: tiny", "dataset: \x07", "small.yaml:2: not YAML: the character U+0007"),
        ("dataset: tiny", "dataset: 2024-13-45", "small.yaml:2: '2024-13-45' is no timestamp"),
        ("dataset: tiny", "dataset: !!bool x", "small.yaml:2: 'x' is no bool"),
        ("dataset: tiny", "dataset: !secret x", "small.yaml:2: not YAML: could not determine"),
        ("dataset: tiny", "dataset: tiny\n1: x", "small.yaml:3: the key '1' is no text"),
        ("k: 2", "yes: 2", "small.yaml:9: the key 'yes' is no text; write it in quotes"),
        ("dataset: tiny", "dataset: tiny\non: x", "small.yaml:3: the key 'on' is no text"),
        ("dataset: tiny", "dataset: tiny\n[a]: x", "small.yaml:3: a key must be text"),
        ("dataset: tiny", "dataset: &a [*a]", "small.yaml:2: this contains itself"),
        ("dataset: tiny", "dataset: " + "[" * 4000, "nested too deeply"),
        ("base: {}", "rag: {}", "small.yaml:9: the key 'rag' stands twice, first in line 8"),
        ("k: 2", "k: 2, k: 3", "small.yaml:9: the key 'k' stands twice, first in line 9"),
        ("model: pocket", "model:", "small.yaml:3: 'model' is a name or a table"),
        ("model: pocket", "model: [a]", "small.yaml:3: 'model' is a name or a table"),
        ("{type: bm25}", "5", "small.yaml:4: 'retriever' is a name or a table"),
        ("{type: bm25}", "{type: bm25, depth: 0}", "small.yaml:4: retrievers.bm25.depth: Input"),
        ("model: pocket", "model: {path: ''}", "small.yaml:3: models.model.path: write text that"),
        ("model: pocket", "model: a\nmodels: {b: {path: b}}", "small.yaml:3: give either 'model'"),
        ("dataset: tiny", "dataset: tiny\nname: x", "small.yaml:3: unknown key 'name'"),
        ("dataset: tiny", "dataset: tiny\nextends: [a]", "small.yaml:3: 'extends' is"),
        ("sees: question", "sees: []", "small.yaml:6: weights.qa.sees"),
        ("base: {}", "'a/b': {}", "small.yaml:8: arms.a/b: the name of an arm is made of letters"),
        ("base: {}", ".b: {}", "small.yaml:8: arms..b: the name of an arm"),
        ("base: {}", "'': {}", "small.yaml:8: arms.: the name of an arm"),
        ("base: {}", '"b\\n": {}', "the name of an arm"),
        ("base: {}", "floor:x: {}", "small.yaml:8: arms.floor:x: the name of an arm"),
        *(
            (
                "dataset: tiny",
                f"dataset: tiny\ntraining: {{seeds: {seeds}}}",
                f"small.yaml:3: {why}",
            )
            for seeds, why in [
                ("[1, 2, 1]", "training.seeds: 1 is given twice"),
                ("[-1]", "training.seeds.0: Input should be greater"),
                ("[4294967296]", "training.seeds.0: Input should be less"),
                ("[]", "training.seeds: needs at least 1 entry, has 0"),
            ]
        ),
        *(
            ("dataset: tiny", f"dataset: tiny\nprompt: {{{part}}}", f"small.yaml:3: {why}")
            for part, why in [
                ("with_passages: '{passages}'", "prompts.prompt.with_passages: {question} is miss"),
                ("with_passages: '{question}'", "prompts.prompt.with_passages: {passages} is miss"),
                ("without_passages: 'Q:'", "prompts.prompt.without_passages: {question} is miss"),
                (
                    "without_passages: '{question} {passages}'",
                    "prompts.prompt.without_passages: {passages} is never filled in",
                ),
                (
                    "passage: '{titel}'",
                    "prompts.prompt.passage: {titel} is never filled in; did you mean 'title'?",
                ),
                ("system: '{question}'", "prompts.prompt.system: {question} is never filled in"),
                ("templat: plain", "prompts.prompt: unknown key 'templat'"),
            ]
        ),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load_benchmark(written(tmp_path, SMALL.replace(old, new)))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


PAIRS = "small.yaml:3: contrasts: write a list of pairs of arms, such as [[rag, base]]"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("contrasts: [rag, base]", PAIRS),
        ("contrasts: rag", PAIRS),
        ("contrasts: [[rag]]", PAIRS),
        ("contrasts: [[rag, base, rag]]", PAIRS),
        ("contrasts: [[rag, 5]]", 'small.yaml:3: contrasts.0.1: write text, such as "5"'),
        ("contrasts: [[rag, rag]]", "small.yaml:3: contrasts: [rag, rag] compares an arm with its"),
        ("contrasts: [[rag, base], [rag, base]]", "contrasts: [rag, base] is given twice"),
        ("metrics: {also: rougeL}", "small.yaml:3: metrics.also: write a list, such as [rougeL]"),
        ("metrics: {also: [bleu, f1, bleu]}", "small.yaml:3: metrics.also: 'bleu' is given twice"),
        ("metrics: [bleu]", "small.yaml:3: metrics: write a table of keys"),
        ("slices: [kind, kind]", "small.yaml:3: slices: 'kind' is given twice"),
        ("training: {seeds: 3}", "small.yaml:3: training.seeds: write a list, such as [3]"),
        ("training: {seeds: {a: 3}}", "small.yaml:3: training.seeds: write a list"),
        ("training: {seeds: [true]}", "small.yaml:3: training.seeds: true is no number; write one"),
        ("series: {s: {x: context.k, curves: {c: [rag]}}}",
         "small.yaml:3: series.s.curves.c: needs at least 2 entries, has 1"),
        ("series: {s: {x: context.k, curves: [rag]}}",
         "small.yaml:3: series.s.curves: write a table of keys"),
        ("series: {s: {curves: {c: [rag, base]}}}",
         "small.yaml:3: series.s.x: this key is missing; write it"),
        ("models: {m: [a]}", "small.yaml:3: models.m: write a name or a table of keys"),
        ("models: {m: {path: 5}}", 'small.yaml:3: models.m.path: write text, such as "5"'),
        ("models: {m: {}}", "small.yaml:3: models.m.path: this key is missing; write it"),
        ("retrievers: {a: }", "small.yaml:3: retrievers.a: write a name or a table of keys"),
        ("retrievers: {a: {depth: 9}}", "small.yaml:3: retrievers.a.type: this key is missing"),
        ("retrievers: {a: {type: bm25, depth: yes}}",
         "small.yaml:3: retrievers.a.depth: true is no number; write one"),
        ("retrievers: {a: {type: bm25, chunker: 5}}",
         "small.yaml:3: retrievers.a.chunker: write a name or a table of keys"),
        ("retrievers: {a: {type: bm25, without: train}}", "small.yaml:3: retrievers.a.without.0: "),
        ("judge: {max_usd: true}", "small.yaml:3: judge.max_usd: true is no number; write one"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_told_what_to_write(
    tmp_path: Path, line: str, message: str
) -> None:
    text = SMALL.replace("model: pocket\n", "") if line.startswith("models") else SMALL
    text = text.replace("retriever: {type: bm25}\n", "") if line.startswith("retr") else text
    with pytest.raises(ConfigError) as error:
        load_benchmark(written(tmp_path, text.replace("dataset: tiny", f"dataset: tiny\n{line}")))
    assert message in str(error.value)
    assert "valid" not in str(error.value)


def test_true_is_no_number_of_passages(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"small\.yaml:9: arms\.rag\.context\.k: true is no num"):
        load_benchmark(written(tmp_path, SMALL.replace("k: 2", "k: true")))


def test_an_option_of_another_kind_is_told_what_to_write() -> None:
    for annotation, example in [(Sequence[float], 0.5), (Sequence[str], "a"), (list[str], "a")]:
        with pytest.raises(ConfigError, match=rf"p: write a list, such as \[{example}\] \(it is"):
            coerced(annotation, example, "p")
    with pytest.raises(ConfigError, match=r"p: write a table of keys \(it is 'a'\)"):
        coerced(Mapping[str, str], "a", "p")


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


def test_a_shorthand_replaces_all_that_the_extended_file_lists(tmp_path: Path) -> None:
    text = SMALL.replace("retriever: {type: bm25}", "retrievers: {a: {type: bm25}, b: {type: rrf}}")
    text = text.replace("k: 2", "k: 2, retriever: a")
    written(tmp_path, text)
    child = "extends: small.yaml\nretriever: bm25\narms: {rag: {context: {retriever: bm25}}}\n"
    benchmark = load_benchmark(written(tmp_path, child, "child.yaml"))
    assert list(benchmark.retrievers) == ["bm25"]
    again = "extends: child.yaml\nretrievers: {c: {type: bm25}}\n"
    benchmark = load_benchmark(written(tmp_path, again, "again.yaml"))
    assert list(benchmark.retrievers) == ["bm25", "c"]


def test_a_mistake_in_a_shorthand_of_an_extended_file_names_that_file(tmp_path: Path) -> None:
    written(tmp_path, SMALL.replace("{type: bm25}", "\n  type: bm25\n  depth: x"))
    child = written(tmp_path, "extends: small.yaml\ndataset: x\n", "child.yaml")
    with pytest.raises(ConfigError, match=r"small\.yaml:6: retrievers\.bm25\.depth"):
        load_benchmark(child)


def test_keys_that_an_anchor_brings_are_not_given_twice(tmp_path: Path) -> None:
    text = SMALL.replace("base: {}", "base: &b {merged: false}\n  two: {<<: *b, merged: true}")
    assert load_benchmark(written(tmp_path, text)).arms["two"].merged


def test_the_path_of_a_model_is_one_of_its_options(tmp_path: Path) -> None:
    text = SMALL.replace("model: pocket", "model: {path: x, dtype: float32}")
    assert load_benchmark(written(tmp_path, text)).models["model"].options == {
        "path": "x",
        "dtype": "float32",
    }


def test_the_shipped_templates_pass_the_check_of_prompts() -> None:
    prompts = {
        name: {
            "with_passages": template.with_passages,
            "without_passages": template.without_passages,
            "passage": template.passage,
            "system": template.system,
        }
        for name, template in TEMPLATES.items()
    }
    benchmark = Benchmark.model_validate(
        {"name": "x", "dataset": "x", "models": {}, "arms": {"a": {}}, "prompts": prompts}
    )
    assert set(benchmark.prompts) == set(TEMPLATES)


def test_every_name_that_a_prompt_may_use_is_filled_in(tmp_path: Path) -> None:
    parts = {
        "with_passages": "{passages}{question}",
        "without_passages": "{question}",
        "passage": "{n}{title}{text}{passage}",
    }
    text = SMALL.replace("dataset: tiny", f"dataset: tiny\nprompt: {json.dumps(parts)}")
    given = load_benchmark(written(tmp_path, text)).prompts["prompt"]
    prompt = replace(TEMPLATES["plain"], **given.model_dump(exclude={"template", "system"}))
    for hits in ((), (hit("d", "text"),)):
        assert "{" not in prompt.messages("Who?", hits)[-1].text


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


def test_a_name_alone_stands_for_a_table(tmp_path: Path) -> None:
    text = SMALL.replace("model: pocket", "models: {m: pocket}\nprompts: {p: instruct}")
    text = text.replace("retriever: {type: bm25}", "retrievers: {a: bm25}\njudge: lexical")
    short = load_benchmark(written(tmp_path, text))
    for name, key in [("pocket", "path"), ("instruct", "template"), ("bm25", "type")]:
        text = text.replace(f": {name}}}", f": {{{key}: {name}}}}}")
    assert short == load_benchmark(written(tmp_path, text.replace("lexical", "{type: lexical}")))
    assert (short.models["m"].path, short.retrievers["a"].type) == ("pocket", "bm25")


def test_a_chunker_and_a_split_left_out_may_be_names_alone(tmp_path: Path) -> None:
    text = SMALL.replace("bm25}", "bm25, chunker: sentence, without: test}")
    retriever = load_benchmark(written(tmp_path, text)).retrievers["bm25"]
    assert (retriever.chunker.type, retriever.without) == ("sentence", ("test",))


def test_an_extending_file_changes_a_key_of_what_was_a_name_alone(tmp_path: Path) -> None:
    text = SMALL.replace(
        "model: pocket", "models: {m: pocket}\njudge: lexical\nprompts: {p: cited}"
    )
    written(tmp_path, text.replace("retriever: {type: bm25}", "retrievers: {a: bm25}"))
    child = """
        extends: small.yaml
        models: {m: {dtype: float32}}
        retrievers: {a: {depth: 9}}
        prompts: {p: {system: ""}}
        judge: {min_kappa: 0.5}
        """
    made = load_benchmark(written(tmp_path, child, "child.yaml"))
    assert (made.models["m"].path, made.retrievers["a"].type) == ("pocket", "bm25")
    assert (made.prompts["p"].template, made.judge.type) == ("cited", "lexical")


def test_a_name_alone_replaces_an_inherited_table(tmp_path: Path) -> None:
    text = SMALL.replace("bm25}", "bm25, chunker: {type: fixed, tokens: 9}}")
    written(tmp_path, text.replace("retriever: {", "retrievers: {a: {").replace("9}}", "9}}}"))
    child = "extends: small.yaml\nretrievers: {a: {chunker: sentence}}\n"
    chunker = load_benchmark(written(tmp_path, child, "child.yaml")).retrievers["a"].chunker
    assert (chunker.type, chunker.options) == ("sentence", {})


def test_a_folder_in_place_of_a_file_is_told_with_the_files_in_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is a folder; name a file; it has no \.yaml file"):
        load_benchmark(tmp_path)
    for name in ("b.yaml", "a.yaml", "notes.txt"):
        written(tmp_path, SMALL, name)
    with pytest.raises(ConfigError, match=r"is a folder; name a file in it: a\.yaml, b\.yaml$"):
        load_benchmark(tmp_path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such benchmark file"):
        load_benchmark(tmp_path / "none.yaml")
