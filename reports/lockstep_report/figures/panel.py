"""What all figures have in common: a panel as wide as a phone can show with readable words. A page puts as many side by
side as there is room for."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from .. import palette, text

WIDTH = 480
LEFT, RIGHT, BOTTOM = 58, 14, 42
LETTER = 6.6  # mean width of a letter of the legend
MOST_TICKS = 6
# Beyond it a number overflows in the unit of its axis.
LARGEST = 1e290


@dataclass(frozen=True)
class Axis:
    """`scale` turns values into `unit`. `ticks`: devices, sizes (powers of two), log or plain."""

    name: str
    unit: str = ""
    scale: float = 1
    ticks: str = "plain"
    from_zero: bool = False

    @property
    def label(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name


def head(figure: Figure, title: str, unit: str, height: float) -> None:
    figure.text(4 / WIDTH, 1 - 4 / height, text.clipped(title), va="top", fontsize=13, fontweight="semibold")
    figure.text(4 / WIDTH, 1 - 24 / height, unit, va="top", fontsize=12, color=palette.MUTED)


def is_end(value: float | None) -> bool:
    return value is not None and abs(value) < LARGEST


def tick(value: float) -> str:
    """Short enough for the margin: 12k, 1.5M, 0.02."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size and abs(value) < 1e13:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:g}"
