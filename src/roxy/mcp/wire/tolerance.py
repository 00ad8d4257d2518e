"""What may stay of a server's answer: each item by itself, so that a bad one never loses the good ones.

The rules are those of the specification's schema for what Roxy uses, and no more: what is required must be there with
its type, an optional member of a wrong type is taken away, unknown members stay. What is dropped is counted in
`Dropped` and told in the log. Nothing here follows a `$ref`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roxy.errors import ServerProtocolError
from roxy.observe.logs import get_logger

MAX_DEPTH = 64
"""How deep a schema may be nested; deeper ones only serve to exhaust whoever walks through them."""

_log = get_logger(__name__)

Item = dict[str, Any]
_Rules = Mapping[str, type]

_NAMED: _Rules = {"name": str}
_OPTIONAL: _Rules = {
    "title": str,
    "description": str,
    "annotations": dict,
    "outputSchema": dict,
    "mimeType": str,
    "arguments": list,
    "icons": list,
    "_meta": dict,
}
_REQUIRED: Mapping[str, _Rules] = {
    "tools": {"name": str, "inputSchema": dict},
    "resources": {"name": str, "uri": str},
    "resourceTemplates": {"name": str, "uriTemplate": str},
    "prompts": _NAMED,
}
_BLOCKS: Mapping[str, _Rules] = {
    "text": {"text": str},
    "image": {"data": str, "mimeType": str},
    "audio": {"data": str, "mimeType": str},
    "resource_link": {"uri": str, "name": str},
    "resource": {"resource": dict},
}
_ROLES = {"user", "assistant"}


class Dropped(Counter[str]):
    """How much of what a server sent was dropped, by kind."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self.server = server

    def report(self, kind: str, count: int) -> None:
        """Count what was dropped; the log hears of it when the sum has doubled, so that a flood does not fill it."""
        if count <= 0:
            return
        before = self[kind]
        self[kind] += count
        if self[kind].bit_length() != before.bit_length():
            _log.warning("answer.mended", server=self.server, kind=kind, dropped=count, altogether=self[kind])


def usable_items(kind: str, items: Sequence[Any], dropped: Dropped) -> list[Item]:
    """The good ones of a page of `kind`: tools, resources, resourceTemplates or prompts."""
    required = _REQUIRED[kind]
    kept = [usable for item in items if (usable := _usable(item, required)) is not None]
    dropped.report(kind, len(items) - len(kept))
    return kept


def call_result(result: Item, dropped: Dropped) -> Item:
    """A `tools/call` result whose `content` is a list of good blocks and whose `isError` is true or false."""
    content = result.get("content")
    if not isinstance(content, list):
        if content is not None:
            dropped.report("content", 1)
        elif "structuredContent" not in result:
            why = f"The server {dropped.server} answered with neither content nor structuredContent."
            raise ServerProtocolError(why, server=dropped.server)
        content = []
    elif not all(_is_block(block) for block in content):
        content = _kept(content, _is_block, dropped)
    elif isinstance(result.get("isError", False), bool):
        return result  # as nearly always: nothing to mend, nothing to copy
    return {**result, "content": content, "isError": result.get("isError") is True}


def read_result(result: Item, dropped: Dropped) -> Item:
    """A `resources/read` result with good contents only."""
    return {**result, "contents": _kept(result.get("contents"), _is_contents, dropped)}


def prompt_result(result: Item, dropped: Dropped) -> Item:
    """A `prompts/get` result with good messages only."""
    return {**result, "messages": _kept(result.get("messages"), _is_message, dropped)}


def _kept(items: Any, good: Callable[[Any], bool], dropped: Dropped) -> list[Any]:
    if not isinstance(items, list):
        dropped.report("content", 1)
        return []
    kept = [item for item in items if good(item)]
    dropped.report("content", len(items) - len(kept))
    return kept


def _usable(item: Any, required: _Rules) -> Any:
    """What may stay of an item: all of it, or it without the optional members that are wrong, or None."""
    if not _fits(item, required) or not item["name"] or not _is_shallow(item.get("inputSchema")):
        return None
    wrong = _wrong_members(item, required)
    return {k: v for k, v in item.items() if k not in wrong} if wrong else item


def _wrong_members(item: Item, required: _Rules) -> set[str]:
    optional = (member for member in _OPTIONAL if member in item and member not in required)
    wrong = {member for member in optional if not isinstance(item[member], _OPTIONAL[member])}
    return wrong if _is_shallow(item.get("outputSchema")) else wrong | {"outputSchema"}


def _fits(value: Any, rules: _Rules) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(member), kind) for member, kind in rules.items())


def _is_block(block: Any) -> bool:
    kind = block.get("type") if isinstance(block, dict) else None
    rules = _BLOCKS.get(kind) if isinstance(kind, str) else None
    if rules is None or not _fits(block, rules):
        return False
    return kind != "resource" or _is_contents(block["resource"])


def _is_contents(contents: Any) -> bool:
    if not isinstance(contents, dict) or not isinstance(contents.get("uri"), str):
        return False
    return isinstance(contents.get("text"), str) or isinstance(contents.get("blob"), str)


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") in _ROLES and _is_block(message.get("content"))


def _is_shallow(schema: Any) -> bool:
    """Whether `schema` is nested at most `MAX_DEPTH` levels deep."""
    level = [schema]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return True
    return False
