"""Where the numbers were made, one column per run; what differs is marked and stands first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import text
from ..results import Result


@dataclass(frozen=True)
class Property:
    group: str
    name: str
    values: list[str]
    differs: bool


def build(results: list[Result]) -> list[Property]:
    """Every property of any run, in the order of the files; what differs first."""
    runs = [dict(_properties(result.data)) for result in results]
    keys = list(dict.fromkeys(key for run in runs for key in run))
    keys.sort(key=lambda key: _GROUPS.index(key[0]))
    properties = [_property(key, [run.get(key, "–") for run in runs]) for key in keys]
    return sorted(properties, key=lambda found: not found.differs)


# Conditions are what may differ from run to run on one machine, such as its clock.
_GROUPS = ("tool", "machine", "hardware", "conditions", "software", "variable")


def _property(key: tuple[str, str], values: list[str]) -> Property:
    group, name = key
    return Property(group, name.removesuffix("_bytes").removesuffix("_hz"), values, len(set(values)) > 1)


def _properties(data: dict[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    environment = data["environment"]
    machine = {name: environment[name] for name in ("machine_id", "host_name") if name in environment}
    conditions, variables = environment.get("conditions", {}), environment.get("variables", {})
    parts = (data["tool"], machine, environment["hardware"], conditions, environment["software"], variables)
    for group, properties in zip(_GROUPS, parts, strict=True):
        for name, value in properties.items():
            yield (group, name), _text(name, value)


def _text(name: str, value: Any) -> str:
    if name == "gpus":
        return "; ".join(_gpu(gpu) for gpu in value) or "none"
    if value is None:
        return text.NOT_AVAILABLE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if name.endswith("_bytes"):
        return text.size(value)
    return text.rate(value, "Hz") if name.endswith("_hz") else text.number(value)


def _gpu(gpu: Any) -> str:
    if isinstance(gpu, str):
        return gpu
    return ", ".join(f"{text.words(name)} {_text(name, value)}" for name, value in gpu.items())
