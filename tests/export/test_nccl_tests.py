"""The tables of nccl-tests, read as its scrapers do: by regular expressions and by columns."""

import re
import unittest

from examples import exists, text_of

NUMBER = r"\s+(N/A|[\d.]+)"
ROW = re.compile(r"^\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(-?\d+)" + (NUMBER * 3 + r"\s+(\d+|N/A)") * 2 + r"\s*$", re.MULTILINE)


class NcclTests(unittest.TestCase):
    def test_rows_have_its_columns(self):
        found = ROW.findall(text_of("result", "nccl-tests"))
        self.assertEqual([row[:5] for row in found], [("4096", "1024", "float", "sum", "-1"), ("8192", "2048", "float", "sum", "-1")])
        # time in µs, algbw and busbw in GB/s of 10⁹, wrong; out of place, then in place
        self.assertEqual(found[0][5:], ("2.00", "2.05", "2.05", "0", "1.00", "4.10", "4.10", "0"))
        self.assertEqual(found[1][9:12], ("N/A", "N/A", "N/A"))

    def test_the_footer_is_the_one_that_scrapers_look_for(self):
        text = text_of("result", "nccl-tests")
        self.assertRegex(text, r"(?m)^# Out of bounds values : 0 OK$")
        average = float(re.search(r"(?m)^# Avg bus bandwidth\s*:\s*([\d.]+)", text).group(1))
        self.assertAlmostEqual(average, (2.048 + 4.096 + 2.048) / 3, places=2)

    def test_hostile_names_stay_in_their_comment_and_types_in_their_column(self):
        text = text_of("hostile", "nccl-tests")
        self.assertEqual([line for line in text.split("\n") if line and not line.startswith("#") and not line.startswith(" ")], [])
        self.assertEqual(len(ROW.findall(text)), 2)

    def test_without_collectives_there_is_none(self):
        for example in ("untimed", "comparison"):
            self.assertFalse(exists(example, "nccl-tests"))


if __name__ == "__main__":
    unittest.main()
