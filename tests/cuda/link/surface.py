"""What the CUDA backend calls of NVIDIA's libraries, read from its objects with nm."""

import re
import subprocess
from pathlib import Path

LISTED = Path(__file__).with_name("surface.txt")
NVIDIA = re.compile(r"(__cuda|cuda|cublas|nccl)[A-Z]\w*")


def symbols(nm, file, kinds, *options):
    """NVIDIA's C names in a file that nm shows with one of these letters."""
    output = subprocess.run([nm, *options, file], capture_output=True, text=True, check=True).stdout
    found = set()
    for line in output.splitlines():
        words = line.split()
        if len(words) >= 2 and words[-2] in kinds and NVIDIA.fullmatch(words[-1].split("@")[0]):
            found.add(words[-1].split("@")[0])
    return found


def used(nm, files):
    """What the objects need; who defines it does not matter."""
    return set().union(*(symbols(nm, file, {"U"}) for file in files))


def defined(nm, files, *options):
    return set().union(*(symbols(nm, file, {"T", "W", "i"}, *options) for file in files))


def listed(file=LISTED):
    """The names of the committed list, which is sorted and has no comments but at its top."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
