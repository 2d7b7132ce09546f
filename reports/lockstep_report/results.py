"""Reads result.json and samples.jsonl. Both are hostile until validated here; nothing behind this file checks again."""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from .errors import InputError, IoError
from .schema import Accepts, compiled

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "result.schema.json"
SCHEMA_VERSION = 1
CURVES = ("loss", "test_accuracy")
# Far above any real result (a case is a few KiB); stops a wrong file before it fills the memory.
MAX_RESULT_BYTES = 256 * 2**20
MAX_MESSAGE = 240

# Control characters, lone surrogates and direction overrides have no business in a name.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

# A curve is [(index, value)], sorted by index.
Curve = list[tuple[int, float]]


@dataclass(frozen=True)
class Result:
    """One validated run. `label` names it among several and is empty in a report of one."""

    path: Path
    data: dict[str, Any]
    curves: dict[tuple[str, str], Curve] = field(default_factory=dict)
    label: str = ""


def run_label(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"R{number + 1}"


def load_result(path: Path, with_curves: bool = True) -> Result:
    """Loads `path`, a result.json or the folder that holds it, and the curves beside it if they are wanted."""
    file = path / "result.json" if path.is_dir() else path
    data = parse(read_text(file, MAX_RESULT_BYTES), file)
    validate(data, file)
    data = printable(data)
    return Result(file, data, read_curves(file.parent / "samples.jsonl", data) if with_curves else {})


def read_text(file: Path, limit: int | None = None) -> str:
    try:
        information = file.stat()
        if not stat.S_ISREG(information.st_mode):
            raise IoError(f"{file}: not a regular file")
        if limit is not None and information.st_size > limit:
            raise InputError(f"{file}: {information.st_size} bytes, more than a result can have")
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise IoError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 at byte {error.start}") from error


def parse(text: str, where: object) -> Any:
    """JSON as the standard has it: no NaN, no Infinity, no number that overflows, no key twice."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise InputError(f"{where}: nested too deeply") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{where}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from error
    except ValueError as error:
        raise InputError(one_line(f"{where}: {error}")) from error


def _reject_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON; numbers are finite or null")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]} is out of range")
    return value


def _bounded(text: str) -> int:
    if len(text) > 20:  # no 64-bit integer is longer
        raise ValueError(f"the number {text[:20]}… is out of range")
    return int(text)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"a key occurs twice among {', '.join(sorted(result))}")
    return result


_DECODER = json.JSONDecoder(
    parse_constant=_reject_constant,
    parse_float=_finite,
    parse_int=_bounded,
    object_pairs_hook=_unique_keys,
)


@lru_cache(maxsize=1)
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def accepts() -> Accepts:
    return compiled(validator().schema)


def validate(data: Any, where: object) -> None:
    """Raises InputError with the place and the first thing wrong there."""
    if not isinstance(data, dict):
        raise InputError(f"{where}: not a JSON object")
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        raise InputError(one_line(f"{where}: schema_version is {version!r}; this report reads {SCHEMA_VERSION}"))
    if data.get("cases") == []:
        raise InputError(f"{where}: the result has no cases")
    if not accepts()(data):
        error = best_match(validator().iter_errors(data))
        raise InputError(one_line(f"{where}: {place(error)}: {error.message}" if error else f"{where}: not valid"))
    _validate_relations(data["cases"], where)


def _validate_relations(cases: list[dict[str, Any]], where: object) -> None:
    """What a schema cannot say: names are unique, intervals are ordered."""
    seen: set[str] = set()
    for number, case in enumerate(cases):
        if case["name"] in seen:
            raise InputError(one_line(f"{where}: cases[{number}].name: {case['name']!r} occurs twice"))
        seen.add(case["name"])
        for metric in case["metrics"]:
            low, high = metric["low"], metric["high"]
            if low is not None and high is not None and low > high:
                problem = f"low {low} is above high {high}"
                raise InputError(one_line(f"{where}: cases[{number}].metrics: {metric['name']!r}: {problem}"))


def place(error: ValidationError) -> str:
    """cases[3].verdict"""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path)
    return text.lstrip(".") or "result"


def one_line(text: str) -> str:
    text = _UNPRINTABLE.sub("\ufffd", " ".join(text.split()))
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"


def printable(value: Any) -> Any:
    """The same value with every unprintable character in its strings replaced."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return value


def read_curves(file: Path, data: dict[str, Any]) -> dict[tuple[str, str], Curve]:
    """Loss and accuracy by (case, metric). Empty without the file: a result.json alone can be read too."""
    if not file.exists():
        return {}
    points: dict[tuple[str, str], dict[int, tuple[int, float]]] = {}
    is_complete = data["run"]["status"] == "complete"
    names = {case["name"] for case in data["cases"]} if is_complete else None
    last: dict[tuple[str, str, int | None], int] = {}
    for number, sample in enumerate(_samples(file, is_complete), start=1):
        _refuse_disorder(sample, names, last, f"{file}:{number}")
        if sample["metric"] in CURVES and sample["value"] is not None:
            _keep_lowest_rank(points.setdefault((printable(sample["case"]), sample["metric"]), {}), sample)
    return {key: [(index, curve[index][1]) for index in sorted(curve)] for key, curve in points.items()}


def _refuse_disorder(
    sample: dict[str, Any], names: set[str] | None, last: dict[tuple[str, str, int | None], int], where: str
) -> None:
    """A sample belongs to a case of the result, except to the one that was cut short, and a curve's steps grow on each
    rank."""
    if names is not None and printable(sample["case"]) not in names:
        raise InputError(one_line(f"{where}: case: {sample['case']!r} is not in the result"))
    if sample["metric"] not in CURVES:
        return
    key = (sample["case"], sample["metric"], sample["rank"])
    if sample["index"] <= last.get(key, -1):
        raise InputError(one_line(f"{where}: index: {sample['index']} comes after {last[key]}"))
    last[key] = sample["index"]


def _keep_lowest_rank(curve: dict[int, tuple[int, float]], sample: dict[str, Any]) -> None:
    """A value of the whole group (rank null) goes before that of any rank, rank 0 before rank 1."""
    rank = -1 if sample["rank"] is None else sample["rank"]
    known = curve.get(sample["index"])
    if known is None or rank < known[0]:
        curve[sample["index"]] = (rank, float(sample["value"]))


def _samples(file: Path, complete: bool) -> Iterator[dict[str, Any]]:
    """Every line of the file. A run that was cut short may end within a line; that line is dropped."""
    lines = read_text(file).split("\n")
    unfinished = lines.pop()
    if unfinished and complete:
        raise InputError(f"{file}:{len(lines) + 1}: the last line is not finished")
    for number, line in enumerate(lines, start=1):
        sample = parse_sample(line, f"{file}:{number}")
        yield sample


def parse_sample(line: str, where: object) -> dict[str, Any]:
    """Checks by hand what $defs/sample of the schema says: there may be a million lines."""
    sample = parse(line, where)
    if not isinstance(sample, dict) or set(sample) != set(_SAMPLE_FIELDS):
        raise InputError(f"{where}: a sample has exactly the keys {', '.join(_SAMPLE_FIELDS)}")
    for name, is_valid in _SAMPLE_FIELDS.items():
        if not is_valid(sample[name]):
            raise InputError(one_line(f"{where}: {name}: {sample[name]!r} is not valid"))
    return sample


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_SAMPLE_FIELDS: dict[str, Callable[[Any], bool]] = {
    "case": _is_text,
    "metric": _is_text,
    "unit": _is_text,
    "index": _is_count,
    "rank": lambda value: value is None or _is_count(value),
    "value": lambda value: value is None or _is_number(value),
}
