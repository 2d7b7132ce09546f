"""The figures of the section on communication."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from . import palette
from .figures import WIDTH
from .svg import SvgWriter, blank_figure, style
from .text import clipped, size

_MOST_TICKS = 8


@dataclass(frozen=True)
class SizeCurve:
    """One collective over sizes."""

    collective: str
    points: list[tuple[int, float, float]]  # bytes, seconds, busbw in B/s


@dataclass(frozen=True)
class BucketPoint:
    """Medians and intervals over the blocks; times in seconds."""

    bucket: int  # bytes
    step: tuple[float, float, float]  # value, low, high
    exposed: tuple[float, float, float]
    overlap: float | None


def bandwidth_figure(writer: SvgWriter, title: str, curves: list[SizeCurve]) -> Markup:
    """Time and bus bandwidth over size, both axes logarithmic."""
    with style():
        figure = blank_figure(WIDTH, 360)
        time, rate = figure.subplots(1, 2)
        for number, curve in enumerate(curves):
            look = {
                "color": palette.COLLECTIVES.get(curve.collective, palette.INK),
                "marker": palette.marker(number),
                "ms": 4.5,
                "lw": 1.8,
                "label": clipped(curve.collective),
            }
            sizes = [point[0] for point in curve.points]
            time.plot(sizes, [1e6 * point[1] for point in curve.points], **look)
            rate.plot(sizes, [1e-9 * point[2] for point in curve.points], **look)
        time.set(title="Time", xlabel="size", ylabel="time (µs)")
        rate.set(title="Bus bandwidth", xlabel="size", ylabel="busbw (GB/s)")
        every_size = sorted({point[0] for curve in curves for point in curve.points})
        for axes in (time, rate):
            _value_axis(axes)
            _size_axis(axes, every_size)
        time.legend(loc="upper left", handlelength=2.2, fontsize=11)
        return writer.inline(figure, f"{title}: time and bus bandwidth over size")


def bucket_figure(writer: SvgWriter, title: str, points: list[BucketPoint], dp_step: float | None) -> Markup:
    """Step time, exposed communication and overlap over ddp's bucket size."""
    with style():
        figure = blank_figure(WIDTH, 300)
        times, overlap = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.5, 1]})
        buckets = [point.bucket for point in points]
        if dp_step is not None:
            times.axhline(1e3 * dp_step, color=palette.strategy_colour("dp", []), lw=1.5, ls=(0, (4, 3)), label="dp: step")
        _interval_line(times, buckets, [point.step for point in points], palette.strategy_colour("ddp", []), "ddp: step")
        _interval_line(times, buckets, [point.exposed for point in points], palette.PHASES["reduce"], "ddp: exposed")
        hidden = [(point.bucket, 100 * point.overlap) for point in points if point.overlap is not None]
        overlap.plot(
            [bucket for bucket, _ in hidden],
            [share for _, share in hidden],
            color=palette.strategy_colour("ddp", []),
            marker="o",
            lw=2,
        )
        times.set(title="Time per step", xlabel="bucket size", ylabel="time (ms)")
        overlap.set(title="Hidden communication", xlabel="bucket size", ylabel="overlap (%)")
        times.set_ylim(0, times.get_ylim()[1] * 1.08)
        overlap.set_ylim(0, 100)
        for axes in (times, overlap):
            _size_axis(axes, buckets)
        times.legend(loc="best", handlelength=2.6)
        return writer.inline(figure, f"{title}: time per step and overlap over bucket size")


def _interval_line(
    axes: Axes, x: list[int], values: list[tuple[float, float, float]], colour: str, label: str
) -> None:
    below = [1e3 * max(0.0, value - low) for value, low, _ in values]
    above = [1e3 * max(0.0, high - value) for value, _, high in values]
    axes.errorbar(
        x,
        [1e3 * value for value, _, _ in values],
        yerr=[below, above],
        color=colour,
        lw=2,
        marker="o",
        ms=5,
        capsize=4,
        elinewidth=1.5,
        label=label,
    )


def _value_axis(axes: Axes) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high < 100 * low:  # powers of ten alone would be too few
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def _size_axis(axes: Axes, sizes: list[int]) -> None:
    """Powers of two, each a tick where there is room."""
    axes.set_xscale("log", base=2)
    stride = -(-len(sizes) // _MOST_TICKS)
    axes.xaxis.set_major_locator(FixedLocator(sizes[::stride]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size(value).replace("\u00a0", "\n")))
    if len(sizes) == 1:
        axes.set_xlim(sizes[0] / 2, sizes[0] * 2)
