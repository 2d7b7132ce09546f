#!/usr/bin/env python3
"""All shell scripts: their syntax, their help, and what shellcheck says of them where it is installed."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from sandbox import ROOT

ENTRY_POINTS = sorted(path for path in (ROOT / "scripts").rglob("*") if path.is_file() and path.suffix == "")
ALL = [*ENTRY_POINTS, ROOT / "scripts/common.sh", ROOT / ".ci/run"]


def output_of(*arguments):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def shellcheck(*paths):
    return output_of("shellcheck", "--external-sources", "--source-path=SCRIPTDIR", *paths)


class Shell(unittest.TestCase):
    def test_all_parse(self):
        for path in ALL:
            with self.subTest(path=path.name):
                self.assertEqual(output_of("bash", "-n", path), (0, ""))

    def test_entry_points_are_executable_strict_and_explain_themselves(self):
        self.assertGreaterEqual(len(ENTRY_POINTS), 6)
        for path in ENTRY_POINTS:
            with self.subTest(path=path.name):
                self.assertTrue(os.access(path, os.X_OK))
                self.assertTrue(path.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\nset -euo pipefail\n"))
                for option in ("-h", "--help"):
                    code, output = output_of(path, option)
                    self.assertEqual(code, 0, output)
                    self.assertTrue(output.startswith(f"usage: {path.relative_to(ROOT)}"), output)

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_finds_nothing(self):
        self.assertEqual(shellcheck(*ALL), (0, ""))

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_finds_a_planted_fault(self):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "planted")
            script.write_text("#!/usr/bin/env bash\nrm -r $1/build\n", encoding="utf-8")
            code, output = shellcheck(script)
        self.assertEqual(code, 1)
        self.assertTrue(re.search("SC2086", output), output)


if __name__ == "__main__":
    unittest.main()
