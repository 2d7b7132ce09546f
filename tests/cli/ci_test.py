#!/usr/bin/env python3
"""scripts/ci/compare-with-baseline with built programs: the right one is green, a wrong gradient is red."""

import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from workplace import PATIENCE_S, PROGRAM, CliTest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/ci/compare-with-baseline"
WRONG = os.environ["LOCKSTEP_WRONG"]


class Gate(CliTest):
    """On a scenario that times nothing, so that nothing depends on the machine."""

    def gate(self, name, baseline="first", program=PROGRAM):
        """Runs the script into a folder of this name."""
        command = [SCRIPT, self.scenario(), "--baseline", baseline, "--output", name, "--program", program]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment
        )

    def junit(self, name):
        return ElementTree.parse(self.folder / name / "junit.xml").getroot()

    def test_from_the_first_run_to_a_green_and_a_red_job(self):
        done = self.gate("first", baseline="none")
        self.assert_ends(done, 0, "nothing was compared")

        done = self.gate("same")
        self.assert_ends(done, 0)
        self.assertIn("4 cases: 4 SAME", done.stdout)
        self.assertEqual(self.junit("same").get("failures"), "0")

        done = self.gate("wrong", program=WRONG)
        self.assert_ends(done, 1)
        self.assertIn("4 cases: 2 FAIL", done.stdout)
        red = {case.get("name") for case in self.junit("wrong").iter("testcase") if case.find("failure") is not None}
        self.assertEqual(red, {"exact/strategy=dp,devices=2", "exact/strategy=ddp,devices=2"})

        for name in ("comparison.json", "run-junit.xml", "summary.md", "report.html"):
            for run in ("same", "wrong"):
                self.assertTrue((self.folder / run / name).stat().st_size > 0, f"{run}/{name}")
        self.assertIn("FAIL", (self.folder / "wrong" / "summary.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
