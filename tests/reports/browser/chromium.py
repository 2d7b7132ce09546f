"""A headless Chromium spoken to through its debugging pipe: JSON messages that end with a zero byte.

Nothing but Python's standard library is needed, and no port is opened.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # as root, as in a container, there is none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-pipe",
    "about:blank",
)
# Reading an answer; a page of some MiB takes seconds where two cores are shared.
_PATIENCE_S = 120.0


def find() -> str | None:
    """The first browser there is. $LOCKSTEP_CHROMIUM goes before the others."""
    chosen = os.environ.get("LOCKSTEP_CHROMIUM")
    return chosen if chosen else next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """One process with one page."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="lockstep-chromium-", ignore_cleanup_errors=True)
        request, self._write = os.pipe()
        self._read, answer = os.pipe()
        command = [program, f"--user-data-dir={self._folder.name}", *_OPTIONS]
        # The browser reads messages from descriptor 3 and writes them to 4.
        shell = ["sh", "-c", f'exec 3<&{request} 4>&{answer}; exec "$@"', "sh", *command]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(shell, pass_fds=(request, answer), start_new_session=True, **quiet)
        os.close(request)
        os.close(answer)
        self._number = 0
        self._rest = b""
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.call("Page.enable")

    def open(self, file: Path, width: int, dark: bool = False, media: str = "screen") -> None:
        """Shows the page as tall as it is, with every folded part open, so that nothing is out of view."""
        self.call(
            "Emulation.setEmulatedMedia",
            media=media,
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self._resize(width, 900)
        self.call("Page.navigate", url=file.resolve().as_uri())
        deadline = time.monotonic() + _PATIENCE_S
        while self.evaluate("document.readyState + location.protocol") != "completefile:":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{file} was not loaded")
            time.sleep(0.02)

    def unfold(self, width: int) -> None:
        self.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        self.grow(width)

    def grow(self, width: int) -> None:
        self._resize(width, int(self.evaluate("document.documentElement.scrollHeight")))

    def evaluate(self, expression: str) -> Any:
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"].get("exception", {}).get("description", "script failed"))
        return found["result"].get("value")

    def screenshot(self, file: Path, selector: str = "html") -> None:
        box = self.evaluate(
            f"(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            " return [box.x + scrollX, box.y + scrollY, box.width, Math.min(box.height, 16000)] })()"
        )
        clip = dict(zip(("x", "y", "width", "height"), box, strict=True)) | {"scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        file.write_bytes(base64.b64decode(data))

    def print_pdf(self, file: Path) -> None:
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True, "printBackground": True}
        file.write_bytes(base64.b64decode(self.call("Page.printToPDF", **paper)["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._ask(method, parameters, self._session)

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._send({"id": self._number + 1, "method": "Browser.close"})
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._folder.cleanup()

    def _resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def _ask(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._send(message if session is None else message | {"sessionId": session})
        for answer in self._answers():
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
        raise RuntimeError(f"{method}: the browser ended")

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]

    def _answers(self) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" in self._rest:
                message, _, self._rest = self._rest.partition(b"\0")
                yield json.loads(message)
            ready, _, _ = select.select([self._read], [], [], _PATIENCE_S)
            if not ready:
                raise TimeoutError("the browser does not answer")
            part = os.read(self._read, 2**20)
            if not part:
                return
            self._rest += part


@contextlib.contextmanager
def browser(program: str) -> Iterator[Browser]:
    opened = Browser(program)
    try:
        yield opened
    finally:
        opened.close()
