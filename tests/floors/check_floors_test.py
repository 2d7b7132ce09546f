#!/usr/bin/env python3
"""Plants violations in a small tree and sees each one reported by check_floors.py, with its file and line."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check_floors.py")

# A tree with every floor and no violation.
SOUND_TREE = {
    "CMakeLists.txt": "add_subdirectory(kernels)\n",
    "kernels/CMakeLists.txt": "lockstep_floor(kernels SOURCES relu.cpp)\n",
    "kernels/relu.hpp": "#include <span>\n",
    "kernels/relu.cpp": '#include "kernels/relu.hpp"\n',
    "harness/CMakeLists.txt": "add_executable(lockstep main.cpp)\ntarget_link_libraries(lockstep PRIVATE lockstep_run)\n",
    "harness/main.cpp": '#include "harness/run/run.hpp"\n',
    "harness/base/CMakeLists.txt": "lockstep_floor(base SOURCES error.cpp DEPENDS fmt::fmt)\n",
    "harness/base/error.hpp": "#include <fmt/format.h>\n",
    "harness/device/CMakeLists.txt": "lockstep_floor(device SOURCES d.cpp DEPENDS lockstep_base lockstep_kernels)\n",
    "harness/device/device.hpp": '#include "harness/base/error.hpp"\n#include "kernels/relu.hpp"\n',
    "harness/data/CMakeLists.txt": "lockstep_floor(data SOURCES idx.cpp DEPENDS lockstep_base)\n",
    "harness/data/idx.hpp": '#include "harness/device/device.hpp"\n',
    "harness/checkpoint/CMakeLists.txt": "lockstep_floor(checkpoint SOURCES c.cpp DEPENDS lockstep_device)\n",
    "harness/checkpoint/checkpoint.hpp": '#include "harness/train/step.hpp"\n',
    "harness/train/step.hpp": '#include "harness/device/device.hpp"\n',
    "harness/run/CMakeLists.txt": "lockstep_floor(run\n  SOURCES run.cpp\n  DEPENDS lockstep_scenario lockstep_data)\n",
    "harness/run/run.hpp": '#include "harness/run/scenario/scenario.hpp"\n',
    "harness/run/scenario/CMakeLists.txt": "lockstep_floor(scenario SOURCES s.cpp DEPENDS lockstep_base)\n",
    "harness/run/scenario/scenario.hpp": '#include "harness/base/error.hpp"\n',
    "tests/run/CMakeLists.txt": "lockstep_test(run_tests SOURCES t.cpp DEPENDS lockstep_run)\n",
    "tests/doubles/CMakeLists.txt": "add_library(lockstep_doubles INTERFACE)\n",
    "tests/run/run_test.cpp": '#include "harness/run/run.hpp"\n#include "tests/doubles/sink.hpp"\n',
    "build/release/generated.cpp": '#include "tests/doubles/sink.hpp"\n',
}


def check(tree):
    """The exit code and the output of check_floors.py on a tree of {path: text}."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tree.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout


class CheckFloors(unittest.TestCase):
    def assert_reported(self, planted, *reports):
        """The sound tree with `planted` added gives exactly one line per report, each with these words."""
        code, output = check({**SOUND_TREE, **planted})
        self.assertEqual(code, 1, output)
        lines = output.splitlines()
        self.assertEqual(len(lines), len(reports), output)
        for line, (place, words) in zip(lines, reports):
            self.assertTrue(line.startswith(place + ": "), output)
            self.assertIn(words, line)

    def test_a_sound_tree_passes_and_says_what_was_compared(self):
        code, output = check(SOUND_TREE)
        self.assertEqual(code, 0, output)
        self.assertIn("11 includes and 9 links", output)

    def test_an_upward_include(self):
        self.assert_reported(
            {"harness/base/text.cpp": '#include <string>\n\n  #  include "harness/train/step.hpp"\n'},
            ("harness/base/text.cpp:3", "base may not use train"),
        )

    def test_an_upward_include_in_angle_brackets(self):
        self.assert_reported(
            {"harness/base/text.cpp": "#include <harness/run/run.hpp>\n"},
            ("harness/base/text.cpp:1", "base may not use run"),
        )

    def test_an_upward_include_by_way_of_the_parent_folder(self):
        self.assert_reported(
            {"harness/base/text.cpp": '#include "harness/base/../run/run.hpp"\n'},
            ("harness/base/text.cpp:1", "base may not use run"),
        )

    def test_each_floor_against_the_next_higher_one(self):
        order = ["kernels", "base", "device", "ops", "train", "data", "measure", "run", "compare", "history", "report", "command"]
        for lower, higher in zip(order, order[1:]):
            file = "kernels/planted.cu" if lower == "kernels" else f"harness/{lower}/planted.cu"
            with self.subTest(lower=lower, higher=higher):
                self.assert_reported(
                    {file: f'#include "harness/{higher}/x.hpp"\n'},
                    (f"{file}:1", f"{lower} may not use {higher}"),
                )

    def test_nothing_includes_main(self):
        self.assert_reported(
            {"harness/report/table.cpp": '#include "harness/main.cpp"\n'},
            ("harness/report/table.cpp:1", "report may not use main"),
        )

    def test_data_and_checkpoint_do_not_know_each_other(self):
        self.assert_reported(
            {
                "harness/checkpoint/a.hpp": '#include "harness/data/idx.hpp"\n',
                "harness/data/a.hpp": '#include "harness/checkpoint/checkpoint.hpp"\n',
            },
            ("harness/checkpoint/a.hpp:1", "checkpoint may not use data"),
            ("harness/data/a.hpp:1", "data may not use checkpoint"),
        )

    def test_kernels_include_nothing_of_the_harness(self):
        self.assert_reported(
            {"kernels/gelu.hpp": '#include "harness/base/error.hpp"\n'},
            ("kernels/gelu.hpp:1", "kernels may not use base"),
        )

    def test_nothing_outside_tests_includes_tests(self):
        self.assert_reported(
            {
                "harness/main.cpp": '#include "tests/doubles/sink.hpp"\n',
                "reports/tool.cpp": '#include "tests/doubles/sink.hpp"\n',
            },
            ("harness/main.cpp:1", "only tests/ may use tests/"),
            ("reports/tool.cpp:1", "only tests/ may use tests/"),
        )

    def test_an_include_without_the_full_path(self):
        self.assert_reported(
            {"harness/base/text.cpp": '#include "error.hpp"\n'},
            ("harness/base/text.cpp:1", "not the full path"),
        )

    def test_a_folder_that_is_no_floor(self):
        self.assert_reported({"harness/utils/all.hpp": "\n"}, ("harness/utils/all.hpp:1", "no floor"))

    def test_an_upward_link_of_a_floor(self):
        self.assert_reported(
            {"harness/base/CMakeLists.txt": "# links lockstep_run?\nlockstep_floor(base\n  DEPENDS\n    lockstep_run)\n"},
            ("harness/base/CMakeLists.txt:4", "base may not use run"),
        )

    def test_an_upward_link_added_afterwards(self):
        self.assert_reported(
            {"harness/data/CMakeLists.txt": "lockstep_floor(data)\ntarget_link_libraries(lockstep_data lockstep_checkpoint)\n"},
            ("harness/data/CMakeLists.txt:2", "data may not use checkpoint"),
        )

    def test_the_scenario_target_belongs_to_the_run_floor(self):
        self.assert_reported(
            {"harness/data/CMakeLists.txt": "lockstep_floor(data SOURCES idx.cpp DEPENDS lockstep_scenario)\n"},
            ("harness/data/CMakeLists.txt:1", "data may not use run"),
        )

    def test_a_link_to_a_test_double(self):
        self.assert_reported(
            {"harness/base/CMakeLists.txt": "lockstep_floor(base SOURCES error.cpp DEPENDS lockstep_doubles)\n"},
            ("harness/base/CMakeLists.txt:1", "only tests/ may use tests/"),
        )

    def test_a_tree_with_nothing_to_check_does_not_pass(self):
        code, output = check({"README.md": "\n"})
        self.assertEqual(code, 2)
        self.assertIn("nothing checked", output)


if __name__ == "__main__":
    unittest.main()
