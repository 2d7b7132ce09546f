"""The results side by side, each with a name, a look and perhaps a price."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from .. import palette, text
from ..errors import InputError, UsageError
from ..palette import Look
from ..results import Result, load_result, one_line, run_label
from ..sections.overview import gpus

_NAME = re.compile(r"[^/=\s][^/=]{0,23}")
_LONGEST_MODEL = 34

# Each marker as an SVG path around (0, 0).
_SHAPES = {
    "o": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "s": "M-4-4h8v8h-8z",
    "^": "M0-5L4.6 3.6H-4.6z",
    "D": "M0-5L5 0L0 5L-5 0z",
    "v": "M0 5L4.6-3.6H-4.6z",
    "P": "M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3z",
    "X": "M-5-3L-3-5L0-2L3-5L5-3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0z",
    "p": "M0-5L4.8-1.5L2.9 4H-2.9L-4.8-1.5z",
    "<": "M-5 0L3.6-4.6V4.6z",
    ">": "M5 0L-3.6-4.6V4.6z",
}
_DASHES = ("", "5 2", "1 1.5", "6 2 1 2")


@dataclass(frozen=True)
class Machine:
    """One result. `name` is what the page calls it, `price` that of an hour of the whole machine."""

    result: Result
    number: int
    price: float | None = None

    @property
    def name(self) -> str:
        return self.result.label

    @property
    def look(self) -> Look:
        return palette.machine_look(self.number)

    @property
    def hardware(self) -> dict[str, Any]:
        return self.result.data["environment"]["hardware"]

    @property
    def model(self) -> str:
        """What it computes with: its GPUs, else its processor."""
        found = gpus(self.hardware)
        return text.clipped(", ".join(found) if found else f"{self.hardware['cpu']}, {self.cores}", _LONGEST_MODEL)

    @property
    def cores(self) -> str:
        return text.plural(self.hardware["cores"], "core")

    @property
    def key(self) -> Markup:
        """Its line and marker as in every figure, and its name."""
        colour = palette.variable(self.look.colour)
        dash = _DASHES[self.number % len(_DASHES)]
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        return Markup(
            '<span class="key"><svg width="30" height="12" viewBox="-15 -6 30 12" aria-hidden="true">'
            f'<path d="M-15 0H15" style="stroke:{colour};stroke-width:2;fill:none"{dashes}/>'
            f'<path d="{_SHAPES[self.look.marker]}" style="fill:{colour}"/></svg>{escape(self.name)}</span>'
        )


def load_machines(arguments: list[str], prices: list[str]) -> list[Machine]:
    """`arguments` are [NAME=]PATH, `prices` NAME=PRICE. A machine without a name is A, B, C, …"""
    named = [_split(argument) for argument in arguments]
    labels = [name or run_label(number) for number, (name, _) in enumerate(named)]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise UsageError(f"two results are called {twice[0]}")
    by_name = _prices(prices, labels)
    loaded = [load_result(path, with_curves=False) for _, path in named]
    _refuse_the_same_run(loaded)
    return [
        Machine(Result(result.path, result.data, result.curves, label), number, by_name.get(label))
        for number, (result, label) in enumerate(zip(loaded, labels, strict=True))
    ]


def _split(argument: str) -> tuple[str, Path]:
    """A path that is there is a path, whatever is in it."""
    name, separator, path = argument.partition("=")
    if not separator or Path(argument).exists() or not _NAME.fullmatch(name):
        return "", Path(argument)
    return one_line(name), Path(path)


def _prices(arguments: list[str], labels: list[str]) -> dict[str, float]:
    prices: dict[str, float] = {}
    for argument in arguments:
        name, _, number = argument.rpartition("=")
        try:
            price = float(number)
        except ValueError:
            price = math.nan
        if not 0 < price < 1e9:
            raise UsageError(f"--price {argument}: wants NAME=PRICE, a price per hour above 0")
        if name not in labels or name in prices:
            raise UsageError(f"--price {argument}: {name!r} is not one of {', '.join(labels)}, or is there twice")
        prices[name] = price
    return prices


def _refuse_the_same_run(results: list[Result]) -> None:
    """A run beside itself would look like two machines that agree."""
    seen: dict[str, Path] = {}
    for result in results:
        run_id = result.data["run"].get("id", str(result.path.resolve()))
        if run_id in seen:
            raise InputError(one_line(f"{result.path}: the same run as {seen[run_id]}"))
        seen[run_id] = result.path
