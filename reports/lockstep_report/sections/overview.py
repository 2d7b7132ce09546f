"""The top of the page: one sentence, three answers, the runs."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .. import text
from ..entries import BAD, CERTAINTY, DOUBTFUL, GOOD, PLAUSIBILITY, VERDICTS, Entry
from ..judged import Judged
from ..results import Result
from .scaling import efficiency, is_gain


@dataclass(frozen=True)
class Answer:
    question: str
    state: str  # good, bad, doubtful or none
    answer: str
    detail: str


@dataclass(frozen=True)
class Overview:
    state: str
    word: str
    headline: str
    counts: list[tuple[str, int]]
    answers: list[Answer]
    run: dict[str, Any]


def build(result: Result, entries: list[Entry], judged: Judged | None) -> Overview:
    counts = Counter(entry.verdict for entry in entries)
    state, word = _overall(counts, result.data["run"]["status"] != "complete")
    if judged is not None and judged.state != "good" and state != "bad":
        state, word = judged.state, judged.word
    return Overview(
        state=state,
        word=word,
        headline=headline(counts, len(entries)),
        counts=[(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        answers=[
            is_it_right(entries),
            _what_does_it_gain(entries),
            _did_it_change(Counter(dict(judged.counts)) if judged else counts),
        ],
        run=_run(result),
    )


def _overall(counts: Counter[str], is_unfinished: bool) -> tuple[str, str]:
    if any(counts[verdict] for verdict in BAD):
        return "bad", "FAIL"
    if is_unfinished:
        return "doubtful", "UNFINISHED"
    if any(counts[verdict] for verdict in DOUBTFUL):
        return "doubtful", "UNDECIDED"
    if any(counts[verdict] for verdict in GOOD):
        return "good", "PASS"
    return "none", "NOTHING RAN"


def headline(counts: Counter[str], total: int) -> str:
    good = sum(counts[verdict] for verdict in GOOD)
    rest = [f"{counts[verdict]} {_SPOKEN[verdict]}" for verdict in VERDICTS if counts[verdict] and verdict not in GOOD]
    if not rest:
        return f"All {text.plural(total, 'case')} passed." if total > 1 else "The one case passed."
    return f"{good} of {text.plural(total, 'case')} passed; {', '.join(rest)}."


_OF_A_COMPARISON = ("REGRESSED", "MISSING", "INVALID", "INCONCLUSIVE", "IMPROVED", "SAME")
_SPOKEN = {
    "FAIL": "failed",
    "ERROR": "ended in an error",
    "REGRESSED": "regressed",
    "MISSING": "missing",
    "INVALID": "invalid",
    "INCONCLUSIVE": "inconclusive",
    "SKIPPED": "skipped",
}


def is_it_right(entries: list[Entry]) -> Answer:
    question = "Is it right?"
    # Whether a number is plausible is another question than whether the training is right.
    every = [check for entry in entries for check in entry.case["checks"]]
    checks = [check for check in every if not check["name"].startswith(PLAUSIBILITY)]
    if not checks:
        return Answer(question, "none", "Not checked", "No case carries a check.")
    failed = sum(check["verdict"] in BAD for check in checks)
    passed = sum(check["verdict"] in GOOD for check in checks)
    compared = sum(check["compared"] for check in checks)
    state = "bad" if failed else "good" if passed == len(checks) else "doubtful"
    answer = {"good": "Yes", "bad": "No", "doubtful": "Not decided"}[state]
    outcome = f"{text.number(failed)} failed" if failed else f"{text.number(passed)} passed"
    scope = f"of {text.plural(len(checks), 'check')}, over {text.number(compared)} values"
    return Answer(question, state, answer, f"{outcome} {scope}.")


def _what_does_it_gain(entries: list[Entry]) -> Answer:
    question = "What does it gain?"
    gains = [entry for entry in entries if _counts_as_gain(entry)]
    candidates = [entry for entry in gains if entry.certainty == "measured"] or gains
    if not candidates:
        return Answer(question, "none", "Not measured", "No case with a speed-up on two or more devices.")
    candidates = [entry for entry in candidates if is_gain(entry)]
    if not candidates:
        return Answer(
            question, "none", "Nothing", "No case on several devices is faster than one device, beyond noise."
        )
    strong = [entry for entry in candidates if entry.axes.get("scaling", "strong") == "strong"]
    best = max(strong or candidates, key=lambda entry: entry.value("speedup"))
    scaling = best.axes.get("scaling", "strong")
    place = f"{best.strategy} on {best.devices} devices, {scaling} scaling"
    detail = f"{place}: {text.percent(efficiency(best))} efficiency ({best.scenario}; {best.certainty})."
    return Answer(question, "none", text.ratio(best.value("speedup")), detail)


def _counts_as_gain(entry: Entry) -> bool:
    is_trusted = entry.verdict in GOOD or entry.verdict == "REGRESSED"
    has_speedup = entry.family == "speedup" and entry.value("speedup") is not None and entry.tier in CERTAINTY
    return is_trusted and has_speedup and (entry.devices or 1) > 1


def _did_it_change(counts: Counter[str]) -> Answer:
    question = "Did it change?"
    found = [(verdict, counts[verdict]) for verdict in _OF_A_COMPARISON if counts[verdict]]
    if not any(counts[verdict] for verdict in ("REGRESSED", "IMPROVED", "SAME")):
        return Answer(question, "none", "Not compared", "No case was judged against a baseline.")
    is_open = counts["MISSING"] or counts["INVALID"] or counts["INCONCLUSIVE"]
    state = "bad" if counts["REGRESSED"] else "doubtful" if is_open else "good"
    answer = "Worse" if counts["REGRESSED"] else "Not decided" if is_open else "Better" if counts["IMPROVED"] else "No"
    return Answer(question, state, answer, ", ".join(f"{count} {verdict.lower()}" for verdict, count in found) + ".")


def _run(result: Result) -> dict[str, Any]:
    data = result.data
    hardware = data["environment"]["hardware"]
    counts = Counter(case["verdict"] for case in data["cases"])
    return {
        "status": data["run"]["status"],
        "exit_code": data["run"].get("exit_code"),
        "tiers": sorted({case["tier"] for case in data["cases"]}),
        "machine": machine(hardware),
        "started": data["run"]["started"].replace("T", " ").replace("Z", " UTC"),
        "duration": text.seconds(data["run"]["duration_s"]),
        "tool": f"lockstep {data['tool']['version']} ({data['tool']['build_type'] or 'no build type'})",
        "command": shlex.join(data["run"]["command"]),
        "counts": [(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
    }


def machine(hardware: dict[str, Any]) -> str:
    parts = [hardware["cpu"], text.plural(hardware["cores"], "core")]
    if hardware.get("memory_bytes"):
        parts.append(text.size(hardware["memory_bytes"]))
    return ", ".join(parts + (gpus(hardware) or ["no GPU"]))


def gpus(hardware: dict[str, Any]) -> list[str]:
    """2 × NAME for each model."""
    names = [gpu if isinstance(gpu, str) else _gpu_name(gpu) for gpu in hardware.get("gpus", [])]
    return [f"{count} × {name}" for name, count in Counter(names).items()]


def _gpu_name(gpu: dict[str, Any]) -> str:
    return str(gpu.get("name") or gpu.get("accelerator_model_name") or gpu.get("model") or "GPU")
