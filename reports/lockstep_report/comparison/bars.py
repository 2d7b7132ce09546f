"""Machine by machine: bandwidths by size, largest batches, checkpoints, steps by phase, memory by use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import NOT_DRAWN, Entry, grouped, warnings_of
from ..figures import LARGEST, Axis, Bar, Chart, Line, Measure, Point, line_figure, measure_figure, stacked_figure
from ..sections.communication import BUSBW_AXIS, SIZE_AXIS, timed_rows
from ..sections.memory import TOTAL, peaks_by_device, size_unit
from ..sections.phases import STEP_AXIS, phases_by_rank
from ..svg import SvgWriter
from .machines import Machine
from .scaling import title_of

ALL = "every machine"
ALL_COMPARED = "all compared"
_MOST_GROUPS = 8


@dataclass(frozen=True)
class Stacks:
    legend: list[tuple[str, str]]
    figures: list[Markup]


def bandwidths(entries: list[Entry], machines: list[Machine], writer: SvgWriter) -> list[Markup]:
    """A panel for each collective on each number of devices."""
    members = [entry for entry in entries if entry.family == "communication" and timed_rows(entry)]
    panels = grouped(members, lambda entry: (entry.name, entry.tier))
    figures = []
    for group in panels.values():
        collective = group[0].axes.get("collective", group[0].scenario)
        on = text.plural(group[0].devices or 1, "device")
        lines = [
            Line(machine.name, machine.look, [Point(row["bytes"], row["busbw"]) for row in timed_rows(entry)])
            for machine in machines
            for entry in group
            if entry.run == machine.name
        ]
        chart = Chart(f"{collective} on {on}", SIZE_AXIS, BUSBW_AXIS, lines)
        figures.append(line_figure(writer, chart, f"{group[0].scenario}, bus bandwidth"))
    return figures


def largest_batches(entries: list[Entry], machines: list[Machine], writer: SvgWriter) -> list[Markup]:
    axis = Axis("largest global batch", "samples")
    return _measures(entries, machines, writer, "Largest batch", "memory", "largest_batch", axis)


def checkpoints(entries: list[Entry], machines: list[Machine], writer: SvgWriter) -> list[Markup]:
    axis = Axis("bandwidth", "GB/s", 1e-9)
    figures = []
    for title, metric in (("Saving a checkpoint", "save_bandwidth"), ("Loading a checkpoint", "load_bandwidth")):
        figures += _measures(entries, machines, writer, title, "checkpoint", metric, axis)
    return figures


def _measures(
    entries: list[Entry],
    machines: list[Machine],
    writer: SvgWriter,
    title: str,
    family: str,
    metric: str,
    axis: Axis,
) -> list[Markup]:
    """A panel per scenario."""
    members = [
        entry
        for entry in entries
        if entry.family == family and entry.value(metric) is not None and entry.verdict not in NOT_DRAWN
    ]
    figures = []
    for scenario, group in grouped(members, lambda entry: entry.scenario).items():
        bars = [bar for same in _same_name(group) for bar in _bars_of(same, machines, metric)]
        figures.append(measure_figure(writer, f"{title}: {scenario}", bars, axis, "comparison"))
    return figures


def _same_name(entries: list[Entry]) -> list[list[Entry]]:
    return list(grouped(entries, lambda entry: entry.name).values())


def _bars_of(group: list[Entry], machines: list[Machine], name: str) -> list[Measure]:
    """One for all machines where all have the same number without an interval."""
    found = [(machine, entry.metric(name)) for machine in machines for entry in group if entry.run == machine.name]
    title = group[0].label
    is_exact = all(metric is not None and metric["low"] in (None, metric["value"]) for _, metric in found)
    if len(found) > 1 and is_exact and len({metric["value"] for _, metric in found if metric}) == 1:
        return [_measure(title, _all(found, machines), found[0][1], palette.MUTED)]
    return [_measure(title, machine.name, metric, machine.look.colour) for machine, metric in found]


def warnings(entries: list[Entry], family: str) -> list[str]:
    """What to know before the numbers of a family's figures are believed, with machine and case."""
    members = [entry for entry in entries if entry.family == family]
    return [f"{entry.run}, {entry.name}: {warning}" for entry in members for warning in warnings_of(entry)]


def _all(found: list[Any], machines: list[Machine]) -> str:
    return ALL if len(found) == len(machines) else ALL_COMPARED


def _measure(group: str, label: str, metric: dict[str, Any] | None, colour: str) -> Measure:
    assert metric is not None  # only cases with the metric come here
    shown = text.quantity(metric["name"], metric["unit"], metric["value"])
    return Measure(group, label, metric["value"], metric["low"], metric["high"], shown, colour)


def steps(entries: list[Entry], machines: list[Machine], writer: SvgWriter) -> Stacks:
    """Of the speed-up family, a panel per experiment: the mean over the ranks, machine under machine."""
    members = [
        entry
        for entry in entries
        if entry.family == "speedup" and entry.case.get("phases") and entry.verdict not in NOT_DRAWN
    ]
    figures = []
    used: set[str] = set()
    for group in grouped(members, lambda entry: (title_of(entry), entry.tier)).values():
        bars = [bar for same in _same_case(group) for bar in _step_bars(same, machines)]
        used |= {phase for bar in bars for phase in bar.parts}
        title = title_of(group[0])
        figures.append(stacked_figure(writer, title, bars, palette.PHASES, STEP_AXIS, "time per step by phase"))
    return Stacks([(phase, colour) for phase, colour in palette.PHASES.items() if phase in used], figures)


def _same_case(entries: list[Entry]) -> list[list[Entry]]:
    """Case by case; of very many those on most devices."""
    groups = list(grouped(entries, lambda entry: (entry.strategy, entry.devices)).values())
    largest = sorted(groups, key=lambda group: -(group[0].devices or 0))[:_MOST_GROUPS]
    return [group for group in groups if group in largest]


def _step_bars(group: list[Entry], machines: list[Machine]) -> list[Bar]:
    head = f"{group[0].strategy} · {text.plural(group[0].devices or 1, 'device')}"
    bars = []
    for machine in machines:
        for entry in group:
            if entry.run == machine.name:
                bars.append(Bar(head, machine.name, _mean_phases(entry)))
    return bars


def _mean_phases(entry: Entry) -> dict[str, float]:
    ranks = list(phases_by_rank(entry).values())
    sums: dict[str, float] = {}
    for times in ranks:
        for phase, seconds in times.items():
            sums[phase] = sums.get(phase, 0.0) + seconds
    return {phase: 1e3 * total / len(ranks) for phase, total in sums.items() if total < LARGEST}


def memories(entries: list[Entry], machines: list[Machine], writer: SvgWriter) -> Stacks:
    """Of the family memory, else of speed-up: device 0 and the fullest of the others; one bar where all agree."""
    candidates = [entry for entry in entries if entry.case.get("memory") and entry.verdict not in NOT_DRAWN]
    members = [e for e in candidates if e.family == "memory"] or [e for e in candidates if e.family == "speedup"]
    figures = []
    used: set[str] = set()
    for (scenario, *_), group in grouped(
        members, lambda entry: (entry.scenario, entry.axes.get("scaling", ""))
    ).items():
        cases = _same_name(group)[: 2 * _MOST_GROUPS]
        rows = [row for same in cases for row in _memory_rows(same, machines)]
        scale, unit = size_unit(max(sum(p for u, p in peaks.items() if u != TOTAL) for _, _, peaks in rows))
        bars = [_memory_bar(head, label, peaks, scale) for head, label, peaks in rows]
        used |= {use for bar in bars for use in bar.parts}
        axis = Axis("peak memory", unit)
        figures.append(stacked_figure(writer, scenario, bars, palette.MEMORY, axis, "peak memory per device by use"))
    return Stacks([(use, colour) for use, colour in palette.MEMORY.items() if use in used], figures)


def _memory_rows(group: list[Entry], machines: list[Machine]) -> list[tuple[str, str, dict[str, float]]]:
    head = group[0].label
    found = [(m.name, _fullest(entry)) for m in machines for entry in group if entry.run == m.name]
    if len(found) > 1 and all(devices == found[0][1] for _, devices in found):
        found = [(_all(found, machines), found[0][1])]
    return [(head, f"{name}, {device}", peaks) for name, devices in found for device, peaks in devices.items()]


def _fullest(entry: Entry) -> dict[str, dict[str, float]]:
    """Device 0, which dp burdens, and the one of the others that holds most."""
    devices = peaks_by_device(entry)
    chosen = {"dev. 0": devices[min(devices)]}
    others = [peaks for device, peaks in devices.items() if device != min(devices)]
    if others:
        chosen["others"] = max(others, key=lambda peaks: peaks.get(TOTAL, sum(peaks.values())))
    return chosen


def _memory_bar(head: str, label: str, peaks: dict[str, float], scale: int) -> Bar:
    parts = {use: peak / scale for use, peak in peaks.items() if use != TOTAL}
    return Bar(head, label, parts, peaks[TOTAL] / scale if TOTAL in peaks else None)
