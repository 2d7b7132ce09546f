"""The figures of a report. Each takes plain values and returns a <figure>.

A panel is as wide as a phone can show with readable words; a page puts as many side by side as there is room for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.patches import PathPatch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from . import palette, text
from .svg import SvgWriter, blank_figure, style
from .tables import Datum

WIDTH = 480
_HEIGHT = 250  # of a panel without its legend
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 50, 42
_BAR_TOP = 32  # bars have no axis of values to name above them
_LEGEND_ROW = 18
_LETTER = 6.6  # mean width of a letter of the legend
_MOST_TICKS = 6
MAX_CURVE_POINTS = 600
# Beyond it a number overflows in the unit of its axis.
LARGEST = 1e290


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


@dataclass(frozen=True)
class Bar:
    """A stacked bar. Bars of one `group` stand together; `mark` is a line across the bar."""

    group: str
    label: str
    parts: dict[str, float] = field(default_factory=dict)
    mark: float | None = None


@dataclass(frozen=True)
class Measure:
    """A bar of one value with its interval and how it is read."""

    group: str
    label: str
    value: float
    low: float | None
    high: float | None
    shown: str
    colour: str


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
                [handles[name] for name in names], names, loc="lower left", bbox_to_anchor=(_LEFT / WIDTH - 0.02, 0.0),
                ncol=columns, handlelength=2.6, columnspacing=1.4, labelspacing=0.35, borderaxespad=0.1, borderpad=0.2,
            )  # fmt: skip
        described = f"{subject}: {chart.title.lower()} over {chart.x.name}"
        return writer.inline(figure, described, _line_data(chart))


def _panel(title: str, unit: str, height: float, legend: float) -> tuple[Figure, Axes]:
    figure = blank_figure(WIDTH, height)
    bottom = _BOTTOM + legend
    box = (_LEFT / WIDTH, bottom / height, (WIDTH - _LEFT - _RIGHT) / WIDTH, (height - bottom - _TOP) / height)
    axes = figure.add_axes(box)
    _head(figure, title, unit, height)
    return figure, axes


def _head(figure: Figure, title: str, unit: str, height: float) -> None:
    figure.text(4 / WIDTH, 1 - 4 / height, text.clipped(title), va="top", fontsize=13, fontweight="semibold")
    figure.text(4 / WIDTH, 1 - 24 / height, unit, va="top", fontsize=12, color=palette.MUTED)


def _legend_shape(labels: Sequence[str]) -> tuple[int, int]:
    """Columns and rows: as many columns as there is room for."""
    widths = [len(text.clipped(label)) * _LETTER + 54 for label in labels]
    for columns in range(len(labels), 1, -1):
        rows = -(-len(labels) // columns)  # matplotlib fills column by column
        if sum(max(widths[first : first + rows]) for first in range(0, len(labels), rows)) <= WIDTH - _LEFT:
            return -(-len(labels) // rows), rows
    return 1, len(labels)


def _draw_line(axes: Axes, chart: Chart, line: Line) -> None:
    points = [point for point in line.points if _is_drawable(point, chart)]
    low = [max(0.0, p.y - p.low) * chart.y.scale if _is_end(p.low) else 0.0 for p in points]
    high = [max(0.0, p.high - p.y) * chart.y.scale if _is_end(p.high) else 0.0 for p in points]
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


def _is_end(value: float | None) -> bool:
    return value is not None and abs(value) < LARGEST


def _scale_axes(axes: Axes, chart: Chart) -> None:
    x_values = sorted({point.x * chart.x.scale for line in chart.lines for point in line.points if abs(point.x) < LARGEST})
    if chart.x.ticks == "devices":
        _device_axis(axes, x_values or [1])
    elif chart.x.ticks == "sizes":
        _size_axis(axes, [value for value in x_values if value > 0] or [1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(_MOST_TICKS, integer=True, steps=[1, 2, 5, 10]))
    if chart.y.ticks == "log":
        _log_axis(axes)
    else:
        axes.yaxis.set_major_locator(MaxNLocator(_MOST_TICKS, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    if chart.y.from_zero:
        axes.set_ylim(0, max(axes.get_ylim()[1], 1e-9) * 1.05)
    elif chart.notes:  # room for their words
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.15 * (high - low))


def _tick(value: float) -> str:
    """Short enough for the margin: 12k, 1.5M, 0.02."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size and abs(value) < 1e13:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:g}"


def _device_axis(axes: Axes, counts: list[float]) -> None:
    axes.xaxis.set_major_locator(FixedLocator(counts) if len(counts) <= 8 else MaxNLocator(8, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    margin = max(0.25, 0.06 * (counts[-1] - counts[0]))
    axes.set_xlim(counts[0] - margin, counts[-1] + margin)


def _size_axis(axes: Axes, sizes: list[float]) -> None:
    """Powers of two, each a tick where there is room."""
    axes.set_xscale("log", base=2)
    stride = -(-len(sizes) // _MOST_TICKS)
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
    return [
        Datum(line.label, chart.x.name, point.x * chart.x.scale, chart.x.unit or "1", chart.title, point.y * chart.y.scale,
              scaled(point.low), scaled(point.high), chart.y.unit or "1")
        for line in [*chart.lines, *ideal]
        for point in line.points
    ]  # fmt: skip


def thinned(curve: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most MAX_CURVE_POINTS of the points, evenly chosen, and always the last."""
    stride = -(-len(curve) // MAX_CURVE_POINTS)
    return curve if stride <= 1 else curve[:-1:stride] + curve[-1:]


def stacked_figure(
    writer: SvgWriter,
    title: str,
    bars: list[Bar],
    colours: dict[str, str],
    axis: Axis,
    subject: str,
    limit: float | None = None,
) -> Markup:
    """Horizontal stacked bars, top to bottom in the given order, lengths in the axis' unit; `limit` is a line across
    all. The name of a group stands above its bars."""
    with style():
        longest = max([limit or 0, *(max(sum(bar.parts.values()), bar.mark or 0) for bar in bars)]) or 1.0
        figure, axes, places = _bar_panel(title, bars, longest, axis.label)
        _draw_parts(axes, bars, places, colours, longest)
        for bar, place in zip(bars, places, strict=True):
            if bar.mark is not None:
                axes.plot([bar.mark, bar.mark], [place - 0.45, place + 0.45], color=palette.INK, lw=2.5, clip_on=False)
        if limit is not None:
            axes.axvline(limit, color=palette.INK, lw=1.2, ls=(0, (4, 3)))
        data = [
            Datum(f"{bar.group} {bar.label}".strip(), "part", part, "1", axis.name, length, None, None, axis.unit)
            for bar in bars
            for part, length in bar.parts.items()
        ]
        return writer.inline(figure, f"{subject}: {title.lower()}", data)


def measure_figure(writer: SvgWriter, title: str, bars: list[Measure], axis: Axis, subject: str) -> Markup:
    """Horizontal bars of one value each, the value beside the bar; values in the axis' scale."""
    with style():
        drawn = [bar for bar in bars if abs(bar.value) < LARGEST]
        longest = max([_length_with_words(bar) for bar in drawn], default=0) * axis.scale or 1.0
        figure, axes, places = _bar_panel(title, drawn, longest, axis.label)
        for bar, place in zip(drawn, places, strict=True):
            length = bar.value * axis.scale
            _draw_rectangles(axes, [(0.0, place, length)], bar.colour)
            end = length
            if _is_end(bar.low) and _is_end(bar.high):
                end = max(length, bar.high * axis.scale)
                axes.plot([bar.low * axis.scale, end], [place, place], color=palette.INK, lw=1.4, marker="|", ms=7)
            axes.annotate(bar.shown, (end, place), xytext=(6, 0), textcoords="offset points", va="center_baseline")
        data = [
            Datum(bar.label, "configuration", bar.group, "1", axis.name, bar.value * axis.scale,
                  None if bar.low is None else bar.low * axis.scale,
                  None if bar.high is None else bar.high * axis.scale, axis.unit or "1")
            for bar in bars
        ]  # fmt: skip
        return writer.inline(figure, f"{subject}: {title.lower()}", data)


def _length_with_words(bar: Measure) -> float:
    """How long the axis must be for the words beside the bar."""
    words = min(0.65, (len(bar.shown) * _LETTER + 14) / (WIDTH - 2 * _LEFT))
    return (bar.high if _is_end(bar.high) else bar.value) / (1 - words)


def _bar_panel(
    title: str, bars: Sequence[Bar | Measure], longest: float, unit: str
) -> tuple[Figure, Axes, list[float]]:
    """An empty panel for bars, with the places of the bars from top to bottom."""
    places, heads = _places(bars)
    rows = (places[-1] if places else 0) + 1
    height = _BAR_TOP + 22 * rows + _BOTTOM
    figure = blank_figure(WIDTH, height)
    left = min(160, max(58, 12 + _LETTER * max([len(text.clipped(bar.label, 22)) for bar in bars], default=0)))
    axes = figure.add_axes((left / WIDTH, _BOTTOM / height, (WIDTH - left - _RIGHT) / WIDTH, 22 * rows / height))
    _head(figure, title, "", height)
    axes.set(xlabel=unit, xlim=(0, longest * 1.02), ylim=(rows - 0.5, -0.5))
    axes.set_yticks(places, [text.clipped(bar.label, 22) for bar in bars])
    axes.xaxis.set_major_locator(MaxNLocator(_MOST_TICKS, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    for place, group in heads:
        axes.annotate(
            text.clipped(group, 70), (4 / WIDTH, place), xycoords=("figure fraction", "data"), va="center_baseline",
            annotation_clip=False,
        )  # fmt: skip
    return figure, axes, places


def _places(bars: Sequence[Bar | Measure]) -> tuple[list[float], list[tuple[float, str]]]:
    """Of the bars and of the names of their groups: one apart, a little more between groups."""
    places: list[float] = []
    heads: list[tuple[float, str]] = []
    place = 0.0
    for number, bar in enumerate(bars):
        if bar.group and (number == 0 or bars[number - 1].group != bar.group):
            place += 0.3 if number else 0
            heads.append((place, bar.group))
            place += 1
        places.append(place)
        place += 1
    return places, heads


def _draw_parts(axes: Axes, bars: list[Bar], places: list[float], colours: dict[str, str], longest: float) -> None:
    """All areas of one colour are one shape: a page may have thousands."""
    rectangles: dict[str, list[tuple[float, float, float]]] = {}
    for bar, place in zip(bars, places, strict=True):
        left = 0.0
        for part in colours:
            length = bar.parts.get(part, 0.0)
            if length <= 0:
                continue
            rectangles.setdefault(part, []).append((left, place, length))
            if length > 0.0198 * longest * (len(part) + 1):  # there is room for the word
                axes.text(left + length / 2, place, part, ha="center", va="center_baseline", fontsize=12,
                          color=palette.words_on(colours[part]))  # fmt: skip
            left += length
    for part, areas in rectangles.items():
        _draw_rectangles(axes, areas, colours[part])


def _draw_rectangles(axes: Axes, areas: list[tuple[float, float, float]], colour: str) -> None:
    """`areas`: left end, middle and length of each."""
    half = 0.41
    corners = [
        corner
        for left, y, length in areas
        for corner in (
            (left, y - half), (left + length, y - half), (left + length, y + half), (left, y + half), (left, y - half),
        )
    ]  # fmt: skip
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(areas)
    axes.add_patch(
        PathPatch(Path(corners, codes), facecolor=colour, edgecolor=palette.PAPER, linewidth=0.6, clip_on=False)
    )
