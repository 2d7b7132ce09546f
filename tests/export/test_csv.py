"""CSV, read by Python's csv."""

import csv
import io
import unittest

from examples import HOSTILE, text_of

EXAMPLES = ("result", "hostile", "untimed", "comparison", "hostile-comparison")


def rows(example):
    return list(csv.DictReader(io.StringIO(text_of(example, "csv"), newline=""), strict=True))


class Csv(unittest.TestCase):
    def test_every_line_ends_as_the_rfc_says_and_has_all_columns(self):
        for example in EXAMPLES:
            text = text_of(example, "csv")
            self.assertTrue(text.endswith("\r\n"))
            self.assertEqual(text.count("\n"), text.count("\r\n"), example)
            widths = {len(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True)}
            self.assertEqual(len(widths), 1, example)

    def test_blocks_are_rows_with_their_index(self):
        blocks = [r for r in rows("result") if r["metric"] == "step_time" and r["kind"] == "block"]
        self.assertEqual([(r["index"], float(r["value"])) for r in blocks], [("0", 0.0051), ("1", 0.005), ("2", 0.0052)])
        (value,) = (r for r in rows("result") if r["metric"] == "step_time" and r["kind"] == "value")
        self.assertEqual((value["unit"], value["better"], value["axis.devices"], value["value"]), ("s", "lower", "2", "0.0051"))

    def test_devices_and_sizes_are_columns(self):
        memory = {(r["device"], r["metric"]): r["value"] for r in rows("result") if r["device"]}
        self.assertEqual(memory["1", "peak_memory_total"], "524288")
        times = {(r["bytes"], r["in_place"]): r["value"] for r in rows("result") if r["metric"] == "time"}
        self.assertEqual(times["4096", "true"], "1e-06")
        self.assertEqual(times["8192", "true"], "")  # not timed

    def test_a_number_that_is_not_there_is_empty(self):
        (tax,) = (r for r in rows("result") if r["metric"] == "dp_tax")
        self.assertEqual(tax["value"], "")

    def test_every_case_has_a_row(self):
        self.assertEqual(len({r["case"] for r in rows("result")}), 5)
        self.assertEqual(len({r["case"] for r in rows("comparison")}), 9)
        self.assertEqual({r["case_verdict"] for r in rows("comparison") if r["case"] == "c"}, {"INVALID"})

    def test_no_text_is_a_formula(self):
        for example in ("hostile", "hostile-comparison"):
            for row in rows(example):
                for column, value in row.items():
                    self.assertNotIn(value[:1], ("=", "+", "@", "\t", "\r"), column)
                    self.assertNotRegex(column + value, "[\x00-\x1f\x7f]")
                self.assertEqual(row["family"], "'" + HOSTILE)


if __name__ == "__main__":
    unittest.main()
