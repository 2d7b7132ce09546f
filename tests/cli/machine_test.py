#!/usr/bin/env python3
"""What the program says of the machine that it runs on, and what it must not say."""

import json
import os
import re
import socket
import subprocess
import unittest
from pathlib import Path

from workplace import CHECKPOINT, EXACT, CliTest

FAKE_NVML = os.environ["LOCKSTEP_FAKE_NVML"]  # the folder of a libnvidia-ml.so.1 (tests/doubles/fake_nvml.cpp)
REPORTS = Path(__file__).resolve().parents[2] / "reports"
VALIDATE = """
import json, sys
from jsonschema import Draft202012Validator
Draft202012Validator(json.load(open(sys.argv[1], encoding="utf-8"))).validate(json.load(sys.stdin))
"""


def with_gpus(setup):
    path = os.environ.get("LD_LIBRARY_PATH")
    return os.environ | {"FAKE_NVML": setup, "LD_LIBRARY_PATH": f"{FAKE_NVML}:{path}" if path else FAKE_NVML}


def values_in(document):
    """All texts and numbers of a JSON document."""
    if isinstance(document, dict):
        for value in document.values():
            yield from values_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from values_in(value)
    else:
        yield document


class Doctor(CliTest):
    def test_names_the_tiers(self):
        done = self.lockstep("doctor")
        for tier in ("cpu", "cuda-local", "cuda-nccl", "simulated"):
            self.assertRegex(done.stdout, rf"\b{tier}\b")
        self.assertIn("simulated: not in this build", done.stdout)

    def test_shows_gpus(self):
        done = self.lockstep("doctor", env=with_gpus("gpus=3"))
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"(?m)^gpus +driver 550\.54\.15, for CUDA up to 12\.4$")
        self.assertRegex(done.stdout, r"(?m)^ +1: Fake H100, 80\.0 GiB, .*connections NV2 X PIX$")
        self.assertIn("the 3 GPUs here cannot be used", done.stdout)

    def test_survives_the_driver(self):
        done = self.lockstep("doctor", env=with_gpus("crashes=nvmlDeviceGetName"))
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"(?m)^gpus +unknown: asking for GPUs: killed by signal 6")

    def test_a_hostile_driver_does_not_reach_the_terminal(self):
        done = self.lockstep("doctor", env=with_gpus("hostile") | {"OMP_PLACES": "\x1b[31m\x07"})
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"\?\[31mRed")
        self.assertIn("OMP_PLACES=?[31m?", done.stdout)
        self.assertNotRegex(done.stdout, r"[\x00-\x09\x0b-\x1f\x7f]")


class SystemDescription(CliTest):
    def test_is_json_on_standard_output(self):
        done = self.lockstep("doctor", "--system-description", "-", env=with_gpus("gpus=2"))
        self.assert_ends(done, 0)
        description = json.loads(done.stdout)
        self.assertEqual(description["accelerators_per_node"], 2)
        self.assertEqual(description["accelerator_model_name"], "Fake H100")
        self.assertNotEqual(description["host_processor_model_name"], "")

    def test_is_written_to_a_file(self):
        path = self.folder / "system.json"
        done = self.lockstep("doctor", "--system-description", path)
        self.assert_ends(done, 0)
        self.assertEqual(done.stdout, "")
        self.assertEqual(json.loads(path.read_text(encoding="utf-8"))["number_of_nodes"], 1)

    def test_a_file_that_cannot_be_written(self):
        for path in (self.folder / "none" / "system.json", self.folder, ""):
            with self.subTest(path=path):
                self.assert_ends(self.lockstep("doctor", "--system-description", path), 7)
        self.assert_ends(self.lockstep("doctor", "--system-description"), 2)


class Fingerprint(CliTest):
    def validate(self):
        chosen = subprocess.run([REPORTS / "report", "--python"], capture_output=True, text=True, check=False)
        if chosen.returncode != 0:
            self.skipTest(chosen.stderr.strip())
        command = [chosen.stdout.strip(), "-c", VALIDATE, REPORTS / "result.schema.json"]
        text = (self.output / "result.json").read_text(encoding="utf-8")
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_holds_gpus_and_follows_the_schema(self):
        done = self.run_to_output(self.scenario(), "--host-name", env=with_gpus("gpus=8 switch"))
        self.assert_ends(done, 0)
        environment = self.result()["environment"]
        self.assertEqual([gpu["connections"].count("NV3") for gpu in environment["hardware"]["gpus"]], [7] * 8)
        self.assertEqual(environment["conditions"]["gpu7_sm_clock_hz"], 1_008_000_000)
        self.validate()

    def test_follows_the_schema_when_the_driver_says_nothing(self):
        for setup in ("fails=nvmlDeviceGetHandleByIndex_v2", "fails=nvmlDeviceGetEccMode", "crashes=nvmlInit_v2"):
            with self.subTest(setup=setup):
                self.assert_ends(self.run_to_output(self.scenario(), "--force", env=with_gpus(setup)), 0)
                self.validate()

    def test_names_the_commit_and_the_run(self):
        ids = set()
        for _ in range(2):
            self.assert_ends(self.run_to_output(self.scenario(), "--force"), 0)
            result = self.result()
            self.assertRegex(result["tool"]["commit"], r"^([0-9a-f]{40}(-dirty)?|unknown)$")
            self.assertNotEqual(result["tool"]["flags"], "")
            self.assertRegex(result["run"]["id"], r"^[0-9a-f]{16}$")
            ids.add(result["run"]["id"])
        self.assertEqual(len(ids), 2)

    def test_other_clocks_do_not_stop_a_resumed_run(self):
        self.assert_ends(self.run_to_output(self.scenario(), env=with_gpus("gpus=1")), 0)
        result = self.result()
        self.assertGreater(result["environment"]["conditions"]["gpu0_sm_clock_hz"], 0)
        result["environment"]["conditions"] = {"measured_clock_hz": 1}
        (self.output / "result.json").write_text(json.dumps(result), encoding="utf-8")
        self.assert_ends(self.run_to_output(self.scenario(), "--resume", env=with_gpus("gpus=1")), 0)
        self.assert_ends(self.run_to_output(self.scenario(), "--resume", env=with_gpus("gpus=2")), 3, "another machine")


class Secrets(CliTest):
    """Names of people and machines, and what else an environment holds, are none of a result's business."""

    def setUp(self):
        super().setUp()
        self.home = self.folder / "canary-home"
        self.home.mkdir()
        self.output = self.home / "canary-home-out"
        self.surroundings = os.environ | {
            "HOME": str(self.home),
            "USER": "canary-user",
            "LOGNAME": "canary-user",
            "HOSTNAME": "canary-host",
            "AWS_SECRET_ACCESS_KEY": "canary-key",
            "OMP_TOKEN": "canary-token",
            "NCCL_COMM_ID": "canary-address:1",
            "XOMP_NUM_THREADS": "canary-prefix",
            "OMP_NUM_THREADS": "3",
            "MALLOC_TOP_PAD_": f"{self.home}/canary",
        }

    def run_with_secrets(self, *options):
        self.scenario(EXACT, "canary-home/a.toml")
        self.scenario(CHECKPOINT, "canary-home/b.toml")
        done = self.run_to_output(self.home / "a.toml", self.home / "b.toml", *options, env=self.surroundings)
        self.assert_ends(done, 0)
        return {path.name: path.read_bytes() for path in self.output.rglob("*") if path.is_file()}

    def test_are_not_in_any_file(self):
        written = self.run_with_secrets("--host-name")
        self.assertIn("result.json", written)
        self.assertIn("samples.jsonl", written)
        for name, content in written.items():
            with self.subTest(file=name):
                text = content.decode("utf-8", errors="replace")
                for canary in ("user", "host", "key", "token", "address", "prefix"):
                    self.assertNotIn(f"canary-{canary}", text)
                self.assertNotIn(str(self.home), text)

    def test_only_variables_of_the_list_are_kept(self):
        self.run_with_secrets()
        variables = self.result()["environment"]["variables"]
        self.assertEqual(variables["OMP_NUM_THREADS"], "3")
        self.assertEqual(variables["MALLOC_TOP_PAD_"], "~/canary")
        for name in variables:
            self.assertRegex(name, r"^((OMP|OPENBLAS|GOTO|MKL|NCCL|CUDA|MALLOC)_\w*|LD_PRELOAD)$")
        self.assertNotIn("OMP_TOKEN", variables)

    def test_the_command_has_no_home(self):
        self.run_with_secrets()
        command = self.result()["run"]["command"]
        self.assertIn("~/a.toml", command)
        self.assertIn("~/canary-home-out", command)

    def test_the_host_is_named_on_request_only(self):
        host = socket.gethostname()
        self.run_with_secrets()
        environment = self.result()["environment"]
        self.assertNotIn("host_name", environment)
        whole_word = re.compile(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])")
        for value in values_in([environment, self.result()["tool"], self.result()["run"]["command"]]):
            self.assertIsNone(whole_word.search(str(value)), value)
        self.run_with_secrets("--force", "--host-name")
        self.assertEqual(self.result()["environment"]["host_name"], host)


if __name__ == "__main__":
    unittest.main()
