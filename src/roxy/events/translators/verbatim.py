"""How nothing is lost: a provider's object is read into Roxy's words, and what these alone would not give back is kept.

Order of events: `Codec.read` parses an object into a plain part, renders that part again and keeps the difference
in `extra` under the provider's name. `Codec.write` renders the part and lays the difference over it. What was kept
counts only as long as the whole still says what the part says: when somebody has changed the words since (the privacy
gateway, an edit), the part wins and only fields that nobody here reads are kept. What cannot be parsed becomes an
`OpaquePart`. So reading and writing gives the same JSON, by construction.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from roxy.contracts.models import OpaquePart, Part, ToolCallPart, ToolResultPart
from roxy.events.translators.names import canonical_name, wire_name

ABSENT = "roxy.absent"
"""In `extra`: names of fields that a rendering has and the provider's own object had not."""
_WITHIN = "roxy.within"
"""In `extra`: what follows is the difference within an object, not the object."""
UNPARSED = "unparsed"
"""The one argument of a call whose arguments are no JSON object: the text as the model wrote it."""

_FAILED_SILENTLY = "The tool failed and said nothing."

Object = Mapping[str, Any]


class Unreadable(Exception):  # noqa: N818 - what happened is the name; it never leaves the translators
    """An object has not the shape its kind should have."""


@dataclass(slots=True)
class Wire:
    """What one pass over a conversation knows: the request's tools, and whose results belong to which call."""

    tools: Mapping[str, str] = field(default_factory=dict)
    """From names on the wire to Roxy's."""
    called: dict[str, str] = field(default_factory=dict)
    """From a call's id to Roxy's name of the tool."""
    new_id: Callable[[], str] = lambda: ""
    """The next id for a call that came without one."""
    pending: list[str] = field(default_factory=list)
    """Ids of calls without a result yet, in order."""

    def name(self, wire: str) -> str:
        """Roxy's name of a tool."""
        return canonical_name(wire, self.tools)


@dataclass(frozen=True, slots=True)
class Codec:
    """One kind of object of a provider: a content block, an item."""

    provider: str
    """The key in `extra`."""
    parse: Callable[[Object, Wire], Part]
    """To a plain part, without `extra`. Raises `Unreadable`."""
    render: Callable[[Part], dict[str, Any] | None]
    """A part without its `extra`; None when the provider cannot say it."""
    known: frozenset[str]
    """The fields that `parse` reads."""

    def read(self, found: Object, wire: Wire) -> Part:
        """The object as a part; with everything that is needed to write it again."""
        try:
            part = self.parse(found, wire)
        except Unreadable:
            return OpaquePart(provider=self.provider, data=dict(found))
        kept = difference(found, self.render(part) or {})
        return with_extra(part, self.provider, kept)

    def write(self, part: Part) -> dict[str, Any] | None:
        """The part as the provider's object; None when it cannot be said there."""
        if isinstance(part, OpaquePart):
            return dict(part.data) if part.provider == self.provider else None
        said = self.render(part)
        kept = part.extra.get(self.provider)
        if not kept:
            return said
        whole = overlay(said or {}, kept)
        if self._says(whole, part):
            return whole
        if said is None:
            return None
        return self.unread(kept) | said

    def write_all(self, parts: Iterable[Part]) -> list[dict[str, Any]]:
        """Those of the parts that can be said."""
        return [written for part in parts if (written := self.write(part)) is not None]

    def unread(self, kept: Object) -> dict[str, Any]:
        """Of what was kept, the fields that nobody here reads."""
        return {key: value for key, value in kept.items() if key not in self.known and key != ABSENT}

    def _says(self, whole: Object, part: Part) -> bool:
        try:
            return self.parse(whole, _wire_of(part)) == without_extra(part)
        except Unreadable:
            return False


def _wire_of(part: Part) -> Wire:
    """What `parse` must know to read this very part back."""
    match part:
        case ToolCallPart():
            return Wire(tools={wire_name(part.name): part.name}, new_id=lambda: part.id)
        case ToolResultPart():
            tools = {wire_name(part.name): part.name}
            return Wire(tools=tools, called={part.call_id: part.name}, pending=[part.call_id])
        case _:
            return Wire()


def with_extra(part: Part, provider: str, kept: Object) -> Part:
    """The part with what was kept for a provider, if anything was."""
    return part if isinstance(part, OpaquePart) or not kept else replace(part, extra={**part.extra, provider: kept})


def without_extra(part: Part) -> Part:
    """The part in Roxy's words alone."""
    return part if isinstance(part, OpaquePart) else replace(part, extra={})


def difference(found: Object, said: Object) -> dict[str, Any]:
    """What must be laid over `said` to get `found`; of objects within, only their difference."""
    kept: dict[str, Any] = {}
    for key, value in found.items():
        if key not in said:
            kept[key] = value
        elif not _same(said[key], value):
            within = isinstance(value, Mapping) and isinstance(said[key], Mapping)
            kept[key] = {_WITHIN: difference(value, said[key])} if within else value
    absent = [key for key in said if key not in found]
    return kept | ({ABSENT: absent} if absent else {})


def overlay(said: Object, kept: Object) -> dict[str, Any]:
    """`said` with the difference laid over it."""
    absent = kept.get(ABSENT, ())
    whole = {key: value for key, value in said.items() if key not in absent}
    for key, value in kept.items():
        if isinstance(value, Mapping) and _WITHIN in value and isinstance(said.get(key), Mapping):
            whole[key] = overlay(said[key], value[_WITHIN])
        elif key != ABSENT:
            whole[key] = value
    return whole


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1, 1.0 and true differ."""
    return bool(one == other) and (one is other or json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def text_of(found: Object, key: str) -> str:
    """A text that must be there."""
    value = found.get(key)
    if not isinstance(value, str):
        raise Unreadable
    return value


def word(found: Object, key: str) -> str:
    """A text within; empty when there is none."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def objects_of(found: Object, key: str) -> list[Object]:
    """A list of objects that must be there."""
    value = found.get(key)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Unreadable
    return value


def object_of(found: Object, key: str) -> Object:
    """An object that must be there."""
    value = found.get(key)
    if not isinstance(value, Mapping):
        raise Unreadable
    return value


def arguments_of(text: str) -> dict[str, Any]:
    """The arguments in a JSON text; what is no JSON object is kept as `{"unparsed": text}`."""
    try:
        found = json.loads(text, parse_constant=_refuse) if text else {}
    except (ValueError, RecursionError):
        return {UNPARSED: text}
    return found if isinstance(found, dict) else {UNPARSED: text}


def _refuse(word: str) -> Any:
    raise ValueError(word)


def json_text(value: Any) -> str:
    """Arguments as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def result_text(part: ToolResultPart) -> str:
    """A result for a provider that takes text only; never empty after a failure."""
    text = part.content if isinstance(part.content, str) else json_text(part.content)
    return text or (_FAILED_SILENTLY if part.is_error else "")


def joined_text(content: Any, kinds: frozenset[str]) -> str:
    """The words in a text, or in the blocks of a list that are of these kinds; others are named in their place."""
    if isinstance(content, str):
        return content
    blocks = objects_of({"content": content}, "content")
    texts = [text_of(block, "text") if word(block, "type") in kinds else f"\n{named(block)}\n" for block in blocks]
    said = "".join(texts)
    return said if all(word(block, "type") in kinds for block in blocks) else said.strip("\n")


def named(block: Object) -> str:
    """A block that is no text, such as a picture, in brackets: its kind, and what of it or where it is."""
    source = block.get("source")
    media = word(source, "media_type") if isinstance(source, Mapping) else ""
    about = word(block, "mimeType") or media or word(block, "uri")
    return f"[{word(block, 'type') or 'block'}: {about}]" if about else f"[{word(block, 'type') or 'block'}]"
