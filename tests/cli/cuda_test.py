#!/usr/bin/env python3
"""Scenarios on GPUs where there are none: refusals, exit codes, what doctor says. No GPU is visible here on any machine."""

import json
import os
import unittest
from pathlib import Path

from workplace import EXACT, CliTest

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
ON_GPUS = EXACT.replace("[run]\n", '[run]\nbackend = "cuda"\n')
WITHOUT_GPUS = os.environ | {"CUDA_VISIBLE_DEVICES": ""}


class WithoutGpus(CliTest):
    def run_on_gpus(self, *arguments):
        return self.run_to_output(*arguments, env=WITHOUT_GPUS)

    def test_ends_with_4_and_says_what_to_do(self):
        done = self.run_on_gpus(self.scenario(ON_GPUS))
        self.assert_ends(done, 4)
        self.assertIn("-a run.backend=cpu", done.stdout)
        for case in self.cases().values():
            self.assertEqual(case["verdict"], "ERROR")
            self.assertIn("-a run.backend=cpu", case["reason"])
            self.assertEqual(case["checks"], [])
            self.assertEqual(case["tier"], "cuda-nccl")

    def test_a_case_that_passes_beside_it_does_not_hide_it(self):
        done = self.run_on_gpus(self.scenario(ON_GPUS), "-a", "run.backend=cpu,cuda", "-a", "strategy=ddp")
        self.assert_ends(done, 4)
        self.assertEqual(sorted(set(self.verdicts().values())), ["ERROR", "PASS"])

    def test_what_is_said_to_do_works(self):
        done = self.run_on_gpus(self.scenario(ON_GPUS), "-a", "run.backend=cpu")
        self.assert_ends(done, 0)
        self.assertEqual({case["tier"] for case in self.cases().values()}, {"cpu"})

    def test_every_family_says_so(self):
        for family in ("communication", "checkpoint", "equivalence"):
            with self.subTest(family=family):
                done = self.run_on_gpus(SCENARIOS / "cuda", "--filter", f"cuda-{family}", "--force")
                self.assert_ends(done, 4)
                self.assertEqual(set(self.verdicts().values()), {"ERROR"})

    def test_previews_need_no_gpu(self):
        done = self.lockstep("run", SCENARIOS / "cuda", "--dry-run", env=WITHOUT_GPUS)
        self.assert_ends(done, 0)
        self.assertIn("on 4 cuda devices", done.stdout)
        self.assertIn("their times are no speed-up", done.stdout)

    def test_doctor_says_why(self):
        done = self.lockstep("doctor", env=WITHOUT_GPUS)
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"(?m)^cuda +(not in this build|runtime \d)")
        if "not in this build: nvcc" not in done.stdout:
            self.assertRegex(done.stdout, r"(?m)^ +unusable: .*\(cuda[A-Za-z]+\)$")
        self.assertIn("cuda-nccl, cuda-local: not here", done.stdout)


class Emulated(CliTest):
    """A result of the tests' double is compared with nothing."""

    def test_is_not_comparable(self):
        self.assert_ends(self.run_to_output(self.scenario(), "-a", "devices=2"), 0)
        result = self.result()
        result["run"]["id"] = "0123456789abcdef"
        for case in result["cases"]:
            case["tier"] = "emulated"
        other = self.folder / "emulated"
        other.mkdir()
        (other / "result.json").write_text(json.dumps(result), encoding="utf-8")
        done = self.lockstep("compare", self.output, other, "--all")
        self.assertIn("times of an emulated run mean nothing", done.stdout)
        self.assertNotEqual(done.returncode, 0)


class Refusals(CliTest):
    def test_before_anything_runs(self):
        for lines, message in (
            ("device_map = [0, 0]\ncollectives = \"nccl\"\n", "NCCL refuses two ranks on one GPU"),
            ("device_map = [0]\n", "run.device_map: not a GPU for each device"),
            ("device_map = [0, -1]\n", "run.device_map: out of range, got -1"),
        ):
            with self.subTest(lines=lines):
                self.assert_ends(self.run_to_output(self.scenario(ON_GPUS + lines)), 3, message)
                self.assertFalse((self.output / "result.json").exists())


if __name__ == "__main__":
    unittest.main()
