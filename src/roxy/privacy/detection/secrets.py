"""Secrets: vendors' token shapes, passwords in URLs and sentences, private keys, and the secrets that Roxy knows.

A secret is masked one way and never put back. Each vendor's row names a literal that must be in the text before its
pattern is tried.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from roxy.privacy.detection import keys
from roxy.privacy.detection.held import SHORTEST, Held
from roxy.privacy.detection.prefilter import SPACE, Rule, any_of, in_re2, needing, weakened
from roxy.privacy.detection.shapes import carried
from roxy.privacy.detection.shapes.made import is_placeholder, is_worded, looks_random
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables import vendors
from roxy.privacy.detection.tables.words import listed
from roxy.privacy.pseudonyms import MASK, mask_name

_KEY_BLOCK = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_PRIVATE_KEY = re.compile(rf"(?P<value>-----BEGIN {_KEY_BLOCK}.{{0,20000}}?(?:-----END {_KEY_BLOCK}|\Z))", re.DOTALL)
_URL_PASSWORD = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:@/\"'<>]{0,64}:(?P<value>[^\s@/\"'<>]{1,128})@")
_BEARER = re.compile(
    r"\b(?:bearer\s+(?P<bearer>[A-Za-z0-9_.~+/=-]{16,4000})"
    r"|(?:basic|token|apikey|digest)\s+(?P<value>(?=[A-Za-z0-9_.~+/=-]{0,40}\d)[A-Za-z0-9_.~+/=-]{16,4000}))",
    re.IGNORECASE,
)
_PASSWORDS = (
    r"pass(?:word|phrase|\s?code|wort)|pwd|kennwort|mot\sde\spasse|contrase[\u00f1n]a|senha|wachtwoord|has[\u0142l]o"
    r"|l[\u00f6o]senord(?:et)?|salasana(?:ni)?|adgangskoden?|passord(?:et)?|heslo|jelsz\u00f3|parola|\u015fifre|lozinka"
    r"|\u043f\u0430\u0440\u043e\u043b\u044c|wi-?fi\s(?:key|password)|login\scode"
)
_CODES = (
    r"(?:alarm|door|gate|entry|entrance|access|security|verification|confirmation|one-?time|otp|2fa|mfa|sms"
    r"|auth[a-z]*|login|unlock|unlocking|safe|locker|garage|keypad|lock|lockbox|disarm|voicemail)\s(?:pass)?(?:code|pin)"
    r"|otp|cvv|cvc"
)
"""Codes of digits alone."""
_OF_WHAT = (
    r"(?:\s(?:for|to|of|on|at|f\u00fcr|zum|zur|von|vom|de|del|della|dello|di|da|do|dos|des|du|para|pour|van|voor|af"
    r"|f\u00f6r|till|til|do|dla)\s(?:(?:the|my|our|your|his|her|le|la|el|il|het|de|das|den|der|o|a|mon|ma|meine?[nrm]?)\s)?"
    r"[^\s:=]{1,40}(?:\s(?!is\b|was\b|ist\b|est\b|es\b|lautet\b|are\b)[^\s:=]{1,24}){0,3}?)?"
)
_SAYS = (
    r"(?:(?:['\u2019]s|\s(?:is|was|will\sbe|to|lautet|ist|est|es|\u00e9|\u00e8|on|er|\u00e4r|este|je))(?:\snow|\s?:)?\s"
    r"|\s?(?:[:=]|->)\s?)"
)
_PROSE = re.compile(
    rf"\b(?P<what>{_PASSWORDS}|pw|pin\scode|pin)\b{_OF_WHAT}"
    rf"{_SAYS}[\"'`\u201c]?(?P<value>[^\s\"'`<>\u201d]{{3,128}})",
    re.IGNORECASE,
)
_CODE = re.compile(
    rf"\b(?:{_CODES})\b{_OF_WHAT}{_SAYS}[\"'`\u201c]?(?P<value>\d(?:[ -]?\d){{2,9}})(?![\w%]|[.,]\d)", re.IGNORECASE
)
_PROSE_BARE = re.compile(
    rf"\b(?:{_PASSWORDS}|pw)\s[\"'`\u201c]?(?P<after>[^\s\"'`<>\u201d]{{6,128}})"
    rf"|[\"'`\u201c]?(?<![^\s\"'`\u201c])(?P<before>[^\s\"'`<>\u201d]{{6,128}})[\"'`\u201d]?\s(?:as|is)\s(?:the"
    rf"|my|your|our)\s(?:{_PASSWORDS})\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"(?:\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n]{0,120}?\s-p|\bsshpass\s-p\s?|[\s\"']--?(?:password"
    r"|passwd|pass|pwd|token|api-key|secret)[\"']?[\s=,]{1,3}"
    r"|\bcurl\b[^\n]{0,120}?\s(?:-u|--user)\s[\"']?[^\s:\"']{1,64}:)[\"']?(?P<value>[^\s\"']{3,128})"
)
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
    ("private_key", 1.0, ("private key",), _PRIVATE_KEY),
    ("url_password", 1.0, ("://",), _URL_PASSWORD),
)
"""What the mask is called, score, words of which one must be there, and the pattern."""
_PROSE_NEEDS = (
    "pass", "pw", "pin", "login", "wifi", "wi-fi", "kennwort", "contrase", "senha", "wachtwoord", "has\u0142o", "haslo",
    "l\u00f6senord", "losenord", "adgangskode", "salasana", "heslo", "jelsz", "parola", "ifre", "lozinka",
    "\u043f\u0430\u0440\u043e\u043b",
)  # fmt: skip
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
_MADE = re.compile(
    r"(?=[^A-Za-z]*[A-Za-z])(?=\D*\d|\w*[^\w.,:;/()-]).{6,}|(?=[A-Za-z]*?[a-z][A-Z][A-Za-z]*?[a-z][A-Z])[A-Za-z]{8,}"
)
"""What nobody would write but as a password: letters together with digits or signs, or capitals anywhere."""
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
    for found in _PROSE.finditer(text):
        word = found["value"].rstrip(".,;:!?")
        empty = word.lower() in _NO_PASSWORDS or is_placeholder(word)
        if not empty and (not found["what"].lower().startswith("pin") or word.isdigit()):
            yield Spot(*found.span("value"), "SECRET", 0.9, "password")
    for found in _PROSE_BARE.finditer(text):
        group = found.lastgroup or ""
        word = found[group].rstrip(".,;:")
        if _MADE.fullmatch(word) and not is_placeholder(word):
            yield Spot(found.start(group), found.start(group) + len(word), "SECRET", 0.8, "password")


def _logins(text: str) -> Iterator[Spot]:
    """A password that stands beside the e-mail address it belongs to."""
    for found in _LOGIN.finditer(text):
        if _MADE.fullmatch(found["value"]) and not found["value"].lower().endswith((".com", ".org", ".net")):
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
    Rule("password", (any_of(_PROSE_NEEDS), rf"{SPACE}|[:=>]"), _in_prose),
    Rule(
        "password in a command",
        (r"[\s\"']--?(?:p|token|api-key|secret)|sshpass|\s(?:-u|--user)\s",),
        _in_context("password", 0.9, _COMMAND),
    ),
    Rule("code", (in_re2(rf"\b(?:{_CODES})"),), _in_context("password", 0.9, _CODE)),
    *carried.TOLD,
    Rule("password of a login", (rf"@(?:[\w.-]|[^\x00-\x7f])+{SPACE}?(?:[/:|,]|{SPACE}and)",), _logins),
)
"""Secrets by what stands before them."""
TABLES = (VENDORS, SAID)
