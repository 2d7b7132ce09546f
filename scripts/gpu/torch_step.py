#!/usr/bin/env python3
"""The same training step in PyTorch eager on GPU 0, for speed.py.

usage: torch_step.py WIDTHS BATCH (fp32 | tf32)     WIDTHS like 784,1024,1024,10

Prints a line of JSON that says what it is; then, for each line "STEPS BLOCKS" on stdin, a line of JSON with the seconds
of a step in each of that many blocks of that many steps. Ends with its input. SGD with momentum, cross-entropy, random
data; each step takes its batch from page-locked memory of the host, as a loader that keeps ahead would leave it, and
with "resident" behind the precision it lies on the GPU already.
"""

import json
import sys
import time

SAMPLES = 4096


def make_step(torch, widths, batch, is_resident):
    torch.manual_seed(1)
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1]).cuda()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    criterion = torch.nn.CrossEntropyLoss()
    samples = max(SAMPLES, batch)
    inputs, labels = torch.randn(samples, widths[0]), torch.randint(0, widths[-1], (samples,))
    inputs, labels = (inputs.cuda(), labels.cuda()) if is_resident else (inputs.pin_memory(), labels.pin_memory())
    at = 0

    def step():
        nonlocal at
        rows = slice(at, at + batch)
        at = at + batch if at + 2 * batch <= samples else 0
        x, y = inputs[rows], labels[rows]
        if not is_resident:
            x, y = x.cuda(non_blocking=True), y.cuda(non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        criterion(model(x), y).backward()
        optimizer.step()

    return step


def time_blocks(torch, step, steps, blocks):
    seconds = []
    for _ in range(blocks):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
        seconds.append((time.perf_counter() - begin) / steps)
    return seconds


def main(arguments):
    if len(arguments) not in (3, 4) or arguments[2] not in ("fp32", "tf32"):
        sys.exit(__doc__)
    import torch  # not at the top: --help and a wrong call need none

    if not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments[2] == "tf32"
    widths = [int(width) for width in arguments[0].split(",")]
    step = make_step(torch, widths, int(arguments[1]), arguments[3:] == ["resident"])
    for _ in range(20):
        step()
    torch.cuda.synchronize()
    print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda}), flush=True)
    for line in sys.stdin:
        steps, blocks = map(int, line.split())
        print(json.dumps(time_blocks(torch, step, steps, blocks)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
