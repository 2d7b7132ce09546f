"""GitHub's step summary, as cmark-gfm renders it, and annotations, read as the runner does."""

import html.parser
import re
import shutil
import subprocess
import unittest

from examples import HOSTILE, text_of

RENDERER = shutil.which("cmark-gfm")
EXTENSIONS = ("table", "strikethrough", "autolink", "tagfilter", "tasklist")
# What the summary may be made of; everything else came out of a text.
OURS = {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "br", "details", "summary", "strong"}


class Tags(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.cells, self.attributes = set(), [], []
        self.feed(page)
        self.cells = [cell.strip("\n") for cell in self.cells]

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


def rendered(example):
    command = [RENDERER, "--unsafe"]
    for extension in EXTENSIONS:
        command += ["-e", extension]
    done = subprocess.run(command, input=text_of(example, "github-summary").encode(), capture_output=True, timeout=60, check=True)
    return done.stdout.decode("utf-8")


class Summary(unittest.TestCase):
    def test_the_first_line_is_the_verdict_and_the_counts(self):
        for example, first in (
            ("result", "## ❌ Lockstep: FAIL (1 FAIL, 1 ERROR, 1 INCONCLUSIVE, 1 SKIPPED, 1 PASS)"),
            ("untimed", "## ✅ Lockstep: PASS (2 PASS)"),
            ("interrupted", "## ❌ Lockstep: ERROR (1 ERROR, 2 PASS)"),
            ("empty-comparison", "## ⚠️ Lockstep: INCONCLUSIVE (1 INCONCLUSIVE, 1 SKIPPED)"),
        ):
            self.assertEqual(text_of(example, "github-summary").split("\n")[0], first)

    def test_it_is_below_what_github_takes_and_says_what_is_left_out(self):
        text = text_of("many-failures", "github-summary")
        self.assertLess(len(text.encode()), 2**20)
        self.assertGreater(len(text.encode()), 2**19)
        self.assertRegex(text, r"\*\*\d+ more lines are left out here\.\*\*.*artefact")
        self.assertEqual(text.count("<details>"), text.count("</details>"))
        self.assertNotIn("left out here", text_of("result", "github-summary"))

    @unittest.skipUnless(RENDERER, "needs cmark-gfm")
    def test_the_worst_stands_on_top_with_what_decided(self):
        cells = Tags(rendered("result")).cells
        self.assertEqual(cells[0], "❌ FAIL")
        self.assertEqual(cells[1], "speedup-mlp/strategy=ddp,devices=4")
        self.assertIn("check replicas: FAIL, compared 12", cells[3])

    @unittest.skipUnless(RENDERER, "needs cmark-gfm")
    def test_a_truncated_page_is_a_page(self):
        self.assertLessEqual(Tags(rendered("many-failures")).tags, OURS)

    @unittest.skipUnless(RENDERER, "needs cmark-gfm")
    def test_hostile_texts_are_texts(self):
        for example in ("hostile", "hostile-comparison"):
            with self.subTest(example=example):
                page = Tags(rendered(example))
                self.assertLessEqual(page.tags, OURS)
                self.assertEqual(page.attributes, [])
                named = [cell for cell in page.cells if cell.endswith(HOSTILE)]
                self.assertGreater(len(named), 10)
                # A pipe in a text would have made cells, and so rows of another length, which GitHub cuts or fills.
                ordinary = Tags(rendered(example.replace("hostile-comparison", "comparison").replace("hostile", "result")))
                self.assertLessEqual(abs(len(page.cells) - len(ordinary.cells)), 8)

    @unittest.skipUnless(RENDERER, "needs cmark-gfm")
    def test_the_renderer_would_show_what_is_not_escaped(self):
        command = [RENDERER, "--unsafe", "-e", "autolink", "-e", "table"]
        done = subprocess.run(command, input=HOSTILE.encode(), capture_output=True, timeout=60, check=True)
        self.assertFalse(Tags(done.stdout.decode("utf-8")).tags <= OURS)


COMMAND = re.compile(r"^::(error|warning|notice) title=([^:,]*)::(.*)$")


def commands(example):
    """(kind, title, message) of every line, unescaped as the runner does."""
    found = []
    for line in text_of(example, "github-annotations").removesuffix("\n").split("\n"):
        kind, title, message = COMMAND.match(line).groups()
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            title = title.replace(code, character)
            if code not in ("%3A", "%2C"):
                message = message.replace(code, character)
        found.append((kind, title, message))
    return found


class Annotations(unittest.TestCase):
    def test_what_is_not_well_is_one_each_the_worst_first(self):
        kinds = [(kind, title) for kind, title, _ in commands("result")]
        self.assertEqual(
            kinds,
            [
                ("error", "speedup-mlp/strategy=ddp,devices=4"),
                ("error", "collectives/strategy=ddp,devices=2"),
                ("warning", "collectives/strategy=ddp,devices=4"),
                ("notice", "Lockstep: FAIL"),
            ],
        )
        self.assertRegex(commands("result")[0][2], r"\AFAIL: it is FAIL\ncheck replicas: FAIL")

    def test_when_all_is_well_that_is_said(self):
        self.assertEqual(commands("untimed"), [("notice", "Lockstep: PASS", "2 PASS in run 00112233445566aa")])

    def test_more_than_github_shows_are_counted(self):
        errors = [c for c in commands("failures") if c[0] == "error"]
        self.assertEqual(len(errors), 10)
        self.assertEqual(errors[-1][1], "11 more")

    def test_hostile_texts_inject_no_command(self):
        for example, count in (("hostile", 4), ("hostile-comparison", 7)):
            found = commands(example)
            self.assertEqual(len(found), count)
            for _, title, _ in found[:-1]:
                self.assertTrue(title.endswith(HOSTILE), title)


if __name__ == "__main__":
    unittest.main()
