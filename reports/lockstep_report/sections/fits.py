"""The family memory: what each device holds, whether it was predicted, and the largest batch that fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import Entry, grouped, strategy_rank
from ..figures import Axis, Bar, stacked_figure
from ..svg import SvgWriter
from .memory import TITLE, TOTAL, peaks_by_device, size_unit


@dataclass(frozen=True)
class Fits:
    """The cases of one scenario."""

    title: str
    note: str
    figure: Markup | None
    has_search: bool
    rows: list[dict[str, Any]]
    trials: list[dict[str, Any]]
    advice: list[tuple[str, list[str]]]  # (case, sentences)


@dataclass(frozen=True)
class Section:
    legend: list[tuple[str, str]]
    groups: list[Fits]


def build(entries: list[Entry], writer: SvgWriter) -> Section:
    members = [entry for entry in entries if entry.family == "memory"]
    groups = grouped(members, lambda entry: (entry.scenario, entry.tier))
    used = {account["use"] for entry in members for account in entry.case.get("memory", [])}
    legend = [(use, colour) for use, colour in palette.MEMORY.items() if use in used]
    return Section(legend, [_group(group, writer) for group in groups.values()])


def _group(entries: list[Entry], writer: SvgWriter) -> Fits:
    # Strategies on the same number of devices stand together.
    entries = sorted(entries, key=lambda entry: (entry.devices or 0, strategy_rank(entry.strategy)))
    has_search = any(entry.value("device_memory") for entry in entries)
    what = "the largest batch that fits" if has_search else "one batch"
    return Fits(
        title=entries[0].scenario,
        note=f"Peak memory of each device with {what}.",
        figure=_figure(entries, writer),
        has_search=has_search,
        rows=[_row(entry) for entry in entries],
        trials=[_trial(entry, trial) for entry in entries for trial in entry.case.get("trials", []) if has_search],
        advice=[(entry.label, entry.case["findings"]) for entry in entries if entry.case.get("findings")],
    )


def _figure(entries: list[Entry], writer: SvgWriter) -> Markup | None:
    devices = [(entry, device, peaks) for entry in entries for device, peaks in peaks_by_device(entry).items()]
    if not devices:
        return None
    limits = {entry.value("device_memory") for entry in entries} - {None}
    limit = limits.pop() if len(limits) == 1 else None
    scale, unit = size_unit(max(limit or 0, *(sum(peaks.values()) - peaks[TOTAL] for _, _, peaks in devices)))
    bars = [
        Bar(
            entry.label,
            f"device {device}",
            {use: peak / scale for use, peak in peaks.items() if use != TOTAL},
            peaks[TOTAL] / scale,
        )
        for entry, device, peaks in devices
    ]
    across = limit / scale if limit else None
    return stacked_figure(writer, TITLE, bars, palette.MEMORY, Axis("peak memory", unit), entries[0].scenario, across)


def _row(entry: Entry) -> dict[str, Any]:
    totals = [peaks[TOTAL] for peaks in peaks_by_device(entry).values()]
    return {
        "entry": entry,
        "device0": text.size(totals[0]) if totals else "–",
        "others": text.size(median(totals[1:])) if len(totals) > 1 else "–",
        "ratio": _or_dash(entry, "device0_ratio", text.ratio),
        "prediction": _prediction(entry),
        "capacity": _or_dash(entry, "device_memory", text.size),
        "largest": _or_dash(entry, "largest_batch", text.number),
        "safe": _or_dash(entry, "safe_batch", text.number),
        "per_sample": _or_dash(entry, "bytes_per_sample", text.size),
        "fixed": _or_dash(entry, "fixed_bytes", text.size),
        "residual": _or_dash(entry, "fit_residual", lambda value: text.size(round(value))),
    }


def _or_dash(entry: Entry, metric: str, shown: Callable[[float], str]) -> str:
    value = entry.value(metric)
    return "–" if value is None else shown(value)


def _prediction(entry: Entry) -> str:
    """How far the predicted peaks are from the measured ones, over all devices and uses."""
    accounts = [account for account in entry.case.get("memory", []) if "predicted_bytes" in account]
    if not accounts:
        return "–"
    off = max(abs(account["peak_bytes"] - account["predicted_bytes"]) for account in accounts)
    return "equal" if off == 0 else f"off by {text.number(off)} B"


def _trial(entry: Entry, trial: dict[str, Any]) -> dict[str, Any]:
    return {
        "entry": entry,
        "batch": text.number(trial["batch"]),
        "micro_batches": text.number(trial["micro_batches"]),
        "outcome": "fits" if trial["fits"] else "does not fit",
        "peak": text.size(trial["peak_bytes"]) if trial["fits"] else "",
        "reason": trial["reason"],
    }
