"""JUnit XML, read by xml.etree (expat) and junitparser."""

import re
import unittest
import xml.etree.ElementTree as etree

from examples import HOSTILE, text_of, path_of

try:
    import junitparser
except ImportError:
    junitparser = None


def suites(example):
    root = etree.fromstring(text_of(example, "junit"))
    assert root.tag == "testsuites"
    return root


def outcomes(example):
    """The kinds of all cases: name → (tag, type)."""
    found = {}
    for case in suites(example).iter("testcase"):
        marks = [mark for mark in case if mark.tag in ("failure", "error", "skipped")]
        assert len(marks) <= 1, case.get("name")
        found[case.get("name")] = (marks[0].tag, marks[0].get("type")) if marks else ("passed", None)
    return found


class JUnit(unittest.TestCase):
    def test_a_verdict_is_a_failure_and_what_did_not_run_to_its_end_an_error(self):
        self.assertEqual(
            outcomes("result"),
            {
                "speedup-mlp/strategy=ddp,devices=2": ("passed", None),
                "speedup-mlp/strategy=ddp,devices=4": ("failure", "FAIL"),
                "speedup-mlp/strategy=ddp,devices=8": ("skipped", None),
                "collectives/strategy=ddp,devices=2": ("error", "ERROR"),
                "collectives/strategy=ddp,devices=4": ("failure", "INCONCLUSIVE"),
            },
        )

    def test_inconclusive_may_be_skipped_but_never_passes(self):
        self.assertEqual(outcomes("result-unsure-skipped")["collectives/strategy=ddp,devices=4"], ("skipped", None))

    def test_every_verdict_of_a_comparison(self):
        self.assertEqual(
            outcomes("comparison"),
            {
                "a/devices=1": ("passed", None),
                "a/devices=2": ("failure", "REGRESSED"),
                "a/devices=4": ("passed", None),
                "b": ("failure", "INCONCLUSIVE"),
                "c": ("failure", "INVALID"),
                "d": ("failure", "MISSING"),
                "e": ("failure", "FAIL"),
                "f": ("error", "ERROR"),
                "g": ("skipped", None),
            },
        )

    def test_a_run_that_did_not_end_and_a_comparison_of_nothing_are_not_green(self):
        self.assertEqual(outcomes("interrupted")["the whole run"], ("error", "ERROR"))
        self.assertEqual(outcomes("empty-comparison")["the whole comparison"], ("failure", "INCONCLUSIVE"))

    def test_there_is_a_suite_per_family_and_the_counts_add_up(self):
        root = suites("result")
        self.assertEqual([suite.get("name") for suite in root], ["speedup", "communication"])
        for key, expected in (("tests", "5"), ("failures", "2"), ("errors", "1"), ("skipped", "1")):
            self.assertEqual(root.get(key), expected, key)
            self.assertEqual(sum(int(suite.get(key)) for suite in root), int(expected))
        for suite in root:
            for case in suite.iter("testcase"):
                self.assertEqual(case.get("classname"), f"lockstep.{suite.get('name')}")

    def test_the_verdict_is_in_the_message_and_in_the_body(self):
        (case,) = (c for c in suites("result").iter("testcase") if c.get("name").endswith("devices=4") and "mlp" in c.get("name"))
        failure = case.find("failure")
        self.assertEqual(failure.get("message"), "FAIL: it is FAIL")
        self.assertTrue(failure.text.startswith("FAIL: it is FAIL\ncheck replicas: FAIL, compared 12, worst 0.0003"), failure.text)
        self.assertIn("FAIL: it is FAIL", case.find("system-out").text)

    def test_numbers_are_properties_and_the_time_is_that_of_the_test(self):
        case = next(suites("result").iter("testcase"))
        properties = {p.get("name"): p.get("value") for p in case.iter("property")}
        self.assertEqual(float(properties["step_time [s]"]), 0.0051)
        self.assertNotIn("dp_tax [1]", properties)  # has no value
        self.assertEqual(case.get("time"), "1.250000")
        for suite in suites("result"):
            self.assertEqual(float(suite.get("time")), sum(float(c.get("time")) for c in suite.iter("testcase")))
        self.assertNotIn("time", next(suites("comparison").iter("testcase")).attrib)

    def test_the_schema_of_time_stamps_is_kept(self):
        self.assertEqual(suites("result")[0].get("timestamp"), "2026-01-31T12:00:00")
        self.assertNotIn("timestamp", suites("hostile")[0].attrib)

    def test_hostile_texts_are_texts(self):
        for example in ("hostile", "hostile-comparison"):
            with self.subTest(example=example):
                text = text_of(example, "junit")
                self.assertNotIn("]]>", text)
                self.assertIsNone(re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text))
                self.assertEqual([s.get("name") for s in suites(example)], [HOSTILE])
                for case in suites(example).iter("testcase"):
                    self.assertTrue(case.get("name").endswith(HOSTILE), case.get("name"))
        self.assertEqual(len(outcomes("hostile")), 5)

    @unittest.skipUnless(junitparser, "needs junitparser (Debian: python3-junitparser)")
    def test_junitparser_reads_the_same(self):
        xml = junitparser.JUnitXml.fromfile(str(path_of("result", "junit")))
        self.assertEqual((xml.tests, xml.failures, xml.errors, xml.skipped, xml.time), (5, 2, 1, 1, 6.25))
        kinds = [[type(r).__name__ for r in case.result] for suite in xml for case in suite]
        self.assertEqual(kinds, [[], ["Failure"], ["Skipped"], ["Error"], ["Failure"]])


if __name__ == "__main__":
    unittest.main()
