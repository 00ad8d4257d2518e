"""Walking a JSON payload leaf by leaf, with the path of each leaf and what its keys and neighbours say about it.

Only what JSON has may pass: objects, arrays, strings, numbers, booleans and null. Anything else, or a payload that is
too deep or too large, raises `PrivacyBlocked`: what was not looked at may not leave. The payload is never changed; the
walk builds a new one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from roxy.errors import PrivacyBlocked
from roxy.privacy.detection.shapes.labels import columns, columns_beside, label, pair
from roxy.privacy.forms.rarer import octets
from roxy.privacy.forms.schemas import Document
from roxy.privacy.payloads import ARRAY, OBJECT

MAX_DEPTH = 64
MAX_LEAVES = 50_000
MAX_CHARACTERS = 1_000_000
_NUMBER = (int, float)


class Leaf(NamedTuple):
    """A string or number of the payload, and where it stands."""

    value: str | float
    path: str
    """JSON Pointer (RFC 6901)."""
    key: str = ""
    """The nearest key above; items of an array have the array's."""
    around: tuple[str, ...] = ()
    """The keys beside it, then the key of the object they are in, or what that object calls its value."""
    schema: Mapping[str, Any] | None = None
    """What the tool's schema says about this leaf, as far as that can be told."""
    heads: tuple[str, ...] = ()
    """Of a row or the rows of a table: what its columns are called."""

    def __repr__(self) -> str:
        return f"Leaf({self.path}, {type(self.value).__name__})"


ChangeLeaf = Callable[[Leaf], Any]
ChangeBytes = Callable[[Leaf], str | None]
ChangeKey = Callable[[str, str], str]


class Walk:
    """One walk over one payload; `leaf` and `key` say what stands in the new one.

    `key` gets a key and the path of the object it is in, and gives back the key to use. `octets` gets what a list of
    numbers says when they are the bytes of a text, and gives back what stands for the list, None: the list itself.
    """

    def __init__(self, leaf: ChangeLeaf, key: ChangeKey, octets: ChangeBytes | None = None) -> None:
        self._leaf = leaf
        self._key = key
        self._octets = octets
        self._document = Document(None)
        self._leaves = 0
        self._characters = 0

    def rebuild(self, payload: Any, schema: Mapping[str, Any] | None = None) -> Any:
        """The payload with each leaf changed. Raises `PrivacyBlocked` for what is not JSON, too deep or too large."""
        self._document = Document(schema)
        return self._value(payload, Leaf(payload, "", schema=schema), 0)

    def _value(self, value: Any, at: Leaf, depth: int) -> Any:
        """`value`, which stands where `at` says, and is `at` itself when it is a leaf."""
        if isinstance(value, str):
            self._count(1, len(value))
            return self._changed(at)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, _NUMBER):
            self._count(1, 1)
            return self._changed(at)
        if depth < MAX_DEPTH and isinstance(value, OBJECT):
            return self._object(value, at, depth)
        if depth < MAX_DEPTH and isinstance(value, ARRAY):
            return self._array(value, at, depth)
        raise _refusal(value, at.path, depth)

    def _changed(self, at: Leaf) -> Any:
        schema = self._document.of_leaf(at.schema, at.value)
        return self._leaf(at if schema is at.schema else at._replace(schema=schema))

    def _array(self, values: list[Any] | tuple[Any, ...], at: Leaf, depth: int) -> Any:
        if (instead := self._bytes(values, at)) is not None:
            return instead
        inner = self._document.of_item
        named = _names(values, at)
        around = (*named, "") if named else at.around
        first, later = at.heads, _heads(values, at)
        items = []
        for place, item in enumerate(values):
            key, heads = named[place] if named else at.key, later if place else first
            leaf = Leaf(item, f"{at.path}/{place}", key, around, inner(at.schema, values, place), heads)
            items.append(self._value(item, leaf, depth + 1))
        return tuple(items) if isinstance(values, tuple) else items

    def _bytes(self, values: list[Any] | tuple[Any, ...], at: Leaf) -> Any:
        """What stands in place of an array that holds a text byte by byte; none when it does not, or may stay."""
        if self._octets is None or not values or type(values[0]) is not int or not (said := octets(values)):
            return None
        self._count(1, len(said))
        return self._octets(at._replace(value=said, schema=None))

    def _object(self, value: Mapping[Any, Any], at: Leaf, depth: int) -> dict[str, Any]:
        if not all(isinstance(name, str) for name in value):
            raise PrivacyBlocked(
                f"An object at {at.path or 'the top'} has a key that is no text, so it is no JSON.",
                hint="Use text keys.",
            )
        self._count(1, sum(map(len, value)))
        around = (*value, label(value, value.__getitem__) or at.key)
        heads = columns_beside(value)
        inner = self._document.of_property
        built = {}
        for name, item in value.items():
            leaf = Leaf(item, f"{at.path}/{_escaped(name)}", name, around, inner(at.schema, value, name), heads)
            new_name = self._key(name, at.path)  # first: a refusal of what is under it tells the path
            built[new_name] = self._value(item, leaf, depth + 1)
        return built

    def _count(self, leaves: int, characters: int) -> None:
        self._leaves += leaves
        self._characters += characters
        if self._leaves > MAX_LEAVES or self._characters > MAX_CHARACTERS:
            raise PrivacyBlocked(
                f"The payload is larger than {MAX_CHARACTERS:,} characters or {MAX_LEAVES:,} values.",
                hint="Send it in smaller parts.",
            )


def _names(values: Sequence[Any], at: Leaf) -> tuple[str, ...]:
    """What the items of an array are called: by the heads of a table whose row it is, or as a name and its value."""
    if len(at.heads) == len(values) and not any(isinstance(item, ARRAY) for item in values):
        return at.heads
    return pair(values, at.key)


def _heads(values: Sequence[Any], at: Leaf) -> tuple[str, ...]:
    """What the columns of the rows below an array are called: as was told beside it, or in its first row."""
    return at.heads or (columns(values[0]) if values and isinstance(values[0], ARRAY) else ())


def _refusal(value: Any, path: str, depth: int) -> PrivacyBlocked:
    if depth >= MAX_DEPTH:
        return PrivacyBlocked(
            f"The payload is nested deeper than {MAX_DEPTH} levels.", hint="Send it in a flatter form."
        )
    kind = type(value).__name__
    binary = isinstance(value, bytes | bytearray | memoryview)
    return PrivacyBlocked(
        f"The value at {path or 'the top'} is of type {kind}, which cannot be looked into.",
        hint="Send it as text." if binary else "Send text, numbers, lists and objects only.",
    )


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name
