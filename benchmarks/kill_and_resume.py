"""Kill a run at 10, 30, 50, 70 and 90 % of its time, go on, and compare with one left alone.

    python benchmarks/kill_and_resume.py benchmarks/pocket.yaml --out DIR [harness run options]

A first run is left alone and timed. The second is killed (SIGKILL) after each share of that
time, started again every time, and left to finish in the end. Predictions and scores must be
equal byte for byte, and no question may stand in two batches of one arm, as the logs show.
"""

import argparse
import hashlib
import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import perf_counter, sleep

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)


def main() -> int:
    """Return 0 where both runs gave the same bytes and nothing finished was asked twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--out", type=Path, required=True)
    args, rest = parser.parse_known_args()
    whole, killed = args.out / "whole", args.out / "killed"
    command = [sys.executable, "-m", "harness", "run", args.file, *rest, "--out"]
    for folder in (whole, killed):
        shutil.rmtree(folder, ignore_errors=True)
    start = perf_counter()
    subprocess.run([*command, str(whole)], check=False, capture_output=True)
    total = perf_counter() - start
    print(f"uninterrupted: {total:.0f} s")
    for before, share in zip((0.0, *SHARES), SHARES, strict=False):
        process = subprocess.Popen(
            [*command, str(killed)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        sleep((share - before) * total)
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"killed at {share:.0%}: {_rows(killed)} answers on disk")
    subprocess.run([*command, str(killed)], check=False, capture_output=True)
    return _compare(whole, killed)


def _rows(folder: Path) -> int:
    return sum(len(p.read_bytes().splitlines()) for p in folder.glob("artefacts/answers-*/rows*"))


def _compare(whole: Path, killed: Path) -> int:
    names = sorted(p.relative_to(whole) for p in whole.glob("predictions/*.jsonl"))
    names.append(Path("scores.csv"))
    different = [n for n in names if _digest(whole / n) != _digest(killed / n)]
    print(f"{len(names)} files compared, {len(different)} differ {[str(n) for n in different]}")
    twice = 0
    for log in sorted(killed.glob("artefacts/answers-*/batches.jsonl")):
        rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        counts = Counter(i for row in rows for i in row["questions"])
        twice += sum(n > 1 for n in counts.values())
        print(f"{log.parent.name}: {len(rows)} batches, {len(counts)} questions")
    print(f"questions in two finished batches: {twice}")
    return 1 if different or twice or not names else 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
