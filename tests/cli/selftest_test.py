#!/usr/bin/env python3
"""The checks of the program, tried by the program itself."""

import json
import unittest

from workplace import CliTest

ONE = "faults-exact-bf16/strategy=ddp,devices=2"


class SelfTest(CliTest):
    def test_counts_what_is_caught(self):
        done = self.lockstep("selftest", "--filter", ONE, "--output", "out")
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"(?m)^  contribution_dropped +pytorch#104336 +1 of 1  exact, reduction$")
        self.assertRegex(done.stdout, r"(?m)^  stale_replica +pytorch#19540 +–$")
        self.assertRegex(
            done.stdout,
            r"(?m)^mutation score 100 %: (\d+) of \1 caught, \1 faults in 1 trainings; 0 false alarms in 6 correct runs$",
        )

    def test_its_result_says_why_a_fault_does_not_apply(self):
        self.assert_ends(self.lockstep("selftest", "--filter", ONE, "--output", "out"), 0)
        (case,) = json.loads((self.folder / "out" / "result.json").read_text(encoding="utf-8"))["cases"]
        faults = {fault["id"]: fault for fault in case["faults"]}
        self.assertGreaterEqual(len(faults), 50)
        self.assertEqual(faults["stale_replica"]["reason"], "ddp has nothing of the kind")
        for fault in faults.values():
            if fault["verdict"] == "caught":
                self.assertLessEqual(set(fault["expected"]), set(fault["caught_by"]), fault["id"])
            else:
                self.assertEqual(fault["verdict"], "not_applicable", fault["id"])
                self.assertNotEqual(fault["reason"], "", fault["id"])

    def test_lists_its_cases_and_knows_no_others(self):
        done = self.lockstep("selftest", "--list")
        self.assert_ends(done, 0)
        self.assertIn(f"{ONE}\n", done.stdout)
        self.assertGreaterEqual(len(done.stdout.splitlines()), 40)
        self.assert_ends(self.lockstep("selftest", "--filter", "no such case"), 4)

    def test_a_users_training_is_refused_where_no_fault_can_be_planted(self):
        (self.folder / "one.toml").write_text(
            'schema = 1\nname = "one"\nfamily = "faults"\n[model]\nwidths = [20, 10]\n[train]\nbatch = 2\nsteps = 3\n[run]\nstrategy = "dp"\n',
            encoding="utf-8",
        )
        done = self.lockstep("run", "one.toml")
        self.assert_ends(done, 3)
        for key in ("train.steps", "train.batch", "run.devices"):
            self.assertIn(f"{key}: ", done.stderr)


if __name__ == "__main__":
    unittest.main()
