"""Loss and accuracy while training: do N devices learn what one learns?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import Entry, grouped, strategies
from ..figures import MAX_CURVE_POINTS, CurveLine, curves_figure
from ..svg import SvgWriter


# A handful of steps has no shape to compare; the checks judge those.
MIN_CURVE_POINTS = 16


@dataclass(frozen=True)
class Curves:
    title: str
    figure: Markup
    largest_distance: str  # empty where no case has the metric
    is_thinned: bool
    rows: list[dict[str, Any]]


def build(entries: list[Entry], writer: SvgWriter) -> list[Curves]:
    members = [entry for entry in entries if len(entry.curve("loss")) >= MIN_CURVE_POINTS or entry.curve("test_accuracy")]
    groups = grouped(members, lambda entry: (entry.scenario, entry.tier))
    return [_curves(scenario, group, writer) for (scenario, _), group in groups.items()]


def _curves(scenario: str, entries: list[Entry], writer: SvgWriter) -> Curves:
    colours = _colours(entries)
    loss, accuracy = _lines(entries, "loss", colours), _lines(entries, "test_accuracy", colours)
    distances = [value for entry in entries if (value := entry.value("loss_curve_distance")) is not None]
    return Curves(
        title=scenario,
        figure=curves_figure(writer, scenario, loss, accuracy),
        largest_distance=text.number(max(distances)) if distances else "",
        is_thinned=any(len(line.curve) > MAX_CURVE_POINTS for line in loss + accuracy),
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


def _lines(entries: list[Entry], metric: str, colours: list[str]) -> list[CurveLine]:
    pairs = [(entry, colour) for entry, colour in zip(entries, colours, strict=True) if entry.curve(metric)]
    return [CurveLine(entry.label, colour, entry.curve(metric)) for entry, colour in pairs]


def _row(entry: Entry) -> dict[str, Any]:
    loss, accuracy = entry.curve("loss"), entry.curve("test_accuracy")
    return {
        "entry": entry,
        "steps": text.number(loss[-1][0] + 1 - loss[0][0]) if loss else text.NOT_AVAILABLE,
        "loss": f"{loss[-1][1]:.6g}" if loss else text.NOT_AVAILABLE,
        "accuracy": text.percent(accuracy[-1][1]) if accuracy else text.NOT_AVAILABLE,
        "distance": text.number(entry.value("loss_curve_distance")),
    }
