#!/usr/bin/env python3
"""lockstep compare: what its exit code says, and what it makes of files that are no results."""

import json
import os
import unittest
from pathlib import Path

import made_up
from workplace import CHECKPOINT, EXACT, LEARNING, CliTest

STEP = "step_time"


# On any machine some of these have more devices than cores: nothing is timed there.
TIMED = """schema = 1
name = "timed"
family = "speedup"
[model]
widths = [8, 16, 4]
[data]
samples = 64
[train]
batch = 64
steps = 2
[run]
strategy = ["single", "ddp"]
devices = [1, 64]
max_repetitions = 5
"""
COLLECTIVE = """schema = 1
name = "collective"
family = "communication"
[run]
devices = 2
[communication]
collective = "all_reduce"
max_size = "8 KiB"
"""
MEMORY = """schema = 1
name = "memory"
family = "memory"
[model]
widths = [8, 16, 4]
[train]
batch = 8
[run]
strategy = "dp"
devices = 2
device_memory = "64 KiB"
"""
SCHEMAS = Path(__file__).resolve().parents[2] / "reports"


def validate(test, document, schema):
    try:
        import jsonschema
    except ImportError:
        test.skipTest("python3-jsonschema is not installed")
    content = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(content).validate(document)


class ComparesWhatItWrote(CliTest):
    def test_results_of_every_kind_are_read_back(self):
        for number, text in enumerate((EXACT, LEARNING, CHECKPOINT, TIMED, COLLECTIVE, MEMORY)):
            self.scenario(text, f"suite/{number}.toml")
        for name in ("before", "after"):
            self.assert_ends(self.lockstep("run", self.folder / "suite", "--output", self.folder / name), 0)
            validate(self, json.loads((self.folder / name / "result.json").read_text("utf-8")), "result.schema.json")
        done = self.lockstep("compare", "before", "after", "--all")
        self.assertNotEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stdout, r"SAME +largest_batch .*: equal; exact")
        self.assertRegex(done.stdout, r"SAME +peak_memory.0 ")
        self.assertRegex(done.stdout, r"(?m)^  SAME +exact/strategy=ddp,devices=2$")
        self.assertRegex(done.stdout, r"SKIPPED +step_time +- → -: not measured on either side: timing not measurable: 64 devices")
        self.assertRegex(done.stdout, r"step_time .* blocks?|step_time .*\[.*\] %")


class Compares(CliTest):
    def side(self, name, center, seed, **changes):
        return made_up.write(self.folder / name, made_up.timed(name, center, seed, **changes))

    def compare(self, baseline, candidate, *arguments, **options):
        return self.lockstep("compare", baseline, candidate, *arguments, **options)

    def setUp(self):
        super().setUp()
        self.before = self.side("before", 0.1, 1)
        self.same = self.side("same", 0.1, 2)
        self.slower = self.side("slower", 0.105, 3)

    def test_passes_when_nothing_changed(self):
        done = self.compare(self.before, self.same)
        self.assert_ends(done, 0)
        self.assertIn("1 case: 1 SAME; 1 metric judged", done.stdout)

    def test_a_slow_down_of_five_percent_is_red(self):
        done = self.compare(self.before, self.slower)
        self.assert_ends(done, 1)
        self.assertRegex(done.stdout, r"REGRESSED +step_time +100.* ms → 105.* ms: 5(\.\d+)? % longer \[.*\] %, q = ")

    def test_a_gain_is_green(self):
        self.assert_ends(self.compare(self.slower, self.before), 0)

    def test_a_wrong_result_is_red_however_fast(self):
        wrong = self.side("wrong", 0.05, 4, verdict="FAIL")
        done = self.compare(self.before, wrong)
        self.assert_ends(done, 1)
        self.assertIn("FAIL", done.stdout)
        self.assertNotIn("IMPROVED", done.stdout)

    def test_another_number_of_devices_is_invalid(self):
        done = self.compare(self.before, self.side("four", 0.1, 5, devices=4))
        self.assert_ends(done, 8)
        self.assertIn("not comparable: devices 2 and 4", done.stdout)

    def test_debug_is_never_compared_with_release(self):
        other = made_up.timed("debug", 0.1, 6)
        other["tool"]["build_type"] = "Debug"
        done = self.compare(self.before, made_up.write(self.folder / "debug", other))
        self.assert_ends(done, 8)
        self.assertIn("forbids the comparison", done.stdout)

    def test_another_driver_is_named(self):
        other = made_up.timed("driver", 0.105, 7)
        other["environment"]["software"]["driver"] = "550.54"
        done = self.compare(self.before, made_up.write(self.folder / "driver", other))
        self.assert_ends(done, 1)
        self.assertIn("environment.software.driver: not stated → 550.54", done.stdout)

    def test_thresholds_and_verdicts_are_the_users(self):
        self.assert_ends(self.compare(self.before, self.slower, "--threshold", "10%"), 0)
        self.assert_ends(self.compare(self.before, self.slower, "--threshold", f"{STEP}=10%"), 0)
        self.assert_ends(self.compare(self.before, self.slower, "--fail-on", "fail,error"), 0)
        self.assert_ends(self.compare(self.slower, self.before, "--fail-on", "improved"), 8)

    def test_a_threshold_under_the_noise_is_refused_with_what_it_takes(self):
        done = self.compare(self.before, self.same, "--threshold", "0.1%")
        self.assert_ends(done, 8)
        self.assertRegex(done.stdout, r"threshold of 0.1 % is under the noise floor of .* %: it would take about \d+ blocks")

    def test_nothing_compared_is_no_pass(self):
        other = made_up.timed("other", 0.1, 8, name="other", scenario_hash="f" * 16)
        other = made_up.write(self.folder / "other", other)
        done = self.compare(self.before, other, "--fail-on", "regressed")
        self.assert_ends(done, 4)
        self.assertIn("nothing was compared", done.stdout)

    def test_a_metric_that_nobody_has_is_a_typo(self):
        for option in ("--metric=step_tim", "--threshold=step_tim=5%"):
            done = self.compare(self.before, self.same, option)
            self.assert_ends(done, 2, 'no metric "step_tim"', 'did you mean "step_time"?')

    def test_a_run_is_not_compared_with_itself(self):
        self.assert_ends(self.compare(self.before, self.before / "result.json"), 3, "the same run as")

    def test_unfinished_results_are_refused(self):
        unfinished = made_up.timed("unfinished", 0.1, 9)
        unfinished["run"]["status"] = "interrupted"
        self.assert_ends(
            self.compare(self.before, made_up.write(self.folder / "u", unfinished)), 3, 'incomplete result: the run is "interrupted"'
        )

    def test_what_is_no_result_is_refused_with_its_place(self):
        for text, message in (
            ("", "empty"),
            ("{", "incomplete"),
            ('{"schema_version": 7}', "not a version that this program knows"),
            (json.dumps(made_up.timed("x", 0.1, 1)).replace('"s"', '"parsecs"'), "cases[0].metrics[0].unit"),
        ):
            broken = self.folder / "broken.json"
            broken.write_text(text, encoding="utf-8")
            self.assert_ends(self.compare(self.before, broken), 3, "broken.json", message)
        self.assert_ends(self.compare(self.before, self.folder / "nothing"), 7)
        os.mkfifo(self.folder / "pipe")
        self.assert_ends(self.compare(self.before, self.folder / "pipe"), 3)

    def test_usage_is_checked(self):
        for arguments in (
            (self.before,),
            (self.before, self.same, "--threshold", "fast"),
            (self.before, self.same, "--alpha", "2"),
            (self.before, self.same, "--fail-on", "regresed"),
            (self.before, self.same, self.slower),
        ):
            self.assert_ends(self.lockstep("compare", *arguments), 2)
        self.assert_ends(
            self.lockstep("compare", self.before, self.same, "--fail-on", "regresed"), 2, 'did you mean "REGRESSED"?'
        )

    def test_writes_what_it_found(self):
        file = self.folder / "comparison.json"
        self.assert_ends(self.compare(self.before, self.slower, "--output", file), 1)
        written = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual(written["exit_code"], 1)
        self.assertEqual(written["cases"][0]["metrics"][0]["verdict"], "REGRESSED")
        validate(self, written, "comparison.schema.json")

    def test_E96_a_file_that_cannot_be_written_does_not_hide_the_verdict(self):
        done = self.compare(self.before, self.slower, "--output", self.folder / "missing" / "comparison.json")
        self.assert_ends(done, 7)
        self.assertIn("REGRESSED", done.stdout)
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.assert_ends(self.compare(self.before, self.slower, stdout=full, stderr=-1, capture_output=False), 7)

    def test_E97_names_cannot_drive_a_terminal(self):
        hostile = made_up.timed("hostile", 0.105, 3, reason="red\x1b[31m\ntext")
        hostile["tool"]["commit"] = "\x1b[2J"
        hostile["cases"][0]["verdict"] = "INVALID"
        done = self.compare(self.before, made_up.write(self.folder / "hostile", hostile))
        self.assert_ends(done, 8)
        self.assertNotIn("\x1b", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
