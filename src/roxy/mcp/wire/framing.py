"""From bytes to messages and back: one JSON text a line.

The parser is that of `pydantic_core`, which the SDK brings anyway: as fast as the fastest ones for messages of any
size, exact with large numbers, and content with NaN (docs/decisions tells the figures). What it refuses and the
standard library takes (a lone surrogate) is still read; what is nested deeper than about 200 levels is not, for whoever
walks through it later would come to grief.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from roxy.errors import InvalidArguments
from roxy.mcp.wire.channel import FAULT, Message

_BOM = b"\xef\xbb\xbf"
OPENING = (b"{", b"[")
_ID = rb'"id"\s*:\s*(?:(\d{1,18})|"([^"\\]{1,64})")'
_FIRST = re.compile(rb'\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?' + _ID + rb"\s*,")
_ANSWER = re.compile(_FIRST.pattern + rb'\s*"(?:result|error)"\s*:')
_LAST = re.compile(rb'"jsonrpc"\s*:\s*"2\.0"\s*,\s*' + _ID + rb"\s*\}$")
_LAST_BYTES = 160
HEAD_BYTES = 256
"""So much of a message tells whose answer it is."""
SKIPPED_LIMITS = 4
"""An answer over the limit is read away up to so many times the limit; then it is taken to be without an end."""


def stripped(line: bytes | bytearray) -> bytes | bytearray:
    """`line` without the blanks and the byte order mark around it; a `bytearray` itself, shortened, for it is long."""
    if isinstance(line, bytes):
        return line.strip().removeprefix(_BOM)
    while line[-1:].isspace():
        del line[-1:]
    while line[:1].isspace():
        del line[:1]
    if line.startswith(_BOM):
        del line[: len(_BOM)]
    return line


def decoded(text: bytes | bytearray) -> Any:
    """The JSON object or array of `text`; raises `ValueError` as `value` does, and for any other value."""
    if not text.startswith(OPENING):
        raise ValueError("no JSON object")
    return value(text)


def value(text: bytes | bytearray) -> Any:
    """The JSON value of `text`; raises `ValueError` when there is none, or one that is nested too deeply."""
    try:
        return from_json(text)
    except ValueError as refused:
        if "recursion" in str(refused):
            raise
    try:
        return json.loads(text)
    except RecursionError as deep:
        raise ValueError("nested too deeply") from deep


def encoded(message: Message) -> bytes:
    """`message` as one line; raises `InvalidArguments` for what JSON cannot hold."""
    try:
        return to_json(message) + b"\n"
    except (ValueError, RecursionError) as wrong:
        # The reason names a type or a place, but a value could be personal: so only its first words.
        raise InvalidArguments(f"The request cannot be written as JSON ({type(wrong).__name__}).") from wrong


def claimed(text: bytes | bytearray) -> str | int | None:
    """The id that an unreadable `text` answers, as far as its beginning or its end tell beyond doubt."""
    found = _FIRST.match(text) or _LAST.search(text[-_LAST_BYTES:])
    if found is None:
        return None
    number, name = found.groups()
    return int(number) if number else name.decode("utf-8", "replace")


def answered(head: bytes | bytearray) -> str | int | None:
    """The id of the answer that begins with `head`; None for what is no answer, or names its id only at its end."""
    found = _ANSWER.match(head)
    if found is None:
        return None
    number, name = found.groups()
    return int(number) if number else name.decode("utf-8", "replace")


def fault(request_id: str | int, kind: str, why: str) -> Mapping[str, Any]:
    """The answer that a channel puts in place of one that did not come."""
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": FAULT, "message": why, "data": {"kind": kind}}}
