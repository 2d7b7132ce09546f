"""The file of `lockstep compare`: verdicts on what changed between two results. Hostile until validated here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from .. import text
from ..entries import GOOD, VERDICTS, verdict_rank
from ..errors import InputError
from ..results import MAX_RESULT_BYTES, one_line, parse, place, printable, read_text

_NUMBER = {"type": ["number", "null"]}
# What this report reads of it. The file may say more.
_SCHEMA = {
    "type": "object",
    "required": ["schema_version", "metrics"],
    "properties": {
        "schema_version": {"const": 1},
        "metrics": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["case", "metric", "verdict"],
                "properties": {
                    "case": {"type": "string", "minLength": 1},
                    "metric": {"type": "string", "minLength": 1},
                    "unit": {"type": "string"},
                    "better": {"enum": ["higher", "lower", "none"]},
                    "verdict": {"enum": list(VERDICTS)},
                    "reason": {"type": ["string", "null"]},
                    **dict.fromkeys(
                        ("ratio", "low", "high", "p", "q", "noise_floor", "threshold", "detectable"), _NUMBER
                    ),
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Judged:
    """`rows`: what is not SAME, worst first; the rest is folded."""

    sides: str
    state: str
    counts: list[tuple[str, int]]
    open_rows: list[dict[str, Any]]
    folded_rows: list[dict[str, Any]]


def load_comparison(file: Path) -> Judged:
    data = parse(read_text(file, MAX_RESULT_BYTES), file)
    error = best_match(Draft202012Validator(_SCHEMA).iter_errors(data))
    if error is not None:
        raise InputError(one_line(f"{file}: {place(error)}: {error.message}"))
    return _judged(printable(data))


def _judged(data: dict[str, Any]) -> Judged:
    metrics = sorted(data["metrics"], key=lambda metric: verdict_rank(metric["verdict"]))
    counts = Counter(metric["verdict"] for metric in metrics)
    rows = [_row(metric) for metric in metrics]
    is_quiet = [metric["verdict"] in ("SAME", "PASS") for metric in metrics]
    bad = any(counts[verdict] for verdict in VERDICTS if verdict not in GOOD)
    return Judged(
        sides=_sides(data),
        state="bad" if counts["REGRESSED"] or counts["FAIL"] else "doubtful" if bad or not rows else "good",
        counts=[(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        open_rows=[row for row, quiet in zip(rows, is_quiet, strict=True) if not quiet],
        folded_rows=[row for row, quiet in zip(rows, is_quiet, strict=True) if quiet],
    )


def _sides(data: dict[str, Any]) -> str:
    """baseline → candidate, by whatever names the file gives them."""
    names = [_side(data.get(side)) for side in ("baseline", "candidate")]
    return " → ".join(names) if all(names) else ""


def _side(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("label") or value.get("name") or value.get("run_id") or ""
    return value if isinstance(value, str) else ""


def _row(metric: dict[str, Any]) -> dict[str, Any]:
    return {
        "verdict": metric["verdict"],
        "case": metric["case"],
        "metric": text.words(metric["metric"]),
        "better": {"higher": "higher is better", "lower": "lower is better"}.get(metric.get("better", ""), ""),
        "change": _change(metric.get("ratio")),
        "interval": _interval(metric.get("low"), metric.get("high")),
        "p": text.number(metric.get("p")),
        "q": text.number(metric.get("q")),
        "noise": text.percent(metric.get("noise_floor")),
        "threshold": text.percent(metric.get("threshold")),
        "detectable": text.percent(metric.get("detectable")),
        "reason": metric.get("reason") or "",
    }


def _change(ratio: float | None) -> str:
    """+5.0 % of a ratio of 1.05."""
    return text.NOT_AVAILABLE if ratio is None else f"{'+' if ratio >= 1 else ''}{text.percent(ratio - 1)}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_change(low)} to {_change(high)}"
