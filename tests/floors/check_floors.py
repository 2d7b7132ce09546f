#!/usr/bin/env python3
"""Checks that includes and links between the floors of the source tree go only downwards.

usage: check_floors.py ROOT

Prints one line per violation, with file and line. Exits with 0 when there is none, 1 when there is one, and 2 when
the tree holds nothing to check.
"""

import posixpath
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# Lowest first; floors in one row do not know each other. Whoever is higher may use all that is lower.
FLOORS = [
    ["kernels"],
    ["base"],
    ["device"],
    ["ops"],
    ["train"],
    ["data", "checkpoint"],
    ["measure"],
    ["faults"],
    ["run"],
    ["compare"],
    ["history"],
    ["report"],
    ["command"],
    ["main"],
    ["tests"],
]
HEIGHT = {floor: height for height, row in enumerate(FLOORS) for floor in row}
SOURCE_SUFFIXES = {".hpp", ".cpp", ".h", ".c", ".cu", ".cuh", ".inl"}
NOT_OURS = {"build", "results"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CMAKE_COMMAND = re.compile(r"\b(lockstep_floor|lockstep_test|add_library|add_executable|target_link_libraries)\s*\(([^)]*)\)")
CMAKE_WORD = re.compile(r"[\w.+-]+")


@dataclass(frozen=True)
class Use:
    """One place where a file uses a floor: an include or a link."""

    file: str
    line: int
    what: str
    user: str
    used: str


def floor_of(path):
    """The floor of a file or folder, given relative to the root; None where it belongs to no floor."""
    parts = path.split("/")
    if parts[0] != "harness":
        return parts[0] if parts[0] in ("kernels", "tests") else None
    if parts[1:] in ([], ["main.cpp"], ["CMakeLists.txt"]):
        return "main"
    return parts[1] if parts[1] in HEIGHT and parts[1] not in ("kernels", "tests", "main") else None


def may_use(user, used):
    return user == used or HEIGHT[used] < HEIGHT[user]


def our_files(root):
    """Paths relative to the root, sorted; hidden folders, builds and results left out."""
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(p.as_posix() for p in paths if p.parts[0] not in NOT_OURS and not p.parts[0].startswith("."))


def include_uses(root, files):
    """Every include of a file of ours, and the violations that can be seen without knowing the other side."""
    uses, violations = [], []
    for file in files:
        if Path(file).suffix not in SOURCE_SUFFIXES:
            continue
        user = floor_of(file)
        if user is None and file.startswith("harness/"):
            violations.append(f"{file}:1: this folder is no floor; the floors are named in tests/floors/check_floors.py")
            continue
        for number, line in enumerate((root / file).read_text(encoding="utf-8").splitlines(), start=1):
            match = INCLUDE.match(line)
            if not match:
                continue
            quote, included = match.group(1), posixpath.normpath(match.group(2))
            used = floor_of(included)
            if used is not None:
                uses.append(Use(file, number, f'includes "{included}"', user, used))
            elif quote == '"' and user not in (None, "tests"):
                violations.append(f'{file}:{number}: "{match.group(2)}" is not the full path of a file of a floor')
    return uses, violations


def cmake_commands(root, files):
    """(file, line, command, [(line, word), …]) of every command that declares or links a target."""
    for file in files:
        if posixpath.basename(file) != "CMakeLists.txt":
            continue
        text = re.sub(r"#[^\n]*", "", (root / file).read_text(encoding="utf-8"))
        for match in CMAKE_COMMAND.finditer(text):
            words = [
                (text.count("\n", 0, match.start(2) + word.start()) + 1, word.group())
                for word in CMAKE_WORD.finditer(match.group(2))
            ]
            if words:
                yield file, match.group(1), words


def target_name(command, word):
    return f"lockstep_{word}" if command == "lockstep_floor" else word


def link_uses(root, files):
    """Every link between two targets of ours. A target belongs to the floor of the folder that declares it."""
    commands = list(cmake_commands(root, files))
    floors = {
        target_name(command, words[0][1]): floor_of(file)
        for file, command, words in commands
        if command != "target_link_libraries"
    }
    uses = []
    for file, command, words in commands:
        target = target_name(command, words[0][1])
        user = floors.get(target)
        for line, word in words[1:]:
            if user is not None and floors.get(word) is not None:
                uses.append(Use(file, line, f"links {word} to {target}", user, floors[word]))
    return uses


def upward(use):
    return f"{use.file}:{use.line}: {use.what}, but {use.user} may not use {use.used}"


def outside(use):
    return f"{use.file}:{use.line}: {use.what}, but only tests/ may use tests/"


def judge(use):
    """The violation that a use is, or None."""
    if use.user is None:
        return outside(use) if use.used == "tests" else None
    if may_use(use.user, use.used):
        return None
    return outside(use) if use.used == "tests" else upward(use)


def check(root):
    """(violations, number of includes, number of links)"""
    files = our_files(root)
    includes, violations = include_uses(root, files)
    links = link_uses(root, files)
    violations += [violation for use in includes + links if (violation := judge(use))]
    return violations, len(includes), len(links)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    violations, includes, links = check(Path(arguments[0]))
    if violations:
        print("\n".join(violations))
        return 1
    if includes == 0 or links == 0:
        print(f"nothing checked under {arguments[0]}: {includes} includes, {links} links")
        return 2
    print(f"{includes} includes and {links} links, none upwards")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
