"""The top of a comparison: how far the results can be compared, whether each is right, and the answers in short."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .. import text
from ..entries import BAD, DOUBTFUL, GOOD, VERDICTS, Entry, grouped, verdict_rank, warnings_of
from ..figures import Point
from ..judged import Judged
from ..sections.overview import Answer, is_it_right, machine
from .machines import Machine
from .matching import Matching
from .scaling import best_beyond_noise, throughput

_MOST_EXAMPLES = 3
_MOST_ROWS = 40


@dataclass(frozen=True)
class Overview:
    state: str
    word: str
    headline: str
    answers: list[Answer]
    machines: list[dict[str, Any]]
    unfinished: list[tuple[Machine, str]]


@dataclass(frozen=True)
class Obstacle:
    """Why some cases of a machine are not compared."""

    machine: str
    reason: str
    cases: int
    examples: list[str]


@dataclass(frozen=True)
class Comparability:
    sentence: str
    obstacles: list[Obstacle]


@dataclass(frozen=True)
class Attention:
    """A case that is wrong, doubtful or implausible."""

    entry: Entry
    texts: list[str]


def overview(entries: list[Entry], machines: list[Machine], matching: Matching, judged: Judged | None) -> Overview:
    counts = Counter(entry.verdict for entry in entries)
    state, word = _seal(counts, matching, judged)
    unfinished = [(m, m.result.data["run"]["status"]) for m in machines]
    return Overview(
        state=state,
        word=word,
        headline=_headline(machines, matching),
        answers=[
            _right(entries, machines),
            _fastest(matching, machines),
            _scales_best(matching),
            _fits(matching, machines),
        ],
        machines=[_row(machine, entries) for machine in machines],
        unfinished=[(machine, status) for machine, status in unfinished if status != "complete"],
    )


def comparability(matching: Matching) -> Comparability:
    sentence = (
        f"{text.plural(len(matching.compared), 'case')} of two results or more can be compared: the same scenario, "
    )
    sentence += "tier, build type, precision, number of devices and batch."
    if not matching.compared and not matching.excluded:
        sentence = "No two results have a case in common: nothing can be compared case by case."
    obstacles = [
        _obstacle(machine, reason, [exclusion.entry for exclusion in group])
        for (machine, reason), group in grouped(
            matching.excluded, lambda exclusion: (exclusion.entry.run, "; ".join(exclusion.reasons))
        ).items()
    ]
    alone = grouped(matching.alone, lambda entry: entry.run)
    obstacles += [_obstacle(machine, "no other machine has the case", group) for machine, group in alone.items()]
    return Comparability(sentence, obstacles)


def attention(entries: list[Entry]) -> tuple[list[Attention], int]:
    """The cases to look at before any number is believed, worst first, and how many there are in all."""
    found = []
    for entry in entries:
        warnings = warnings_of(entry)
        if entry.verdict in BAD | DOUBTFUL or warnings:
            reason = [entry.case["reason"]] if entry.case["reason"] and entry.verdict != "INVALID" else []
            found.append(Attention(entry, reason + warnings))
    found.sort(key=lambda item: verdict_rank(item.entry.verdict))
    return found[:_MOST_ROWS], len(found)


def _obstacle(machine: str, reason: str, entries: list[Entry]) -> Obstacle:
    return Obstacle(machine, reason, len(entries), [entry.name for entry in entries[:_MOST_EXAMPLES]])


def _seal(counts: Counter[str], matching: Matching, judged: Judged | None) -> tuple[str, str]:
    """What was judged goes before what merely stands side by side."""
    if any(counts[verdict] for verdict in BAD):
        return "bad", "FAIL"
    if judged is not None and judged.state != "good":
        return judged.state, judged.word
    if not matching.compared:
        return "doubtful", "NOT COMPARABLE"
    if matching.excluded:
        return "doubtful", "PARTLY COMPARABLE"
    if any(counts[verdict] for verdict in DOUBTFUL):
        return "doubtful", "UNDECIDED"
    return "good", "COMPARABLE"


def _headline(machines: list[Machine], matching: Matching) -> str:
    wins, total = _wins(matching)
    count = f"{len(machines)} {_noun(machines)}"
    if not total:
        return f"{count}: no throughput to compare."
    name, won = wins.most_common(1)[0] if wins else ("", 0)
    if not won:
        return f"{count}: none is faster beyond noise in {text.plural(total, 'training')}."
    return f"{count}: {name} is fastest in {won} of {text.plural(total, 'training')}."


def _noun(machines: list[Machine]) -> str:
    """Two runs on one machine are no two machines."""
    return "machines" if any(machine.hardware != machines[0].hardware for machine in machines) else "runs"


def _wins(matching: Matching) -> tuple[Counter[str], int]:
    """How often each machine is fastest beyond noise, of how many trainings that two machines or more did."""
    wins: Counter[str] = Counter()
    total = 0
    for group in grouped(matching.usable, lambda entry: entry.name).values():
        rates = {entry.run: rate for entry in group if entry.family == "speedup" and (rate := throughput(entry))}
        if len(rates) > 1:
            total += 1
            winner = best_beyond_noise(rates)
            if winner:
                wins[winner] += 1
    return wins, total


def _right(entries: list[Entry], machines: list[Machine]) -> Answer:
    wrong = [m.name for m in machines if any(e.verdict in BAD for e in entries if e.run == m.name)]
    answer = is_it_right(entries)
    if wrong:
        return Answer(answer.question, "bad", f"Not on {', '.join(wrong)}", answer.detail)
    return answer


def _fastest(matching: Matching, machines: list[Machine]) -> Answer:
    wins, total = _wins(matching)
    question = "Which is fastest?"
    if not total:
        return Answer(question, "none", "Not comparable", "No training was timed on two machines or more.")
    if not wins:
        return Answer(
            question, "none", "None beyond noise", f"Intervals overlap in all of {text.plural(total, 'training')}."
        )
    name, won = wins.most_common(1)[0]
    ties = total - sum(wins.values())
    detail = f"Highest throughput, its whole interval above the others', in {won} of {text.plural(total, 'training')}"
    rest = [f"{other} in {count}" for other, count in wins.most_common()[1:]]
    rest += [f"no clear one in {ties}"] if ties else []
    return Answer(question, "none", name, detail + (f"; {', '.join(rest)}." if rest else "."))


def _scales_best(matching: Matching) -> Answer:
    """By speed-up against one device of the same machine."""
    question = "Which gains most from more devices?"
    gains = [
        (point.y, entry)
        for entry in matching.usable
        if entry.family == "speedup" and (entry.devices or 1) > 1 and (point := _speedup(entry))
    ]
    if not gains:
        return Answer(question, "none", "Not measured", "No speed-up on two or more devices.")
    best, entry = max(gains, key=lambda pair: pair[0])
    place = f"{entry.strategy} on {text.plural(entry.devices or 0, 'device')} against one of its own"
    return Answer(question, "none", f"{entry.run}: {text.ratio(best)}", f"{place} ({entry.name}; {entry.certainty}).")


def _speedup(entry: Entry) -> Point | None:
    value = entry.value("speedup")
    return Point(entry.devices or 1, value) if value is not None and entry.verdict in GOOD | {"REGRESSED"} else None


def _fits(matching: Matching, machines: list[Machine]) -> Answer:
    question = "Where does the largest batch fit?"
    found = [(value, e) for e in matching.usable if (value := e.value("largest_batch")) is not None]
    if not found:
        return Answer(question, "none", "Not searched", "No case looked for the largest batch.")
    by_name = grouped([entry for _, entry in found], lambda entry: entry.name)
    if all(len({entry.value("largest_batch") for entry in group}) == 1 for group in by_name.values()):
        largest = text.number(max(value for value, _ in found))
        return Answer(question, "none", "The same", f"Up to {largest} samples, on every machine that looked for it.")
    largest_value, entry = max(found, key=lambda pair: pair[0])
    detail = f"{text.number(largest_value)} samples with {entry.label}."
    return Answer(question, "none", entry.run, detail)


def _row(found: Machine, entries: list[Entry]) -> dict[str, Any]:
    data = found.result.data
    own = [entry for entry in entries if entry.run == found.name]
    counts = Counter(entry.verdict for entry in own)
    return {
        "machine": found,
        "hardware": machine(found.hardware),
        "tiers": sorted({entry.tier for entry in own}),
        "status": data["run"]["status"],
        "started": data["run"]["started"].replace("T", " ").replace("Z", " UTC"),
        "build": data["tool"]["build_type"] or "not recorded",
        "program": f"{data['tool']['version']} {data['tool'].get('commit', '')[:12]}".strip(),
        "counts": [(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
    }
