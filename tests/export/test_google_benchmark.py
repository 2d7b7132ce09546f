"""Google Benchmark's JSON, read by json and by its own compare.py."""

import importlib.util
import json
import math
import statistics
import subprocess
import sys
import unittest
from pathlib import Path

from examples import exists, path_of, text_of

COMPARE = Path("/usr/share/benchmark/compare.py")
NAME = "speedup-mlp/strategy:ddp/devices:2/step_time"


def document(example):
    def refuse(constant):
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text_of(example, "google-benchmark"), parse_constant=refuse)


def compare(mode, *files):
    command = [sys.executable, COMPARE, "--no-color", mode, *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class GoogleBenchmark(unittest.TestCase):
    def test_blocks_are_repetitions_and_their_aggregates_share_the_name_of_the_run(self):
        entries = [e for e in document("fast")["benchmarks"] if e["run_name"] == NAME]
        raw = [e for e in entries if e["run_type"] == "iteration"]
        self.assertEqual([e["repetition_index"] for e in raw], list(range(12)))
        self.assertEqual({(e["name"], e["repetitions"], e["time_unit"]) for e in raw}, {(NAME, 12, "ns")})
        times = [e["real_time"] for e in raw]
        self.assertAlmostEqual(times[0], 5e6)
        aggregates = {e["aggregate_name"]: e["real_time"] for e in entries if e["run_type"] == "aggregate"}
        self.assertEqual(list(aggregates), ["mean", "median", "stddev"])
        for name, expected in (("mean", statistics.mean), ("median", statistics.median), ("stddev", statistics.stdev)):
            self.assertTrue(math.isclose(aggregates[name], expected(times), rel_tol=1e-9), name)

    def test_only_times_and_collectives_by_size(self):
        names = {e["run_name"] for e in document("result")["benchmarks"]}
        collective = "collectives/strategy:ddp/devices:2"
        self.assertEqual(
            names,
            {
                NAME,
                f"{collective}/bytes:4096/in_place:0",
                f"{collective}/bytes:4096/in_place:1",
                f"{collective}/bytes:8192/in_place:0",
            },
        )

    def test_the_context_has_what_readers_ask_for(self):
        context = document("result")["context"]
        self.assertEqual(context["json_schema_version"], 1)
        self.assertEqual(context["library_build_type"], "release")
        self.assertEqual((context["num_cpus"], context["mhz_per_cpu"], context["host_name"]), (2, 2095, ""))
        self.assertEqual(
            [(c["type"], c["level"], c["size"], c["num_sharing"]) for c in context["caches"]],
            [("Data", 1, 49152, 1), ("Unified", 2, 2097152, 1), ("Unified", 3, 110100480, 2)],
        )
        self.assertEqual(document("hostile")["context"]["caches"], [])

    def test_a_separator_in_a_name_separates_nothing(self):
        for entry in document("hostile")["benchmarks"]:
            # scenario, two axes, metric (or size and placement)
            self.assertIn(entry["run_name"].count("/"), (3, 4))

    def test_what_has_no_times_is_not_written(self):
        for example in ("untimed", "comparison"):
            self.assertFalse(exists(example, "google-benchmark"))

    @unittest.skipUnless(
        COMPARE.exists() and importlib.util.find_spec("scipy"),
        "needs Google Benchmark's compare.py and SciPy (Debian: libbenchmark-tools, python3-scipy)",
    )
    def test_its_compare_py_sees_the_slow_down(self):
        output = compare("benchmarks", path_of("fast", "google-benchmark"), path_of("slow", "google-benchmark"))
        (median,) = (line for line in output.splitlines() if line.startswith(f"{NAME}_median"))
        self.assertAlmostEqual(float(median.split()[1]), 0.1, places=3)
        (test,) = (line for line in output.splitlines() if line.startswith(f"{NAME}_pvalue"))
        self.assertIn("U Test, Repetitions: 12 vs 12", test)
        self.assertNotIn("WARNING", test)
        self.assertLess(float(test.split()[1]), 0.01)

    @unittest.skipUnless(
        COMPARE.exists() and importlib.util.find_spec("scipy"),
        "needs Google Benchmark's compare.py and SciPy (Debian: libbenchmark-tools, python3-scipy)",
    )
    def test_its_compare_py_reads_hostile_names(self):
        path = path_of("hostile", "google-benchmark")
        self.assertIn("devices", compare("benchmarks", path, path))


if __name__ == "__main__":
    unittest.main()
