"""A case together with the run it comes from: what every section works on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from .results import Curve, Result
from .text import natural_key, number, words

Key = TypeVar("Key", bound=Hashable)

# Worst first: what needs attention stands on top.
VERDICTS = (
    "FAIL",
    "ERROR",
    "REGRESSED",
    "MISSING",
    "INVALID",
    "INCONCLUSIVE",
    "SKIPPED",
    "IMPROVED",
    "SAME",
    "PASS",
)
BAD = {"FAIL", "ERROR", "REGRESSED", "MISSING"}
DOUBTFUL = {"INVALID", "INCONCLUSIVE"}
GOOD = {"PASS", "SAME", "IMPROVED"}

# A wrong number is shown in no figure; a slow one is.
NOT_DRAWN = {"INVALID", "ERROR", "MISSING", "SKIPPED"}

FAMILIES = ("equivalence", "speedup", "convergence", "communication", "memory", "imbalance", "checkpoint", "faults")
STRATEGIES = ("single", "dp", "ddp")

# What a time of the tier is; ranks that share one GPU do not show a speed-up.
CERTAINTY = {"cpu": "measured", "cuda-nccl": "measured", "simulated": "predicted"}
PLAUSIBILITY = "plausibility:"
NO_SPEEDUP = "times of this tier are no speed-up"


@dataclass(frozen=True)
class Entry:
    result: Result
    case: dict[str, Any]

    @property
    def run(self) -> str:
        return self.result.label

    @property
    def name(self) -> str:
        return self.case["name"]

    @property
    def scenario(self) -> str:
        return self.case["scenario"]

    @property
    def family(self) -> str:
        return self.case["family"]

    @property
    def tier(self) -> str:
        return self.case["tier"]

    @property
    def certainty(self) -> str:
        return CERTAINTY.get(self.tier, NO_SPEEDUP)

    @property
    def verdict(self) -> str:
        return self.case["verdict"]

    @property
    def axes(self) -> dict[str, str]:
        return self.case["axes"]

    @property
    def strategy(self) -> str:
        return self.axes.get("strategy") or self.case.get("strategy", "single")

    @property
    def devices(self) -> int | None:
        """As the case says; else the value of the axis, 1 without one, None where it is no count."""
        if self.case.get("devices"):
            return int(self.case["devices"])
        text = self.axes.get("devices", "1")
        is_count = text.isascii() and text.isdecimal() and len(text) < 7
        return int(text) if is_count and int(text) > 0 else None

    @property
    def label(self) -> str:
        """The case in short, e.g. "ddp · 2 devices · batch 10"; the scaling stands in the titles."""
        parts = [self.axes["strategy"]] if "strategy" in self.axes else []
        if "devices" in self.axes:
            parts.append(f"{self.axes['devices']} {'device' if self.axes['devices'] == '1' else 'devices'}")
        parts += [f"{axis} {value}" for axis, value in self.other_axes if axis != "scaling"]
        return " · ".join(parts) or self.scenario

    @property
    def other_axes(self) -> list[tuple[str, str]]:
        """All but strategy and devices, by name."""
        return sorted((axis, value) for axis, value in self.axes.items() if axis not in ("strategy", "devices"))

    @property
    def findings(self) -> list[str]:
        """What the numbers say, in sentences."""
        return self.case.get("findings", [])

    def metric(self, name: str) -> dict[str, Any] | None:
        return next((metric for metric in self.case["metrics"] if metric["name"] == name), None)

    def value(self, name: str) -> float | None:
        metric = self.metric(name)
        return None if metric is None else metric["value"]

    def curve(self, metric: str) -> Curve:
        return self.result.curves.get((self.name, metric), [])


def all_entries(results: list[Result]) -> list[Entry]:
    """Every case of every run in reading order."""
    entries = [Entry(result, case) for result in results for case in result.data["cases"]]
    return sorted(entries, key=_reading_order)


def _reading_order(entry: Entry) -> tuple[Any, ...]:
    """By family and scenario; there the baseline first, then strategy by strategy with growing devices."""
    others = natural_key(",".join(value for _, value in entry.other_axes))
    place = (family_rank(entry.family), natural_key(entry.scenario), others)
    return (*place, strategy_rank(entry.strategy), entry.devices or 0, natural_key(entry.name), entry.run)


def warnings_of(entry: Entry) -> list[str]:
    """What to know before the numbers of the case are believed: it is not valid, a check of its plausibility does not
    hold, or there were fewer blocks than asked for."""
    warnings = []
    if entry.verdict == "INVALID":
        warnings.append(f"not valid: {entry.case['reason'] or 'no reason given'}")
    for check in entry.case["checks"]:
        if check["name"].startswith(PLAUSIBILITY) and check["verdict"] != "PASS":
            name = words(check["name"].removeprefix(PLAUSIBILITY)).strip()
            found = f"{number(check['worst'])} against a limit of {number(check['limit'])}"
            warnings.append(f"implausible {name}: {found} ({check['because']})")
    wanted = entry.case.get("repetitions", 0)
    for metric in entry.case["metrics"]:
        is_judged = metric["better"] != "none"  # warm-up is not, and is shorter
        if is_judged and 0 < len(metric.get("blocks", [])) < wanted:
            warnings.append(f"{words(metric['name'])}: {len(metric['blocks'])} blocks of at least {wanted}")
    return warnings


def strategy_rank(strategy: str) -> tuple[int, str]:
    return (STRATEGIES.index(strategy) if strategy in STRATEGIES else len(STRATEGIES), strategy)


def family_rank(family: str) -> tuple[int, str]:
    return (FAMILIES.index(family) if family in FAMILIES else len(FAMILIES), family)


def verdict_rank(verdict: str) -> int:
    return VERDICTS.index(verdict)


def grouped(entries: Iterable[Entry], key: Callable[[Entry], Key]) -> dict[Key, list[Entry]]:
    """Entries by key, in order of first appearance."""
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


def strategies(entries: Iterable[Entry]) -> list[str]:
    return sorted({entry.strategy for entry in entries}, key=strategy_rank)
