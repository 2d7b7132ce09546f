#!/usr/bin/env python3
"""What a run leaves behind, and what it does with what an earlier one left."""

import contextlib
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unittest
from pathlib import Path

from workplace import ENDLESS, EXACT, LEARNING, CliTest

REPORTS = Path(__file__).resolve().parents[2] / "reports"
VALIDATE = """
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1], encoding="utf-8"))
result, *samples = (json.loads(text) for text in sys.stdin)
Draft202012Validator(schema).validate(result)
for sample in samples:
    Draft202012Validator({"$ref": "#/$defs/sample", "$defs": schema["$defs"]}).validate(sample)
"""

SPEEDUP = """schema = 1
name = "timed"
family = "speedup"
[model]
widths = [8, 16, 4]
[data]
source = "synthetic"
samples = 64
[train]
batch = 8
steps = 4
[run]
strategy = ["dp", "ddp"]
devices = [1, 3]
warmup_steps = 1
repetitions = 3
max_repetitions = 3
"""


class Written(CliTest):
    def test_a_run_of_every_family_follows_the_schema(self):
        chosen = subprocess.run([REPORTS / "report", "--python"], capture_output=True, text=True, check=False)
        if chosen.returncode != 0:
            self.skipTest(chosen.stderr.strip())
        for name, text in (("a", EXACT), ("b", LEARNING), ("c", SPEEDUP)):
            self.scenario(text, f"suite/{name}.toml")
        # A case without checks has to follow it too.
        self.scenario(EXACT.replace('"exact"', '"poor"', 1) + 'device_memory = "1 KiB"\n', "suite/d.toml")
        done = self.run_to_output(self.folder / "suite", "-a", "seed=3")
        self.assert_ends(done, 5)
        self.assertEqual(len(self.cases()), 13)
        validation = subprocess.run(
            [chosen.stdout.strip(), "-c", VALIDATE, REPORTS / "result.schema.json"],
            input="\n".join(json.dumps(each) for each in [self.result(), *self.samples()]),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(validation.returncode, 0, validation.stderr)

    def test_all_passed(self):
        done = self.run_to_output(self.scenario())
        self.assert_ends(done, 0)
        self.assertEqual(done.stderr, "")
        self.assertEqual(set(self.verdicts().values()), {"PASS"})
        result = self.result()
        self.assertEqual((result["run"]["status"], result["run"]["exit_code"]), ("complete", 0))
        self.assertEqual(result["run"]["command"][:2], ["lockstep", "run"])
        for case in result["cases"]:
            self.assertTrue(all(check["compared"] > 0 for check in case["checks"]), case["name"])
        self.assertEqual(
            [(sample["case"], sample["index"]) for sample in self.samples()],
            [(name, step) for name in self.cases() for step in range(4)],
        )

    def test_a_case_a_line_and_a_table(self):
        lines = self.run_to_output(self.scenario()).stdout.splitlines()
        self.assertRegex(lines[0], r"^\[1/4\] PASS    exact/strategy=dp,devices=1 \(")
        self.assertIn("equivalence: Does training on N devices compute what one device computes?", lines)
        self.assertEqual(lines[-2:], ["4 cases: 4 PASS", f"result: {self.output}/result.json"])

    def test_on_a_terminal_one_line_is_rewritten(self):
        terminal, other_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))  # 30 columns
        done = self.run_to_output(self.scenario(), capture_output=False, stdout=other_end)
        os.close(other_end)
        self.assertEqual(done.returncode, 0)
        shown = b""
        with contextlib.suppress(OSError):  # nothing more to read
            while True:
                shown += os.read(terminal, 65536)
        shown = shown.decode()
        progress = re.findall(r"\r\x1b\[K(\d/4 cases, [^\r\n]*)", shown)
        self.assertEqual([line[0] for line in progress[:1] + progress[-1:]], ["0", "3"])
        self.assertTrue(all(len(line) < 30 for line in progress), "a longer line would not be rewritten but wrapped")
        self.assertIn("\x1b[K[4/4] PASS    exact/strategy=ddp,devices=2 (", shown)

    def test_a_failed_expectation_fails_the_run(self):
        scenario = self.scenario(LEARNING + "[expect]\nfinal_loss = { max = 0.0 }\n")
        done = self.run_to_output(scenario)
        self.assert_ends(done, 1)
        self.assertEqual(self.verdicts(), {"learning": "FAIL"})
        self.assertEqual(self.cases()["learning"]["reason"], "failed: expect:final_loss")
        self.assertIn("failed: expect:final_loss", done.stdout)

    def test_an_error_of_one_case_is_explained_and_the_others_run(self):
        self.scenario(EXACT, "suite/b.toml")
        self.scenario(LEARNING + 'device_memory = "1 KiB"\n', "suite/a.toml")
        done = self.run_to_output(self.folder / "suite")
        self.assert_ends(done, 5)
        self.assertEqual(self.verdicts().pop("learning"), "ERROR")
        self.assertIn("is out of memory: requested", self.cases()["learning"]["reason"])
        self.assertEqual(list(self.verdicts().values()).count("PASS"), 4)

    def test_a_case_beyond_its_deadline(self):
        self.scenario(ENDLESS + 'deadline = "1 s"\n', "suite/a.toml")
        self.scenario(EXACT, "suite/b.toml")
        done = self.run_to_output(self.folder / "suite")
        self.assert_ends(done, 6)
        self.assertIn("not finished within 1.0 s", self.cases()["endless"]["reason"])
        self.assertEqual(list(self.verdicts().values()).count("PASS"), 4)


class InAFolderWithAResult(CliTest):
    def setUp(self):
        super().setUp()
        self.path = self.scenario()
        self.assertEqual(self.run_to_output(self.path).returncode, 0)
        self.before = (self.output / "result.json").read_bytes()

    def change_result(self, change):
        result = self.result()
        change(result)
        (self.output / "result.json").write_text(json.dumps(result), encoding="utf-8")

    def test_it_is_not_overwritten(self):
        self.assert_ends(self.run_to_output(self.path), 7, "already holds a result", "--resume", "--force")
        self.assertEqual((self.output / "result.json").read_bytes(), self.before)

    def test_it_is_replaced_by_force(self):
        self.assertEqual(self.run_to_output(self.path, "--force", "--filter", "=ddp,devices=2").returncode, 0)
        self.assertEqual(len(self.cases()), 1)
        self.assertEqual(len(self.samples()), 4, "samples of the old run are gone")

    def test_finished_cases_are_not_run_again(self):
        before, samples = self.cases(), self.samples()

        def mark(result):
            for case in result["cases"]:
                case["duration_s"] += 1e6  # as no run has it

        self.change_result(mark)
        self.assertEqual(self.run_to_output(self.path, "--resume").returncode, 0)
        for name, case in self.cases().items():
            self.assertEqual(case["duration_s"], before[name]["duration_s"] + 1e6)
        self.assertEqual(self.samples(), samples)

    def test_errors_are_run_again(self):
        def break_the_first(result):
            result["cases"][0].update(verdict="ERROR", reason="broken")

        self.change_result(break_the_first)
        self.assertEqual(self.run_to_output(self.path, "--resume").returncode, 0)
        self.assertEqual(set(self.verdicts().values()), {"PASS"})
        self.assertEqual(len(self.cases()), 4)
        self.assertEqual(len(self.samples()), 16)

    def test_a_changed_scenario_is_run_again(self):
        self.path.write_text(EXACT.replace("steps = 4", "steps = 5"), encoding="utf-8")
        self.assertEqual(self.run_to_output(self.path, "--resume").returncode, 0)
        self.assertEqual(len(self.cases()), 4)
        self.assertEqual(len(self.samples()), 20)

    def test_a_result_that_cannot_be_read_is_not_resumed(self):
        damages = {
            "empty": b"",
            "cut": self.before[: len(self.before) // 2],
            "other": b"[]",
            "newer": self.before.replace(b'"schema_version": 1', b'"schema_version": 2'),
        }
        for name, damaged in damages.items():
            with self.subTest(name=name):
                (self.output / "result.json").write_bytes(damaged)
                self.assert_ends(self.run_to_output(self.path, "--resume"), 3, "not a result that can be resumed")
                self.assertEqual((self.output / "result.json").read_bytes(), damaged)


if __name__ == "__main__":
    unittest.main()
