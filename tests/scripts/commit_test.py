#!/usr/bin/env python3
"""cmake/WriteCommit.cmake: which commit a program says that it was built from."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "cmake" / "WriteCommit.cmake"


class Commit(unittest.TestCase):
    def setUp(self):
        if shutil.which("git") is None:
            self.skipTest("needs git")
        self.folder = Path(tempfile.mkdtemp(prefix="lockstep commit "))
        self.addCleanup(shutil.rmtree, self.folder)
        self.source = self.folder / "source"
        self.source.mkdir()
        self.output = self.folder / "commit.cpp"

    def git(self, *arguments, folder=None):
        settings = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *settings, *arguments], cwd=folder or self.source, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, text):
        (self.source / "file").write_text(text, encoding="utf-8")
        self.git("add", "file")
        self.git("commit", "--message", text)
        return self.git("rev-parse", "HEAD")

    def written(self, **environment):
        cmake = shutil.which("cmake")
        command = [cmake, "-D", f"SOURCE={self.source}", "-D", f"OUTPUT={self.output}", "-P", SCRIPT]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
        return re.search(r'return "(.*)";', self.output.read_text(encoding="utf-8")).group(1)

    def test_the_commit_and_whether_files_were_changed(self):
        self.git("init")
        first = self.commit("one")
        self.assertRegex(first, r"^[0-9a-f]{40}$")
        self.assertEqual(self.written(), first)
        (self.source / "file").write_text("changed", encoding="utf-8")
        self.assertEqual(self.written(), f"{first}-dirty")
        second = self.commit("two")
        self.assertNotEqual(first, second)
        self.assertEqual(self.written(), second)
        (self.source / "not tracked").touch()
        self.assertEqual(self.written(), second)

    def test_nothing_is_written_when_nothing_changed(self):
        self.git("init")
        self.commit("one")
        self.written()
        os.utime(self.output, (1, 1))
        self.written()
        self.assertEqual(self.output.stat().st_mtime, 1)

    def test_sources_without_a_commit(self):
        self.assertEqual(self.written(), "unknown")
        self.git("init")
        self.assertEqual(self.written(), "unknown")

    def test_sources_inside_another_repository(self):
        self.git("init", folder=self.folder)
        self.git("commit", "--allow-empty", "--message", "another", folder=self.folder)
        self.assertEqual(self.written(), "unknown")

    def test_a_machine_without_git(self):
        self.git("init")
        self.commit("one")
        self.assertEqual(self.written(PATH=str(self.folder)), "unknown")


if __name__ == "__main__":
    unittest.main()
