"""Which cases of several results may stand beside each other, and why others may not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ..entries import Entry, grouped


@dataclass(frozen=True)
class Exclusion:
    """A case that is not compared with the same case of the others."""

    entry: Entry
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Matching:
    """`usable`: what may be drawn: every case but the excluded ones. `compared`: names of cases that two machines or
    more have in common."""

    usable: list[Entry]
    excluded: list[Exclusion]
    compared: list[str]
    alone: list[Entry]  # cases that no other machine has


def match(entries: list[Entry]) -> Matching:
    usable: list[Entry] = []
    excluded: list[Exclusion] = []
    compared: list[str] = []
    alone: list[Entry] = []
    for name, group in grouped(entries, lambda entry: entry.name).items():
        members, others = _largest_class(group)
        usable += members
        reference = members[0]
        excluded += [Exclusion(entry, _differences(reference, entry)) for entry in others]
        if len(members) > 1:
            compared.append(name)
        elif not others:
            alone += members
    return Matching(usable, excluded, compared, alone)


def _largest_class(group: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The cases that are the same computation, done the same way; of two classes of one size that of the first."""
    sizes = Counter(tuple(_identity(entry).items()) for entry in group)
    largest = max(sizes.values())
    chosen = next(key for key, size in sizes.items() if size == largest)
    members = [entry for entry in group if tuple(_identity(entry).items()) == chosen]
    return members, [entry for entry in group if tuple(_identity(entry).items()) != chosen]


def _identity(entry: Entry) -> dict[str, object]:
    """What must be equal. Results of before a field was written have it as None, which is equal to itself only."""
    case = entry.case
    return {
        "scenario": case.get("scenario_hash"),
        "tier": entry.tier,
        "build type": entry.result.data["tool"]["build_type"],
        "precision": case.get("precision"),
        "devices": entry.devices,
        "global batch": case.get("global_batch"),
    }


def _differences(reference: Entry, entry: Entry) -> tuple[str, ...]:
    expected, found = _identity(reference), _identity(entry)
    return tuple(_difference(key, found[key], expected[key]) for key in expected if expected[key] != found[key])


def _difference(key: str, found: object, expected: object) -> str:
    if key == "scenario":
        return "another scenario of the same name: its contents differ"
    if key == "tier":
        return f"tier {found} against {expected}{_kinds(str(found), str(expected))}"
    return f"{key} {_said(found)} against {_said(expected)}"


def _kinds(found: str, expected: str) -> str:
    """Why: what is predicted or meaningless says nothing about what was measured."""
    kinds = {"simulated": "predicted", "emulated": "without meaning as a time"}
    odd = next((tier for tier in (found, expected) if tier in kinds), None)
    return f": {odd} is {kinds[odd]}, not measured" if odd else ""


def _said(value: object) -> str:
    return "not recorded" if value in (None, "") else str(value)
