"""report RESULT… --output FILE.html"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path

from .errors import IoError, ReportError
from .page import render
from .results import load_results, one_line

_INTERNAL_ERROR = 70


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    warnings.simplefilter("ignore")  # absurd numbers are drawn as well as they can be; standard error is for errors
    try:
        results = load_results(options.results)
        _refuse_overwriting([result.path for result in results], options.output)
        write_whole(options.output, render(results))
    except ReportError as error:
        return _complain(str(error), error.exit_code)
    except Exception as error:  # a bug of ours: still one line, and no half page
        return _complain(f"internal error: {type(error).__name__}: {error}", _INTERNAL_ERROR)
    print(f"wrote {options.output}")
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="report", description="Renders results of lockstep as one HTML file.")
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULT", help="a result.json or the folder it is in")
    parser.add_argument("--output", "-o", type=Path, required=True, metavar="FILE.html", help="the page to write")
    return parser.parse_args(arguments)


def _refuse_overwriting(inputs: list[Path], output: Path) -> None:
    if any(output.exists() and output.samefile(file) for file in inputs):
        raise IoError(f"{output}: is one of the results; it is not overwritten")


def write_whole(file: Path, content: str) -> None:
    """All of `content` or nothing: writes beside the file, then renames."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".report-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise IoError(f"{file}: {error.strerror}") from error


def _complain(message: str, exit_code: int) -> int:
    print(f"report: {one_line(message)}", file=sys.stderr)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
