"""The parts that ask how fast it is: ratios within this run, never times against those of another machine."""

import json
import queue
import statistics
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from correctness import SMALL, lockstep_run
from parts import PASS, Outcome, end_group, fail, require, run, skip

ROUNDS = 3
TORCH_SECONDS = 0.7  # of each round
TORCH_BLOCKS = 8
IMPLAUSIBLE = 1.05  # of the peak; the clock may be a little above the highest that is stated
STEP_TARGET, COPY_TARGET = 1.2, 0.8  # at least, as a ratio to PyTorch and to the copy


class Step(NamedTuple):
    name: str
    scenario: str
    widths: list
    batch: int
    tf32: bool = False

    def precision(self):
        return "tf32" if self.tf32 else "fp32"

    def flops(self):
        """Of the products: forward, gradient of the weights, and of the inputs but the first layer's."""
        layers = [2.0 * self.batch * a * b for a, b in zip(self.widths, self.widths[1:])]
        return 3 * sum(layers) - layers[0]


MLP, WIDE = [784, 1024, 1024, 10], [4096, 4096, 4096, 10]
STEPS = [
    Step("mlp, batch 256", "step.toml", MLP, 256),
    Step("mlp, batch 64", "step.toml", MLP, 64),
    Step("4096 wide, batch 4096", "wide-step.toml", WIDE, 4096),
    Step("mlp, batch 256, TF32", "step.toml", MLP, 256, tf32=True),
    Step("4096 wide, batch 4096, TF32", "wide-step.toml", WIDE, 4096, tf32=True),
]


SMALL_STEPS = [
    Step("12 layers of 64, batch 16", "graphs.toml", [64] * 12 + [10], 16),
    Step("mlp, batch 64", "graphs.toml", MLP, 64),
]


class NoPeer(Exception):
    """PyTorch cannot be measured here; says why."""


class TorchPeer:
    """A process that keeps its training and measures when it is asked to, so that both take turns."""

    def __init__(self, step, clock, *options):
        self.clock = clock
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("torch_step.py"), ",".join(map(str, step.widths)), str(step.batch),
             step.precision(), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            self.version = self.answer()
        except BaseException:
            self.close()
            raise

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def answer(self):
        try:
            line = self.lines.get(timeout=max(0.0, self.clock.left()))
        except queue.Empty:
            raise NoPeer("PyTorch was not done in time") from None
        if line:
            return json.loads(line)
        errors = [text for text in self.process.stderr.read().splitlines() if text.strip()]
        raise NoPeer(errors[-1] if errors else "PyTorch ended without a word")

    def seconds(self, steps, blocks):
        self.process.stdin.write(f"{steps} {blocks}\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        end_group(self.process)
        self.reader.join(timeout=10)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def own_blocks(context, clock, step, name, *more):
    arguments = ["-a", f"batch={step.batch}", "-a", f"run.tf32={str(step.tf32).lower()}", *more]
    (case,) = lockstep_run(context, clock, name, step.scenario, *arguments)["cases"]
    require(case["tier"] == "cuda-nccl", f"{step.name} ran on {case['tier']}, which has no times")
    (metric,) = [metric for metric in case["metrics"] if metric["name"] == "step_time"]
    require(metric.get("blocks"), f"{step.name}: no step was timed")
    return metric["blocks"]


def open_peers(step, clock):
    """PyTorch with its batches in the host's memory and on the GPU, by name; none and the reason where it is not here."""
    peers = {}
    try:
        peers["torch"] = TorchPeer(step, clock)
        peers["torch_resident"] = TorchPeer(step, clock, "resident")
    except (NoPeer, OSError) as reason:
        for peer in peers.values():
            peer.close()
        return {}, str(reason)
    return peers, ""


def measure_rounds(context, clock, step, index, peers):
    """Medians of blocks by name, one for each round; in every second round the order is turned round."""
    rounds = {name: [] for name in ("lockstep", *peers)}
    blocks = {name: [] for name in rounds}
    counts = {name: max(1, int(TORCH_SECONDS / TORCH_BLOCKS / peer.seconds(5, 1)[0])) for name, peer in peers.items()}
    for turn in range(ROUNDS):
        for name in list(rounds)[:: 1 if turn % 2 == 0 else -1]:
            if name == "lockstep":
                seconds = own_blocks(context, clock, step, f"step-{index}-{turn}")
            else:
                seconds = peers[name].seconds(counts[name], TORCH_BLOCKS)
            blocks[name] += seconds
            rounds[name].append(statistics.median(seconds))
    return rounds, blocks


def ratio(rounds, name):
    ratios = [theirs / ours for theirs, ours in zip(rounds[name], rounds["lockstep"])]
    return {"median": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)}


def measure_step(context, clock, step, index):
    peers, why_not = open_peers(step, clock)
    try:
        rounds, blocks = measure_rounds(context, clock, step, index, peers)
    finally:
        for peer in peers.values():
            peer.close()
    seconds = statistics.median(blocks["lockstep"])
    peak = (context.peak or {}).get(step.precision())
    share = step.flops() / seconds / peak if peak else None
    require(share is None or share <= IMPLAUSIBLE, f"{step.name}: {share or 0:.2f} of the GPU's peak cannot be")
    return {
        "name": step.name, "widths": step.widths, "batch": step.batch, "precision": step.precision(),
        "seconds": {name: statistics.median(values) for name, values in blocks.items()},
        "blocks": blocks,
        "peak_share": share,
        "times_faster_than_torch": ratio(rounds, "torch") if peers else None,
        "times_faster_than_torch_resident": ratio(rounds, "torch_resident") if peers else None,
        "no_torch": why_not,
        "torch": peers["torch"].version if peers else None,
    }


def all_reduce(context, clock):
    """Also learns the GPU's peak."""
    program = context.programs.find("gpu_speeds")
    if program is None:
        skip("gpu_speeds is not among these programs")
    done = run(clock, [program], log=context.output / "gpu_speeds.json")
    require(done.code == 0, f"gpu_speeds: exit code {done.code}: {done.last_line()}")
    speeds = json.loads(done.output)
    context.peak = speeds["peak"]
    if context.is_emulated:
        skip("the GPU is emulated; its times mean nothing")
    rows = []
    for row in speeds["all_reduce"]:
        seconds, copy = statistics.median(row["seconds"]), statistics.median(row["copy_seconds"])
        rows.append({"ranks": row["ranks"], "bytes": row["bytes"], "seconds": seconds, "copy_seconds": copy,
                     "of_copy": copy / seconds, "moved_per_second": 2 * row["ranks"] * row["bytes"] / seconds})
    require(rows, "nothing was measured")
    best = max(rows, key=lambda row: row["bytes"])["bytes"]
    worst = min(row["of_copy"] for row in rows if row["bytes"] == best)
    words = "holds" if worst >= COPY_TARGET else "MISSED"
    return Outcome(
        PASS, f"{worst:.2f} of the copy's bandwidth at {best >> 20} MiB; target {COPY_TARGET} {words}",
        {"all_reduce": rows, "peak": context.peak, "targets_missed": int(worst < COPY_TARGET)},
    )


def measure_graphs(context, clock, step, index):
    """Medians of rounds with and without graphs; in every second round the order is turned round."""
    rounds = {"true": [], "false": []}
    for turn in range(ROUNDS):
        for graphs in list(rounds)[:: 1 if turn % 2 == 0 else -1]:
            choice = ["-a", f"model.widths={step.widths}".replace(" ", ""), "-a", f"run.graphs={graphs}"]
            blocks = own_blocks(context, clock, step, f"graphs-{index}-{turn}-{graphs}", *choice)
            rounds[graphs].append(statistics.median(blocks))
    ratios = [without / using for using, without in zip(rounds["true"], rounds["false"])]
    return {
        "name": step.name, "widths": step.widths, "batch": step.batch,
        "seconds": statistics.median(rounds["true"]), "seconds_without": statistics.median(rounds["false"]),
        "times_faster": {"median": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)},
    }


def graphs(context, clock):
    if context.is_emulated:
        for choice in ("true", "false"):
            lockstep_run(context, clock, f"graphs-{choice}", "graphs.toml", *SMALL, "-a", "train.steps=3",
                         "-a", "run.warmup_steps=1", "-a", f"run.graphs={choice}")
        skip("the GPU is emulated; its times mean nothing")
    rows = [measure_graphs(context, clock, step, index) for index, step in enumerate(SMALL_STEPS)]
    figures = ", ".join(f"{row['times_faster']['median']:.2f}" for row in rows)
    return Outcome(PASS, f"{figures} times as fast as kernel by kernel", {"graphs": rows})


def steps(context, clock):
    if context.is_emulated:
        lockstep_run(context, clock, "step", "step.toml", *SMALL, "-a", "train.steps=3", "-a", "run.warmup_steps=1")
        skip("the GPU is emulated; its times mean nothing")
    rows = []
    for index, step in enumerate(STEPS):
        if rows and clock.left() < 25:  # a part that is cut short says what it has
            break
        rows.append(measure_step(context, clock, step, index))
    if not rows:
        fail("nothing was measured")
    compared = [row for row in rows if row["times_faster_than_torch"]]
    missed = sum(row["times_faster_than_torch"]["median"] < STEP_TARGET for row in compared)
    words = [f"{len(rows)} of {len(STEPS)} steps measured"]
    if compared:
        figures = ", ".join(f"{row['times_faster_than_torch']['median']:.2f}" for row in compared)
        words.append(f"{figures} times as fast as PyTorch; target {STEP_TARGET} {'holds' if not missed else f'MISSED by {missed}'}")
    else:
        words.append(f"not compared with PyTorch: {rows[0]['no_torch']}")
    return Outcome(PASS, "; ".join(words), {"steps": rows, "targets_missed": missed})
