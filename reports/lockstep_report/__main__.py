"""report RESULT… --output FILE.html, and report --history trend.json --output FILE.html"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from . import page, trend
from .comparison import page as comparison_page
from .comparison.machines import load_machines
from .errors import ReportError, UsageError
from .judged import load_comparison
from .output import refuse_overwriting, write_all
from .page import Page
from .results import load_result, one_line
from .svg import SvgWriter

_INTERNAL_ERROR = 70


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    warnings.simplefilter("ignore")  # absurd numbers are drawn as well as they can be; standard error is for errors
    writer = SvgWriter(keeps_files=options.figures is not None)
    try:
        rendered, inputs = _page(options, writer)
        refuse_overwriting(inputs, options.output)
        print(one_line(rendered.summary), flush=True)  # also when the page cannot be written
        write_all(options.output, rendered.html, options.figures, writer.drawn)
    except ReportError as error:
        return _complain(str(error), error.exit_code)
    except Exception as error:  # a bug of ours: still one line, and no half page
        return _complain(f"internal error: {type(error).__name__}: {error}", _INTERNAL_ERROR)
    print(f"wrote {options.output}" + (f" and {options.figures}" if options.figures else ""))
    return 0


def _page(options: argparse.Namespace, writer: SvgWriter) -> tuple[Page, list[Path]]:
    """The page that was asked for, and the files that it is made of."""
    if options.history is not None:
        _allow_only(options, "history", "results", "comparison", "price")
        return trend.render(trend.load_trend(options.history), writer), [options.history]
    if not options.results:
        raise UsageError("wants a RESULT, or --history")
    machines = load_machines(options.results, options.price)
    inputs = [machine.result.path for machine in machines]
    judged = load_comparison(options.comparison) if options.comparison else None
    if len(machines) == 1:
        _allow_only(options, "one RESULT", "price")
        return page.render(load_result(inputs[0]), writer, judged), inputs
    return comparison_page.render(machines, judged, options.currency, writer), inputs


def _allow_only(options: argparse.Namespace, subject: str, *others: str) -> None:
    for name in others:
        if getattr(options, name):
            raise UsageError(f"{name} makes no sense with {subject}")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="report",
        description="One result: the report of its run. Several: which machine is better. --history: how one went.",
    )
    parser.add_argument("results", nargs="*", metavar="[NAME=]RESULT", help="a result.json or the folder it is in")
    parser.add_argument("--output", "-o", type=Path, required=True, metavar="FILE.html", help="the page to write")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="also write each figure as SVG, PNG and CSV")
    parser.add_argument("--comparison", type=Path, metavar="FILE.json", help="verdicts of lockstep compare, put on top")
    parser.add_argument("--price", action="append", default=[], metavar="NAME=PRICE", help="of an hour of that machine")
    parser.add_argument("--currency", default="USD", help="the name of the money that prices are in (USD)")
    parser.add_argument("--history", type=Path, metavar="TREND.json", help="data of lockstep history plot")
    return parser.parse_args(arguments)


def _complain(message: str, exit_code: int) -> int:
    print(f"report: {one_line(message)}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
