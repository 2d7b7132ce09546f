#!/usr/bin/env python3
"""Ranks with a process each, on the fake CUDA runtime: the bits of ranks on threads, and a clear end for all when one of them
does not do its part.

The environment says the training (LOCKSTEP_TRAINING, one rank or all of them on threads) and the fake (LOCKSTEP_FAKECUDA).
"""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

TRAINING = os.environ["LOCKSTEP_TRAINING"]
FAKE = os.environ["LOCKSTEP_FAKECUDA"]
PATIENCE_S = 30
FAILED, LATE, USAGE, FOUND, KILLED = 5, 6, 2, 77, -signal.SIGKILL


def sockets_of_the_fake(makers):
    """Names "fakecuda PID …" of sockets that are open, where one of these processes has made the unique id."""
    names = re.findall(r"@(fakecuda (\d+) .*)", Path("/proc/net/unix").read_text(encoding="utf-8"))
    return {name for name, maker in names if int(maker) in makers}


class Ranks(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="lockstep processes ")))
        self.meeting = self.folder / "meeting"
        self.meeting.mkdir()
        self.findings = self.folder / "findings"
        self.started = set()

    def start(self, *arguments, seed=1, **variables):
        environment = os.environ | {
            "LD_PRELOAD": FAKE,
            "FAKECUDA_SEED": str(seed),
            "FAKECUDA_FINDINGS": str(self.findings),
            "FAKECUDA_PROCESSES": "1",
        }
        process = subprocess.Popen(
            [TRAINING, f"rendezvous={self.meeting / 'file'}", *arguments],
            env=environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.add(process.pid)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.communicate()

    def start_all(self, ranks, *arguments, victim=None, fault=(), seeds=None, **variables):
        """One process for each rank; `fault` is what the victim is told besides."""
        return [
            self.start(
                f"rank={rank}",
                f"ranks={ranks}",
                *arguments,
                *(fault if rank == victim else ()),
                seed=seeds[rank] if seeds else 1,
                **variables,
            )
            for rank in range(ranks)
        ]

    @staticmethod
    def wait_for(processes):
        """(exit code, standard output, standard error) of each."""
        texts = [process.communicate(timeout=PATIENCE_S) for process in processes]
        return [(process.returncode, *text) for process, text in zip(processes, texts, strict=True)]

    def run_all(self, *arguments, **named):
        return self.wait_for(self.start_all(*arguments, **named))

    def on_threads(self, ranks, seed=1):
        done = self.start(f"ranks={ranks}", seed=seed)
        text, errors = done.communicate(timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, errors)
        return text

    def assert_nothing_is_left(self):
        self.assertEqual(list(self.meeting.iterdir()), [])
        self.assertEqual(sockets_of_the_fake(self.started), set())

    def assert_nothing_was_found(self):
        self.assertEqual(self.findings.read_text(encoding="utf-8") if self.findings.exists() else "", "")


def lines_of(text, rank):
    return [line for line in text.splitlines() if line.startswith(f"rank {rank} ")]


class EqualTraining(Ranks):
    def test_processes_have_the_bits_of_threads(self):
        for ranks in (1, 2, 3):
            for seed in range(1, 6):
                with self.subTest(ranks=ranks, seed=seed):
                    expected = self.on_threads(ranks, seed)
                    # The order of work differs from process to process, that of NCCL's sums does not.
                    seeds = [seed + 10 * rank for rank in range(ranks)]
                    for rank, (code, text, errors) in enumerate(self.run_all(ranks, seeds=seeds)):
                        self.assertEqual(code, 0, errors)
                        self.assertEqual(lines_of(text, rank), lines_of(expected, rank))
                        self.assertEqual(len(lines_of(text, rank)), 5)
                        self.assertIn(f"world of {ranks}\n", text)
                    self.assert_nothing_was_found()
                    self.assert_nothing_is_left()

    def test_the_bits_tell_orders_of_sums_apart(self):
        """Otherwise equal bits would say little."""
        self.assertEqual(len({tuple(sorted(self.on_threads(3, seed).splitlines())) for seed in (1, 2, 3, 4)}), 4)

    def test_a_group_can_be_made_again(self):
        for rank, (code, text, errors) in enumerate(self.run_all(2, "again=1")):
            self.assertEqual(code, 0, errors)
            lines = lines_of(text, rank)
            self.assertEqual(lines[:5], lines[5:])
        self.assert_nothing_was_found()
        self.assert_nothing_is_left()

    def test_ranks_may_come_in_any_order(self):
        late = self.start("rank=2", "ranks=3")
        early = self.start("rank=1", "ranks=3")
        while len(list(self.meeting.iterdir())) < 2:
            time.sleep(0.01)
        zero = self.start("rank=0", "ranks=3")
        for code, _, errors in self.wait_for([zero, early, late]):
            self.assertEqual(code, 0, errors)
        self.assert_nothing_is_left()


class Rendezvous(Ranks):
    def leave_files_of_a_killed_run(self):
        one = self.start("rank=1", "ranks=2")
        while not (self.meeting / "file.1").exists():
            time.sleep(0.01)
        one.kill()
        one.communicate()
        zero = self.start("rank=0", "ranks=2")
        while not (self.meeting / "file").exists():
            time.sleep(0.01)
        zero.kill()
        zero.communicate()
        self.assertEqual(sorted(path.name for path in self.meeting.iterdir()), ["file", "file.1"])

    def test_files_of_a_killed_run_are_not_taken(self):
        self.leave_files_of_a_killed_run()
        for code, _, errors in self.run_all(2):
            self.assertEqual(code, 0, errors)
        self.assert_nothing_is_left()

    def test_files_of_a_killed_run_do_not_stand_for_its_ranks(self):
        for rank in (0, 1):
            self.leave_files_of_a_killed_run()
            code, _, errors = self.wait_for([self.start(f"rank={rank}", "ranks=2", "deadline=0.3")])[0]
            self.assertEqual(code, LATE, errors)
            self.assertIn("rank", errors)
            for path in self.meeting.iterdir():
                path.unlink()

    def test_a_damaged_file_is_called_so_and_replaced(self):
        (self.meeting / "file").write_bytes(b"LkstpRdv" + bytes(60))
        code, _, errors = self.wait_for([self.start("rank=1", "ranks=2", "deadline=0.3")])[0]
        self.assertEqual(code, LATE)
        self.assertIn("file: version 0, known is 1", errors)
        for code, _, errors in self.run_all(2):
            self.assertEqual(code, 0, errors)
        self.assert_nothing_is_left()

    def test_a_missing_rank_is_named(self):
        zero, one = self.wait_for([self.start(f"rank={rank}", "ranks=3", "deadline=3") for rank in (0, 1)])
        self.assertEqual((zero[0], one[0]), (LATE, LATE))
        self.assertIn("rank 2 has not come", zero[2])
        self.assert_nothing_is_left()

    def test_other_sizes_are_an_error_of_both(self):
        done = self.wait_for([self.start("rank=0", "ranks=2"), self.start("rank=1", "ranks=3")])
        for code, _, errors in done:
            self.assertEqual(code, LATE)
            self.assertRegex(errors, r"rank \d is of a group of \d ranks, rank \d of \d")
        self.assert_nothing_is_left()

    def test_two_ranks_cannot_share_a_gpu(self):
        for code, _, errors in self.run_all(2, "gpu=0"):
            self.assertEqual(code, FAILED)
            self.assertIn("invalid usage", errors)
        self.assert_nothing_was_found()
        self.assert_nothing_is_left()

    def test_a_deadline_is_needed(self):
        code, _, errors = self.run_all(1, "deadline=0")[0]
        self.assertEqual(code, USAGE)
        self.assertIn("deadline", errors)

    def test_dp_is_one_process(self):
        code, _, errors = self.run_all(1, "strategy=dp")[0]
        self.assertEqual(code, USAGE)
        self.assertIn("dp is one process", errors)
        # Whoever is later may hear first that the other has given up.
        codes = {code for code, _, _ in self.run_all(2, "strategy=dp")}
        self.assertIn(USAGE, codes)
        self.assertLessEqual(codes, {USAGE, FAILED})
        self.assert_nothing_is_left()


class Failures(Ranks):
    def test_a_killed_rank_ends_the_others(self):
        for ranks, victim in ((2, 0), (2, 1), (3, 0), (3, 1)):
            with self.subTest(ranks=ranks, victim=victim):
                done = self.run_all(ranks, victim=victim, fault=["kill_at=2"])
                for rank, (code, _, errors) in enumerate(done):
                    self.assertEqual(code, KILLED if rank == victim else FAILED, errors)
                    if rank != victim:
                        # It may hear of it while it still waits for the step before.
                        self.assertRegex(errors, rf"rank {rank} \(cuda:{rank}\), step [12]: .*remote process exited")
                self.assert_nothing_was_found()
                self.assert_nothing_is_left()

    def test_a_rank_that_fails_ends_the_others(self):
        done = self.run_all(3, victim=1, fault=["fail_at=1"])
        self.assertEqual([code for code, _, _ in done], [FAILED] * 3)
        self.assertIn("rank 1 (cuda:1), step 0: this rank was told to fail", done[1][2])
        self.assertIn("remote process exited", done[0][2])
        self.assert_nothing_was_found()
        self.assert_nothing_is_left()

    def test_a_failure_of_nccl_ends_all(self):
        processes = [self.start("rank=0", "ranks=2"), self.start("rank=1", "ranks=2", FAKECUDA_FAIL="collective:5")]
        self.assertEqual([code for code, _, _ in self.wait_for(processes)], [FAILED, FAILED])
        self.assert_nothing_was_found()
        self.assert_nothing_is_left()

    def test_a_rank_that_leaves_or_stops_is_waited_for_until_the_deadline(self):
        for fault in ("leave_at=2", "stop_at=2"):
            with self.subTest(fault=fault):
                stays, goes = self.start_all(2, "deadline=3", victim=1, fault=[fault])
                code, _, errors = self.wait_for([stays])[0]
                self.assertEqual(code, LATE)
                self.assertIn("cuda:0 was not done with its work after 3.0 s", errors)
                # The last two buckets are what it waits for.
                self.assertEqual(re.findall(r"collective (\d+) (\w+)", errors)[-2:], [("6", "all_reduce"), ("7", "all_reduce")])
                if fault == "stop_at=2":
                    goes.send_signal(signal.SIGCONT)
                    self.assertEqual(self.wait_for([goes])[0][0], FAILED)
                else:
                    self.assertEqual(self.wait_for([goes])[0][0], 0)
                self.assert_nothing_was_found()
                self.assert_nothing_is_left()

    def test_another_call_is_not_seen_before_the_deadline_but_by_the_fake(self):
        done = self.run_all(2, "deadline=3", victim=1, fault=["other_at=2"])
        self.assertEqual([code for code, _, _ in done], [FOUND, FOUND])
        found = self.findings.read_text(encoding="utf-8")
        self.assertIn("(count 104, float32, sum) on rank 0 and ncclAllReduce(count 1, int32, sum) on rank 1", found)
        self.assertIn("collective 6 all_reduce", done[0][2])
        self.assertIn("collective 6 barrier", done[1][2])
        self.assert_nothing_is_left()

    def test_the_fake_refuses_ids_of_other_processes_unless_told_of_them(self):
        done = self.run_all(2, "deadline=1", FAKECUDA_PROCESSES="0")
        self.assertEqual(done[1][0], FOUND)
        self.assertIn("foreign id", self.findings.read_text(encoding="utf-8"))

    def test_whatever_call_fails_both_come_to_an_end(self):
        counts = self.folder / "counts"
        self.assertEqual([code for code, _, _ in self.run_all(2, "steps=1", FAKECUDA_COUNT=str(counts))], [0, 0])
        calls = dict(re.findall(r"^(cu\w+|nccl\w+) (\d+)$", counts.read_text(encoding="utf-8"), re.MULTILINE))
        self.assertGreater(len(calls), 30)
        for function, count in calls.items():
            for call in sorted({1, max(1, int(count) // 2)}):
                with self.subTest(function=function, call=call):
                    done = self.wait_for(
                        [
                            self.start("rank=0", "ranks=2", "steps=1", "deadline=1"),
                            self.start("rank=1", "ranks=2", "steps=1", "deadline=1", FAKECUDA_FAIL=f"{function}:{call}"),
                        ]
                    )
                    for code, _, errors in done:
                        self.assertIn(code, (0, 4, FAILED, LATE), errors)
                    self.assert_nothing_was_found()
                    self.assert_nothing_is_left()


if __name__ == "__main__":
    unittest.main()
