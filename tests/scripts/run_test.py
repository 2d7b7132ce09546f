#!/usr/bin/env python3
"""scripts/run with a pretended lockstep and report: arguments, exit codes, signals."""

import signal
import subprocess
import time
import unittest

from sandbox import Sandbox

# lockstep run --output DIR …, which leaves a result and exits with $CODE.
LOCKSTEP = 'mkdir -p "$3"; echo "$CODE" >"$3/result.json"; exit "$CODE"'
# Says that it is ready, then waits (30 s at most) for a signal, which it answers as lockstep does: not at once, and with
# a partial result.
INTERRUPTIBLE = """
pause() { read -r -t "$1" <><(:) || true; }
finish() { pause 0.2; echo partial >"$output/result.json"; exit "$1"; }
output=$3
mkdir -p "$output"
trap 'finish 130' INT
trap 'finish 143' TERM
touch "$output/ready"
for _ in {1..600}; do pause 0.05; done
"""


class Run(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.program("scripts/setup")
        self.box.program("scripts/build")
        self.box.program("build/release/lockstep", LOCKSTEP)
        self.box.program("reports/report", 'touch "$3"; exit "${REPORT_CODE:-0}"')
        self.out = self.box.top / "my results"
        for family in ("cuda", "equivalence", "speedup"):
            (self.box.root / "scenarios" / family).mkdir(parents=True)
        self.suite = f"{self.box.root}/scenarios/equivalence {self.box.root}/scenarios/speedup"

    def run_script(self, *arguments, code=0, report_code=0):
        return self.box.run("scripts/run", *arguments, CODE=str(code), REPORT_CODE=str(report_code))

    def test_by_default_runs_all_scenarios_but_those_for_gpus_into_a_dated_folder_and_says_where_the_report_is(self):
        done = self.run_script()
        self.assertEqual(done.returncode, 0, done.stderr)
        root = str(self.box.root)
        setup, build, lockstep, report = self.box.calls()
        self.assertEqual(setup.strip(), "setup")
        self.assertEqual(build, "build release lockstep")
        self.assertRegex(lockstep, rf"^lockstep run --output {root}/results/\d{{8}}T\d{{6}}Z {self.suite}$")
        output = lockstep.removeprefix("lockstep run --output ").removesuffix(f" {self.suite}")
        self.assertEqual(report, f"report {output} --output {output}/report.html")
        self.assertEqual(done.stdout, f"report: {output}/report.html\n")

    def test_passes_arguments_on_and_respects_the_output_in_both_spellings(self):
        for spelling in (["--output", str(self.out)], [f"--output={self.out}"]):
            with self.subTest(spelling=spelling):
                done = self.run_script("a b.toml", *spelling, "-a", "devices=1,2")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(
                    self.box.calls("lockstep")[-1], f"lockstep run --output {self.out} a b.toml -a devices=1,2"
                )

    def test_an_output_alone_still_means_all_scenarios(self):
        self.run_script("--output", str(self.out))
        self.assertEqual(self.box.calls("lockstep"), [f"lockstep run --output {self.out} {self.suite}"])

    def test_the_exit_code_is_locksteps_and_the_report_is_made_all_the_same(self):
        for code in (1, 5, 6, 8, 70):
            with self.subTest(code=code):
                out = self.out / str(code)
                done = self.run_script("--output", str(out), code=code)
                self.assertEqual(done.returncode, code)
                self.assertTrue((out / "report.html").exists())

    def test_a_failed_report_is_7_unless_lockstep_failed(self):
        for code, expected in ((0, 7), (1, 1)):
            with self.subTest(code=code):
                done = self.run_script("--output", str(self.out), code=code, report_code=3)
                self.assertEqual(done.returncode, expected)
                self.assertIn("the report could not be written", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_no_report_without_a_result(self):
        self.box.program("build/release/lockstep", "exit 2")
        done = self.run_script("--nonsense")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(self.box.calls("report"), [])

    def test_no_report_of_an_earlier_result(self):
        self.run_script("--output", str(self.out))
        self.box.program("build/release/lockstep", "exit 3")
        self.assertEqual(self.run_script("--output", str(self.out)).returncode, 3)
        self.assertEqual(len(self.box.calls("report")), 1)

    def test_stops_when_setup_or_build_fails(self):
        for script in ("scripts/build", "scripts/setup"):
            with self.subTest(script=script):
                self.box.program(script, "exit 4")
                self.assertEqual(self.run_script().returncode, 4)
                self.assertEqual(self.box.calls("lockstep"), [])

    def test_an_output_without_a_folder_is_a_usage_error(self):
        self.assertEqual(self.run_script("--output").returncode, 2)
        self.assertEqual(self.box.calls(), [])

    def test_signals_reach_lockstep_and_the_partial_result_is_reported(self):
        self.box.program("build/release/lockstep", INTERRUPTIBLE)
        for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(sent=sent):
                out = self.out / sent.name
                command = self.box.command("scripts/run", "--output", str(out))
                with subprocess.Popen(**command, stdin=subprocess.DEVNULL) as process:
                    wait_for(process, out / "ready")
                    process.send_signal(sent)
                    stdout, stderr = process.communicate(timeout=60)
                self.assertEqual(process.returncode, code, stderr)
                self.assertEqual((out / "result.json").read_text(encoding="utf-8"), "partial\n")
                self.assertEqual(stdout, f"report: {out}/report.html\n")


def wait_for(process, path):
    """Until the process has made the file; not for ever, should it end without."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.01)


if __name__ == "__main__":
    unittest.main()
