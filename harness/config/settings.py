"""Settings of an arm by their path: `context.k`, `weights.r`, `retriever.chunker.tokens`.

The first word of a path is the arm's own table `context`, or what the arm names: its `weights`,
its `retriever`, its `prompt`. Such a word alone is the name itself. Model and decoding have no
path: arms that differ in them cannot be compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from harness.config.prompting import Prompting
from harness.config.records import Arm, Benchmark, Context, Retriever, Weights
from harness.config.searching import Setting
from harness.config.strict import Strict
from harness.config.wording import in_words
from harness.errors import did_you_mean

Table = TypeVar("Table", bound=Strict)

MAPS = {"weights": "weights", "retriever": "retrievers", "prompt": "prompts"}
"""Where the benchmark keeps what an arm names."""

TABLES: Mapping[str, type[Strict]] = {
    "context": Context, "weights": Weights, "retriever": Retriever, "prompt": Prompting,
}  # fmt: skip


def applied(benchmark: Benchmark, name: str, setting: Setting) -> Benchmark:
    """Return the benchmark with these settings of one arm, and of no other arm.

    What the arm names is copied, as `NAME@ARM`, unless the setting changes nothing. An arm's
    weights go along with its retriever and its prompt where they were trained with the same.

    Raises:
        ValueError: A path leads nowhere, or its value does not fit.
    """
    for path in sorted(setting, key=lambda path: path.count(".")):
        benchmark = _set(benchmark, name, path, setting[path])
    return benchmark


def value_at(benchmark: Benchmark, name: str, path: str) -> Any:
    """Return a setting of an arm; None for an option that the file leaves to its default.

    Raises:
        ValueError: The path leads nowhere.
    """
    head, *rest = _parts(path)
    arm = benchmark.arms[name]
    if head == "context":
        found: Any = arm.context.model_dump()
    else:
        label = _named(arm, head, name)
        found = getattr(benchmark, MAPS[head])[label].model_dump() if rest else label
    for part in rest:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _set(b: Benchmark, name: str, path: str, value: Any) -> Benchmark:
    head, *rest = _parts(path)
    arm = b.arms[name]
    if head == "context":
        return _with_arm(b, name, context=_changed(arm.context, head, rest, value))
    old, records = _named(arm, head, name), getattr(b, MAPS[head])
    new = value
    if rest:
        record = _changed(records[old], head, rest, value)
        if record == records[old]:
            return b
        new = old if old.endswith(f"@{name}") else f"{old}@{name}"
        b = b.model_copy(update={MAPS[head]: {**records, new: record}})
    elif new not in records:
        raise ValueError(f"no {head} is called {new!r}; {did_you_mean(str(new), records)}")
    return _pointed(b, name, head, old, new)


def _pointed(b: Benchmark, name: str, head: str, old: str, new: str) -> Benchmark:
    """Return the benchmark with another name in an arm, and in its weights where they share it."""
    arm = b.arms[name]
    if head == "weights":
        if b.weights[new].model != arm.model:
            raise ValueError(f"weights {new!r} are trained on another model than {arm.model!r}")
        return _with_arm(b, name, weights=new)
    if head == "retriever":
        b = _with_arm(b, name, context=arm.context.model_copy(update={"retriever": new}))
    else:
        b = _with_arm(b, name, prompt=new)
    shares = arm.weights != "base" and getattr(b.weights[arm.weights], head) == old
    return _set(b, name, f"weights.{head}", new) if shares and new != old else b


def _with_arm(b: Benchmark, name: str, **changes: Any) -> Benchmark:
    arm = b.arms[name].model_copy(update=changes)
    return b.model_copy(update={"arms": {**b.arms, name: arm}})


def _named(arm: Arm, head: str, name: str) -> str:
    """Return what an arm names of a kind."""
    if head == "weights" and arm.weights == "base":
        raise ValueError(f"arm {name!r} has base weights, which nothing trains")
    if head == "retriever" and arm.context.type == "none":
        raise ValueError(f"arm {name!r} reads nothing, so it has no retriever")
    return arm.context.retriever if head == "retriever" else str(getattr(arm, head))


def _changed(table: Table, head: str, path: Sequence[str], value: Any) -> Table:
    """Return a table with one value changed, checked as if it stood in the file."""
    data = table.model_dump()
    inner = data
    for n, part in enumerate(path[:-1]):
        if not isinstance(inner.get(part), dict):
            where, known = (
                ".".join((head, *path[:n])),
                [k for k, v in inner.items() if isinstance(v, dict)],
            )
            hint = did_you_mean(part, known) if known else "it holds none"
            raise ValueError(f"{where} has no table {part!r}; {hint}")
        inner = inner[part]
    inner[path[-1]] = value
    try:
        return type(table).model_validate(data)
    except ValidationError as error:
        problem = error.errors()[0]
        said = in_words(problem)
        raise ValueError(said if said != problem["msg"] else f"{said} (it is {value!r})") from error


def _parts(path: str) -> list[str]:
    parts = path.split(".")
    if parts[0] not in TABLES or not all(parts) or parts == ["context"]:
        raise ValueError(f"there is no setting {path!r}; {did_you_mean(path, _paths())}")
    return parts


def _paths() -> Iterator[str]:
    """Yield the paths that every benchmark has; plug-ins have further ones."""
    yield from MAPS
    for head, table in TABLES.items():
        yield from (f"{head}.{name}" for name in table.model_fields)
