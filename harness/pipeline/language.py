"""In which language a document is written."""

from functools import cache
from typing import Any

from harness.errors import ConfigError, did_you_mean
from harness.pipeline.record import Dropped, Outcome, Record

LOOKED_AT = 2_000
"""Characters that are looked at: more change the verdict rarely and cost time."""
FEWEST_WORDS = 20
"""Shorter texts are kept unread: on them identification is a guess."""


@cache
def _identifier() -> Any:
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def check_languages(wanted: tuple[str, ...]) -> None:
    """Refuse a code that the identifier does not know.

    Raises:
        ConfigError: Such a code.
    """
    known = {str(code) for code in _identifier().nb_classes} if wanted else set()
    for code in wanted:
        if code not in known:
            raise ConfigError(f"languages: no language {code!r}; {did_you_mean(code, known)}")


def in_languages(records: list[Record], wanted: tuple[str, ...]) -> Outcome:
    """Keep the records in one of the wanted languages, and those too short to tell."""
    if not wanted:
        return records, []
    kept: list[Record] = []
    dropped: list[Dropped] = []
    for record in records:
        whole = record.whole[:LOOKED_AT]
        if len(whole.split()) < FEWEST_WORDS or (code := _code(whole)) in wanted:
            kept.append(record)
        else:
            dropped.append(Dropped(record, "other language", code))
    return kept, dropped


def _code(text: str) -> str:
    """Return the ISO 639-1 code of the likeliest language."""
    return str(_identifier().classify(text)[0])
