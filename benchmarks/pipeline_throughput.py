"""Plant duplicates and test questions in a corpus of any size; build it; count what was found.

    python benchmarks/pipeline_throughput.py TEXTS --questions SET --megabytes 1000 --out DIR

TEXTS are files or folders of JSON lines with a `text`. Their sentences are dealt anew into
originals; some of these come again unchanged, in other bytes of the same characters, or with a
few words changed so that the Jaccard similarity of word 5-grams is at least .85, as counted here
and not estimated. Others share half of their sentences with an earlier one, and must stay. Test
questions of SET are put into originals as they are, or in other case and punctuation. The ids
say what was planted. Recall and precision are of records dropped as duplicates.
"""

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

LEAST_SIMILAR = 0.85
REMEMBERED = 2_000
FOOTER = "Home | About | Contact | All rights reserved"
SHARES = {"original": 62, "exact": 12, "near": 18, "lookalike": 6, "question": 2}

Planted = Iterator[tuple[str, str]]


def sentences(texts: Iterator[str]) -> list[str]:
    """Return the sentences of texts, of four words or more, each once."""
    found = (s.strip() for text in texts for s in re.split(r"(?<=[.!?])\s+|\n+", text))
    return list(dict.fromkeys(s for s in found if len(s.split()) >= 4))


def plant(pool: list[str], questions: list[str], size: int, seed: int = 0) -> Planted:
    """Yield (id, text) until `size` characters are out; an id begins with what was planted."""
    rng = random.Random(seed)
    earlier: list[str] = []
    kinds, weights = zip(*SHARES.items(), strict=True)
    made = number = 0
    while made < size:
        kind = rng.choices(kinds, weights)[0] if earlier else "original"
        if kind == "original":
            text = new = original(pool, rng)
            if len(earlier) < REMEMBERED:
                earlier.append(new)
            else:
                earlier[rng.randrange(REMEMBERED)] = new
            if number % 10 == 0:
                text = f"{text}\n{FOOTER}"
                earlier.remove(new)
        elif kind == "exact":
            text = rng.choice(earlier)
            text = rng.choice([text, unicodedata.normalize("NFD", text), text + " \r\n"])
        elif kind == "near":
            text = changed(rng.choice(earlier), rng)
        elif kind == "lookalike":
            half = rng.choice(earlier).split("\n")[0].split(". ")
            text = ". ".join(half[: len(half) // 2]) + "\n" + original(pool, rng)
        else:
            asked = rng.choice(questions)
            asked = rng.choice([asked, asked.upper(), asked.replace("?", "").replace(" ", "  ")])
            text = f"{original(pool, rng)}\n{asked}\n{original(pool, rng)}"
        yield f"{kind}-{number:07}", text
        made += len(text)
        number += 1


def original(pool: list[str], rng: random.Random) -> str:
    """Return a document that nobody has seen: sentences dealt from the pool."""
    return " ".join(rng.sample(pool, rng.randint(6, 14)))


def changed(text: str, rng: random.Random) -> str:
    """Return the text with some words replaced, similar enough to be found."""
    words = text.split(" ")
    best = text
    for _ in range(rng.randint(1, max(1, len(words) // 60))):
        words[rng.randrange(len(words))] = rng.choice(("indeed", "somewhat", "never", "ten"))
        if similarity(text, " ".join(words)) < LEAST_SIMILAR:
            break
        best = " ".join(words)
    return best


def similarity(a: str, b: str) -> float:
    """Return the Jaccard similarity of the word 5-grams of two texts."""
    one, other = (
        {tuple(words[n : n + 5]) for n in range(len(words) - 4)}
        for words in (re.findall(r"\w+", text.casefold()) for text in (a, b))
    )
    return len(one & other) / len(one | other)


def measured(out: Path, planted: Counter[str]) -> dict[str, float]:
    """Return how much of what was planted was found, from the list of what was dropped."""
    import pyarrow.parquet as pq

    dropped = [
        (row["document_id"].partition("-")[0], row["reason"])
        for path in sorted((out / "dropped").glob("*.parquet"))
        for row in pq.read_table(path).to_pylist()
    ]
    duplicates = [kind for kind, reason in dropped if reason in ("duplicate", "near duplicate")]
    right = sum(kind in ("exact", "near") for kind in duplicates)
    asked = sum(pair == ("question", "contaminated") for pair in dropped)
    return {
        "recall": right / (planted["exact"] + planted["near"]),
        "recall exact": duplicates.count("exact") / planted["exact"],
        "recall near": duplicates.count("near") / planted["near"],
        "precision": right / max(1, len(duplicates)),
        "questions found": asked / planted["question"],
        "others called contaminated": sum(
            kind != "question" and reason == "contaminated" for kind, reason in dropped
        ),
    }


def texts_in(places: list[Path]) -> Iterator[str]:
    """Yield the texts of JSON-lines files below some places."""
    for place in places:
        for path in sorted(place.rglob("*.jsonl")) if place.is_dir() else [place]:
            for line in path.read_text(encoding="utf-8").splitlines():
                if isinstance(text := json.loads(line).get("text"), str):
                    yield text


def peak_memory(pid: int, done: Event) -> list[float]:
    """Return megabytes of a process and its children together, at most, looked at 5 times/s."""
    import psutil

    most = [0.0]

    def look() -> None:
        while not done.wait(0.2):
            total = 0
            try:
                family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            except psutil.Error:
                continue
            for process in family:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue
            most[0] = max(most[0], total / 1e6)

    Thread(target=look, daemon=True).start()
    return most


def main() -> None:
    """Plant, build, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--questions", required=True, help="the set whose test must stay out")
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    from harness import data

    pool = sentences(texts_in(args.texts))
    asked = data.load(args.questions).questions
    questions = [q.text for q in asked if q.split != "train" and len(q.text.split()) >= 4]
    args.out.mkdir(parents=True, exist_ok=True)
    corpus, planted = args.out / "corpus.jsonl", Counter[str]()
    with corpus.open("w", encoding="utf-8") as file:
        for name, text in plant(pool, questions, round(args.megabytes * 1e6)):
            planted[name.partition("-")[0]] += 1
            file.write(json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n")
    size = corpus.stat().st_size
    print(f"{size / 1e9:.3f} GB, {sum(planted.values()):,} documents from {len(pool):,} sentences")
    print(dict(planted))
    command = [sys.executable, "-m", "harness", "data", "build", str(corpus), "--against"]
    command += [args.questions, "--out", str(args.out / "build"), "--workers", str(args.workers)]
    start, done = perf_counter(), Event()
    process = subprocess.Popen(command)
    most = peak_memory(process.pid, done)
    status = process.wait()
    done.set()
    seconds = perf_counter() - start
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    print(f"exit {status}, {seconds:.0f} s, {size / 1e9 / seconds * 3600:.2f} GB/h of input")
    print(f"peak memory: {most[0]:,.0f} MB together, {largest:,.0f} MB the largest process")
    for name, value in measured(args.out / "build", planted).items():
        print(f"{name}: {value:.4f}")


if __name__ == "__main__":
    main()
