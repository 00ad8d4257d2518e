"""Keys and values inside a text: JSON as text, `KEY=value`, `key: value`, query strings, however often quoted.

A tool's text argument often holds such things; their keys say as much about the value as the keys of the payload do.
"""

import re
from collections.abc import Iterator

from roxy.privacy import keys
from roxy.privacy.spots import Spot

_KEY = re.compile(
    r"(?P<key>[A-Za-z_][\w.-]{1,60})(?P<close>\\{0,4}[\"'])?\s{0,3}(?:=>|[:=])\s{0,3}(?P<open>\\{0,4}[\"'])?"
)
_BARE_END = re.compile(r"[\n\"'{}\[\]<>|;&]|, ?[\w ]{1,20}[:=]|\s[A-Za-z_]{2,20}[:=]")
_LONGEST = 500
_ONE_WORD = frozenset({"SECRET"})


def find(text: str) -> Iterator[Spot]:
    """Spots in the values of fields whose key says that they are personal or secret."""
    if ":" not in text and "=" not in text:
        return
    fields = list(_KEY.finditer(text))
    around = tuple(field["key"] for field in fields)
    for field in fields:
        key = field["key"]
        said = keys.meaning(key)
        if not said or (text.startswith("//", field.end()) and field[0].endswith(":")):
            continue
        start, end = field.end(), _end(text, field)
        value = text[start:end]
        for spot in keys.judge(key, value, around):
            stop = spot.end
            if spot.type in _ONE_WORD and not field["open"] and said != "PASSWORD":
                stop = min(stop, len(value.split(maxsplit=1)[0]) if value.split() else 0)
            yield spot._replace(start=start + spot.start, end=start + stop)


def _end(text: str, field: re.Match[str]) -> int:
    """Where the value ends: at its closing quote, or, without quotes, where the line or the next field begins."""
    start = field.end()
    limit = min(len(text), start + _LONGEST)
    quote = field["open"]
    if not quote:
        stop = _BARE_END.search(text, start, limit)
        return stop.start() if stop else limit
    at = text.find(quote, start)
    while at > start and len(quote) == 1 and text[at - 1] == "\\":  # an escaped quote inside the value
        at = text.find(quote, at + 1)
    return at if start <= at <= limit else limit
