"""Exports of made-up results and comparisons, read by parsers that are not ours."""

import importlib
import json
import re
import sys
from html.parser import HTMLParser

import made_up
from workplace import CliTest

FORMATS = (
    "junit",
    "google-benchmark",
    "github-benchmark-smaller",
    "github-benchmark-bigger",
    "bencher",
    "github-summary",
    "github-annotations",
    "openmetrics",
    "csv",
    "nccl-tests",
)
# A comparison has no repetitions and no sizes.
OF_COMPARISONS = tuple(name for name in FORMATS if name not in ("google-benchmark", "nccl-tests"))

WELL = ("PASS", "SAME", "IMPROVED")
FAILURES = ("FAIL", "REGRESSED", "INVALID", "MISSING", "INCONCLUSIVE")
VERDICTS = (*WELL, *FAILURES, "SKIPPED", "ERROR")

# What ends a line, drives a terminal or turns the direction of text, and what no XML may hold.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def plain(text):
    """Text as every format holds it."""
    return CONTROLS.sub("?", text)


DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"


def third_party(test, name, package):
    """A module of a Debian package, also where the interpreter is not Debian's."""
    if DEBIAN_PACKAGES not in sys.path:
        sys.path.append(DEBIAN_PACKAGES)
    try:
        return importlib.import_module(name)
    except ImportError:
        return test.skipTest(f"{package} is not installed")


def bandwidth(bytes_, in_place, busbw, wrong=0):
    return {
        "bytes": bytes_,
        "count": bytes_ // 4,
        "type": "float",
        "redop": "sum",
        "root": -1,
        "in_place": in_place,
        "seconds": bytes_ / busbw if busbw else None,
        "algbw": busbw,
        "busbw": busbw,
        "wrong": wrong,
    }


def metrics():
    """A time, a rate, an amount and a ratio: one of each direction, with and without blocks and interval."""
    step = made_up.metric("step_time", "s", "lower", made_up.blocks(0.1, 1))
    rate = {"name": "throughput", "unit": "samples/s", "better": "higher", "value": 1280.0, "low": 1250.0, "high": 1320.0}
    size = {"name": "checkpoint_size", "unit": "B", "better": "lower", "value": 57247144, "exact": True}
    rest = {"name": "fit_residual", "unit": "1", "better": "none", "value": 0.28, "low": None, "high": None}
    absent = {"name": "load_time", "unit": "s", "better": "lower", "value": None, "low": None, "high": None}
    return [step, rate, size, rest, absent]


def a_result(verdicts=VERDICTS):
    """A case of each verdict, and a collective."""
    cases = [
        made_up.case(f"made-up/verdict={verdict}", metrics(), verdict, axes={"verdict": verdict}, findings=["as found"])
        for verdict in verdicts
    ]
    rows = [bandwidth(1 << power, in_place, 1e9 * power) for power in (12, 20, 30) for in_place in (False, True)]
    collective = {"scenario": "collectives", "family": "communication", "axes": {}, "bandwidth": rows}
    memory = [{"device": device, "use": "total", "peak_bytes": 1 << 20} for device in (0, 1)]
    result = made_up.result("0123456789abcdef", [*cases, made_up.case("collectives", memory=memory, **collective)])
    result["environment"] = {
        "hardware": {
            "cpu": "made up",
            "cores": 2,
            "governor": None,
            "l1d_bytes": 32768,
            "l1d_cores": 1,
            "l2_bytes": 1048576,
            "l2_cores": None,
            "l3_bytes": 33554432,
            "l3_cores": 2,
        },
        "software": {"os": "Debian"},
        "conditions": {"measured_clock_hz": 3694125993, "load_average": 0.5},
    }
    return result


def compared_metric(name="step_time", verdict="SAME", **changes):
    return {
        "name": name,
        "unit": "s",
        "better": "lower",
        "verdict": verdict,
        "reason": "made up",
        "baseline": 0.1,
        "candidate": 0.105,
        "ratio": 1.05,
        "low": 1.04,
        "high": 1.06,
        "p": 0.001,
        "q": 0.002,
        "threshold": 0.02,
        "noise_floor": 0.01,
        "detectable": None,
        "baseline_units": 12,
        "candidate_units": 12,
        "unit_of_sample": "block",
    } | changes


def compared_case(name, verdict, compared, **changes):
    case = {"name": name, "family": "speedup", "tier": "cpu", "verdict": verdict, "reason": f"why {verdict}"}
    return case | {"metrics": compared} | changes


def a_comparison(verdicts=VERDICTS, **changes):
    side = {"label": "before", "run_ids": ["1"], "started": "2026-01-02T03:04:05Z", "commit": "abc"}
    rate = {"unit": "samples/s", "better": "higher"}
    cases = [
        compared_case(
            f"made-up/verdict={verdict}",
            verdict,
            [compared_metric(verdict=verdict), compared_metric("throughput", candidate=None, ratio=None, **rate)],
        )
        for verdict in verdicts
    ]
    cases.append(compared_case("no-metric", "MISSING", []))
    cases.append(compared_case("rate", "SAME", [compared_metric("throughput", **rate)]))
    return {
        "schema_version": 1,
        "kind": "comparison",
        "baseline": side,
        "candidate": side | {"label": "after"},
        "alpha": 0.01,
        "design": "independent",
        "differences": [{"what": "tool.blas", "baseline": "one", "candidate": "other", "forbids": False}],
        "cases": cases,
        "compared": len(cases),
        "exit_code": 1,
        "conclusion": "in one sentence",
    } | changes


class ExportTest(CliTest):
    def export_bytes(self, format_, content, *arguments):
        """The export of a result or comparison, before anything has decoded it."""
        file = self.folder / "input.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        output = self.folder / "exported"
        self.assert_ends(self.lockstep("export", format_, file, "--output", output, *arguments), 0)
        return output.read_bytes()

    def export(self, format_, content, *arguments):
        return self.export_bytes(format_, content, *arguments).decode("utf-8")


class Rendered(HTMLParser):
    """Markdown as HTML: its tags with their attributes, and its tables as rows of text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows = [], []
        self.text = ""
        self.is_in_cell = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, *attrs))
        if tag == "tr":
            self.rows.append([])
        self.is_in_cell = self.is_in_cell or tag in ("td", "th")
        if tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag):
        self.is_in_cell = self.is_in_cell and tag not in ("td", "th")

    def handle_data(self, data):
        self.text += data
        if self.is_in_cell:
            self.rows[-1][-1] += data


def rendered(test, markdown):
    parser = third_party(test, "markdown_it", "python3-markdown-it")
    return Rendered(parser.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def commands(test, text):
    """Workflow commands as GitHub's runner takes them: (kind, title, message)."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        match = re.fullmatch(r"::(error|warning|notice) ([^\n]*?)::(.*)", line)
        test.assertTrue(match, line)
        properties = dict(one.split("=", 1) for one in match[2].split(","))
        test.assertEqual(properties.keys(), {"title"}, line)
        title, message = properties["title"], match[3]
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            title = title.replace(code, character)
            message = message if code in ("%3A", "%2C") else message.replace(code, character)
        found.append((match[1], title, message))
    return found
