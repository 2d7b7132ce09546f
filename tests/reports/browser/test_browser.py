"""The pages as a reader sees them, in headless Chromium: nothing sticks out of a phone or a wide screen, every word can
be read on light and on dark paper, every section shows something. Each check is seen to fail on a page that is bad."""

from __future__ import annotations

import contextlib
import io
import json
import os
import struct
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parent), str(_HERE.parents[2] / "reports")]

import chromium  # noqa: E402
import fixture  # noqa: E402
from lockstep_report.__main__ import main  # noqa: E402
from test_comparison import machine, verdicts  # noqa: E402
from test_trend import trend  # noqa: E402

WIDTHS = (400, 1400)
JUDGE = (_HERE / "judge.js").read_text(encoding="utf-8")
PROGRAM = chromium.find()
MISSING = "there is no chromium here (Debian: chromium)"
SKIPPED = 77  # what ctest takes for skipped
# A picture of nothing but paper has next to no values in its rows.
FEWEST_VALUES = 40

_PAGE = "<!DOCTYPE html><meta name=viewport content='width=device-width'><style>{}</style><body><section>{}</section>"
_SVG = (
    '<svg width="480" height="60" viewBox="0 0 480 60" style="width:{}px">'
    '<path d="M0 0H480V60H0z" style="fill:#9ecae1"/>'
    '<text x="100" y="30" style="fill:{};font-size:12px">forward</text></svg>'
)
_DARK = "@media (prefers-color-scheme:dark){html{background:#0f1419}p{color:#57606a}}"
# Style, body and what must be said of it: (where it shows: width, dark).
BAD_PAGES = (
    ("", "<p style='width:900px'>wide</p>", "the page is 908 px wide", 400, False),
    ("", "<p style='margin-left:1390px'>outside", "px wide in a window of 1400", 1400, False),
    ("", "<p style='color:#8b949e'>faint", "contrast 3.", 400, False),
    ("", "<div style='background:#f5b8b8'><p style='color:#b3261e'>on pink", "contrast 3.8", 400, False),
    (_DARK, "<p>good by day", "contrast 2.9", 400, True),
    ("", _SVG.format(480, "#fefefe"), "contrast 1.7", 1400, False),
    ("", _SVG.format(240, "#101418"), "words of 6.0 px", 400, False),
)
GOOD_PAGE = (
    "",
    "<p>plain</p><div style='overflow-x:auto'><p style='width:900px'>scrolls</p></div>" + _SVG.format(370, "#101418"),
)


@unittest.skipIf(PROGRAM is None, MISSING)
class BrowserCase(unittest.TestCase):
    """One browser for all tests of a class."""

    @classmethod
    def setUpClass(cls) -> None:
        assert PROGRAM is not None
        cls.browser = chromium.Browser(PROGRAM)
        cls.addClassCleanup(cls.browser.close)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        # To look at the pictures, name a folder that stays.
        cls.pictures = Path(os.environ.get("LOCKSTEP_SCREENSHOTS", folder.name))
        cls.pictures.mkdir(parents=True, exist_ok=True)

    def problems(self, page: Path, width: int, dark: bool) -> list[str]:
        self.browser.open(page, width, dark)
        self.browser.unfold(width)
        return self.browser.evaluate(JUDGE)


class Checks(BrowserCase):
    def page(self, style: str, body: str) -> Path:
        file = self.folder / "page.html"
        file.write_text(_PAGE.format(style, body), encoding="utf-8")
        return file

    def test_find_what_is_bad(self) -> None:
        for style, body, said, width, dark in BAD_PAGES:
            with self.subTest(said):
                found = self.problems(self.page(style, body), width, dark)
                self.assertTrue(any(said in problem for problem in found), found)

    def test_pass_what_is_good(self) -> None:
        for width in WIDTHS:
            self.assertEqual([], self.problems(self.page(*GOOD_PAGE), width, dark=False))

    def test_a_picture_of_nothing_is_told_from_one_of_words(self) -> None:
        file = self.folder / "picture.png"
        for body, is_empty in (("<p style='height:200px'>", True), ("<h1>A headline and more words</h1>", False)):
            self.browser.open(self.page("", body), 400)
            self.browser.screenshot(file, "section")
            self.assertEqual(is_empty, values(file) < FEWEST_VALUES)


class Pages(BrowserCase):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.pages = cls._render()

    @classmethod
    def _render(cls) -> dict[str, Path]:
        data = fixture.result()
        data["cases"] += [*fixture.memory_cases(), *fixture.communication_cases()]
        one = fixture.write(cls.folder / "one", data)
        two = [
            fixture.write(cls.folder / name, machine(2, name, factor))
            for name, factor in (("Xeon", 1.0), ("EPYC", 2.0))
        ]
        other = machine(4, "a machine with quite a long name", 1.5)
        other["tool"]["build_type"] = "Debug"
        other["cases"][0].update(verdict="INVALID", reason="efficiency of 1.31 above 1")
        two.append(fixture.write(cls.folder / "other", other))
        history = cls.folder / "trend.json"
        history.write_text(trend(), encoding="utf-8")
        judged = cls.folder / "comparison.json"
        judged.write_text(json.dumps(verdicts()), encoding="utf-8")
        pages = {}
        for name, arguments in (
            ("report", [one, "--comparison", judged]),
            ("comparison", [*two, "--price", "A=1.2", "--price", "B=3.5"]),
            ("trend", ["--history", history]),
        ):
            page = cls.folder / f"{name}.html"
            with contextlib.redirect_stdout(io.StringIO()):
                code = main([*map(str, arguments), "--output", str(page)])
            assert code == 0, f"the {name} was not written"
            pages[name] = page
        return pages

    def test_can_be_read_everywhere(self) -> None:
        for name, page in self.pages.items():
            for width in WIDTHS:
                for dark in (False, True):
                    with self.subTest(page=name, width=width, dark=dark):
                        self.assertEqual([], self.problems(page, width, dark))

    def test_every_section_shows_something(self) -> None:
        for name, page in self.pages.items():
            for width in WIDTHS:
                for dark in (False, True):
                    self._look_at(name, page, width, dark)

    def _look_at(self, name: str, page: Path, width: int, dark: bool) -> None:
        self.browser.open(page, width, dark)
        self.browser.grow(width)
        ids = self.browser.evaluate("[...document.querySelectorAll('section > h2')].map(head => head.id)")
        self.assertGreater(len(ids), 0)
        scheme = "dark" if dark else "light"
        for section in ids:
            with self.subTest(page=name, section=section, width=width, dark=dark):
                file = self.pictures / f"{name}-{section}-{width}-{scheme}.png"
                self.browser.screenshot(file, f"section:has(> #{section})")
                self.assertGreaterEqual(values(file), FEWEST_VALUES)

    def test_paper_is_white_whatever_the_screen_is(self) -> None:
        for name, page in self.pages.items():
            with self.subTest(name):
                self.browser.open(page, 1000, dark=True, media="print")
                ground = self.browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
                self.assertEqual("rgb(255, 255, 255)", ground)
                file = self.pictures / f"{name}.pdf"
                self.browser.print_pdf(file)
                self.assertTrue(file.read_bytes().startswith(b"%PDF-"))


def values(picture: Path) -> int:
    """How many different bytes the rows of a PNG have."""
    data = picture.read_bytes()
    place, rows = 8, b""
    while place < len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            rows += data[place + 8 : place + 8 + size]
        place += size + 12
    return len(set(zlib.decompress(rows)))


if __name__ == "__main__":
    if PROGRAM is None:
        print(MISSING)
        sys.exit(SKIPPED)
    unittest.main()
