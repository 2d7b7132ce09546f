"""OpenMetrics, read by prometheus_client's strict parser; its rules in short where that is not installed."""

import re
import unittest

from examples import HOSTILE, text_of

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None

EXAMPLES = ("result", "hostile", "interrupted", "comparison", "hostile-comparison", "empty-comparison")


class Text(unittest.TestCase):
    def test_ends_with_eof_and_nothing_after_it(self):
        for example in EXAMPLES:
            text = text_of(example, "openmetrics")
            self.assertTrue(text.endswith("\n# EOF\n"), example)
            self.assertEqual([line for line in text.split("\n") if line.startswith("# EOF")], ["# EOF"])

    def test_a_name_ends_in_its_unit(self):
        for name, unit in re.findall(r"^# UNIT (\S+) (\S+)$", text_of("result", "openmetrics"), re.MULTILINE):
            self.assertTrue(name.endswith("_" + unit), name)

    def test_what_changes_with_every_run_is_in_the_info_metric_only(self):
        lines = [line for line in text_of("result", "openmetrics").splitlines() if "84f59af3d0c1" in line or "00112233445566aa" in line]
        self.assertEqual([line.partition("{")[0] for line in lines], ["lockstep_run_info"])


@unittest.skipUnless(text_string_to_metric_families, "needs prometheus_client (Debian: python3-prometheus-client)")
class Parsed(unittest.TestCase):
    def families(self, example):
        return {family.name: family for family in text_string_to_metric_families(text_of(example, "openmetrics"))}

    def test_every_example_is_valid_and_no_sample_comes_twice(self):
        for example in EXAMPLES:
            with self.subTest(example=example):
                samples = [s for f in self.families(example).values() for s in f.samples]
                self.assertTrue(samples)
                keys = [(s.name, tuple(sorted(s.labels.items()))) for s in samples]
                self.assertEqual(len(set(keys)), len(keys))

    def test_values_types_and_units(self):
        families = self.families("result")
        (sample,) = families["lockstep_step_time_seconds"].samples
        self.assertEqual((sample.value, families["lockstep_step_time_seconds"].unit), (0.0051, "seconds"))
        self.assertEqual(sample.labels, {"case": "speedup-mlp/strategy=ddp,devices=2", "family": "speedup"})
        self.assertEqual(families["lockstep_run"].type, "info")
        cases = {s.labels["verdict"]: s.value for s in families["lockstep_cases"].samples}
        self.assertEqual((cases["PASS"], cases["FAIL"], cases["REGRESSED"]), (1, 1, 0))
        memory = families["lockstep_device_peak_memory_bytes"].samples
        self.assertEqual({s.labels["device"]: s.value for s in memory}, {"0": 1048576, "1": 524288})

    def test_names_that_differ_only_in_what_is_no_letter_are_told_apart(self):
        samples = self.families("result")["lockstep_lost_share_ratio"].samples
        self.assertEqual({s.labels["metric"]: s.value for s in samples}, {"lost-share": 0.25, "lost.share": 0.75})

    def test_a_comparison_has_ratios(self):
        ratios = self.families("comparison")["lockstep_compared_ratio"].samples
        self.assertIn(1.052, [s.value for s in ratios])

    def test_hostile_labels_come_back(self):
        well = self.families("hostile")["lockstep_case_well"].samples
        self.assertEqual(len(well), 5)
        for sample in well:
            self.assertTrue(sample.labels["case"].endswith(HOSTILE))
            self.assertEqual(sample.labels["family"], HOSTILE)


if __name__ == "__main__":
    unittest.main()
