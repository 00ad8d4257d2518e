"""Reads the arguments of a tool call from the words of the command line."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from roxy.errors import UsageError


def call_arguments(document: str | None, pairs: Sequence[str]) -> dict[str, Any]:
    """The arguments in `document` (a JSON object, `-` for standard input), and those of `pairs` (`K=V`) over them.

    Raises `UsageError` that says what is wrong and shows how it is written.
    """
    return {**_object(document), **dict(_pair(pair) for pair in pairs)}


def prompt_arguments(pairs: Sequence[str]) -> dict[str, str]:
    """The arguments of a prompt from words such as `name=text`; raises `UsageError` for a word that is none."""
    given = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise UsageError("An argument of a prompt has no name and text.", hint="Write NAME=TEXT.")
        given[name] = text
    return given


def _object(document: str | None) -> dict[str, Any]:
    if document is None:
        return {}
    text = sys.stdin.buffer.read().decode(errors="replace") if document == "-" else document
    hint = """For example '{"text": "hello"}', or --arg text=hello."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"The arguments are not JSON: {error}.", hint=hint) from error
    if not isinstance(found, dict):
        raise UsageError("The arguments are JSON, but not an object.", hint=hint)
    return found


def _pair(pair: str) -> tuple[str, Any]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise UsageError(f"--arg {pair} has no name and value.", hint="Write --arg NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
