"""Colours, markers and dashes, the same in every figure and told apart without colour vision.

Figures are drawn in the light colours. Each colour has a partner for dark paper (`DARK`), and an SVG names its colours
as CSS variables, so that the page chooses. Phases and memory uses are grouped by hue and told apart by lightness: blue
computes, orange communicates, grey waits. Lines take colours after Okabe and Ito, "Color Universal Design" (2008), and
a dash and a marker each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PAPER = "#ffffff"
INK = "#1f2328"
MUTED = "#57606a"
GRID = "#e4e7eb"
RULE = "#b8bec5"
IDEAL = "#6e7781"
# Words on a filled area, which looks alike on light and on dark paper.
ON_BRIGHT = "#101418"
ON_DEEP = "#fefefe"

PHASES = {
    "batch": "#c8b560",
    "scatter": "#fdd0a2",
    "replicate": "#fdae6b",
    "forward": "#9ecae1",
    "gather": "#f58634",
    "loss": "#2b6cb0",
    "backward": "#5aa2d6",
    "reduce": "#b34700",
    "update": "#1b7f79",
    "wait": "#9aa1a9",
    "idle": "#dfe2e6",
}

# The phases by what they are for.
LOAD = {"compute": "#5aa2d6", "communicate": "#f58634", "wait": "#9aa1a9", "idle": "#dfe2e6"}

MEMORY = {
    "parameters": "#2b6cb0",
    "gradients": "#5aa2d6",
    "optimizer": "#9ecae1",
    "activations": "#1b7f79",
    "buffers": "#8fd0c0",
    "communication": "#f58634",
    "batch": "#c8b560",
    "workspace": "#b9bfc6",
}

_BLUE, _ORANGE, _GREEN, _PINK, _BROWN, _SKY, _VIOLET = (
    "#0072b2",
    "#c85200",
    "#007f5f",
    "#b04a86",
    "#806000",
    "#2a83ad",
    "#7b3294",
)
_SINGLE = "#4d4d4d"

COLLECTIVES = {
    "all_reduce": _BLUE,
    "reduce": _SKY,
    "reduce_scatter": _VIOLET,
    "broadcast": _ORANGE,
    "scatter": _BROWN,
    "gather": _GREEN,
    "all_gather": _PINK,
}

# Every colour a figure is drawn in, and its partner on dark paper.
DARK = {
    PAPER: "#0f1419",
    INK: "#e6edf3",
    MUTED: "#a3adb8",
    GRID: "#2a313a",
    RULE: "#59626d",
    IDEAL: "#97a1ac",
    _BLUE: "#58b0ee",
    _ORANGE: "#ff9350",
    _GREEN: "#35c496",
    _PINK: "#ec9bc9",
    _BROWN: "#e3bb48",
    _SKY: "#8fd2f0",
    _VIOLET: "#c49ae0",
    _SINGLE: "#c9d1d9",
    PHASES["idle"]: "#3b434d",
}
# These stand on both papers as they are.
FIXED = {ON_BRIGHT, ON_DEEP, *PHASES.values(), *LOAD.values(), *MEMORY.values()} - DARK.keys()

_STRATEGIES = {"single": _SINGLE, "dp": _ORANGE, "ddp": _BLUE}
_OTHERS = (_GREEN, _PINK, _BROWN, _SKY, _VIOLET)
_MACHINES = (_BLUE, _ORANGE, _GREEN, _PINK, _BROWN, _VIOLET, _SKY)
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", ">")


@dataclass(frozen=True)
class Look:
    """How a line is told from the others, three times over."""

    colour: str
    marker: str
    dash: Any


def machine_look(number: int) -> Look:
    """Ten markers and seven colours: no two of the first seventy are alike."""
    return Look(_MACHINES[number % len(_MACHINES)], marker(number), _DASHES[number % len(_DASHES)])


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


def variable(colour: str) -> str:
    """var(--c-1f2328): what stands for the colour in an SVG."""
    return f"var({_name(colour)})" if colour in DARK else colour


def stylesheet(selector: str) -> str:
    """The variables on light paper, and on dark paper where the reader's screen asks for it."""
    light = "".join(f"{_name(colour)}:{colour};" for colour in DARK)
    dark = "".join(f"{_name(colour)}:{partner};" for colour, partner in DARK.items())
    return f"{selector}{{{light}}}@media screen and (prefers-color-scheme:dark){{{selector}{{{dark}}}}}"


def words_on(fill: str) -> str:
    """The colour of words on a filled area: whichever reads better, on either paper."""
    if fill in DARK:
        return INK
    return max((ON_BRIGHT, ON_DEEP), key=lambda ink: contrast(ink, fill))


def contrast(first: str, second: str) -> float:
    """WCAG 2.2's contrast ratio of two colours: from 1 to 21."""
    bright, deep = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (deep + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _name(colour: str) -> str:
    return f"--c-{colour[1:]}"
