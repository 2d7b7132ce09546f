#!/usr/bin/env python3
"""lockstep export and --export where something is wrong: with the request, the result, the file, the surroundings."""

import json
import os
import resource
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from exported import FORMATS, OF_COMPARISONS, ExportTest, a_comparison, a_result
from workplace import EXACT, LEARNING

import made_up

FAILING = LEARNING + "[expect]\nfinal_loss = { max = 0.0 }\n"


class Requests(ExportTest):
    def test_an_unknown_format_is_a_typo(self):
        file = made_up.write(self.folder / "result", a_result())
        self.assert_ends(self.lockstep("export", "junitt", file), 2, 'unknown format "junitt"', 'did you mean "junit"?', "Formats: junit,")
        done = self.run_to_output(self.scenario(), "--export", "open-metrics=x")
        self.assert_ends(done, 2, 'did you mean "openmetrics"?')
        self.assertFalse(self.output.exists(), "a typo is said before anything runs")

    def test_requests_need_a_format_and_a_file(self):
        for text in ("junit", "junit=", "=x", "", "junit:x"):
            self.assert_ends(self.run_to_output(self.scenario(), "--export", text), 2)
            self.assertFalse(self.output.exists())
        self.assert_ends(self.lockstep("export", "junit", self.scenario(), "--inconclusive=passed"), 2)

    def test_two_exports_to_one_file_are_refused(self):
        absolute = self.folder / "x"
        for first, second in (("x", "x"), ("x", "./x"), ("x", "y/../x"), ("x", absolute), (absolute, "y//..//x")):
            done = self.run_to_output(self.scenario(), "--export", f"junit={first}", "--export", f"csv={second}")
            self.assert_ends(done, 2, "--export names", "twice")
            self.assertFalse(self.output.exists() or absolute.exists())

    def test_what_is_no_result_is_refused_with_its_place(self):
        file = self.folder / "broken.json"
        for text, message in (("", "empty"), ("{", "broken.json"), ('{"kind": "comparison"}', "schema_version"), ("[]", "broken.json")):
            file.write_text(text, encoding="utf-8")
            for name in FORMATS:
                done = self.lockstep("export", name, file)
                self.assert_ends(done, 3, message)
                self.assertEqual(done.stdout, "")
        self.assert_ends(self.lockstep("export", "junit", self.folder / "nothing"), 7)

    def test_nothing_to_export(self):
        file = self.folder / "input.json"
        empty = made_up.result("0" * 16, [])
        bare = made_up.result("0" * 16, [made_up.case()])
        numbers = ("google-benchmark", "github-benchmark-smaller", "github-benchmark-bigger", "bencher", "nccl-tests")
        for content, names in (
            (empty, FORMATS),
            (bare, numbers),
            (a_comparison(), set(FORMATS) - set(OF_COMPARISONS)),
            (a_comparison(cases=[], exit_code=0), OF_COMPARISONS),
        ):
            file.write_text(json.dumps(content), encoding="utf-8")
            for name in names:
                done = self.lockstep("export", name, file, "--output", self.folder / "output")
                self.assert_ends(done, 4, f"nothing to export as {name}: ")
                self.assertFalse((self.folder / "output").exists(), "an empty file is no export")


class Files(ExportTest):
    def setUp(self):
        super().setUp()
        self.input = made_up.write(self.folder / "result", a_result())

    def test_a_file_that_cannot_be_written(self):
        for target in ("missing/x", "result", "/dev/full/x"):
            done = self.lockstep("export", "junit", self.input, "--output", target)
            self.assert_ends(done, 7)
        self.assertTrue((self.input / "result.json").exists())

    def test_a_full_standard_output(self):
        for name in FORMATS:
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = self.lockstep("export", name, self.input, stdout=full, stderr=subprocess.PIPE, capture_output=False)
            self.assert_ends(done, 7)

    def test_standard_output_and_file_hold_the_same(self):
        for name in FORMATS:
            shown = self.lockstep("export", name, self.input, text=False, errors=None)
            self.assertEqual((shown.returncode, shown.stderr), (0, b""))
            self.assertEqual(shown.stdout, self.export_bytes(name, a_result()))

    def test_a_file_is_written_whole_or_not_at_all(self):
        old = self.folder / "old"
        for name in ("junit", "csv"):
            old.write_text("before", encoding="utf-8")
            done = self.lockstep(
                "export",
                name,
                self.input,
                "--output",
                old,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
            )
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(old.read_text(encoding="utf-8"), "before")
            self.assert_ends(self.lockstep("export", name, self.input, "--output", old), 0)
            self.assertGreater(old.stat().st_size, 1024)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"result", "old"}, "a part is left over")

    def test_the_comma_of_a_locale_changes_nothing(self):
        source = "/usr/share/i18n/locales/de_DE"
        if not (shutil.which("localedef") and Path(source).exists()):
            self.skipTest("no localedef or no description of de_DE to make a locale of")
        subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", self.folder / "de_DE.UTF-8"],
            check=True,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        for name in FORMATS:
            outputs = [
                self.lockstep("export", name, self.input, env={**os.environ, **locale}).stdout
                for locale in ({"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(self.folder)}, {"LC_ALL": "C"})
            ]
            self.assertTrue(outputs[0])
            self.assertEqual(*outputs)


class OfRuns(ExportTest):
    def exports(self, *formats, folder=""):
        return [word for name in formats for word in ("--export", f"{name}={folder}{name}")]

    def test_a_run_that_passes_writes_them_all(self):
        done = self.run_to_output(self.scenario(EXACT), *self.exports("junit", "csv", "openmetrics", "github-summary"))
        self.assert_ends(done, 0)
        root = ElementTree.fromstring((self.folder / "junit").read_bytes())
        self.assertEqual((root.get("tests"), root.get("failures")), (str(len(self.cases())), "0"))
        for name in ("junit", "csv", "openmetrics", "github-summary"):
            exported = self.lockstep("export", name, self.output, text=False, errors=None).stdout
            self.assertEqual((self.folder / name).read_bytes(), exported)

    def test_a_run_that_fails_writes_them_all_the_same(self):
        done = self.run_to_output(self.scenario(FAILING), *self.exports("junit", "github-annotations"))
        self.assert_ends(done, 1)
        failures = list(ElementTree.fromstring((self.folder / "junit").read_bytes()).iter("failure"))
        self.assertEqual([one.get("message") for one in failures], ["FAIL: failed: expect:final_loss"])
        self.assertIn("::error title=learning::FAIL: ", (self.folder / "github-annotations").read_text("utf-8"))

    def test_an_unwritable_file_does_not_hide_the_verdict(self):
        for text, code in ((EXACT, 7), (FAILING, 1)):
            shutil.rmtree(self.output, ignore_errors=True)
            done = self.run_to_output(self.scenario(text), *self.exports("junit", folder="missing/"), *self.exports("csv"))
            self.assert_ends(done, code, "error: ", "missing/junit")
            self.assertTrue((self.folder / "csv").stat().st_size > 0, "the other one is written all the same")
            self.assertEqual(len(self.cases()), len(set(self.verdicts())))

    def test_nothing_to_export_of_a_run(self):
        done = self.run_to_output(self.scenario(EXACT), *self.exports("nccl-tests"))
        self.assert_ends(done, 4, "nothing to export as nccl-tests")
        shutil.rmtree(self.output)
        self.assert_ends(self.run_to_output(self.scenario(FAILING), *self.exports("nccl-tests")), 1, "nothing to export")


class OfComparisons(ExportTest):
    def setUp(self):
        super().setUp()
        self.before, self.same, self.slower = (
            made_up.write(self.folder / name, made_up.timed(name, center, seed))
            for name, center, seed in (("before", 0.1, 1), ("same", 0.1, 2), ("slower", 0.105, 3))
        )

    def test_a_regression_is_exported_as_it_is_from_the_file(self):
        exports = [word for name in OF_COMPARISONS if "bigger" not in name for word in ("--export", f"{name}={name}")]
        done = self.lockstep("compare", self.before, self.slower, "--output", "comparison.json", *exports)
        self.assert_ends(done, 1)
        root = ElementTree.fromstring((self.folder / "junit").read_bytes())
        self.assertEqual([one.get("type") for one in root.iter("failure")], ["REGRESSED"])
        for word in exports[1::2]:
            name = word.partition("=")[0]
            exported = self.lockstep("export", name, "comparison.json", text=False, errors=None).stdout
            self.assertEqual((self.folder / name).read_bytes(), exported, name)

    def test_an_unwritable_file_does_not_hide_the_verdict(self):
        for candidate, code in ((self.same, 7), (self.slower, 1)):
            done = self.lockstep("compare", self.before, candidate, "--export", "junit=missing/x", "--export", "csv=y")
            self.assert_ends(done, code, "missing/x")
            self.assertTrue((self.folder / "y").stat().st_size > 0)

    def test_usage_is_said_before_anything_is_compared(self):
        for exports in (("--export", "junitt=x"), ("--export", "junit=x", "--export", "csv=./x")):
            done = self.lockstep("compare", self.before, self.slower, *exports)
            self.assert_ends(done, 2)
            self.assertEqual(done.stdout, "")
            self.assertFalse((self.folder / "x").exists())

    def test_an_export_never_replaces_the_result(self):
        done = self.lockstep("compare", self.before, self.slower, "--output", "c.json", "--export", "junit=./c.json")
        self.assert_ends(done, 2, "writes its own result there")
        done = self.lockstep("run", self.scenario(), "--output", "out", "--export", "csv=out/result.json")
        self.assert_ends(done, 2, "writes its own result there")
        self.assertFalse((self.folder / "out").exists())

    def test_an_inconclusive_comparison_may_be_skipped_but_keeps_its_code(self):
        for kind in ("failure", "skipped"):
            done = self.lockstep(
                "compare", self.before, self.same, "--threshold", "0.1%", "--export", "junit=x", f"--inconclusive={kind}"
            )
            self.assert_ends(done, 8)
            root = ElementTree.fromstring((self.folder / "x").read_bytes())
            self.assertEqual(len(list(root.iter(kind))), 1)


if __name__ == "__main__":
    unittest.main()
