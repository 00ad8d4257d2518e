"""Texts of servers without the characters that nobody sees, or that a terminal or a log obeys.

Descriptions go to models, and hidden characters in them are how a server says something to the model that the person
does not read: tags (U+E0000…), variation selectors, bidirectional overrides, zero-width characters, control codes. The
joiners U+200C and U+200D stay, which Persian, Hindi and many emoji need, as do line breaks, tabs and U+FE0F.
"""

import re
from typing import Any

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[{_HIDDEN}]")
_WORDS = frozenset({"title", "description"})
"""The members of a tool or of its schemas that are prose; names, defaults and choices stay as the server needs them."""


def hides(text: str) -> bool:
    """Whether `text` holds a character that nobody sees or that a terminal obeys."""
    return _UNSEEN.search(text) is not None


def plain(text: str) -> str:
    """`text` without such characters."""
    return _UNSEEN.sub("", text)


def plain_item(value: Any) -> Any:
    """A listed item (JSON, at most 64 levels deep) with all its prose, also that within its schemas, made plain."""
    if isinstance(value, dict):
        return {
            key: plain(child) if key in _WORDS and isinstance(child, str) else plain_item(child)
            for key, child in value.items()
        }
    return [plain_item(child) for child in value] if isinstance(value, list) else value
