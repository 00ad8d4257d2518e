"""How somebody who wants a value reads what they got: what a search for leaks has to look for.

What was got is read as it is, with every usual code undone, as often as there are codes within codes, and without
spaces, stops and letters that are not seen. None of this is taken from the gateway, whose mistakes it has to find.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, unquote

_SEPARATORS = str.maketrans("", "", " \u00a0-().\u200b\u200c\u200d\u2060\u00ad\ufeff\n\t")
_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){3,}")
_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt\"'/]))")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_DEPTH = 4


def spellings(value: str) -> set[str]:
    """How `value` may stand in what was sent, in small letters."""
    raw = value.encode()
    found = {
        value,
        value[::-1],
        quote(value),
        quote(value, safe=""),
        "".join(f"%{byte:02x}" for byte in raw),
        html.escape(value),
        "".join(f"&#{ord(letter)};" for letter in value),
        json.dumps(value)[1:-1],
        raw.hex(),
        value.translate(_SEPARATORS),
    }
    for shift in range(3):  # where it stands in a longer text decides between three spellings
        whole = base64.b64encode(b"\0" * shift + raw).decode()
        inner = whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]
        found |= {inner, inner.translate(str.maketrans("+/", "-_"))}
    return {spelling.casefold() for spelling in found}


def leaks(seen: object, value: str) -> list[str]:
    """Which spellings of `value` stand in anything that was seen."""
    return leaking(seen, [value]).get(value, [])


def leaking(seen: object, values: Iterable[str]) -> dict[str, list[str]]:
    """Which of the values stand in anything that was seen, and in which spellings."""
    told = seen if isinstance(seen, str) else json.dumps(seen, ensure_ascii=False, default=repr)
    read = "\n".join(readings(told)).casefold()
    read += "\n" + read.translate(_SEPARATORS)
    found = {value: [spelling for spelling in spellings(value) if spelling in read] for value in values}
    return {value: spelled for value, spelled in found.items() if spelled}


def readings(text: str) -> list[str]:
    """The text, and what it says with its codes undone, as often as that gives anything new."""
    found, new = {text: None}, [text]
    for _ in range(_DEPTH):
        plainer = [read for one in new for read in (_unescaped(one), unquote(one), html.unescape(one), *_decoded(one))]
        new = [one for one in dict.fromkeys(plainer) if one not in found]
        found.update(dict.fromkeys(new))
    return list(found)


def _unescaped(text: str) -> str:
    def said(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        return chr(int(code, 16)) if code else _CONTROLS.get(escape[3], escape[3])

    return _ESCAPE.sub(said, text)


def _decoded(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(text):
        bare = token.rstrip("=").replace("-", "+").replace("_", "/")
        yield from _text(bare + "=" * (-len(bare) % 4))
    for token in _HEX.findall(text):
        with suppress(UnicodeDecodeError):
            yield bytes.fromhex(token).decode()


def _text(token: str) -> Iterator[str]:
    with suppress(binascii.Error, UnicodeDecodeError):
        yield base64.b64decode(token, validate=True).decode()
