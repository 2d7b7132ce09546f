"""Figures as files, their numbers as CSV, their colours on both papers; and that writing is all or nothing."""

from __future__ import annotations

import csv
import io
import os
import re
import resource
import signal
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

import fixture
from lockstep_report import output, palette
from lockstep_report.errors import IoError
from lockstep_report.figures import Axis, Bar, Chart, Line, Point, line_figure, stacked_figure
from lockstep_report.page import templates
from lockstep_report.svg import SvgWriter
from lockstep_report.tables import Datum, as_csv
from test_report import LAUNCHER, ReportCase, poisoned

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
LEAST_CONTRAST_OF_LINES = 3.0  # WCAG 2.2, 1.4.11
HEADER = "series,x_name,x,x_unit,y_name,y,low,high,y_unit"


def datum(series: str) -> Datum:
    return Datum(series, "devices", 2, "1", "speed-up", 1.5, None, 1.75, "×")


class Csv(unittest.TestCase):
    def test_is_what_rfc_4180_says(self) -> None:
        text = as_csv([datum('a "b", c')])
        self.assertEqual(f'{HEADER}\r\n"a ""b"", c",devices,2,1,speed-up,1.5,,1.75,×\r\n', text)

    def test_no_text_runs_as_a_formula(self) -> None:
        for hostile in ("=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1"):
            with self.subTest(hostile):
                rows = list(csv.reader(io.StringIO(as_csv([datum(hostile)]), newline="")))
                self.assertEqual(2, len(rows))
                self.assertEqual("'", rows[1][0][0])

    def test_harmless_text_and_negative_numbers_stay_as_they_are(self) -> None:
        rows = list(csv.reader(io.StringIO(as_csv([Datum("a=b", "x", -2.5, "s", "y", -1e-9, None, None, "s")]))))
        self.assertEqual(["a=b", "x", "-2.5", "s", "y", "-1e-09", "", "", "s"], rows[1])


class Files(ReportCase):
    def figures(self, data: dict[str, object]) -> dict[str, Path]:
        folder = self.folder / "figures"
        outcome = self.run_report(self.result(data), "--output", self.output, "--figures", folder)
        self.assertEqual((0, ""), (outcome.code, outcome.errors))
        return {file.name: file for file in folder.iterdir()}

    def test_each_figure_is_there_three_times(self) -> None:
        files = self.figures(fixture.result())
        names = {name.rpartition(".")[0] for name in files}
        self.assertEqual(self.output.read_text(encoding="utf-8").count("<figure>"), len(names))
        self.assertEqual({f"{name}.{kind}" for name in names for kind in ("svg", "png", "csv")}, set(files))
        for name, file in files.items():
            if name.endswith(".svg"):
                root = ElementTree.parse(file).getroot()
                self.assertIn("prefers-color-scheme:dark", ElementTree.tostring(root, encoding="unicode"))
            elif name.endswith(".png"):
                self.assertTrue(file.read_bytes().startswith(b"\x89PNG\r\n"))
            else:
                rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
                self.assertEqual(HEADER.split(","), rows[0])
                self.assertGreater(len(rows), 1)
                self.assertNotIn("", [row[8] for row in rows], "every number has its unit")

    def test_the_numbers_are_those_of_the_result(self) -> None:
        files = self.figures(fixture.result())
        file = next(file for name, file in files.items() if "strong-scaling-speed-up" in name and name.endswith("csv"))
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
        case = next(
            c for c in fixture.result()["cases"] if c["name"] == "speedup-mlp/strategy=ddp,devices=2,scaling=strong"
        )
        metric = case["metrics"][0]
        row = next(row for row in rows if (row["series"], row["x"]) == ("ddp", "2"))
        self.assertEqual(
            [metric["value"], metric["low"], metric["high"]], [float(row[k]) for k in ("y", "low", "high")]
        )

    def test_hostile_names_are_text_in_every_file(self) -> None:
        files = self.figures(poisoned(fixture.result()))
        for file in files.values():
            if file.suffix == ".svg":
                tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(file).iter()}
                self.assertEqual(set(), tags & {"script", "b"})

    def test_escape_sequences_formulas_pipes_and_new_lines_stay_in_their_cell(self) -> None:
        data = fixture.result()
        for case in data["cases"]:
            if case["family"] == "speedup":
                case["axes"]["strategy"] = "=cmd|' /C calc'!A0\n\x1b[31m" + case["axes"]["strategy"]
        series = set()
        for name, file in self.figures(data).items():
            if name.endswith("csv"):
                rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
                self.assertEqual({9}, {len(row) for row in rows})
                series |= {row[0] for row in rows[1:]}
        self.assertIn("'=cmd|' /C calc'!A0 \ufffd[31mddp", series)

    def test_a_folder_with_something_in_it_is_left_alone(self) -> None:
        folder = self.folder / "figures"
        folder.mkdir()
        (folder / "thesis.txt").write_text("mine", encoding="utf-8")
        self.assert_refused(
            7, "wants a folder that is new or empty", self.result(fixture.result()), "--figures", folder
        )
        self.assertEqual(["thesis.txt"], [file.name for file in folder.iterdir()])

    def test_an_empty_folder_will_do(self) -> None:
        (self.folder / "figures").mkdir()
        self.assertGreater(len(self.figures(fixture.result())), 9)


class AllOrNothing(ReportCase):
    def setUp(self) -> None:
        super().setUp()
        self.figures = self.folder / "figures"
        self.old = "the old page"
        self.output.write_text(self.old, encoding="utf-8")

    def left(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir())

    def test_when_the_disk_is_full(self) -> None:
        """A limit on the size of files stands in for it: the write fails in the middle."""
        result = self.result(fixture.result())
        for limit in (20_000, 150_000):  # within the first figure; within the page

            def full(limit: int = limit) -> None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

            command = [
                sys.executable,
                "-m",
                "lockstep_report",
                result,
                "--output",
                self.output,
                "--figures",
                self.figures,
            ]
            environment = {**os.environ, "PYTHONPATH": str(LAUNCHER.parent)}
            with self.subTest(limit):
                ended = subprocess.run(
                    [str(part) for part in command],
                    preexec_fn=full,
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(7, ended.returncode, ended.stderr)
                self.assertIn("File too large", ended.stderr)
                self.assertIn("39 of 41 cases passed", ended.stdout, "the summary is printed all the same")
                self.assertEqual(["a", "report.html"], self.left())
                self.assertEqual(self.old, self.output.read_text(encoding="utf-8"))

    def test_when_the_last_rename_fails(self) -> None:
        self.output.unlink()
        self.output.mkdir()
        (self.output / "in the way").touch()
        outcome = self.run_report(self.result(fixture.result()), "--output", self.output, "--figures", self.figures)
        self.assertEqual(7, outcome.code)
        self.assertEqual(["a", "report.html"], self.left())

    def test_when_the_folder_cannot_be_written(self) -> None:
        refusal = mock.patch.object(output.tempfile, "mkstemp", side_effect=PermissionError(13, "Permission denied"))
        with refusal, self.assertRaisesRegex(IoError, "report.html: Permission denied"):
            output.write_all(self.output, "new", None, [])
        self.assertEqual(self.old, self.output.read_text(encoding="utf-8"))

    def test_when_a_figure_cannot_be_written(self) -> None:
        missing = self.folder / "no" / "figures"
        self.assertEqual(
            7, self.run_report(self.result(fixture.result()), "-o", self.output, "--figures", missing).code
        )
        self.assertEqual(["a", "report.html"], self.left())
        self.assertEqual(self.old, self.output.read_text(encoding="utf-8"))


class Colours(unittest.TestCase):
    def test_words_can_be_read_on_every_area(self) -> None:
        for fill in {*palette.PHASES.values(), *palette.MEMORY.values(), *palette.LOAD.values()}:
            words = palette.words_on(fill)
            on_light = palette.contrast(words, fill)
            on_dark = palette.contrast(palette.DARK.get(words, words), palette.DARK.get(fill, fill))
            with self.subTest(fill):
                self.assertGreaterEqual(min(on_light, on_dark), LEAST_CONTRAST)

    def test_words_and_lines_can_be_seen_on_both_papers(self) -> None:
        paper = palette.DARK[palette.PAPER]
        lines = [palette.machine_look(number).colour for number in range(7)]
        lines += [palette.strategy_colour(name, []) for name in ("single", "dp", "ddp")] + list(
            palette.COLLECTIVES.values()
        )
        for colours, least in (([palette.INK, palette.MUTED], LEAST_CONTRAST), (lines, LEAST_CONTRAST_OF_LINES)):
            for colour in colours:
                with self.subTest(colour):
                    self.assertGreaterEqual(palette.contrast(colour, palette.PAPER), least)
                    self.assertGreaterEqual(palette.contrast(palette.DARK[colour], paper), least)

    def test_contrast_is_that_of_wcag(self) -> None:
        self.assertAlmostEqual(21, palette.contrast("#000000", "#ffffff"))
        self.assertAlmostEqual(4.54, palette.contrast("#767676", "#ffffff"), places=2)

    def test_the_legend_of_a_page_is_painted_as_its_figures(self) -> None:
        self.assertEqual("var(--c-dfe2e6)", palette.variable(palette.PHASES["idle"]))
        source = templates().from_string(
            '{% from "macros.html.j2" import legend with context %}{{ legend([("idle", "#dfe2e6")]) }}'
        )
        self.assertIn('background:var(--c-dfe2e6)"', source.render())

    def test_every_colour_of_a_figure_has_its_place_on_both_papers(self) -> None:
        writer = SvgWriter()
        look = palette.machine_look(2)
        lines, ideal = [Line("A", look, [Point(1, 1, 0, 2)])], [Point(1, 1), Point(2, 2)]
        chart = Chart("Speed-up", Axis("devices", ticks="devices"), Axis("times", "×"), lines, ideal)
        drawn = line_figure(writer, chart, "x")
        drawn += stacked_figure(
            writer,
            "y",
            [Bar("g", "b", dict.fromkeys(palette.PHASES, 1.0), 3.0)],
            palette.PHASES,
            Axis("t", "s"),
            "z",
            2,
        )
        self.assertGreater(drawn.count("var(--c-"), 10)
        self.assertLessEqual(set(re.findall(r"#[0-9a-f]{6}(?=[;\"])", drawn)), palette.FIXED)


if __name__ == "__main__":
    unittest.main()
