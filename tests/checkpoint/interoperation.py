"""Files exchanged with the public package `safetensors`: ours open there, its files open here.

usage: interoperation.py WRITE_EXAMPLE LOCKSTEP
"""

import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy
    from safetensors import numpy as safetensors
    from safetensors import safe_open
except ImportError as reason:
    print(f"skipped: {reason}")
    sys.exit(77)

write_example, lockstep = sys.argv[1:]

THEIRS = {
    **{
        dtype: numpy.array([[0, 1, 2], [3, 4, 5]], dtype)
        for dtype in ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8")
    },
    "bool": numpy.array([True, False]),
    "empty": numpy.zeros((0, 3), "float32"),
    "scalar": numpy.array(2.5, "float64"),
}


def inspect(path):
    done = subprocess.run([lockstep, "checkpoint", "inspect", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


with tempfile.TemporaryDirectory() as folder:
    ours = Path(folder, "ours.safetensors")
    subprocess.run([write_example, ours], check=True)
    tensors = safetensors.load_file(ours)
    assert set(tensors) == {"rank0/gradients/layer0.weight", "labels", "empty", "loss"}, set(tensors)
    weight = tensors["rank0/gradients/layer0.weight"]
    assert weight.dtype == numpy.float32 and weight.tolist() == [[0, 1, 2], [3, 4, -0.5]], weight
    assert tensors["loss"] == numpy.float64(0.1) and tensors["labels"].tolist() == [-1, 0, 7]
    with safe_open(ours, "numpy") as file:
        assert file.metadata()["note"] == '"quoted", \\ and é', file.metadata()
    assert "written by lockstep" in inspect(ours)

    theirs = Path(folder, "theirs.safetensors")
    safetensors.save_file(THEIRS, theirs, metadata={"format": "pt", "note": "\n\x1f é"})
    printed = inspect(theirs)
    rows = {line.split()[0]: line for line in printed.splitlines() if line.startswith("  ")}
    assert THEIRS.keys() <= rows.keys(), rows.keys()
    for name, array in THEIRS.items():
        assert f" [{', '.join(map(str, array.shape))}] " in rows[name], rows[name]
        assert f" {array.nbytes} " in rows[name], rows[name]
    assert "not verified" in printed

    # Ours, read there and written back: without its metadata it is a file of another writer like any.
    again = Path(folder, "again.safetensors")
    safetensors.save_file(tensors, again)
    assert "not verified" in inspect(again)
