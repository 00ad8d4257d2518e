"""Secrets: vendors' token shapes, passwords in URLs and sentences, private keys, and the secrets that Roxy knows.

A secret is masked one way and never put back. Each vendor's row names a literal that must be in the text before its
pattern is tried.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from roxy.privacy.detection import keys
from roxy.privacy.detection.credentials import carried, codes, commands
from roxy.privacy.detection.credentials.made import is_placeholder, is_worded, looks_like_password, looks_random
from roxy.privacy.detection.held import SHORTEST, Held
from roxy.privacy.detection.prefilter import SPACE, Cue, Rule, any_of, needing, weakened
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables import passwords, vendors
from roxy.privacy.detection.tables.words import listed
from roxy.privacy.pseudonyms import MASK, mask_name

_KEY_BLOCK = r"[A-Za-z0-9 ]{0,40}(?:PRIVATE KEY(?: BLOCK)?|SECRET KEY(?: BLOCK)?|Static key V[0-9])[ -]-{3,4}"
_PRIVATE_KEY = re.compile(
    rf"(?P<value>-{{4}}[ -]BEGIN {_KEY_BLOCK}.{{0,20000}}?(?:-{{4}}[ -]END {_KEY_BLOCK}|\Z))", re.DOTALL
)
_URL_PASSWORD = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:@/\"'<>]{0,64}:(?P<value>[^\s@/\"'<>]{1,128})@")
_BEARER = re.compile(
    r"\b(?:bearer\s+(?P<bearer>[A-Za-z0-9_.~+/=-]{16,4000})"
    r"|(?:basic|token|apikey|digest)\s+(?P<value>(?=[A-Za-z0-9_.~+/=-]{0,40}\d)[A-Za-z0-9_.~+/=-]{16,4000}))",
    re.IGNORECASE,
)
_PASSWORD_WORD = Cue(rf"\b(?:{passwords.LATIN}|pw|pin\scode|pin)\b")
_TOLD = re.compile(
    rf"{codes.OF_WHAT}{codes.SAYS}[\"'`\u201c]?(?P<value>[^\s\"'`<>\u201d]{{3,128}})",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:\s-|\s(?:(?:was|is|has\sbeen|got)\s)?(?:re)?(?:set|changed|updated)\sto|\s(?:from|as|was|mea|meu|minha|saya|\u0434\u043b\u044f|\u03bc\u03bf\u03c5))?"
    rf"(?:{codes.OF_WHAT}\s-)?\s[\"'`\u201c]?(?P<value>[^\s\"'`<>\u201d]{{6,128}})",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?<![^\s\"'`\u201c])(?P<value>[^\s\"'`<>\u201d]{6,128})[\"'`\u201d]?\s\(?(?:as|is|that['\u2019]s)\s(?:the|my|your|our)\s"
    r"(?:[\w-]{2,12}\s){0,2}\Z",
    re.IGNORECASE,
)
_LONGEST_BEFORE = 150
_LOGIN = re.compile(
    r"@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\s?(?:/|:|\||,?\sand(?:\sthe)?"
    r"|,)\s?[\"'`]?(?P<value>(?!//)[^\s\"'`<>@/]{6,64})(?=[\s\"'`.,;)]|$)"
)
_PROSE_TOKEN = re.compile(
    r"\b(?:token|authtoken|apitoken|accesstoken|idtoken|api[ _-]?key|access[ _-]?key|secret(?:\skey)?|credential"
    r"|passkey|(?<!cache )(?<!sort )(?<!primary )"
    r"(?<!partition )(?<!idempotency )(?<!object )(?<!public )key)s?\b"
    r"(?:\s(?:is|was|to|of|as|value|with|for\s\S{1,40})){0,3}[\s:=\"'`]{1,4}"
    r"(?P<value>[\w./+=~-]{16,500})",
    re.IGNORECASE,
)
_CONTEXTS = (
    ("private_key", 1.0, ("private key", "secret key", "static key"), _PRIVATE_KEY),
    ("url_password", 1.0, ("://",), _URL_PASSWORD),
)
"""What the mask is called, score, words of which one must be there, and the pattern."""
_NO_PASSWORDS = listed(
    "required incorrect wrong correct not too the a an in on of stored saved expired invalid reset weak strong "
    "changed "
    "empty missing case protected hashed never always set used sent valid secure lost forgotten same different field "
    "policy manager prompt input form file hash hint length rotation optional mandatory being still also only "
    "at least "
    "now here there it this that what my your our his her their kept encrypted visible hidden shown wrong! needed "
    "ok fine blank null none true false and or for to by with is was must should will can has been le la el il "
    "der die"
)
"""Words that follow "the password is" in a sentence that gives none away."""
KINDS = frozenset(kind for kind, _ in vendors.ROWS) | {
    "private_key",
    "url_password",
    "bearer",
    "password",
    "token",
    *carried.KINDS,
}
_KEY_MEANINGS = frozenset({"PASSWORD", "KEY", "PIN"})


class Secrets:
    """Finds secrets in text: any that look like one, and exactly those whose value is known, in any usual coding."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._held = Held()
        self._names: set[str] = set()
        self.add(known or {})

    def __repr__(self) -> str:
        return f"Secrets({len(self._names)} known)"

    def add(self, known: Mapping[str, str]) -> None:
        """Know these values (by their names), too. Values shorter than six characters would hit harmless text."""
        for name, value in known.items():
            if len(value) >= SHORTEST:
                self._names.add(mask_name(name))
                self._held.add(mask_name(name), value)

    def find(self, text: str) -> Iterator[Spot]:
        """Where known secrets stand; spots may overlap."""
        return self._held.find(text)

    def masks(self, text: str) -> Iterator[tuple[int, int]]:
        """Where masks stand already. Only names that can be masks count; see `pseudonyms`."""
        if "[SECRET:" in text:
            for found in MASK.finditer(text):
                if found[1] in self._names or found[1] in KINDS or keys.meaning(found[1]) in _KEY_MEANINGS:
                    yield found.span()


@cache
def _vendor(pattern: str) -> re.Pattern[str]:
    """A vendor's pattern, compiled when its literal is first met: all of them at once would slow every start."""
    before = "" if pattern.startswith("(?<") else "(?<![A-Za-z0-9])"
    return re.compile(f"{before}{pattern}(?![A-Za-z0-9])")


def _of_vendor(kind: str, pattern: str) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in _vendor(pattern).finditer(text):
            if not is_worded(found[0]):
                yield Spot(*found.span(), "SECRET", 1.0, kind)

    return find


def _in_context(kind: str, score: float, pattern: re.Pattern[str]) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span("value"), "SECRET", score, kind)

    return find


def _in_prose(text: str) -> Iterator[Spot]:
    for start, end in _PASSWORD_WORD.spans(text):
        of_digits = text[start : start + 3].lower() == "pin"
        if (found := _TOLD.match(text, end)) is not None:
            word = found["value"].rstrip(".,;:!?")
            empty = word.lower() in _NO_PASSWORDS or is_placeholder(word)
            if not empty and (word.isdigit() or not of_digits):
                yield Spot(*found.span("value"), "SECRET", 0.9, "password")
        if not of_digits:
            yield from _beside(text, start, end)


def _beside(text: str, start: int, end: int) -> Iterator[Spot]:
    """What looks like a password behind the word for one, or before it: `use … as the password`."""
    begin = max(0, start - _LONGEST_BEFORE)
    for found in (_AFTER.match(text, end), _BEFORE.search(text[begin:start])):
        word = found["value"].rstrip(".,;:") if found else ""
        if found and looks_like_password(word) and not is_placeholder(word):
            at = found.start("value") + (0 if found.string is text else begin)
            yield Spot(at, at + len(word), "SECRET", 0.8, "password")


def _logins(text: str) -> Iterator[Spot]:
    """A password that stands beside the e-mail address it belongs to."""
    for found in _LOGIN.finditer(text):
        if looks_like_password(found["value"]) and not found["value"].lower().endswith((".com", ".org", ".net")):
            yield Spot(*found.span("value"), "SECRET", 0.7, "password")


def _bearers(text: str) -> Iterator[Spot]:
    for found in _BEARER.finditer(text):
        yield Spot(*found.span(found.lastgroup or 0), "SECRET", 0.9, "bearer")


def _tokens(text: str) -> Iterator[Spot]:
    for found in _PROSE_TOKEN.finditer(text):
        if looks_random(found["value"]):
            yield Spot(*found.span("value"), "SECRET", 0.8, "token")


_LONG = r"[\w\x{80}-\x{10ffff}./+=~%-]{16}"
"""No token is shorter."""
VENDORS = needing(
    _LONG,
    (
        *(Rule(f"vendor {kind}", (weakened(pattern),), _of_vendor(kind, pattern)) for kind, pattern in vendors.ROWS),
        *carried.DRAWN,
    ),
)
"""Tokens by the look that their makers gave them."""
SAID = (
    *(Rule(kind, (any_of(words),), _in_context(kind, score, pattern)) for kind, score, words, pattern in _CONTEXTS),
    Rule("bearer", (rf"(?i:bearer|basic|token|apikey|digest){SPACE}+[\w\x{{80}}-\x{{10ffff}}.~+/=-]{{16}}",), _bearers),
    Rule("token", (any_of(("token", "api", "access", "secret", "credential", "key")), _LONG), _tokens),
    Rule("password", (any_of(passwords.LATIN_NEEDS), rf"{SPACE}|[:=>]"), _in_prose),
    *codes.RULES,
    *commands.RULES,
    *carried.TOLD,
    Rule("password of a login", (rf"@(?:[\w.-]|[^\x00-\x7f])+{SPACE}?(?:[/:|,]|{SPACE}and)",), _logins),
)
"""Secrets by what stands before them."""
TABLES = (VENDORS, SAID)
