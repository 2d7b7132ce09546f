"""Every case with its verdict, what needs attention first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .. import text
from ..entries import GOOD, VERDICTS, Entry, grouped, verdict_rank

# What a family's table shows, in this order of preference.
_KEY_METRICS = (
    "speedup",
    "efficiency",
    "loss_curve_distance",
    "test_accuracy",
    "bus_bandwidth",
    "busbw",
    "exposed_fraction",
    "exposed_communication",
    "peak_memory",
    "largest_batch",
    "safe_batch",
    "device0_ratio",
    "speed_split_gain",
    "imbalance",
    "gradient_bias",
    "step_time",
    "throughput",
)
_COLUMNS = 3
# More passing cases than this are folded away.
_FOLD_ABOVE = 12


@dataclass(frozen=True)
class Row:
    entry: Entry
    values: list[str]  # one per column of the family


@dataclass(frozen=True)
class Family:
    name: str
    questions: list[str]
    counts: list[tuple[str, int]]
    columns: list[str]
    open_rows: list[Row]
    folded_rows: list[Row]
    metrics: list[dict[str, Any]]
    definitions: list[tuple[str, str, str]]  # metric, which is better, definition
    findings: list[Entry]  # the cases whose numbers say something


def build(entries: list[Entry]) -> list[Family]:
    return [_family(name, members) for name, members in grouped(entries, lambda entry: entry.family).items()]


def _family(name: str, entries: list[Entry]) -> Family:
    counts = Counter(entry.verdict for entry in entries)
    shown = _key_metrics(entries)
    worst_first = sorted(entries, key=lambda entry: verdict_rank(entry.verdict))
    rows = [Row(entry, _values(entry, shown)) for entry in worst_first]
    attention = [row for row in rows if row.entry.verdict not in GOOD]
    passing = [row for row in rows if row.entry.verdict in GOOD]
    is_folded = len(passing) > _FOLD_ABOVE and name != "speedup"
    questions = [entry.case["question"] for entry in entries if entry.case.get("question")]
    return Family(
        name=name,
        questions=list(dict.fromkeys(questions)),
        counts=[(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        columns=[text.words(metric) for metric in shown] or ["checks", "values compared"],
        open_rows=attention + ([] if is_folded else passing),
        folded_rows=passing if is_folded else [],
        metrics=[row for entry in entries for row in _metrics(entry)],
        definitions=_definitions(entries),
        findings=[entry for entry in entries if entry.findings],
    )


def _key_metrics(entries: list[Entry]) -> list[str]:
    """The metrics that stand in the family's table; the others are in the list of all."""
    present = dict.fromkeys(metric["name"] for entry in entries for metric in entry.case["metrics"])
    known = [name for name in _KEY_METRICS if name in present]
    return (known or list(present))[:_COLUMNS]


def _values(entry: Entry, shown: list[str]) -> list[str]:
    """Key metrics; in a family without any, how much was checked."""
    if shown:
        metrics = [entry.metric(name) for name in shown]
        return [text.quantity(m["name"], m["unit"], m["value"]) if m else text.NOT_AVAILABLE for m in metrics]
    checks = entry.case["checks"]
    if not checks:
        return [text.NOT_AVAILABLE, text.NOT_AVAILABLE]
    return [text.number(len(checks)), text.number(sum(check["compared"] for check in checks))]


def _metrics(entry: Entry) -> list[dict[str, Any]]:
    """The case is named once."""
    return [
        {
            "case": "" if number else entry.name,
            "name": text.words(metric["name"]),
            "value": text.quantity(metric["name"], metric["unit"], metric["value"]),
            "interval": text.interval(metric),
        }
        for number, metric in enumerate(entry.case["metrics"])
    ]


def _definitions(entries: list[Entry]) -> list[tuple[str, str, str]]:
    """One per metric and wording: the same metric may be defined by the scaling."""
    found = dict.fromkeys(
        (
            text.words(metric["name"]),
            "" if metric["better"] == "none" else metric["better"],
            metric.get("definition", ""),
        )
        for entry in entries
        for metric in entry.case["metrics"]
    )
    return list(found)
