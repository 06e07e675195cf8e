"""`harness retrieve`: retrieval measured apart from generation, on a corpus made here."""

import csv
import json
from pathlib import Path

import pytest
import pytrec_eval
from typer.testing import CliRunner

from harness.cli import app
from harness.files import write_rows, write_text
from harness.retrieval.bm25 import BM25
from harness.retrieving import run as retrieving
from harness.retrieving.ranking import documents
from harness.retrieving.run import Options, retrieve
from harness.retrieving.tuning import grid
from harness.stages.contexts import Retrieval
from harness.types import Chunk, Hit

FILE = """
dataset: {dataset}
models: {{none: {{path: no/such/model}}}}
retrievers:
  bm25-8:   {{type: bm25, chunker: {{type: recursive, tokens: 8, overlap: 0}}}}
  bm25-32:  {{type: bm25, chunker: {{type: recursive, tokens: 32, overlap: 0}}}}
  weighted:
    type: weighted
    of: [bm25, {{type: bm25, b: 0, stemmer: english}}]
    chunker: {{type: whole}}
arms:
  rag: {{context: {{type: retrieved, k: 2, retriever: bm25-8, threshold: 0.5}}}}
"""
COLOURS = ("red", "green", "blue", "grey")


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A benchmark on forty boats, whose model is nowhere: nothing may load it."""
    folder, path = tmp_path / "boats", tmp_path / "bench.yaml"
    write_rows(
        folder / "corpus.jsonl",
        [
            {"id": f"d{i}", "title": f"Boat {i}", "text": f"Its hull is {COLOURS[i % 4]}. "
             f"Captain number{i} sails it from port{i % 7} in all weathers and says little."}
            for i in range(40)
        ],
    )  # fmt: skip
    splits = ("train", "dev", "test", "test")
    rows = [
        {"id": f"q{i}", "question": f"Who is captain number{i} of port{i % 7}?", "answers": ["x"],
         "gold": [f"d{i}", f"d{(i + 7) % 40}"][: 1 + i % 2], "split": splits[i % 4]}
        for i in range(40)
    ]  # fmt: skip
    rows.append({"id": "lost", "question": "Why?", "answers": ["x"], "gold": [], "split": "test"})
    write_rows(folder / "questions.jsonl", rows)
    write_text(path, FILE.format(dataset=json.dumps(str(folder))))
    return path


def call(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["retrieve", *map(str, arguments)])
    return found.exit_code, found.output


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_command_writes_tables_rankings_trec_files_and_plots(
    bench: Path, tmp_path: Path
) -> None:
    code, said = call(bench, "--out", tmp_path / "out", "--k", "1,5", "--tune")
    assert code == 0, said
    assert "by nDCG@10 on 10 dev questions" in " ".join(said.split())
    folder = tmp_path / "out" / "retrieval"
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert there >= {
        "retrieval.csv", "retrieval_pairs.csv", "retrieval_times.csv", "indexes.csv", "tuning.csv",
        "retrieval.md", "retrieval.json", "rankings/bm25-8.jsonl", "trec/qrels.txt",
        "trec/bm25-8.run", "plots/depth.svg", "plots/chunking.png", "plots/threshold.png",
    }  # fmt: skip
    rows = table(folder / "retrieval.csv")
    assert {row["system"] for row in rows} == {"bm25-8", "bm25-8 ≥ 0.5", "bm25-32", "weighted"}
    assert {row["metric"] for row in rows} == {
        f"{kind}@{k}"
        for kind in ("ndcg", "hit", "recall", "precision", "mrr", "map")
        for k in (1, 5)
    }
    assert all(row["n"] == "20" for row in rows if row["split"] == "all")  # not the lost one
    assert {p["p_holm"] != "" for p in table(folder / "retrieval_pairs.csv")} == {True}
    assert {t["span"] for t in table(folder / "retrieval_times.csv")} >= {"search", "total"}


def test_its_trec_files_give_trec_eval_its_own_numbers(bench: Path, tmp_path: Path) -> None:
    found = retrieve(bench, Options(out=tmp_path, depths=(1, 5, 20)))
    from harness.retrieving.writing import write_outcome

    assert write_outcome(found) == []
    with (found.folder / "trec" / "qrels.txt").open() as file:
        judge = pytrec_eval.RelevanceEvaluator(
            pytrec_eval.parse_qrel(file), {"ndcg_cut.5", "map_cut.20", "P.5"}
        )
    for system in ("bm25-8", "bm25-32", "weighted"):
        with (found.folder / "trec" / f"{system}.run").open() as file:
            theirs = judge.evaluate(pytrec_eval.parse_run(file)).values()
        for name, ours in (
            ("ndcg_cut_5", "ndcg@5"),
            ("map_cut_20", "map@20"),
            ("P_5", "precision@5"),
        ):
            [value] = [
                s.value for s in found.summaries
                if (s.arm, s.split, s.metric) == (system, "all", ours)
            ]  # fmt: skip
            assert value == pytest.approx(sum(row[name] for row in theirs) / 20, abs=1e-9)


def test_a_plain_beir_folder_needs_no_answers_to_be_measured(bench: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    names = [*(f"d{i}" for i in range(40))]
    write_rows(
        plain / "corpus.jsonl",
        [{"_id": d, "title": "", "text": f"Captain number{d} sails."} for d in names],
    )
    write_rows(
        plain / "queries.jsonl", [{"_id": f"q{d}", "text": f"Who is number{d}?"} for d in names]
    )
    judged = "".join(f"q{d}\t{d}\t1\n" for d in names)
    write_text(plain / "qrels" / "test.tsv", f"query-id\tcorpus-id\tscore\n{judged}")
    code, said = call(bench, "--dataset", plain, "--out", tmp_path / "out", "--only", "bm25-32")
    assert code == 0, said
    rows = table(tmp_path / "out" / "retrieval" / "retrieval.csv")
    [hit] = [row for row in rows if (row["metric"], row["split"]) == ("hit@1", "all")]
    assert (hit["n"], float(hit["value"])) == ("40", 1.0)


def test_what_is_finished_is_never_done_again(
    bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed: list[int] = []
    index = BM25.index

    def counted(self: BM25, chunks: list[Chunk], folder: Path) -> int | None:
        indexed.append(len(chunks))
        if len(indexed) == 2:
            raise KeyboardInterrupt
        return index(self, chunks, folder)

    monkeypatch.setattr(BM25, "index", counted)
    only = ("bm25-8", "bm25-32")
    with pytest.raises(KeyboardInterrupt):
        retrieve(bench, Options(out=tmp_path, only=only))
    killed = retrieve(bench, Options(out=tmp_path, only=only))
    assert len(indexed) == 3  # the first of them was kept
    monkeypatch.setattr(Retrieval, "retriever", property(lambda self: pytest.fail("made again")))
    again = retrieve(bench, Options(out=tmp_path, only=only))
    assert (again.summaries, again.pairs, again.times) == (
        killed.summaries,
        killed.pairs,
        killed.times,
    )


def test_the_tuned_weights_are_those_the_grid_found_best_and_the_retriever_uses_them(
    bench: Path, tmp_path: Path
) -> None:
    found = retrieve(bench, Options(out=tmp_path, only=("weighted",), tune=True))
    trials = found.trials
    assert [trial.weights for trial in trials] == list(grid(2))
    [best] = [trial for trial in trials if trial.chosen]
    assert best.ndcg == max(trial.ndcg for trial in trials)
    retrievers = found.facts["retrievers"]
    assert isinstance(retrievers, dict)
    assert retrievers["weighted"]["weights"] == list(best.weights)
    # the fusion tried on dev rankings and the retriever itself agree on these questions
    text = bench.read_text(encoding="utf-8").replace(
        "type: weighted\n", f"type: weighted\n    weights: {list(best.weights)}\n"
    )
    fixed = bench.with_name("fixed.yaml")
    write_text(fixed, text)
    on_dev = retrieve(fixed, Options(out=tmp_path, only=("weighted",), split="dev"))
    [value] = [s.value for s in on_dev.summaries if (s.split, s.metric) == ("all", "ndcg@10")]
    assert value == pytest.approx(best.ndcg, abs=1e-12)


def test_a_run_made_elsewhere_stands_beside_ours_and_alone(bench: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    assert call(bench, "--out", ours, "--only", "bm25-32")[0] == 0
    trec = ours / "retrieval" / "trec"
    theirs = tmp_path / "theirs.run"
    kept = [line for line in (trec / "bm25-32.run").read_text().splitlines() if line[:4] != "q10 "]
    theirs.write_text("\n".join(kept), encoding="utf-8")
    (trec / "mine.run").write_text("kept", encoding="utf-8")
    code, said = call(bench, "--out", ours, "--only", "bm25-32", "--trec-run", theirs)
    assert code == 0
    assert {path.name for path in trec.iterdir()} == {
        "bm25-32.run", "theirs.run", "mine.run", "qrels.txt",
    }  # fmt: skip
    assert "1 of 20 questions are not in it; they count as 0" in " ".join(said.split())
    rows = {
        (row["system"], row["metric"]): float(row["value"])
        for row in table(ours / "retrieval" / "retrieval.csv")
        if row["split"] == "all"
    }
    assert rows["theirs", "hit@20"] <= rows["bm25-32", "hit@20"]
    alone = tmp_path / "alone"
    arguments = ("--qrels", trec / "qrels.txt", "--trec-run", theirs, "--out", alone)
    code, said = call(*arguments)
    assert code == 0, said
    again = {
        row["metric"]: float(row["value"]) for row in table(alone / "retrieval" / "retrieval.csv")
    }
    assert again["ndcg@10"] == pytest.approx(rows["theirs", "ndcg@10"], abs=1e-12)
    assert call(bench, "--out", ours, "--only", "bm25-8", "--k", "1")[0] == 0
    assert {path.name for path in trec.iterdir()} == {
        "bm25-8.run", "bm25-8_0.5.run", "mine.run", "qrels.txt",
    }  # fmt: skip


def test_documents_of_equal_score_do_not_stand_in_the_order_of_the_corpus() -> None:
    ids = [f"d{i:02}" for i in range(20)]
    hits = [Hit(Chunk(id, 0, 1, "x"), 1.0) for id in ids]
    found = [document for document, _ in documents([Hit(Chunk("top", 0, 1, "x"), 2.0), *hits])]
    assert found[0] == "top"
    assert sorted(found[1:]) == ids
    assert found[1:] != ids
    assert found[1:] == [document for document, _ in documents(hits[::-1])]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "bm25-9"), "--only: no retriever is called 'bm25-9'; did you mean 'bm25-8'?"),
        (("--split", "tset"), "--split: 'tset' is none of dev, test, all"),
        (("--k", "1,x"), "--k 1,x: give whole numbers"),
        (("--k", "60"), "retrievers.bm25-8.depth: 50, less than --k 60"),
        (("--tune", "--split", "all"), "--tune chooses on dev or train"),
        (("--qrels", "qrels.txt"), "give a benchmark file, or --qrels"),
        (("--trec-run", "none.run"), "none.run: cannot be read as a run file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    bench: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, output = call(bench, "--out", tmp_path / "out", *arguments)
    assert code == 2
    assert said in output
    assert output.count("\n") < 30


def test_questions_without_gold_are_told_and_not_scored(bench: Path, tmp_path: Path) -> None:
    questions = tmp_path / "boats" / "questions.jsonl"
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    write_rows(questions, [{**row, "gold": []} for row in rows])
    code, output = call(bench, "--out", tmp_path / "out")
    assert code == 2
    assert "no answerable question of split 'test' names a gold document" in output


def test_the_shipped_sweeps_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    from harness import registry
    from harness.config.load import load_benchmark

    for name in ("retrievers", "chunking"):
        path = Path(__file__).parent.parent / "benchmarks" / f"{name}.yaml"
        benchmark = load_benchmark(path)
        for label, retriever in benchmark.retrievers.items():
            registry.check("retriever", retriever.type, retriever.options, label)
            registry.check("chunker", retriever.chunker.type, retriever.chunker.options, label)
            assert retriever.depth >= max(retrieving.Options().depths)
