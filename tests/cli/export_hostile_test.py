#!/usr/bin/env python3
"""lockstep export of names and texts that mean something to those who read the exports."""

import csv
import io
import itertools
import json
import unittest
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

from exported import (
    ExportTest,
    a_comparison,
    bandwidth,
    commands,
    compared_case,
    compared_metric,
    plain,
    rendered,
    third_party,
)

import made_up

NAMES = (
    "<script>alert(1)</script>",
    "]]>",
    "<!-- --><![CDATA[x",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "a|b||c",
    "`code` ``` **bold** _x_ ~~y~~ [x](javascript:y) ![i](https://example.org/i.png)",
    "\"double\" 'single' &amp; &#124; back\\slash \\n \\",
    "%0A::error title=x::injected",
    "::error title=x::injected",
    "##[error]injected",
    "a::b,c=d%3A%25",
    "emoji 🚀 ü 日本 e\u0301",
    "n" * 500,
    "ü" * 250,
    "@admin #1 www.example.org https://example.org/x",
    "{0} $(x) ${x} {{x}}",
    '"} 1\\',
    "a\u2028b\u2029c\u00a0d",
    "# EOF",
    "# Out of bounds values : 0 OK",
    " leading and trailing ",
)
# Texts may hold anything.
TEXTS = NAMES + (
    "line\nbreak\r\nand\rmore\n# EOF\n::error::injected\n</testsuites>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m \x7f \x08",
    "\t tab \x0b \x0c \x1f",
    "\u202eturned\u202c \u2066isolated\u2069",
    "no\ufffe character\uffff",
    "long " * 2000,
)


def longer(text, prefix="", suffix=""):
    """A name made of another, within the 500 bytes that a name may have."""
    return prefix + text.encode()[:480].decode(errors="ignore") + suffix


def case_name(index, name):
    return name if index < len(NAMES) else longer(name, f"{index} ")


def hostile_result():
    """Every text in every place that takes it."""
    cases = []
    for text, name, verdict in zip(TEXTS, itertools.cycle(NAMES), itertools.cycle(("FAIL", "ERROR", "INVALID", "SKIPPED", "PASS"))):
        measured = {"name": name, "unit": "s", "better": "lower", "value": 0.5, "low": 0.4, "high": 0.6, "definition": text}
        bigger = {"name": longer(name, suffix=" rate"), "unit": "B/s", "better": "higher", "value": 2.0, "definition": text}
        case = made_up.case(case_name(len(cases), name), [measured, bigger], verdict)
        check = {"name": name, "verdict": verdict, "compared": 1, "worst": 1, "limit": 0, "because": text}
        case |= {"scenario": name, "family": name, "axes": {name: text, f"at {len(cases)}": text}, "checks": [check]}
        case |= {"strategy": text, "precision": text, "findings": [text], "reason": text}
        case["bandwidth"] = [bandwidth(64, False, 1e9) | {"type": "float", "redop": "sum"}]
        cases.append(case)
    result = made_up.result("0123456789abcdef", cases, commit=TEXTS[24], compiler=TEXTS[25], flags=TEXTS[10])
    result["environment"] = {"hardware": {"cpu": TEXTS[24], "cores": 2, "governor": TEXTS[9]}, "software": {"os": TEXTS[0]}}
    return result


def hostile_comparison():
    cases = []
    for text, name, verdict in zip(TEXTS, itertools.cycle(NAMES), itertools.cycle(("FAIL", "ERROR", "MISSING", "SKIPPED", "SAME"))):
        rate = compared_metric(longer(name, suffix=" rate"), verdict, better="higher", unit="B/s", reason=text)
        compared = [compared_metric(name, verdict, reason=text, unit_of_sample=text), rate]
        cases.append(compared_case(case_name(len(cases), name), verdict, compared, family=name, reason=text))
    side = {"label": TEXTS[24], "run_ids": ["1"], "started": TEXTS[25], "commit": TEXTS[0]}
    differences = [{"what": text, "baseline": text, "candidate": text, "forbids": True} for text in TEXTS]
    changes = {"cases": cases, "differences": differences, "design": TEXTS[24], "conclusion": TEXTS[24]}
    return a_comparison([], baseline=side, candidate=side, **changes)


BOTH = {"result": hostile_result(), "comparison": hostile_comparison()}


class Hostile(ExportTest):
    def test_no_control_character_gets_through(self):
        for content in BOTH.values():
            for name in ("junit", "github-summary", "github-annotations", "openmetrics", "csv", "bencher", "github-benchmark-smaller"):
                text = self.export(name, content)
                ends = {"csv": "\r\n"}.get(name, "\n")
                self.assertEqual(plain(text.replace(ends, "")), text.replace(ends, ""), name)

    def test_junit_holds_them_intact(self):
        for content in BOTH.values():
            root = ElementTree.fromstring(self.export_bytes("junit", content))
            tags = {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out"}
            self.assertEqual({element.tag for element in root.iter()}, tags)
            found = {case.get("name"): case for case in root.iter("testcase")}
            self.assertEqual(set(found), {case["name"] for case in content["cases"]})
            for case in content["cases"]:
                verdict = f"{case['verdict']}: {plain(case['reason'])}"
                element = found[case["name"]]
                self.assertEqual(element.get("classname"), f"lockstep.{case['family']}")
                self.assertEqual(element.find("system-out").text.split("\n")[0], verdict)
                for part in (element.find("failure"), element.find("error"), element.find("skipped")):
                    if part is not None:
                        self.assertEqual(part.get("message"), verdict)
                        self.assertEqual((part.text or verdict).split("\n")[0], verdict)

    def test_json_holds_them_intact(self):
        for content in BOTH.values():
            document = json.loads(self.export("bencher", content))
            well = ("PASS", "SAME")
            names = {case["name"] + ("" if case["verdict"] in well else "_bencher_ignore") for case in content["cases"]}
            self.assertEqual(set(document), names)
            for direction, suffix in (("smaller", ""), ("bigger", " rate")):
                entries = json.loads(self.export(f"github-benchmark-{direction}", content))
                expected = [f"{case['name']} {case['metrics'][bool(suffix)]['name']}" for case in content["cases"]]
                self.assertEqual([entry["name"] for entry in entries], expected)
                if "kind" not in content:
                    self.assertEqual([entry["extra"] for entry in entries], [plain(text) for text in TEXTS])

    def test_google_benchmark_keeps_its_separators(self):
        entries = json.loads(self.export("google-benchmark", BOTH["result"]))["benchmarks"]
        times = [entry["name"] for entry in entries if "bytes_per_second" not in entry]
        self.assertEqual(len(set(times)), len(TEXTS))
        for name, case in zip(times, BOTH["result"]["cases"]):
            parts = name.split("/")
            axes = dict(part.split(":") for part in parts[1:-1])
            self.assertEqual([unquote(parts[0]), unquote(parts[-1])], [case["scenario"], case["metrics"][0]["name"]])
            self.assertEqual({unquote(k): unquote(v) for k, v in axes.items()}, {k: plain(v) for k, v in case["axes"].items()})

    def test_the_summary_is_text_and_our_own_tags(self):
        tags = {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "br", "details", "summary"}
        for content in BOTH.values():
            markdown = self.export("github-summary", content)
            page = rendered(self, markdown)
            self.assertEqual({tag for tag in page.tags if tag[0] not in tags or tag[1:]}, set())
            self.assertEqual((page.tags.count(("table",)), page.tags.count(("details",))), (3, 1))
            self.assertEqual(page.tags.count(("code",)), sum(row[0].split()[-1].isupper() for row in page.rows if len(row) > 2))
            names = [row[1] for row in page.rows if len(row) == 3][1:]
            # A browser shows no space at the ends of a cell.
            self.assertEqual(sorted(map(str.strip, names)), sorted(case["name"].strip() for case in content["cases"]))
            reasons = {row[1].strip(): row[2].strip() for row in page.rows if len(row) == 4}
            for case in content["cases"]:
                if case["verdict"] not in ("PASS", "SAME"):
                    shown = plain(case["reason"])
                    shown = shown if len(shown) <= 2000 else shown[:2000] + "…"
                    self.assertEqual(reasons[case["name"].strip()], shown.strip())
            for mark in ("@admin", " #1", "www.example", "://example", "javascript:", "![", "**bold"):
                self.assertNotIn(mark, markdown)

    def test_the_runner_takes_no_command_but_ours(self):
        for content in BOTH.values():
            found = commands(self, self.export("github-annotations", content))
            known = {case["name"]: f"{case['verdict']}: {plain(case['reason'])}" for case in content["cases"]}
            errors = [(title, message) for kind, title, message in found if kind == "error"]
            self.assertEqual(len(errors), 10)
            for title, message in errors[:-1]:
                self.assertEqual(message.split("\n")[0], known[title])
            self.assertEqual([kind for kind, _, _ in found], ["error"] * 10 + ["notice"])

    def test_each_text_alone_in_an_annotation(self):
        for text in TEXTS:
            case = made_up.case(text if text in NAMES else "one", verdict="FAIL", reason=text)
            found = commands(self, self.export("github-annotations", made_up.result("0" * 16, [case])))
            self.assertEqual(len(found), 2)
            self.assertEqual((found[0][1], found[0][2].split("\n")[0]), (case["name"], f"FAIL: {plain(text)}"))

    def test_openmetrics_holds_them_in_labels(self):
        parser = third_party(self, "prometheus_client.openmetrics.parser", "python3-prometheus-client")
        for content in BOTH.values():
            families = {one.name: one for one in parser.text_string_to_metric_families(self.export("openmetrics", content))}
            self.assertTrue(all(name.startswith("lockstep_") for name in families))
            cases = [sample.labels for sample in families["lockstep_case_well"].samples]
            expected = [{"case": case["name"], "family": case["family"]} for case in content["cases"]]
            self.assertEqual(cases, expected)
            metrics = {
                (sample.labels["case"], sample.labels.get("metric", "?"))
                for family in families.values()
                for sample in family.samples
                if "case" in sample.labels
            }
            for case in content["cases"]:
                for metric in case["metrics"]:
                    self.assertTrue({(case["name"], metric["name"]), (case["name"], "?")} & metrics)
            info = families["lockstep_run"].samples
            self.assertEqual(len(info), 1)
            if "kind" not in content:
                self.assertEqual(info[0].labels["commit"], plain(TEXTS[24]))

    def test_csv_holds_them_and_no_formula(self):
        for content in BOTH.values():
            text = self.export("csv", content)
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
            self.assertEqual(len(rows), text.count("\r\n"))
            for field in itertools.chain.from_iterable(rows):
                self.assertFalse(field.startswith(("=", "+", "-", "@", "\t", "\r")), field)
            column = rows[0].index("case")
            names = {row[column].removeprefix("'") for row in rows[1:]}
            self.assertEqual(names, {case["name"] for case in content["cases"]})
            if "kind" in content:
                reasons = {row[rows[0].index("reason")].removeprefix("'") for row in rows[1:]}
                self.assertEqual(reasons, {plain(text) for text in TEXTS})

    def test_tables_of_nccl_tests_have_one_row_a_case(self):
        text = self.export("nccl-tests", BOTH["result"])
        lines = text.removesuffix("\n").split("\n")
        rows = [line.split() for line in lines if not line.startswith("#")]
        self.assertEqual([row[0] for row in rows], ["64"] * len(TEXTS))
        self.assertEqual([line[2:] for line in lines[:: len(lines) // len(TEXTS)]], [case["name"] for case in BOTH["result"]["cases"]])

    def test_names_with_controls_are_refused(self):
        for name in ("a\nb", "\x1b[31m", "n" * 501, ""):
            file = made_up.write(self.folder / "refused", made_up.result("0" * 16, [made_up.case(name)]))
            for format_ in ("junit", "csv", "openmetrics"):
                done = self.lockstep("export", format_, file)
                self.assert_ends(done, 3, "cases[0].name")
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
