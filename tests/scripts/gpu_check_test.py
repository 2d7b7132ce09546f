#!/usr/bin/env python3
"""scripts/gpu-check with pretended programs: what it asks, what it makes of the answers, and that nothing passes silently.

With LOCKSTEP_BUILD (a build's folder) and LOCKSTEP_FAKECUDA (the fake CUDA runtime) also with the real ones.
"""

import json
import os
import subprocess
import sys
import time
import unittest
from unittest import mock

from sandbox import ROOT, Sandbox

sys.path.insert(0, str(ROOT / "scripts/gpu"))
import correctness  # noqa: E402
import parts  # noqa: E402
import speed  # noqa: E402

DOCTOR = """lockstep     0.1.0 (Release)
cuda         runtime 13.0, driver for CUDA up to 13.0, cuBLAS 13.1.0, NCCL 2.28.9
             0: NVIDIA H100 80GB HBM3, 79.1 GiB, sm_90, 132 multiprocessors, bus 0000:01:00.0, reaches no other GPU's memory
system       Debian GNU/Linux 12
"""

# Does what $BREAK does not spoil; a word of $BREAK is PART:HOW.
STUB = f"""#!{sys.executable}
import json, os, sys, time
name, arguments = os.path.basename(sys.argv[0]), sys.argv[1:]
open(os.environ["RECORD"], "a").write(" ".join([name, *arguments]) + "\\n")
spoilt = dict(word.split(":") for word in os.environ.get("BREAK", "").split())

def value_of(option, default=""):
    return next((b for a, b in zip(arguments, arguments[1:]) if a == option), default)

def axis(key, default):
    return next((b.split("=")[1] for a, b in zip(arguments, arguments[1:]) if a == "-a" and b.startswith(key + "=")), default)

def behave(part):
    how = spoilt.get(part, "")
    if how == "crash": os.kill(os.getpid(), 11)
    if how == "hang": time.sleep(600)
    if how == "code": print("it went wrong"); sys.exit(1)
    return how

def write(folder, cases):
    os.makedirs(folder)
    json.dump(dict(cases=cases), open(folder + "/result.json", "w"))

def lockstep_run():
    scenario, folder = os.path.basename(arguments[1]), value_of("--output")
    part = scenario.split(".")[0].split("-real")[0].replace("wide-", "")
    how = behave(part)
    counts = [int(n) for n in axis("devices", "1" if part in ("nccl", "step", "graphs") else "2" if part == "sanitizer" else "1,2,4,8").split(",")]
    if how == "fewer": counts = counts[:1]
    tier = "cpu" if how == "tier" else "cuda-nccl" if part in ("nccl", "step", "graphs") else "cuda-local"
    scale = (2 if axis("run.graphs", "") == "false" else 1) * {{"": 1.0, "untimed": 0.0, "implausible": 1e-6}}.get(how, 1.0) * (100 if "wide" in scenario else 1)
    blocks = [scale * seconds for seconds in (0.001, 0.0011, 0.0012) if scale]
    cases = [dict(name=f"{{part}}/{{n}}", verdict="FAIL" if how == "verdict" else "PASS", tier=tier, devices=n,
                  metrics=[dict(name="step_time", blocks=blocks)]) for n in counts]
    if how != "nothing": write(folder, [] if how == "empty" else cases)
    print("done")

def tests(part):
    how = behave(part)
    report = next(a.split("json:")[1] for a in arguments if a.startswith("--gtest_output="))
    test = dict(name="works", classname="All", result="SKIPPED" if how == "skipped" else "COMPLETED")
    if how == "fails": test["failures"] = [dict(failure="no")]
    if how != "unreported": json.dump(dict(testsuites=[dict(testsuite=[] if how == "none" else [test])]), open(report, "w"))
    if part == "conformance" and how != "silent":
        answer = "cudaSuccess" if how != "differs" else "cudaErrorUnknown"
        open(os.environ["LOCKSTEP_TRANSCRIPT"], "w").write(f"Memory.IsAligned: cudaMalloc = {{answer}}\\n")
    sys.exit(1 if how == "fails" else 0)

if name == "compute-sanitizer":
    tool = value_of("--tool")
    how = behave(tool)
    import subprocess
    program = arguments.index("--error-exitcode") + 2
    code = subprocess.run(arguments[program:]).returncode
    if how != "nothing":
        print("========= RACECHECK SUMMARY: 0 hazards displayed" if tool == "racecheck" else
              f"========= ERROR SUMMARY: {{3 if how == 'finds' else 0}} errors")
    sys.exit(86 if how == "finds" else code)
elif name == "lockstep" and arguments[0] == "doctor":
    behave("doctor")
    print(os.environ["DOCTOR"], end="")
elif name == "lockstep": lockstep_run()
elif name == "gpu_speeds":
    how = behave("all-reduce")
    row = dict(ranks=2, bytes=1 << 26, seconds=[2e-4 if how == "slow" else 1e-4] * 3, copy_seconds=[9e-5] * 3)
    print(json.dumps(dict(gpus=1, peak=dict(fp32=6e13, tf32=None), all_reduce=[row])))
else: tests("conformance" if "conformance" in name else "contracts")
"""

# Whatever is spoilt like this is a failure of that part and of the whole.
FAILURES = [
    "doctor:crash", "doctor:code",
    *(f"contracts:{how}" for how in ("crash", "code", "fails", "none", "skipped", "unreported")),
    *(f"conformance:{how}" for how in ("silent", "fails")),
    *(f"equivalence:{how}" for how in ("crash", "code", "verdict", "tier", "empty", "nothing", "fewer")),
    *(f"nccl:{how}" for how in ("verdict", "tier")),
    *(f"graphs:{how}" for how in ("code", "tier", "untimed")),
    *(f"step:{how}" for how in ("code", "tier", "untimed", "implausible")),
    *(f"{tool}:{how}" for tool in ("memcheck", "initcheck") for how in ("finds", "nothing", "code")),
    "racecheck:nothing", "all-reduce:code", "all-reduce:crash",
]


class Pretended(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        (self.box.bin / "python3").symlink_to(sys.executable)
        for name in ("lockstep", "cuda_contract_tests", "cuda_conformance", "gpu_speeds"):
            self.stub(self.box.root / "bin" / name)
        self.stub(self.box.bin / "compute-sanitizer")
        self.expected = self.box.root / "tests/cuda/conformance/expected.txt"
        self.expected.parent.mkdir(parents=True)
        self.expected.write_text("Memory.IsAligned: cudaMalloc = cudaSuccess\n", encoding="utf-8")
        self.without_torch = self.box.top / "modules"
        self.without_torch.mkdir()
        (self.without_torch / "torch.py").write_text('raise ImportError("no torch here")\n', encoding="utf-8")
        self.runs = 0

    def stub(self, path):
        path.parent.mkdir(exist_ok=True)
        path.write_text(STUB, encoding="utf-8")
        path.chmod(0o755)

    def check(self, *arguments, spoil="", doctor=DOCTOR, **variables):
        self.runs += 1
        self.out = self.box.top / f"out {self.runs}"
        done = self.box.run(
            "scripts/gpu-check", "--output", self.out, *arguments, BREAK=spoil, DOCTOR=doctor, RECORD=str(self.box.record),
            PYTHONPATH=str(self.without_torch), **variables,
        )
        self.last = done.stdout.splitlines()[-1] if done.stdout else ""
        return done

    def summary(self):
        return json.loads((self.out / "summary.json").read_text(encoding="utf-8"))

    def verdicts(self):
        return {part["name"]: part["verdict"] for part in self.summary()["parts"]}

    def test_all_is_well(self):
        done = self.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.last, "PASS: 12 parts passed, 0 skipped")
        self.assertEqual(self.summary()["gpu"], "NVIDIA H100 80GB HBM3")
        self.assertEqual(set(self.verdicts().values()), {"PASS"})
        self.assertTrue((self.out / "transcript.txt").exists())
        text = (self.out / "summary.md").read_text(encoding="utf-8")
        self.assertIn("# GPU check: NVIDIA H100 80GB HBM3\n\nPASS: 12 parts passed", text)
        self.assertIn("| 2 | 64 MiB | 100.0 µs | 90.0 µs | 0.90 |", text)
        self.assertIn("not compared with PyTorch: ImportError: no torch here", text)
        # 2.45 GFLOP in 1.1 ms, of 60 TFLOP/s
        self.assertIn("| mlp, batch 256 | 1.100 ms | 4 % |", text)
        self.assertIn("| 12 layers of 64, batch 16 | 1.100 ms | 2.200 ms | 2.00 [2.00, 2.00] |", text)

    def test_whatever_is_spoilt_is_a_failure(self):
        for spoil in FAILURES:
            with self.subTest(spoil=spoil):
                part = spoil.split(":")[0]
                done = self.check(*([] if part == "doctor" else [part]), spoil=spoil)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertEqual(self.verdicts()[part], "FAIL")
                self.assertTrue(self.last.startswith(f"FAIL: {part}"), self.last)

    def test_without_a_gpu_nothing_ran(self):
        for about in ("unusable: no CUDA-capable device is detected", "unusable: CUDA driver version is insufficient"):
            done = self.check(doctor=f"cuda         runtime 13.0, no driver\n             {about}\n")
            self.assertEqual(done.returncode, 4)
            self.assertTrue(self.last.startswith("NOTHING RAN: "), self.last)
            self.assertEqual(set(self.verdicts().values()), {"SKIPPED"})
        done = self.check(doctor="cuda         not in this build: nvcc was not there\n")
        self.assertEqual((done.returncode, self.last), (4, "NOTHING RAN: CUDA is not in this build: nvcc was not there"))

    def test_a_needed_part_that_did_not_run_is_no_pass(self):
        (self.box.root / "bin/cuda_conformance").unlink()
        done = self.check()
        self.assertEqual(done.returncode, 4)
        self.assertEqual(self.last, "INCOMPLETE: conformance did not run; 11 parts passed")
        done = self.check("equivalence")
        self.assertEqual((done.returncode, self.last), (4, "INCOMPLETE: conformance, contracts, nccl did not run; 2 parts passed"))

    def test_a_part_that_is_not_needed_may_be_skipped_with_the_reason(self):
        (self.box.bin / "compute-sanitizer").unlink()
        with mock.patch.dict(os.environ, {"PATH": str(self.box.bin)}):
            has_one = correctness.programs.sanitizer() is not None
        if has_one:
            self.skipTest("this machine has compute-sanitizer where it is looked for")
        (self.box.root / "bin/gpu_speeds").unlink()
        done = self.check()
        self.assertEqual((done.returncode, self.last), (0, "PASS: 7 parts passed, 5 skipped"))
        self.assertIn("compute-sanitizer is not on this machine", done.stdout)

    def test_what_hangs_ends_with_all_its_children(self):
        begin = time.monotonic()
        done = self.check("--seconds", "4", "contracts", spoil="contracts:hang")
        self.assertLess(time.monotonic() - begin, 30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not done in time", done.stdout)

    def test_gpus_that_nccl_leaves_out_are_noticed(self):
        gpus = "".join(f"             {n}: NVIDIA A100, 39.4 GiB, sm_80, 108 multiprocessors, bus 0{n}\n" for n in range(2))
        done = self.check("nccl", spoil="nccl:fewer", doctor="cuda         runtime 13.0, NCCL 2.28.9\n" + gpus)
        self.assertEqual((done.returncode, self.verdicts()["nccl"]), (1, "FAIL"))

    def test_what_there_is_no_time_for_did_not_run(self):
        done = self.check("--seconds", "3", spoil="contracts:hang")
        self.assertEqual(self.verdicts()["equivalence"], "SKIPPED")
        self.assertIn("of the whole check were over", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_only_worlds_that_the_gpus_can_have(self):
        self.check("contracts")
        (call,) = [line for line in self.box.calls("cuda_contract_tests")]
        self.assertIn("--gtest_filter=*-*/2_ranks_nccl:*/2_ranks_local:*/3_ranks_nccl", call)
        self.assertEqual(correctness.worlds_that_fit(8), "*")

    def test_all_gpus_are_used_for_nccl(self):
        gpus = "".join(f"             {n}: NVIDIA A100, 39.4 GiB, sm_80, 108 multiprocessors, bus 0{n}, reaches 0\n" for n in range(4))
        self.check("nccl", doctor="cuda         runtime 13.0, NCCL 2.28.9\n" + gpus)
        self.assertIn("-a devices=1,2,4", self.box.calls("lockstep")[-1])
        self.assertEqual(self.summary()["gpus"], 4)

    def test_a_missed_target_is_said(self):
        done = self.check(spoil="all-reduce:slow")
        self.assertEqual((done.returncode, self.last), (0, "PASS: 12 parts passed, 0 skipped; 1 targets of speed missed"))

    def test_answers_that_differ_from_the_fake_are_listed(self):
        done = self.check(spoil="conformance:differs")
        self.assertEqual((done.returncode, self.last), (0, "PASS: 12 parts passed, 0 skipped; 1 answers differ from the fake's"))
        difference = "Memory.IsAligned\n  expected cudaMalloc = cudaSuccess\n  found    cudaMalloc = cudaErrorUnknown"
        self.assertIn(difference, (self.out / "summary.md").read_text(encoding="utf-8"))
        (part,) = [part for part in self.summary()["parts"] if part["name"] == "conformance"]
        self.assertEqual(part["numbers"]["differences"], [difference])

    def test_without_a_transcript_to_compare_with_it_is_no_pass(self):
        self.expected.unlink()
        self.assertEqual(self.check("conformance").returncode, 1)
        self.assertIn("expected.txt, to compare the transcript with, is missing", self.summary()["parts"][1]["reason"])

    def test_refuses_what_makes_no_sense(self):
        self.assertEqual(self.check("--seconds", "soon").returncode, 2)
        self.assertEqual(self.check("contract").returncode, 2)
        self.check("nccl")
        self.assertEqual(self.check("nccl", "--output", self.box.top / "out 3").returncode, 7, "an earlier result")
        (self.box.root / "bin/lockstep").unlink()
        done = self.check()
        self.assertEqual(done.returncode, 4)
        self.assertIn("NOTHING RAN", done.stderr)


TORCH = """
import sys
from unittest.mock import MagicMock
module = MagicMock()
module.__version__, module.version.cuda = "2.9", "13.0"
sys.modules["torch"] = module
"""


class BesideTorch(unittest.TestCase):
    """speed.py and torch_step.py with a module that only looks like PyTorch."""

    def measure(self, torch, step=speed.STEPS[0]):
        box = Sandbox()
        self.addCleanup(box.close)
        (box.top / "torch.py").write_text(torch, encoding="utf-8")
        context = mock.Mock(peak={"fp32": 6e13, "tf32": None})
        with mock.patch.dict(os.environ, {"PYTHONPATH": str(box.top)}), mock.patch.object(
            speed, "TORCH_SECONDS", 0.05
        ), mock.patch.object(speed, "own_blocks", side_effect=lambda *_: [0.001] * 4):
            return speed.measure_step(context, parts.Clock(60), step, 0)

    def test_takes_turns_and_gives_ratios_of_rounds(self):
        row = self.measure(TORCH)
        self.assertEqual(len(row["blocks"]["lockstep"]), 4 * speed.ROUNDS)
        self.assertEqual(len(row["blocks"]["torch"]), speed.TORCH_BLOCKS * speed.ROUNDS)
        self.assertEqual(row["torch"], {"torch": "2.9", "cuda": "13.0"})
        faster = row["times_faster_than_torch"]
        self.assertGreater(faster["lowest"], 0)
        self.assertLessEqual(faster["lowest"], faster["median"])
        self.assertAlmostEqual(row["peak_share"], speed.STEPS[0].flops() / 0.001 / 6e13)
        self.assertIsNone(self.measure(TORCH, speed.STEPS[3])["peak_share"], "its peak is not known")

    def test_without_it_says_why(self):
        for text, why in (('raise ImportError("nowhere")', "ImportError: nowhere"), (TORCH + "module.cuda.is_available.return_value = False", "PyTorch finds no GPU")):
            row = self.measure(text)
            self.assertIsNone(row["times_faster_than_torch"])
            self.assertEqual(row["no_torch"], why)
            self.assertEqual(len(row["blocks"]["lockstep"]), 4 * speed.ROUNDS)

    def test_the_arithmetic_of_a_step(self):
        step = speed.Step("", "", [3, 5, 2], 7)
        self.assertEqual(step.flops(), 2 * 7 * (3 * 5 * 2 + 5 * 2 * 3))


BUILD, FAKE = os.environ.get("LOCKSTEP_BUILD", ""), os.environ.get("LOCKSTEP_FAKECUDA", "")


@unittest.skipUnless(BUILD and FAKE, "needs a build and the fake CUDA runtime")
class Emulated(unittest.TestCase):
    def test_the_parts_run_on_the_fake_gpu_and_no_time_counts(self):
        box = Sandbox()
        self.addCleanup(box.close)
        kernels = f"{BUILD}/tests/cuda/conformance/liblockstep_conformance_bodies.so"
        parts_asked_for = ["conformance", "equivalence", "nccl", "all-reduce", "graphs", "step"]
        done = subprocess.run(
            [ROOT / "scripts/gpu-check", "--programs", BUILD, "--output", box.top / "out", *parts_asked_for],
            env={**os.environ, "LD_PRELOAD": f"{kernels}:{FAKE}", "FAKECUDA_DEVICES": "2"}, capture_output=True, text=True, check=False,
        )
        summary = json.loads((box.top / "out/summary.json").read_text(encoding="utf-8"))
        verdicts = {part["name"]: (part["verdict"], part["reason"]) for part in summary["parts"]}
        self.assertTrue(summary["is_emulated"])
        self.assertIn("answered as by the fake", verdicts["conformance"][1])
        for part in ("doctor", "conformance", "equivalence", "nccl"):
            self.assertEqual(verdicts[part][0], "PASS", done.stdout)
        for part in ("all-reduce", "graphs", "step"):
            self.assertEqual(verdicts[part], ("SKIPPED", "the GPU is emulated; its times mean nothing"))
        self.assertEqual(done.returncode, 4, "only some parts were asked for")


if __name__ == "__main__":
    unittest.main()
