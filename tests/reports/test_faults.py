#!/usr/bin/env python3
"""The page of planted faults."""

import unittest
from typing import Any

from fixture import case

from lockstep_report.entries import all_entries
from lockstep_report.results import Result
from lockstep_report.sections import faults


def fault(name: str, verdict: str, expected: list[str], caught_by: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "source": "pytorch#1",
        "acts": "everywhere",
        "verdict": verdict,
        "expected": expected,
        "caught_by": caught_by,
        "reason": "" if verdict == "caught" else "because",
    }


def built(*planted: list[dict[str, Any]]) -> Any:
    cases = [
        case("planted", "faults", "Seen?", {"strategy": "dp", "devices": str(number + 2)}, faults=some)
        for number, some in enumerate(planted)
    ]
    return faults.build(all_entries([Result(path=None, data={"cases": cases})]))  # type: ignore[arg-type]


class Faults(unittest.TestCase):
    def test_a_result_without_faults_has_no_page(self) -> None:
        self.assertIsNone(built([]))

    def test_what_does_not_apply_is_not_scored(self) -> None:
        page = built([fault("a", "caught", ["x"], ["x", "y"]), fault("b", "not_applicable", [], [])])
        self.assertEqual((page.caught, page.applicable, page.score), (1, 1, "100 %"))
        self.assertEqual([row.id for row in page.matrices[0].rows], ["a"])

    def test_one_survivor_of_a_thousand_is_not_a_hundred_percent(self) -> None:
        many = [fault(f"f{number}", "caught", ["x"], ["x"]) for number in range(999)]
        page = built([*many, fault("quiet", "not_fired", ["x"], [])])
        self.assertEqual(page.score, "99 %")
        self.assertEqual([name for _, name, _ in page.survivors], ["quiet"])
        self.assertEqual(page.matrices[0].rows[-1].cells[0].state, "bad")

    def test_power_of_a_check(self) -> None:
        page = built(
            [fault("a", "caught", ["x"], ["x"]), fault("b", "caught", ["x", "y"], ["x", "y"])],
            [fault("a", "missed", ["x"], [])],
        )
        powers = {power.check: (power.must, power.caught, power.alone) for power in page.powers}
        self.assertEqual(powers, {"x": (3, 2, 1), "y": (1, 1, 0)})
        self.assertEqual([cell.mark for cell in page.matrices[0].rows[1].cells], ["2", "–"])


if __name__ == "__main__":
    unittest.main()
