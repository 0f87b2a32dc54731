"""How a measured number is written for people: the one place that rounds what is shown."""

from math import isfinite, isinf, isnan
from typing import Any

MISSING = "–"
_PLAIN = 1e-3, 1e6  # sizes that are written without a power of ten
_UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEAST = 1e-99  # below it a power of ten takes three digits, and nobody asks


def number(value: float | None) -> str:
    """Three significant digits in at most seven characters and a sign; None and what is not a number become a dash.

    >>> [number(value) for value in (0.01234, 12.34, 1235, 4.1e-5, 2e30, 0, float("inf"), None)]
    ['0.0123', '12.3', '1,235', '4.1e-5', '2.0e30', '0', '∞', '–']
    """
    if value is None or isnan(value):
        return MISSING
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    size = abs(value)
    if size < _LEAST:
        return "0"
    if not _PLAIN[0] <= float(f"{size:.3g}") < _PLAIN[1]:
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(power)}"
    digits = 2 - int(f"{size:.2e}".split("e")[1])
    return f"{value:,.{max(digits, 0)}f}"


def count(value: float) -> str:
    """A whole number, every digit of it; a fraction is rounded.

    >>> count(1024)
    '1,024'
    """
    return f"{value:,.0f}"


def setting(value: float) -> str:
    """A number that a person chose, every digit of it, up to ten.

    >>> [setting(value) for value in (20, 0.001, 1_000_000, 1e-5)]
    ['20', '0.001', '1,000,000', '1e-5']
    """
    return count(value) if value == round(value) and abs(value) < 1e15 else f"{value:.10g}".replace("e-0", "e-")


def many(value: int, noun: str) -> str:
    """How many there are, with the noun in its number.

    >>> many(1, "epoch"), many(1024, "epoch"), many(2, "class")
    ('1 epoch', '1,024 epochs', '2 classes')
    """
    return f"{count(value)} {noun}{'' if value == 1 else 'es' if noun.endswith('s') else 's'}"


def size(bytes: float) -> str:
    """What files take of a disk, in units of a thousand: two digits or more.

    >>> [size(bytes) for bytes in (0, 830, 34_200_000, 2e9, 3.14e9, 40e9)]
    ['0 kB', '0.83 kB', '34 MB', '2 GB', '3.1 GB', '40 GB']
    """
    unit = next((unit for unit in _UNITS if abs(bytes) < 999.5 * _UNITS[unit]), "TB")
    value = bytes / _UNITS[unit]
    return f"{value:.2g} {unit}" if abs(value) < 99.5 else f"{value:,.0f} {unit}"


def ordinal(place: int) -> str:
    """A place in a line, from 1.

    >>> [ordinal(place) for place in (1, 2, 3, 4, 11, 12, 21, 102, 1113)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '102nd', '1,113th']
    """
    last = 0 if place % 100 in (11, 12, 13) else place % 10
    return f"{count(place)}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def percent(share: float, digits: int = 1) -> str:
    """A share of one in per cent, at most 9,999 %; nan becomes a dash.

    >>> percent(0.034), percent(123.0), percent(0.5, 0)
    ('3.4 %', 'over 9,999 %', '50 %')
    """
    if isnan(share):
        return MISSING
    if abs(share) > 99.99:
        return f"{'-' if share < 0 else ''}over 9,999 %"
    return f"{100 * share:,.{digits}f} %"


def change(share: float) -> str:
    """A relative difference with its sign, as `percent` writes it.

    >>> change(0.034), change(-0.5)
    ('+3.4 %', '-50.0 %')
    """
    return f"+{percent(share)}" if share > 0 else percent(share)


def value_label(value: Any) -> str:
    """A varied value in few letters, exact as it was typed.

    >>> [value_label(value) for value in (1e-4, 0.3, 1024, [64, 32], "BCE", {"name": "gaussian", "sigma": 0.3})]
    ['10⁻⁴', '0.3', '1,024', '64-32', 'BCE', 'gaussian 0.3']
    """
    if isinstance(value, dict):
        name, rest = str(value.get("name", "…")).replace("_", " "), [v for key, v in value.items() if key != "name"]
        return f"{name} {value_label(rest[0])}" if len(rest) == 1 and isinstance(rest[0], int | float) else name
    if isinstance(value, list | tuple):
        return "-".join(map(value_label, value)) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return count(value)
    plain = 1e-3 <= abs(value) < 1e6 or not isfinite(value)
    digits, _, power = (f"{value:,.10g}" if plain else f"{value:.9e}").partition("e")
    if not power:
        return digits
    digits = digits.rstrip("0").rstrip(".")
    scale = f"10{str(int(power)).translate(_SUPERSCRIPT)}"
    return scale if digits == "1" else f"{digits}·{scale}"
