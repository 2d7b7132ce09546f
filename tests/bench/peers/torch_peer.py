#!/usr/bin/env python3
"""PyTorch on this machine's CPU, to compare with: one thread per worker, each worker pinned to a core of its own.

usage: torch_peer.py step (single | weak | strong) BATCH
       torch_peer.py all_reduce BYTES

step trains an MLP 784-1024-1024-10 (SGD with momentum, cross-entropy, random data) with batches of BATCH rows: alone, or
with DistributedDataParallel over gloo on two processes that have BATCH rows each (weak) or share them (strong).
all_reduce sums a tensor of float32 over two processes with gloo.
Prints one JSON object: the median seconds of a step or a sum, the slower process counts, and samples per second.
"""

import json
import os
import statistics
import sys
import tempfile
import time

# Read when the library is loaded; torch.set_num_threads does not reach the threads of OpenBLAS.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402
from torch.nn.parallel import DistributedDataParallel  # noqa: E402

WORKERS = 2
SAMPLES = 4096
WARM_UP = 10
SECONDS = 1.5


def use_one_core(rank):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[rank % len(cores)]})
    torch.set_num_threads(1)


def repetitions(work):
    """How often `work` fits into the time of a measurement; the same on every worker."""
    for _ in range(WARM_UP):
        work()
    begin = time.perf_counter()
    for _ in range(3):
        work()
    count = torch.tensor([SECONDS * 3 / (time.perf_counter() - begin)])
    if dist.is_initialized():
        dist.all_reduce(count, op=dist.ReduceOp.MIN)
    return max(10, int(count.item()))


def median_seconds(work, start=lambda: None):
    times = []
    for _ in range(repetitions(work)):
        start()
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    slowest = torch.tensor(times, dtype=torch.float64)
    if dist.is_initialized():
        dist.all_reduce(slowest, op=dist.ReduceOp.MAX)
    return statistics.median(slowest.tolist())


def make_step(batch):
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(784, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 10)
    )
    if dist.is_initialized():
        model = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    criterion = torch.nn.CrossEntropyLoss()
    inputs, labels = torch.randn(SAMPLES, 784), torch.randint(0, 10, (SAMPLES,))
    at = 0

    def step():
        nonlocal at
        rows = slice(at, at + batch)
        at = (at + batch) % SAMPLES
        optimizer.zero_grad(set_to_none=True)
        criterion(model(inputs[rows]), labels[rows]).backward()
        optimizer.step()

    return step


def measure_step(mode, batch):
    rows = batch // WORKERS if mode == "strong" else batch
    seconds = median_seconds(make_step(rows))
    workers = 1 if mode == "single" else WORKERS
    return {"median_s": seconds, "samples/s": rows * workers / seconds}


def measure_all_reduce(size):
    values = torch.zeros(size // 4)
    return {"median_s": median_seconds(lambda: dist.all_reduce(values), start=dist.barrier)}


def work_as(rank, store, what, arguments):
    use_one_core(rank)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=WORKERS)
    result = measure_step(*arguments) if what == "step" else measure_all_reduce(*arguments)
    if rank == 0:
        print(json.dumps(result), flush=True)
    dist.barrier()
    dist.destroy_process_group()


def main(arguments):
    if arguments[:1] == ["step"] and len(arguments) == 3 and arguments[1] in ("single", "weak", "strong"):
        what, values = "step", (arguments[1], int(arguments[2]))
    elif arguments[:1] == ["all_reduce"] and len(arguments) == 2:
        what, values = "all_reduce", (int(arguments[1]),)
    else:
        sys.exit(__doc__)
    if values[0] == "single":
        use_one_core(0)
        print(json.dumps(measure_step(*values)))
        return
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(work_as, (f"{folder}/store", what, values), nprocs=WORKERS)


if __name__ == "__main__":
    main(sys.argv[1:])
