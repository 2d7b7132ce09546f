#!/usr/bin/env python3
"""Runs the benchmarks and the peers in turn, and holds the ratios against the targets.

usage: compare.py BENCHMARKS OUTPUT [ROUNDS]

BENCHMARKS is the folder of the built programs. What is compared is measured within seconds of each other, and the whole
is repeated in rounds (5), because a shared machine's speed drifts. A target is judged by the median of its rounds.
Writes OUTPUT (JSON, with every number of every round) and prints a table. Exits with 1 when a target is missed.
"""

import datetime
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Callable, NamedTuple

PEERS = Path(__file__).resolve().parent / "peers"
SYSTEM_PYTHON = "/usr/bin/python3"  # the one that the distribution's packages belong to
MIB = 1 << 20
FIGURES = ["median_us", "plain_us", "samples/s", "exposed", "spans_per_step", "GFLOP/s"]


class Missing(Exception):
    """A number that was not measured, because its peer is absent."""


class Round(dict):
    """The numbers of one round by name."""

    def __missing__(self, name):
        raise Missing(name)


class Target(NamedTuple):
    """`value` of a round is a ratio or a number in `unit`, at least or at most `limit`."""

    name: str
    at_least: bool
    limit: float
    value: Callable[[Round], float]
    unit: str = "x"

    def holds(self, value):
        return value >= self.limit if self.at_least else value <= self.limit


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def speed_up(measured, reference):
    """How many times faster, by the times of two collectives."""
    return lambda r: r[f"{reference} median_us"] / r[f"{measured} median_us"]


def plain_by_ours(case):
    """How many times faster than the plain calls that were made in turn with it."""
    return lambda r: r[f"{case} plain_us"] / r[f"{case} median_us"]


def rate(measured, reference):
    return lambda r: r[f"{measured} samples/s"] / r[f"{reference} samples/s"]


def products(measured, reference):
    """The GFLOP/s of one variant of the matrix products by those of another, over all shapes."""

    def value(r):
        names = [name for name in r if name.endswith(f"/{measured} GFLOP/s")]
        return geometric_mean([r[name] / r[name.replace(f"/{measured} ", f"/{reference} ")] for name in names])

    return value


def instrumentation(step):
    """The share of a step that the recording of its phases takes."""
    return lambda r: 100 * r[f"{step} spans_per_step"] * r["timeline_span us"] / r[f"{step} median_us"]


def collective(name, ranks, size):
    return f"{name}/ranks:{ranks}/bytes:{size}"


def all_reduce_targets():
    for text, size in (("64 KiB", 64 << 10), ("1 MiB", MIB), ("7 MiB", 7 * MIB), ("64 MiB", 64 * MIB)):
        ours, copy = collective("all_reduce", 2, size), collective("copy", 2, size)
        yield Target(f"all-reduce, 2 ranks, {text} / copy", True, 0.7, speed_up(ours, copy))
    yield Target("all-reduce, 2 ranks, 4 KiB", False, 2, lambda r: r["all_reduce/ranks:2/bytes:4096 median_us"], "us")
    for ranks in (4, 8):
        ours, ring = collective("all_reduce", ranks, MIB), collective("ring", ranks, MIB)
        yield Target(f"all-reduce, {ranks} ranks, 1 MiB / ring", True, 3, speed_up(ours, ring))
    ours = collective("all_reduce", 2, 7 * MIB)
    yield Target("all-reduce, 2 ranks, 7 MiB / OpenMPI", True, 8, speed_up(ours, "openmpi all_reduce"))
    yield Target("all-reduce, 2 ranks, 7 MiB / gloo", True, 40, speed_up(ours, "gloo all_reduce"))


def step_targets():
    single, weak, strong = "single/batch:256", "ddp/devices:2/weak/batch:512", "ddp/devices:2/strong/batch:256"
    yield Target("step, 1 device / PyTorch", True, 1.05, rate(single, "torch single"))
    yield Target("step, 2 devices, weak / two independent workers", True, 0.96, rate(weak, "two_singles/batch:256"))
    yield Target("step, 2 devices, strong / 1 device", True, 1.65, rate(strong, single))
    yield Target("step, 2 devices, weak / PyTorch DDP", True, 1.3, rate(weak, "torch weak"))
    yield Target("step, 2 devices, strong / PyTorch DDP", True, 1.5, rate(strong, "torch strong"))
    yield Target("exposed all-reduce, weak", False, 2, lambda r: 100 * r[f"{weak} exposed"], "%")
    yield Target("exposed all-reduce, strong", False, 3.5, lambda r: 100 * r[f"{strong} exposed"], "%")
    yield Target("instrumentation of a step", False, 0.1, instrumentation(single), "%")
    yield Target("empty kernel and record", False, 1, lambda r: r["empty_kernel_and_record us"], "us")


def checkpoint_targets():
    for name, plain in (("save", "write + fsync"), ("load", "read")):
        case = f"{name}/bytes:{100 * MIB}"
        yield Target(f"checkpoint of 100 MiB, {name} / plain {plain}", True, 0.8, plain_by_ours(case))


def targets():
    yield Target("matrix products / cblas (geometric mean)", True, 0.97, products("ours", "cblas"))
    yield Target("matrix products, two callers / one", True, 1.9, products("two_callers", "one_caller"))
    yield from all_reduce_targets()
    yield from step_targets()
    yield from checkpoint_targets()


def output_of(*command, **variables):
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, **variables},
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def run_benchmark(program, pattern):
    """Numbers by "NAME FIGURE", and what the program says about itself."""
    report = json.loads(output_of(program, f"--benchmark_filter={pattern}", "--benchmark_format=json", "--benchmark_min_time=0.05"))
    numbers = {}
    for entry in report["benchmarks"]:
        name = re.sub(r"/(iterations:\d+|min_time:[\d.]+|manual_time|real_time)", "", entry["name"])
        microseconds = {"ns": 1e-3, "us": 1, "ms": 1e3}[entry["time_unit"]]
        numbers[f"{name} us"] = entry["real_time"] * microseconds
        numbers |= {f"{name} {figure}": entry[figure] for figure in FIGURES if figure in entry}
    return numbers, report["context"]


class Peers:
    """The peers that this machine has. Built into `folder` where they need it."""

    def __init__(self, folder, blas):
        self.absent = {}
        # The same inner loops as ours: by itself OpenBLAS takes slow ones on a CPU that it does not know.
        core = re.search(r"(\w+) MAX_THREADS", blas)
        self.variables = {"OPENBLAS_CORETYPE": core.group(1)} if core else {}
        self.torch = self._find_torch()
        self.mpi = self._build_mpi(folder)

    def _find_torch(self):
        try:
            output_of(SYSTEM_PYTHON, "-c", "import torch")
            return True
        except (RuntimeError, OSError):
            self.absent["PyTorch"] = "python3-torch"
            return False

    def _build_mpi(self, folder):
        if shutil.which("mpicc") is None or shutil.which("mpirun") is None:
            self.absent["OpenMPI"] = "libopenmpi-dev openmpi-bin"
            return None
        program = Path(folder, "mpi_allreduce")
        output_of("mpicc", "-O3", "-o", program, PEERS / "mpi_allreduce.c")
        return program

    def _torch(self, *arguments):
        return json.loads(output_of(SYSTEM_PYTHON, PEERS / "torch_peer.py", *arguments, **self.variables))

    def steps(self, batch):
        if not self.torch:
            return {}
        modes = ("single", "weak", "strong")
        return {f"torch {mode} samples/s": self._torch("step", mode, batch)["samples/s"] for mode in modes}

    def all_reduces(self, size):
        numbers = {}
        if self.torch:
            numbers["gloo all_reduce median_us"] = self._torch("all_reduce", size)["median_s"] * 1e6
        if self.mpi:
            root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
            report = output_of("mpirun", "-np", 2, "--bind-to", "core", self.mpi, size, **root)
            numbers["openmpi all_reduce median_us"] = json.loads(report)["median_s"] * 1e6
        return numbers


def run_round(benchmarks, peers):
    numbers = Round()
    for program, pattern, neighbours in (
        ("bench_gemm", ".", dict),
        ("bench_collectives", "^(all_reduce|copy|ring)/.*bytes:(4096|65536|1048576|7340032|67108864)/", lambda: peers.all_reduces(7 * MIB)),
        ("bench_step", "batch:(256|512)/|empty|span", lambda: peers.steps(256)),
        ("bench_checkpoint", ".", dict),
    ):
        numbers |= run_benchmark(benchmarks / program, pattern)[0]
        numbers |= neighbours()
    return numbers


def load_average():
    return [round(load, 2) for load in os.getloadavg()]


def machine(context):
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        "cpu": model.group(1) if model else os.uname().machine,
        "cores": len(os.sched_getaffinity(0)),
        "blas": context["blas"],
        "load_average": load_average(),
    }


def judge(target, rounds):
    try:
        values = [target.value(numbers) for numbers in rounds]
    except Missing:
        return {"target": target.name, "verdict": "peer absent"}
    value = statistics.median(values)
    return {
        "target": target.name, "unit": target.unit, "limit": target.limit, "at_least": target.at_least,
        "value": value, "low": min(values), "high": max(values), "verdict": "pass" if target.holds(value) else "MISSED",
    }


def row_of(result):
    if "value" not in result:
        return f"{result['target']:<52} {'':>31}  {result['verdict']}"
    limit = f"{'>=' if result['at_least'] else '<='} {result['limit']:g} {result['unit']}"
    spread = f"[{result['low']:.3g}, {result['high']:.3g}]"
    return f"{result['target']:<52} {limit:>11} {result['value']:>7.3g} {spread:>16}  {result['verdict']}"


def print_table(report):
    where = report["machine"]
    print(f"{where['cpu']}, {where['cores']} cores, {where['blas']}")
    print(f"load average {where['load_average'][0]:g} at the start, {report['load_average_at_the_end'][0]:g} at the end; "
          f"median [lowest, highest] of {len(report['rounds'])} rounds")
    if where["load_average"][0] > where["cores"] / 2:
        print("the machine was busy with something else: what needs all its cores came out too low")
    for result in report["targets"]:
        print(row_of(result))
    for peer, packages in report["absent_peers"].items():
        print(f"absent: {peer} (Debian: {packages})")


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    benchmarks, output = Path(arguments[0]), Path(arguments[1])
    count = int(arguments[2]) if len(arguments) == 3 else 5
    context = run_benchmark(benchmarks / "bench_step", "empty")[1]
    report = {"machine": machine(context), "rounds": []}
    with tempfile.TemporaryDirectory() as folder:
        peers = Peers(folder, context["blas"])
        report["absent_peers"] = peers.absent
        for index in range(count):
            print(f"round {index + 1} of {count}, load average {load_average()[0]:g}", file=sys.stderr)
            report["rounds"].append(run_round(benchmarks, peers))
    report["load_average_at_the_end"] = load_average()
    report["targets"] = [judge(target, report["rounds"]) for target in targets()]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print_table(report)
    return 1 if any(result["verdict"] == "MISSED" for result in report["targets"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
