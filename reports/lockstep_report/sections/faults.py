"""Which planted faults the checks catch, training by training."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..entries import Entry, grouped

_SURVIVED = ("missed", "not_fired")


@dataclass(frozen=True)
class Cell:
    state: str  # good, bad or none
    mark: str  # the number of checks that failed; ✗ for a survivor; – where it does not apply
    title: str


@dataclass(frozen=True)
class Row:
    id: str
    source: str
    acts: str
    cells: list[Cell]


@dataclass(frozen=True)
class Matrix:
    title: str
    columns: list[str]  # trainings: strategy and devices
    rows: list[Row]


@dataclass(frozen=True)
class Power:
    """What one check is good for, over all trainings."""

    check: str
    must: int  # faults that it must see
    caught: int  # of those, seen
    alone: int  # seen by it and by no other check


@dataclass(frozen=True)
class Faults:
    applicable: int
    caught: int
    kinds: int  # different faults among them
    trainings: int
    correct_runs: int
    false_alarms: int
    survivors: list[tuple[str, str, str]]  # case, fault, reason
    powers: list[Power]
    matrices: list[Matrix]

    @property
    def score(self) -> str:
        """Rounded down: 100 % is all of them."""
        return f"{100 * self.caught // self.applicable if self.applicable else 0} %"


def build(entries: list[Entry]) -> Faults | None:
    members = [entry for entry in entries if entry.case.get("faults")]
    if not members:
        return None
    tried = [(entry, fault) for entry in members for fault in entry.case["faults"] if _applies(fault)]
    groups = grouped(members, lambda entry: (entry.scenario, entry.tier))
    return Faults(
        applicable=len(tried),
        caught=sum(fault["verdict"] == "caught" for _, fault in tried),
        kinds=len({fault["id"] for _, fault in tried}),
        trainings=len(members),
        correct_runs=sum(int(entry.value("correct_runs") or 0) for entry in members),
        false_alarms=sum(int(entry.value("false_alarms") or 0) for entry in members),
        survivors=[(e.name, f["id"], f["reason"]) for e, f in tried if f["verdict"] in _SURVIVED],
        powers=_powers([fault for _, fault in tried]),
        matrices=[_matrix(scenario, group) for (scenario, _), group in groups.items()],
    )


def _applies(fault: dict[str, Any]) -> bool:
    return fault["verdict"] != "not_applicable"


def _powers(faults: list[dict[str, Any]]) -> list[Power]:
    must: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for fault in faults:
        must.update(fault["expected"])
        caught.update(set(fault["expected"]) & set(fault["caught_by"]))
        if len(fault["caught_by"]) == 1:
            alone.update(fault["caught_by"])
    return [Power(check, must[check], caught[check], alone[check]) for check in sorted(must)]


def _matrix(scenario: str, entries: list[Entry]) -> Matrix:
    by_case = [{fault["id"]: fault for fault in entry.case["faults"]} for entry in entries]
    first = {fault["id"]: fault for faults in reversed(by_case) for fault in faults.values()}
    ids = dict.fromkeys(name for faults in by_case for name in faults)
    rows = [
        Row(name, first[name]["source"], first[name]["acts"], [_cell(faults.get(name)) for faults in by_case])
        for name in ids
        if any(name in faults and _applies(faults[name]) for faults in by_case)
    ]
    return Matrix(scenario, [entry.label for entry in entries], rows)


def _cell(fault: dict[str, Any] | None) -> Cell:
    if fault is None or not _applies(fault):
        return Cell("none", "–", fault["reason"] if fault else "not tried")
    if fault["verdict"] in _SURVIVED:
        return Cell("bad", "✗", fault["reason"])
    return Cell("good", str(len(fault["caught_by"])), ", ".join(fault["caught_by"]))
