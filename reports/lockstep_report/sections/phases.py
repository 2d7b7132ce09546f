"""Where a step's time goes, per rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .. import palette, text
from ..entries import CERTAINTY, Entry, grouped
from ..figures import Axis, Bar, stacked_figure
from ..svg import SvgWriter

TITLE = "Time per step by phase"
STEP_AXIS = Axis("time per step", "ms", 1e3)
# Of the other families, correctness is the subject and time a detail, or they show it in their own section.
_OPEN_FAMILIES = {"speedup", "communication"}


@dataclass(frozen=True)
class Breakdown:
    title: str
    is_open: bool
    figure: Markup | None  # of the open ones: a hundred bars of what is a detail show nothing
    phases: list[str]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Phases:
    legend: list[tuple[str, str]]
    breakdowns: list[Breakdown]


def build(entries: list[Entry], writer: SvgWriter) -> Phases:
    members = [entry for entry in entries if entry.case.get("phases")]
    groups = grouped(members, lambda entry: (entry.scenario, entry.axes.get("scaling", ""), entry.tier))
    breakdowns = [_breakdown(key, group, writer) for key, group in groups.items()]
    used = {phase for breakdown in breakdowns for phase in breakdown.phases}
    return Phases([(phase, colour) for phase, colour in palette.PHASES.items() if phase in used], breakdowns)


def _breakdown(key: tuple[str, str, str], entries: list[Entry], writer: SvgWriter) -> Breakdown:
    scenario, scaling, tier = key
    title = f"{scenario}, {scaling} scaling" if scaling else scenario
    if tier in CERTAINTY and CERTAINTY[tier] != "measured":
        title += f" ({CERTAINTY[tier]})"
    steps = [(entry, rank, times) for entry in entries for rank, times in phases_by_rank(entry).items()]
    bars = [_bar(entry, rank, times) for entry, rank, times in steps]
    used = {phase for _, _, times in steps for phase in times}
    phases = [phase for phase in palette.PHASES if phase in used]
    is_open = entries[0].family in _OPEN_FAMILIES
    figure = stacked_figure(writer, TITLE, bars, palette.PHASES, STEP_AXIS, title) if is_open else None
    rows = [_row(entry, rank, times, phases) for entry, rank, times in steps]
    return Breakdown(title, is_open, figure, phases, rows)


def phases_by_rank(entry: Entry) -> dict[int, dict[str, float]]:
    """Seconds by phase, by rank."""
    ranks: dict[int, dict[str, float]] = {}
    for phase in sorted(entry.case["phases"], key=lambda phase: phase["rank"]):
        times = ranks.setdefault(int(phase["rank"]), {})
        times[phase["phase"]] = times.get(phase["phase"], 0.0) + phase["seconds"]
    return ranks


def _bar(entry: Entry, rank: int, times: dict[str, float]) -> Bar:
    return Bar(entry.label, f"rank {rank}", {phase: seconds * 1e3 for phase, seconds in times.items()})


def _row(entry: Entry, rank: int, times: dict[str, float], phases: list[str]) -> dict[str, Any]:
    return {
        "entry": entry,
        "rank": rank,
        "total": text.number(sum(times.values()) * 1e3),
        "values": [text.number(times[phase] * 1e3) if phase in times else "" for phase in phases],
    }
