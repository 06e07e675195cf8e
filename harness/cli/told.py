"""What every command shares: errors as one line, the environment, the option --json."""

import logging
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, ParamSpec

import typer

from harness.errors import HarnessError

P = ParamSpec("P")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]


def told(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a user can cause into one line and exit status 2."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        # on import it reports an optional kernel of a hub that is not asked for
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        try:
            command(*args, **kwargs)
        except HarnessError as error:
            _fail(str(error))
        except KeyboardInterrupt:
            _fail("interrupted; finished weights and batches are kept, run it again to go on")
        except BrokenPipeError:
            os._exit(2)

    return wrapper


def _fail(line: str) -> None:
    print(f"harness: {line}", file=sys.stderr)
    raise typer.Exit(2)


def prepare(threads: int | None) -> None:
    """Set what must stand before torch is imported; nothing phones home."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning starves a busy neighbour
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("RAGAS_DO_NOT_TRACK", "true")
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)
