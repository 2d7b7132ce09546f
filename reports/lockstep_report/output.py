"""Writes everything or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import IoError
from .svg import Drawn
from .tables import as_csv


def refuse_overwriting(inputs: list[Path], output: Path) -> None:
    if any(output.exists() and output.samefile(file) for file in inputs):
        raise IoError(f"{output}: is one of the inputs; it is not overwritten")


def write_all(page: Path, html: str, figures: Path | None, drawn: list[Drawn]) -> None:
    """Both are complete on the disk before either gets its name; on an error neither is there."""
    with _staged_file(page, html) as file:
        if figures is None:
            _rename(file, page)
            return
        with _staged_folder(figures, drawn) as folder:
            _rename(folder, figures)
            try:
                _rename(file, page)
            except IoError:
                shutil.rmtree(figures, ignore_errors=True)
                raise


@contextmanager
def _staged_file(target: Path, content: str) -> Iterator[Path]:
    """The content beside its target; gone when it was not renamed."""
    staged = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".report-")
        staged = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        staged.chmod(0o644)
        yield staged
    except OSError as error:
        raise IoError(f"{target}: {error.strerror}") from error
    finally:
        if staged is not None:
            staged.unlink(missing_ok=True)


@contextmanager
def _staged_folder(target: Path, drawn: list[Drawn]) -> Iterator[Path]:
    """A folder is renamed in one step onto a place that is free or an empty folder."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise IoError(f"{target}: is there already; --figures wants a folder that is new or empty")
    staged = None
    try:
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=".figures-"))
        for figure in drawn:
            (staged / f"{figure.name}.svg").write_text(figure.svg, encoding="utf-8")
            (staged / f"{figure.name}.png").write_bytes(figure.png)
            (staged / f"{figure.name}.csv").write_text(as_csv(figure.data), encoding="utf-8", newline="")
        staged.chmod(0o755)
        yield staged
    except OSError as error:
        raise IoError(f"{target}: {error.strerror}") from error
    finally:
        if staged is not None and staged.exists():
            shutil.rmtree(staged, ignore_errors=True)


def _rename(staged: Path, target: Path) -> None:
    try:
        staged.replace(target)
    except OSError as error:
        raise IoError(f"{target}: {error.strerror}") from error
