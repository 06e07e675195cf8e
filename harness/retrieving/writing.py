"""The files of a measurement: tables, rankings, TREC files, plots, a page."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.errors import DataError
from harness.files import encode, write_bytes, write_rows, write_text
from harness.report.columns import csv_text
from harness.report.table import markdown, plain
from harness.results import Summary
from harness.retrieving.outcome import Outcome
from harness.retrieving.system import System
from harness.retrieving.tables import difference_table, in_words, quality_tables, time_table
from harness.retrieving.trec import write_qrels, write_run
from harness.stages.contexts import Ranking

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "retrieval.csv": (
        "system", "split", "metric", "k", "value", "low", "high", "n", "clusters",
        "largest_cluster", "method", "signature", "note", "retriever", "type", "chunker",
        "tokens", "threshold",
    ),
    "retrieval_pairs.csv": (
        "a", "b", "split", "metric", "difference", "low", "high", "p", "p_holm", "n",
        "clusters", "test", "method", "effect_size", "detectable", "note",
    ),
    "retrieval_times.csv": ("retriever", "span", "n", "mean_ms", "p50_ms", "p95_ms", "p99_ms"),
    "indexes.csv": ("retriever", "chunks", "seconds", "megabytes", "embedded_tokens"),
    "tuning.csv": ("retriever", "members", "weights", "ndcg", "split", "n", "chosen"),
}  # fmt: skip


def write_outcome(found: Outcome) -> list[str]:
    """Write every file into the folder of a measurement; return what could not be written."""
    for name, rows in _tables(found).items():
        write_text(found.folder / name, csv_text(COLUMNS[name], rows))
    names = _file_names([*found.hits, *(s.name for s in found.systems)])
    for label, hits in found.hits.items():
        ranked = (Ranking(q, tuple((h.chunk.id, h.score) for h in hs)) for q, hs in hits.items())
        write_rows(found.folder / "rankings" / f"{names[label]}.jsonl", ranked)
    problems = []
    try:
        write_qrels(found.folder / "trec" / "qrels.txt", found.questions)
        for system in found.systems:
            path = found.folder / "trec" / f"{names[system.name]}.run"
            write_run(path, names[system.name], system.rankings)
    except DataError as error:
        problems.append(f"no TREC file: {error}")
    plots = _write_plots(found)
    write_text(found.folder / "retrieval.md", _page(found, plots))
    ours = [f"rankings/{names[label]}.jsonl" for label in found.hits]
    ours += [f"trec/{names[system.name]}.run" for system in found.systems]
    _forget_older(found.folder, ours)
    facts = json.dumps(encode({**found.facts, "files": ours}), indent=1, ensure_ascii=False)
    write_text(found.folder / "retrieval.json", facts + "\n")
    return problems


def _forget_older(folder: Path, ours: Sequence[str]) -> None:
    """Remove rankings and runs that an earlier measurement wrote here and this one did not."""
    path = folder / "retrieval.json"
    older = json.loads(path.read_text(encoding="utf-8"))["files"] if path.exists() else ()
    for name in older:
        if name not in ours:
            (folder / name).unlink(missing_ok=True)


def _tables(found: Outcome) -> dict[str, Iterable[Sequence[object]]]:
    systems = {system.name: system for system in found.systems}
    pairs, times = COLUMNS["retrieval_pairs.csv"], COLUMNS["retrieval_times.csv"]
    return {
        "retrieval.csv": (_row(s, systems[s.arm]) for s in found.summaries),
        "retrieval_pairs.csv": ([getattr(p, name) for name in pairs] for p in found.pairs),
        "retrieval_times.csv": (
            [t.arm, *(getattr(t, name) for name in times[1:])] for t in found.times
        ),
        "indexes.csv": (
            [label, b.chunks, b.seconds, b.megabytes, b.embedded_tokens]
            for label, b in found.builds.items()
        ),
        "tuning.csv": (
            [t.retriever, t.members, " ".join(f"{w:g}" for w in t.weights), t.ndcg, t.split, t.n,
             t.chosen]
            for t in found.trials
        ),
    }  # fmt: skip


def _row(s: Summary, system: System) -> list[object]:
    k = int(s.metric.rpartition("@")[2])
    numbers = [s.value, s.low, s.high, s.n, s.clusters, s.largest_cluster]
    about = [system.retriever, system.type, system.chunker, system.tokens, system.threshold]
    return [s.arm, s.split, s.metric, k, *numbers, s.method, s.signature, s.note, *about]


def _file_names(names: Iterable[str]) -> dict[str, str]:
    """Return a file's name for each system, no two alike."""
    found: dict[str, str] = {}
    for name in names:
        plain_name = re.sub(r"[^\w.-]+", "_", name).lstrip(".") or "_"
        while name not in found and plain_name in found.values():
            plain_name += "_"
        found.setdefault(name, plain_name)
    return found


def _write_plots(found: Outcome) -> dict[str, str]:
    """Draw what there is to draw; return what each plot shows, by name."""
    from harness.report.plots.style import as_png, as_svg
    from harness.retrieving.plots import PLOTS

    shown = {}
    for name, (draw, shows) in PLOTS.items():
        drawn = draw(found)
        paths = [found.folder / "plots" / f"{name}.{kind}" for kind in ("svg", "png")]
        if drawn is None:
            for path in paths:
                path.unlink(missing_ok=True)
            continue
        write_bytes(paths[0], as_svg(drawn, name))
        write_bytes(paths[1], as_png(drawn))
        shown[name] = shows
    return shown


def _page(found: Outcome, plots: Mapping[str, str]) -> str:
    lines = [f"# Retrieval of {plain(found.name)} on {plain(found.dataset)}", ""]
    lines += [f"- {plain(in_words(trial))}" for trial in found.trials if trial.chosen]
    lines += [f"- {plain(warning)}" for warning in found.warnings]
    lines.append("")
    for made in (*quality_tables(found), difference_table(found), time_table(found)):
        if made is not None:
            lines.append(markdown(made))
    lines += [f"![{plain(shows)}](plots/{name}.svg)\n" for name, shows in plots.items()]
    return "\n".join(lines)
