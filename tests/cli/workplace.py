"""The built program in a folder of its own. Its path is in the environment variable LOCKSTEP_PROGRAM."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = os.environ["LOCKSTEP_PROGRAM"]
PATIENCE_S = 60  # for what happens in milliseconds on a machine that does nothing else

EXACT = """schema = 1
name = "exact"
family = "equivalence"
[model]
widths = [8, 4, 2]
init = "ternary"
[data]
source = "exact"
samples = 64
[train]
batch = 8
steps = 4
loss = "mse"
optimizer = { kind = "ternary", threshold = 0.06 }
[run]
strategy = ["dp", "ddp"]
devices = [1, 2]
"""

LEARNING = """schema = 1
name = "learning"
family = "convergence"
[model]
widths = [8, 16, 4]
[data]
source = "synthetic"
samples = 64
[train]
batch = 8
epochs = 3
[run]
strategy = "ddp"
devices = 2
"""

CHECKPOINT = """schema = 1
name = "checkpoint"
family = "checkpoint"
[model]
widths = [[8, 16384, 4], [8, 16, 4]]
[data]
samples = 64
[train]
batch = 8
steps = 4
[run]
strategy = "ddp"
devices = 2
[checkpoint]
save_after = 2
"""

# Ends only when somebody ends it.
ENDLESS = LEARNING.replace('"learning"', '"endless"').replace("epochs = 3", "epochs = 1000000")


def eventually(what):
    """Waits until `what()` is true, and returns it."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.001)
    raise AssertionError(f"not within {PATIENCE_S} s: {what.__name__}")


def processes():
    """(id, state, parent, session) of every process."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name before it may hold anything, parentheses included.
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            yield int(stat.parent.name), fields[0], int(fields[1]), int(fields[3])


class Run:
    """The program while it runs, in a session of its own by which its processes are known."""

    def __init__(self, process, output):
        self.process = process
        self.output = output

    def child(self):
        """The process of the case that runs now, or None.

        The first result is written when the machine has been looked at, for which there is a process too.
        """
        if not (self.output / "result.json").exists():
            return None
        for pid, state, parent, _ in processes():
            if parent == self.process.pid and state != "Z":
                return pid
        return None

    def left_over(self):
        return [pid for pid, state, _, session in processes() if session == self.process.pid and state not in "ZX"]

    def stop_a_case(self):
        """Holds some case in the middle of its work."""

        def a_child_that_stopped():
            if self.process.poll() is not None:
                raise AssertionError("all cases were done before one could be stopped")
            if (child := self.child()) is None:
                return None
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGSTOP)
                while state := next((s for pid, s, _, _ in processes() if pid == child), None):
                    if state in "TZX":
                        return child if state == "T" else None
            return None

        return eventually(a_child_that_stopped)

    def end(self):
        """Waits for the end: (exit code, standard output, standard error). Nothing may be left over."""
        out, err = self.process.communicate(timeout=PATIENCE_S)

        def no_process_is_left_over():
            return not self.left_over()

        eventually(no_process_is_left_over)
        return self.process.returncode, out, err


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="lockstep cli "))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.output = self.folder / "out"

    def scenario(self, text=EXACT, name="scenario.toml"):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def lockstep(self, *arguments, **options):
        """Runs the program to its end; the output as text."""
        options = {"cwd": self.folder, "capture_output": True, "text": True, "errors": "replace"} | options
        return subprocess.run([PROGRAM, *arguments], timeout=PATIENCE_S, check=False, **options)

    def run_to_output(self, *arguments, **options):
        return self.lockstep("run", *arguments, "--output", self.output, **options)

    def start(self, *arguments):
        """Starts `run` with results in self.output."""
        process = subprocess.Popen(
            [PROGRAM, "run", *arguments, "--output", self.output],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        run = Run(process, self.output)

        def clean_up():
            for pid in run.left_over():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.communicate()

        self.addCleanup(clean_up)
        return run

    def start_and_wait_for_a_case(self, *arguments):
        run = self.start(*arguments)
        eventually(run.child)
        return run

    def result(self):
        return json.loads((self.output / "result.json").read_text(encoding="utf-8"))

    def cases(self):
        return {case["name"]: case for case in self.result()["cases"]}

    def verdicts(self):
        return {name: case["verdict"] for name, case in self.cases().items()}

    def samples(self):
        return [json.loads(line) for line in (self.output / "samples.jsonl").read_text(encoding="utf-8").splitlines()]

    def assert_ends(self, done, code, *messages):
        """With this exit code, these parts on standard error, and none of what a crash prints."""
        self.assertEqual(done.returncode, code, done.stderr)
        for message in messages:
            self.assertIn(message, done.stderr)
        for trace in ("this is a bug", "terminate called", "what():", "Aborted"):
            self.assertNotIn(trace, done.stderr)
