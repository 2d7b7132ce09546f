"""The page: every section is there, nothing in a result can break out of its place, bad input leaves no file."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import tempfile
import unittest
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import fixture
from lockstep_report import text
from lockstep_report.__main__ import main
from lockstep_report.sections.checks import share_of_limit

LAUNCHER = Path(__file__).resolve().parents[2] / "reports" / "report"
HOSTILE = '<script>alert(1)</script>]]><!-- "\'&{{ 7 * 7 }}$\\frac$ id="x" url(#x)'

HOSTILE_LABEL = '<b>]]>$\\frac$id="x"url(#x)'  # short enough to stand whole in a figure


class Page(HTMLParser):
    """What the tests ask of a page: its text, ids, references and tags."""

    VOID = {"meta", "br", "wbr"}

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part(tag)
        self._note(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def _part(self, tag: str) -> None:
        """Only these stand within a word or sentence."""
        if tag not in {"wbr", "strong", "code"}:
            self.words.append(" ")

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in ("href", "xlink:href"):
                self.references.append((value or "").removeprefix("#"))
            elif name != "aria-label":
                self.references += re.findall(r"url\(#([^)]+)\)", value or "")

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).replace("\u00a0", " ").split())


@dataclass(frozen=True)
class Outcome:
    code: object
    errors: str


class ReportCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.output = self.folder / "report.html"

    def result(self, data: dict[str, Any], name: str = "a") -> Path:
        return fixture.write(self.folder / name, data)

    def run_report(self, *arguments: object) -> Outcome:
        """The report in this process: the launcher has its own tests."""
        errors = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as error:
                code = error.code
        return Outcome(code, errors.getvalue())

    def render(self, *datas: dict[str, Any]) -> Page:
        folders = [self.result(data, f"run{number}") for number, data in enumerate(datas)]
        outcome = self.run_report(*folders, "--output", self.output)
        self.assertEqual((0, ""), (outcome.code, outcome.errors))
        return Page(self.output.read_text(encoding="utf-8"))

    def assert_shows(self, page: Page, *expected: str) -> None:
        for words in expected:
            self.assertTrue(words in page.text, f"the page does not show: {words}")

    def assert_refused(self, exit_code: int, message: str, *arguments: object) -> None:
        outcome = self.run_report(*arguments, "--output", self.output)
        self.assertEqual(exit_code, outcome.code, outcome.errors)
        self.assertIn(message, outcome.errors)
        self.assertEqual(1, outcome.errors.count("\n"), outcome.errors)
        self.assertNotIn("Traceback", outcome.errors)
        self.assertEqual([], list(self.folder.glob("*.html")) + list(self.folder.glob(".report-*")))


class Sections(ReportCase):
    def test_shows_every_section(self) -> None:
        page = self.render(fixture.result())
        wanted = {"verdicts", "speed-up", "phases", "curves", "checks", "documented", "memory", "environment"}
        self.assertLessEqual(wanted, set(page.ids))
        self.assert_shows(page, "39 of 41 cases passed; 1 failed, 1 skipped.")
        self.assert_shows(page, "1.74× ddp on 2 devices, strong scaling")
        self.assert_shows(page, "DP tax, the cost of the strategy on one device, T(strategy) / T(plain) − 1: dp 7.2 %")
        self.assert_shows(page, "Largest relative distance between the loss curves: 5.80e-6")
        self.assert_shows(page, "exact: layer 2 weight differs from one device by 3.1e-04")
        self.assert_shows(page, "batchnorm_statistics each replica normalises")

    def test_shows_what_fits(self) -> None:
        data = fixture.result()
        data["cases"] = list(fixture.memory_cases())
        page = self.render(data)
        self.assertIn("fits", page.ids)
        self.assertNotIn("memory", page.ids, "the family memory is shown once")
        self.assert_shows(page, "dp · 2 devices 8 MiB 860 774 2 KiB 1 MiB 0 B", "1.94× equal")
        self.assert_shows(page, "ddp · 2 devices 8 MiB 1 016 914 2 KiB 1 MiB 0 B 1.00× equal")
        self.assert_shows(page, "ddp · 2 devices 8 MiB 0 0 – – – – –")
        self.assert_shows(page, "dp · 2 devices: The largest global batch is 860.", "The model alone does not fit.")
        self.assert_shows(page, "dp · 2 devices 864 1 does not fit cpu:0 is full")

    def test_shows_a_wrong_prediction(self) -> None:
        data = fixture.result()
        data["cases"] = list(fixture.memory_cases())
        data["cases"][0]["memory"][3]["predicted_bytes"] -= 12
        self.assert_shows(self.render(data), "off by 12 B")

    def test_stands_alone(self) -> None:
        page = self.render(fixture.result())
        self.assertEqual(0, page.tags["script"] + page.tags["img"] + page.tags["link"])
        outside = [url for url in re.findall(r"https?://[^\"'\s<>]+", page.source) if "www.w3.org" not in url]
        self.assertEqual([], outside)

    def test_ids_are_unique_and_every_reference_has_its_target(self) -> None:
        page = self.render(fixture.result())
        self.assertGreater(page.tags["svg"], 4)
        self.assertEqual([], [name for name, count in Counter(page.ids).items() if count > 1])
        self.assertEqual(set(), set(page.references) - set(page.ids))

    def test_same_result_same_bytes(self) -> None:
        first = self.render(fixture.result()).source
        self.assertEqual(first, self.render(fixture.result()).source)

    def test_failures_come_first(self) -> None:
        words = self.render(fixture.result()).text
        verdicts = words[words.index("Does training on N devices") :]
        self.assertLess(verdicts.index("✗ FAIL"), verdicts.index("– SKIPPED"))
        self.assertLess(verdicts.index("– SKIPPED"), verdicts.index("✓ PASS"))

    def test_time_that_is_not_measured_is_not_zero(self) -> None:
        data = fixture.result()
        data["cases"] = [case for case in data["cases"] if case["axes"].get("devices") == "4" and case["metrics"]]
        page = self.render(data)
        self.assert_shows(page, "n/a n/a n/a time not measured: 4 devices on 2 cores")
        self.assertNotIn("0.00×", page.text)
        self.assert_shows(page, "Not measured")

    def test_an_invalid_speedup_is_no_headline(self) -> None:
        data = fixture.result()
        for case in data["cases"]:
            if case["family"] == "speedup" and case["axes"]["devices"] == "2":
                case["verdict"] = "INVALID"
        page = self.render(data)
        self.assert_shows(page, "What does it gain? Not measured")
        self.assert_shows(page, "? 4 INVALID")

    def test_findings_stand_with_their_family_and_with_the_speedup(self) -> None:
        page = self.render(fixture.result())
        self.assert_shows(page, "What the numbers of speedup say")
        self.assertEqual(2 * 4, page.text.count("limited by communication that no computation hides"))

    def test_an_effect_below_the_noise_floor_is_none(self) -> None:
        data = fixture.result()
        for case in data["cases"]:
            for metric in case["metrics"]:
                if metric["name"] == "noise_floor":
                    metric["value"] = 5.0
        page = self.render(data)
        self.assert_shows(page, "What does it gain? Nothing", "1: dp none above the noise floor of 500 %")

    def test_a_tier_without_speedups_has_no_headline_and_a_simulation_predicts(self) -> None:
        for tier, gain, note in (
            ("cuda-local", "What does it gain? Not measured", "Tier cuda-local, times of this tier are no speed-up"),
            ("simulated", "87.0 % efficiency (speedup-mlp; predicted)", "Tier simulated, predicted"),
        ):
            with self.subTest(tier):
                data = fixture.result()
                for case in data["cases"]:
                    case["tier"] = tier
                self.assert_shows(self.render(data), gain, note)

    def test_an_interrupted_run_is_marked(self) -> None:
        data = fixture.result()
        data["run"].update(status="interrupted", exit_code=None)
        data["cases"] = [case for case in data["cases"] if case["verdict"] == "PASS"]
        self.assert_shows(self.render(data), "This run is not complete: interrupted.", "? UNFINISHED")

    def test_only_skipped_cases_are_no_pass(self) -> None:
        data = fixture.result()
        data["cases"] = [case for case in data["cases"] if case["verdict"] == "SKIPPED"]
        self.assert_shows(self.render(data), "– NOTHING RAN")

    def test_a_result_without_samples_has_no_curves(self) -> None:
        folder = self.result(fixture.result())
        (folder / "samples.jsonl").unlink()
        self.assertEqual(0, self.run_report(folder / "result.json", "--output", self.output).code)
        self.assertNotIn('id="curves"', self.output.read_text(encoding="utf-8"))

    def test_communication_shows_collectives_and_trainings(self) -> None:
        page = self.render(fixture.result_of(fixture.communication_cases()))
        self.assertIn("communication", page.ids)
        self.assert_shows(page, "collectives, 2 devices Tier cpu, measured.")
        self.assert_shows(page, "all_reduce 0 12.5 GB/s 20 GB/s 2.50 µs 25 GB/s 0 s/√B 3.4 %")
        self.assert_shows(page, "4 KiB 1 024 float sum -1 2.66 µs 1.54 GB/s 1.54 GB/s 0 2.66 µs 1.54 GB/s 1.54 GB/s 0")
        self.assert_shows(page, "timing not measurable: 4 devices share 2 cores")
        self.assert_shows(page, "ddp · bucket 256KiB 30 ms 10 ms 6 ms 20.0 % 40.0 % 4 ms 1.10 ms 7.09 MiB")
        self.assert_shows(page, "1 4 ms rank 0 1 ms 10.0 %")

    def test_buckets_stand_in_the_order_of_their_size(self) -> None:
        page = self.render(fixture.result_of(fixture.communication_cases()))
        places = [page.text.index(f"ddp · bucket {size} 30 ms") for size in ("256KiB", "1MiB", "4MiB")]
        self.assertEqual(sorted(places), places)

    def test_times_that_were_not_taken_are_in_no_figure(self) -> None:
        cases = [case for case in fixture.communication_cases() if case["axes"].get("devices") == "4"]
        page = self.render(fixture.result_of(cases))
        self.assert_shows(page, "collectives, 4 devices Tier cpu, not timed.")
        self.assertNotIn("time and bus bandwidth over size", self.output.read_text(encoding="utf-8"))

    def test_extreme_bandwidths_and_waits_are_shown(self) -> None:
        data = fixture.result_of(fixture.communication_cases())
        for number, case in enumerate(data["cases"]):
            for metric in case["metrics"]:
                metric.update(value=(1e300, 1e-300, -5.0, 0.0)[number % 4], low=None, high=1e308)
            for row in case.get("bandwidth", []):
                row.update(bytes=(0, 2**63)[number % 2], seconds=(0, 1e308)[number % 2], busbw=1e308)
            for wait in case.get("waits", []):
                wait.update(seconds=1e308, caused=0)
        self.render(data)

    def test_extreme_numbers_are_drawn(self) -> None:
        data = fixture.result()
        for number, case in enumerate(data["cases"]):
            for metric in case["metrics"]:
                metric.update(value=(1e300, 1e-300, -5.0, 0.0)[number % 4], low=None, high=1e308)
            for phase in case["phases"]:
                phase["seconds"] = 0
        self.render(data)


class Size(ReportCase):
    def test_of_hundreds_of_cases_stays_small(self) -> None:
        """It was 5.8 MB when every check of every case was listed and every account was drawn."""
        suite = LAUNCHER.parent / "published" / "default-suite-2-cores"
        self.assertEqual(0, self.run_report(suite, "--output", self.output).code)
        self.assertLess(self.output.stat().st_size, 2e6)


class HostileStrings(ReportCase):
    def test_are_shown_as_text(self) -> None:
        page = self.render(poisoned(fixture.result()))
        self.assertEqual(0, page.tags["script"])
        self.assertNotIn("<script", page.source)
        self.assertNotIn("<!--", page.source)
        self.assertNotIn("49", re.findall(r"alert\(1\).{0,80}", page.text)[0])
        self.assert_shows(page, HOSTILE)
        self.assertEqual([], [name for name, count in Counter(page.ids).items() if count > 1])

    def test_stay_text_inside_figures(self) -> None:
        source = self.render(poisoned(fixture.result())).source
        figures = "".join(re.findall(r"<svg.*?</svg>", source, flags=re.DOTALL))
        self.assertIn('dp&lt;b&gt;]]&gt;$\\frac$id="x"url(#x)', figures)


class BadInput(ReportCase):
    def test_leaves_no_file(self) -> None:
        folder = self.result(fixture.result())
        for name, content, message in (
            ("broken", "{", "not JSON"),
            ("version", '{"schema_version": 2}', "schema_version is 2"),
            ("no cases", json.dumps({**fixture.result(), "cases": []}), "no cases"),
            ("NaN", '{"schema_version": NaN}', "NaN is not JSON"),
        ):
            with self.subTest(name):
                (folder / "result.json").write_text(content, encoding="utf-8")
                self.assert_refused(3, message, folder)

    def test_bad_samples_leave_no_file(self) -> None:
        folder = self.result(fixture.result())
        (folder / "samples.jsonl").write_text('{"case": "x"}\n', encoding="utf-8")
        self.assert_refused(3, "samples.jsonl:1: a sample has exactly the keys", folder)

    def test_missing_file(self) -> None:
        self.assert_refused(7, "No such file or directory", self.folder / "nowhere")

    def test_old_report_survives(self) -> None:
        self.output.write_text("old", encoding="utf-8")
        self.assertEqual(7, self.run_report(self.folder / "nowhere", "--output", self.output).code)
        self.assertEqual("old", self.output.read_text(encoding="utf-8"))

    def test_a_folder_that_is_not_there_cannot_be_written(self) -> None:
        outcome = self.run_report(self.result(fixture.result()), "--output", self.folder / "no" / "report.html")
        self.assertEqual(7, outcome.code)

    def test_a_result_is_not_overwritten(self) -> None:
        folder = self.result(fixture.result())
        before = (folder / "result.json").read_text(encoding="utf-8")
        self.assertEqual(7, self.run_report(folder, "--output", folder / "result.json").code)
        self.assertEqual(before, (folder / "result.json").read_text(encoding="utf-8"))

    def test_usage(self) -> None:
        self.assertEqual(2, self.run_report().code)


class Launcher(ReportCase):
    def launch(self, launcher: Path, *arguments: object, python: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(launcher), *map(str, arguments)]
        environment = {**os.environ, "LOCKSTEP_PYTHON": python}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def interpreter(self, name: str, missing: str) -> Path:
        """A program that answers the launcher's question as a Python without `missing` does."""
        file = self.folder / name
        file.write_text(f"#!/bin/sh\necho {missing}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    def test_writes_the_report_from_any_folder(self) -> None:
        folder = self.result(fixture.result())
        link = self.folder / "link"
        link.symlink_to(LAUNCHER)
        outcome = self.launch(link, folder, "--output", self.output)
        self.assertEqual((0, ""), (outcome.returncode, outcome.stderr))
        self.assertTrue(self.output.read_text(encoding="utf-8").rstrip().endswith("</html>"))

    def test_names_the_package_that_is_missing(self) -> None:
        choice = '"${LOCKSTEP_PYTHON:-}" /usr/bin/python3 python3'
        source = LAUNCHER.read_text(encoding="utf-8")
        self.assertIn(choice, source)
        launcher = self.interpreter("report", "")
        launcher.write_text(source.replace(choice, f'"{self.interpreter("lacking", "matplotlib")}"'), encoding="utf-8")
        outcome = self.launch(launcher, "x", "--output", "y")
        self.assertEqual(4, outcome.returncode)
        self.assertIn("lacking lacks matplotlib", outcome.stderr)
        self.assertEqual(1, outcome.stderr.count("\n"))

    def test_prefers_the_interpreter_it_is_given(self) -> None:
        chosen = str(self.interpreter("chosen", ""))
        self.assertEqual(chosen, self.launch(LAUNCHER, "--python", python=chosen).stdout.strip())

    def test_passes_over_an_interpreter_that_lacks_a_package(self) -> None:
        lacking = str(self.interpreter("lacking", "jinja2"))
        outcome = self.launch(LAUNCHER, "--python", python=lacking)
        self.assertEqual(0, outcome.returncode)
        self.assertNotEqual(lacking, outcome.stdout.strip())


class Numbers(unittest.TestCase):
    def test_have_three_digits_and_a_unit(self) -> None:
        shown = {
            text.number(1859594): "1 859 594",
            text.number(0.0123456): "0.0123",
            text.number(123.456): "123",
            text.number(3.14159e-7): "3.14e-7",
            text.number(None): "n/a",
            text.seconds(0.0114): "11.4 ms",
            text.seconds(184.2): "3 min 4 s",
            text.seconds(0): "0 s",
            text.size(7438376): "7.09 MiB",
            text.ratio(1.744): "1.74×",
            text.percent(0.0721): "7.2 %",
            text.quantity("bus_bandwidth", "B/s", 12.34e9): "12.3 GB/s",
            text.quantity("throughput", "samples/s", 12345.6): "12 346 samples/s",
        }
        for actual, expected in shown.items():
            self.assertEqual(expected, actual.replace("\u00a0", " "))

    def test_intervals_say_the_unit_once(self) -> None:
        metric = {"name": "step_time", "unit": "s", "value": 0.0114, "low": 0.0112, "high": 0.0116}
        self.assertEqual("11.2\u201311.6\u00a0ms", text.interval(metric))
        self.assertEqual("900\u00a0µs\u20131.10\u00a0ms", text.interval({**metric, "low": 0.0009, "high": 0.0011}))
        self.assertEqual("", text.interval({**metric, "low": None}))

    def test_devices_sort_as_numbers(self) -> None:
        names = ["devices=10", "devices=2", "devices=1"]
        self.assertEqual(["devices=1", "devices=2", "devices=10"], sorted(names, key=text.natural_key))

    def test_share_of_limit_is_that_of_an_upper_limit(self) -> None:
        self.assertEqual(0.25, share_of_limit({"worst": 1.0, "limit": 4.0, "verdict": "PASS"}))
        self.assertEqual(2.0, share_of_limit({"worst": 8.0, "limit": 4.0, "verdict": "FAIL"}))
        self.assertIsNone(share_of_limit({"worst": 0.0, "limit": 0.0, "verdict": "PASS"}))
        self.assertIsNone(share_of_limit({"worst": 1.9, "limit": 1.7, "verdict": "PASS"}), "a lower limit")
        self.assertIsNone(share_of_limit({"worst": None, "limit": 4.0, "verdict": "PASS"}))


def poisoned(data: dict[str, Any]) -> dict[str, Any]:
    """Puts the hostile string wherever a result may hold any text."""
    data["run"]["command"].append(HOSTILE)
    data["environment"]["hardware"].update(cpu=HOSTILE, gpus=[HOSTILE])
    data["environment"]["variables"][HOSTILE] = HOSTILE
    data["tool"]["blas"] = HOSTILE
    for case in data["cases"]:
        if case["family"] == "speedup":
            case["axes"]["strategy"] = case["axes"]["strategy"] + HOSTILE_LABEL
        case["axes"][HOSTILE] = HOSTILE
        case.update({key: case[key] + HOSTILE for key in ("name", "scenario", "family", "question", "reason")})
        if case["metrics"]:
            case["family"] = case["family"].removesuffix(HOSTILE)
        for check in case["checks"]:
            check.update(name=check["name"] + HOSTILE, because=HOSTILE)
        for metric in case["metrics"]:
            metric.update(unit=HOSTILE, definition=HOSTILE)
        for flow in case["traffic"]:
            flow["collective"] = HOSTILE
    return data


if __name__ == "__main__":
    unittest.main()
