#!/usr/bin/env python3
"""The backend's objects against NVIDIA's own libraries: every listed function is taken from them, none from a stand-in.

Environment: NM; PROGRAM, which was linked so.
"""

import os
import subprocess
import unittest

import surface

PROGRAM = os.environ["PROGRAM"]


class Link(unittest.TestCase):
    def test_the_program_takes_every_listed_function_from_the_libraries(self):
        taken = surface.symbols(os.environ["NM"], PROGRAM, {"U"})
        self.assertEqual(set(surface.listed()) - taken, set(), "not asked of the libraries")
        self.assertEqual(surface.defined(os.environ["NM"], [PROGRAM]), set(), "the program has its own")

    def test_the_loader_finds_them_all(self):
        done = subprocess.run([PROGRAM], capture_output=True, text=True, check=False, env={**os.environ, "LD_BIND_NOW": "1"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
