"""Results that nobody measured, and programs that write them: for tests of what judges results."""

import json
import random
import stat
import statistics
import sys
import textwrap
from pathlib import Path


def metric(name, unit, better, blocks):
    value = statistics.median(blocks)
    return {"name": name, "unit": unit, "better": better, "value": value, "low": None, "high": None, "blocks": blocks}


def blocks(center, seed, count=12, scatter=0.005):
    source = random.Random(seed)
    return [center * (1 + scatter * source.gauss(0, 1)) for _ in range(count)]


def case(name="one", metrics=(), verdict="PASS", **changes):
    check = {"name": "replicas", "verdict": verdict, "compared": 4, "worst": 0, "limit": 0, "because": "same bits"}
    return {
        "name": name,
        "scenario": "made-up",
        "scenario_hash": "0123456789abcdef",
        "family": "speedup",
        "question": "?",
        "axes": {"devices": "2"},
        "tier": "cpu",
        "devices": 2,
        "strategy": "ddp",
        "global_batch": 128,
        "precision": "f32",
        "repetitions": 3,
        "verdict": verdict,
        "reason": "" if verdict == "PASS" else "made up",
        "checks": [check],
        "metrics": list(metrics),
        "duration_s": 1.0,
    } | changes


def result(run_id, cases, **tool):
    return {
        "schema_version": 1,
        "tool": {"name": "lockstep", "version": "0.1.0", "build_type": "Release"} | tool,
        "run": {
            "id": run_id,
            "started": "2026-01-02T03:04:05Z",
            "duration_s": 1.0,
            "status": "complete",
            "command": ["lockstep", "run"],
            "exit_code": 0,
        },
        "environment": {"hardware": {"cpu": "made up", "cores": 2}, "software": {}},
        "cases": cases,
    }


def timed(run_id, center, seed, **changes):
    return result(run_id, [case(metrics=[metric("step_time", "s", "lower", blocks(center, seed))], **changes)])


def write(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def program(folder, name, slowness=1.0, exit_code=0):
    """A program with the command line of `lockstep run`, for a machine whose speed wanders by a tenth.

    All programs in a folder share the machine: the n-th run of any of them meets the same speed.
    """
    path = folder / name
    path.write_text(
        textwrap.dedent(f"""\
            #!{sys.executable} -S
            import math, pathlib, random, sys
            sys.path[:0] = [{str(Path(__file__).parent)!r}]
            sys.dont_write_bytecode = True
            import made_up
            runs = pathlib.Path({str(folder)!r}) / "runs"
            with runs.open("a") as log:
                log.write({name!r} + "\\n")
            run = len(runs.read_text().splitlines())
            machine = 1 + 0.1 * math.sin(run / 9)
            center = 0.1 * machine * {slowness} * (1 + 0.003 * random.Random(run).gauss(0, 1))
            output = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
            assert sys.argv[1] == "run" and not output.exists(), sys.argv
            print("arguments", *sys.argv[1:])
            if {exit_code} in (0, 1, 8):
                made_up.write(output, made_up.timed(f"run{{run}}", center, run, verdict="FAIL" if {exit_code} == 1 else "PASS"))
            sys.exit({exit_code})
            """),
        encoding="utf-8",
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
