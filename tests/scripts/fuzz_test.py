#!/usr/bin/env python3
"""scripts/fuzz with a pretended clang and fuzzer."""

import unittest

from sandbox import Sandbox


class Fuzz(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.program("clang++")
        self.box.program("scripts/build")
        self.box.program("build/fuzz/tests/fuzz/write_safetensors_seeds")
        self.box.program("build/fuzz/tests/fuzz/fuzz_safetensors", 'echo "$SAYS"; exit "$CODE"')

    def fuzz(self, *arguments, says="Done 1234 runs in 5 second(s)", code=0):
        return self.box.run("scripts/fuzz", *arguments, SAYS=says, CODE=str(code))

    def test_builds_seeds_and_says_how_much_it_tried(self):
        done = self.fuzz("--seconds", "5")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1234 files, nothing found", done.stderr)
        self.assertEqual(self.box.calls("build"), ["build fuzz fuzz_safetensors write_safetensors_seeds"])
        self.assertEqual(len(self.box.calls("write_safetensors_seeds")), 1)
        self.assertIn("-max_total_time=5 ", self.box.calls("fuzz_safetensors")[0])

    def test_a_finding_is_shown_and_fails(self):
        done = self.fuzz(says="ERROR: AddressSanitizer", code=77)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ERROR: AddressSanitizer\nfuzz: found a file that is read wrongly", done.stderr)

    def test_a_fuzzer_that_did_nothing_is_no_success(self):
        self.assertEqual(self.fuzz(says="").returncode, 1)

    def test_says_what_is_missing_without_clang(self):
        (self.box.bin / "clang++").unlink()
        done = self.fuzz()
        self.assertEqual(done.returncode, 4)
        self.assertIn("clang++ is not installed", done.stderr)
        self.assertEqual(self.box.calls("build"), [])

    def test_arguments_that_make_no_sense(self):
        for arguments in (["--seconds"], ["--seconds", "0"], ["--seconds", "x"], ["5"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.fuzz(*arguments).returncode, 2)


if __name__ == "__main__":
    unittest.main()
