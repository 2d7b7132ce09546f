"""Speed-up and efficiency over devices, per scenario and scaling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import BAD, DOUBTFUL, NOT_DRAWN, Entry, grouped, strategies, warnings_of
from ..figures import Line, Point, line_figure
from ..palette import Look
from ..svg import SvgWriter
from .scaling_charts import efficiency_chart, speedup_chart

_DEFINITIONS = {
    "strong": "the global batch stays the same: T₁(B) / Tₙ(B)",
    "weak": "the batch per device stays the same: n · T₁(b) / Tₙ(n·b)",
}
# What is shown of each case beyond speed-up, efficiency and tax, where any case has it.
_COSTS = {
    "throughput": "Throughput",
    "serial_fraction": "Serial fraction e",
    "communication_overhead": "Communication",
    "device0_alone_share": "Device 0 alone",
    "utilisation": "Utilisation",
    "noise_floor": "Noise floor",
}


@dataclass(frozen=True)
class Costs:
    columns: list[str]
    rows: list[dict[str, Any]]  # entry, values (one per column)


@dataclass(frozen=True)
class Scaling:
    title: str
    note: str
    figures: list[Markup]
    rows: list[dict[str, Any]]
    taxes: list[tuple[str, str]]  # (strategy, tax at one device)
    costs: Costs


def build(entries: list[Entry], writer: SvgWriter) -> list[Scaling]:
    members = [entry for entry in entries if entry.family == "speedup"]
    return [_scaling(group, strategies(entries), writer) for group in grouped(members, _experiment).values()]


def efficiency(entry: Entry) -> float | None:
    value, speedup = entry.value("efficiency"), entry.value("speedup")
    if value is None and speedup is not None and entry.devices:
        return speedup / entry.devices
    return value


def is_gain(entry: Entry) -> bool:
    """Faster than one device: by more than the noise floor, and so is the whole interval of the speed-up."""
    metric, floor = entry.metric("speedup"), entry.value("noise_floor")
    if metric is None or metric["value"] is None:
        return False
    low = metric["value"] if metric["low"] is None else metric["low"]
    return low > 1 and metric["value"] - 1 > (floor or 0)


def _experiment(entry: Entry) -> tuple[Any, ...]:
    """Cases that share a figure: everything but strategy and devices is the same."""
    others = tuple(pair for pair in entry.other_axes if pair[0] != "scaling")
    return entry.scenario, entry.axes.get("scaling", "strong"), others, entry.tier


def _scaling(entries: list[Entry], known: list[str], writer: SvgWriter) -> Scaling:
    scenario, kind, others, tier = _experiment(entries[0])
    parts = [scenario, f"{kind} scaling", *(f"{axis} {value}" for axis, value in others)]
    title = ", ".join(parts)
    speedups, efficiencies = _lines(entries, known, speedup_point), _lines(entries, known, efficiency_point)
    charts = [speedup_chart(speedups), efficiency_chart(efficiencies)] if speedups else []
    figures = [line_figure(writer, chart, title) for chart in charts]
    note = f"Tier {tier}, {entries[0].certainty}; {_DEFINITIONS.get(kind, 'against one device')}."
    return Scaling(title, note, figures, [_row(entry) for entry in entries], _taxes(entries), _costs(entries))


def _lines(entries: list[Entry], known: list[str], point_of: Callable[[Entry], Point | None]) -> list[Line]:
    lines = []
    for strategy, members in grouped(entries, lambda entry: entry.strategy).items():
        points = [point for entry in members if (point := point_of(entry))]
        if points:
            number = known.index(strategy)
            look = Look(palette.strategy_colour(strategy, known), palette.marker(number), palette.dash(number))
            lines.append(Line(strategy, look, points))
    return lines


def speedup_point(entry: Entry) -> Point | None:
    return metric_point(entry, "speedup")


def efficiency_point(entry: Entry) -> Point | None:
    share = efficiency(entry)
    if share is None or not entry.devices or entry.verdict in NOT_DRAWN:
        return None
    return metric_point(entry, "efficiency") or Point(entry.devices, share)


def metric_point(entry: Entry, name: str) -> Point | None:
    """Over the number of devices; None for what was not measured or cannot be trusted."""
    metric = entry.metric(name)
    if metric is None or metric["value"] is None or not entry.devices or entry.verdict in NOT_DRAWN:
        return None
    return Point(entry.devices, metric["value"], metric["low"], metric["high"])


def _row(entry: Entry) -> dict[str, Any]:
    metric = entry.metric("speedup")
    return {
        "strategy": entry.strategy,
        "devices": entry.axes.get("devices", "1"),
        "speedup": text.ratio(entry.value("speedup")),
        "interval": text.interval(metric) if metric else "",
        "efficiency": text.percent(efficiency(entry)),
        "step_time": text.seconds(entry.value("step_time")),
        "doubt": entry.verdict if entry.verdict in BAD | DOUBTFUL | {"SKIPPED"} else "",
        "warnings": warnings_of(entry),
    }


def _taxes(entries: list[Entry]) -> list[tuple[str, str]]:
    """What a strategy costs on one device, against the plain program: T(strategy, 1) / T(single) - 1."""
    taxes = []
    for entry in entries:
        if entry.strategy == "single" or entry.devices != 1 or entry.verdict in NOT_DRAWN:
            continue
        tax, speedup = entry.value("dp_tax"), entry.value("speedup")
        if tax is None and speedup:
            tax = 1 / speedup - 1
        if tax is not None:
            taxes.append((entry.strategy, _above_noise(tax, entry.value("noise_floor"))))
    return taxes


def _above_noise(tax: float, floor: float | None) -> str:
    """The tax, or that there is none to speak of."""
    is_effect = floor is None or abs(tax) > floor
    return text.percent(tax) if is_effect else f"none above the noise floor of {text.percent(floor)}"


def _costs(entries: list[Entry]) -> Costs:
    """Only of cases whose time was measured."""
    timed = [entry for entry in entries if entry.value("step_time") is not None]
    names = [name for name in _COSTS if any(entry.value(name) is not None for entry in timed)]
    rows = [{"entry": entry, "values": [_cost(entry, name) for name in names]} for entry in timed]
    return Costs([_COSTS[name] for name in names], [row for row in rows if any(row["values"])])


def _cost(entry: Entry, name: str) -> str:
    metric = entry.metric(name)
    return "" if metric is None or metric["value"] is None else text.quantity(name, metric["unit"], metric["value"])
