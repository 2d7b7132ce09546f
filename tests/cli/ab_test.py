#!/usr/bin/env python3
"""lockstep ab on programs that write made-up results for a machine whose speed wanders by a tenth."""

import json
import unittest

import made_up
from workplace import CliTest


class Alternates(CliTest):
    def ab(self, baseline, candidate, *arguments):
        return self.lockstep(
            *("ab", "--baseline", baseline, "--candidate", candidate, "some.toml"), *("--output", self.output), *arguments
        )

    def program(self, name, **how):
        return made_up.program(self.folder, name, **how)

    def runs(self):
        return (self.folder / "runs").read_text(encoding="utf-8").split()

    def comparison(self):
        return json.loads((self.output / "comparison.json").read_text(encoding="utf-8"))

    def test_a_planted_slow_down_of_five_percent_is_caught_and_confirmed(self):
        done = self.ab(self.program("before"), self.program("after", slowness=1.05))
        self.assert_ends(done, 1)
        self.assertRegex(done.stdout, r"REGRESSED +step_time .* % longer .*; confirmed by a second round: .* % longer")
        self.assertEqual(len(self.runs()), 48)
        self.assertEqual(self.comparison()["design"], "paired")

    def test_fifty_repetitions_of_the_same_program_raise_no_alarm(self):
        done = self.ab(self.program("before"), self.program("after"), "--pairs", "50")
        self.assert_ends(done, 0)
        self.assertIn("1 SAME", done.stdout)
        self.assertEqual(len(self.runs()), 100)

    def test_programs_take_turns(self):
        self.ab(self.program("A"), self.program("B"), "--pairs", "5")
        self.assertEqual("".join(self.runs()), "ABBAABBAAB")

    def test_an_effect_that_does_not_come_back_is_not_confirmed(self):
        before = self.program("before")
        # Slow in the first round only.
        after = self.program("after", slowness="(1.05 if run <= 24 else 1)")
        done = self.ab(before, after)
        self.assert_ends(done, 8)
        self.assertIn("not confirmed by a second round", done.stdout)

    def test_few_pairs_never_pass(self):
        done = self.ab(self.program("before"), self.program("after"), "--pairs", "5")
        self.assert_ends(done, 8)
        self.assertIn("cannot show any effect", done.stdout)

    def test_arguments_reach_the_programs(self):
        self.ab(self.program("before"), self.program("after"), *("--pairs", "1", "-a", "devices=2", "--filter", "ddp"))
        log = (self.output / "first" / "baseline" / "001.log").read_text(encoding="utf-8")
        self.assertIn("arguments run some.toml -a devices=2 --filter ddp --output", log)

    def test_a_wrong_candidate_ends_it_at_once(self):
        done = self.ab(self.program("before"), self.program("wrong", exit_code=1))
        self.assert_ends(done, 1, "the candidate ended with exit code 1", "001.log")
        self.assertEqual(self.runs(), ["before", "wrong"])

    def test_a_baseline_that_fails_judges_nothing(self):
        done = self.ab(self.program("wrong", exit_code=1), self.program("after"))
        self.assert_ends(done, 8, "the baseline ended with exit code 1")

    def test_programs_that_are_none(self):
        self.assert_ends(self.ab(self.folder / "nothing", self.program("after")), 7, "nothing: cannot be run")
        self.assert_ends(self.ab(self.program("before"), self.program("after", exit_code=70), "--output", self.output), 2)

    def test_earlier_runs_are_not_mixed_in(self):
        self.ab(self.program("before"), self.program("after"), "--pairs", "1")
        self.assert_ends(self.ab(self.program("before"), self.program("after")), 7, "already holds runs")


if __name__ == "__main__":
    unittest.main()
