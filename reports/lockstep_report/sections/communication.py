"""Collectives by size, and what of a training's communication is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import BAD, DOUBTFUL, NOT_DRAWN, Entry, grouped, strategy_rank, warnings_of
from ..figures import LARGEST, Axis, Bar, Chart, Line, Point, line_figure, stacked_figure
from ..palette import Look
from ..svg import SvgWriter

# Ranks have pieces of a whole: their operands lie apart, as in a training.
_WITH_PIECES = {"scatter", "gather", "all_gather", "reduce_scatter"}
SIZE_AXIS = Axis("size", "bytes", ticks="sizes")
BUSBW_AXIS = Axis("busbw", "GB/s", 1e-9, ticks="log")
_TIME_AXIS = Axis("time", "µs", 1e6, ticks="log")
_BUCKET_AXIS = Axis("bucket size", "bytes", ticks="sizes")
_SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True)
class Sweep:
    """The collectives of a scenario on one number of devices."""

    title: str
    note: str
    figures: list[Markup]
    rows: list[dict[str, Any]]
    tables: list[dict[str, Any]]


@dataclass(frozen=True)
class Training:
    title: str
    bucket_figures: list[Markup]
    wait_figure: Markup | None
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Communication:
    sweeps: list[Sweep]
    trainings: list[Training]


def build(entries: list[Entry], writer: SvgWriter) -> Communication:
    members = [entry for entry in entries if entry.family == "communication"]
    collectives = [entry for entry in members if entry.case.get("bandwidth")]
    trainings = [entry for entry in members if not entry.case.get("bandwidth")]
    return Communication(
        [_sweep(group, writer) for group in grouped(collectives, _same_sweep).values()],
        [_training(group, writer) for group in grouped(trainings, _same_training).values()],
    )


def _same_sweep(entry: Entry) -> tuple[Any, ...]:
    others = tuple(pair for pair in entry.other_axes if pair[0] != "collective")
    return entry.scenario, entry.axes.get("devices", ""), others, entry.tier


def _same_training(entry: Entry) -> tuple[Any, ...]:
    others = tuple(pair for pair in entry.other_axes if pair[0] != "bucket")
    return entry.scenario, entry.axes.get("devices", ""), others, entry.tier


def _title(entries: list[Entry], hidden_axis: str) -> str:
    first = entries[0]
    parts = [first.scenario]
    if first.axes.get("devices"):
        parts.append(text.plural(first.devices or 0, "device"))
    return ", ".join(parts + [f"{axis} {value}" for axis, value in first.other_axes if axis != hidden_axis])


def _collective(entry: Entry) -> str:
    return entry.axes.get("collective", entry.scenario)


def _sweep(entries: list[Entry], writer: SvgWriter) -> Sweep:
    title = _title(entries, "collective")
    curves = [(entry, rows) for entry in entries if (rows := timed_rows(entry))]
    return Sweep(
        title=title,
        note=f"Tier {entries[0].tier}, {entries[0].certainty if curves else 'not timed'}.",
        figures=[line_figure(writer, chart, title) for chart in _charts(curves)],
        rows=[_fit_row(entry) for entry in entries],
        tables=[_table(entry) for entry in entries],
    )


def timed_rows(entry: Entry) -> list[dict[str, Any]]:
    """With the operands where a training has them; none of what cannot be drawn."""
    if entry.verdict in NOT_DRAWN:
        return []
    in_place = _collective(entry) not in _WITH_PIECES
    return [row for row in entry.case.get("bandwidth", []) if row["in_place"] == in_place and _is_drawable(row)]


def _charts(curves: list[tuple[Entry, list[dict[str, Any]]]]) -> list[Chart]:
    if not curves:
        return []
    return [
        Chart("Time", SIZE_AXIS, _TIME_AXIS, _lines(curves, "seconds")),
        Chart("Bus bandwidth", SIZE_AXIS, BUSBW_AXIS, _lines(curves, "busbw")),
    ]


def _lines(curves: list[tuple[Entry, list[dict[str, Any]]]], quantity: str) -> list[Line]:
    lines = []
    for number, (entry, rows) in enumerate(curves):
        colour = palette.COLLECTIVES.get(_collective(entry), palette.INK)
        look = Look(colour, palette.marker(number), palette.dash(number))
        lines.append(Line(_collective(entry), look, [Point(row["bytes"], row[quantity]) for row in rows], 1.8))
    return lines


def _is_drawable(row: dict[str, Any]) -> bool:
    """On logarithmic axes."""
    return all(row[name] is not None and 0 < row[name] < LARGEST for name in ("bytes", "seconds", "busbw"))


def _fit_row(entry: Entry) -> dict[str, Any]:
    beta = entry.value("beta")
    return {
        "entry": entry,
        "collective": _collective(entry),
        "wrong": text.number(sum(row["wrong"] for row in entry.case["bandwidth"])),
        "average": text.quantity("", "B/s", entry.value("bus_bandwidth")),
        "peak": text.quantity("", "B/s", entry.value("peak_bus_bandwidth")),
        "alpha": text.seconds(entry.value("alpha")),
        "bandwidth": text.rate(1 / beta, "B/s") if beta else text.NOT_AVAILABLE,
        "root": text.quantity("", "s/√B", entry.value("sqrt_term")),
        "residual": text.percent(entry.value("fit_residual")),
        "reason": entry.case["reason"],
        "warnings": warnings_of(entry),
    }


def _table(entry: Entry) -> dict[str, Any]:
    sizes = grouped(entry.case["bandwidth"], lambda row: row["bytes"])
    return {"collective": _collective(entry), "rows": [_size_row(rows) for rows in sizes.values()]}


def _size_row(rows: list[dict[str, Any]]) -> dict[str, Any]:
    placed = {row["in_place"]: row for row in rows}
    first = rows[0]
    return {
        "size": text.size(first["bytes"]),
        "count": text.number(first["count"]),
        "type": first["type"],
        "redop": first["redop"],
        "root": first["root"],
        "halves": [_half(placed.get(in_place)) for in_place in (False, True)],
    }


def _half(row: dict[str, Any] | None) -> list[str]:
    if row is None:
        return [text.NOT_AVAILABLE] * 4
    rates = [text.NOT_AVAILABLE if row[name] is None else text.rate(row[name], "B/s") for name in ("algbw", "busbw")]
    return [text.seconds(row["seconds"]), *rates, text.number(row["wrong"])]


def _training(entries: list[Entry], writer: SvgWriter) -> Training:
    title = _title(entries, "bucket")
    entries = sorted(entries, key=_by_bucket)
    return Training(
        title=title,
        bucket_figures=[line_figure(writer, chart, title) for chart in _bucket_charts(entries)],
        wait_figure=_wait_figure(title, entries, writer),
        rows=[_training_row(entry) for entry in entries],
    )


def _by_bucket(entry: Entry) -> tuple[Any, ...]:
    return strategy_rank(entry.strategy), _bytes(entry.axes.get("bucket", "")) or 0


def _label(entry: Entry) -> str:
    """Only ddp has buckets."""
    bucket = entry.axes.get("bucket")
    return entry.label if bucket is None or entry.strategy == "ddp" else entry.label.replace(f" · bucket {bucket}", "")


def _training_row(entry: Entry) -> dict[str, Any]:
    def shown(name: str) -> str:
        metric = entry.metric(name)
        return text.quantity(name, metric["unit"], metric["value"]) if metric else text.NOT_AVAILABLE

    names = ("step_time", "communication_time", "exposed_communication", "exposed_fraction", "overlap")
    return {
        "label": _label(entry),
        "values": [shown(name) for name in (*names, "longest_wait", "skew", "wire_bytes")],
        "waits": [_wait(wait) for wait in entry.case.get("waits", [])],
        "doubt": entry.verdict if entry.verdict in BAD | DOUBTFUL | {"SKIPPED"} else "",
        "reason": entry.case["reason"],
        "warnings": warnings_of(entry),
    }


def _wait(wait: dict[str, Any]) -> dict[str, Any]:
    return {
        "rank": wait["rank"],
        "seconds": text.seconds(wait["seconds"]),
        "waits_for": "–" if wait["waits_for"] is None else f"rank {wait['waits_for']}",
        "caused": text.seconds(wait["caused"]),
        "last": text.percent(wait["last_share"]),
    }


def _bucket_charts(entries: list[Entry]) -> list[Chart]:
    """Step time, exposed communication and overlap over ddp's bucket size."""
    drawn = [entry for entry in entries if entry.verdict not in NOT_DRAWN]
    ddp = [(bucket, e) for e in drawn if e.strategy == "ddp" and (bucket := _bytes(e.axes.get("bucket", "")))]
    step, exposed, overlap = (_over_buckets(ddp, n) for n in ("step_time", "exposed_communication", "overlap"))
    if min(len(step), len(exposed)) < 2:
        return []
    look = Look(palette.strategy_colour("ddp", []), "o", "-")
    times = [
        Line("ddp: step", look, step),
        Line("ddp: exposed communication", Look(palette.PHASES["reduce"], "s", (0, (5, 2))), exposed),
    ]
    dp_steps = [point.y for e in drawn if e.strategy == "dp" for point in _over_buckets([(1, e)], "step_time")]
    if dp_steps:
        across = [Point(step[0].x, dp_steps[0]), Point(step[-1].x, dp_steps[0])]
        times.append(Line("dp: step", Look(palette.strategy_colour("dp", []), "", (0, (1, 1.5))), across))
    charts = [Chart("Time per step", _BUCKET_AXIS, Axis("time", "ms", 1e3, from_zero=True), times)]
    if overlap:
        hidden = Axis("overlap", "%", 100, from_zero=True)
        charts.append(Chart("Hidden communication", _BUCKET_AXIS, hidden, [Line("ddp", look, overlap)]))
    return charts


def _over_buckets(cases: list[tuple[int, Entry]], name: str) -> list[Point]:
    points = []
    for bucket, entry in cases:
        metric = entry.metric(name)
        if metric is not None and metric["value"] is not None and abs(metric["value"]) < LARGEST:
            points.append(Point(bucket, metric["value"], metric["low"], metric["high"]))
    return points


def _bytes(axis_value: str) -> int | None:
    """4194304 of "4MiB", an axis's spelling of a size."""
    number = axis_value.rstrip("BKMGi")
    unit = _SIZES.get(axis_value[len(number) :])
    is_count = number.isascii() and number.isdecimal() and len(number) < 15
    return int(number) * unit if unit and is_count and int(number) > 0 else None


def _wait_figure(title: str, entries: list[Entry], writer: SvgWriter) -> Markup | None:
    bars = [
        Bar(_label(entry), f"rank {wait['rank']}", {"wait": wait["seconds"] * 1e3}, wait["caused"] * 1e3)
        for entry in entries
        for wait in entry.case.get("waits", [])
        if max(wait["seconds"], wait["caused"]) < LARGEST
    ]
    if not bars:
        return None
    axis = Axis("waiting per step", "ms", 1e3)
    return stacked_figure(writer, "Waiting per rank", bars, {"wait": palette.PHASES["wait"]}, axis, title)
