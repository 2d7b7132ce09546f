#!/usr/bin/env python3
"""The shipped program on the fake CUDA runtime: every scenario passes in every order of the devices' work, nothing is found,
and no result of it passes for a measurement.

The environment says the program (LOCKSTEP_PROGRAM), the fake (LOCKSTEP_FAKECUDA), and FIRST_SEED and SEEDS of them.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.environ["LOCKSTEP_PROGRAM"]
FAKE = os.environ["LOCKSTEP_FAKECUDA"]
FIRST_SEED = int(os.environ.get("FIRST_SEED", "1"))
SEEDS = range(FIRST_SEED, FIRST_SEED + int(os.environ.get("SEEDS", "1")))
SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
PATIENCE_S = 300


class Emulated(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="lockstep emulated ")))
        self.findings = self.folder / "findings"

    def on_fake_gpus(self, seed, *arguments, **variables):
        environment = os.environ | {"LD_PRELOAD": FAKE, "FAKECUDA_SEED": str(seed), "FAKECUDA_FINDINGS": str(self.findings)}
        return subprocess.run(
            [PROGRAM, *arguments],
            env=environment | variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def assert_passes(self, seed, *arguments):
        """All cases pass, at least one, and the fake finds nothing."""
        output = self.folder / f"out-{seed}"
        done = self.on_fake_gpus(seed, "run", *arguments, "--output", output, "--force")
        found = self.findings.read_text(encoding="utf-8") if self.findings.exists() else ""
        self.assertEqual((found, done.returncode), ("", 0), f"seed {seed}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        result = json.loads((output / "result.json").read_text(encoding="utf-8"))
        self.assertTrue(result["cases"])
        self.assertEqual({case["tier"] for case in result["cases"]}, {"emulated"})
        self.assertEqual({case["verdict"] for case in result["cases"]}, {"PASS"})
        return output / "result.json", result

    def test_scenarios_for_gpus_pass_in_every_order(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                _, result = self.assert_passes(seed, SCENARIOS / "cuda")
                families = {case["family"] for case in result["cases"]}
                self.assertEqual(families, {"equivalence", "communication", "checkpoint"})


class Family(Emulated):
    test_scenarios_for_gpus_pass_in_every_order = None  # those are the other class's

    def test_equivalence_holds_with_nccl_and_with_our_own_collectives(self):
        # The others take minutes here; scenarios/cuda has a residual network and a decoder for every seed.
        slow = {"fashion-mnist.toml", "gpt.toml", "gpt-text.toml", "resnet-exact.toml", "resnet-real.toml"}
        files = sorted(file for file in (SCENARIOS / "equivalence").glob("*.toml") if file.name not in slow)
        for collectives in ("nccl", "local"):
            with self.subTest(collectives=collectives):
                choice = ("-a", "run.backend=cuda", "-a", f"run.collectives={collectives}")
                _, result = self.assert_passes(FIRST_SEED, *files, *choice)
                self.assertGreater(len(result["cases"]), 90)

    def test_emulated_results_carry_no_times_and_are_not_compared(self):
        output, result = self.assert_passes(FIRST_SEED, SCENARIOS / "cuda", "--filter", "cuda-communication")
        for case in result["cases"]:
            for metric in case["metrics"]:
                self.assertFalse(metric["unit"] == "s" and metric["value"] is not None, metric["name"])
        compared = subprocess.run(
            [PROGRAM, "compare", output, output], capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        self.assertNotEqual(compared.returncode, 0)
        self.assertIn("emulated", compared.stdout + compared.stderr)

    def test_a_fault_of_the_device_is_an_error_that_tells_the_last_collectives(self):
        done = self.on_fake_gpus(
            FIRST_SEED,
            "run",
            SCENARIOS / "cuda" / "equivalence-nccl.toml",
            "--output",
            self.folder / "out",
            FAKECUDA_FAIL="collective:9",
        )
        self.assertEqual(done.returncode, 5, done.stdout[-2000:])
        result = json.loads((self.folder / "out" / "result.json").read_text(encoding="utf-8"))
        last = [record for case in result["cases"] for record in case.get("last_collectives", [])]
        self.assertIn({"rank", "ranks", "sequence", "collective", "bytes", "root", "state"}, [set(record) for record in last])
        # Which rank's operation is the ninth depends on the host's threads.
        self.assertRegex(done.stdout, r"rank (\d) \(cuda:\1\), step \d")


if __name__ == "__main__":
    # All of it, or only what goes through the seeds.
    unittest.main(defaultTest=sys.argv[1] if len(sys.argv) > 1 else "Emulated", argv=sys.argv[:1])
