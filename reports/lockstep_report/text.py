"""Numbers and names as people read them: three significant digits and the unit."""

from __future__ import annotations

import math
import re
from typing import Any

from markupsafe import Markup, escape

NOT_AVAILABLE = "n/a"
# A no-break space: a number never parts from its unit.
_SPACE = "\u00a0"
_LONGEST_LABEL = 48
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_DECIMAL = ("", "k", "M", "G", "T", "P")
_RATIOS = {"speedup", "device0_ratio", "speed_split_gain"}
_PERCENTAGES = {
    "efficiency",
    "dp_tax",
    "communication_overhead",
    "device0_alone_share",
    "noise_floor",
    "checks_share",
    "test_accuracy",
    "accuracy",
    "exposed_fraction",
    "overlap",
    "utilisation",
    "imbalance",
    "lost_capacity",
    "time_over_bound",
    "imbalance_penalty",
    "used_device_share",
    "row_utilisation",
}


def number(value: float | None) -> str:
    """1.84, 12 400, 0.037, 3.1e-07: three significant digits; whole numbers in full."""
    if value is None:
        return NOT_AVAILABLE
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e9:
        return f"{int(value):,}".replace(",", _SPACE)
    if not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}".replace(",", _SPACE)


def seconds(value: float | None) -> str:
    if value is None:
        return NOT_AVAILABLE
    if value >= 120:
        return f"{int(value // 60)}{_SPACE}min{_SPACE}{int(value % 60)}{_SPACE}s"
    size, unit = next(((size, unit) for size, unit in _SECONDS if abs(value) >= size), (1.0, "s"))
    return f"{number(value / size)}{_SPACE}{unit}"


def size(value: float | None) -> str:
    """Bytes in binary units, as everywhere in lockstep."""
    if value is None:
        return NOT_AVAILABLE
    power = 0
    while abs(value) >= 1024 and power + 1 < len(_BINARY):
        value, power = value / 1024, power + 1
    return f"{number(value)}{_SPACE}{_BINARY[power]}"


def rate(value: float, unit: str) -> str:
    """Decimal prefixes: 12.3 GB/s is 12.3e9 bytes per second."""
    power = 0
    while abs(value) >= 1000 and power + 1 < len(_DECIMAL):
        value, power = value / 1000, power + 1
    return f"{number(value)}{_SPACE}{_DECIMAL[power]}{unit}"


def percent(value: float | None) -> str:
    if value is None:
        return NOT_AVAILABLE
    hundredths = value * 100
    return f"{hundredths:.{1 if abs(hundredths) < 99.95 else 0}f}{_SPACE}%"


def amount(value: float | None, currency: str) -> str:
    """1.20 USD"""
    return NOT_AVAILABLE if value is None else f"{value:.2f}{_SPACE}{currency}"


def ratio(value: float | None) -> str:
    return NOT_AVAILABLE if value is None else f"{value:.2f}×"


def quantity(name: str, unit: str, value: float | None) -> str:
    """The value of metric `name` in the form its kind is read in."""
    if value is None:
        return NOT_AVAILABLE
    if unit == "1":
        return ratio(value) if name in _RATIOS else percent(value) if name in _PERCENTAGES else number(value)
    if unit == "s":
        return seconds(value)
    if unit in ("B", "bytes"):
        return size(value)
    if unit.endswith("/s") and " " not in unit:
        return rate(value, unit) if unit == "B/s" else f"{number(value)}{_SPACE}{unit}"
    return f"{number(value)}{_SPACE}{unit}"


def interval(metric: dict[str, Any]) -> str:
    """ "1.75–1.85×", or nothing where there is no interval."""
    low, high = metric["low"], metric["high"]
    if metric["value"] is None or low is None or high is None:
        return ""
    name, unit = metric["name"], metric["unit"]
    first, second = quantity(name, unit, low), quantity(name, unit, high)
    return f"{_without_shared_unit(first, second)}\u2013{second}"


def _without_shared_unit(first: str, second: str) -> str:
    """ "1.75" of "1.75 ms" before "1.85 ms"."""
    if first.endswith("×") and second.endswith("×"):
        return first[:-1]
    value, _, unit = first.rpartition(_SPACE)
    is_shared = value and not unit[0].isdigit() and second.endswith(_SPACE + unit)
    return value if is_shared else first


def words(name: str) -> str:
    """step_time → step time"""
    return name.replace("_", " ")


def plural(count: int, noun: str) -> str:
    return f"{number(count)} {noun if count == 1 else noun + 's'}"


def clipped(text: str, longest: int = _LONGEST_LABEL) -> str:
    """Short enough to stand beside a figure."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def breakable(text: str) -> Markup:
    """Escaped, with places where a long case name may break."""
    parts = re.split(r"(?<=[/,=_])", text)
    return Markup("<wbr>").join(escape(part) for part in parts if part)


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts devices=2 before devices=10."""
    parts = re.split(r"([0-9]{1,18})", text)
    return tuple((1, int(part), "") if part.isdecimal() and part.isascii() else (0, 0, part) for part in parts)
