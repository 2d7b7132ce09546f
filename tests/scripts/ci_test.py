#!/usr/bin/env python3
"""scripts/ci: the comparison with a baseline, with a pretended lockstep and report, and the examples for CI services."""

import re
import unittest

from sandbox import ROOT, Sandbox

try:
    import yaml
except ImportError:
    yaml = None

SCRIPT = "scripts/ci/compare-with-baseline"

# lockstep run|compare|export, which leaves what it is asked for. $RUN and $COMPARE are exit codes.
LOCKSTEP = r"""
command=$1 output=''
for argument; do
  [[ ${previous-} != --output ]] || output=$argument
  previous=$argument
done
case $command in
  run)
    mkdir -p "$output"
    [[ $RUN == [234] ]] || echo "{}" >"$output/result.json"
    exit "$RUN"
    ;;
  compare)
    [[ $COMPARE == [2347] ]] || echo "{}" >"$output"
    exit "$COMPARE"
    ;;
  export)
    [[ $2 != "${UNWRITABLE-}" ]] || exit 7
    if [[ -n $output ]]; then echo "$2 of ${3##*/}" >"$output"; else echo "::notice::$2 of ${3##*/}"; fi
    ;;
esac
"""

# What a run and a comparison may end with, and which of both counts.
RUNS = {
    (0, 0): 0,
    (0, 1): 1,
    (0, 3): 3,
    (0, 4): 4,
    (0, 7): 7,
    (0, 8): 8,
    (0, 70): 70,
    (1, 0): 1,
    (1, 1): 1,
    (1, 5): 1,
    (1, 8): 1,
    (5, 0): 5,
    (5, 1): 1,
    (5, 8): 5,
    (6, 5): 6,
    (8, 0): 8,
    (8, 1): 1,
    (8, 3): 3,
    (8, 8): 8,
    (70, 8): 70,
}


class CompareWithBaseline(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.program("build/release/lockstep", LOCKSTEP)
        self.box.program("reports/report", '[[ ${REPORT:-0} == 0 ]] || exit "$REPORT"; echo report >"$3"')
        self.baseline = self.box.top / "the baseline"
        self.out = self.box.top / "this run"

    def with_baseline(self):
        self.baseline.mkdir()
        (self.baseline / "result.json").write_text("{}", encoding="utf-8")

    def gate(self, *arguments, run=0, compare=0, output=None, **variables):
        folders = ("--baseline", str(self.baseline), "--output", str(output or self.out))
        return self.box.run(SCRIPT, *folders, *arguments, RUN=str(run), COMPARE=str(compare), **variables)

    def written(self, name):
        return (self.out / name).read_text(encoding="utf-8").strip()

    def test_runs_the_gate_compares_and_writes_what_a_job_shows(self):
        self.with_baseline()
        done = self.gate()
        self.assertEqual(done.returncode, 0, done.stderr)
        run, compare = self.box.calls("lockstep")[:2]
        self.assertEqual(run, f"lockstep run {self.box.root}/scenarios/ci --output {self.out}")
        self.assertEqual(
            compare.strip(), f"lockstep compare {self.baseline} {self.out} --output {self.out}/comparison.json"
        )
        self.assertEqual(self.written("junit.xml"), "junit of comparison.json")
        self.assertEqual(self.written("run-junit.xml"), "junit of this run")
        self.assertEqual(self.written("summary.md"), "github-summary of comparison.json")
        (report,) = self.box.calls("report")
        self.assertTrue(report.endswith(f"report.html --comparison {self.out}/comparison.json"), report)
        self.assertTrue((self.out / "report.html").exists())

    def test_the_worse_of_run_and_comparison_is_the_exit_code(self):
        self.with_baseline()
        for (run, compare), code in RUNS.items():
            with self.subTest(run=run, compare=compare):
                self.assertEqual(self.gate(run=run, compare=compare, output=self.out / f"{run} {compare}").returncode, code)

    def test_what_cannot_be_published_hides_no_verdict(self):
        self.with_baseline()
        for how in ({"UNWRITABLE": "junit"}, {"UNWRITABLE": "github-summary"}, {"REPORT": "1"}):
            for (run, compare), code in {(0, 0): 7, (0, 1): 1, (0, 8): 8, (5, 8): 5}.items():
                with self.subTest(how=how, run=run, compare=compare):
                    output = self.out / f"{how} {run} {compare}"
                    done = self.gate(run=run, compare=compare, output=output, **how)
                    self.assertEqual(done.returncode, code)
                    self.assertIn("could not publish", done.stderr)

    def test_without_a_baseline_the_run_is_judged_by_itself_and_says_so(self):
        self.box.program("reports/report", 'echo report >"$3"')
        for baseline in ("absent", "empty"):
            for code in (0, 1, 5, 8):
                with self.subTest(baseline=baseline, code=code):
                    if baseline == "empty":
                        self.baseline.mkdir(exist_ok=True)
                    done = self.gate(run=code, output=self.out / baseline / str(code))
                    self.assertEqual(done.returncode, code)
                    self.assertIn(f"no baseline at {self.baseline}: nothing was compared", done.stderr)
                    self.assertIn("to make it the baseline", done.stderr)
                    summary = self.out / baseline / str(code) / "summary.md"
                    self.assertEqual(summary.read_text(encoding="utf-8"), f"github-summary of {code}\n")
        self.assertEqual([call for call in self.box.calls("lockstep") if " compare " in call], [])

    def test_a_first_run_into_the_place_of_the_baseline_is_not_compared_with_itself(self):
        done = self.gate("--baseline", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("there is no baseline", done.stderr)
        self.assertFalse((self.out / "comparison.json").exists())
        # The second time it is somebody's baseline.
        self.assertEqual(self.gate("--baseline", self.out).returncode, 2)

    def test_a_baseline_without_a_result_is_not_taken_for_none(self):
        self.baseline.mkdir()
        (self.baseline / "something").touch()
        done = self.gate(compare=3)
        self.assertEqual(done.returncode, 3)
        self.assertEqual(self.written("junit.xml"), "junit of this run", "there is no comparison to show")

    def test_the_baseline_stays_as_it_is(self):
        self.with_baseline()
        before = sorted(path.stat().st_mtime_ns for path in (self.baseline, *self.baseline.iterdir()))
        self.gate()
        self.assertEqual(sorted(path.stat().st_mtime_ns for path in (self.baseline, *self.baseline.iterdir())), before)

    def test_on_github_the_summary_is_appended_and_annotations_are_printed(self):
        summary = self.box.top / "job summary"
        summary.write_text("an earlier step\n", encoding="utf-8")
        done = self.gate(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(summary.read_text(encoding="utf-8"), "an earlier step\ngithub-summary of this run\n")
        self.assertIn("::warning title=Lockstep::no baseline", done.stdout)
        self.assertIn("::notice::github-annotations of this run", done.stdout)

    def test_elsewhere_nothing_is_printed_for_github(self):
        self.assertNotIn("::", self.gate().stdout)

    def test_a_job_summary_that_cannot_be_written_hides_no_verdict(self):
        self.with_baseline()
        for compare, code in ((0, 7), (1, 1)):
            with self.subTest(compare=compare):
                out = self.out / str(compare)
                done = self.gate(compare=compare, output=out, GITHUB_STEP_SUMMARY=str(self.box.top))
                self.assertEqual(done.returncode, code)
                self.assertIn("could not publish: append_summary", done.stderr)

    def test_a_run_that_leaves_no_result_is_not_compared_and_never_a_pass(self):
        self.with_baseline()
        for code in (2, 3, 4):
            with self.subTest(code=code):
                self.assertEqual(self.gate(run=code, output=self.out / str(code)).returncode, code)
        self.box.program("build/release/lockstep")  # does nothing, successfully
        self.assertEqual(self.gate(output=self.out / "0").returncode, 4)
        self.assertEqual([call for call in self.box.calls("lockstep") if " run " not in call], [])

    def test_an_output_that_cannot_be_written_is_the_runs_failure(self):
        self.box.program("build/release/lockstep", "exit 7")
        self.assertEqual(self.gate().returncode, 7)

    def test_an_earlier_result_is_not_judged_again(self):
        self.with_baseline()
        self.gate()
        calls = len(self.box.calls())
        done = self.gate()
        self.assertEqual(done.returncode, 7)
        self.assertIn("already holds a result", done.stderr)
        self.assertEqual(len(self.box.calls()), calls)

    def test_an_interrupted_run_is_shown_and_not_compared(self):
        self.with_baseline()
        for code in (130, 143):
            with self.subTest(code=code):
                out = self.out / str(code)
                self.assertEqual(self.gate(run=code, output=out).returncode, code)
                self.assertFalse((out / "comparison.json").exists())
                self.assertTrue((out / "summary.md").exists())

    def test_scenarios_program_and_judging_are_passed_on(self):
        self.with_baseline()
        self.box.program("planted/slow one", LOCKSTEP)
        planted = str(self.box.root / "planted/slow one")
        judging = ("--threshold", "5%", "--threshold", "speedup=9%", "--fail-on", "regressed,fail")
        done = self.gate("a.toml", "b.toml", "--program", planted, *judging)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.box.calls("lockstep"), [])
        run, compare, run_junit, junit = (call.removeprefix("slow one ") for call in self.box.calls()[:4])
        self.assertEqual(run, f"run a.toml b.toml --output {self.out}")
        self.assertTrue(compare.endswith(" ".join(judging)), compare)
        self.assertNotIn("--inconclusive", run_junit)
        self.assertTrue(junit.endswith("--inconclusive skipped"), "junit.xml must agree with the exit code")

    def test_arguments_that_make_no_sense_run_nothing(self):
        for arguments in (["--output"], ["--baseline", ""], ["--fast"], ["--output", str(self.baseline)]):
            with self.subTest(arguments=arguments):
                self.baseline.mkdir(exist_ok=True)
                self.assertEqual(self.gate(*arguments).returncode, 2)
        self.assertEqual(self.gate("--program", "nothing").returncode, 4)
        self.assertEqual(self.box.calls(), [])


def commands_of(service):
    """All that the jobs of an example run: one text."""
    content = yaml.safe_load((ROOT / f"scripts/ci/{service}.yml").read_text(encoding="utf-8"))
    if service == "github-actions":
        return "\n".join(step.get("run", "") for job in content["jobs"].values() for step in job["steps"])
    parts = ("before_script", "script", "after_script")
    return "\n".join(line for job in content.values() for part in parts for line in job.get(part, []))


@unittest.skipUnless(yaml, "python3-yaml is not installed")
class Examples(unittest.TestCase):
    def test_they_call_scripts_and_scenarios_that_are_there(self):
        for service in ("github-actions", "gitlab-ci"):
            with self.subTest(service=service):
                commands = commands_of(service)
                self.assertIn(f"{SCRIPT} --baseline results/baseline --output results/ci", commands)
                named = re.findall(r"(?:scripts|scenarios)/[\w/.-]+", commands)
                self.assertGreaterEqual(len(named), 3)
                for name in named:
                    self.assertTrue((ROOT / name).exists(), name)

    def test_github_uses_official_actions_only_and_keeps_the_output_of_a_red_job(self):
        content = yaml.safe_load((ROOT / "scripts/ci/github-actions.yml").read_text(encoding="utf-8"))
        for name, job in content["jobs"].items():
            used = [step for step in job["steps"] if "uses" in step]
            for step in used:
                self.assertRegex(step["uses"], r"^actions/(checkout|upload-artifact|download-artifact|cache)@v\d+$")
            uploads = [step for step in used if step["uses"].startswith("actions/upload-artifact")]
            self.assertEqual([step["if"] for step in uploads], ["always()"], name)

    def test_gitlab_keeps_the_output_of_a_red_job_and_reads_the_junit_file_that_is_written(self):
        (job,) = yaml.safe_load((ROOT / "scripts/ci/gitlab-ci.yml").read_text(encoding="utf-8")).values()
        self.assertEqual(job["artifacts"]["when"], "always")
        self.assertEqual(job["artifacts"]["reports"], {"junit": "results/ci/junit.xml"})
        self.assertNotIn("allow_failure", job)


if __name__ == "__main__":
    unittest.main()
