"""The figures of a report. Each takes plain values and returns inline SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from . import palette
from .results import Curve
from .svg import SvgWriter, blank_figure, style
from .text import clipped

WIDTH = 960
BESIDE_TABLE = 580
MAX_CURVE_POINTS = 1000


@dataclass(frozen=True)
class Point:
    """One measured speed-up with its interval; the ends are None where there is none."""

    devices: int
    speedup: float
    low: float | None
    high: float | None
    efficiency: float


@dataclass(frozen=True)
class Line:
    label: str
    colour: str
    marker: str
    dash: Any
    points: list[Point]


@dataclass(frozen=True)
class CurveLine:
    label: str
    colour: str
    curve: Curve


@dataclass(frozen=True)
class Bar:
    """A stacked bar. Bars of one `group` stand together; `mark` is a line across the bar."""

    group: str
    label: str
    parts: dict[str, float] = field(default_factory=dict)
    mark: float | None = None


def scaling_figure(writer: SvgWriter, title: str, lines: list[Line], width: float) -> Markup:
    """Speed-up and efficiency over devices."""
    with style():
        figure = blank_figure(width, 320)
        speedup, efficiency = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.35, 1]})
        counts = sorted({1} | {point.devices for line in lines for point in line.points})
        speedup.plot([1, counts[-1]], [1, counts[-1]], color="#8d949c", lw=1.2, ls=(0, (4, 3)), label="ideal")
        efficiency.axhline(1, color="#8d949c", lw=1.2, ls=(0, (4, 3)))
        for line in lines:
            _draw_speedup(speedup, line)
            _draw_efficiency(efficiency, line)
        speedup.set(title="Speed-up", xlabel="devices", ylabel="speed-up (×)")
        efficiency.set(title="Efficiency", xlabel="devices", ylabel="efficiency (%)")
        efficiency.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")
        for axes in (speedup, efficiency):
            _device_axis(axes, counts)
            axes.set_ylim(0, axes.get_ylim()[1] * 1.05)
            axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        speedup.legend(loc="upper left", handlelength=2.6)
        return writer.inline(figure, f"{title}: speed-up and efficiency over devices")


def _draw_speedup(axes: Axes, line: Line) -> None:
    below = [max(0.0, p.speedup - p.low) if p.low is not None else 0.0 for p in line.points]
    above = [max(0.0, p.high - p.speedup) if p.high is not None else 0.0 for p in line.points]
    axes.errorbar(
        [p.devices for p in line.points],
        [p.speedup for p in line.points],
        yerr=[below, above],
        color=line.colour,
        lw=2,
        ls=line.dash,
        marker=line.marker,
        ms=6,
        capsize=4,
        elinewidth=1.5,
        label=clipped(line.label),
    )


def _draw_efficiency(axes: Axes, line: Line) -> None:
    axes.plot(
        [p.devices for p in line.points],
        [p.efficiency for p in line.points],
        color=line.colour,
        lw=2,
        ls=line.dash,
        marker=line.marker,
        ms=6,
    )


def _device_axis(axes: Axes, counts: list[int]) -> None:
    axes.xaxis.set_major_locator(FixedLocator(counts) if len(counts) <= 8 else MaxNLocator(8, integer=True))
    axes.xaxis.set_minor_locator(NullLocator())
    margin = max(0.25, 0.06 * (counts[-1] - counts[0]))
    axes.set_xlim(counts[0] - margin, counts[-1] + margin)


def curves_figure(writer: SvgWriter, title: str, loss: list[CurveLine], accuracy: list[CurveLine]) -> Markup:
    """Loss over steps and, where there is some, test accuracy over epochs. Curves that coincide show as one line
    inside another: each is drawn thinner than the one before."""
    panels = [
        ("Training loss", "step", "loss", loss),
        ("Test accuracy", "epoch", "accuracy (%)", accuracy),
    ]
    panels = [panel for panel in panels if panel[3]]
    with style():
        figure = blank_figure(WIDTH if len(panels) == 2 else 620, 320)
        widths = {"width_ratios": [1.6, 1][: len(panels)]}
        row = figure.subplots(1, len(panels), squeeze=False, gridspec_kw=widths)[0]
        for axes, (name, x, y, lines) in zip(row, panels, strict=True):
            _draw_curves(axes, lines)
            axes.set(title=name, xlabel=x, ylabel=y)
            axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
            if lines is accuracy:
                axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")
            axes.legend(loc="best", handlelength=3)
        return writer.inline(figure, f"{title}: " + " and ".join(panel[0].lower() for panel in panels))


def _draw_curves(axes: Axes, lines: list[CurveLine]) -> None:
    for number, line in enumerate(lines):
        points = thinned(line.curve)
        axes.plot(
            [index for index, _ in points],
            [value for _, value in points],
            color=line.colour,
            alpha=0.3 if number == 0 and len(lines) > 1 else 1.0,
            lw=_line_width(number, len(lines)),
            ls=palette.dash(number),
            marker="o" if len(points) == 1 else None,
            label=clipped(line.label),
        )


def _line_width(number: int, count: int) -> float:
    """From 7 down to 1.5 pixels."""
    return 2.0 if count == 1 else 7.0 if number == 0 else max(1.5, 3.0 - 0.8 * (number - 1))


def thinned(curve: Curve) -> Curve:
    """At most MAX_CURVE_POINTS of the points, evenly chosen, and always the last."""
    stride = -(-len(curve) // MAX_CURVE_POINTS)
    return curve if stride <= 1 else curve[:-1:stride] + curve[-1:]


def stacked_figure(
    writer: SvgWriter, title: str, bars: list[Bar], colours: dict[str, str], unit: str, limit: float | None = None
) -> Markup:
    """Horizontal stacked bars, top to bottom in the given order, lengths in `unit`; `limit` is a line across all."""
    positions = _positions(bars)
    with style():
        figure = blank_figure(WIDTH, 64 + 22 * positions[-1] + 32)
        axes = figure.subplots()
        longest = max([limit or 0, *(max(sum(bar.parts.values()), bar.mark or 0) for bar in bars)]) or 1.0
        for bar, position in zip(bars, positions, strict=True):
            _draw_bar(axes, bar, position, colours, longest)
        if limit is not None:
            axes.axvline(limit, color=palette.INK, lw=1.2, ls=(0, (4, 3)))
        axes.set(xlabel=unit, xlim=(0, longest * 1.02), ylim=(positions[-1] + 0.7, -0.7))
        axes.set_yticks(positions, [_tick_label(bars, number) for number in range(len(bars))])
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
        return writer.inline(figure, title)


def _positions(bars: list[Bar]) -> list[float]:
    """One apart within a group, a gap more between groups."""
    positions = [0.0]
    for before, bar in pairwise(bars):
        positions.append(positions[-1] + (1.0 if bar.group == before.group else 1.5))
    return positions


def _tick_label(bars: list[Bar], number: int) -> str:
    bar = bars[number]
    is_first = number == 0 or bars[number - 1].group != bar.group
    return f"{clipped(bar.group)}\u00a0\u00a0\u00a0{bar.label}" if is_first else bar.label


def _draw_bar(axes: Axes, bar: Bar, position: float, colours: dict[str, str], longest: float) -> None:
    left = 0.0
    for part, colour in colours.items():
        length = bar.parts.get(part, 0.0)
        if length <= 0:
            continue
        axes.barh(position, length, left=left, height=0.82, color=colour, edgecolor="white", linewidth=0.6)
        if length > 0.009 * longest * (len(part) + 1):  # there is room for the word
            _label(axes, part, left + length / 2, position, colour)
        left += length
    if bar.mark is not None:
        axes.plot([bar.mark, bar.mark], [position - 0.45, position + 0.45], color=palette.INK, lw=2.5)


def _label(axes: Axes, text: str, x: float, y: float, background: str) -> None:
    axes.text(x, y, text, ha="center", va="center_baseline", fontsize=11, color=_on(background))


def _on(colour: str) -> str:
    """Black or white, whichever reads better on `colour`."""
    red, green, blue = to_rgb(colour)
    return palette.INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"
