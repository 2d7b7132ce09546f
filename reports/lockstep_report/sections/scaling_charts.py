"""The charts over devices: speed-up with its ideal, efficiency, throughput."""

from __future__ import annotations

from ..figures import Axis, Chart, Line, Point

DEVICES = Axis("number of devices", ticks="devices")


def speedup_chart(lines: list[Line]) -> Chart:
    counts = sorted({1.0} | {point.x for line in lines for point in line.points})
    ideal = [Point(count, count) for count in (counts[0], counts[-1])] if len(counts) > 1 else []
    return Chart("Speed-up", DEVICES, Axis("times one device", "×", from_zero=True), lines, ideal)


def efficiency_chart(lines: list[Line]) -> Chart:
    counts = sorted({1.0} | {point.x for line in lines for point in line.points})
    ideal = [Point(counts[0], 1), Point(counts[-1], 1)] if len(counts) > 1 else []
    return Chart("Efficiency", DEVICES, Axis("speed-up / devices", "%", 100, from_zero=True), lines, ideal)


def throughput_chart(lines: list[Line]) -> Chart:
    return Chart("Throughput", DEVICES, Axis("training throughput", "samples/s", from_zero=True), lines)
