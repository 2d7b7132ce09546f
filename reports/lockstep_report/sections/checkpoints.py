"""Who can go on with whose checkpoint, and what a checkpoint costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import text
from ..entries import Entry, grouped, strategy_rank, verdict_rank

# A strategy and its number of devices.
World = tuple[str, str]


@dataclass(frozen=True)
class Cell:
    """All cases of one pair of worlds, by the worst of them."""

    verdict: str
    cases: int
    found: str  # "same bits", or the largest distance that rounding made


@dataclass(frozen=True)
class Matrix:
    title: str
    others: list[str]  # the axes that share a cell, with their values
    loaders: list[tuple[str, int]]  # strategies with the number of their columns
    devices: list[str]  # of the columns
    rows: list[tuple[str, list[Cell | None]]]


@dataclass(frozen=True)
class Checkpoints:
    matrices: list[Matrix]
    costs: list[dict[str, Any]]


def build(entries: list[Entry]) -> Checkpoints:
    members = [entry for entry in entries if entry.family == "checkpoint"]
    groups = grouped(members, lambda entry: (entry.scenario, entry.tier))
    matrices = [_matrix(key, group) for key, group in groups.items() if any(_saver(e) != _loader(e) for e in group)]
    return Checkpoints(matrices, [_cost(entry) for entry in members if entry.value("save_time") is not None])


def _saver(entry: Entry) -> World:
    return entry.strategy, entry.axes.get("devices", "1")


def _loader(entry: Entry) -> World:
    """A world that the axes do not name is the one that saved."""
    strategy, devices = _saver(entry)
    by, on = entry.axes.get("resume_strategy", "same"), entry.axes.get("resume_devices", "0")
    return strategy if by == "same" else by, devices if on == "0" else on


def _matrix(key: tuple[str, str], entries: list[Entry]) -> Matrix:
    scenario, _ = key
    by_pair = grouped(entries, lambda entry: (_saver(entry), _loader(entry)))
    savers = sorted({saver for saver, _ in by_pair}, key=_world_order)
    loaders = sorted({loader for _, loader in by_pair}, key=_world_order)
    rows = []
    for saver in savers:
        cells = [_cell(by_pair[saver, loader]) if (saver, loader) in by_pair else None for loader in loaders]
        rows.append((_name(saver), cells))
    return Matrix(scenario, _shared_axes(entries), _spans(loaders), [devices for _, devices in loaders], rows)


def _world_order(world: World) -> tuple[Any, ...]:
    strategy, devices = world
    return strategy_rank(strategy), text.natural_key(devices)


def _name(world: World) -> str:
    strategy, devices = world
    return f"{strategy} · {devices} {'device' if devices == '1' else 'devices'}"


def _spans(loaders: list[World]) -> list[tuple[str, int]]:
    spans: dict[str, int] = {}
    for strategy, _ in loaders:
        spans[strategy] = spans.get(strategy, 0) + 1
    return list(spans.items())


def _shared_axes(entries: list[Entry]) -> list[str]:
    values: dict[str, dict[str, None]] = {}
    for entry in entries:
        for axis, value in entry.other_axes:
            if axis not in ("resume_strategy", "resume_devices"):
                values.setdefault(axis, {})[value] = None
    return [f"{text.words(axis)} {', '.join(found)}" for axis, found in values.items()]


def _cell(entries: list[Entry]) -> Cell:
    worst = min(entries, key=lambda entry: verdict_rank(entry.verdict))
    return Cell(worst.verdict, len(entries), _found(entries))


def _found(entries: list[Entry]) -> str:
    checks = [check for entry in entries for check in entry.case["checks"] if check["name"] == "resume"]
    if not checks or any(check["worst"] is None or check["verdict"] != "PASS" for check in checks):
        return ""
    distance = max(check["worst"] for check in checks)
    return "same bits" if distance == 0 else text.number(distance)


def _cost(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry,
        "size": text.size(entry.value("checkpoint_size")),
        "sides": [_side(entry, "save", "capture_time"), _side(entry, "load", "restore_time")],
    }


def _side(entry: Entry, name: str, device_side: str) -> dict[str, str]:
    def shown(metric: str) -> str:
        value = entry.metric(metric)
        return text.quantity(metric, value["unit"], value["value"]) if value else text.NOT_AVAILABLE

    return {
        "device": shown(device_side),
        "time": shown(f"{name}_time"),
        "bandwidth": shown(f"{name}_bandwidth"),
        "efficiency": text.ratio(entry.value(f"{name}_efficiency")),
    }
