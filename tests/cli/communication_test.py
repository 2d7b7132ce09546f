#!/usr/bin/env python3
"""What the program prints and writes about communication."""

import json
import re
import unittest

from workplace import CliTest

COLLECTIVES = """schema = 1
name = "collectives"
family = "communication"
[communication]
collective = ["all_reduce", "scatter"]
max_size = "32 KiB"
iterations = 2
[run]
devices = [2, 64]
"""

TRAINING = """schema = 1
name = "training"
family = "communication"
[model]
widths = [8, 16, 4]
[data]
samples = 64
[train]
batch = 8
[run]
strategy = "ddp"
devices = 2
repetitions = 2
[output]
trace = true
"""

# As in scripts that read the output of nccl-tests.
ROW = re.compile(r"^\s*(\d+)\s+(\d+)\s+float\s+(sum|none)\s+(-?\d+)" + r"\s+(\S+)\s+(\S+)\s+(\S+)\s+(\d+)" * 2 + "$", re.M)


class Communication(CliTest):
    def assert_ran(self, done):
        """8 is for implausible bandwidths: something else slowed the copies that they are compared with."""
        self.assertIn(done.returncode, (0, 8), done.stderr)

    def test_dry_run_says_the_sizes(self):
        done = self.lockstep("run", self.scenario(COLLECTIVES), "--dry-run")
        self.assert_ends(done, 0)
        self.assertIn("communication on 2 cpu devices, all_reduce of 4.00 KiB to 32.0 KiB", done.stdout)

    def test_tables_have_the_lines_of_nccl_tests(self):
        done = self.run_to_output(self.scenario(COLLECTIVES), "--tables")
        self.assert_ran(done)
        rows = ROW.findall(done.stdout)
        self.assertEqual(len(rows), 4 * 4, done.stdout)
        self.assertEqual([int(row[0]) for row in rows[:4]], [4096, 8192, 16384, 32768])
        self.assertEqual(done.stdout.count("# Out of bounds values : 0 OK\n"), 4)
        self.assertEqual(done.stdout.count("# Avg bus bandwidth    : "), 4)
        self.assertIn("N/A", rows[-1], "64 devices are not timed")

    def test_without_tables_there_are_none(self):
        done = self.run_to_output(self.scenario(COLLECTIVES), "-a", "devices=2")
        self.assert_ran(done)
        self.assertNotIn("#wrong", done.stdout)
        cases = json.loads((self.output / "result.json").read_text(encoding="utf-8"))["cases"]
        self.assertEqual([len(case["bandwidth"]) for case in cases], [8, 8])

    def test_a_training_writes_its_timeline(self):
        self.assert_ends(self.run_to_output(self.scenario(TRAINING)), 0)
        trace = json.loads((self.output / "trace" / "training" / "trace.json").read_text(encoding="utf-8"))
        slices = [event for event in trace["traceEvents"] if event["ph"] == "X"]
        self.assertEqual({event["pid"] for event in slices}, {0, 1})
        self.assertEqual({event["cat"] for event in slices}, {"block", "step", "computation", "communication", "wait"})


if __name__ == "__main__":
    unittest.main()
