#!/usr/bin/env python3
"""The fake CUDA runtime answers the conformance suite as expected.txt says.

Where the fake was changed on purpose, run this with UPDATE=1, which writes expected.txt anew, and look at what changed.
Needs PROGRAM (cuda_conformance) and LD_PRELOAD (the kernels for the fake, and the fake); skipped without the latter.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts/gpu"))
import programs  # noqa: E402
import transcript  # noqa: E402

PRELOADED = os.environ.pop("LD_PRELOAD", "")  # for the program, not for what is started here


@unittest.skipUnless(PRELOADED, "needs the fake CUDA runtime")
class Transcript(unittest.TestCase):
    def run_suite(self, pattern="*", preloaded=PRELOADED, code=0, **variables):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "transcript.txt"
            environment = {**os.environ, "LD_PRELOAD": preloaded, "LOCKSTEP_TRANSCRIPT": str(file), **variables}
            done = subprocess.run(
                [os.environ["PROGRAM"], "--gtest_brief=1", f"--gtest_filter={pattern}"],
                env=environment, capture_output=True, text=True, check=False,
            )
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return file.read_text(encoding="utf-8"), transcript.read(file)

    def test_is_the_one_that_was_decided(self):
        text, found = self.run_suite()
        if os.environ.get("UPDATE"):
            transcript.EXPECTED.write_text(text, encoding="utf-8")
        self.assertGreater(len(found), 100)
        self.assertEqual(transcript.differences(transcript.read(transcript.EXPECTED), found), [])

    def test_does_not_depend_on_the_order_of_work(self):
        for variables in ({"FAKECUDA_SEED": "2"}, {"FAKECUDA_MODE": "eager"}, {"FAKECUDA_SEED": "3", "FAKECUDA_HOST_ORDER": "tracked"}, {"FAKECUDA_DEVICES": "1"}):
            with self.subTest(variables=variables):
                _, found = self.run_suite(**variables)
                self.assertEqual(transcript.differences(transcript.read(transcript.EXPECTED), found), [])

    def test_is_what_the_libraries_say_themselves_as_far_as_they_do_without_a_gpu(self):
        path = programs.library_path()
        for library in programs.LIBRARIES:
            if not programs.is_found(library) and not any(os.path.exists(f"{folder}/{library}") for folder in path.split(":")):
                self.skipTest(f"{library} is not on this machine")
        _, found = self.run_suite("WithoutGpu.*", preloaded="", LD_LIBRARY_PATH=path)
        expected = {name: answers for name, answers in transcript.read(transcript.EXPECTED).items() if name.startswith("WithoutGpu.")}
        self.assertEqual(transcript.differences(expected, found), [])

    def test_another_answer_is_noticed(self):
        _, found = self.run_suite(code=1, FAKECUDA_FAIL="cudaDeviceGetStreamPriorityRange:1")
        (difference,) = transcript.differences(transcript.read(transcript.EXPECTED), found)
        self.assertTrue(difference.startswith("Streams.HavePriorities\n"), difference)

    def test_a_difference_is_seen(self):
        expected = {"A.Same": "x = 1", "A.Other": "x = 1", "A.Skipped": "skipped", "A.Gone": "x = 1"}
        found = {"A.Same": "x = 1", "A.Other": "x = 2", "A.Skipped": "x = 1", "A.New": "x = 1"}
        different = transcript.differences(expected, found)
        self.assertEqual([text.split("\n")[0] for text in different], ["A.Other", "A.Gone", "A.New"])
        self.assertEqual(different[0], "A.Other\n  expected x = 1\n  found    x = 2")


if __name__ == "__main__":
    unittest.main()
