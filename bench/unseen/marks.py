"""Marks round what is personal: they pass through JSON, whatever it is nested in, and give the labels at the end."""

import json
import re
from collections.abc import Callable
from typing import Any

from unseen.values import Value

OPEN, BETWEEN, CLOSE = "\ue000", "\ue001", "\ue002"
SLOT = re.compile("«(#?)([a-z0-9]+)»")
MARKS = re.compile(f"{OPEN}([A-Z_]+){BETWEEN}|{CLOSE}")
ESCAPED = re.compile(r"\\+ue00([012])")
Makers = dict[str, Callable[[], Value]]


def marked(value: str, label: str | None) -> str:
    return f"{OPEN}{label}{BETWEEN}{value}{CLOSE}" if label else value


def filled(template: str, makers: Makers) -> str:
    """A template with its slots filled and marked."""
    return SLOT.sub(lambda found: marked(*makers[found[2]]()), template)


def tree(node: Any, makers: Makers, rename: Callable[[str], str]) -> Any:
    """A JSON value with its slots filled; `«#kind»` alone becomes a number, unless it is personal: numbers hold no mark."""
    if isinstance(node, dict):
        return {rename(key): tree(value, makers, rename) for key, value in node.items()}
    if isinstance(node, list):
        return [tree(value, makers, rename) for value in node]
    if not isinstance(node, str):
        return node
    if (whole := SLOT.fullmatch(node)) and whole[1]:
        value, label = makers[whole[2]]()
        return (
            float(value)
            if label is None and "." in value
            else int(value)
            if label is None
            else f"#{marked(value, label)}"
        )
    return filled(node, makers)


def written(node: Any, *, ascii_only: bool, indent: int | None) -> str:
    """JSON with the marks in it; a personal number (`#` and a mark in a string) loses its quotation marks."""
    text = json.dumps(node, ensure_ascii=ascii_only, indent=indent)
    text = ESCAPED.sub(lambda found: chr(0xE000 + int(found[1])), text)
    return re.sub(f'"#({OPEN}[A-Z_]+{BETWEEN}[^{CLOSE}]*{CLOSE})"', r"\1", text)


def unmarked(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The text, and where what stands in it: offsets in code points."""
    spans: list[tuple[int, int, str]] = []
    plain, at, begun = "", 0, (0, "")
    for found in MARKS.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        if found[1]:
            begun = (len(plain), found[1])
        else:
            spans.append((begun[0], len(plain), begun[1]))
    return plain + text[at:], spans
