"""Puts the sections of a comparison into their page."""

from __future__ import annotations

from ..entries import all_entries
from ..judged import Judged
from ..page import Page, templates
from ..sections import environment
from ..svg import SvgWriter
from . import bars, limits, scaling, verdicts
from .machines import Machine
from .matching import match


def render(machines: list[Machine], judged: Judged | None, currency: str, writer: SvgWriter) -> Page:
    """The comparison as HTML, from the same results the same bytes."""
    entries = all_entries([machine.result for machine in machines])
    matching = match(entries)
    usable = matching.usable
    top = verdicts.overview(entries, machines, matching, judged)
    attention, attention_total = verdicts.attention(entries)
    html = (
        templates()
        .get_template("comparison.html.j2")
        .render(
            overview=top,
            machines=machines,
            judged=judged,
            comparability=verdicts.comparability(matching),
            attention=attention,
            attention_total=attention_total,
            experiments=scaling.build(matching, machines, writer),
            communication_warnings=bars.warnings(entries, "communication"),
            checkpoint_warnings=bars.warnings(entries, "checkpoint"),
            memory_warnings=bars.warnings(entries, "memory"),
            bandwidths=bars.bandwidths(usable, machines, writer),
            steps=bars.steps(usable, machines, writer),
            batches=bars.largest_batches(usable, machines, writer),
            memories=bars.memories(usable, machines, writer),
            checkpoints=bars.checkpoints(usable, machines, writer),
            costs=scaling.build_costs(usable, machines, currency, writer),
            currency=currency,
            limits=limits.build(usable, machines),
            properties=environment.build([machine.result for machine in machines]),
        )
    )
    return Page(html, f"{top.word}: {top.headline}")
