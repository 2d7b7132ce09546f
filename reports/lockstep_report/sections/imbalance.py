"""What uneven pieces and slower devices cost: each rank's time per split, the bounds, and the bias of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import BAD, DOUBTFUL, GOOD, NOT_DRAWN, Entry, grouped
from ..figures import Bar, stacked_figure
from ..svg import SvgWriter
from .phases import STEP_AXIS

_PART_OF = {
    **dict.fromkeys(("batch", "forward", "loss", "backward", "update"), "compute"),
    **dict.fromkeys(("scatter", "replicate", "gather", "reduce"), "communicate"),
    "wait": "wait",
    "idle": "idle",
}
_TIMES = ("step_time", "split_bound", "time_over_bound", "imbalance", "lost_capacity", "imbalance_penalty")
_USES = ("used_device_share", "row_utilisation")
# Below this a prediction is rounding: the pieces are equally large.
_NO_BIAS = 1e-9


@dataclass(frozen=True)
class Group:
    """Cases that differ in split, averaging and the slowed device only."""

    title: str
    figure: Markup | None
    rows: list[dict[str, Any]]
    biases: list[dict[str, Any]]


@dataclass(frozen=True)
class Imbalance:
    legend: list[tuple[str, str]]
    groups: list[Group]


def build(entries: list[Entry], writer: SvgWriter) -> Imbalance:
    members = [entry for entry in entries if entry.family == "imbalance"]
    groups = [_group(group, writer) for group in grouped(members, _same_group).values()]
    return Imbalance(list(palette.LOAD.items()) if any(group.figure for group in groups) else [], groups)


def _same_group(entry: Entry) -> tuple[Any, ...]:
    own = ("split", "averaging", "slow_factor", "slow_device")
    others = tuple(pair for pair in entry.other_axes if pair[0] not in own)
    return entry.scenario, entry.strategy, entry.axes.get("devices", ""), others, entry.tier


def _group(entries: list[Entry], writer: SvgWriter) -> Group:
    title = _title(entries[0])
    entries = sorted(entries, key=lambda entry: text.natural_key(entry.axes.get("slow_factor", "")))
    bars = [bar for entry in entries for bar in _bars(entry)]
    figure = stacked_figure(writer, "Time per step by use", bars, palette.LOAD, STEP_AXIS, title) if bars else None
    return Group(title, figure, [_row(entry) for entry in entries], [_bias(e) for e in entries if _has_bias(e)])


def _title(entry: Entry) -> str:
    parts = [entry.scenario]
    if "strategy" in entry.axes:
        parts.append(entry.strategy)
    if entry.axes.get("devices"):
        parts.append(text.plural(entry.devices or 0, "device"))
    own = ("split", "averaging", "slow_factor", "slow_device")
    return ", ".join(parts + [f"{axis} {value}" for axis, value in entry.other_axes if axis not in own])


def _label(entry: Entry) -> str:
    """What the case adds to its group, with the rows of a whole batch per device: "2 times slower · speed 43:85"."""
    parts = []
    factor = entry.axes.get("slow_factor")
    if factor is not None:
        device = entry.axes.get("slow_device")
        whom = "" if device is None else f"device {device} "
        parts.append("all at full speed" if factor == "1.0" else f"{whom}{factor.removesuffix('.0')} times slower")
    split = entry.axes.get("split", "")
    rows = _rows(entry)
    parts.append(rows if split.startswith("{") and rows else f"{split} {rows}".strip())
    if entry.axes.get("averaging"):
        parts.append(f"mean of {entry.axes['averaging']}")
    return " · ".join(part for part in parts if part) or entry.scenario


def _rows(entry: Entry) -> str:
    """Rows per device of the largest batch, as in "96:32"."""
    pieces = max(entry.case.get("pieces", []), key=sum, default=[])
    return ":".join(str(rows) for rows in pieces)


def _bars(entry: Entry) -> list[Bar]:
    if entry.verdict in NOT_DRAWN:
        return []
    ranks: dict[int, dict[str, float]] = {}
    for phase in sorted(entry.case.get("phases", []), key=lambda phase: phase["rank"]):
        parts = ranks.setdefault(int(phase["rank"]), {})
        part = _PART_OF[phase["phase"]]
        parts[part] = parts.get(part, 0.0) + phase["seconds"] * 1e3
    bound = entry.value("split_bound")
    mark = None if bound is None else bound * 1e3
    return [Bar(_label(entry), f"rank {rank}", parts, mark) for rank, parts in ranks.items()]


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry,
        "label": _label(entry),
        "ratio": _shown(entry, "speed_split_gain" if _is_by_speed(entry) else "speedup"),
        "is_by_speed": _is_by_speed(entry),
        "values": [_shown(entry, name) for name in (*_TIMES, *_USES)],
        "doubt": entry.verdict if entry.verdict in BAD | DOUBTFUL | {"SKIPPED"} else "",
        "reason": "" if entry.case.get("phases") else entry.case["reason"],
    }


def _is_by_speed(entry: Entry) -> bool:
    """Measured against torch's chunks on the same devices, not against one device."""
    return entry.metric("speed_split_gain") is not None


def _shown(entry: Entry, name: str) -> str:
    metric = entry.metric(name)
    return text.quantity(name, metric["unit"], metric["value"]) if metric else text.NOT_AVAILABLE


def _has_bias(entry: Entry) -> bool:
    return (entry.value("predicted_gradient_bias") or 0) > _NO_BIAS


def _bias(entry: Entry) -> dict[str, Any]:
    outcomes = {
        "documented:mean_of_means": "as predicted",
        "weighted_loss_removes_bias": "removed by weighing the samples",
    }
    check = next((check for check in entry.case["checks"] if check["name"] in outcomes), None)
    outcome = outcomes[check["name"]] if check else "too small to tell"
    return {
        "label": _label(entry),
        "found": _share(entry.value("gradient_bias")),
        "predicted": _share(entry.value("predicted_gradient_bias")),
        "outcome": outcome if check is None or check["verdict"] in GOOD else f"not {outcome}",
        "verdict": check["verdict"] if check else "",
    }


def _share(value: float | None) -> str:
    """Rounding is far below what percents show."""
    return text.percent(value) if value is None or value >= 1e-3 else text.number(value)
