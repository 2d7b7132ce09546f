#!/usr/bin/env python3
"""Signals to the run and to its cases, and two runs at once."""

import os
import signal
import unittest

from workplace import ENDLESS, EXACT, CliTest, eventually

# Enough cases that one can be caught while it runs.
MANY = EXACT.replace("steps = 4", f"steps = 60\nseed = {list(range(1, 9))}").replace("[1, 2]", "2")


class Interrupted(CliTest):
    def interrupt_in_the_middle(self, *signals):
        """Holds a case after the first one is done, and sends the signals."""
        run = self.start(self.scenario(MANY))

        def a_case_is_done():
            return (self.output / "result.json").exists() and self.cases()

        eventually(a_case_is_done)
        run.stop_a_case()
        for number in signals:
            run.process.send_signal(number)
        return run.end()

    def test_the_result_is_kept_and_can_be_completed(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                self.output = self.folder / number.name
                returncode, out, err = self.interrupt_in_the_middle(number)
                self.assertEqual((returncode, err), (code, ""))
                self.assertIn(f"{len(self.cases())} cases: {len(self.cases())} PASS", out)
                self.assertEqual(self.result()["run"]["status"], "interrupted")
                self.assertEqual(self.result()["run"]["exit_code"], code)
                finished = self.cases()
                self.assertTrue(0 < len(finished) < 16)

                self.assert_ends(self.run_to_output(self.folder / "scenario.toml", "--resume"), 0)
                self.assertEqual(self.result()["run"]["status"], "complete")
                self.assertEqual(len(self.cases()), 16)
                for name, case in finished.items():
                    self.assertEqual(self.cases()[name], case, "it was not run again")
                self.assertEqual(len({(s["case"], s["index"]) for s in self.samples()}), 16 * 60)
                self.assertEqual(len(self.samples()), 16 * 60)

    def test_before_the_first_case_is_done(self):
        run = self.start_and_wait_for_a_case(self.scenario(ENDLESS))
        run.process.send_signal(signal.SIGINT)
        self.assertEqual(run.end()[0], 130)
        self.assertEqual((self.result()["run"]["status"], self.result()["cases"]), ("interrupted", []))

    def test_a_second_signal_ends_at_once(self):
        run = self.start_and_wait_for_a_case(self.scenario(ENDLESS))
        # Both arrive before the program can do anything.
        run.process.send_signal(signal.SIGSTOP)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            run.process.send_signal(number)
        self.assertIn(run.end()[0], (130, 143))
        self.assertEqual(self.result()["run"]["status"], "running", "it did not wait to save anything")

    def test_killed_leaves_neither_a_case_nor_a_lock(self):
        run = self.start_and_wait_for_a_case(self.scenario(ENDLESS))
        run.process.kill()
        self.assertEqual(run.end()[0], -signal.SIGKILL)
        self.assertEqual(self.run_to_output(self.scenario(EXACT), "--resume").returncode, 0)


class OneCaseOfMany(CliTest):
    def test_killed_costs_only_itself(self):
        self.scenario(ENDLESS, "suite/a.toml")
        self.scenario(EXACT, "suite/b.toml")
        run = self.start(self.folder / "suite")
        os.kill(eventually(run.child), signal.SIGKILL)
        returncode, _, err = run.end()
        self.assertEqual((returncode, err), (5, ""))
        case = self.cases()["endless"]
        self.assertEqual((case["verdict"], case["reason"]), ("ERROR", "killed by signal 9 (Killed)"))
        self.assertEqual(list(self.verdicts().values()).count("PASS"), 4)

    def test_is_started_by_a_process_of_one_thread(self):
        run = self.start_and_wait_for_a_case(self.scenario(ENDLESS))
        self.assertEqual(len(os.listdir(f"/proc/{run.process.pid}/task")), 1)


class TwoRunsAtOnce(CliTest):
    def test_only_one_writes_to_a_folder(self):
        self.start_and_wait_for_a_case(self.scenario(ENDLESS, "endless.toml"))
        before = (self.output / "result.json").read_bytes()
        for option in ([], ["--force"], ["--resume"]):
            with self.subTest(option=option):
                done = self.run_to_output(self.scenario(), *option)
                self.assert_ends(done, 7, "another lockstep is writing there")
        self.assertEqual((self.output / "result.json").read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
