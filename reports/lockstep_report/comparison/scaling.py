"""Throughput, speed-up and efficiency over devices, one line per machine; and what a million samples cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import text
from ..entries import BAD, DOUBTFUL, Entry, grouped, warnings_of
from ..figures import Axis, Chart, Line, Measure, Point, line_figure, measure_figure
from ..sections.scaling import efficiency, efficiency_point, metric_point, speedup_point
from ..sections.scaling_charts import efficiency_chart, speedup_chart, throughput_chart
from ..svg import SvgWriter
from .machines import Machine
from .matching import Matching

_SAMPLES = 1e6


@dataclass(frozen=True)
class Row:
    strategy: str
    devices: int | None
    cells: list[dict[str, Any] | str]  # one per machine; a word where there is nothing to show


@dataclass(frozen=True)
class Experiment:
    """Cases that differ in strategy, devices and machine only."""

    title: str
    strategies: list[tuple[str, list[Markup]]]
    rows: list[Row]


@dataclass(frozen=True)
class Costs:
    figures: list[Markup]
    without_price: list[str]


def build(matching: Matching, machines: list[Machine], writer: SvgWriter) -> list[Experiment]:
    return [_experiment(group, matching, machines, writer) for group in _experiments(matching.usable)]


def build_costs(entries: list[Entry], machines: list[Machine], currency: str, writer: SvgWriter) -> Costs | None:
    if all(machine.price is None for machine in machines):
        return None
    bars = [bar for group in _experiments(entries) for bar in _cost_bars(group, machines, currency)]
    axis = Axis("cost of a million samples", currency)
    title = "Cost of a million samples"
    figures = [measure_figure(writer, title, bars, axis, "comparison")] if bars else []
    return Costs(figures, [machine.name for machine in machines if machine.price is None])


def throughput(entry: Entry) -> Point | None:
    return metric_point(entry, "throughput")


def title_of(entry: Entry) -> str:
    """scenario, strong scaling, batch 32"""
    scaling = entry.axes.get("scaling")
    others = [f"{axis} {value}" for axis, value in entry.other_axes if axis != "scaling"]
    return ", ".join([entry.scenario, *([f"{scaling} scaling"] if scaling else []), *others])


def _experiments(entries: list[Entry]) -> list[list[Entry]]:
    members = [entry for entry in entries if entry.family == "speedup"]
    return list(grouped(members, lambda entry: (title_of(entry), entry.tier)).values())


def _experiment(entries: list[Entry], matching: Matching, machines: list[Machine], writer: SvgWriter) -> Experiment:
    title = title_of(entries[0])
    by_strategy = grouped(entries, lambda entry: entry.strategy)
    strategies = []
    for strategy, members in by_strategy.items():
        if strategy == "single" and len(by_strategy) > 1:
            continue  # one point a machine; it stands in the table
        charts = _charts(members, machines)
        if charts:
            figures = [line_figure(writer, chart, f"{title}, {strategy}") for chart in charts]
            strategies.append((strategy, figures))
    excluded = {(exclusion.entry.run, exclusion.entry.name) for exclusion in matching.excluded}
    by_place = grouped(entries, lambda entry: (entry.strategy, entry.devices))
    return Experiment(title, strategies, [_row(group, machines, excluded) for group in by_place.values()])


def _charts(entries: list[Entry], machines: list[Machine]) -> list[Chart]:
    rates = _lines(entries, machines, throughput)
    speedups, shares = _lines(entries, machines, speedup_point), _lines(entries, machines, efficiency_point)
    pairs = ((throughput_chart, rates), (speedup_chart, speedups), (efficiency_chart, shares))
    return [chart_of(lines) for chart_of, lines in pairs if lines]


def _lines(entries: list[Entry], machines: list[Machine], point_of: Callable[[Entry], Point | None]) -> list[Line]:
    by_machine = grouped(entries, lambda entry: entry.run)
    lines = []
    for machine in machines:
        points = [point for entry in by_machine.get(machine.name, []) if (point := point_of(entry))]
        if points:
            lines.append(Line(machine.name, machine.look, sorted(points, key=lambda point: point.x)))
    return lines


def _row(entries: list[Entry], machines: list[Machine], excluded: set[tuple[str, str]]) -> Row:
    by_machine = {entry.run: entry for entry in entries}
    best = _best(entries)
    name = entries[0].name
    cells = [
        _cell(by_machine[machine.name], machine.name == best)
        if machine.name in by_machine
        else ("not compared" if (machine.name, name) in excluded else "–")
        for machine in machines
    ]
    return Row(entries[0].strategy, entries[0].devices, cells)


def best_beyond_noise(values: dict[str, Point]) -> str:
    """The name whose whole interval lies above all others'; empty where there is none or no other."""
    if len(values) < 2:
        return ""
    name = max(values, key=lambda key: values[key].y)
    low = values[name].y if values[name].low is None else values[name].low
    others = [point.y if point.high is None else point.high for key, point in values.items() if key != name]
    return name if all(low > high for high in others) else ""


def _best(entries: list[Entry]) -> str:
    return best_beyond_noise({entry.run: point for entry in entries if (point := throughput(entry))})


def _cell(entry: Entry, is_best: bool) -> dict[str, Any]:
    rate = entry.metric("throughput")
    return {
        "is_best": is_best,
        "throughput": text.quantity("throughput", rate["unit"], rate["value"]) if rate else text.NOT_AVAILABLE,
        "interval": text.interval(rate) if rate else "",
        "gain": _gain(entry),
        "doubt": entry.verdict if entry.verdict in BAD | DOUBTFUL | {"SKIPPED"} else "",
        "warnings": warnings_of(entry),
        "reason": entry.case["reason"] if rate is None or rate["value"] is None else "",
    }


def _gain(entry: Entry) -> str:
    speedup = entry.value("speedup")
    return (
        "" if speedup is None else f"{text.ratio(speedup)} of one device, {text.percent(efficiency(entry))} efficiency"
    )


def _cost_bars(entries: list[Entry], machines: list[Machine], currency: str) -> list[Measure]:
    """Of each machine its fastest way to train: the price is that of the whole machine, however many devices work."""
    bars = []
    for machine in machines:
        rates = [(point, entry) for entry in entries if entry.run == machine.name and (point := throughput(entry))]
        if machine.price is None or not rates:
            continue
        rate, entry = max(rates, key=lambda pair: pair[0].y)
        bars.append(_cost_bar(machine, machine.price, rate, entry, currency))
    return bars


def _cost_bar(machine: Machine, price: float, rate: Point, entry: Entry, currency: str) -> Measure:
    def cost(samples_per_second: float | None) -> float | None:
        return price / 3600 / samples_per_second * _SAMPLES if samples_per_second and samples_per_second > 0 else None

    value = cost(rate.y) or 0.0
    on = f"{entry.strategy}, {text.plural(entry.devices or 1, 'device')}"
    shown = f"{text.number(value)} {currency} ({on})"
    return Measure(title_of(entry), machine.name, value, cost(rate.high), cost(rate.low), shown, machine.look.colour)
