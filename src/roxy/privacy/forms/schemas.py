"""What a tool's input schema says of one place in a payload (JSON Schema 2020-12, and what older drafts call so).

Schemas are written by programs: an optional field is `anyOf` of itself and null, a nested object a `$ref` into
`$defs`, a union `oneOf` with a constant that tells its members apart. Here they are followed as far as the payload
tells which of them is meant: references into the same document, members of `allOf`, of a choice those that the value
may be, properties by their names' patterns, what `dependentSchemas` adds for a property that is there, and of `if`
what follows from it. Where a condition cannot be told, `then` and `else` are a choice as any other. Nothing is fetched,
and a schema that leads in circles ends after a few steps: what cannot be told demands nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from roxy.privacy.surrogates import matches, misfit

Schema = Mapping[str, Any]
_JOINED = frozenset(
    ("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies")
)
_SAY_NOTHING = frozenset(("title", "description", "default", "examples", "$comment", "$defs", "definitions"))
_TOLD = frozenset(("type", "const", "enum", "properties", "required", "pattern", "minLength", "maxLength"))
"""What of a condition can be told."""
_MOST = 1_000
_DEEPEST = 30
_TRIED = 30
"""Members of a choice whose demands a value is held against."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "number": (int, float), "integer": (int, float), "object": Mapping, "array": (list, tuple),
    "boolean": bool, "null": type(None),
}  # fmt: skip


class Document:
    """A whole schema, in which references lead from one part to another."""

    def __init__(self, root: Schema | None) -> None:
        self._root = root or {}

    def of_property(self, schema: Schema | None, value: Mapping[Any, Any], name: str) -> Schema | None:
        """What is said of the property `name` of the object `value`."""
        if not schema:
            return None
        if _is_plain(schema):
            return _of_property(schema, name)
        return _either([found for one in self._members(schema, value) if (found := _of_property(one, name))])

    def of_item(self, schema: Schema | None, value: Sequence[Any], place: int) -> Schema | None:
        """What is said of an item of the array `value`."""
        if not schema:
            return None
        if _is_plain(schema):
            return _of_item(schema, place)
        return _either([found for one in self._members(schema, value) if (found := _of_item(one, place))])

    def of_leaf(self, schema: Schema | None, value: str | float) -> Schema | None:
        """All that is demanded of a string or number, as one schema without joints.

        Of a choice what allows the value: a constant that it is, else the first member whose demands it fits.
        """
        if not schema or _is_plain(schema):
            return schema
        joined: dict[str, Any] = {}
        for one in self._members(schema, value):
            joined.update((name, said) for name, said in one.items() if name not in _JOINED)
        return joined

    def _members(self, schema: Schema, value: Any) -> list[Schema]:
        """The schemas without joints that hold for `value` together, the outer ones last: they are more particular."""
        found: list[Schema] = []
        self._collect(schema, value, found, _Steps())
        return found

    def _collect(self, schema: Schema, value: Any, found: list[Schema], steps: "_Steps") -> None:
        with steps as going_on:
            if not going_on:
                return
            for one in self._all_of(schema):
                self._collect(one, value, found, steps)
            for members in self._choices(schema, value):
                chosen = self._chosen(members, value, steps)
                if chosen is not None:
                    self._collect(chosen, value, found, steps)
            for one in _depending(schema, value):
                self._collect(one, value, found, steps)
            found.append(schema)

    def _choices(self, schema: Schema, value: Any) -> Iterator[list[Schema]]:
        yield list(_schemas(schema.get("anyOf")))
        yield list(_schemas(schema.get("oneOf")))
        condition = schema.get("if")
        if isinstance(condition, Mapping | bool):
            holds = condition if isinstance(condition, bool) else _holds(condition, value)
            ways = (("then", holds is not False), ("else", holds is not True))
            yield list(_schemas([schema.get(name) for name, may_be in ways if may_be]))

    def _all_of(self, schema: Schema) -> Iterator[Schema]:
        for name in ("$ref", "$dynamicRef"):
            if (referred := self._referred(schema.get(name))) is not None:
                yield referred
        yield from _schemas(schema.get("allOf"))

    def _chosen(self, members: Sequence[Schema], value: Any, steps: "_Steps") -> Schema | None:
        able = [one for one in members if self._allows(one, value, steps)]
        named = [one for one in able if "const" in one or "enum" in one]
        fitting = (one for one in able[:_TRIED] if not isinstance(value, str) or not misfit(value, one))
        return next(chain(named, fitting, able), None)

    def _allows(self, schema: Schema, value: Any, steps: "_Steps") -> bool:
        """Whether it may be meant: by type, by constants, for an object also by those of its properties."""
        with steps as going_on:
            if not going_on:
                return True
            if not all(self._allows(one, value, steps) for one in self._all_of(schema)):
                return False
            if not _is_type(schema.get("type"), value) or not _is_named(schema, value):
                return False
            return not isinstance(value, Mapping) or _has_named(schema.get("properties"), value)

    def _referred(self, reference: object) -> Schema | None:
        """The part that a reference into this document means: a JSON Pointer behind `#` (RFC 6901)."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        if reference[1:2] not in ("", "/"):
            return self._anchored(reference[1:])
        found: Any = self._root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~").replace("%24", "$")
            if isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                found = found.get(name) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else None

    def _anchored(self, name: str) -> Schema | None:
        """The part that calls itself so."""
        parts = [self._root, *(one for defs in ("$defs", "definitions") for one in _values(self._root.get(defs)))]
        return next((one for one in parts if name in (one.get("$anchor"), one.get("$dynamicAnchor"))), None)


class _Steps:
    """So many schemas are looked at for one place, and no deeper than that: `with` takes a step, if there is one."""

    def __init__(self) -> None:
        self._left, self._depth = _MOST, 0

    def __enter__(self) -> bool:
        self._left -= 1
        self._depth += 1
        return self._left >= 0 and self._depth <= _DEEPEST

    def __exit__(self, *_: object) -> None:
        self._depth -= 1


def _is_plain(schema: Schema) -> bool:
    return schema.keys().isdisjoint(_JOINED)


def _of_property(schema: Schema, name: str) -> Schema | None:
    properties, patterns = schema.get("properties"), schema.get("patternProperties")
    found = [properties.get(name)] if isinstance(properties, Mapping) and name in properties else []
    if isinstance(patterns, Mapping):
        found += [one for pattern, one in patterns.items() if isinstance(pattern, str) and matches(pattern, name)]
    return _either(list(_schemas(found or [schema.get("additionalProperties")])))


def _of_item(schema: Schema, place: int) -> Schema | None:
    first, rest = schema.get("prefixItems"), schema.get("items")
    if isinstance(rest, list):  # drafts up to 2019-09
        first, rest = rest, schema.get("additionalItems")
    found = first[place] if isinstance(first, list) and place < len(first) else rest
    return found if isinstance(found, Mapping) else None


def _either(found: Sequence[Schema]) -> Schema | None:
    return {"allOf": list(found)} if len(found) > 1 else next(iter(found), None)


def _depending(schema: Schema, value: Any) -> Iterator[Schema]:
    """What holds besides because a property is there."""
    for name in ("dependentSchemas", "dependencies"):
        said = schema.get(name)
        if isinstance(said, Mapping) and isinstance(value, Mapping):
            yield from _schemas([one for wanted, one in said.items() if wanted in value])


def _holds(schema: Schema, value: Any, depth: int = 0) -> bool | None:
    """Whether a condition holds; None when that cannot be told."""
    if not schema.keys() - _SAY_NOTHING <= _TOLD or depth > _DEEPEST:
        return None
    if not _is_type(schema.get("type"), value) or not _is_named(schema, value):
        return False
    if isinstance(value, Mapping):
        return _holds_for_object(schema, value, depth)
    return not isinstance(value, str) or not misfit(value, schema)


def _holds_for_object(schema: Schema, value: Mapping[Any, Any], depth: int) -> bool | None:
    required, properties = schema.get("required", []), schema.get("properties", {})
    if not isinstance(required, list) or not isinstance(properties, Mapping):
        return None
    if any(name not in value for name in required):
        return False
    parts = ((one, value[name]) for name, one in properties.items() if name in value)
    held = {_holds(one, part, depth + 1) if isinstance(one, Mapping) else one is not False for one, part in parts}
    return min(held, key=(False, None, True).index, default=True)


def _values(said: object) -> Iterator[Schema]:
    return _schemas(list(said.values())) if isinstance(said, Mapping) else iter(())


def _schemas(found: object) -> Iterator[Schema]:
    return (one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else iter(())


def _is_type(said: object, value: Any) -> bool:
    names = said if isinstance(said, list) else [said]
    kinds = [_TYPES.get(name) for name in names if isinstance(name, str)]
    if not kinds or None in kinds:
        return True
    if isinstance(value, bool):
        return bool in kinds
    return any(isinstance(value, kind) for kind in kinds if kind)


def _has_named(properties: object, value: Mapping[Any, Any]) -> bool:
    """Whether the properties that are there have the constants that they must have."""
    said = properties.items() if isinstance(properties, Mapping) else ()
    return all(_is_named(one, value[name]) for name, one in said if name in value and isinstance(one, Mapping))


def _is_named(schema: Schema, value: Any) -> bool:
    if "const" in schema and schema["const"] != value:
        return False
    enum = schema.get("enum")
    return not isinstance(enum, list) or value in enum
