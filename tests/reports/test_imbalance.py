"""The section on imbalance: times per rank and split, bounds, and the bias of the gradient."""

from __future__ import annotations

from typing import Any

import fixture
from test_report import HOSTILE, ReportCase

PHASES = (("forward", 0.004), ("backward", 0.006), ("reduce", 0.001), ("wait", 0.002), ("idle", 0.0005))


def phases(ranks: int) -> list[dict[str, Any]]:
    return [
        {"rank": rank, "phase": phase, "seconds": seconds * (1 + rank), "fraction": 0.1}
        for rank in range(ranks)
        for phase, seconds in PHASES
    ]


def imbalance_case(
    axes: dict[str, str], pieces: list[list[int]], is_timed: bool = True, **fields: Any
) -> dict[str, Any]:
    by_speed = axes.get("split") == "speed"
    against = (
        fixture.metric("speed_split_gain", "1", "higher", 1.21 if is_timed else None, 0.01)
        if by_speed
        else fixture.metric("speedup", "1", "higher", 0.875 if is_timed else None, 0.01)
    )
    times = [
        against,
        fixture.metric("step_time", "s", "lower", 0.0125),
        fixture.metric("split_bound", "s", "lower", 0.010),
        fixture.metric("time_over_bound", "1", "lower", 0.25),
        fixture.metric("imbalance", "1", "lower", 0.5),
        fixture.metric("lost_capacity", "1", "lower", 1 / 3),
        fixture.metric("imbalance_penalty", "1", "lower", 0.6),
    ]
    if not is_timed:
        times = [{**metric, "value": None, "low": None, "high": None} for metric in times]
    uses = [
        fixture.metric("used_device_share", "1", "higher", 0.625),
        fixture.metric("row_utilisation", "1", "higher", 0.5625),
    ]
    fields = {
        "phases": phases(2) if is_timed else [],
        "pieces": pieces,
        "findings": ["rank 0 is the straggler"],
        **fields,
    }
    fields["metrics"] = times + uses + fields.get("metrics", [])
    return fixture.case("imbalance-slowed", "imbalance", "What does it cost?", axes, **fields)


def bias(found: float, predicted: float) -> list[dict[str, Any]]:
    return [
        fixture.metric("gradient_bias", "1", "lower", found),
        fixture.metric("predicted_gradient_bias", "1", "none", predicted),
    ]


def cases() -> list[dict[str, Any]]:
    removed = fixture.check("weighted_loss_removes_bias", 1000, 2e-7, 1e-5, "limit of end_to_end")
    documented = fixture.check("documented:mean_of_means", 1000, 3e-7, 1e-5, "limit of end_to_end")
    slowed = {"slow_factor": "2.0"}
    return [
        imbalance_case({"split": "chunk", "slow_factor": "1.0"}, [[4, 4]], metrics=bias(1e-7, 1e-17)),
        imbalance_case({"split": "speed", **slowed}, [[5, 3]], checks=[removed], metrics=bias(2e-7, 0.125)),
        imbalance_case(
            {"split": "{sizes=[6,2]}", "averaging": "devices", **slowed},
            [[2, 1], [6, 2]],
            checks=[documented],
            metrics=bias(0.25, 0.25),
        ),
        imbalance_case(
            {"split": "chunk", "devices": "8"},
            [[2, 2, 2, 2, 1, 0, 0, 0]],
            is_timed=False,
            reason="timing not measurable: 8 devices share 2 cores",
            metrics=bias(1e-7, 1e-16),
        ),
    ]


class Imbalance(ReportCase):
    def test_times_and_uses_stand_beside_the_bound(self) -> None:
        page = self.render(fixture.result_of(cases()))
        self.assertIn("imbalance", page.ids)
        numbers = "12.5 ms 10 ms 25.0 % 50.0 % 33.3 % 60.0 % 62.5 % 56.2 %"
        self.assert_shows(page, f"all at full speed · chunk 4:4 0.88× {numbers} rank 0 is the straggler")
        self.assert_shows(page, f"2 times slower · speed 5:3 1.21× of chunks {numbers}")
        self.assert_shows(page, f"2 times slower · 6:2 · mean of devices 0.88× {numbers}")
        source = self.output.read_text(encoding="utf-8")
        self.assertIn('aria-label="imbalance-slowed: time per step by use"', source)

    def test_a_bias_is_shown_with_its_prediction(self) -> None:
        page = self.render(fixture.result_of(cases()))
        self.assert_shows(page, "2 times slower · speed 5:3 2.00e-7 12.5 % ✓ PASS removed by weighing the samples")
        self.assert_shows(page, "2 times slower · 6:2 · mean of devices 25.0 % 25.0 % ✓ PASS as predicted")
        self.assertEqual(2, page.text.count("✓ PASS removed") + page.text.count("✓ PASS as predicted"))

    def test_a_bias_that_is_wrong_is_seen(self) -> None:
        data = cases()
        data[2]["checks"][0]["verdict"] = data[2]["verdict"] = "FAIL"
        self.assert_shows(self.render(fixture.result_of(data)), "✗ FAIL not as predicted")

    def test_times_that_were_not_taken_are_in_no_figure(self) -> None:
        page = self.render(fixture.result_of(cases()[3:]))
        self.assert_shows(page, "chunk 2:2:2:2:1:0:0:0 n/a n/a n/a n/a n/a n/a n/a 62.5 % 56.2 % timing not measurable")
        self.assertNotIn("time per step", self.output.read_text(encoding="utf-8"))

    def test_a_headline_is_a_speed_up_of_the_family_for_it(self) -> None:
        data = cases()
        data[0]["metrics"][0].update(value=9.0, low=9.0, high=9.0)
        self.assert_shows(self.render(fixture.result_of(data)), "What does it gain? Not measured")

    def test_without_such_cases_there_is_no_section(self) -> None:
        self.assertNotIn("imbalance", self.render(fixture.result()).ids)

    def test_extreme_and_hostile_values_are_shown(self) -> None:
        data = fixture.result_of(cases())
        for number, case in enumerate(data["cases"]):
            case["axes"]["split"] = HOSTILE
            case["axes"]["slow_factor"] = HOSTILE
            case["pieces"] = [[2**62, 0]]
            for metric in case["metrics"]:
                metric.update(value=(1e300, 1e-300, -5.0, 0.0)[number % 4], low=None, high=1e308)
        self.render(data)
