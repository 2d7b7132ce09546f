"""Memory per device by use, and what moved between devices; the family memory has a section of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import Entry, grouped
from ..figures import Axis, Bar, stacked_figure
from ..svg import SvgWriter

TOTAL = "total"
TITLE = "Peak memory per device by use"
_OPEN_FAMILIES = {"speedup", "imbalance"}
_SIZES = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


@dataclass(frozen=True)
class MemoryGroup:
    title: str
    is_open: bool
    figure: Markup | None  # of the open ones only
    uses: list[str]
    memory_rows: list[dict[str, Any]]
    traffic_rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Memory:
    legend: list[tuple[str, str]]
    groups: list[MemoryGroup]


def build(entries: list[Entry], writer: SvgWriter) -> Memory:
    others = [entry for entry in entries if entry.family != "memory"]
    members = [entry for entry in others if any(entry.case.get(key) for key in ("memory", "pieces", "traffic"))]
    by_scenario = grouped(members, lambda entry: (entry.scenario, entry.axes.get("scaling", ""), entry.tier))
    groups = [_group(key, group, writer) for key, group in by_scenario.items()]
    used = {use for group in groups for use in group.uses}
    return Memory([(use, colour) for use, colour in palette.MEMORY.items() if use in used], groups)


def _group(key: tuple[str, str, str], entries: list[Entry], writer: SvgWriter) -> MemoryGroup:
    scenario, scaling, _ = key
    title = f"{scenario}, {scaling} scaling" if scaling else scenario
    devices = [(entry, device, peaks) for entry in entries for device, peaks in peaks_by_device(entry).items()]
    present = {use for _, _, peaks in devices for use, peak in peaks.items() if peak}
    uses = [use for use in palette.MEMORY if use in present]
    is_open = entries[0].family in _OPEN_FAMILIES
    return MemoryGroup(
        title=title,
        is_open=is_open,
        figure=_figure(title, devices, writer) if present and is_open else None,
        uses=uses,
        memory_rows=[_memory_row(entry, device, peaks, uses) for entry, device, peaks in devices],
        traffic_rows=[_traffic_row(entry) for entry in entries if _has_traffic(entry)],
    )


def _has_traffic(entry: Entry) -> bool:
    return bool(entry.case.get("pieces") or entry.case.get("traffic"))


def peaks_by_device(entry: Entry) -> dict[int, dict[str, float]]:
    """Peak bytes by use, by device."""
    devices: dict[int, dict[str, float]] = {}
    for account in sorted(entry.case.get("memory", []), key=lambda account: account["device"]):
        devices.setdefault(int(account["device"]), {})[account["use"]] = account["peak_bytes"]
    return devices


def _figure(title: str, devices: list[tuple[Entry, int, dict[str, float]]], writer: SvgWriter) -> Markup:
    scale, unit = size_unit(max(sum(peaks.values()) for _, _, peaks in devices))
    bars = [_bar(entry, device, peaks, scale) for entry, device, peaks in devices]
    return stacked_figure(writer, TITLE, bars, palette.MEMORY, Axis("peak memory", unit), title)


def size_unit(largest: float) -> tuple[int, str]:
    """The unit for an axis that goes up to `largest` bytes, and its bytes."""
    return next(((scale, unit) for scale, unit in _SIZES if largest >= scale), (1, "B"))


def _bar(entry: Entry, device: int, peaks: dict[str, float], scale: int) -> Bar:
    parts = {use: peak / scale for use, peak in peaks.items() if use != TOTAL}
    return Bar(entry.label, f"device {device}", parts, peaks[TOTAL] / scale if TOTAL in peaks else None)


def _memory_row(entry: Entry, device: int, peaks: dict[str, float], uses: list[str]) -> dict[str, Any]:
    return {
        "entry": entry,
        "device": device,
        "total": text.size(peaks.get(TOTAL)),
        "values": [text.size(peaks[use]) if use in peaks else "" for use in uses],
    }


def _traffic_row(entry: Entry) -> dict[str, Any]:
    pieces = [" + ".join(text.number(rows) for rows in split) for split in entry.case.get("pieces", [])]
    return {
        "entry": entry,
        "pieces": pieces,
        "traffic": [
            (flow["collective"], _calls(flow["calls_per_step"]), text.size(flow["bytes_per_step"]))
            for flow in entry.case.get("traffic", [])
        ],
    }


def _calls(count: float) -> str:
    return f"{text.number(count)} {'call' if count == 1 else 'calls'}"
