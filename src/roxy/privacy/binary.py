"""What nobody here can look into: pictures, sound and other binary data, written into a text.

A text that as a whole is a `data:` URI of another kind than text (RFC 2397), or long base64 (RFC 4648) that does not
decode to text, is of the type BINARY. Policies block it on the way to what is external, unless they allow the type.
"""

import base64
import binascii
import re

BINARY = "BINARY"
"""The type, for policies."""
_SHORTEST = 256
_READABLE = ("text/", "application/json", "application/xml", "application/yaml", "application/x-www-form-urlencoded")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\s]{256,}={0,2}\s*")
_LOOKED_AT = 3_000


def is_binary(text: str) -> bool:
    """Whether `text` is binary data; takes no longer for a long text than for a short one."""
    start = text[:80].lstrip().lower()
    if start.startswith("data:"):
        media = start[5:]
        return not media.startswith((",", ";", *_READABLE))
    if len(text) < _SHORTEST:
        return False
    first = text[:_LOOKED_AT]
    return _BASE64.fullmatch(first) is not None and _unreadable(first)


def _unreadable(first: str) -> bool:
    letters = "".join(first.split()).rstrip("=").replace("-", "+").replace("_", "/")
    if len(letters) < _SHORTEST or (letters.isalpha() and (letters.islower() or letters.isupper())):
        return False
    try:
        raw = base64.b64decode(letters[: len(letters) // 4 * 4], validate=True)
        raw[: len(raw) - 3].decode()  # the last letter may be cut in two
    except (UnicodeDecodeError, binascii.Error):
        return True
    return False
