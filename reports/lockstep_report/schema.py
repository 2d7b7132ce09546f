"""A JSON Schema as one function that says yes or no, fifteen times as fast as jsonschema.

Ten results have half a million values. What it refuses goes to jsonschema, which finds the place and the words. It
knows the keywords that our schemas use and no other is accepted; `test_schema.py` holds it against jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Accepts = Callable[[Any], bool]

# These say nothing about what is valid.
_SILENT = {"$schema", "$id", "$defs", "title", "description", "then"}
_TYPES: dict[str, Accepts] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    # 2.0 is an integer for JSON Schema.
    "integer": lambda value: (
        isinstance(value, int) and not isinstance(value, bool) or (isinstance(value, float) and value.is_integer())
    ),
}


def compiled(schema: dict[str, Any]) -> Accepts:
    """Raises ValueError for a keyword it does not know."""
    return _Compiler(schema).accepts(schema)


class _Compiler:
    """Each definition is compiled once, and may refer to itself."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._definitions = root.get("$defs", {})
        self._known: dict[str, Accepts] = {}

    def accepts(self, schema: dict[str, Any] | bool) -> Accepts:
        if isinstance(schema, bool):
            return lambda _: schema
        makers = {name: getattr(self, f"_{name.removeprefix('$')}", None) for name in schema if name not in _SILENT}
        unknown = [name for name, maker in makers.items() if maker is None]
        if unknown:
            raise ValueError(f"unknown keyword {unknown[0]}")
        rules = [maker(schema[name], schema) for name, maker in makers.items() if maker]
        return rules[0] if len(rules) == 1 else lambda value: all(rule(value) for rule in rules)

    def _ref(self, target: str, _: Any) -> Accepts:
        name = target.removeprefix("#/$defs/")
        if name not in self._known:
            self._known[name] = lambda value: self._known[name](value)  # while it is being compiled
            self._known[name] = self.accepts(self._definitions[name])
        return self._known[name]

    def _type(self, names: str | list[str], _: Any) -> Accepts:
        kinds = [_TYPES[name] for name in ([names] if isinstance(names, str) else names)]
        return kinds[0] if len(kinds) == 1 else lambda value: any(is_kind(value) for is_kind in kinds)

    def _const(self, expected: Any, _: Any) -> Accepts:
        return self._enum([expected], _)

    def _enum(self, members: list[Any], _: Any) -> Accepts:
        """1 is not true."""
        pairs = {(isinstance(member, bool), member) for member in members}
        return lambda value: not isinstance(value, (dict, list)) and (isinstance(value, bool), value) in pairs

    def _required(self, names: list[str], _: Any) -> Accepts:
        wanted = frozenset(names)
        return lambda value: not isinstance(value, dict) or wanted <= value.keys()

    def _properties(self, schemas: dict[str, Any], _: Any) -> Accepts:
        rules = {name: self.accepts(schema) for name, schema in schemas.items()}

        def holds(value: Any) -> bool:
            return not isinstance(value, dict) or all(rules[name](value[name]) for name in value if name in rules)

        return holds

    def _additionalProperties(self, schema: Any, parent: dict[str, Any]) -> Accepts:  # noqa: N802
        known = frozenset(parent.get("properties", {}))
        rule = self.accepts(schema)

        def holds(value: Any) -> bool:
            return not isinstance(value, dict) or all(rule(value[name]) for name in value if name not in known)

        return holds

    def _items(self, schema: Any, _: Any) -> Accepts:
        rule = self.accepts(schema)
        return lambda value: not isinstance(value, list) or all(rule(item) for item in value)

    def _minItems(self, least: int, _: Any) -> Accepts:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) >= least

    def _minLength(self, least: int, _: Any) -> Accepts:  # noqa: N802
        return lambda value: not isinstance(value, str) or len(value) >= least

    def _pattern(self, pattern: str, _: Any) -> Accepts:
        found = re.compile(pattern).search
        return lambda value: not isinstance(value, str) or found(value) is not None

    def _minimum(self, least: float, _: Any) -> Accepts:
        return lambda value: not _TYPES["number"](value) or value >= least

    def _maximum(self, most: float, _: Any) -> Accepts:
        return lambda value: not _TYPES["number"](value) or value <= most

    def _anyOf(self, schemas: list[Any], _: Any) -> Accepts:  # noqa: N802
        rules = [self.accepts(schema) for schema in schemas]
        return lambda value: any(rule(value) for rule in rules)

    def _if(self, schema: Any, parent: dict[str, Any]) -> Accepts:
        condition, then = self.accepts(schema), self.accepts(parent.get("then", True))
        return lambda value: then(value) if condition(value) else True
