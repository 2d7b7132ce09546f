"""How each family was judged: what was compared, how far it was off, how much of the limit that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .. import text
from ..entries import Entry, grouped, verdict_rank

DOCUMENTED = "documented:"

# How many of the passes of a check are listed.
_NEAREST = 3

_MEANINGS = {
    "exact": "On data whose every partial sum is representable: the same bits as on one device.",
    "ordered": "Gradients added in one fixed tree: the same bits for any number of devices.",
    "reduction": "The reduced gradient against the double-precision sum of the local gradients.",
    "operator": "Each kernel against its double-precision reference.",
    "coverage": "Every sample of the global batch is processed exactly once per step.",
    "replicas": "Parameters, optimizer state and buffers are bitwise equal on all ranks.",
    "end_to_end": "Distance to one device and to the double-precision run, per tensor.",
    "evidence": "Gradients are not zero, parameters moved, the collectives are the expected ones.",
    "breakdown": "The phases and the idle time of each rank add up to its steps.",
    "load": "The newest checkpoint is the one that was saved, whole, and of this run.",
    "state": "Immediately after loading every tensor has the bits that were saved.",
    "resume": "Every step after loading is that of the training that was never interrupted.",
    "collective_results": "Every element of every rank's result of a collective is the right one.",
    "traffic": "The collectives of a training are those that its strategy has to make, with their bytes.",
    "weighted_loss_removes_bias": "On uneven pieces the gradient is still that of the mean over all samples.",
    "plausibility": "No number is better than the hardware or the arithmetic allows.",
}


@dataclass(frozen=True)
class CheckRow:
    """One check of one case, or the worst of the same check over `cases` cases."""

    entry: Entry
    name: str
    meaning: str
    verdict: str
    cases: int
    compared: str
    worst: str
    limit: str
    share: float | None
    because: str


@dataclass(frozen=True)
class FamilyChecks:
    family: str
    summary: list[CheckRow]
    rows: list[CheckRow]
    total: int  # checks of all cases; result.json has them all


@dataclass(frozen=True)
class Checks:
    families: list[FamilyChecks]
    documented: list[CheckRow]


def build(entries: list[Entry]) -> Checks:
    families = []
    for family, members in grouped(entries, lambda entry: entry.family).items():
        judged = [(entry, check) for entry, check in _pairs(members) if not check["name"].startswith(DOCUMENTED)]
        if judged:
            rows = [_row([pair]) for pair in _telling(judged)]
            families.append(FamilyChecks(family, _summary(judged), sorted(rows, key=_worst_first), len(judged)))
    documented = [(entry, check) for entry, check in _pairs(entries) if check["name"].startswith(DOCUMENTED)]
    return Checks(families, _summary(documented))


def share_of_limit(check: dict[str, Any]) -> float | None:
    """worst / limit for an upper limit; None where there is no such share: nothing is allowed, or a lower limit."""
    worst, limit = check["worst"], check["limit"]
    if worst is None or limit is None or limit <= 0 or worst < 0:
        return None
    is_within = worst <= limit
    return worst / limit if is_within == (check["verdict"] == "PASS") else None


def meaning(name: str) -> str:
    """What the check means; a check's name may go on after a separator, as in operator:matmul."""
    known = re.split("[:/@.]", name.removeprefix(DOCUMENTED))[0].strip().lower()
    return _MEANINGS.get(re.sub("[- ]", "_", known), "")


def _pairs(entries: list[Entry]) -> list[tuple[Entry, dict[str, Any]]]:
    return [(entry, check) for entry in entries for check in entry.case["checks"]]


def _telling(pairs: list[tuple[Entry, dict[str, Any]]]) -> list[tuple[Entry, dict[str, Any]]]:
    """Every check that does not pass, and of each name the passes nearest to their limits."""
    open_ones = [pair for pair in pairs if pair[1]["verdict"] != "PASS"]
    passes: dict[str, list[tuple[Entry, dict[str, Any]]]] = {}
    for pair in pairs:
        if pair[1]["verdict"] == "PASS":
            passes.setdefault(pair[1]["name"], []).append(pair)
    nearest = [sorted(group, key=lambda pair: -_severity(pair[1]))[:_NEAREST] for group in passes.values()]
    return open_ones + [pair for group in nearest for pair in group]


def _summary(pairs: list[tuple[Entry, dict[str, Any]]]) -> list[CheckRow]:
    """One row per check name, the failed ones first."""
    by_name: dict[str, list[tuple[Entry, dict[str, Any]]]] = {}
    for entry, check in pairs:
        by_name.setdefault(check["name"], []).append((entry, check))
    return sorted((_row(group) for group in by_name.values()), key=_worst_first)


def _row(pairs: list[tuple[Entry, dict[str, Any]]]) -> CheckRow:
    """The worst of `pairs`, which share a name, and the sum of what they compared."""
    entry, check = min(pairs, key=lambda pair: (verdict_rank(pair[1]["verdict"]), -_severity(pair[1])))
    return CheckRow(
        entry=entry,
        name=check["name"].removeprefix(DOCUMENTED).strip(),
        meaning=meaning(check["name"]),
        verdict=check["verdict"],
        cases=len(pairs),
        compared=text.number(sum(other["compared"] for _, other in pairs)),
        worst=text.number(check["worst"]),
        limit=text.number(check["limit"]),
        share=share_of_limit(check),
        because=check["because"],
    )


def _severity(check: dict[str, Any]) -> float:
    share = share_of_limit(check)
    return share if share is not None else float(check["worst"] or 0)


def _worst_first(row: CheckRow) -> int:
    return verdict_rank(row.verdict)
