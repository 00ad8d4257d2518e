"""JSON as databases keep it: SQLite takes any text, PostgreSQL neither a NUL nor half of a surrogate pair."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def as_json(value: object) -> str:
    """`value` as JSON; mappings and sequences of other kinds count as dicts and lists, all else as its `str`.

    Raises `ValueError` for what holds itself.
    """
    return _PLAIN.encode(value)


def as_clean_json(value: object) -> str:
    """The same, with whatever is no Unicode text replaced, for a database that would refuse it."""
    text = _UNESCAPED.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNESCAPED.encode(_cleaned(json.loads(text)))
    return _UNESCAPED.encode(_cleaned(json.loads(text))) if "\\u0000" in text else text


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, bytes) else str(value)


_PLAIN = json.JSONEncoder(default=_plain)
_UNESCAPED = json.JSONEncoder(default=_plain, ensure_ascii=False)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return {_cleaned(name): _cleaned(item) for name, item in value.items()} if isinstance(value, dict) else value
