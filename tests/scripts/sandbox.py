"""A copy of scripts/ in a folder of its own, with stub programs that record how they are called."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The real programs that the scripts may use; all else must be a stub.
REAL_TOOLS = ["bash", "cat", "cut", "date", "dirname", "env", "ls", "mkdir", "sed", "stat", "timeout", "touch", "wc"]


class Sandbox:
    """PATH holds the stubs and REAL_TOOLS only. The folder's name has a space, as a user's may."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="lockstep scripts ")
        self.top = Path(self._folder.name)
        self.root = self.top / "check out"
        self.bin = self.top / "bin"
        self.record = self.top / "calls"
        self.bin.mkdir()
        for tool in REAL_TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        shutil.copytree(ROOT / ".ci", self.root / ".ci")
        (self.root / "CMakePresets.json").write_text("{}\n", encoding="utf-8")

    def close(self):
        self._folder.cleanup()

    def program(self, path, body=""):
        """Writes a stub: it records its name and arguments, then does `body`. A bare name goes onto PATH."""
        path = self.bin / path if "/" not in path else self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        record = f"printf '%s\\n' \"{path.name} $*\" >>'{self.record}'"
        path.write_text(f"#!/usr/bin/env bash\n{record}\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def calls(self, name=None):
        """What was called, one line per call; only the calls of one program where it is named."""
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        return [line for line in lines if name is None or line.split(" ")[0] == name]

    def command(self, script, *arguments, **variables):
        """Arguments for subprocess: the script, from a foreign folder."""
        return {
            "args": [self.bin / "bash", self.root / script, *arguments],
            "cwd": self.top,
            "env": {"PATH": str(self.bin), "HOME": os.environ.get("HOME", "/"), **variables},
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }

    def run(self, script, *arguments, **variables):
        """Runs the script to its end, without a terminal; stdin holds a line that nobody should read."""
        command = self.command(script, *arguments, **variables)
        return subprocess.run(**command, input="not for you\n", check=False, timeout=60)
