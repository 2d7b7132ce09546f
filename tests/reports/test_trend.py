"""The page of `lockstep history plot`: a figure per series, change points marked, a hostile file refused."""

from __future__ import annotations

import copy
import json
import random
import unittest
from typing import Any

from test_report import HOSTILE, Page, ReportCase

CHANGE_AT = 24


def trend(**changes: Any) -> str:
    """A metric that became 5 % slower, one that stayed, one without a value."""
    return json.dumps(trend_data() | changes)


def trend_data() -> dict[str, Any]:
    changed = _series("step_time", "s", "lower", [0.030 * (1.05 if number >= CHANGE_AT else 1) for number in range(40)])
    changed["changes"] = [{"at": CHANGE_AT, "ratio": 1.05, "p": 0.0001}]
    changed["baseline"] = {"name": "release 1", "index": 3}
    same = _series("throughput", "samples/s", "higher", [12_000.0] * 40)
    return {
        "schema_version": 1,
        "kind": "trend",
        "machine": "runner-a",
        "series": [same, changed, _series("speedup", "1", "higher", [None] * 3)],
    }


def _series(metric: str, unit: str, better: str, values: list[float | None]) -> dict[str, Any]:
    noise = random.Random(3)
    points = []
    for number, value in enumerate(values):
        measured = None if value is None else value * (1 + 0.004 * noise.gauss(0, 1))
        points.append(
            {
                "result": f"{number:016x}",
                "started": f"2026-01-{1 + number % 28:02}T12:00:00Z",
                "commit": f"{number:012x}",
                "value": measured,
                "low": None if measured is None else measured * 0.99,
                "high": None if measured is None else measured * 1.01,
            }
        )
    case = "speedup-mlp/batch=256,strategy=ddp,devices=2,scaling=weak"
    fields = {"points": points, "changes": [], "baseline": None}
    return {"case": case, "metric": metric, "unit": unit, "better": better, **fields}


class Trend(ReportCase):
    def show(self, data: dict[str, Any]) -> Page:
        file = self.folder / "trend.json"
        file.write_text(json.dumps(data), encoding="utf-8")
        outcome = self.run_report("--history", file, "--output", self.output)
        self.assertEqual((0, ""), (outcome.code, outcome.errors))
        return Page(self.output.read_text(encoding="utf-8"))

    def test_shows_changes_first_with_their_ratio(self) -> None:
        page = self.show(trend_data())
        self.assert_shows(
            page, "1 change in 3 metrics of runner-a", "✗ worse ×1.05 at 000000000018 2026-01-25 12:00:00"
        )
        self.assert_shows(page, "% against baseline release 1", "speedup: no value in 3 results")
        self.assertEqual(2, page.tags["figure"])
        self.assertIn(">×1.05</text>", page.source)
        self.assertLess(page.text.index("step time"), page.text.index("throughput"))

    def test_what_is_better_depends_on_the_metric(self) -> None:
        data = trend_data()
        data["series"][1]["better"] = "higher"
        self.assert_shows(self.show(data), "✓ better ×1.05")
        data["series"][1]["better"] = "none"
        self.assert_shows(self.show(data), "– changed ×1.05")

    def test_of_very_many_those_that_changed_are_drawn(self) -> None:
        data = trend_data()
        same = [copy.deepcopy(data["series"][0]) for _ in range(70)]
        page = self.show(data | {"series": [*same, data["series"][1]]})
        self.assertEqual(60, page.tags["figure"])
        self.assertLess(page.text.index("step time"), page.text.index("throughput"), "the change is drawn, and first")
        self.assert_shows(page, "11 metrics more, none of which changed")

    def test_an_empty_history_is_shown(self) -> None:
        self.assert_shows(self.show(trend_data() | {"series": []}), "has no metrics yet")

    def test_extreme_values_are_drawn(self) -> None:
        data = trend_data()
        for number, point in enumerate(data["series"][1]["points"]):
            point.update(value=(1e300, 0.0, -1e308, 1e-300)[number % 4], low=None, high=1e308)
        self.show(data)

    def test_hostile_strings_are_text(self) -> None:
        data = trend_data()
        data["machine"] = HOSTILE
        for series in data["series"]:
            series.update(case=HOSTILE, metric=HOSTILE, unit=HOSTILE)
            for point in series["points"]:
                point.update(commit=HOSTILE, started=HOSTILE)
        data["series"][1]["baseline"]["name"] = HOSTILE
        page = self.show(data)
        self.assertEqual(0, page.tags["script"])
        self.assert_shows(page, HOSTILE)

    def test_each_planted_fault_is_refused_with_its_place(self) -> None:
        faults = (
            ("schema_version", lambda data: data.update(schema_version=2)),
            ("kind", lambda data: data.update(kind="comparison")),
            ("'machine' is a required property", lambda data: data.pop("machine")),
            ("series[1].points[0].value", lambda data: data["series"][1]["points"][0].update(value="1")),
            ("series[1].changes[0].at", lambda data: data["series"][1]["changes"][0].update(at=0)),
            ("series[1]: changes: [40]", lambda data: data["series"][1]["changes"][0].update(at=40)),
            (
                "series[1]: changes: [24, 24]",
                lambda data: data["series"][1]["changes"].append(data["series"][1]["changes"][0]),
            ),
            ("series[1]: baseline: there is no point 99", lambda data: data["series"][1]["baseline"].update(index=99)),
            ("series[1]: points[5]: low 3 is above", lambda data: data["series"][1]["points"][5].update(low=3)),
            ("series[1].better", lambda data: data["series"][1].update(better="bigger")),
        )
        file = self.folder / "trend.json"
        for said, plant in faults:
            with self.subTest(said):
                data = copy.deepcopy(trend_data())
                plant(data)
                file.write_text(json.dumps(data), encoding="utf-8")
                self.assert_refused(3, said, "--history", file)
        for text in ("", "{", '{"schema_version": NaN}', "[]"):
            file.write_text(text, encoding="utf-8")
            self.assert_refused(3, "trend.json", "--history", file)
        self.assert_refused(7, "No such file", "--history", self.folder / "nowhere.json")
        self.assert_refused(2, "results makes no sense with history", "--history", file, "a-result")


if __name__ == "__main__":
    unittest.main()
