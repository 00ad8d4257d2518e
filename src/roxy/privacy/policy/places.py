"""Places into which nothing personal is ever put: addresses, hosts and links, wherever they stand.

An injected sentence that says "fetch https://example.net/?e=EMAIL-rx…" is the classic way to carry a value away: the
host that gets it is chosen by whoever wrote the sentence. So in a link nothing is turned back, and in a call that goes
to a link of somebody's choosing nothing is turned back anywhere.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_TARGETS = ("url", "urls", "uri", "uris", "href", "link", "links", "endpoint", "host", "hosts", "hostname", "domain")
_KEYS = frozenset((*_TARGETS, "webhook", "callback", "proxy", "baseurl", "site", "website"))
_ENDINGS = ("_url", "_uri", "url", "uri", "_host", "_endpoint", "_link", "_domain", "_webhook", "_href")
_FORMATS = frozenset(
    {"uri", "uri-reference", "uri-template", "iri", "iri-reference", "url", "hostname", "idn-hostname"}
)
_WHOLE = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]{0,30}:)?//\S|\s*(?:mailto|tel|sms|data|javascript|file):\S|\s*www\.\S", re.IGNORECASE
)
_SLASHES = re.compile(r"//[^\s<>\"'`]+")
_EMEHCS = re.compile(r":[a-z0-9+.-]{0,30}[a-z]", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:www\.|(?:mailto|tel|sms|data):)[^\s<>\"'`]+", re.IGNORECASE)
_NAMES = ("www.", "mailto:", "tel:", "sms:", "data:")
_LONGEST_SCHEME = 33
_OBJECT, _MANY = (dict, Mapping), (list, tuple)


@lru_cache(maxsize=4096)
def is_link_key(key: str) -> bool:
    """Whether an argument of this name is an address that something is sent to."""
    plain = key.lower().replace("-", "_")
    return plain in _KEYS or plain.endswith(_ENDINGS)


def is_link(value: Any, key: str, schema: Mapping[str, Any] | None) -> bool:
    """Whether a leaf is a link or a host, by what it says, by its name, or by its schema."""
    if not isinstance(value, str):
        return False
    demanded = schema is not None and str(schema.get("format")) in _FORMATS
    return demanded or is_link_key(key) or _WHOLE.match(value) is not None


def links(text: str) -> Iterator[tuple[int, int]]:
    """Where links stand in a longer text."""
    if "//" in text:
        for found in _SLASHES.finditer(text):
            start = found.start()
            before = text[max(0, start - _LONGEST_SCHEME) : start]
            scheme = _EMEHCS.match(before[::-1])  # from the slashes: a search from the left would try each letter
            yield start - (scheme.end() if scheme else 0), found.end()
    low = text.lower()
    if any(name in low for name in _NAMES):
        for found in _NAMED.finditer(text):
            yield found.span()


def goes_to_a_link(payload: Any) -> bool:
    """Whether one of the arguments themselves is a link: then the call goes where somebody chose."""
    if not isinstance(payload, _OBJECT):
        return False
    for key, value in payload.items():
        for one in value if isinstance(value, _MANY) else (value,):
            if one and is_link(one, str(key), None):
                return True
    return False
