"""Speed-up and efficiency over devices, per scenario and scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import BAD, DOUBTFUL, Entry, grouped, strategies
from ..figures import BESIDE_TABLE, WIDTH, Line, Point, scaling_figure
from ..svg import SvgWriter

# A wrong number is shown in no figure; a slow one is.
_NOT_DRAWN = {"INVALID", "ERROR", "MISSING", "SKIPPED"}
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
    figure: Markup | None
    runs: list[str]
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
    runs = sorted({entry.run for entry in entries})
    lines = _lines(entries, known, runs)
    width = BESIDE_TABLE if len(runs) == 1 else WIDTH
    figure = scaling_figure(writer, title, lines, width) if lines else None
    note = f"Tier {tier}, {entries[0].certainty}; {_DEFINITIONS.get(kind, 'against one device')}."
    return Scaling(title, note, figure, runs, _rows(entries, runs), _taxes(entries), _costs(entries))


def _lines(entries: list[Entry], known: list[str], runs: list[str]) -> list[Line]:
    lines = []
    for (strategy, run), members in grouped(entries, lambda entry: (entry.strategy, entry.run)).items():
        points = [point for entry in members if (point := _point(entry))]
        if points:
            colour = palette.strategy_colour(strategy, known)
            marker, dash = palette.marker(known.index(strategy)), palette.dash(runs.index(run))
            lines.append(Line(f"{run}: {strategy}" if run else strategy, colour, marker, dash, points))
    return lines


def _point(entry: Entry) -> Point | None:
    metric, share = entry.metric("speedup"), efficiency(entry)
    if metric is None or metric["value"] is None or share is None or not entry.devices or entry.verdict in _NOT_DRAWN:
        return None
    return Point(entry.devices, metric["value"], metric["low"], metric["high"], share)


def _rows(entries: list[Entry], runs: list[str]) -> list[dict[str, Any]]:
    """One row per strategy and number of devices, with a cell per run: None where the run has no such case."""
    rows = []
    points = grouped(entries, lambda entry: (entry.strategy, entry.axes.get("devices", "1")))
    for (strategy, devices), members in points.items():
        cells = {entry.run: _cell(entry) for entry in members}
        rows.append({"strategy": strategy, "devices": devices, "cells": [cells.get(run) for run in runs]})
    return rows


def _cell(entry: Entry) -> dict[str, Any]:
    metric = entry.metric("speedup")
    return {
        "speedup": text.ratio(entry.value("speedup")),
        "interval": text.interval(metric) if metric else "",
        "efficiency": text.percent(efficiency(entry)),
        "step_time": text.seconds(entry.value("step_time")),
        "doubt": entry.verdict if entry.verdict in BAD | DOUBTFUL | {"SKIPPED"} else "",
    }


def _taxes(entries: list[Entry]) -> list[tuple[str, str]]:
    """What a strategy costs on one device, against the plain program: T(strategy, 1) / T(single) - 1."""
    taxes = []
    for entry in entries:
        if entry.strategy == "single" or entry.devices != 1 or entry.verdict in _NOT_DRAWN:
            continue
        tax, speedup = entry.value("dp_tax"), entry.value("speedup")
        if tax is None and speedup:
            tax = 1 / speedup - 1
        if tax is not None:
            name = f"{entry.run}: {entry.strategy}" if entry.run else entry.strategy
            taxes.append((name, _above_noise(tax, entry.value("noise_floor"))))
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
