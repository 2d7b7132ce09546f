"""Runs the program given, which writes a safetensors file, and reads that file with numpy."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy
except ImportError as reason:
    print(f"skipped: {reason}")
    sys.exit(77)

DTYPES = {"F64": "<f8", "F32": "<f4", "I32": "<i4"}


def read(content):
    """The tensors and the metadata; AssertionError where the format's rules are broken."""
    length = int.from_bytes(content[:8], "little")
    header, data = content[8 : 8 + length], content[8 + length :]
    assert header.startswith(b"{") and length % 8 == 0, "a JSON object, padded to 8 bytes"
    entries = json.loads(header)
    metadata = entries.pop("__metadata__", {})
    tensors, end = {}, 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        begin, next_end = entry["data_offsets"]
        dtype = numpy.dtype(DTYPES[entry["dtype"]])
        assert begin == end, f"{name}: a hole or an overlap"
        assert begin % dtype.itemsize == 0, f"{name}: not aligned"
        tensors[name] = numpy.frombuffer(data[begin:next_end], dtype).reshape(entry["shape"])
        end = next_end
    assert end == len(data), "bytes that belong to no tensor"
    return tensors, metadata


def refuses(content):
    try:
        read(content)
    except (AssertionError, ValueError):
        return True
    return False


with tempfile.TemporaryDirectory() as directory:
    path = Path(directory) / "example.safetensors"
    subprocess.run([sys.argv[1], str(path)], check=True)
    content = path.read_bytes()

expected = {
    "rank0/gradients/layer0.weight": numpy.array([[0, 1, 2], [3, 4, -0.5]], "<f4"),
    "labels": numpy.array([-1, 0, 7], "<i4"),
    "empty": numpy.zeros((0, 4), "<f4"),
    "loss": numpy.array(0.1, "<f8"),
}
tensors, metadata = read(content)
hashes = {key for key in metadata if "xxh3" in key}
assert hashes == {"header_xxh3", *(f"xxh3:{name}" for name in expected)}, hashes
metadata = {key: metadata[key] for key in metadata.keys() - hashes}
assert metadata == {"step": "3", "note": '"quoted", \\ and é'}, metadata
assert tensors.keys() == expected.keys(), tensors.keys()
for name, array in expected.items():
    found = tensors[name]
    assert found.dtype == array.dtype and found.shape == array.shape, f"{name}: {found.dtype} {found.shape}"
    assert numpy.array_equal(found, array), f"{name}: {found}"

# The reader above can say no: bytes lost, bytes too many, a tensor that begins elsewhere.
assert refuses(content[:-1]) and refuses(content + b"\0")
assert b'"data_offsets":[8,' in content and refuses(content.replace(b'"data_offsets":[8,', b'"data_offsets":[4,'))
