#!/usr/bin/env python3
"""lockstep export: what each consumer documents and relies on, of a result and of a comparison."""

import collections
import csv
import io
import json
import math
import os
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from exported import (
    DEBIAN_PACKAGES,
    FAILURES,
    VERDICTS,
    WELL,
    ExportTest,
    a_comparison,
    a_result,
    bandwidth,
    compared_case,
    compared_metric,
    metrics,
    third_party,
)

import made_up

BOTH = {"result": a_result, "comparison": a_comparison}


def strict_json(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    def unique(pairs):
        assert len({key for key, _ in pairs}) == len(pairs), pairs
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)


class JUnit(ExportTest):
    """What Jenkins, GitLab and GitHub's actions read."""

    def root(self, content, *arguments):
        return ElementTree.fromstring(self.export_bytes("junit", content, *arguments))

    def test_counts_are_those_of_the_elements(self):
        for kind, content in BOTH.items():
            for arguments in ((), ("--inconclusive=skipped",), ("--inconclusive=failure",)):
                with self.subTest(kind, arguments=arguments):
                    root = self.root(content(), *arguments)
                    self.assertEqual((root.tag, {suite.tag for suite in root}), ("testsuites", {"testsuite"}))
                    for element in (root, *root):
                        tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
                        counts = {key: str(len(list(element.iter(tag)))) for key, tag in tags.items()}
                        self.assertEqual({key: element.get(key) for key in tags}, counts)
                    self.assertEqual(int(root.get("tests")), len(content()["cases"]))

    def outcomes(self, content, *arguments):
        """By verdict: the elements that say something of it, as (tag, type)."""
        cases = self.root(content, *arguments).iter("testcase")
        kinds = ("failure", "error", "skipped")
        return {
            case.get("name").partition("=")[2]: [(part.tag, part.get("type")) for part in case if part.tag in kinds]
            for case in cases
            if "verdict=" in case.get("name")
        }

    def test_every_verdict_has_its_outcome(self):
        expected = {verdict: [] for verdict in WELL} | {verdict: [("failure", verdict)] for verdict in FAILURES}
        expected |= {"ERROR": [("error", "ERROR")], "SKIPPED": [("skipped", None)]}
        for content in BOTH.values():
            self.assertEqual(self.outcomes(content()), expected)
            self.assertEqual(self.outcomes(content(), "--inconclusive=failure"), expected)
            changed = expected | {"INCONCLUSIVE": [("skipped", None)]}
            self.assertEqual(self.outcomes(content(), "--inconclusive=skipped"), changed)

    def test_the_verdict_is_in_message_and_body(self):
        for kind, content in BOTH.items():
            reasons = {case["name"]: case["reason"] for case in content()["cases"]}
            told = 0
            for case in self.root(content()).iter("testcase"):
                for element in (*case.iter("failure"), *case.iter("error")):
                    expected = f"{element.get('type')}: {reasons[case.get('name')]}"
                    self.assertEqual(element.get("message"), expected)
                    self.assertEqual(element.text.split("\n")[0], expected)
                    told += 1
                for element in case.iter("skipped"):
                    self.assertTrue(element.get("message").startswith("SKIPPED: "))
            self.assertEqual(told, 6 if kind == "result" else 7)

    def test_the_checks_that_failed_are_in_the_body(self):
        bodies = [element.text for element in self.root(a_result(["FAIL"])).iter("failure")]
        self.assertEqual(bodies, ["FAIL: made up\ncheck replicas: FAIL, compared 4, worst 0, limit 0: same bits"])

    def test_times_are_seconds_and_add_up_and_metrics_are_properties(self):
        root = self.root(a_result())
        for element in root.iter():
            if element.get("time") is not None:
                self.assertRegex(element.get("time"), r"\A\d+\.\d+\Z")
        for suite in root:
            self.assertEqual(suite.get("timestamp"), "2026-01-02T03:04:05")
            self.assertEqual(float(suite.get("time")), sum(float(case.get("time")) for case in suite.iter("testcase")))
        values = {item.get("name"): item.get("value") for item in root.find(".//testcase/properties")}
        self.assertEqual(float(values["step_time [s]"]), metrics()[0]["value"])
        self.assertIn("step_time 100", root.find(".//testcase/system-out").text)

    def test_elements_are_in_the_order_of_the_schema(self):
        order = ["properties", "failure", "error", "skipped", "system-out"]
        for content in BOTH.values():
            for case in self.root(content()).iter("testcase"):
                tags = [part.tag for part in case]
                self.assertEqual(tags, sorted(tags, key=order.index))
                self.assertEqual(len(tags), len(set(tags)))
                self.assertTrue(case.get("classname") and case.get("name"))

    def test_junitparser_reads_it(self):
        junitparser = third_party(self, "junitparser", "python3-junitparser")
        for content in BOTH.values():
            text = self.export_bytes("junit", content())
            suites = list(junitparser.JUnitXml.fromstring(text))
            cases = [case for suite in suites for case in suite]
            self.assertEqual(len(cases), len(content()["cases"]))
            found = collections.Counter(type(part).__name__ for case in cases for part in case.result)
            missing = sum(case["verdict"] == "MISSING" for case in content()["cases"])
            self.assertEqual(found, {"Failure": 4 + missing, "Error": 1, "Skipped": 1})
            self.assertEqual(sum(suite.failures for suite in suites), found["Failure"])

    def test_what_no_case_explains_is_a_case(self):
        passed = a_comparison([], cases=[compared_case("fine", "SAME", [compared_metric()])], exit_code=8)
        self.assertEqual([one.get("type") for one in self.root(passed).iter("failure")], ["INCONCLUSIVE"])
        stopped = a_result(["PASS"])
        stopped["run"]["status"] = "interrupted"
        errors = list(self.root(stopped).iter("error"))
        self.assertEqual([error.get("message") for error in errors], ["ERROR: the run is interrupted; it came to 2 cases"])


class GoogleBenchmark(ExportTest):
    """Its docs/user_guide.md, what tools/gbench/report.py reads, and Bencher's adapter."""

    def document(self):
        return strict_json(self.export("google-benchmark", a_result()))

    def test_the_context_is_complete(self):
        context = self.document()["context"]
        keys = {"date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "cpu_scaling_enabled", "caches", "load_avg"}
        self.assertLessEqual(keys | {"library_build_type", "json_schema_version"}, context.keys())
        self.assertEqual((context["num_cpus"], context["mhz_per_cpu"]), (2, 3694))
        self.assertEqual((context["cpu_scaling_enabled"], context["library_build_type"]), (False, "release"))
        self.assertEqual(
            context["caches"],
            [
                {"type": "Data", "level": 1, "size": 32768, "num_sharing": 1},
                {"type": "Unified", "level": 2, "size": 1048576, "num_sharing": 1},
                {"type": "Unified", "level": 3, "size": 33554432, "num_sharing": 2},
            ],
        )

    def test_a_context_that_the_result_does_not_know_is_empty(self):
        result = a_result()
        result["environment"] = {"hardware": {"l1d_bytes": "much", "l2_bytes": -1, "l3_bytes": 1e300, "cores": None}}
        context = strict_json(self.export("google-benchmark", result))["context"]
        self.assertEqual((context["caches"], context["mhz_per_cpu"], context["num_cpus"]), ([], 0, 1))

    def test_repetitions_and_aggregates_have_one_run_name(self):
        runs = collections.defaultdict(list)
        for entry in self.document()["benchmarks"]:
            runs[entry["run_name"]].append(entry)
        self.assertEqual(len(runs), len(VERDICTS) + 6)
        name = "made-up/verdict:PASS/step_time"
        raw = [entry for entry in runs[name] if entry["run_type"] == "iteration"]
        blocks = made_up.blocks(0.1, 1)
        self.assertEqual([entry["repetition_index"] for entry in raw], list(range(len(blocks))))
        for entry, seconds in zip(raw, blocks):
            self.assertTrue(math.isclose(entry["real_time"], seconds * 1e9, rel_tol=1e-12))
            self.assertEqual((entry["name"], entry["repetitions"], entry["threads"]), (name, len(blocks), 1))
        aggregates = {entry["aggregate_name"]: entry for entry in runs[name] if entry["run_type"] == "aggregate"}
        self.assertEqual(list(aggregates), ["mean", "median", "stddev"])
        for kind, entry in aggregates.items():
            self.assertEqual((entry["name"], entry["repetitions"]), (f"{name}_{kind}", len(blocks)))
        self.assertTrue(math.isclose(aggregates["mean"]["real_time"], sum(blocks) / len(blocks) * 1e9, rel_tol=1e-9))

    def test_every_entry_has_what_readers_need(self):
        texts = {"name", "run_name", "run_type", "time_unit"}
        counts = {"family_index", "per_family_instance_index", "repetitions", "threads", "iterations"}
        for entry in self.document()["benchmarks"]:
            self.assertTrue(all(isinstance(entry[key], str) for key in texts), entry)
            self.assertTrue(all(isinstance(entry[key], int) for key in counts), entry)
            self.assertEqual(entry["time_unit"], "ns")
            self.assertTrue(entry["real_time"] > 0 and entry["cpu_time"] > 0)

    def test_its_own_compare_py_reads_it(self):
        tool = Path("/usr/share/benchmark/compare.py")
        if not tool.exists():
            self.skipTest("libbenchmark-tools is not installed")
        for module, package in (("scipy", "python3-scipy"), ("numpy", "python3-numpy")):
            third_party(self, module, package)
        slower = a_result()
        slower["cases"][0]["metrics"][0] = made_up.metric("step_time", "s", "lower", made_up.blocks(0.2, 2))
        files = [self.folder / "a.json", self.folder / "b.json"]
        for file, content in zip(files, (a_result(), slower)):
            file.write_text(self.export("google-benchmark", content), encoding="utf-8")
        report = self.folder / "difference.json"
        done = subprocess.run(
            [sys.executable, tool, "--no-color", "--dump_to_json", report, "benchmarks", *files],
            env=os.environ | {"PYTHONPATH": DEBIAN_PACKAGES},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {entry["name"]: entry for entry in json.loads(report.read_text(encoding="utf-8"))}
        name = f"made-up/verdict:{VERDICTS[0]}/step_time"
        self.assertEqual(len(found[name]["measurements"]), 12)
        self.assertLess(found[name]["utest"]["time_pvalue"], 0.001)
        self.assertTrue(found[name]["utest"]["have_optimal_repetitions"])
        self.assertTrue(1.9 < found[name + "_median"]["measurements"][0]["real_time_other"] / 1e8 < 2.1)
        self.assertEqual(len(found), len({entry["name"] for entry in self.document()["benchmarks"]}) + 1)


class GitHubBenchmark(ExportTest):
    """github-action-benchmark: customSmallerIsBetter and customBiggerIsBetter."""

    def entries(self, direction, content):
        return strict_json(self.export(f"github-benchmark-{direction}", content))

    def test_a_file_has_one_direction(self):
        for content in BOTH.values():
            names = {}
            for direction in ("smaller", "bigger"):
                entries = self.entries(direction, content())
                names[direction] = {entry["name"] for entry in entries}
                self.assertEqual(len(names[direction]), len(entries), "a name is there twice")
                for entry in entries:
                    self.assertLessEqual(entry.keys(), {"name", "unit", "value", "range", "extra"})
                    self.assertTrue(isinstance(entry["unit"], str) and isinstance(entry["extra"], str))
                    self.assertIsInstance(entry["value"], (int, float))
            self.assertTrue(names["smaller"] and names["bigger"])
            self.assertFalse(names["smaller"] & names["bigger"])
            self.assertEqual({name.split()[1] for name in names["bigger"]}, {"throughput"})
            self.assertNotIn("fit_residual", {name.split()[1] for name in names["smaller"]})

    def test_a_range_is_text(self):
        entry = self.entries("bigger", a_result())[0]
        self.assertEqual((entry["value"], entry["unit"], entry["range"]), (1280, "samples/s", "± 40"))
        self.assertNotIn("range", self.entries("smaller", a_result())[0])


class Bencher(ExportTest):
    """Bencher Metric Format: {benchmark: {measure: {value, lower_value, upper_value}}}."""

    def test_numbers_are_those_of_the_result(self):
        document = strict_json(self.export("bencher", a_result()))
        measures = document[f"made-up/verdict={VERDICTS[0]}"]
        self.assertEqual(measures["throughput-samples-per-second"], {"value": 1280, "lower_value": 1250, "upper_value": 1320})
        self.assertEqual(measures["step-time-seconds"], {"value": metrics()[0]["value"]})
        self.assertEqual(measures["checkpoint-size-bytes"], {"value": 57247144})
        self.assertNotIn("load-time-seconds", measures)

    def test_measures_are_slugs_with_one_unit_each(self):
        for content in BOTH.values():
            for measures in strict_json(self.export("bencher", content())).values():
                self.assertTrue(measures)
                for name, measure in measures.items():
                    self.assertRegex(name, r"\A[a-z0-9]+(-[a-z0-9]+)*\Z")
                    self.assertLessEqual({"value"}, measure.keys())
                    low, high = (measure.get(key, measure["value"]) for key in ("lower_value", "upper_value"))
                    self.assertTrue(low <= measure["value"] <= high)

    def test_numbers_of_what_is_not_well_raise_no_alert(self):
        for content in BOTH.values():
            for name in strict_json(self.export("bencher", content())):
                verdict = name.partition("=")[2].removesuffix("_bencher_ignore")
                if verdict:
                    self.assertEqual(name.endswith("_bencher_ignore"), verdict not in WELL, name)


class OpenMetrics(ExportTest):
    def families(self, content):
        parser = third_party(self, "prometheus_client.openmetrics.parser", "python3-prometheus-client")
        return {family.name: family for family in parser.text_string_to_metric_families(self.export("openmetrics", content))}

    def test_the_reference_parser_reads_it(self):
        for content in BOTH.values():
            families = self.families(content())
            self.assertEqual(families["lockstep_run"].type, "info")
            self.assertEqual({one.type for one in families.values()}, {"info", "gauge"})
            counts = {sample.labels["verdict"]: sample.value for sample in families["lockstep_cases"].samples}
            expected = collections.Counter(case["verdict"] for case in content()["cases"])
            self.assertEqual({verdict: count for verdict, count in counts.items() if count}, expected)
            self.assertEqual(set(counts), set(VERDICTS))
            well = {sample.labels["case"]: sample.value for sample in families["lockstep_case_well"].samples}
            self.assertEqual(well, {case["name"]: float(case["verdict"] in WELL) for case in content()["cases"]})

    def test_names_hold_base_units(self):
        families = self.families(a_result())
        for name, unit in (
            ("lockstep_step_time_seconds", "seconds"),
            ("lockstep_checkpoint_size_bytes", "bytes"),
            ("lockstep_throughput_samples_per_second", "samples_per_second"),
            ("lockstep_device_peak_memory_bytes", "bytes"),
        ):
            self.assertEqual(families[name].unit, unit)
        sample = families["lockstep_step_time_seconds"].samples[0]
        self.assertEqual(sample.value, metrics()[0]["value"])
        self.assertEqual(sample.labels, {"case": f"made-up/verdict={VERDICTS[0]}", "family": "speedup"})
        self.assertEqual({one.value for one in self.families(a_comparison())["lockstep_compared_ratio"].samples}, {1.05})

    def test_it_ends_and_has_no_time_stamps_and_few_labels(self):
        for content in BOTH.values():
            text = self.export("openmetrics", content())
            self.assertTrue(text.endswith("\n# EOF\n"))
            self.assertEqual(text.count("# EOF"), 1)
            for line in text.splitlines():
                if not line.startswith("#"):
                    self.assertRegex(line, r"\A[a-z0-9_]+(\{.*\})? [-+0-9.e]+\Z")
                    self.assertEqual("commit=" in line or "run_id=" in line, line.startswith("lockstep_run_info") and "run_id" in line)


class Csv(ExportTest):
    """RFC 4180."""

    def rows(self, content):
        text = self.export("csv", content)
        self.assertTrue(text.endswith("\r\n"))
        self.assertNotIn("\n", text.replace("\r\n", ""))
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.assertEqual(len(set(rows[0])), len(rows[0]))
        return [dict(zip(rows[0], row)) for row in rows[1:]]

    def test_every_number_of_a_result_is_a_row(self):
        rows = self.rows(a_result())
        keys = ("case", "metric", "kind", "index", "device", "bytes", "in_place")
        numbers = {tuple(row[key] for key in keys): row["value"] for row in rows}
        self.assertEqual(len(numbers), len(rows), "two rows are the same number")
        for row in rows:
            self.assertTrue(row["value"] == "" or math.isfinite(float(row["value"])))
        case = f"made-up/verdict={VERDICTS[0]}"
        for index, seconds in enumerate(made_up.blocks(0.1, 1)):
            self.assertEqual(float(numbers[case, "step_time", "block", str(index), "", "", ""]), seconds)
        self.assertEqual(numbers[case, "load_time", "value", "", "", "", ""], "")
        self.assertEqual(numbers[case, "throughput", "high", "", "", "", ""], "1320")
        self.assertEqual(numbers["collectives", "busbw", "value", "", "", "4096", "true"], "12000000000")
        self.assertEqual({row["axis.verdict"] for row in rows}, {*VERDICTS, ""})
        self.assertEqual({row["unit"] for row in rows if row["metric"] == "step_time"}, {"s"})

    def test_every_metric_of_a_comparison_is_a_row(self):
        rows = self.rows(a_comparison())
        expected = sum(max(1, len(case["metrics"])) for case in a_comparison()["cases"])
        self.assertEqual(len(rows), expected)
        by_case = {row["case"]: row for row in rows if row["metric"] != "throughput"}
        self.assertEqual(by_case["no-metric"]["verdict"], "MISSING")
        self.assertEqual(by_case["no-metric"]["ratio"], "")
        for verdict in VERDICTS:
            row = by_case[f"made-up/verdict={verdict}"]
            self.assertEqual((row["case_verdict"], row["verdict"], row["ratio"], row["q"]), (verdict, verdict, "1.05", "0.002"))
            self.assertEqual(row["detectable"], "")


class NcclTests(ExportTest):
    """The expressions are those that scrapers of all_reduce_perf's output use."""

    ROW = re.compile(
        r"^\s*(?P<size>\d+)\s+(?P<count>\d+)\s+(?P<type>\w+)\s+(?P<redop>\w+)\s+(?P<root>-?\d+)"
        r"\s+(?P<time>[\d.]+)\s+(?P<algbw>[\d.]+)\s+(?P<busbw>[\d.]+)\s+(?P<wrong>\d+|N/A)"
        r"\s+(?P<itime>[\d.]+)\s+(?P<ialgbw>[\d.]+)\s+(?P<ibusbw>[\d.]+)\s+(?P<iwrong>\d+|N/A)\s*$",
        re.MULTILINE,
    )

    def test_scrapers_find_sizes_rates_and_the_average(self):
        text = self.export("nccl-tests", a_result())
        rows = [match.groupdict() for match in self.ROW.finditer(text)]
        self.assertEqual([int(row["size"]) for row in rows], [1 << 12, 1 << 20, 1 << 30])
        self.assertEqual([float(row["busbw"]) for row in rows], [12, 20, 30])
        self.assertEqual([float(row["ibusbw"]) for row in rows], [12, 20, 30])
        for row in rows:
            self.assertEqual(int(row["count"]) * 4, int(row["size"]))
            self.assertTrue(math.isclose(float(row["time"]), int(row["size"]) / float(row["busbw"]) / 1e3, rel_tol=0.01))
        average = re.search(r"^# Avg bus bandwidth\s*:\s*(\d+(\.\d+)?)", text, re.MULTILINE)
        self.assertTrue(math.isclose(float(average[1]), (12 + 20 + 30) / 3, rel_tol=1e-5))
        self.assertRegex(text, r"(?m)^# Out of bounds values : 0 OK$")
        self.assertEqual([line for line in text.splitlines() if "#" not in line], [m.group() for m in self.ROW.finditer(text)])

    def test_the_columns_are_named(self):
        head = self.export("nccl-tests", a_result()).splitlines()
        names = next(line for line in head if "busbw" in line).split()
        half = ["time", "algbw", "busbw", "#wrong"]
        self.assertEqual(names, ["#", "size", "count", "type", "redop", "root", *half, *half])

    def test_wrong_elements_are_not_ok(self):
        result = a_result()
        result["cases"][-1]["bandwidth"].append(bandwidth(64, False, None, wrong=3))
        text = self.export("nccl-tests", result)
        self.assertRegex(text, r"(?m)^# Out of bounds values : 3 FAILED$")
        self.assertNotIn("OK", text)


if __name__ == "__main__":
    unittest.main()
