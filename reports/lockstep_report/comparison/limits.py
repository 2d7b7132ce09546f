"""What limits each machine: the findings of the family speedup, counted and in full."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ..entries import Entry
from .machines import Machine

_ABOUT_LIMITS = re.compile(r"limited by |nothing limits|what limits it", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    machine: Machine
    counts: list[tuple[str, int]]
    sentences: list[tuple[str, str]]  # case, finding


def build(entries: list[Entry], machines: list[Machine]) -> list[Limits]:
    found = [_limits(machine, [e for e in entries if e.run == machine.name]) for machine in machines]
    return found if any(limits.sentences for limits in found) else []


def _limits(machine: Machine, entries: list[Entry]) -> Limits:
    sentences = [
        (entry, finding)
        for entry in entries
        if entry.family == "speedup"
        for finding in entry.findings
        if _ABOUT_LIMITS.match(finding)
    ]
    counts = Counter(_factor(finding) for _, finding in sentences)
    return Limits(machine, counts.most_common(), [(entry.name, finding) for entry, finding in sentences])


def _factor(finding: str) -> str:
    """The part that names the limit: "communication that no computation hides"."""
    if finding.startswith("what limits it"):
        return "hidden by the noise of the measurement"
    if finding.startswith("nothing limits"):
        return "nothing: as fast as ideal"
    return re.split(r" \(|: ", finding.removeprefix("limited by "))[0]
