"""A result as lockstep writes it, with realistic numbers: the subject of the report's tests.

Run as a program it writes the folder given: python3 fixture.py FOLDER.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PARAMETER_BYTES = 7_438_376  # the MLP 784-1024-1024-10 in fp32
CORES = 2
STEPS = 400
EPOCHS = 10
DOCUMENTED_CASE = "equivalence-batchnorm/strategy=dp,devices=2,batch=10"
FAILED_CASE = "equivalence-mlp/strategy=ddp,devices=7,batch=10"
SKIPPED_CASE = "equivalence-real-data/strategy=ddp"

# Median milliseconds per step of one device's share; compute scales with the rows it gets.
_COMPUTE = {"forward": 6.1, "loss": 0.2, "backward": 11.9, "update": 1.4}


def result(cores: int = CORES, label: str = "Xeon") -> dict[str, Any]:
    cases = [*equivalence_cases(), *speedup_cases(cores), *convergence_cases()]
    return result_of(cases, cores, label)


def result_of(cases: list[dict[str, Any]], cores: int = CORES, label: str = "Xeon") -> dict[str, Any]:
    return {
        "schema_version": 1,
        "tool": {
            "name": "lockstep",
            "version": "0.1.0",
            "build_type": "Release",
            "compiler": "GNU 12.2.0",
            "arch": "x86-64-v3",
            "blas": "OpenBLAS 0.3.21 pthread",
            "commit": "84f59af3d0c1",
            "flags": "-O3 -march=x86-64-v3",
        },
        "run": {
            "id": hashlib.sha256(f"{cores} {label}".encode()).hexdigest()[:16],  # another machine, another run
            "started": "2026-01-31T12:00:00Z",
            "duration_s": 184.2,
            "status": "complete",
            "command": ["lockstep", "run", "scenarios", "--output", "results/latest"],
            "exit_code": 1,
        },
        "environment": {
            "hardware": {"cpu": f"{label} at 2.1 GHz", "cores": cores, "memory_bytes": 8 * 2**30, "gpus": []},
            "software": {"os": "Debian GNU/Linux 12", "kernel": "6.1.0"},
            "variables": {"OMP_NUM_THREADS": "1"},
            "machine_id": hashlib.sha256(label.encode()).hexdigest()[:16],
            "conditions": {"measured_clock_hz": 2_095_000_000, "load_average": 0.25},
        },
        "cases": cases,
    }


def case(scenario: str, family: str, question: str, axes: dict[str, str], **fields: Any) -> dict[str, Any]:
    name = scenario + "/" + ",".join(f"{axis}={value}" for axis, value in axes.items())
    defaults = {
        "name": name,
        "scenario": scenario,
        "scenario_hash": "0123456789abcdef",
        "family": family,
        "question": question,
        "axes": axes,
        "tier": "cpu",
        "verdict": "PASS",
        "reason": "",
        "devices": int(axes.get("devices", "1")),
        "global_batch": 128,
        "precision": "f32",
        "graphs": False,
        "strategy": axes.get("strategy", "single"),
        "repetitions": 5,
        "checks": [],
        "metrics": [],
        "phases": [],
        "memory": [],
        "pieces": [],
        "traffic": [],
        "trials": [],
        "faults": [],
        "findings": [],
        "last_collectives": [],
        "bandwidth": [],
        "waits": [],
        "duration_s": 1.4,
    }
    return defaults | fields


def check(name: str, compared: int, worst: float | None, limit: float | None, because: str) -> dict[str, Any]:
    holds = worst is None or limit is None or worst <= limit
    verdict = "PASS" if holds and compared else "FAIL"
    values = {"compared": compared, "worst": worst, "limit": limit, "because": because}
    return {"name": name, "verdict": verdict, **values}


def metric(
    name: str, unit: str, better: str, value: float | None, spread: float = 0.0, definition: str = ""
) -> dict[str, Any]:
    """`spread` is half the relative width of the interval."""
    low, high = (None, None) if value is None else (value * (1 - spread), value * (1 + spread))
    fields = {"value": value, "low": low, "high": high, "definition": definition}
    if value is not None and spread:
        fields["blocks"] = [value * (1 + spread * part) for part in (-1, -0.5, 0, 0.5, 1)]
    return {"name": name, "unit": unit, "better": better, **fields}


def equivalence_cases() -> Iterator[dict[str, Any]]:
    """24 cases: 11 worlds of dp and ddp, one of them wrong, a documented difference and one that is skipped."""
    for strategy in ("dp", "ddp"):
        for devices in (1, 2, 3, 4, 7):
            for batch in ("8", "10") if devices > 1 else ("8",):
                yield _equivalence_case(strategy, devices, batch)
    yield _ordered_case("dp")
    yield _ordered_case("ddp")
    yield _ordered_case("dp", "3")
    yield _ordered_case("ddp", "3")
    yield _documented_case()
    yield case(
        "equivalence-real-data",
        "equivalence",
        "Does training on N devices compute what one device computes?",
        {"strategy": "ddp"},
        verdict="SKIPPED",
        reason="the dataset fashion-mnist is not installed (package dataset-fashion-mnist)",
    )


def _equivalence_case(strategy: str, devices: int, batch: str) -> dict[str, Any]:
    axes = {"strategy": strategy, "devices": str(devices), "batch": batch}
    worst = 3.1e-4 if (strategy, devices, batch) == ("ddp", 7, "10") else 0.0
    checks = [
        check("exact", 148_480 * devices, worst, 0.0, "every partial sum is representable"),
        check("reduction", 74_240, 0.21 * devices * 1e-7, devices * 1e-7, "(N-1) u sum |g|, element by element"),
        check("coverage", 4 * int(batch), 0.0, 0.0, "each sample id once per step"),
        check("replicas", 74_240 * devices, 0.0, 0.0, "the same bits on every rank"),
        check("evidence", 12, None, None, "gradients are not zero and parameters moved"),
    ]
    failed = any(entry["verdict"] == "FAIL" for entry in checks)
    return case(
        "equivalence-mlp",
        "equivalence",
        "Does training on N devices compute what one device computes?",
        axes,
        verdict="FAIL" if failed else "PASS",
        reason="exact: layer 2 weight differs from one device by 3.1e-04 at step 1, element (17, 3)" if failed else "",
        checks=checks,
        pieces=[_split(int(batch), devices)],
    )


def _split(batch: int, devices: int) -> list[int]:
    """torch.chunk: pieces of ceil(batch / devices), the last ones shorter or empty."""
    size = -(-batch // devices)
    return [max(0, min(size, batch - size * device)) for device in range(devices)]


def _ordered_case(strategy: str, devices: str = "2") -> dict[str, Any]:
    return case(
        "equivalence-ordered",
        "equivalence",
        "Does training on N devices compute what one device computes?",
        {"strategy": strategy, "devices": devices},
        checks=[
            check("ordered", 1_859_594 * 8, 0.0, 0.0, "one fixed tree over the global batch"),
            check("end_to_end", 1_859_594, 2.9e-7, 1.1e-6, "relative L2 against the fp64 run, 8 steps"),
        ],
    )


def _documented_case() -> dict[str, Any]:
    because = "each replica normalises with the mean and variance of its own 5 rows"
    return case(
        "equivalence-batchnorm",
        "equivalence",
        "Does training on N devices compute what one device computes?",
        {"strategy": "dp", "devices": "2", "batch": "10"},
        checks=[
            check("documented: batchnorm_statistics", 128, 2.4e-7, 1.2e-6, because),
            check("documented: lost_replica_buffers", 64, 0.0, 0.0, "only the buffers of replica 0 survive"),
        ],
    )


def speedup_cases(cores: int) -> Iterator[dict[str, Any]]:
    """single, and dp and ddp on 1, 2 and 4 devices; times of more devices than cores are not measured."""
    for scaling in ("strong", "weak"):
        yield _speedup_case("single", 1, scaling, cores)
        for strategy in ("dp", "ddp"):
            for devices in (1, 2, 4):
                yield _speedup_case(strategy, devices, scaling, cores)


def _speedup_case(strategy: str, devices: int, scaling: str, cores: int) -> dict[str, Any]:
    phases = _phases(strategy, devices, scaling)
    step = sum(entry["seconds"] for entry in phases if entry["rank"] == 0)
    baseline = sum(entry["seconds"] for entry in _phases("single", 1, scaling))
    measured = devices <= cores
    factor = devices if scaling == "weak" else 1
    speedup = factor * baseline / step if measured else None
    definition = "T_1(B)/T_N(B)" if scaling == "strong" else "N T_1(b)/T_N(N b)"
    reason = "" if measured else f"time not measured: {devices} devices on {cores} cores"
    rows = [32 * factor * 4] if devices == 1 else _split(128 * factor, devices)
    metrics = [
        metric("speedup", "1", "higher", speedup, 0.021, definition),
        metric("efficiency", "1", "higher", speedup and speedup / devices, 0.021, "speedup/N"),
        metric("step_time", "s", "lower", step if measured else None, 0.018, "median over steps of the slowest rank"),
    ]
    if measured:
        metrics.append(metric("noise_floor", "1", "lower", 0.012))
    if measured and devices > 1:
        metrics.append(metric("serial_fraction", "1", "lower", (1 / speedup - 1 / devices) / (1 - 1 / devices)))
    if strategy == "dp" and devices == 1:
        metrics.append(metric("dp_tax", "1", "lower", step / baseline - 1, 0.1, "T_dp(1)/T_single - 1"))
    return case(
        "speedup-mlp",
        "speedup",
        "How much faster is N devices than one?",
        {"strategy": strategy, "devices": str(devices), "scaling": scaling},
        reason=reason,
        checks=[check("plausibility:efficiency", 3, (speedup or 0) / devices, 1.05, "efficiency above 1 is a mistake")],
        metrics=metrics,
        phases=phases if measured else [],
        memory=_memory(strategy, devices, scaling),
        pieces=[rows],
        traffic=_traffic(strategy, devices),
        findings=["limited by communication that no computation hides"] if measured and devices > 1 else [],
        duration_s=9.1,
    )


def _phases(strategy: str, devices: int, scaling: str) -> list[dict[str, Any]]:
    share = 1.0 if scaling == "weak" else 1.0 / devices
    ranks = [_rank_milliseconds(strategy, devices, rank, share) for rank in range(devices)]
    longest = max(sum(times.values()) for times in ranks)
    phases = []
    for rank, times in enumerate(ranks):
        times["wait"] = longest - sum(times.values())
        for phase, milliseconds in times.items():
            if milliseconds > 0:
                phases.append(_phase(rank, phase, milliseconds / 1e3, milliseconds / longest))
    return phases


def _phase(rank: int, phase: str, seconds: float, fraction: float) -> dict[str, Any]:
    return {"rank": rank, "phase": phase, "seconds": seconds, "fraction": min(1.0, fraction)}


def _rank_milliseconds(strategy: str, devices: int, rank: int, share: float) -> dict[str, float]:
    scaled = {phase: time * share for phase, time in _COMPUTE.items() if phase != "update"}
    times = {"batch": 0.25 * share, **scaled, "update": _COMPUTE["update"]}
    if strategy == "dp":
        times |= {"scatter": 0.12, "replicate": 0.55 * devices, "gather": 0.06, "reduce": 0.7 * devices}
        if rank > 0:
            times |= {"update": 0.0, "loss": 0.0}
    if strategy == "ddp":
        times |= {"reduce": 0.12 + 0.55 * (devices - 1), "backward": times["backward"] * (1 + 0.02 * rank)}
    return times


def _memory(strategy: str, devices: int, scaling: str) -> list[dict[str, Any]]:
    entries = []
    share = 1.0 if scaling == "weak" else 1.0 / devices
    for device in range(devices):
        uses = {
            "parameters": PARAMETER_BYTES,
            "gradients": PARAMETER_BYTES,
            "optimizer": PARAMETER_BYTES if strategy != "dp" or device == 0 else 0,
            "activations": int(1_060_000 * share),
            "communication": {"single": 0, "dp": PARAMETER_BYTES * (device == 0), "ddp": 2**20}[strategy],
            "batch": int(401_408 * share),
            "workspace": 262_144,
        }
        uses["total"] = int(0.96 * sum(uses.values()))
        for use, peak in uses.items():
            entries.append({"device": device, "use": use, "peak_bytes": peak, "current_bytes": peak // 2})
    return entries


def _traffic(strategy: str, devices: int) -> list[dict[str, Any]]:
    flows = {
        "single": [],
        "ddp": [("all_reduce", 2, PARAMETER_BYTES)],
        "dp": [
            ("scatter", 2, 402_432),
            ("broadcast", 6, PARAMETER_BYTES),
            ("gather", 1, 5_120),
            ("reduce", 6, PARAMETER_BYTES),
        ],
    }[strategy]
    return [{"collective": name, "calls_per_step": calls, "bytes_per_step": size} for name, calls, size in flows]


def convergence_cases() -> Iterator[dict[str, Any]]:
    for strategy, devices, distance in (("single", 1, None), ("dp", 2, 3.4e-6), ("ddp", 2, 5.8e-6)):
        metrics = [metric("test_accuracy", "1", "higher", accuracy(EPOCHS - 1), 0.002, "after the last epoch")]
        if distance is not None:
            metrics.append(metric("loss_curve_distance", "1", "lower", distance, 0, "max |l - l_1| / l_1"))
        yield case(
            "convergence-fashion-mnist",
            "convergence",
            "Does it learn the same from real data?",
            {"strategy": strategy, "devices": str(devices)},
            checks=[check("end_to_end", STEPS, distance or 0.0, 1e-4, "reordered float sums, 400 steps")],
            metrics=metrics,
            duration_s=22.0,
        )


def communication_cases() -> list[dict[str, Any]]:
    """Two collectives on two devices and on four, which are not timed; dp, and ddp with three sizes of buckets."""
    collectives = [_collective_case(kind, devices) for devices in (2, 4) for kind in ("all_reduce", "scatter")]
    trainings = [_exposure_case("dp", "256KiB", 0.0), *(_exposure_case("ddp", bucket, 0.4) for bucket in BUCKETS)]
    return collectives + trainings


BUCKETS = ("256KiB", "4MiB", "1MiB")


def _collective_case(kind: str, devices: int) -> dict[str, Any]:
    is_timed = devices <= CORES
    rows = [_bandwidth(kind, 4096 << step, in_place, is_timed) for step in range(6) for in_place in (False, True)]
    metrics = [
        metric("bus_bandwidth", "B/s", "higher", 12.5e9 if is_timed else None),
        metric("peak_bus_bandwidth", "B/s", "higher", 20e9 if is_timed else None),
        metric("alpha", "s", "lower", 2.5e-6 if is_timed else None),
        metric("beta", "s/B", "lower", 4e-11 if is_timed else None),
        metric("sqrt_term", "s/sqrt(B)", "lower", 0.0 if is_timed else None),
        metric("fit_residual", "1", "lower", 0.034 if is_timed else None),
    ]
    return case(
        "collectives",
        "communication",
        "How long does communication take, and what of it is hidden?",
        {"devices": str(devices), "collective": kind},
        reason="" if is_timed else f"timing not measurable: {devices} devices share {CORES} cores",
        checks=[check("collective_results", 16_128, 0, 0, "wrong elements")],
        metrics=metrics,
        bandwidth=rows,
    )


def _bandwidth(kind: str, size: int, in_place: bool, is_timed: bool) -> dict[str, Any]:
    seconds = 2.5e-6 + 4e-11 * size if is_timed else None
    return {
        "bytes": size,
        "count": size // 4,
        "type": "float",
        "redop": "sum" if kind == "all_reduce" else "none",
        "root": -1 if kind == "all_reduce" else 0,
        "in_place": in_place,
        "seconds": seconds,
        "algbw": size / seconds if seconds else None,
        "busbw": size / seconds if seconds else None,
        "wrong": 0,
    }


def _exposure_case(strategy: str, bucket: str, overlap: float) -> dict[str, Any]:
    metrics = [
        metric("step_time", "s", "lower", 0.030, 0.02),
        metric("communication_time", "s", "lower", 0.010, 0.02),
        metric("exposed_communication", "s", "lower", 0.010 * (1 - overlap), 0.02),
        metric("exposed_fraction", "1", "lower", (1 - overlap) / 3, 0.02),
        metric("overlap", "1", "higher", overlap, 0.02),
        metric("longest_wait", "s", "lower", 0.004),
        metric("skew", "s", "lower", 0.0011),
        metric("wire_bytes", "B", "lower", PARAMETER_BYTES),
    ]
    return case(
        "training",
        "communication",
        "How long does communication take, and what of it is hidden?",
        {"strategy": strategy, "bucket": bucket},
        checks=[check("traffic", 8, 0, 0, "calls and bytes")],
        metrics=metrics,
        waits=[
            {"rank": 0, "seconds": 0.001, "fraction": 0.03, "caused": 0.004, "last_share": 0.9, "waits_for": 1},
            {"rank": 1, "seconds": 0.004, "fraction": 0.13, "caused": 0.001, "last_share": 0.1, "waits_for": 0},
        ],
    )


def memory_cases() -> Iterator[dict[str, Any]]:
    """dp and ddp on 2 devices of 8 MiB, and a model that is too large. Not in `result`."""
    for strategy, largest in (("dp", 860), ("ddp", 1016)):
        accounts = _predicted_memory(strategy)
        totals = [account["peak_bytes"] for account in accounts if account["use"] == "total"]
        yield _memory_case(
            "memory-largest-batch",
            strategy,
            largest,
            memory=accounts,
            trials=[
                {"batch": largest, "micro_batches": 1, "fits": True, "peak_bytes": totals[0], "reason": ""},
                {
                    "batch": largest + 4,
                    "micro_batches": 1,
                    "fits": False,
                    "peak_bytes": None,
                    "reason": "cpu:0 is full",
                },
            ],
            more=[metric("device0_ratio", "1", "lower", totals[0] / totals[1])],
            finding=f"The largest global batch is {largest}.",
        )
    yield _memory_case("memory-model-too-large", "ddp", 0, [], [], [], "The model alone does not fit.")


def _memory_case(
    scenario: str,
    strategy: str,
    largest: int,
    memory: list[dict[str, Any]],
    trials: list[dict[str, Any]],
    more: list[dict[str, Any]],
    finding: str,
) -> dict[str, Any]:
    metrics = [
        metric("largest_batch", "samples", "higher", largest),
        metric("safe_batch", "samples", "higher", largest * 9 // 10),
        metric("device_memory", "B", "none", 8 * 2**20),
    ]
    if largest:
        metrics += [metric("bytes_per_sample", "B", "lower", 2048), metric("fixed_bytes", "B", "lower", 2**20)]
        metrics += [metric("fit_residual", "B", "none", 1e-9)]
    return case(
        scenario,
        "memory",
        "What does it take on each device, and which batch fits?",
        {"strategy": strategy, "devices": "2"},
        checks=[check("next_batch_fails", 4, 0, 0, "the next batch runs out")],
        metrics=metrics + more,
        memory=memory,
        trials=trials,
        findings=[finding],
    )


def _predicted_memory(strategy: str) -> list[dict[str, Any]]:
    accounts = _memory(strategy, 2, "strong")
    return [account | {"predicted_bytes": account["peak_bytes"]} for account in accounts]


def accuracy(epoch: int) -> float:
    return 0.872 - 0.16 * math.exp(-epoch / 2.2)


def samples(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in data["cases"]:
        if entry["family"] == "convergence":
            yield from _curves(entry["name"], 1.0 if "single" in entry["name"] else 1 + 3e-6)
        for one in entry["metrics"]:
            if one["name"] == "step_time" and one["value"] is not None:
                yield from _step_times(entry["name"], one["value"])


def sample(name: str, metric_name: str, index: int, value: float | None, unit: str = "1") -> dict[str, Any]:
    return {"case": name, "metric": metric_name, "unit": unit, "index": index, "rank": None, "value": value}


def _curves(name: str, factor: float) -> Iterator[dict[str, Any]]:
    noise = random.Random(7)
    for step in range(STEPS):
        yield sample(name, "loss", step, factor * (0.38 + 1.92 * math.exp(-step / 55) + 0.05 * noise.gauss(0, 1)))
    for epoch in range(EPOCHS):
        yield sample(name, "test_accuracy", epoch, accuracy(epoch))


def _step_times(name: str, median: float) -> Iterator[dict[str, Any]]:
    noise = random.Random(11)
    for index in range(20):
        yield sample(name, "step_time", index, median * (1 + 0.02 * noise.gauss(0, 1)), "s")


def write(folder: Path, data: dict[str, Any]) -> Path:
    """Writes result.json and samples.jsonl as lockstep does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    lines = (json.dumps(one) + "\n" for one in samples(data))
    (folder / "samples.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


if __name__ == "__main__":
    write(Path(sys.argv[1]), result())
