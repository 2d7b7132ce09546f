"""The numbers behind a figure, one a row, and CSV that neither a parser nor a spreadsheet misreads."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple, dataclass, fields

# A cell that starts with one of these may run as a formula in a spreadsheet (OWASP, "CSV Injection").
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Datum:
    """One drawn number. `x` is a place on an axis or the name of a bar; low and high are None without an interval."""

    series: str
    x_name: str
    x: float | str
    x_unit: str
    y_name: str
    y: float
    low: float | None
    high: float | None
    y_unit: str


def as_csv(data: list[Datum]) -> str:
    """RFC 4180: a header, commas, CRLF, quotes where needed. No number is cell 'empty'."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(field.name for field in fields(Datum))
    for datum in data:
        writer.writerow(_cell(value) for value in astuple(datum))
    return text.getvalue()


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    one_line = " ".join(value.split())
    return f"'{one_line}" if one_line.startswith(_STARTS_A_FORMULA) or value.startswith(_STARTS_A_FORMULA) else one_line
