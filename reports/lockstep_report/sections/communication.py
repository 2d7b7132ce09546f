"""Collectives by size, and what of a training's communication is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..communication_figures import BucketPoint, SizeCurve, bandwidth_figure, bucket_figure
from ..entries import BAD, DOUBTFUL, Entry, grouped, strategy_rank
from ..figures import Bar, stacked_figure
from ..svg import SvgWriter

# What did not happen as it was measured is in no figure.
_NOT_DRAWN = {"INVALID", "ERROR", "MISSING", "SKIPPED"}
# Ranks have pieces of a whole: their operands lie apart, as in a training.
_WITH_PIECES = {"scatter", "gather", "all_gather", "reduce_scatter"}
# Beyond it a number overflows in the unit of its axis.
_LARGEST = 1e290
_SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True)
class Sweep:
    """The collectives of a scenario on one number of devices."""

    title: str
    note: str
    figure: Markup | None
    rows: list[dict[str, Any]]
    tables: list[dict[str, Any]]


@dataclass(frozen=True)
class Training:
    title: str
    bucket_figure: Markup | None
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
    return entry.run, entry.scenario, entry.axes.get("devices", ""), others, entry.tier


def _same_training(entry: Entry) -> tuple[Any, ...]:
    others = tuple(pair for pair in entry.other_axes if pair[0] != "bucket")
    return entry.run, entry.scenario, entry.axes.get("devices", ""), others, entry.tier


def _title(entries: list[Entry], hidden_axis: str) -> str:
    first = entries[0]
    parts = [f"{first.run}: {first.scenario}" if first.run else first.scenario]
    if first.axes.get("devices"):
        parts.append(text.plural(first.devices or 0, "device"))
    return ", ".join(parts + [f"{axis} {value}" for axis, value in first.other_axes if axis != hidden_axis])


def _collective(entry: Entry) -> str:
    return entry.axes.get("collective", entry.scenario)


def _sweep(entries: list[Entry], writer: SvgWriter) -> Sweep:
    title = _title(entries, "collective")
    curves = [curve for entry in entries if (curve := _curve(entry))]
    return Sweep(
        title=title,
        note=f"Tier {entries[0].tier}, {entries[0].certainty if curves else 'not timed'}.",
        figure=bandwidth_figure(writer, title, curves) if curves else None,
        rows=[_fit_row(entry) for entry in entries],
        tables=[_table(entry) for entry in entries],
    )


def _curve(entry: Entry) -> SizeCurve | None:
    """With the operands where a training has them."""
    in_place = _collective(entry) not in _WITH_PIECES
    rows = [row for row in entry.case["bandwidth"] if row["in_place"] == in_place and _is_drawable(row)]
    if not rows or entry.verdict in _NOT_DRAWN:
        return None
    return SizeCurve(_collective(entry), [(row["bytes"], row["seconds"], row["busbw"]) for row in rows])


def _is_drawable(row: dict[str, Any]) -> bool:
    """On logarithmic axes."""
    return all(row[name] is not None and 0 < row[name] < _LARGEST for name in ("bytes", "seconds", "busbw"))


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
        bucket_figure=_bucket_figure(title, entries, writer),
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
    }


def _wait(wait: dict[str, Any]) -> dict[str, Any]:
    return {
        "rank": wait["rank"],
        "seconds": text.seconds(wait["seconds"]),
        "waits_for": "–" if wait["waits_for"] is None else f"rank {wait['waits_for']}",
        "caused": text.seconds(wait["caused"]),
        "last": text.percent(wait["last_share"]),
    }


def _bucket_figure(title: str, entries: list[Entry], writer: SvgWriter) -> Markup | None:
    drawn = [entry for entry in entries if entry.verdict not in _NOT_DRAWN]
    points = [point for entry in drawn if entry.strategy == "ddp" and (point := _bucket_point(entry))]
    if len(points) < 2:
        return None
    dp_steps = [step for entry in drawn if entry.strategy == "dp" and (step := _with_interval(entry, "step_time"))]
    ordered = sorted(points, key=lambda point: point.bucket)
    return bucket_figure(writer, title, ordered, dp_steps[0][0] if dp_steps else None)


def _bucket_point(entry: Entry) -> BucketPoint | None:
    bucket = _bytes(entry.axes.get("bucket", ""))
    step, exposed = _with_interval(entry, "step_time"), _with_interval(entry, "exposed_communication")
    if bucket is None or step is None or exposed is None:
        return None
    return BucketPoint(bucket, step, exposed, entry.value("overlap"))


def _bytes(axis_value: str) -> int | None:
    """4194304 of "4MiB", an axis's spelling of a size."""
    number = axis_value.rstrip("BKMGi")
    unit = _SIZES.get(axis_value[len(number) :])
    is_count = number.isascii() and number.isdecimal() and len(number) < 15
    return int(number) * unit if unit and is_count and int(number) > 0 else None


def _with_interval(entry: Entry, name: str) -> tuple[float, float, float] | None:
    metric = entry.metric(name)
    if metric is None or metric["value"] is None:
        return None
    value = metric["value"]
    low, high = (value if metric[end] is None else metric[end] for end in ("low", "high"))
    return (value, low, high) if max(abs(value), abs(low), abs(high)) < _LARGEST else None


def _wait_figure(title: str, entries: list[Entry], writer: SvgWriter) -> Markup | None:
    bars = [
        Bar(_label(entry), f"rank {wait['rank']}", {"wait": wait["seconds"] * 1e3}, wait["caused"] * 1e3)
        for entry in entries
        for wait in entry.case.get("waits", [])
        if max(wait["seconds"], wait["caused"]) < _LARGEST
    ]
    if not bars:
        return None
    return stacked_figure(writer, f"{title}: waiting per rank", bars, {"wait": palette.PHASES["wait"]}, "ms per step")
