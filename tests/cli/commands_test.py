#!/usr/bin/env python3
"""What can be asked of the program, and what it makes of a wrong question."""

import os
import re
import unittest

from workplace import EXACT, CliTest

CASES = [f"exact/strategy={strategy},devices={devices}" for strategy in ("dp", "ddp") for devices in (1, 2)]


class Informs(CliTest):
    def test_version(self):
        done = self.lockstep("--version")
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"^lockstep \d+\.\d+\.\d+\n$")

    def test_help(self):
        self.assertIn("doctor", self.lockstep("--help").stdout)
        done = self.lockstep("run", "--help")
        self.assert_ends(done, 0)
        for option in (
            *("--axis", "--filter", "--output", "--list", "--dry-run", "--dump-config", "--resume", "--force"),
            *("--tables", "--host-name"),
        ):
            self.assertIn(option, done.stdout)

    def test_doctor_describes_the_machine(self):
        done = self.lockstep("doctor")
        self.assert_ends(done, 0)
        for subject in (
            *("lockstep", "flags", "machine", "cpu", "caches", "clock", "memory", "gpus", "system", "libraries", "blas"),
            *("variables", "data", "tiers"),
        ):
            self.assertRegex(done.stdout, rf"(?m)^{subject} +\S")
        self.assertRegex(done.stdout, r"\d+ usable cores")
        self.assertNotIn("NOT safe", done.stdout)


class Previews(CliTest):
    def tearDown(self):
        self.assertEqual([path.suffix for path in self.folder.iterdir()], [".toml"], "a preview writes nothing")

    def test_list_prints_the_names(self):
        done = self.lockstep("run", self.scenario(), "--list")
        self.assert_ends(done, 0)
        self.assertEqual(done.stdout.splitlines(), CASES)

    def test_filter_and_axes_choose(self):
        done = self.lockstep("run", self.scenario(), "--list", "--filter", "=dp", "-a", "devices=3,4", "-a", "seed=7")
        self.assertEqual(done.stdout.splitlines(), [f"exact/strategy=dp,devices={devices}" for devices in (3, 4)])

    def test_dry_run_says_what_would_run(self):
        done = self.lockstep("run", self.scenario(), "--dry-run", "-a", "devices=1,64")
        self.assert_ends(done, 0)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertEqual(lines[0], f"{CASES[0]}: equivalence on 1 cpu device, 4 steps of 8 samples")
        self.assertEqual(lines[-1], "4 cases would run")

    def test_dumped_configuration_is_a_scenario_again(self):
        done = self.lockstep("run", self.scenario(), "--dump-config", "--filter", "=ddp,devices=2")
        self.assert_ends(done, 0)
        dumped = self.scenario(done.stdout, "scenario.toml")
        again = self.lockstep("run", dumped, "--dump-config")
        self.assert_ends(again, 0)
        self.assertEqual(again.stdout, done.stdout)
        self.assertEqual(self.lockstep("run", dumped, "--list").stdout.splitlines(), [CASES[3]])


class DumpedConfiguration(CliTest):
    def test_runs_as_the_same_case(self):
        original = self.scenario()
        self.assertEqual(self.run_to_output(original).returncode, 0)
        hashes = {name: case["scenario_hash"] for name, case in self.cases().items()}
        dump = self.lockstep("run", original, "--dump-config").stdout
        configurations = re.split(r"(?m)^(?=schema = )", dump)[1:]
        self.assertEqual(len(configurations), 4)
        for configuration in configurations:
            self.assertEqual(self.run_to_output(self.scenario(configuration, "dumped.toml"), "--force").returncode, 0)
            ((name, case),) = self.cases().items()
            self.assertEqual(case["scenario_hash"], hashes[name])


class Usage(CliTest):
    """Exit code 2 and where to read on."""

    def assert_usage(self, *arguments, message=""):
        done = self.lockstep(*arguments)
        self.assert_ends(done, 2, message)
        self.assertEqual(done.stdout, "")

    def test_no_command_shows_the_commands(self):
        self.assert_usage(message="no command")
        self.assertIn("doctor", self.lockstep().stderr)

    def test_unknown_words(self):
        for arguments in (["rnu"], [""], ["-"], ["--nosuch"], ["run", "--filer", "x"], ["doctor", "x"], ["run", "-z"]):
            with self.subTest(arguments=arguments):
                self.assert_usage(*arguments, message="See: lockstep --help, lockstep run --help")

    def test_options_without_value_and_values_twice(self):
        for option in ("--output", "--filter", "-a", "--output="):
            with self.subTest(option=option):
                self.assert_usage("run", option, message="required")
        self.assert_usage("run", "--output", "a", "--output", "b", message="--output")
        self.assert_usage("run", self.scenario(), "-a", "devices=1", "-a", "run.devices=2", message="given twice")

    def test_contradictions(self):
        for pair in (["--list", "--dry-run"], ["--dump-config", "--list"], ["--resume", "--force"]):
            with self.subTest(pair=pair):
                self.assert_usage("run", *pair, message="excludes")
        self.assert_usage("run", self.scenario(), "--resume", message="--resume needs the --output")

    def test_axes_that_make_no_sense(self):
        scenario = self.scenario()
        for axis, message in (
            ("devices", "no value"),
            ("devics=1", 'did you mean "devices"?'),
            ("devices=8x", 'got string "8x"; expected an integer from 1 to 64'),
            ("devices=1e3", "got real 1000.0"),
            ("devices=0", "out of range"),
            ("devices=-1", "out of range"),
            ("devices=" + "9" * 30, "expected an integer"),
            ("devices=", "expected an integer"),
            ("devices=1,1", "given twice"),
            ("family=speedup,equivalence", "cannot have several values"),
            ("x" * 100_000 + "=1", "unknown key"),
        ):
            with self.subTest(axis=axis[:20]):
                self.assert_usage("run", scenario, "--list", "-a", axis, message=message)
                self.assertLess(len(self.lockstep("run", scenario, "-a", axis).stderr), 500)


class NothingToRun(CliTest):
    """Exit code 4: doing nothing is not success."""

    def test_a_filter_that_matches_nothing(self):
        for text in ("no such case", ".*"):
            with self.subTest(text=text):
                self.assert_ends(self.run_to_output(self.scenario(), "--filter", text), 4, "no case matches --filter")
                self.assertFalse(self.output.exists())

    def test_a_folder_without_scenarios(self):
        (self.folder / "empty").mkdir()
        self.assert_ends(self.run_to_output(self.folder / "empty"), 4, "no scenario matches")


class ScenarioFiles(CliTest):
    def test_a_misspelt_key_is_named_with_its_place(self):
        path = self.scenario(EXACT.replace("steps = 4", "  stebs = 4"))
        message = f'{path}:12:3: train: unknown key "stebs"; did you mean "steps"?'
        self.assert_ends(self.run_to_output(path), 3, message)
        self.assertFalse(self.output.exists(), "nothing is written")

    def test_one_bad_file_stops_all(self):
        self.scenario(EXACT, "suite/a.toml")
        self.scenario("schema = 1\n", "suite/b.toml")
        self.assert_ends(self.run_to_output(self.folder / "suite"), 3, "b.toml", 'missing key "name"')
        self.assertFalse(self.output.exists())

    def test_what_cannot_be_opened_is_an_io_error(self):
        for name in ("missing.toml", "", "x" * 100_000):
            with self.subTest(name=name[:20]):
                self.assert_ends(self.run_to_output(name), 7, "cannot open")

    def test_what_is_no_file_is_not_waited_for(self):
        pipe = self.folder / "pipe.toml"
        os.mkfifo(pipe)
        for path in (pipe, "/dev/zero"):
            with self.subTest(path=path):
                self.assert_ends(self.run_to_output(path), 3, "not a regular file")

    def test_text_that_is_not_utf8(self):
        path = self.folder / "s.toml"
        path.write_bytes(EXACT.replace('"exact"', '"ex\N{LATIN SMALL LETTER Y WITH DIAERESIS}"', 1).encode("latin-1"))
        self.assert_ends(self.run_to_output(path), 3, "not UTF-8 at byte 21")

    def test_escape_sequences_do_not_reach_the_terminal(self):
        path = self.scenario(EXACT.replace('"exact"', '"\\u001b[31mred"', 1), "\x1b[31mred.toml")
        done = self.run_to_output(path)
        self.assert_ends(done, 3)
        self.assertNotIn("\x1b", done.stderr)


if __name__ == "__main__":
    unittest.main()
