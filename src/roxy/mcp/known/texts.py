"""Texts of servers without the characters that nobody sees, or that a terminal or a log obeys.

Descriptions go to models, and hidden characters in them are how a server says something to the model that the person
does not read: tags (U+E0000…), variation selectors, bidirectional overrides, zero-width characters, control codes. The
joiners U+200C and U+200D stay, which Persian, Hindi and many emoji need, as do line breaks, tabs and U+FE0F.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[{_HIDDEN}]")
_KINDS = (  # the first one that fits names a character; the last one fits all
    ("tag characters", re.compile("[\U000e0000-\U000e007f]")),
    ("bidirectional controls", re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("control codes", re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")),
    ("variation selectors", re.compile("[\u180b-\u180f\ufe00-\ufe0e\U000e0100-\U000e01ef]")),
    ("invisible characters", _UNSEEN),
)
_SMUGGLING = re.compile("[\x08\x1b\x9b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")
"""What carries or disguises a message and stands in no honest text: tags, overrides, terminal commands."""
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_WORDS = frozenset({"title", "description"})
"""The members of a tool or of its schemas that are prose; names, defaults and choices stay as the server needs them."""


def hides(text: str) -> bool:
    """Whether `text` holds a character that nobody sees or that a terminal obeys."""
    return _UNSEEN.search(text) is not None


def plain(text: str) -> str:
    """`text` without such characters."""
    return _UNSEEN.sub("", text)


def smuggles(text: str) -> bool:
    """Whether `text` holds characters that say something to a model, or do something to a terminal, unseen."""
    return _SMUGGLING.search(text) is not None


def unseen(text: str) -> Mapping[str, int]:
    """How many characters nobody sees, by kind; the line ends of Windows are none."""
    found: dict[str, int] = {}
    for character in _UNSEEN.findall(text.replace("\r\n", "\n")):
        kind = next(name for name, pattern in _KINDS if pattern.match(character))
        found[kind] = found.get(kind, 0) + 1
    return found


def visible(text: str) -> str:
    """`text` with such characters written out: `<U+202E>`, and of tags what they spell, `<tags "obey">`."""
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", _TAGS.sub(_spelled, text.replace("\r\n", "\n")))


def strings(value: Any) -> Iterator[str]:
    """All texts of a listed item, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child)


def _spelled(found: re.Match[str]) -> str:
    said = "".join(chr(ord(tag) - 0xE0000) for tag in found[0])
    return f"<tags {''.join(letter if letter.isprintable() else '.' for letter in said)!r}>"


def plain_item(value: Any) -> Any:
    """A listed item (JSON, at most 64 levels deep) with all its prose, also that within its schemas, made plain."""
    if isinstance(value, dict):
        return {
            key: plain(child) if key in _WORDS and isinstance(child, str) else plain_item(child)
            for key, child in value.items()
        }
    return [plain_item(child) for child in value] if isinstance(value, list) else value
