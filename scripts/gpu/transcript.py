"""Transcripts of the conformance suite: what a runtime answered, a line "Subject.Name: question = answer, …" for a test.

usage: transcript.py EXPECTED FOUND    lists the differences and exits with 1 when there are some
"""

import sys
from pathlib import Path

# The fake CUDA runtime's, which is what the tests without a GPU rely on.
EXPECTED = Path(__file__).parents[2] / "tests/cuda/conformance/expected.txt"

# A test that this machine has too few GPUs for.
SKIPPED = "skipped"


def read(path):
    """Answers by the test's name."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def differences(expected, found):
    """One text for each test that was answered differently, of two that `read` gave."""
    found_differently = []
    for name in dict.fromkeys([*expected, *found]):
        ours, theirs = expected.get(name, "nothing"), found.get(name, "nothing")
        if ours != theirs and SKIPPED not in (ours, theirs):
            found_differently.append(f"{name}\n  expected {ours}\n  found    {theirs}")
    return found_differently


def main(arguments):
    expected, found = arguments
    different = differences(read(expected), read(found))
    print("\n".join(different) if different else "no differences")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
