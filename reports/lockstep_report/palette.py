"""Colours and dashes, the same in every figure and told apart without colour vision.

Phases and memory uses are grouped by hue and told apart by lightness: blue computes, orange communicates, grey waits.
Lines use the palette of Okabe and Ito, "Color Universal Design" (2008), and a dash style and marker each.
"""

from __future__ import annotations

from typing import Any

INK = "#1f2328"
MUTED = "#57606a"
GRID = "#e4e7eb"

PHASES = {
    "batch": "#c8b560",
    "scatter": "#fdd0a2",
    "replicate": "#fdae6b",
    "forward": "#9ecae1",
    "gather": "#f16913",
    "loss": "#08306b",
    "backward": "#4292c6",
    "reduce": "#b34700",
    "update": "#1b7f79",
    "wait": "#8d949c",
    "idle": "#dfe2e6",
}

# The phases by what they are for.
LOAD = {"compute": "#4292c6", "communicate": "#f16913", "wait": "#8d949c", "idle": "#dfe2e6"}

MEMORY = {
    "parameters": "#08519c",
    "gradients": "#4292c6",
    "optimizer": "#9ecae1",
    "activations": "#1b7f79",
    "buffers": "#8fd0c0",
    "communication": "#f16913",
    "batch": "#c8b560",
    "workspace": "#b8bec5",
}

COLLECTIVES = {
    "all_reduce": "#0072b2",
    "reduce": "#56b4e9",
    "reduce_scatter": "#7b3294",
    "broadcast": "#d55e00",
    "scatter": "#8c6d00",
    "gather": "#009e73",
    "all_gather": "#cc79a7",
}

_STRATEGIES = {"single": "#4d4d4d", "dp": "#d55e00", "ddp": "#0072b2"}
_OTHERS = ("#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#7b3294")
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P")


def strategy_colour(strategy: str, known: list[str]) -> str:
    """`known`: every strategy of the report, sorted, so that one keeps its colour in every figure."""
    if strategy in _STRATEGIES:
        return _STRATEGIES[strategy]
    others = [name for name in known if name not in _STRATEGIES]
    return _OTHERS[others.index(strategy) % len(_OTHERS)]


def dash(number: int) -> Any:
    """Solid for the first only: a later solid line would hide those below it."""
    return _DASHES[0] if number == 0 else _DASHES[1 + (number - 1) % (len(_DASHES) - 1)]


def marker(number: int) -> str:
    return _MARKERS[number % len(_MARKERS)]


def free_colour(number: int) -> str:
    return _OTHERS[number % len(_OTHERS)]
