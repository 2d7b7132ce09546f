"""Horizontal bars, top to bottom in the order given; the name of a group stands above its bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from .. import palette, text
from ..svg import SvgWriter, blank_figure, style
from ..tables import Datum
from .panel import BOTTOM, LARGEST, LEFT, LETTER, MOST_TICKS, RIGHT, WIDTH, Axis, head, is_end, tick

_TOP = 32  # bars have no axis of values to name above them
_ROW = 22


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
            if is_end(bar.low) and is_end(bar.high):
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
    words = min(0.65, (len(bar.shown) * LETTER + 14) / (WIDTH - 2 * LEFT))
    return (bar.high if is_end(bar.high) else bar.value) / (1 - words)


def _bar_panel(
    title: str, bars: Sequence[Bar | Measure], longest: float, unit: str
) -> tuple[Figure, Axes, list[float]]:
    """An empty panel for bars, with the places of the bars from top to bottom."""
    places, heads = _places(bars)
    rows = (places[-1] if places else 0) + 1
    height = _TOP + _ROW * rows + BOTTOM
    figure = blank_figure(WIDTH, height)
    left = min(160, max(58, 12 + LETTER * max([len(text.clipped(bar.label, 22)) for bar in bars], default=0)))
    axes = figure.add_axes((left / WIDTH, BOTTOM / height, (WIDTH - left - RIGHT) / WIDTH, _ROW * rows / height))
    head(figure, title, "", height)
    axes.set(xlabel=unit, xlim=(0, longest * 1.02), ylim=(rows - 0.5, -0.5))
    axes.set_yticks(places, [text.clipped(bar.label, 22) for bar in bars])
    axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
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
