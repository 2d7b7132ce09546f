#!/usr/bin/env python3
"""scripts/format on a small tree of its own."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from sandbox import ROOT, Sandbox

FORMATTED = "int answer() { return 42; }\n"
NOT_FORMATTED = "int answer(){return 42;}\n"


def right_clang_format():
    return subprocess.run([ROOT / "scripts/format", "--check"], capture_output=True, check=False).returncode != 4


class WithoutClangFormat(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)

    def test_an_absent_or_other_release_is_the_environments_fault(self):
        for body in (None, "echo clang-format version 19.1.0"):
            with self.subTest(body=body):
                if body:
                    self.box.program("clang-format", body)
                done = self.box.run("scripts/format", "--check")
                self.assertEqual(done.returncode, 4)
                self.assertIn("needs clang-format 14", done.stderr)


@unittest.skipUnless(right_clang_format(), "the clang-format that we format with is not installed")
class Format(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lockstep format ")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        shutil.copy(ROOT / ".clang-format", self.root)
        for name in ("harness", "kernels", "tests"):
            (self.root / name).mkdir()
        (self.root / "harness/good.cpp").write_text(FORMATTED, encoding="utf-8")
        self.bad = self.root / "kernels/bad.cu"

    def format(self, *arguments):
        script = self.root / "scripts/format"
        return subprocess.run([script, *arguments], cwd="/", capture_output=True, text=True, check=False)

    def test_check_names_the_file_and_leaves_it(self):
        self.bad.write_text(NOT_FORMATTED, encoding="utf-8")
        done = self.format("--check")
        self.assertEqual((done.returncode, done.stdout), (1, "kernels/bad.cu\n"), done.stderr)
        self.assertEqual(self.bad.read_text(encoding="utf-8"), NOT_FORMATTED)

    def test_format_repairs_it_and_then_the_check_passes(self):
        self.bad.write_text(NOT_FORMATTED, encoding="utf-8")
        self.assertEqual(self.format().returncode, 0)
        self.assertEqual(self.bad.read_text(encoding="utf-8"), FORMATTED)
        self.assertEqual(self.format("--check").returncode, 0)

    def test_a_failing_clang_format_is_not_taken_for_a_formatted_tree(self):
        (self.root / ".clang-format").write_text("BasedOnStyle: Nobody\n", encoding="utf-8")
        self.assertEqual(self.format("--check").returncode, 1)


if __name__ == "__main__":
    unittest.main()
