"""Where the programs are, and CUDA's libraries on this machine."""

import ctypes
import glob
import importlib.util
import os
from pathlib import Path

LIBRARIES = ["libcudart.so.13", "libcublas.so.13", "libnccl.so.2"]
SCENARIOS = Path(__file__).with_name("scenarios")


class Programs:
    """The programs of a bundle (all in one folder) or of a build (where CMake puts them)."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()

    def find(self, pattern):
        """The program with that name, or none."""
        places = [self.folder, *(self.folder / "tests" / place for place in ("contracts", "cuda", "cuda/conformance", "bench"))]
        found = [Path(path) for place in places for path in sorted(glob.glob(f"{glob.escape(str(place))}/{pattern}"))]
        return next((path for path in found if path.is_file() and os.access(path, os.X_OK)), None)


def folders_of_packages():
    """Where pip puts NVIDIA's libraries, beside PyTorch."""
    for package in ("nvidia", "torch"):
        try:
            found = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            found = None
        for folder in (found.submodule_search_locations or []) if found else []:
            yield from sorted(glob.glob(f"{glob.escape(folder)}/*/lib"))
            yield f"{folder}/lib"


def is_found(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def library_path():
    """Folders for LD_LIBRARY_PATH so that programs find what the loader does not find by itself."""
    candidates = [*sorted(glob.glob("/usr/local/cuda*/lib64"), reverse=True), *folders_of_packages()]
    folders = []
    for library in LIBRARIES:
        if not is_found(library):
            folders += [folder for folder in candidates if os.path.exists(f"{folder}/{library}")][:1]
    given = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder]
    return ":".join(dict.fromkeys([*given, *folders]))


def sanitizer():
    """compute-sanitizer, or none."""
    names = [f"{folder}/compute-sanitizer" for folder in os.environ.get("PATH", "").split(":") if folder]
    names += [*sorted(glob.glob("/usr/local/cuda*/bin/compute-sanitizer"), reverse=True)]
    return next((name for name in names if os.access(name, os.X_OK)), None)
