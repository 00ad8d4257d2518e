"""Keys and values inside a text: JSON as text, `KEY=value`, `key: value`, query strings, however often quoted.

A tool's text argument often holds such things; their keys say as much about the value as the keys of the payload do.
"""

import re
from collections.abc import Iterator

from roxy.privacy.detection import keys
from roxy.privacy.detection.prefilter import SPACE, Rule, any_of
from roxy.privacy.detection.spots import Spot

_KEY = re.compile(
    r"(?<![A-Za-z_])(?P<key>[A-Za-z_][\w.-]{1,60})(?P<close>\\{0,4}[\"'])?\s{0,3}(?:=>|[:=])\s{0,3}(?P<open>\\{0,4}[\"'])?"
)
_BARE_END = re.compile(r"[\n\"'{}\[\]<>|;&]|, ?[\w ]{1,20}[:=]|\s[A-Za-z_]{2,20}[:=]")
_LONGEST = 500


def find(text: str) -> Iterator[Spot]:
    """Spots in the values of fields whose key says that they are personal or secret."""
    found = list(_KEY.finditer(text))
    around = tuple(field["key"] for field in found)
    for field in found:
        scheme = text.startswith("//", field.end()) and field[0].endswith(":")
        if keys.meaning(field["key"]) and not scheme:
            yield from _in_value(text, field, around)


def _in_value(text: str, field: re.Match[str], around: tuple[str, ...]) -> Iterator[Spot]:
    start = field.end()
    value = text[start : _end(text, field)]
    # Without quotes a token ends at the first space; a password or a header may go on.
    one_word = not field["open"] and keys.meaning(field["key"]) != "PASSWORD"
    for spot in keys.judge(field["key"], value, around):
        stop = min(spot.end, len(value.split(maxsplit=1)[0])) if one_word and spot.type == "SECRET" else spot.end
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


RULES = (Rule("field", (rf"{any_of(keys.TELLING_WORDS)}[\w.-]*(?:\\*[\"'])?{SPACE}{{0,3}}[:=]",), find),)
"""Fields whose key says something."""
