"""What the owner and those who attach to it say to each other: values of `contracts` and errors, as JSON.

Values are written by their fields and read back by their type hints, so a field that one side does not know is left
out and one that it misses takes its default: two versions of Roxy can talk.
"""

import json
import types
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from roxy import errors
from roxy.errors import RoxyError

T = TypeVar("T")

CALLS = frozenset(
    {
        "approve_tools",
        "call_tool",
        "cancel",
        "check_server",
        "choose_model",
        "get_prompt",
        "history",
        "list_prompts",
        "list_resources",
        "list_templates",
        "list_tools",
        "metrics",
        "models",
        "read_resource",
        "restart_server",
        "server_log",
        "server_problems",
        "server_status",
        "server_statuses",
        "sessions",
        "skills",
        "start_server",
        "stop_server",
        "summary",
        "tool_changes",
    }
)
"""The methods of `Assistant` that are one question and one answer; `turn` and `listening` are streams."""

MAX_REQUEST_BYTES = 16 * 1024 * 1024

_EXTRAS = ("where", "pid", "skill", "server", "provider")


def encode(value: Any) -> bytes:
    """`value` as one line of JSON, line break included."""
    return json.dumps(value, default=_plain).encode() + b"\n"


def decode(kind: type[T], data: Any) -> T:
    """Read `data` (parsed JSON) as `kind`: a dataclass, a tuple or mapping of such, a plain value.

    Raises `ValueError` or `TypeError` when it is not one.
    """
    return cast("T", _as(kind, data))


def error_to_wire(error: RoxyError) -> dict[str, Any]:
    """An error as a mapping, with what its class carries."""
    extras = {name: getattr(error, name) for name in _EXTRAS if hasattr(error, name)}
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint, **extras}


def error_from_wire(data: Mapping[str, Any]) -> RoxyError:
    """The error that `error_to_wire` wrote; one of an unknown class is a plain `RoxyError`."""
    kind = getattr(errors, str(data.get("type")), RoxyError)
    if not (isinstance(kind, type) and issubclass(kind, RoxyError)):
        kind = RoxyError
    error = kind(str(data.get("message", "")), hint=str(data.get("hint", "")))
    for name in _EXTRAS:
        if name in data and hasattr(error, name):
            setattr(error, name, data[name])
    return error


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return sorted(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return list(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _as(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if kind is Any or kind is None or kind is type(None):
        return data
    if origin in {Union, types.UnionType}:
        return _as_union(get_args(kind), data)
    if origin is not None:
        return _as_collection(origin, get_args(kind), data)
    if is_dataclass(kind):
        return _as_dataclass(cast("type[Any]", kind), data)
    if kind is datetime:
        return datetime.fromisoformat(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    return data


def _as_union(kinds: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in kinds:
        return None
    return _as(next(kind for kind in kinds if kind is not type(None)), data)


def _as_collection(origin: Any, kinds: tuple[Any, ...], data: Any) -> Any:
    if issubclass(origin, Mapping):
        return {key: _as(kinds[1], value) for key, value in data.items()}
    items = (_as(kinds[0], item) for item in data)
    return frozenset(items) if issubclass(origin, AbstractSet) else tuple(items)


def _as_dataclass(kind: type[Any], data: Any) -> Any:
    hints = _hints(cast("Hashable", kind))
    return kind(**{name: _as(hints[name], value) for name, value in data.items() if name in hints})


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)
