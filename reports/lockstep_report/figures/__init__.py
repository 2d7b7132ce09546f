"""The figures of a report. Each takes plain values and returns a <figure>."""

from .bars import Bar, Measure, measure_figure, stacked_figure
from .lines import MAX_CURVE_POINTS, Chart, Line, Note, Point, line_figure, thinned
from .panel import LARGEST, Axis

__all__ = [
    "LARGEST",
    "MAX_CURVE_POINTS",
    "Axis",
    "Bar",
    "Chart",
    "Line",
    "Measure",
    "Note",
    "Point",
    "line_figure",
    "measure_figure",
    "stacked_figure",
    "thinned",
]
