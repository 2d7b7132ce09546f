"""The file of `lockstep compare`: verdicts on what changed between two results. Hostile until validated here."""

from __future__ import annotations

import json
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

_MOST_ROWS = 40  # in the open
# They need nobody's attention.
_QUIET = {"SAME", "PASS"}
_SCHEMA_FILE = Path(__file__).resolve().parent.parent / "comparison.schema.json"


@dataclass(frozen=True)
class Judged:
    """Rows are worst first, a few in the open and the rest folded, what stayed the same apart. A case whose own verdict
    no metric explains has a row of its own."""

    sides: str
    conclusion: str
    level: str  # of the intervals, in percent
    differences: list[dict[str, Any]]
    counts: list[tuple[str, int]]
    open_rows: list[dict[str, Any]]
    more_rows: list[dict[str, Any]]
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
    schema = json.loads(_SCHEMA_FILE.read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(data))
    if error is not None:
        raise InputError(one_line(f"{file}: {place(error)}: {error.message}"))
    return _judged(printable(data))


def _judged(data: dict[str, Any]) -> Judged:
    judgements = sorted(_judgements(data["cases"]), key=lambda one: verdict_rank(one["verdict"]))
    counts = Counter(one["verdict"] for one in judgements)
    attention = [one for one in judgements if one["verdict"] not in _QUIET]
    return Judged(
        sides=f"{_side(data['baseline'])} → {_side(data['candidate'])}",
        conclusion=data["conclusion"],
        level=text.number(100 * (1 - 2 * data["alpha"])),
        differences=data["differences"],
        counts=[(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        open_rows=[_row(one) for one in attention[:_MOST_ROWS]],
        more_rows=[_row(one) for one in attention[_MOST_ROWS:]],
        folded_rows=[_row(one) for one in judgements if one["verdict"] in _QUIET],
    )


def _judgements(cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every metric with its case, and a case whose own verdict none of its metrics has."""
    for case in cases:
        for metric in case["metrics"]:
            yield {**metric, "case": case["name"]}
        if case["verdict"] not in {metric["verdict"] for metric in case["metrics"]}:
            yield {"case": case["name"], "name": "", "verdict": case["verdict"], "reason": case["reason"]}


def _side(side: dict[str, Any]) -> str:
    runs = len(side["run_ids"])
    return side["label"] + (f" ({text.plural(runs, 'run')})" if runs > 1 else "")


def _row(one: dict[str, Any]) -> dict[str, Any]:
    def shown(side: str) -> str:
        return text.quantity(one["name"], one["unit"], one[side]) if "unit" in one else ""

    return {
        "verdict": one["verdict"],
        "case": one["case"],
        "metric": text.words(one["name"]),
        "better": {"higher": "higher is better", "lower": "lower is better"}.get(one.get("better", ""), ""),
        "baseline": shown("baseline"),
        "candidate": shown("candidate"),
        "change": _change(one.get("ratio")),
        "interval": _interval(one.get("low"), one.get("high")),
        "evidence": _evidence(one),
        "reason": one["reason"],
    }


def _evidence(one: dict[str, Any]) -> str:
    """What the verdict rests on: p, q, the three relative sizes, and how many values there were."""
    numbers = [f"{name} = {text.number(one[name])}" for name in ("p", "q") if one.get(name) is not None]
    sizes = (("threshold", "threshold"), ("noise floor", "noise_floor"), ("detectable", "detectable"))
    numbers += [f"{words} {text.percent(one[name])}" for words, name in sizes if one.get(name) is not None]
    if one.get("unit_of_sample"):
        numbers.append(f"{one['baseline_units']} and {one['candidate_units']} × {one['unit_of_sample']}")
    return ", ".join(numbers)


def _change(ratio: float | None) -> str:
    """+5.0 % of a ratio of 1.05."""
    return "" if ratio is None else f"{'+' if ratio >= 1.0005 else ''}{text.percent(ratio - 1)}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_change(low)} to {_change(high)}"
