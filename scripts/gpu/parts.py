"""What a part of the check is, and how programs are run for it: with a time limit, and nothing left over."""

import os
import signal
import subprocess
import time
from typing import Callable, NamedTuple

PASS, FAIL, SKIPPED = "PASS", "FAIL", "SKIPPED"
TIMED_OUT = 124


class Outcome(NamedTuple):
    verdict: str
    reason: str
    numbers: dict = {}


class Part(NamedTuple):
    """`needed`: without it the GPU counts as not checked. `limit` in seconds."""

    name: str
    question: str
    needed: bool
    limit: float
    run: Callable


class Stop(Exception):
    """Ends a part with an outcome that is not a pass."""

    def __init__(self, verdict, reason):
        super().__init__(reason)
        self.outcome = Outcome(verdict, reason)


def skip(reason):
    raise Stop(SKIPPED, reason)


def fail(reason):
    raise Stop(FAIL, reason)


def require(condition, reason):
    if not condition:
        fail(reason)


class Done(NamedTuple):
    code: int
    output: str
    seconds: float

    def last_line(self):
        lines = [line for line in self.output.splitlines() if line.strip()]
        return lines[-1].strip() if lines else "no output"


class Clock:
    """Until when the running part may take; every program that it runs is held to it."""

    def __init__(self, seconds):
        self.until = time.monotonic() + seconds

    def left(self):
        return self.until - time.monotonic()


def end_group(process):
    """The program and all its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(clock, command, variables=None, log=None, limit=None):
    """Runs a program to its end or to the part's. Stdout and stderr together go to `log` too, where it is given."""
    seconds = max(0.0, clock.left()) if limit is None else min(limit, max(0.0, clock.left()))
    begin = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env={**os.environ, **(variables or {})}, start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        code = process.returncode
    except subprocess.TimeoutExpired:
        end_group(process)
        output, _ = process.communicate()
        code = TIMED_OUT
    except BaseException:
        end_group(process)
        raise
    if log is not None:
        log.write_text(output, encoding="utf-8")
    return Done(code, output, time.monotonic() - begin)


def attempt(part, context, seconds):
    """A part's outcome, whatever happens in it."""
    clock = Clock(seconds)
    try:
        return part.run(context, clock)
    except Stop as stop:
        return stop.outcome
    except Exception as error:  # a fault of this script is no pass
        return Outcome(FAIL, f"the check itself failed: {type(error).__name__}: {error}")
