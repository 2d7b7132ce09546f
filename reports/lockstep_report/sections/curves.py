"""Loss and accuracy while training: do N devices learn what one learns?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import Entry, grouped, strategies
from ..figures import MAX_CURVE_POINTS, Axis, Chart, Line, Point, line_figure, thinned
from ..palette import Look
from ..svg import SvgWriter

# A handful of steps has no shape to compare; the checks judge those.
MIN_CURVE_POINTS = 16


@dataclass(frozen=True)
class Curves:
    title: str
    figures: list[Markup]
    largest_distance: str  # empty where no case has the metric
    is_thinned: bool
    rows: list[dict[str, Any]]


def build(entries: list[Entry], writer: SvgWriter) -> list[Curves]:
    members = [
        entry for entry in entries if len(entry.curve("loss")) >= MIN_CURVE_POINTS or entry.curve("test_accuracy")
    ]
    groups = grouped(members, lambda entry: (entry.scenario, entry.tier))
    return [_curves(scenario, group, writer) for (scenario, _), group in groups.items()]


def _curves(scenario: str, entries: list[Entry], writer: SvgWriter) -> Curves:
    colours = _colours(entries)
    loss, accuracy = _lines(entries, "loss", colours), _lines(entries, "test_accuracy", colours)
    distances = [value for entry in entries if (value := entry.value("loss_curve_distance")) is not None]
    return Curves(
        title=scenario,
        figures=[line_figure(writer, chart, scenario) for chart in _charts(loss, accuracy)],
        largest_distance=text.number(max(distances)) if distances else "",
        is_thinned=any(len(entry.curve("loss")) > MAX_CURVE_POINTS for entry in entries),
        rows=[_row(entry) for entry in entries],
    )


def _colours(entries: list[Entry]) -> list[str]:
    """The strategy's colour for its first curve; the next ones take free colours."""
    known = strategies(entries)
    used: list[str] = []
    for entry in entries:
        colour = palette.strategy_colour(entry.strategy, known)
        used.append(colour if colour not in used else palette.free_colour(len(used)))
    return used


def _charts(loss: list[Line], accuracy: list[Line]) -> list[Chart]:
    charts = [
        Chart("Training loss", Axis("step"), Axis("loss"), loss),
        Chart("Test accuracy", Axis("epoch"), Axis("accuracy", "%", 100), accuracy),
    ]
    return [chart for chart in charts if chart.lines]


def _lines(entries: list[Entry], metric: str, colours: list[str]) -> list[Line]:
    """Curves that coincide show as one line inside another: each is drawn thinner than the one before."""
    pairs = [(entry, colour) for entry, colour in zip(entries, colours, strict=True) if entry.curve(metric)]
    lines = []
    for number, (entry, colour) in enumerate(pairs):
        curve = thinned(entry.curve(metric))
        look = Look(colour, "o" if len(curve) == 1 else "", palette.dash(number))
        is_broad = number == 0 and len(pairs) > 1
        points = [Point(index, value) for index, value in curve]
        lines.append(Line(entry.label, look, points, _width(number, len(pairs)), 0.35 if is_broad else 1.0))
    return lines


def _width(number: int, count: int) -> float:
    """From 7 down to 1.5 pixels."""
    return 2.0 if count == 1 else 7.0 if number == 0 else max(1.5, 3.0 - 0.8 * (number - 1))


def _row(entry: Entry) -> dict[str, Any]:
    loss, accuracy = entry.curve("loss"), entry.curve("test_accuracy")
    return {
        "entry": entry,
        "steps": text.number(loss[-1][0] + 1 - loss[0][0]) if loss else text.NOT_AVAILABLE,
        "loss": f"{loss[-1][1]:.6g}" if loss else text.NOT_AVAILABLE,
        "accuracy": text.percent(accuracy[-1][1]) if accuracy else text.NOT_AVAILABLE,
        "distance": text.number(entry.value("loss_curve_distance")),
    }
