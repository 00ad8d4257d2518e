"""The form of a tool: all of it that a model or a person decides by, and when two forms are the same.

Two forms are the same when nobody who reads them could tell them apart: the order of members and of required arguments
does not count, nor does saying what is so anyway (an empty member, a hint with its default).
"""

import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from roxy.mcp.known import texts

Item = dict[str, Any]

_PINNED = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
_UNSAID = ({"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False, "openWorldHint": True}).items()
"""The defaults of the hints, as the specification has them."""
_SEVERAL_REQUIRED = re.compile(r'"required":\["[^\]]*",')
_PARTS = {
    "title": "its title",
    "description": "its description",
    "inputSchema": "its arguments",
    "outputSchema": "what it returns",
    "annotations": "its hints",
}


def form(item: Item) -> Item:
    """The form of a tool as on the wire, character for character."""
    return {key: item[key] for key in _PINNED if key in item}


def by_name(items: Iterable[Item], names: Container[str]) -> Mapping[str, Item]:
    """The forms of the tools `names` of a list; of two tools with one name the first counts."""
    found: dict[str, Item] = {}
    for item in items:
        if item["name"] in names:
            found.setdefault(item["name"], form(item))
    return found


def canonical(item: Item) -> str:
    """A text that is the same for two tools of the same form; takes 15 µs."""
    kept = {key: value for key in _PINNED if (value := item.get(key)) not in (None, "", {})}
    if hints := kept.get("annotations"):
        kept["annotations"] = {key: value for key, value in hints.items() if (key, value) not in _UNSAID}
        if not kept["annotations"]:
            del kept["annotations"]
    whole = _dumped(kept)
    return _dumped(_ordered(kept)) if _SEVERAL_REQUIRED.search(whole) else whole


def differences(approved: Item, offered: Item) -> Sequence[str]:
    """In which parts two forms differ, in words."""
    found = []
    for part, words in _PARTS.items():
        one, other = ({part: side[part]} if part in side else {} for side in (approved, offered))
        if canonical(one) == canonical(other):
            continue
        unseen = canonical(texts.plain_item(one)) == canonical(texts.plain_item(other))
        found.append(f"{words} (in characters that nobody sees)" if unseen else words)
    return found


def smuggling(item: Item) -> bool:
    """Whether a form holds characters that say or do something unseen."""
    return any(map(texts.smuggles, texts.strings(item)))


def hidden(item: Item) -> str:
    """What nobody sees in a form, and where; empty when there is nothing."""
    told = []
    for part, words in _PARTS.items():
        counts: dict[str, int] = {}
        for text in texts.strings(item.get(part)):
            for kind, count in texts.unseen(text).items():
                counts[kind] = counts.get(kind, 0) + count
        if counts:
            said = " and ".join(f"{count} {kind if count > 1 else kind[:-1]}" for kind, count in counts.items())
            told.append(f"{said} in {words}")
    return ", ".join(told)


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: sorted(child) if key == "required" and _is_names(child) else _ordered(child)
            for key, child in value.items()
        }
    return [_ordered(child) for child in value] if isinstance(value, list) else value


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _dumped(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
