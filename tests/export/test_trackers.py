"""github-action-benchmark's and Bencher's formats, read by json."""

import json
import re
import unittest

from examples import HOSTILE, exists, text_of


def load(example, form):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text_of(example, form), parse_constant=refuse)


class GithubActionBenchmark(unittest.TestCase):
    def test_a_file_has_one_direction(self):
        smaller = {e["name"].split()[-1] for e in load("result", "github-benchmark-smaller")}
        bigger = {e["name"].split()[-1] for e in load("result", "github-benchmark-bigger")}
        self.assertEqual(smaller, {"step_time", "device_memory"})
        self.assertEqual(bigger, {"speedup"})
        self.assertFalse(exists("fast", "github-benchmark-bigger"))

    def test_entries_have_its_types(self):
        for example in ("result", "hostile", "comparison"):
            entries = load(example, "github-benchmark-smaller")
            self.assertTrue(entries)
            self.assertEqual(len({e["name"] for e in entries}), len(entries))
            for entry in entries:
                self.assertIsInstance(entry["value"], float)
                for key in ("name", "unit", "extra"):
                    self.assertIsInstance(entry[key], str)
                if "range" in entry:
                    self.assertRegex(entry["range"], r"^± \d[\d.e-]*$")

    def test_the_range_is_the_larger_arm_of_the_interval(self):
        (entry,) = (e for e in load("result", "github-benchmark-smaller") if e["name"].endswith("step_time"))
        self.assertAlmostEqual(float(entry["range"].removeprefix("± ")), 0.02 * 0.0051)

    def test_of_a_comparison_it_is_the_candidate(self):
        values = {e["name"]: e["value"] for e in load("comparison", "github-benchmark-smaller")}
        self.assertAlmostEqual(values["a/devices=2 step_time"], 0.005 * 1.052)


class Bencher(unittest.TestCase):
    def test_a_measure_has_one_unit_and_numbers(self):
        for example in ("result", "hostile", "comparison", "hostile-comparison"):
            measures = [m for benchmark in load(example, "bencher").values() for m in benchmark.items()]
            self.assertTrue(measures)
            for name, measure in measures:
                self.assertRegex(name, r"^[a-z0-9-]+$")
                self.assertLessEqual(set(measure), {"value", "lower_value", "upper_value"})
                self.assertIn("value", measure)
        benchmark = load("result", "bencher")["speedup-mlp/strategy=ddp,devices=2"]
        plain = {"step-time-seconds", "speedup-ratio", "noise-floor-ratio", "device-memory-bytes"}
        self.assertEqual(set(benchmark), plain | {"lost-share-ratio", "lost-share-ratio-x"})
        self.assertEqual([benchmark[n]["value"] for n in ("lost-share-ratio", "lost-share-ratio-x")], [0.25, 0.75])
        measure = benchmark["step-time-seconds"]
        self.assertLess(measure["lower_value"], measure["value"])
        self.assertLess(measure["value"], measure["upper_value"])

    def test_numbers_of_a_case_that_is_not_well_raise_no_alert(self):
        names = set(load("comparison", "bencher"))
        self.assertIn("a/devices=4", names)
        self.assertIn("b_bencher_ignore", names)

    def test_hostile_names_come_back(self):
        (name,) = load("hostile", "bencher")
        self.assertTrue(re.fullmatch(re.escape("speedup-mlp/strategy=ddp,devices=2" + HOSTILE), name), name)


if __name__ == "__main__":
    unittest.main()
