"""The files that write_export_examples writes, once for all tests: its path is in LOCKSTEP_EXPORT_EXAMPLES."""

import functools
import os
import subprocess
import tempfile
from pathlib import Path

# What hostile_text() of examples.cpp has, as it must come out of a parser: on one line, with "?" for what no text holds.
HOSTILE = (
    '=HYPERLINK("x")<script>alert(\'1\')</script>]]>&amp;<!-- | a `b` **c** ~~d~~ [e](javascript:1) @everyone #1 '
    'www.evil.example https://evil.example $x$ \\ {l="v"} 50%0A%25, "q" ??::error::injected?# EOF?'
    "</testcase>??[31m???" + "??" + "? end? ü"
)


@functools.cache
def _folder():
    folder = tempfile.TemporaryDirectory(prefix="lockstep exports ")
    subprocess.run([os.environ["LOCKSTEP_EXPORT_EXAMPLES"], folder.name], check=True, timeout=60)
    return folder  # kept by the cache until the interpreter ends


def path_of(example, form):
    return Path(_folder().name) / example / form


def exists(example, form):
    return path_of(example, form).exists()


def text_of(example, form):
    """Decoded strictly; line ends are left as they are."""
    return path_of(example, form).read_bytes().decode("utf-8")
