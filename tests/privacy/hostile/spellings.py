"""The spellings in which somebody who wants a value could read it: what a search for leaks has to look for."""

import base64
import html
import json
from urllib.parse import quote

_SEPARATORS = str.maketrans("", "", " \u00a0-().\u200b\u00ad\n")


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
    told = f"{json.dumps(seen, ensure_ascii=False, default=repr)}\n{json.dumps(seen, default=repr)}".casefold()
    told += "\n" + told.translate(_SEPARATORS)
    return [spelling for spelling in spellings(value) if spelling in told]
