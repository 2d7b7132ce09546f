#!/usr/bin/env python3
"""scripts/build, scripts/test, scripts/check-sanitizers and .ci/run with a pretended CMake and CTest."""

import unittest

from sandbox import Sandbox

SUMMARY = "100% tests passed, 0 tests failed out of 3"


class Build(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.program("nproc", "echo 1")
        # The configure step leaves what Ninja would need.
        self.box.program("cmake", '[[ $1 != -S ]] || { mkdir -p "$2/build/$4"; touch "$2/build/$4/build.ninja"; }')

    def test_configures_once_and_builds_each_time(self):
        for _ in range(2):
            self.assertEqual(self.box.run("scripts/build").returncode, 0)
        configure, first, second = self.box.calls("cmake")
        self.assertEqual(configure, f"cmake -S {self.box.root} --preset release")
        self.assertEqual(first, f"cmake --build {self.box.root}/build/release --parallel 1 -- --quiet")
        self.assertEqual(second, first)

    def test_says_once_whether_there_is_a_cuda_backend(self):
        cache = "LOCKSTEP_CUDA:STRING=AUTO\nLOCKSTEP_CUDA_STATUS:INTERNAL=left out: nvcc was not found\n"
        (self.box.top / "cache").write_text(cache, encoding="utf-8")
        self.box.program(
            "cmake",
            '[[ $1 != -S ]] || { mkdir -p "$2/build/$4"; touch "$2/build/$4/build.ninja"; '
            f"cat '{self.box.top}/cache' >\"$2/build/$4/CMakeCache.txt\"; }}",
        )
        self.assertIn("build: CUDA backend: left out: nvcc was not found\n", self.box.run("scripts/build").stderr)
        self.assertNotIn("CUDA", self.box.run("scripts/build").stderr)

    def test_builds_the_targets_named(self):
        self.box.run("scripts/build", "asan", "lockstep", "kernels")
        self.assertIn("build/asan --parallel 1 --target lockstep kernels --", self.box.calls("cmake")[-1])

    def test_says_why_the_configure_step_failed(self):
        self.box.program("cmake", "echo no such package; exit 1")
        done = self.box.run("scripts/build")
        self.assertEqual(done.returncode, 4)
        self.assertIn("no such package\nbuild: CMake could not configure release", done.stderr)
        self.assertEqual(len(self.box.calls("cmake")), 1)

    def test_shows_the_compilers_output_when_it_fails(self):
        self.box.run("scripts/build")
        self.box.program("cmake", "echo main.cpp:1: error; exit 1")
        done = self.box.run("scripts/build")
        self.assertEqual(done.returncode, 4)
        self.assertIn("main.cpp:1: error\nbuild: the build of release failed", done.stderr)

    def test_an_unknown_preset_is_a_usage_error(self):
        self.assertEqual(self.box.run("scripts/build", "fast").returncode, 2)
        self.assertEqual(self.box.calls("cmake"), [])

    def test_jobs_are_bounded_by_processors_and_by_memory_and_never_none(self):
        gib = 1024 * 1024
        source = 'set -- --help; source scripts/build >/dev/null; jobs_for "$PROCESSORS" "$KIB"'
        for processors, kib, jobs in ((8, 64 * gib, 8), (8, 6 * gib, 4), (8, 6 * gib - 1, 3), (8, gib, 1), (2, -5, 1)):
            with self.subTest(processors=processors, kib=kib):
                (self.box.root / "jobs").write_text(f'cd "{self.box.root}"\n{source}\n', encoding="utf-8")
                done = self.box.run("jobs", PROCESSORS=str(processors), KIB=str(kib))
                self.assertEqual(done.stdout, f"{jobs}\n", done.stderr)


class Test(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.program("scripts/setup")
        self.box.program("scripts/build", 'echo "building" >&2')
        self.box.program("nproc", "echo 2")
        self.box.program("ctest", f'echo "{SUMMARY}"; [[ $* != *"$FAILS"* ]] || exit 8')

    def run_script(self, script, *arguments, fails="nothing"):
        return self.box.run(script, *arguments, FAILS=fails)

    def test_sets_up_builds_and_runs_all_but_the_slow_tests(self):
        done = self.run_script("scripts/test")
        self.assertEqual(done.returncode, 0, done.stderr)
        setup, build, ctest = (call for call in self.box.calls() if not call.startswith("nproc"))
        self.assertEqual((setup.strip(), build), ("setup", "build release"))
        self.assertIn("--preset release --parallel 2 --no-tests=error", ctest)
        self.assertTrue(ctest.endswith(" --label-exclude ^slow$"), ctest)

    def test_runs_the_slow_tests_on_request(self):
        self.run_script("scripts/test", "--slow")
        self.assertNotIn("slow", self.box.calls("ctest")[0])

    def test_takes_a_preset_and_passes_the_rest_to_ctest(self):
        for spelling in (["--preset", "tsan"], ["--preset=tsan"]):
            with self.subTest(spelling=spelling):
                self.run_script("scripts/test", "-R", "data", *spelling)
                self.assertEqual(self.box.calls("build")[-1], "build tsan")
                self.assertRegex(self.box.calls("ctest")[-1], r"--preset tsan .* -R data$")

    def test_the_exit_code_is_ctests(self):
        self.assertEqual(self.run_script("scripts/test", fails="release").returncode, 8)

    def test_tests_nothing_when_the_build_failed(self):
        self.box.program("scripts/build", "exit 4")
        self.assertEqual(self.run_script("scripts/test").returncode, 4)
        self.assertEqual(self.box.calls("ctest"), [])

    def test_the_summary_is_all_that_ci_sees_on_stdout(self):
        ranks = ("build/tsan/tests/contracts/contract_tests", "build/tsan/tests/train/train_tests")
        for tests in ranks:
            self.box.program(tests, "echo '[  PASSED  ] 3 tests.'")
        self.box.program("scripts/fuzz")
        done = self.run_script(".ci/run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, SUMMARY + "\n")
        self.assertEqual(self.box.calls("setup")[0].strip(), "setup --fuzz --browser")
        self.assertEqual(self.box.calls("build")[0], "build tsan contract_tests train_tests")
        self.assertEqual(self.run_script(".ci/run", fails="release").returncode, 8)
        self.box.program(ranks[1], "exit 66")
        self.assertEqual(self.run_script(".ci/run").returncode, 66, "a race ends it")

    def test_ci_fuzzes_for_a_minute(self):
        for tests in ("contracts/contract_tests", "train/train_tests"):
            self.box.program(f"build/tsan/tests/{tests}")
        self.box.program("scripts/fuzz", "echo found; exit $FOUND")
        for found in (0, 1):
            done = self.box.run(".ci/run", FAILS="nothing", FOUND=str(found))
            self.assertEqual(done.returncode, found, done.stderr)
            self.assertEqual(done.stdout, "" if found else SUMMARY + "\n")
        self.assertEqual(self.box.calls("fuzz"), ["fuzz --seconds 60"] * 2)

    def test_the_sanitizers_see_everything_and_the_thread_sanitizer_what_has_ranks(self):
        done = self.run_script("scripts/check-sanitizers")
        self.assertEqual(done.returncode, 0, done.stderr)
        asan, tsan = self.box.calls("ctest")
        self.assertRegex(asan, r"--preset asan .*--no-label-summary$")
        self.assertRegex(tsan, r"--preset tsan .*-L \^ranks\$$")

    def test_a_finding_of_either_sanitizer_fails_and_the_other_still_runs(self):
        for preset in ("asan", "tsan"):
            with self.subTest(preset=preset):
                done = self.run_script("scripts/check-sanitizers", fails=preset)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"failed under: {preset}\n", done.stderr)
        self.assertEqual(len(self.box.calls("ctest")), 4)


if __name__ == "__main__":
    unittest.main()
