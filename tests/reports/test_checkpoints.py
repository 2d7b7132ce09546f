"""The section on checkpoints: who goes on with whose, by the worst of a pair's cases, and what it costs."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any

import fixture
from lockstep_report import text
from lockstep_report.entries import all_entries
from lockstep_report.results import Result
from lockstep_report.sections import checkpoints
from test_report import ReportCase

QUESTION = "Does a saved training go on as if it had never stopped?"


def resumed(worst: float | None, verdict: str = "PASS", metrics: list[dict[str, Any]] | None = None, **axes: str):
    check = fixture.check("resume", 10, worst, 1e-5, "as the training that was never interrupted")
    return fixture.case("matrix", "checkpoint", QUESTION, axes, verdict=verdict, checks=[check], metrics=metrics or [])


def built(*cases: dict[str, Any]) -> checkpoints.Checkpoints:
    data = fixture.result() | {"cases": list(cases)}
    return checkpoints.build(all_entries([Result(Path("result.json"), data)]))


class Matrix(unittest.TestCase):
    def test_has_a_row_for_who_saved_and_a_column_for_who_loaded(self) -> None:
        matrix = built(
            resumed(0, strategy="single", devices="1", resume_strategy="ddp", resume_devices="2"),
            resumed(2e-7, strategy="dp", devices="10", resume_strategy="same", resume_devices="0"),
            resumed(0, strategy="dp", devices="2", resume_strategy="single", resume_devices="1"),
        ).matrices[0]
        self.assertEqual(matrix.loaders, [("single", 1), ("dp", 1), ("ddp", 1)])
        self.assertEqual(matrix.devices, ["1", "10", "2"])
        self.assertEqual([name for name, _ in matrix.rows], ["single · 1 device", "dp · 2 devices", "dp · 10 devices"])
        found = [[cell and cell.found for cell in cells] for _, cells in matrix.rows]
        self.assertEqual(found, [[None, None, "same bits"], ["same bits", None, None], [None, text.number(2e-7), None]])

    def test_a_cell_is_the_worst_of_its_cases(self) -> None:
        pair = {"strategy": "dp", "devices": "2", "resume_strategy": "ddp", "resume_devices": "2"}
        matrix = built(resumed(1e-7, prefix="none", **pair), resumed(3e-7, prefix="module", **pair)).matrices[0]
        self.assertEqual(matrix.rows[0][1], [checkpoints.Cell("PASS", 2, text.number(3e-7))])
        self.assertEqual(matrix.others, ["prefix module, none"])
        failed = built(resumed(1e-7, prefix="none", **pair), resumed(0.5, "FAIL", prefix="module", **pair)).matrices[0]
        self.assertEqual(failed.rows[0][1], [checkpoints.Cell("FAIL", 2, "")], "a distance that is wrong is not shown")

    def test_is_not_drawn_where_all_go_on_as_they_were(self) -> None:
        self.assertEqual(built(resumed(0, strategy="dp", devices="2")).matrices, [])


class Cost(unittest.TestCase):
    METRICS = [
        fixture.metric("checkpoint_size", "B", "lower", 57247144.0),
        fixture.metric("capture_time", "s", "lower", 0.038),
        fixture.metric("save_time", "s", "lower", 0.1),
        fixture.metric("save_bandwidth", "B/s", "higher", 5.7e8),
        fixture.metric("save_efficiency", "1", "higher", 0.85),
        fixture.metric("load_time", "s", "lower", 0.05),
        fixture.metric("load_bandwidth", "B/s", "higher", 1.14e9),
        fixture.metric("load_efficiency", "1", "higher", 0.9),
    ]

    def test_is_shown_by_side(self) -> None:
        cost = built(resumed(0, metrics=self.METRICS, strategy="ddp")).costs[0]
        self.assertEqual(cost["size"], text.size(57247144.0))
        saving, loading = cost["sides"]
        self.assertEqual(saving["bandwidth"], "570\u00a0MB/s")
        self.assertEqual(saving["efficiency"], "0.85×")
        self.assertEqual(loading["time"], text.seconds(0.05))
        self.assertEqual(loading["device"], text.NOT_AVAILABLE, "a metric that is not there")


class Section(ReportCase):
    def test_is_on_the_page_of_a_result_with_checkpoints_only(self) -> None:
        data = fixture.result()
        self.assertNotIn("checkpoints", self.render(data).ids)
        pair = {"strategy": "dp", "devices": "2", "resume_strategy": "ddp", "resume_devices": "3"}
        data["cases"] += [resumed(2.5e-7, metrics=Cost.METRICS, **pair)]
        page = self.render(data)
        self.assertIn("checkpoints", page.ids)
        self.assert_shows(page, "loaded by ddp", "dp · 2 devices", "2.50e-7", "What a checkpoint costs")


if __name__ == "__main__":
    unittest.main()
