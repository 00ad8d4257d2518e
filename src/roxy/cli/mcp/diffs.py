"""How `roxy mcp diff` shows a tool beside its approved form: line by line, with what is hidden written out."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roxy.cli.output import Cell
from roxy.contracts.trust import ToolChange
from roxy.mcp.known import texts

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_PARTS = ("title", "description", "inputSchema", "outputSchema", "annotations")


def lines(change: ToolChange) -> Iterator[Cell | str]:
    """What to print of one tool."""
    name = texts.visible(f"{change.server}.{change.tool}")
    yield Cell(f"{name} {change.why}." if change.held else f"{name} is as you approved it.", "bold")
    if change.hidden:
        yield Cell(f"It holds {change.hidden}. They are written out below; no model is shown them.", "yellow")
    if not change.held:
        yield from document(change.offered)
        return
    before = document(change.approved) if change.approved is not None else []
    compared = difflib.unified_diff(before, document(change.offered), "approved", "offered now", lineterm="", n=3)
    for line in compared:
        style = _STYLES.get(line[:1])
        yield Cell(line, style) if style else line


def document(form: Mapping[str, Any]) -> Sequence[str]:
    """A form in lines: the texts as they are read, schemas and hints as JSON in a stable order."""
    found: list[str] = []
    for part in _PARTS:
        value = form.get(part)
        if value in (None, "", {}):
            continue
        text = value if isinstance(value, str) else json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
        # JSON has written line feeds and control codes as escapes already; the rest is visible from here on.
        found += [f"{part}:", *(f"  {line}" for line in texts.visible(text).split("\n"))]
    return found
