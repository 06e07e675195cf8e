"""What may be set about a build: one record, from a YAML file, from options, or both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from harness.config.prompting import Prompting
from harness.config.read import read_yaml
from harness.config.strict import Strict
from harness.errors import ConfigError
from harness.text.prompt import Prompt, prompt


class Settings(Strict):
    """All that the shards of a build depend on besides its sources and the code."""

    tokenizer: str = "pocket"
    """A model folder, a hub id or `pocket`."""
    template_options: Mapping[str, str | bool] = {}
    """Options of the tokenizer's chat template, as a model of a benchmark has them."""
    prompt: Prompting = Prompting()
    """How the question of a pair is put: as benchmarks put one without passages."""
    length: int = Field(default=512, ge=8)
    """Most tokens of a row; the model's window, where that is less."""
    pack: bool = False
    """Several documents in a row, where the architecture keeps them apart."""
    shard_mb: float = Field(default=16.0, gt=0)
    """Megabytes of input that become one shard: what is held in memory at a time."""
    bad_rows: Literal["stop", "skip"] = "stop"
    """What to do about a row that cannot be read: stop, or count it and go on."""
    columns: Mapping[str, str] = {}
    """Our field to the column of a JSON-lines or Parquet source: id, title, text, ..."""
    min_words: int = Field(default=3, ge=1)
    max_words: int = Field(default=100_000, ge=1)
    near: float = Field(default=0.8, gt=0, le=1)
    """Jaccard similarity of word 5-grams from which documents are one; 1 looks for none."""
    near_words: int = Field(default=20, ge=5)
    """Documents of fewer words are duplicates only where they are equal."""
    boilerplate: int = Field(default=20, ge=0)
    """A line that stands in so many different documents is removed from all; 0 removes none."""
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes of the languages to keep; empty keeps all and looks at none."""
    mask_personal: bool = False
    """Put a placeholder where personal data was found, which is flagged in any case."""
    against: tuple[str, ...] = ()
    """Question sets whose dev and test questions must not be in the output."""
    overlap: int = Field(default=13, ge=4)
    """Words in a row of a test question that make a document contaminated (Brown et al. 2020,
    appendix C); all of a question that has fewer."""
    similarity: float | None = Field(default=None, gt=0, le=1)
    """Cosine from which a pair asks what a test question asks; without, it is not looked at."""
    embedder: str = "minilm"
    dev_share: float = Field(default=0.05, ge=0, lt=1)
    """Share of documents set apart, with all pairs about them."""
    licences: Mapping[str, str] = {}
    """Source as it was given to where it is from and what one may do with it: for the sheet."""


def load_settings(path: Path | None, options: Mapping[str, Any]) -> Settings:
    """Return the settings of a file, with options laid over them.

    Raises:
        ConfigError: The file cannot be read, or says something that is not understood.
    """
    table = read_yaml(path)[1] if path else {}
    try:
        return Settings.model_validate({**table, **options})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"{path or 'options'}: {where + ': ' if where else ''}{message}"
        ) from error


def prompt_of(settings: Settings) -> Prompt:
    """Return how questions are put.

    Raises:
        UnknownName: The settings name a template that there is not.
    """
    return prompt(settings.prompt.template, settings.prompt.parts, "prompt")
