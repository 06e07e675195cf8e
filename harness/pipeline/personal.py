"""Personal data by pattern: what can be recognised by its form alone.

Names and street addresses cannot, so nothing found does not mean that nothing is there.

email        local part, @, a domain with a dot
card         13 to 19 digits, in groups or not, that pass Luhn's check (ISO/IEC 7812-1)
iban         country, check digits and account that leave 1 modulo 97 (ISO 13616)
ip           IPv4 address whose parts are at most 255
phone        + and 8 to 15 digits (ITU-T E.164), or (area) and seven digits or more in groups
"""

import re
from collections.abc import Callable
from dataclasses import replace

from harness.pipeline.record import Record


def luhn(digits: str) -> bool:
    """Return whether the digits pass Luhn's check.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(text: str) -> bool:
    """Return whether the check digits of an account number are right.

    >>> iban("GB82 WEST 1234 5698 7654 32"), iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    bare = text.replace(" ", "").upper()
    moved = bare[4:] + bare[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def _card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits)


def _phone(text: str) -> bool:
    return 8 <= len(re.sub(r"\D", "", text)) <= 15


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b"), lambda text: True),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), iban),
    ("card", re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])"), _card),
    (
        "ip",
        re.compile(
            r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]\d)"
        ),
        lambda text: True,
    ),
    (
        "phone",
        re.compile(
            r"(?<![\w+])\+\d[\d ().-]{6,18}\d(?!\d)"
            r"|(?<!\w)\(\d{2,5}\)[ -]?\d{2,4}(?:[ -]?\d{2,4}){1,3}(?!\d)"
        ),
        _phone,
    ),
)
KINDS = tuple(kind for kind, _, _ in _KINDS)


def personal(text: str) -> tuple[dict[str, int], str]:
    """Return how often each kind occurs, and the text with a placeholder for each.

    >>> personal("Write to ada@example.org or call +44 20 7946 0958.")
    ({'email': 1, 'phone': 1}, 'Write to <EMAIL> or call <PHONE>.')
    """
    found: dict[str, int] = {}
    for kind, pattern, right in _KINDS:

        def masked(match: re.Match[str], kind: str = kind,
                   right: Callable[[str], bool] = right) -> str:  # fmt: skip
            if not right(match[0]):
                return match[0]
            found[kind] = found.get(kind, 0) + 1
            return f"<{kind.upper()}>"

        text = pattern.sub(masked, text)
    return found, text


def flag(records: list[Record], *, mask: bool) -> tuple[list[Record], list[dict[str, int]]]:
    """Return the records, masked where that is wanted, and what each of them holds."""
    made: list[Record] = []
    flags: list[dict[str, int]] = []
    for record in records:
        texts: list[str] = []
        counts: dict[str, int] = {}
        for part in (record.title, record.question, record.text):
            found, masked = personal(part) if part else ({}, part)
            texts.append(masked)
            for kind, times in found.items():
                counts[kind] = counts.get(kind, 0) + times
        flags.append(counts)
        if counts and mask:
            record = replace(record, title=texts[0], question=texts[1], text=texts[2])
        made.append(record)
    return made, flags
