"""How long a report of ten results takes: ten copies of the published default suite with altered numbers.

scripts/bench does not run it, for it measures no part of lockstep: reports/report --python chooses the interpreter.
  $(reports/report --python) tests/bench/report_bench.py
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "reports" / "published" / "default-suite-2-cores" / "result.json"
RESULTS = 10
TARGET_S = 20.0
ROUNDS = 3


def altered(data: dict[str, Any], number: int) -> dict[str, Any]:
    """The same cases on a machine that is up to three times as fast, every number a little different."""
    noise = random.Random(number)
    factor = 1 + number / 5
    data["run"]["id"] = f"{number:016x}"
    data["environment"]["hardware"]["cpu"] += f" {number}"
    for case in data["cases"]:
        for metric in case["metrics"]:
            change = {"s": 1 / factor, "samples/s": factor, "B/s": factor}.get(metric["unit"], 1) * noise.uniform(
                0.98, 1.02
            )
            for key in ("value", "low", "high"):
                metric[key] = None if metric[key] is None else metric[key] * change
        for phase in case.get("phases", []):
            phase["seconds"] /= factor * noise.uniform(0.98, 1.02)
    return data


def main() -> int:
    text = SUITE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = []
        for number in range(RESULTS):
            results.append(folder / f"{number}.json")
            results[-1].write_text(json.dumps(altered(json.loads(text), number)), encoding="utf-8")
        page = folder / "report.html"
        command = [str(ROOT / "reports" / "report"), *map(str, results), "--output", str(page)]
        times = []
        for _ in range(ROUNDS):
            start = time.monotonic()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            times.append(time.monotonic() - start)
        cases = len(json.loads(text)["cases"])
        spread = f"[{min(times):.1f}, {max(times):.1f}]"
        median = sorted(times)[ROUNDS // 2]
        print(f"report of {RESULTS} results of {cases} cases: {median:.1f} s {spread}, target {TARGET_S:g} s")
        print(f"page: {page.stat().st_size / 2**20:.2f} MiB")
    return 0 if max(times) <= TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
