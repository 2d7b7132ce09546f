"""Lines over an axis: devices, sizes, steps or results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from .. import palette, text
from ..svg import SvgWriter, blank_figure, style
from ..tables import Datum
from .panel import BOTTOM, LARGEST, LEFT, LETTER, MOST_TICKS, RIGHT, WIDTH, Axis, head, is_end, tick

_HEIGHT = 250  # of a panel without its legend
_TOP = 50
_LEGEND_ROW = 18
MAX_CURVE_POINTS = 600


@dataclass(frozen=True)
class Point:
    """One measured value with its interval; the ends are None where there is none."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    label: str
    look: palette.Look
    points: list[Point]
    width: float = 2.0
    opacity: float = 1.0


@dataclass(frozen=True)
class Note:
    """A vertical mark across a panel with a word beside it."""

    x: float
    word: str


@dataclass(frozen=True)
class Chart:
    title: str
    x: Axis
    y: Axis
    lines: list[Line]
    ideal: list[Point] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def line_figure(writer: SvgWriter, chart: Chart, subject: str) -> Markup:
    """Lines over an axis. `subject` says in the figure's description and file name what the title leaves out."""
    with style():
        labels = list(dict.fromkeys([line.label for line in chart.lines] + (["ideal"] if chart.ideal else [])))
        columns, rows = _legend_shape(labels) if len(labels) > 1 else (1, 0)
        figure, axes = _panel(chart.title, chart.y.label, _HEIGHT + rows * _LEGEND_ROW, rows * _LEGEND_ROW)
        if chart.ideal:
            _draw_line(axes, chart, Line("ideal", palette.Look(palette.IDEAL, "", (0, (4, 3))), chart.ideal, 1.3))
        for line in chart.lines:
            _draw_line(axes, chart, line)
        _scale_axes(axes, chart)
        for note in chart.notes:
            axes.axvline(note.x * chart.x.scale, color=palette.MUTED, lw=1, ls=(0, (2, 2)))
            axes.annotate(
                note.word, (note.x * chart.x.scale, 1), xycoords=("data", "axes fraction"), xytext=(3, -2),
                textcoords="offset points", va="top", fontsize=12, color=palette.INK,
            )  # fmt: skip
        axes.set_xlabel(chart.x.label)
        if rows:
            handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
            names = [text.clipped(label) for label in labels]
            figure.legend(
                [handles[name] for name in names], names, loc="lower left", bbox_to_anchor=(LEFT / WIDTH - 0.02, 0.0),
                ncol=columns, handlelength=2.6, columnspacing=1.4, labelspacing=0.35, borderaxespad=0.1, borderpad=0.2,
            )  # fmt: skip
        described = f"{subject}: {chart.title.lower()} over {chart.x.name}"
        return writer.inline(figure, described, _line_data(chart))


def _panel(title: str, unit: str, height: float, legend: float) -> tuple[Figure, Axes]:
    figure = blank_figure(WIDTH, height)
    bottom = BOTTOM + legend
    box = (LEFT / WIDTH, bottom / height, (WIDTH - LEFT - RIGHT) / WIDTH, (height - bottom - _TOP) / height)
    axes = figure.add_axes(box)
    head(figure, title, unit, height)
    return figure, axes


def _legend_shape(labels: Sequence[str]) -> tuple[int, int]:
    """Columns and rows: as many columns as there is room for."""
    widths = [len(text.clipped(label)) * LETTER + 54 for label in labels]
    for columns in range(len(labels), 1, -1):
        rows = -(-len(labels) // columns)  # matplotlib fills column by column
        if sum(max(widths[first : first + rows]) for first in range(0, len(labels), rows)) <= WIDTH - LEFT:
            return -(-len(labels) // rows), rows
    return 1, len(labels)


def _draw_line(axes: Axes, chart: Chart, line: Line) -> None:
    points = [point for point in line.points if _is_drawable(point, chart)]
    low = [max(0.0, p.y - p.low) * chart.y.scale if is_end(p.low) else 0.0 for p in points]
    high = [max(0.0, p.high - p.y) * chart.y.scale if is_end(p.high) else 0.0 for p in points]
    axes.errorbar(
        [point.x * chart.x.scale for point in points],
        [point.y * chart.y.scale for point in points],
        yerr=[low, high] if any(low) or any(high) else None,
        color=line.look.colour,
        alpha=line.opacity if line.opacity < 1 else None,
        lw=line.width,
        ls=line.look.dash,
        marker=line.look.marker if line.look.marker and (len(points) <= 40) else None,
        ms=6,
        capsize=3.5,
        elinewidth=1.4,
        label=text.clipped(line.label),
    )


def _is_drawable(point: Point, chart: Chart) -> bool:
    is_small = abs(point.x) < LARGEST and abs(point.y) < LARGEST
    return is_small and (chart.y.ticks != "log" or point.y > 0) and (chart.x.ticks != "sizes" or point.x > 0)


def _scale_axes(axes: Axes, chart: Chart) -> None:
    x_values = sorted(
        {point.x * chart.x.scale for line in chart.lines for point in line.points if abs(point.x) < LARGEST}
    )
    if chart.x.ticks == "devices":
        _device_axis(axes, x_values or [1])
    elif chart.x.ticks == "sizes":
        _size_axis(axes, [value for value in x_values if value > 0] or [1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, integer=True, steps=[1, 2, 5, 10]))
    if chart.y.ticks == "log":
        _log_axis(axes)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    if chart.y.from_zero:
        axes.set_ylim(0, max(axes.get_ylim()[1], 1e-9) * 1.05)
    elif chart.notes:  # room for their words
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.15 * (high - low))


def _device_axis(axes: Axes, counts: list[float]) -> None:
    axes.xaxis.set_major_locator(FixedLocator(counts) if len(counts) <= 8 else MaxNLocator(8, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    margin = max(0.25, 0.06 * (counts[-1] - counts[0]))
    axes.set_xlim(counts[0] - margin, counts[-1] + margin)


def _size_axis(axes: Axes, sizes: list[float]) -> None:
    """Powers of two, each a tick where there is room."""
    axes.set_xscale("log", base=2)
    stride = -(-len(sizes) // MOST_TICKS)
    axes.xaxis.set_major_locator(FixedLocator(sizes[::stride]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: text.size(value)))
    if len(sizes) == 1:
        axes.set_xlim(sizes[0] / 2, sizes[0] * 2)


def _log_axis(axes: Axes) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high < 100 * low:  # powers of ten alone would be too few
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def _line_data(chart: Chart) -> list[Datum]:
    def scaled(value: float | None) -> float | None:
        return None if value is None else value * chart.y.scale

    ideal = [Line("ideal", palette.Look("", "", ""), chart.ideal)] if chart.ideal else []
    x, y = chart.x, chart.y
    return [
        Datum(
            series=line.label,
            x_name=x.name,
            x=point.x * x.scale,
            x_unit=x.unit or "1",
            y_name=chart.title,
            y=point.y * y.scale,
            low=scaled(point.low),
            high=scaled(point.high),
            y_unit=y.unit or "1",
        )
        for line in [*chart.lines, *ideal]
        for point in line.points
    ]


def thinned(curve: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most MAX_CURVE_POINTS of the points, evenly chosen, and always the last."""
    stride = -(-len(curve) // MAX_CURVE_POINTS)
    return curve if stride <= 1 else curve[:-1:stride] + curve[-1:]
