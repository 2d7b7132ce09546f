"""The file of `lockstep compare`: verdicts on what changed between two results. Hostile until validated here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from . import text
from .entries import BAD, DOUBTFUL, VERDICTS, verdict_rank
from .errors import InputError
from .results import MAX_RESULT_BYTES, one_line, parse, place, printable, read_text

# They need nobody's attention.
_QUIET = {"SAME", "PASS"}
_NUMBER = {"type": ["number", "null"]}
_TEXT = {"type": ["string", "null"]}
_NAME = {"type": "string", "minLength": 1}
_VERDICT = {"enum": list(VERDICTS)}
_NUMBERS = ("ratio", "low", "high", "p", "q", "noise_floor", "threshold", "detectable")
_METRIC = {
    "type": "object",
    "required": ["name", "verdict"],
    "properties": {
        "name": _NAME,
        "unit": {"type": "string"},
        "better": {"enum": ["higher", "lower", "none"]},
        "verdict": _VERDICT,
        "reason": _TEXT,
        **dict.fromkeys(_NUMBERS, _NUMBER),
    },
}
_CASE = {
    "type": "object",
    "required": ["name", "verdict", "metrics"],
    "properties": {
        "name": _NAME,
        "verdict": _VERDICT,
        "reason": _TEXT,
        "metrics": {"type": "array", "items": _METRIC},
    },
}
_DIFFERENCE = {
    "type": "object",
    "required": ["what"],
    "properties": {"what": _NAME, "baseline": _TEXT, "candidate": _TEXT, "forbids": {"type": "boolean"}},
}
# What this report reads of it. The file may say more.
_SCHEMA = {
    "type": "object",
    "required": ["schema_version", "cases"],
    "properties": {
        "schema_version": {"const": 1},
        "conclusion": {"type": "string"},
        "differences": {"type": "array", "items": _DIFFERENCE},
        "cases": {"type": "array", "items": _CASE},
    },
}


@dataclass(frozen=True)
class Judged:
    """Worst first. What stayed the same is folded; a case whose own verdict no metric explains has a row of its own."""

    sides: str
    conclusion: str
    differences: list[dict[str, Any]]
    counts: list[tuple[str, int]]
    open_rows: list[dict[str, Any]]
    folded_rows: list[dict[str, Any]]

    @property
    def state(self) -> str:
        verdicts = {verdict for verdict, _ in self.counts}
        return "bad" if verdicts & BAD else "doubtful" if verdicts & DOUBTFUL or not verdicts else "good"

    @property
    def word(self) -> str:
        """The worst verdict."""
        return self.counts[0][0] if self.counts else "NOTHING COMPARED"


def load_comparison(file: Path) -> Judged:
    data = parse(read_text(file, MAX_RESULT_BYTES), file)
    error = best_match(Draft202012Validator(_SCHEMA).iter_errors(data))
    if error is not None:
        raise InputError(one_line(f"{file}: {place(error)}: {error.message}"))
    return _judged(printable(data))


def _judged(data: dict[str, Any]) -> Judged:
    judgements = sorted(_judgements(data["cases"]), key=lambda one: verdict_rank(one["verdict"]))
    counts = Counter(one["verdict"] for one in judgements)
    return Judged(
        sides=_sides(data),
        conclusion=data.get("conclusion", ""),
        differences=[_difference(found) for found in data.get("differences", [])],
        counts=[(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        open_rows=[_row(one) for one in judgements if one["verdict"] not in _QUIET],
        folded_rows=[_row(one) for one in judgements if one["verdict"] in _QUIET],
    )


def _judgements(cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for case in cases:
        for metric in case["metrics"]:
            yield {**metric, "case": case["name"]}
        if case["verdict"] not in {metric["verdict"] for metric in case["metrics"]}:
            yield {"case": case["name"], "name": "", "verdict": case["verdict"], "reason": case.get("reason")}


def _difference(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": found["what"],
        "baseline": found.get("baseline") or "–",
        "candidate": found.get("candidate") or "–",
        "forbids": found.get("forbids", False),
    }


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
        "metric": text.words(metric["name"]),
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
