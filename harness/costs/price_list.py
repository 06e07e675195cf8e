"""Price lists: dated figures, each with its source, shipped or one's own."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import ConfigError, UnknownName, did_you_mean

SHIPPED = Path(__file__).parent / "prices"

Unit = Literal["hour", "million tokens", "GB-month"]


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of one thing costs, according to whom, on which day."""

    item: str
    usd: float
    unit: Unit
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by item, and which item the time of our own machine is charged as."""

    name: str
    machine: str
    prices: Mapping[str, Price]

    def find(self, item: str, unit: Unit) -> Price:
        """Return the price of an item.

        Raises:
            ConfigError: The list has no such item, or sells it by another unit.
        """
        if item not in self.prices:
            raise ConfigError(
                f"prices {self.name}: no price for {item!r}; {did_you_mean(item, self.prices)} "
                f"Add it in a file that says `extends: {self.name}`"
            )
        price = self.prices[item]
        if price.unit != unit:
            raise ConfigError(
                f"prices {self.name}: {item!r} is sold by the {price.unit}, needed by the {unit}"
            )
        return price


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    item: Annotated[str, Field(min_length=1)]
    usd: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    unit: Unit
    source: Annotated[str, Field(min_length=1)]
    date: datetime.date


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    extends: str = ""
    machine: str = ""
    prices: list[_Row] = []


def shipped_prices() -> list[str]:
    """Return the names of the price lists that come with the package, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_prices(name: str, folder: Path | None = None) -> PriceList:
    """Return a shipped price list, or the one in a YAML file.

    Args:
        name: A shipped name, or a path ending in `.yaml` or `.yml`.
        folder: What a relative path is relative to; the current folder if None.

    Raises:
        UnknownName: Neither shipped nor a path.
        ConfigError: The file is absent or wrong; the message names the row.
    """
    machine, prices = _load(name, folder or Path(), ())
    if machine not in prices:
        raise ConfigError(
            f"prices {name}: machine {machine!r} has no price; {did_you_mean(machine, prices)}"
            if machine
            else f"prices {name}: say which item our own machine is charged as, e.g. "
            "`machine: cpu-core`"
        )
    found = PriceList(name, machine, prices)
    found.find(machine, "hour")
    return found


def _load(name: str, folder: Path, seen: tuple[Path, ...]) -> tuple[str, dict[str, Price]]:
    path = _path(name, folder)
    if path in seen:
        raise ConfigError(f"{path}: `extends` goes round in a circle; remove it from one file")
    file = _read(path)
    machine, prices = "", dict[str, Price]()
    if file.extends:
        machine, prices = _load(file.extends, path.parent, (*seen, path))
    items = [row.item for row in file.prices]
    for item in items:
        if items.count(item) > 1:
            raise ConfigError(f"{path}: {item!r} has {items.count(item)} prices; keep one")
    for row in file.prices:
        prices[row.item] = Price(row.item, row.usd, row.unit, row.source, row.date.isoformat())
    return file.machine or machine, prices


def _path(name: str, folder: Path) -> Path:
    if name in shipped_prices():
        return SHIPPED / f"{name}.yaml"
    if name.endswith((".yaml", ".yml")):
        return (folder / name).resolve()
    known = shipped_prices()
    raise UnknownName(
        f"prices {name!r}: no such list; {did_you_mean(name, known)} "
        "A file of your own is named by its path and ends in .yaml"
    )


def _read(path: Path) -> _File:
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such price file; shipped: {shipped_prices()}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: not YAML: {getattr(error, 'problem', error)}") from error
    try:
        return _File.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise ConfigError(f"{path}: {_fault(error, data)}") from error


def _fault(error: ValidationError, data: object) -> str:
    problem = error.errors()[0]
    place, key = problem["loc"], str(problem["loc"][-1]) if problem["loc"] else "file"
    where = ""
    if len(place) > 1 and isinstance(data, dict):
        row = data["prices"][place[1]]
        name = row.get("item", "?") if isinstance(row, dict) else "?"
        where = f"price {int(place[1]) + 1} ({name!r}): "
    match problem["type"]:
        case "extra_forbidden":
            known = _Row.model_fields if where else _File.model_fields
            return f"{where}unknown key {key!r}; {did_you_mean(key, known)}"
        case "missing":
            return f"{where}{key!r} is missing; every price has {', '.join(_Row.model_fields)}"
        case "greater_than_equal":
            return f"{where}{key!r} is negative; a price is 0 or more"
        case _:
            return f"{where}{key!r}: {problem['msg']}"
