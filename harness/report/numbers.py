"""How numbers are written: the one place that rounds."""

from math import floor, isfinite, log10

NONE = "–"
"""Stands where there is no number; a footnote says why."""


def number(value: float | None, unit: str, n: int = 0) -> str:
    """Return a metric's value as a table shows it.

    `share` has three decimals, two where fewer than 100 questions could not tell more; `points`
    one; `ms` and `usd` three significant digits.

    >>> number(0.74249, "share", 400), number(0.74249, "share", 40), number(31.26, "points")
    ('0.742', '0.74', '31.3')
    >>> number(None, "share"), number(float("nan"), "share")
    ('–', '–')
    """
    if value is None or not isfinite(value):
        return NONE
    if unit == "share":
        return _fixed(value, 2 if 0 < n < 100 else 3)
    if unit == "points":
        return _fixed(value, 1)
    return significant(value)


def interval(low: float | None, high: float | None, unit: str, n: int = 0) -> str:
    """Return an interval in brackets, empty where a side is missing.

    >>> interval(0.7, 0.81, "share", 400)
    '[0.700, 0.810]'
    """
    ends = number(low, unit, n), number(high, unit, n)
    return "" if NONE in ends else f"[{ends[0]}, {ends[1]}]"


def significant(value: float | None, digits: int = 3) -> str:
    """Return a number with so many significant digits, never in powers of ten.

    >>> significant(0.00123456), significant(1234567.0), significant(0.0), significant(9.999)
    ('0.00123', '1,234,567', '0', '10.0')
    """
    if value is None or not isfinite(value):
        return NONE
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    return _fixed(
        rounded if abs(value) < 1 else value, max(0, digits - 1 - floor(log10(abs(rounded))))
    )


def count(value: float | None) -> str:
    """Return a whole number with commas.

    >>> count(1234567)
    '1,234,567'
    """
    return NONE if value is None or not isfinite(value) else f"{value:,.0f}"


def p_value(p: float | None) -> str:
    """Return a p value; below 0.001 only that.

    >>> p_value(0.0004), p_value(0.25)
    ('< 0.001', '0.250')
    """
    if p is None or not isfinite(p):
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def signed(value: float | None, unit: str, n: int = 0) -> str:
    """Return a difference with its sign.

    >>> signed(0.1, "share", 400), signed(-0.1, "share", 400), signed(0.0, "share", 400)
    ('+0.100', '−0.100', '0.000')
    """
    text = number(value, unit, n)
    nothing = text == NONE or not any(digit in text for digit in "123456789")
    return text if nothing or text.startswith("−") else f"+{text}"


def _fixed(value: float, decimals: int) -> str:
    text = f"{abs(value):,.{decimals}f}"
    is_zero = not any(digit in text for digit in "123456789")
    return f"−{text}" if value < 0 and not is_zero else text
