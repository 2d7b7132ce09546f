#!/usr/bin/env python3
"""scripts/bundle with a pretended build: what it puts together, and what it refuses to call a bundle."""

import shutil
import unittest

from sandbox import Sandbox

TOOLS = ["chmod", "du", "find", "grep", "gzip", "mktemp", "sh", "rm", "sort", "tar", "tr"]

# Builds what is asked for; the programs do nothing, or fail where $START says so.
CMAKE = r"""
[[ $1 == --build ]] || { mkdir -p "$ROOT/build/bundle"; : >"$ROOT/build/bundle/build.ninja"; exit 0; }
shift 2
for word; do
  case $word in
    lockstep | gpu_speeds | cuda_conformance | *_tests)
      printf '#!/bin/bash\nexit %s\n' "${START:-0}" >"$ROOT/build/bundle/$word"
      chmod +x "$ROOT/build/bundle/$word"
      ;;
  esac
done
"""

READELF = r"""
case $1 in
  --dynamic)
    for library in libc.so.6 libcudart.so.13 $NEEDS; do echo " 0x01 (NEEDED) Shared library: [$library]"; done
    echo " 0x1d (RUNPATH) Library runpath: [${RUNPATH-/usr/local/cuda/lib64:\$ORIGIN/../lib}]"
    ;;
  --version-info) echo "  0x0010: Name: GLIBC_2.9  Flags: none"; echo "  0x0020: Name: GLIBC_${GLIBC:-2.35}  Flags: none" ;;
esac
"""


class Bundle(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        for tool in TOOLS:
            (self.box.bin / tool).symlink_to(shutil.which(tool))
        self.box.program("cmake", CMAKE)
        self.box.program("nproc", "echo 2")
        self.box.program("readelf", READELF)
        self.box.program("ldd", "echo '	libcudart.so.13 => /dev/null (0x7f)'")
        self.box.program("cp", '[[ $2 != /dev/null ]] || { : >"$3/libcudart.so.13"; exit; }\n/bin/cp "$@"')
        scenarios = self.box.root / "scenarios/equivalence"
        scenarios.mkdir(parents=True)
        (scenarios / "exact.toml").write_text('source = "exact"\n', encoding="utf-8")
        (scenarios / "real.toml").write_text('source = "fashion-mnist"\n', encoding="utf-8")
        expected = self.box.root / "tests/cuda/conformance/expected.txt"
        expected.parent.mkdir(parents=True)
        expected.write_text("Memory.IsAligned: cudaMalloc = cudaSuccess\n", encoding="utf-8")
        self.bundle = self.box.root / "build/bundle/lockstep-bundle"

    def make(self, **variables):
        return self.box.run("scripts/bundle", ROOT=str(self.box.root), **variables)

    def test_puts_all_together(self):
        done = self.make()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("needs glibc 2.35", done.stderr)
        files = {str(path.relative_to(self.bundle)) for path in self.bundle.rglob("*") if path.is_file()}
        programs = {"lockstep", "cuda_contract_tests", "gpu_speeds", "cuda_conformance"}
        self.assertEqual({f"bin/{name}" for name in programs}, {file for file in files if file.startswith("bin/")})
        self.assertIn("scenarios/equivalence/exact.toml", files)
        self.assertNotIn("scenarios/equivalence/real.toml", files, "its data is not everywhere")
        self.assertLessEqual({"scripts/gpu-check", "scripts/common.sh", "scripts/gpu/check.py", "README.txt"}, files)
        self.assertIn("tests/cuda/conformance/expected.txt", files)
        self.assertTrue(self.bundle.with_name("lockstep-bundle.tar.gz").exists())

    def test_a_program_that_would_not_work_elsewhere_is_found(self):
        for how, words in (
            ({"NEEDS": "libfmt.so.9"}, "needs libfmt.so.9, which"),
            ({"RUNPATH": "/usr/local/cuda-13.0/lib"}, "looks for libraries in /usr/local/cuda-13.0/lib"),
            ({"GLIBC": "2.36"}, "need glibc 2.36, newer than 2.35"),
            ({"START": "3"}, "doctor ended with 3"),
        ):
            with self.subTest(how=how):
                done = self.make(**how)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertFalse(self.bundle.with_name("lockstep-bundle.tar.gz").exists())

    def test_a_failed_build_is_no_bundle(self):
        self.box.program("cmake", "exit 1")
        self.assertEqual(self.make().returncode, 4)


if __name__ == "__main__":
    unittest.main()
