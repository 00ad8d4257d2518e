"""Reads what a tool or a prompt is given from the words of the command line; both take the same.

A word is a JSON object, `-` (a JSON object on standard input), `@FILE` (one in a file) or `NAME=VALUE`, in any number
and order; what comes later wins. `--arg NAME=VALUE` says the same as the word and wins over all words.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from roxy.errors import UsageError

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME=VALUE | JSON | @FILE | -]…", help="What it is given; `-` reads JSON from stdin."),
]
Pairs = Annotated[
    list[str] | None,
    typer.Option("--arg", metavar="NAME=VALUE", help="One argument, also with a value that begins with a dash."),
]

_HINT = """Write NAME=VALUE, or a JSON object such as '{"text": "hello"}', or @FILE, or - for standard input."""


def tool_arguments(words: Sequence[str], pairs: Sequence[str]) -> dict[str, Any]:
    """The arguments of a tool: a VALUE that is JSON is what it says, any other is a text.

    Raises `UsageError` that says what is wrong and shows how it is written.
    """
    given: dict[str, Any] = {}
    for word in words:
        given |= _object(word) if _is_document(word) else dict([_pair(word)])
    return given | dict(_pair(pair) for pair in pairs)


def any_document(words: Sequence[str]) -> Any:
    """What one word says that is any JSON (`-` and @FILE, too), else `tool_arguments` of them all."""
    if len(words) == 1 and (_is_document(words[0]) or words[0][:1] == '"'):
        return _read(words[0])
    return tool_arguments(words, ())


def prompt_arguments(words: Sequence[str], pairs: Sequence[str]) -> dict[str, str]:
    """The arguments of a prompt, which are texts: a VALUE is taken as it is written. Raises `UsageError`, too."""
    given: dict[str, str] = {}
    for word in words:
        given |= _texts(_object(word)) if _is_document(word) else dict([_split(word)])
    return given | dict(_split(pair) for pair in pairs)


def _is_document(word: str) -> bool:
    return word == "-" or word[:1] in {"@", "{", "["}


def _object(word: str) -> dict[str, Any]:
    """What the JSON of a word, a file or standard input says."""
    found = _read(word)
    if not isinstance(found, dict):
        raise UsageError("The arguments are JSON, but not an object.", hint=_HINT)
    return found


def _read(word: str) -> Any:
    try:
        return json.loads(_document(word))
    except ValueError as error:
        raise UsageError(f"The arguments are not JSON: {error}.", hint=_HINT) from error


def _document(word: str) -> str:
    if word == "-":
        return sys.stdin.buffer.read().decode(errors="replace")
    if not word.startswith("@"):
        return word
    path = Path(word.removeprefix("@")).expanduser()
    try:
        return path.read_text("utf-8", "replace")
    except OSError as error:
        hint = "After @ stands the path of a file with a JSON object."
        raise UsageError(f"{path} cannot be read: {error.strerror}.", hint=hint) from error


def _texts(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in given.items()
    }


def _split(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise UsageError(f"The argument {pair!r} has no name and value.", hint=_HINT)
    return name, value


def _pair(pair: str) -> tuple[str, Any]:
    name, value = _split(pair)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
