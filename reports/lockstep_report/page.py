"""Puts the sections into the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from . import palette, text
from .entries import BAD, DOUBTFUL, GOOD, all_entries
from .judged import Judged
from .results import Result
from .sections import (
    checkpoints,
    checks,
    communication,
    curves,
    environment,
    faults,
    fits,
    imbalance,
    memory,
    overview,
    phases,
    scaling,
    verdicts,
)
from .svg import SvgWriter

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_MARKS = {"good": "✓", "bad": "✗", "doubtful": "?", "none": "–"}


@dataclass(frozen=True)
class Page:
    html: str
    summary: str  # one line for the terminal


def render(result: Result, writer: SvgWriter, judged: Judged | None = None) -> Page:
    """The report of one run, from the same result the same bytes."""
    entries = all_entries([result])
    top = overview.build(result, entries, judged)
    html = (
        templates()
        .get_template("report.html.j2")
        .render(
            overview=top,
            judged=judged,
            families=verdicts.build(entries),
            scalings=scaling.build(entries, writer),
            communication=communication.build(entries, writer),
            phases=phases.build(entries, writer),
            curves=curves.build(entries, writer),
            checks=checks.build(entries),
            faults=faults.build(entries),
            fits=fits.build(entries, writer),
            memory=memory.build(entries, writer),
            imbalance=imbalance.build(entries, writer),
            checkpoints=checkpoints.build(entries),
            properties=environment.build([result]),
        )
    )
    return Page(html, f"{top.word}: {top.headline}")


def verdict_state(verdict: str) -> str:
    states = {"bad": BAD, "doubtful": DOUBTFUL, "good": GOOD}
    return next((state for state, members in states.items() if verdict in members), "none")


def templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(breakable=text.breakable, words=text.words, percent=text.percent, plural=text.plural)
    environment.filters.update(amount=text.amount, paint=palette.variable)
    colours = Markup(palette.stylesheet(":root"))
    environment.globals.update(verdict_state=verdict_state, marks=_MARKS, figure_colours=colours)
    return environment
