#!/usr/bin/env python3
"""Runs the parts of the GPU check one after the other. Called by scripts/gpu-check, which explains it.

usage: check.py PROGRAMS OUTPUT SECONDS [PART…]
"""

import os
import sys
import time
from pathlib import Path

import correctness
import programs
import speed
import summary
from parts import PASS, SKIPPED, Outcome, Part, attempt

PARTS = [
    Part("doctor", "Is there a GPU that CUDA can use?", True, 60, correctness.doctor),
    Part("conformance", "Does the CUDA runtime behave as we think?", True, 90, correctness.conformance),
    Part("contracts", "Do devices, streams and collectives keep their contracts?", True, 90, correctness.contracts),
    Part("equivalence", "Do 1, 2, 4 and 8 devices on one GPU train as one?", True, 90, correctness.equivalence),
    Part("nccl", "Does training over NCCL compute the same?", True, 60, correctness.nccl),
    *(
        Part(tool, f"Does compute-sanitizer's {tool} find nothing?", False, 40, correctness.sanitize(tool))
        for tool in ("memcheck", "racecheck", "initcheck", "synccheck")
    ),
    Part("all-reduce", "How near to a copy's is the bandwidth of our all-reduce?", False, 60, speed.all_reduce),
    Part("step", "How fast is a step, beside PyTorch's?", False, 150, speed.steps),
    Part("graphs", "How much faster is a small step by graphs?", False, 60, speed.graphs),
]


class Context:
    """What the parts share; the doctor fills in the GPU."""

    def __init__(self, folder, output):
        self.programs = programs.Programs(folder)
        self.lockstep = self.programs.find("lockstep")
        self.output = output
        self.gpu, self.gpus, self.is_emulated, self.peak = "", 0, False, None


def say(line):
    print(line, flush=True)


def run_parts(context, parts, seconds):
    """Outcomes and durations by name. Without a GPU nothing else is tried; what there is no time for is skipped."""
    until = time.monotonic() + seconds
    outcomes, durations = {}, {}
    for part in parts:
        begin = time.monotonic()
        left = until - begin
        if outcomes and outcomes[parts[0].name].verdict != PASS:
            outcomes[part.name] = Outcome(SKIPPED, "the doctor found no GPU to use")
        elif left < 1:
            outcomes[part.name] = Outcome(SKIPPED, f"the {seconds:.0f} s of the whole check were over")
        else:
            outcomes[part.name] = attempt(part, context, min(part.limit, left))
        durations[part.name] = time.monotonic() - begin
        say(f"{outcomes[part.name].verdict:8}{part.name:13}{durations[part.name]:4.0f} s  {outcomes[part.name].reason}")
    return outcomes, durations


def main(arguments):
    folder, output, seconds, *chosen = arguments
    context = Context(folder, Path(output))
    if context.lockstep is None:
        say(f"NOTHING RAN: there is no program lockstep in {folder}")
        return summary.NOT_CHECKED
    os.environ["LD_LIBRARY_PATH"] = programs.library_path()
    # The all-reduce finds out the peak that a step is held against.
    wanted = {"doctor", *chosen, *(["all-reduce"] if "step" in chosen else [])}
    parts = [part for part in PARTS if not chosen or part.name in wanted]
    outcomes, durations = run_parts(context, parts, float(seconds))
    for part in PARTS:
        if part not in parts:
            outcomes[part.name], durations[part.name] = Outcome(SKIPPED, "not asked for"), 0.0
    code, last_line = summary.verdict(PARTS, outcomes)
    missed = summary.missed_targets(outcomes)
    last_line += f"; {missed} targets of speed missed" if missed else ""
    different = summary.differences(outcomes)
    last_line += f"; {len(different)} answers differ from the fake's" if different else ""
    summary.write(context, PARTS, outcomes, durations, last_line, code)
    say(f"results: {context.output}")
    say(last_line)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
