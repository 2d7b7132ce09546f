"""The parts that ask whether the GPU computes what it must."""

import json
import re

import programs
import transcript
from parts import PASS, TIMED_OUT, Outcome, fail, require, run, skip

TIERS = {"cuda-nccl", "cuda-local"}
SANITIZER_FINDING = 86
SMALL = ["-a", "model.widths=[16,12,10]", "-a", "batch=10"]  # for a GPU that is played by a processor


def lockstep_run(context, clock, name, scenario, *arguments, under=()):
    """Runs a scenario into OUTPUT/NAME; gives its result, which has cases that ran on GPUs and passed."""
    folder = context.output / name
    command = [*under, context.lockstep, "run", programs.SCENARIOS / scenario, "--output", folder, *arguments]
    done = run(clock, command, log=context.output / f"{name}.txt")
    require(done.code != TIMED_OUT, f"{scenario}: not done in time")
    require(done.code == 0, f"{scenario}: exit code {done.code}: {done.last_line()}")
    file = folder / "result.json"
    require(file.exists(), f"{scenario}: no result was written")
    result = json.loads(file.read_text(encoding="utf-8"))
    cases = result["cases"]
    require(cases, f"{scenario}: no case ran")
    for case in cases:
        require(case["verdict"] == "PASS", f"{case['name']}: {case['verdict']}")
        wanted = {"emulated"} if context.is_emulated else TIERS
        require(case["tier"] in wanted, f"{case['name']} ran on {case['tier']}")
    return result


def doctor(context, clock):
    """Takes from it which GPUs there are."""
    done = run(clock, [context.lockstep, "doctor"], log=context.output / "doctor.txt")
    require(done.code == 0, f"lockstep doctor: exit code {done.code}: {done.last_line()}")
    about = re.search(r"^cuda +(\S.*)\n((?: +.*\n)*)", done.output, re.MULTILINE)
    require(about, "lockstep doctor says nothing of CUDA")
    versions, lines = about.group(1), [line.strip() for line in about.group(2).splitlines()]
    if versions.startswith("not in this build"):
        skip(f"CUDA is {versions}")
    for line in lines:
        if line.startswith("unusable: "):
            skip(f"{line.removeprefix('unusable: ')} ({versions})")
    names = [match.group(1) for line in lines if (match := re.match(r"\d+: (.*?), [\d.]+ [KMGT]?i?B, sm_", line))]
    require(names, "lockstep doctor shows no GPU")
    context.gpu, context.gpus = names[0], len(names)
    context.is_emulated = any(line.startswith("EMULATED") for line in lines)
    return Outcome(PASS, f"{len(names)} x {names[0]}{' (EMULATED)' if context.is_emulated else ''}; {versions}")


def run_tests(context, clock, program, name, variables=None, pattern="*"):
    """A GoogleTest program; gives how many tests ran, which are more than none."""
    report = context.output / f"{name}.json"
    done = run(
        clock, [program, f"--gtest_filter={pattern}", f"--gtest_output=json:{report}", "--gtest_brief=1"],
        variables=variables, log=context.output / f"{name}.txt",
    )
    require(done.code != TIMED_OUT, f"not done in time; the last line was: {done.last_line()}")
    require(report.exists(), f"exit code {done.code}, and no report of tests: {done.last_line()}")
    suites = json.loads(report.read_text(encoding="utf-8"))["testsuites"]
    tests = [test for suite in suites for test in suite["testsuite"]]
    ran = [test for test in tests if test["result"] == "COMPLETED"]
    failed = [f"{test['classname']}.{test['name']}" for test in ran if test.get("failures")]
    require(not failed, f"{len(failed)} of {len(ran)} tests failed, first {failed[0] if failed else ''}")
    require(done.code == 0, f"exit code {done.code}: {done.last_line()}")
    require(ran, "no test ran")
    return len(ran)


def conformance(context, clock):
    """Fails where CUDA's promises are not kept. What is not promised may be answered differently than the fake does."""
    program = context.programs.find("cuda_conformance")
    if program is None:
        skip("there is no conformance suite among these programs")
    file = context.output / "transcript.txt"
    count = run_tests(context, clock, program, "conformance", variables={"LOCKSTEP_TRANSCRIPT": str(file)})
    require(file.exists() and file.stat().st_size > 0, "the suite wrote no transcript")
    require(transcript.EXPECTED.exists(), f"{transcript.EXPECTED.name}, to compare the transcript with, is missing")
    different = transcript.differences(transcript.read(transcript.EXPECTED), transcript.read(file))
    as_fake = f"{len(different)} are answered differently than by the fake" if different else "answered as by the fake"
    return Outcome(PASS, f"{count} tests; {as_fake}; see transcript.txt", {"differences": different})


def worlds_that_fit(gpus):
    """Names of tests in worlds that want no more GPUs: N_ranks_nccl and N_ranks_local want N, the others one."""
    too_large = [f"*/{ranks}_ranks_{kind}" for ranks in (2, 3, 4, 8) if ranks > gpus for kind in ("nccl", "local")]
    return "*" + (f"-{':'.join(too_large)}" if too_large else "")


def contracts(context, clock):
    program = context.programs.find("cuda_contract_tests")
    if program is None:
        skip("cuda_contract_tests is not among these programs")
    count = run_tests(context, clock, program, "contracts", pattern=worlds_that_fit(context.gpus))
    return Outcome(PASS, f"{count} tests in worlds that {context.gpus} GPU(s) can have")


def equivalence(context, clock):
    exact = lockstep_run(context, clock, "equivalence", "equivalence.toml")
    small = SMALL if context.is_emulated else []
    real = lockstep_run(context, clock, "equivalence-real", "equivalence-real.toml", *small)
    cases = [*exact["cases"], *real["cases"]]
    devices = sorted({case["devices"] for case in cases})
    require(devices == [1, 2, 4, 8], f"cases ran with {devices} devices, not with 1, 2, 4 and 8")
    return Outcome(PASS, f"{len(cases)} cases with 1, 2, 4 and 8 devices on one GPU")


def nccl(context, clock):
    counts = sorted({1, min(2, context.gpus), context.gpus})
    result = lockstep_run(context, clock, "nccl", "nccl.toml", "-a", f"devices={','.join(map(str, counts))}")
    ran = sorted({case["devices"] for case in result["cases"]})
    require(ran == counts, f"cases ran with {ran} devices, not with {counts}")
    return Outcome(PASS, f"{len(result['cases'])} cases with {' and '.join(map(str, counts))} GPU(s)")


def sanitize(tool):
    def part(context, clock):
        program = programs.sanitizer()
        if program is None:
            skip("compute-sanitizer is not on this machine")
        if context.is_emulated:
            skip("the GPU is emulated: there is nothing that compute-sanitizer could watch")
        under = [program, "--tool", tool, "--target-processes", "all", "--error-exitcode", SANITIZER_FINDING]
        folder = f"sanitizer-{tool}"
        try:
            lockstep_run(context, clock, folder, "sanitizer.toml", under=under)
        finally:
            log = context.output / f"{folder}.txt"
            output = log.read_text(encoding="utf-8") if log.exists() else ""
            counts = [int(n) for n in re.findall(r"(?:ERROR|RACECHECK) SUMMARY: (\d+)", output)]
            if sum(counts) > 0:
                fail(f"{sum(counts)} findings, see {folder}.txt")
        require(counts, f"{tool} reports on no process")
        return Outcome(PASS, f"0 findings in {len(counts)} processes")

    return part


