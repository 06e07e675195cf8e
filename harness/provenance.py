"""What made a run: packages, machine, commit."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    *("harness", "numpy", "torch", "transformers", "peft", "sentence-transformers", "faiss-cpu"),
    *("bm25s", "rouge-score", "rapidfuzz", "sacrebleu", "nltk", "scikit-learn", "scipy"),
    *("pandas", "matplotlib", "ragas", "openai", "bitsandbytes", "rensa", "py3langid", "pyarrow"),
    *("chromadb", "qdrant-client", "lancedb", "pgvector", "weaviate-client", "pinecone"),
)


def packages() -> dict[str, str]:
    """Return the version of every package that can change a number; absent ones are left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine(threads: int | None) -> dict[str, object]:
    """Return what the run stood on: processor, cores, memory, threads, GPU."""
    import psutil
    import torch

    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "threads": threads or torch.get_num_threads(),
        "gpus": gpus,
        "python": platform.python_version(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> str | None:
    """Return the commit of the harness itself, with `+` where files differ; None outside git."""
    here = Path(__file__).parent

    def git(*command: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(here), *command],
                capture_output=True, text=True, check=True, timeout=10,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.strip()

    if (
        git("ls-files", "--error-unmatch", __file__) is None
        or (head := git("rev-parse", "HEAD")) is None
    ):
        return None
    return head + ("+" if git("status", "--porcelain", "--untracked-files=no", "--", ".") else "")
