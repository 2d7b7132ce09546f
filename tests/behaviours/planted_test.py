"""Each problem that table.py is there to find, planted."""
import unittest

import table

TESTS = ["Chunk.B01_a", "cuda_x"]
GOOD = {f"B{number:02d}": {"of": "P", "does": "x", "not_here": "y"} for number in table.NUMBERS}


def problems_with(**changes):
    return list(table.problems_of({**GOOD, **changes}, TESTS))


class Problems(unittest.TestCase):
    def test_none(self):
        self.assertEqual(problems_with(B01={"of": "P", "does": "x", "tests": ["Chunk.*"], "cuda": ["cuda_*"]}), [])

    def test_a_behaviour_left_out(self):
        behaviours = dict(GOOD)
        del behaviours["B17"]
        self.assertEqual(list(table.problems_of(behaviours, TESTS)), ["B17 is missing"])

    def test_a_test_that_does_not_exist(self):
        problem = ["B01 names a test that does not exist: Chunk.B02_*"]
        self.assertEqual(problems_with(B01={"of": "P", "does": "x", "tests": ["Chunk.B02_*"]}), problem)

    def test_neither_tests_nor_reason_or_both(self):
        problem = ["B01 needs either tests or a reason why it is not here"]
        self.assertEqual(problems_with(B01={"of": "P", "does": "x"}), problem)
        self.assertEqual(problems_with(B01={"of": "P", "does": "x", "tests": ["Chunk.*"], "not_here": "y"}), problem)

    def test_tests_on_gpus_count_where_they_are_built(self):
        row = {"of": "P", "does": "x", "tests": ["Chunk.*"], "cuda": ["cuda_y"]}
        self.assertEqual(problems_with(B01=row), ["B01 names a test that does not exist: cuda_y"])
        self.assertEqual(list(table.problems_of({**GOOD, "B01": row}, ["Chunk.B01_a"])), [])


if __name__ == "__main__":
    unittest.main()
