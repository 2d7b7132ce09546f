"""The report of several results: what may be compared, what stands beside what, and what is said about the rest."""

from __future__ import annotations

import copy
import json
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

import fixture
from lockstep_report.comparison.machines import Machine
from lockstep_report.comparison.matching import Matching, match
from lockstep_report.comparison.scaling import best_beyond_noise
from lockstep_report.entries import all_entries
from lockstep_report.figures import Point
from lockstep_report.results import Result
from test_report import HOSTILE, Page, ReportCase, poisoned

# Fields that two cases must have in common, each with another value and what is said then.
IDENTITY = (
    ("scenario_hash", "fedcba9876543210", "another scenario of the same name: its contents differ"),
    ("tier", "simulated", "tier simulated against cpu: simulated is predicted, not measured"),
    ("tier", "emulated", "tier emulated against cpu: emulated is without meaning as a time, not measured"),
    ("precision", "bf16", "precision bf16 against f32"),
    ("devices", 3, "devices 3 against 2"),
    ("global_batch", 64, "global batch 64 against 128"),
)


def throughputs(data: dict[str, Any], factor: float) -> dict[str, Any]:
    """The result with throughputs, `factor` times those of the fixture's speed-ups."""
    data = copy.deepcopy(data)
    for case in data["cases"]:
        speedup = next((one["value"] for one in case["metrics"] if one["name"] == "speedup"), None)
        if speedup is not None:
            case["metrics"].append(fixture.metric("throughput", "samples/s", "higher", 5000 * factor * speedup, 0.01))
    return data


def machine(cores: int, label: str, factor: float) -> dict[str, Any]:
    cases = [*fixture.speedup_cases(cores), *fixture.memory_cases(), *fixture.communication_cases()]
    return throughputs(fixture.result_of(cases, cores, label), factor)


def one_case(label: str) -> dict[str, Any]:
    """A single training on two devices."""
    data = machine(2, label, 1)
    name = "speedup-mlp/strategy=ddp,devices=2,scaling=strong"
    data["cases"] = [case for case in data["cases"] if case["name"] == name]
    return data


def verdicts(**changes: Any) -> dict[str, Any]:
    """What lockstep compare writes: a metric that became slower, with `changes`, and one that stayed."""
    metric = {
        "name": "step_time", "unit": "s", "better": "lower", "verdict": "REGRESSED", "reason": "slower by 5 %",
        "baseline": 0.030, "candidate": 0.0315, "ratio": 1.05, "low": 1.03, "high": 1.07, "p": 0.0002, "q": 0.001,
        "threshold": 0.03, "noise_floor": 0.011, "detectable": 0.02, "baseline_units": 12, "candidate_units": 11,
        "unit_of_sample": "block",
    }  # fmt: skip
    same = {**metric, "verdict": "SAME", "ratio": 1.0, "reason": ""}
    side = {"label": "old", "run_ids": ["0123456789abcdef"], "started": "2026-01-31T12:00:00Z", "commit": "a1"}
    case = {
        "name": "speedup-mlp/devices=2",
        "family": "speedup",
        "tier": "cpu",
        "verdict": "REGRESSED",
        "reason": "",
    }
    return {
        "schema_version": 1,
        "kind": "comparison",
        "baseline": side,
        "candidate": {**side, "label": "new", "run_ids": ["", ""]},
        "alpha": 0.01,
        "design": "independent",
        "differences": [{"what": "tool.commit", "baseline": "a1", "candidate": "b2", "forbids": False}],
        "cases": [case | {"metrics": [same, {**metric, **changes}]}],
        "compared": 2,
        "exit_code": 1,
        "conclusion": "One metric is worse.",
    }


class ComparisonCase(ReportCase):
    def compare(self, *datas: dict[str, Any], more: tuple[object, ...] = ()) -> Page:
        folders = [self.result(data, f"run{number}") for number, data in enumerate(datas)]
        outcome = self.run_report(*folders, *more, "--output", self.output)
        self.assertEqual((0, ""), (outcome.code, outcome.errors))
        return Page(self.output.read_text(encoding="utf-8"))


class Sections(ComparisonCase):
    def test_every_section_is_there(self) -> None:
        first, second = machine(2, "Xeon", 1.0), machine(4, "EPYC", 2.0)
        for data in (first, second):
            save = fixture.metric("save_bandwidth", "B/s", "higher", 1.5e9, 0.1)
            data["cases"].append(fixture.case("cost", "checkpoint", "", {"strategy": "ddp"}, metrics=[save]))
        page = self.compare(first, second, more=("--price", "A=1.20", "--price", "B=3"))
        wanted = {"comparability", "throughput", "limits", "cost", "steps", "bandwidth", "batch", "memory"}
        self.assertLessEqual(wanted | {"checkpoints", "environment"}, set(page.ids))
        self.assert_shows(page, "2 machines: B is fastest in 10 of 10 trainings.")
        self.assert_shows(page, "A Xeon at 2.1 GHz, 2 cores", "B EPYC at 2.1 GHz, 4 cores")
        self.assert_shows(page, "4× communication that no computation hides")
        self.assert_shows(page, "1.20 USD", "3.00 USD")
        self.assert_shows(page, "1.50 GB/s")

    def test_two_machines_that_agree_share_a_bar(self) -> None:
        page = self.compare(machine(2, "Xeon", 1.0), machine(2, "EPYC", 2.0))
        self.assert_shows(page, "Where does the largest batch fit? The same Up to 1 016 samples")

    def test_the_cost_is_the_price_by_the_best_throughput(self) -> None:
        page = self.compare(one_case("Xeon"), one_case("EPYC"), more=("--price", "A=3.6", "--currency", "EUR"))
        rate = next(m["value"] for m in one_case("Xeon")["cases"][0]["metrics"] if m["name"] == "throughput")
        self.assert_shows(page, f"{3.6 / 3600 / rate * 1e6:.3f} EUR (ddp, 2 devices)", "Without a price: B.")

    def test_same_results_same_bytes(self) -> None:
        pages = [self.compare(machine(2, "Xeon", 1.0), machine(2, "EPYC", 2.0)).source for _ in range(2)]
        self.assertEqual(*pages)

    def test_ids_are_unique_and_every_reference_has_its_target(self) -> None:
        page = self.compare(machine(2, "Xeon", 1.0), machine(2, "EPYC", 2.0))
        self.assertGreater(page.tags["svg"], 10)
        self.assertEqual([], [name for name, count in Counter(page.ids).items() if count > 1])
        self.assertEqual(set(), set(page.references) - set(page.ids))

    def test_ten_machines_have_ten_looks(self) -> None:
        result = Result(Path("result.json"), fixture.result())
        looks = {(m.look.colour, m.look.marker, str(m.look.dash)) for m in (Machine(result, n) for n in range(10))}
        self.assertEqual(10, len(looks))

    def test_a_run_that_is_not_complete_is_named(self) -> None:
        second = machine(2, "EPYC", 2.0)
        second["run"].update(status="interrupted", exit_code=None)
        self.assert_shows(self.compare(machine(2, "Xeon", 1.0), second), "The run of B is not complete: interrupted.")

    def test_a_wrong_machine_is_named_first(self) -> None:
        second = machine(2, "EPYC", 2.0)
        second["cases"][0]["checks"].append(fixture.check("exact", 8, 1.0, 0.0, "the same bits"))
        second["cases"][0].update(verdict="FAIL", reason="exact: not the same bits")
        page = self.compare(machine(2, "Xeon", 1.0), second)
        self.assert_shows(page, "✗ FAIL 2 machines", "Is it right? Not on B", "✗ FAIL B speedup-mlp")

    def test_extreme_numbers_are_drawn(self) -> None:
        datas = [machine(2, "Xeon", 1.0), machine(2, "EPYC", 2.0)]
        for data in datas:
            for number, case in enumerate(data["cases"]):
                for metric in case["metrics"]:
                    metric.update(value=(1e300, 1e-300, -5.0, 0.0)[number % 4], low=None, high=1e308)
                for phase in case["phases"]:
                    phase["seconds"] = (0, 1e308)[number % 2]
                for account in case["memory"]:
                    account["peak_bytes"] = (0, 2**63)[number % 2]
        self.compare(*datas, more=("--price", "A=1"))


class Comparability(ComparisonCase):
    def matched(self, first: dict[str, Any], second: dict[str, Any]) -> Matching:
        results = [Result(Path("a"), first, label="A"), Result(Path("b"), second, label="B")]
        return match(all_entries(results))

    def test_equal_cases_are_compared(self) -> None:
        matching = self.matched(one_case("Xeon"), one_case("EPYC"))
        self.assertEqual(([], [], 1), (matching.excluded, matching.alone, len(matching.compared)))

    def test_each_difference_is_said_and_keeps_a_case_out(self) -> None:
        for key, value, said in IDENTITY:
            with self.subTest(key):
                second = one_case("EPYC")
                second["cases"][0][key] = value
                matching = self.matched(one_case("Xeon"), second)
                self.assertEqual([(said,)], [exclusion.reasons for exclusion in matching.excluded])
                self.assertEqual(["A"], [entry.run for entry in matching.usable])
                self.assertEqual([], matching.compared)

    def test_a_debug_build_is_not_compared(self) -> None:
        second = one_case("EPYC")
        second["tool"]["build_type"] = "Debug"
        page = self.compare(one_case("Xeon"), second)
        self.assert_shows(page, "? NOT COMPARABLE", "build type Debug against Release", "efficiency not compared")
        self.assert_shows(page, "Which is fastest? Not comparable")

    def test_what_most_machines_did_is_the_measure(self) -> None:
        first = one_case("Xeon")
        first["cases"][0]["global_batch"] = 64
        page = self.compare(first, one_case("EPYC"), one_case("Altra"))
        self.assert_shows(page, "? PARTLY COMPARABLE", "A 1 global batch 64 against 128")

    def test_results_without_a_case_in_common_are_not_compared(self) -> None:
        second = one_case("EPYC")
        second["cases"][0]["name"] = "other"
        page = self.compare(one_case("Xeon"), second)
        self.assert_shows(page, "No two results have a case in common", "no other machine has the case")

    def test_an_implausible_number_has_its_warning_beside_it_and_no_place_in_a_figure(self) -> None:
        second = one_case("EPYC")
        case = second["cases"][0]
        case.update(verdict="INVALID", reason="efficiency of 1.4")
        case["checks"] = [fixture.check("plausibility:efficiency", 3, 1.4, 1.05, "above 1 is a mistake")]
        page = self.compare(one_case("Xeon"), second)
        table = page.text[page.text.index("Strategy Devices") :]
        self.assertIn("⚠ implausible efficiency: 1.40 against a limit of 1.05 (above 1 is a mistake)", table)
        self.assert_shows(page, "Is it right? Not checked")
        figures = page.source[page.source.index("<figure") : page.source.index("</figure>")]
        self.assertNotIn(">B</text>", figures)

    def test_warnings_stand_with_the_figures_of_their_family(self) -> None:
        second = machine(2, "EPYC", 2.0)
        case = next(case for case in second["cases"] if case["family"] == "communication")
        case["checks"].append(fixture.check("plausibility:bandwidth", 30, 3.5, 3.0, "more than was moved"))
        page = self.compare(machine(2, "Xeon", 1.0), second)
        section = page.text[page.text.index("Bandwidth by size Bus") :]
        self.assertIn("⚠ B, collectives/devices=2,collective=all_reduce: implausible bandwidth: 3.50", section)

    def test_fewer_blocks_than_asked_for_are_said(self) -> None:
        second = one_case("EPYC")
        second["cases"][0]["metrics"][0]["blocks"] = [1.6, 1.7]
        warm_up = fixture.metric("warmup_step_time", "s", "none", 0.03) | {"blocks": [0.03]}
        second["cases"][0]["metrics"].append(warm_up)
        page = self.compare(one_case("Xeon"), second)
        self.assert_shows(page, "⚠ speedup: 2 blocks of at least 5")
        self.assertNotIn("warmup step time: 1 blocks", page.text)

    def test_differences_of_the_environment_stand_first_and_are_marked(self) -> None:
        page = self.compare(machine(2, "Xeon", 1.0), machine(4, "EPYC", 2.0))
        self.assert_shows(page, "3 properties of 18 differ: marked, and on top.")
        self.assertEqual(3, page.text.count("≠ differs"))
        self.assert_shows(page, "conditions measured clock 2.10 GHz 2.10 GHz")
        rows = page.text[page.text.index("marked, and on top") :]
        self.assertLess(rows.rindex("≠ differs"), rows.index("compiler"))


class Noise(unittest.TestCase):
    def test_the_best_is_so_only_beyond_the_intervals(self) -> None:
        clear = {"A": Point(1, 10, 9, 11), "B": Point(1, 14, 12, 16)}
        self.assertEqual("B", best_beyond_noise(clear))
        self.assertEqual("", best_beyond_noise({**clear, "C": Point(1, 13, 11, 15)}))
        self.assertEqual("", best_beyond_noise({"A": Point(1, 10)}), "alone")


class Arguments(ComparisonCase):
    def test_names_and_prices(self) -> None:
        first, second = self.result(machine(2, "Xeon", 1.0), "x=y"), self.result(machine(2, "EPYC", 2.0), "b")
        more = ("--price", "big=2.5", "--output", self.output)
        outcome = self.run_report(first, f"big={second}", *more)
        self.assertEqual(0, outcome.code, outcome.errors)
        self.assert_shows(Page(self.output.read_text(encoding="utf-8")), "2 machines: big is fastest", "2.50 USD")

    def test_usage(self) -> None:
        first, second = self.result(machine(2, "Xeon", 1.0), "a"), self.result(machine(2, "EPYC", 2.0), "b")
        for arguments, said in (
            ((f"A={first}", f"A={second}"), "two results are called A"),
            ((first, second, "--price", "C=1"), "'C' is not one of A, B"),
            ((first, second, "--price", "A=-1"), "a price per hour above 0"),
            ((first, second, "--price", "A=nan"), "a price per hour above 0"),
            ((first, second, "--price", "A=1", "--price", "A=2"), "or is there twice"),
            ((first, "--price", "A=1"), "price makes no sense with one RESULT"),
            ((), "wants a RESULT, or --history"),
        ):
            with self.subTest(said):
                self.assert_refused(2, said, *arguments)

    def test_a_run_is_not_compared_with_itself(self) -> None:
        first = self.result(fixture.result(), "a")
        self.assert_refused(3, "the same run as", first, self.result(fixture.result(), "b"))
        self.assert_refused(3, "the same run as", first, first)

    def test_one_bad_result_spoils_the_report(self) -> None:
        good, bad = self.result(fixture.result()), self.result(fixture.result(), "b")
        (bad / "result.json").write_text("{", encoding="utf-8")
        self.assert_refused(3, "not JSON", good, bad)


class HostileStrings(ComparisonCase):
    def test_are_shown_as_text(self) -> None:
        page = self.compare(poisoned(machine(2, "Xeon", 1.0)), poisoned(machine(4, "EPYC", 2.0)))
        self.assertEqual(0, page.tags["script"] + page.tags["b"])
        self.assertNotIn("<script", page.source)
        self.assertNotIn("<!--", page.source)
        self.assert_shows(page, HOSTILE)

    def test_in_a_name_of_a_machine(self) -> None:
        first, second = self.result(machine(2, "Xeon", 1.0), "a"), self.result(machine(2, "EPYC", 2.0), "b")
        outcome = self.run_report(f"<b>&{{{{7*7}}}}={first}", f"\x1b[31m|={second}", "--output", self.output)
        self.assertEqual(0, outcome.code, outcome.errors)
        page = Page(self.output.read_text(encoding="utf-8"))
        self.assertEqual(0, page.tags["b"])
        self.assertNotIn("\x1b", page.source)
        self.assert_shows(page, "<b>&{{7*7}}")


class Judged(ComparisonCase):
    """The verdicts of lockstep compare on top of the page."""

    def write(self, data: dict[str, Any]) -> Path:
        file = self.folder / "comparison.json"
        file.write_text(json.dumps(data), encoding="utf-8")
        return file

    def test_stand_first_the_worst_on_top(self) -> None:
        page = self.compare(one_case("Xeon"), one_case("EPYC"), more=("--comparison", self.write(verdicts())))
        self.assert_shows(page, "What changed: old → new (2 runs)", "✗ 1 REGRESSED ✓ 1 SAME One metric is worse.")
        self.assert_shows(page, "tool.commit a1 b2 may be the cause")
        self.assert_shows(
            page,
            "step time lower is better 30 ms 31.5 ms +5.0 % +3.0 % to +7.0 % slower by 5 % p = 2.00e-4, q = 0.001",
            "threshold 3.0 %, noise floor 1.1 %, detectable 2.0 %, 12 and 11 × block",
            "98 % interval",
        )
        self.assertLess(page.text.index("slower by 5 %"), page.text.index("Can they be compared? 1 case"))

    def test_the_report_of_a_run_has_them_too(self) -> None:
        page = self.compare(one_case("Xeon"), more=("--comparison", self.write(verdicts())))
        self.assert_shows(page, "Lockstep report ✗ REGRESSED", "Did it change? Worse 1 regressed, 1 same.")
        self.assertLess(page.ids.index("changes"), page.ids.index("verdicts"))

    def test_a_regression_is_the_seal(self) -> None:
        for verdict, seal in (
            ("REGRESSED", "✗ REGRESSED"),
            ("INCONCLUSIVE", "? INCONCLUSIVE"),
            ("SAME", "✓ COMPARABLE"),
        ):
            data = verdicts(verdict=verdict)
            data["cases"][0]["verdict"] = verdict
            file = self.write(data)
            page = self.compare(one_case("Xeon"), one_case("EPYC"), more=("--comparison", file))
            self.assert_shows(page, f"Lockstep comparison {seal}")

    def test_two_runs_on_one_machine_are_called_so(self) -> None:
        second = one_case("Xeon")
        second["run"]["id"] = "f" * 16
        self.assert_shows(self.compare(one_case("Xeon"), second), "2 runs: none is faster beyond noise in 1 training.")

    def test_a_case_that_no_metric_explains_has_its_own_row(self) -> None:
        data = verdicts()
        gone = {"name": "gone", "verdict": "MISSING", "reason": "not in the candidate", "metrics": []}
        data["cases"].append(data["cases"][0] | gone)
        page = self.compare(one_case("Xeon"), more=("--comparison", self.write(data)))
        self.assert_shows(page, "✗ MISSING gone", "not in the candidate")

    def test_nothing_compared_is_no_pass(self) -> None:
        data = verdicts() | {"cases": []}
        page = self.compare(one_case("Xeon"), one_case("EPYC"), more=("--comparison", self.write(data)))
        self.assert_shows(page, "? nothing was compared")

    def test_are_hostile(self) -> None:
        result = self.result(one_case("Xeon"))
        for data, said in (
            (verdicts(verdict="WORSE"), "cases[0].metrics[1].verdict"),
            (verdicts(ratio="1.05"), "cases[0].metrics[1].ratio"),
            (verdicts() | {"schema_version": 2}, "schema_version"),
            ({"schema_version": 1}, "is a required property"),
        ):
            with self.subTest(said):
                self.assert_refused(3, said, result, "--comparison", self.write(data))
        page = self.compare(one_case("Xeon"), more=("--comparison", self.write(verdicts(reason=HOSTILE, name=HOSTILE))))
        self.assertEqual(0, page.tags["script"])
        self.assert_shows(page, HOSTILE)


if __name__ == "__main__":
    unittest.main()
