#!/usr/bin/env python3
"""The backend calls the listed functions of NVIDIA's libraries and no others, and each has its stand-ins.

Environment: NM, CXX; BACKEND (archives of the backend), LATE (objects and archives of the late functions, with the
backend's), FAKE (the fake CUDA runtime, empty where it is not built), INCLUDES (folders of NVIDIA's headers); lists are
separated by ":".
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import surface

ROOT = Path(__file__).resolve().parents[3]
NM, CXX = os.environ["NM"], os.environ["CXX"]
BACKEND = os.environ["BACKEND"].split(":")
LATE = os.environ["LATE"].split(":")
FAKE = os.environ.get("FAKE", "")
INCLUDES = [word for folder in os.environ["INCLUDES"].split(":") for word in ("-isystem", folder)]
HOW = f"a new call is listed in {surface.LISTED.relative_to(ROOT)}, has a stand-in in the fake CUDA runtime, and in kernels/cuda/late or harness/device/cuda/nccl_late.cpp where it is cuBLAS's or NCCL's"

CUBLAS_SOURCE = ROOT / "kernels/cuda/late/cublas.cpp"
NCCL_SOURCE = ROOT / "harness/device/cuda/nccl_late.cpp"


def is_late(name):
    return name.startswith(("cublas", "nccl"))


def compiles(text):
    done = subprocess.run(
        [CXX, "-std=c++20", "-fsyntax-only", f"-I{ROOT}", *INCLUDES, "-x", "c++", "-"],
        input=text, capture_output=True, text=True, check=False,
    )
    return done.returncode == 0, done.stderr


class Surface(unittest.TestCase):
    def test_the_list_is_what_the_backend_calls(self):
        calls = surface.used(NM, BACKEND)
        self.assertGreater(len(calls), 40, "nm shows too little to be the backend")
        self.assertEqual(calls - set(surface.listed()), set(), f"called, but not listed: {HOW}")
        self.assertEqual(set(surface.listed()) - calls, set(), "listed, but no longer called")

    def test_the_list_is_sorted(self):
        self.assertEqual(surface.listed(), sorted(set(surface.listed())))

    def test_late_functions_are_those_of_cublas_and_nccl(self):
        late = {name for name in surface.defined(NM, LATE) if is_late(name)}
        wanted = {name for name in surface.listed() if is_late(name)}
        self.assertEqual(wanted - late, set(), "called, but without a late function")
        self.assertEqual(late - wanted, set(), "a late function that nobody calls")

    @unittest.skipUnless(FAKE, "the fake CUDA runtime is not in this build")
    def test_the_fake_has_all_of_it(self):
        fake = surface.defined(NM, [FAKE], "-D")
        self.assertEqual(set(surface.listed()) - fake, set(), "the fake CUDA runtime lacks it")

    def test_a_late_function_has_the_signature_of_its_header(self):
        for source, right, wrong in (
            (CUBLAS_SOURCE, "(cublasHandle_t handle, cublasMath_t mode)", "(cublasHandle_t handle, int mode)"),
            (NCCL_SOURCE, "(ncclComm_t end), (end)", "(ncclComm_t* end), (end)"),
        ):
            with self.subTest(source=source.name):
                text = source.read_text(encoding="utf-8")
                self.assertEqual(compiles(text), (True, ""))
                self.assertIn(right, text)
                is_fine, message = compiles(text.replace(right, wrong))
                self.assertFalse(is_fine, "a wrong signature went unnoticed")
                self.assertIn("conflicting declaration", message)

    def test_a_new_call_is_noticed(self):
        source = "extern \"C\" int cudaGraphUpload(void*, void*);\nextern \"C\" int ncclCommSplit();\n"
        source += "int planted() { return cudaGraphUpload(nullptr, nullptr) + ncclCommSplit(); }\n"
        with tempfile.TemporaryDirectory() as folder:
            planted = f"{folder}/planted.o"
            subprocess.run([CXX, "-c", "-x", "c++", "-", "-o", planted], input=source, text=True, check=True)
            new = surface.used(NM, [*BACKEND, planted]) - set(surface.listed())
        self.assertEqual(new, {"cudaGraphUpload", "ncclCommSplit"})


if __name__ == "__main__":
    unittest.main()
