"""How the metrics of a machine went over its results: one figure a series, change points marked with their ratio."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from markupsafe import Markup

from . import palette, text
from .errors import InputError
from .figures import LARGEST, Axis, Chart, Line, Note, Point, line_figure
from .page import Page, templates
from .palette import Look
from .results import MAX_RESULT_BYTES, one_line, parse, place, printable, read_text
from .svg import SvgWriter

# A history of the default suite has thousands of series; those that changed are drawn all.
_MOST_FIGURES = 60
_SCHEMA_FILE = Path(__file__).resolve().parent.parent / "trend.schema.json"
_SCALES = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")),
    "B": ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")),
}
_SCALES["B/s"] = ((1e9, "GB/s"), (1e6, "MB/s"))


@dataclass(frozen=True)
class Change:
    state: str  # good, bad or none
    at: str
    before: str
    ratio: str
    p: str


@dataclass(frozen=True)
class Series:
    case: str
    metric: str
    figure: Markup | None
    latest: str
    against_baseline: str
    points: int
    changes: list[Change]


def load_trend(file: Path) -> dict[str, Any]:
    """The validated file. Hostile until here."""
    data = parse(read_text(file, MAX_RESULT_BYTES), file)
    validator = Draft202012Validator(json.loads(_SCHEMA_FILE.read_text(encoding="utf-8")))
    error = best_match(validator.iter_errors(data))
    if error is not None:
        raise InputError(one_line(f"{file}: {place(error)}: {error.message}"))
    for number, series in enumerate(data["series"]):
        _validate_places(series, f"{file}: series[{number}]")
    return printable(data)


def _validate_places(series: dict[str, Any], where: str) -> None:
    """What a schema cannot say: indices are those of points, change points come in order, intervals are ordered."""
    count = len(series["points"])
    places = [change["at"] for change in series["changes"]]
    if sorted(set(places)) != places or any(at >= count for at in places):
        raise InputError(f"{where}: changes: {places[:8]} are not growing indices of {count} points")
    baseline = series["baseline"]
    if baseline is not None and baseline["index"] >= count:
        raise InputError(f"{where}: baseline: there is no point {baseline['index']}")
    for number, point in enumerate(series["points"]):
        if point["low"] is not None and point["high"] is not None and point["low"] > point["high"]:
            raise InputError(f"{where}: points[{number}]: low {point['low']} is above high {point['high']}")


def render(data: dict[str, Any], writer: SvgWriter) -> Page:
    """What changed for the worse stands on top; what did not change is drawn as far as there is room."""
    order = sorted(data["series"], key=_urgency)
    changed = sum(1 for one in order if one["changes"])
    drawn = max(changed, _MOST_FIGURES)
    series = [_series(one, writer if number < drawn else None) for number, one in enumerate(order)]
    changes = sum(len(one.changes) for one in series)
    headline = (
        f"{text.plural(changes, 'change')} in {text.plural(len(series), 'metric')} of {data['machine'] or 'a machine'}"
    )
    html = (
        templates().get_template("trend.html.j2").render(headline=headline, drawn=series[:drawn], others=series[drawn:])
    )
    return Page(html, headline)


def _urgency(series: dict[str, Any]) -> int:
    order = {"bad": 0, "good": 1, "none": 2}
    return min((order[_change(series, change).state] for change in series["changes"]), default=3)


def _series(series: dict[str, Any], writer: SvgWriter | None) -> Series:
    points = series["points"]
    values = [point["value"] for point in points if point["value"] is not None]
    return Series(
        case=series["case"],
        metric=text.words(series["metric"]),
        figure=_figure(series, writer) if writer and any(abs(value) < LARGEST for value in values) else None,
        latest=text.quantity(series["metric"], series["unit"], values[-1] if values else None),
        against_baseline=_against_baseline(series),
        points=len(points),
        changes=[_change(series, change) for change in series["changes"]],
    )


def _figure(series: dict[str, Any], writer: SvgWriter) -> Markup:
    measured = [(number, p) for number, p in enumerate(series["points"]) if p["value"] is not None]
    colour = palette.machine_look(0).colour
    line = Line(
        "value",
        Look(colour, "o", ""),
        [Point(number + 1, p["value"], p["low"], p["high"]) for number, p in measured],
        1.5,
    )
    lines = [line, *_levels(series)]
    baseline = series["baseline"]
    if baseline is not None and (value := series["points"][baseline["index"]]["value"]) is not None:
        across = [Point(1, value), Point(len(series["points"]), value)]
        lines.append(Line(f"baseline {baseline['name']}", Look(palette.IDEAL, "", (0, (4, 3))), across, 1.3))
    notes = [Note(change["at"] + 0.5, _ratio(change["ratio"])) for change in series["changes"]]
    chart = Chart(text.words(series["metric"]), Axis("result, oldest first"), _axis(series), lines, notes=notes)
    return line_figure(writer, chart, series["case"])


def _levels(series: dict[str, Any]) -> list[Line]:
    """The median between two change points."""
    ends = [0, *(change["at"] for change in series["changes"]), len(series["points"])]
    levels = []
    for first, end in zip(ends, ends[1:], strict=False):
        values = sorted(p["value"] for p in series["points"][first:end] if p["value"] is not None)
        if values:
            level = values[len(values) // 2]
            look = Look(palette.machine_look(1).colour, "", "-")
            levels.append(Line("level", look, [Point(first + 0.6, level), Point(end + 0.4, level)], 2))
    return levels


def _axis(series: dict[str, Any]) -> Axis:
    values = [abs(point["value"]) for point in series["points"] if point["value"] is not None]
    largest = max((value for value in values if value < LARGEST), default=0.0)
    steps = _SCALES.get(series["unit"], ())
    size, unit = next(((size, unit) for size, unit in steps if largest >= size), (1.0, series["unit"]))
    better = {"higher": "higher is better", "lower": "lower is better"}.get(series["better"], "value")
    return Axis(better, unit, 1 / size)


def _change(series: dict[str, Any], change: dict[str, Any]) -> Change:
    ratio = change["ratio"]
    is_better = ratio is not None and (ratio > 1) == (series["better"] == "higher")
    state = "none" if ratio is None or series["better"] == "none" or ratio == 1 else "good" if is_better else "bad"
    after, before = series["points"][change["at"]], series["points"][change["at"] - 1]
    return Change(state, _named(after), _named(before), _ratio(ratio), text.number(change["p"]))


def _named(point: dict[str, Any]) -> str:
    commit = (point["commit"] or "")[:12]
    return " ".join(part for part in (commit, point["started"].replace("T", " ").replace("Z", "")) if part)


def _ratio(ratio: float | None) -> str:
    """×1.05"""
    return text.NOT_AVAILABLE if ratio is None else f"×{text.number(ratio)}"


def _against_baseline(series: dict[str, Any]) -> str:
    baseline = series["baseline"]
    if baseline is None:
        return "no baseline was chosen"
    values = [point["value"] for point in series["points"] if point["value"] is not None]
    reference = series["points"][baseline["index"]]["value"]
    if not values or not reference:
        return f"baseline {baseline['name']}: no value"
    change = values[-1] / reference - 1
    return f"{'+' if change >= 0 else ''}{text.percent(change)} against baseline {baseline['name']}"
