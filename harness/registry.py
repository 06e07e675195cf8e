"""Names to plug-ins.

Built-ins are rows of one table (`built_in.py`); other packages add theirs as entry points in the
group `harness.<kind>`. Nothing is imported until it is asked for, so `harness --help` stays quick
and a metric never pulls in torch.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points, metadata
from typing import Any, get_args, get_origin

from harness.built_in import BUILT_IN, Kind
from harness.config.options import coerced, is_plain
from harness.errors import ConfigError, MissingExtra, UnknownName, did_you_mean, how_to_install


@cache
def names(kind: Kind) -> Mapping[str, str]:
    """Return every known name of a kind with its target, "module:attribute".

    Raises:
        ConfigError: Two installed packages claim one name.
    """
    table = dict(BUILT_IN[kind])
    for point in entry_points(group=f"harness.{kind}"):
        if table.get(point.name, point.value) != point.value:
            raise ConfigError(
                f"{kind} {point.name!r} is claimed by {table[point.name]} and {point.value}; "
                "uninstall one of the two packages"
            )
        table[point.name] = point.value
    return table


def create(kind: Kind, name: str, options: Mapping[str, Any], where: str = "") -> Any:
    """Build a plug-in; an option named after a kind is a plug-in itself and is built first.

    So is what an option `of` names, one plug-in of the same kind or several. Options of plain types
    are checked against the annotation, bounds included, and brought to its type: the text "1e-3",
    which is how YAML reads it, becomes the number. Only an option annotated with something else,
    such as a protocol, can be a plug-in.

    Raises:
        UnknownName: No such plug-in.
        MissingExtra: Its module needs a package that is not installed.
        ConfigError: An option does not fit the constructor.
    """
    return _plan(kind, name, options, where).build()


def check(kind: Kind, name: str, options: Mapping[str, Any], where: str = "") -> None:
    """Do all of `create` short of building anything; it raises the same errors."""
    _plan(kind, name, options, where)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A plug-in whose options are checked, the plug-ins among them included."""

    factory: Callable[..., Any]
    options: Mapping[str, Any]

    def build(self) -> Any:
        return self.factory(**{key: _built(value) for key, value in self.options.items()})


def _built(value: Any) -> Any:
    if isinstance(value, list):
        return [_built(member) for member in value]
    return value.build() if isinstance(value, _Plan) else value


def _plan(kind: Kind, name: str, options: Mapping[str, Any], where: str) -> _Plan:
    factory = resolve(kind, name, where)
    signature = _signature(factory)
    named = {k: p for k, p in signature.parameters.items() if p.kind is not p.VAR_KEYWORD}
    place = f"{where or kind}: {name!r}"
    checked = {}
    for key, value in options.items():
        if key not in named and len(named) == len(signature.parameters):
            hint = did_you_mean(key, named)
            raise ConfigError(f"{place} has no option {key!r}; {hint}")
        annotation = named[key].annotation if key in named else None
        if is_plain(annotation):
            checked[key] = coerced(annotation, value, f"{place}: {key}")
        elif key == "of":
            several = get_origin(annotation) is Sequence
            if several and not isinstance(value, list | tuple):
                raise ConfigError(f"{place}: 'of' is a list of {kind}s")
            if isinstance(value, list | tuple):
                checked[key] = [_member(kind, key, member, where, place) for member in value]
            else:
                checked[key] = _member(kind, key, value, where, place)
        elif key in get_args(Kind):
            checked[key] = _member(key, key, value, where, place)  # type: ignore[arg-type]
        else:
            checked[key] = value
    try:
        signature.bind(**checked)
    except TypeError as error:
        raise ConfigError(f"{place}: {error}") from error
    return _Plan(factory, checked)


def _signature(factory: Callable[..., Any]) -> inspect.Signature:
    """Return a signature; annotations that cannot be evaluated stay strings."""
    try:
        return inspect.signature(factory, eval_str=True)
    except Exception:  # noqa: BLE001 - an annotation of a foreign plug-in is any expression
        return inspect.signature(factory)


def _member(kind: Kind, key: str, value: Any, where: str, place: str) -> Any:
    """Plan a plug-in from its name, or from a table with a `type`; pass on what is built."""
    if isinstance(value, str):
        return _plan(kind, value, {}, where)
    if isinstance(value, Mapping) and isinstance(value.get("type"), str):
        return _plan(kind, value["type"], {k: v for k, v in value.items() if k != "type"}, where)
    if value is None or isinstance(value, Mapping | Sequence | int | float):
        raise ConfigError(f"{place}: {key!r} is a name or a table with a 'type'")
    return value


@cache
def _extras() -> frozenset[str]:
    """The names of our optional dependencies; an extra is named like the plug-in it is for."""
    return frozenset(metadata("harness").get_all("Provides-Extra") or ())


def resolve(kind: Kind, name: str, where: str = "") -> Callable[..., Any]:
    """Return what a name stands for: a class or a function.

    Raises:
        UnknownName: No such plug-in.
        MissingExtra: Its module needs a package that is not installed.
    """
    known = names(kind)
    if name not in known:
        prefix = f"{where}: " if where else ""
        raise UnknownName(f"{prefix}no {kind} is called {name!r}; {did_you_mean(name, known)}")
    module, _, attribute = known[name].partition(":")
    try:
        loaded = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "harness":
            raise
        extra = name in _extras() and name in BUILT_IN[kind]
        remedy = how_to_install(name) if extra else f"pip install {error.name}"
        raise MissingExtra(f"{kind} {name!r} needs the package {error.name!r}: {remedy}") from error
    except Exception as error:
        if module.startswith("harness."):
            raise
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise ConfigError(f"{kind} {name!r}: {module} cannot be imported: {said}") from error
    if not hasattr(loaded, attribute):
        raise ConfigError(f"{kind} {name!r}: {module} has no {attribute!r}")
    found: Callable[..., Any] = getattr(loaded, attribute)
    return found
