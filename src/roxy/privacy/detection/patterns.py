"""Structured personal data, by own patterns that are checked: e-mail, card, IBAN, SSN, IP, and what `shapes` finds.

Each row of `RULES` says what a text must hold before its finder runs, so that most texts cost next to nothing. All
patterns are bounded: none can take longer than a small multiple of the text's length.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection.prefilter import DIGIT, Rule, needing
from roxy.privacy.detection.shapes import cued, handles, national, phones, streets, things
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.words import listed

_AT = re.compile("@|%40")
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_LACOL = re.compile(r"[\w.+%'-]+")
_LONGEST_LOCAL = 64
_USERINFO = re.compile(r"\w://[^\s/@]*$")
_LONGEST_USERINFO = 200
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w-]|\.\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![\w-])(?!000|666)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_IPV6 = re.compile(r"(?=[0-9A-Fa-f:])(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:\b(?:version|ver|build|release|rev|tag|v|kernel|chrome|firefox|safari|edge|sdk|firmware"
    r"|driver)(?:\s(?:to|is|from))?|==|~|\^|>=|<=)\W{0,4}$|(?:chrome|firefox|safari|edg|version|webkit"
    r"|opr)/$",
    re.IGNORECASE,
)
_HOST_WORD = re.compile(
    r"\b(?:ip|ips|ipv4|host|server|client|addr|address|connect\w*|port|ping|dns|ssh|peer|remote|login|user"
    r"|request|router"
    r"|gateway|proxy|vpn|blocked|banned|traffic|source|src|dst|destination|network|subnet|session|attack\w*"
    r"|visitor)\b|://",
    re.IGNORECASE,
)
_PACKAGE = re.compile(r"(?<!root)(?<!admin)(?<!ubuntu)(?<!user)(?<!deploy)@\W{0,4}$")
_LOGIN = re.compile(r"\b(?:ssh|scp|sftp|rsync|mosh)\s[^\n]{0,40}$")
_OWN_ADDRESS = re.compile(
    r"(?<![\w-])(?:ip|ips|ipv4|(?:ip[ -])?address(?:es)?)[\"']?\W{1,3}(?:(?:is|was|of|are|from)\W{1,2})?$",
    re.IGNORECASE,
)
_UNIQUE_GROUPS = 6
_IPV6_VERSION = 6
_FEWEST_COLONS = 3
_PROGRAM_WORD = re.compile(
    r"\b(?:upgrad\w*|updat\w*|downgrad\w*|bump\w*|migrat\w*|compar\w*|install\w*|packag\w*|librar\w*|module|docker|image"
    r"|pip|npm|yarn|cargo|apt"
    r"|app|firmware|kernel|linux|python|java|node|changelog|deploy\w*|ship\w*|published|since|until"
    r"|v\d[\d.]*)\b|[a-z]:(?=\d)|\d[-+](?:rc|beta|alpha|build|dev|snapshot)",
    re.IGNORECASE,
)
_HOST_REACH = 30
_PROGRAM_REACH = 60
_HOST_AFTER = 12
_VERSION_NUMBER = 40

_LUHN = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_LONG_CARDS = (16, 17, 18, 19)
_BRANDS = (
    # The first four digits from and to, and how many there are in all.
    (4000, 4999, (13, 16, 19)),
    (5100, 5599, (16,)),
    (2221, 2720, (16,)),
    (3500, 3599, (16,)),
    (3400, 3499, (15,)),
    (3700, 3799, (15,)),
    (3000, 3099, (14,)),
    (3600, 3699, (14,)),
    (3800, 3899, (14,)),
    (5000, 5099, (12, 13, 14, 15, *_LONG_CARDS)),
    (5600, 6999, (12, 13, 14, 15, *_LONG_CARDS)),
)
_GROUPED_CARD = re.compile(r"\d{4}([ -])\d{4}\1\d{4}(?:\1\d{1,4}){0,2}|\d{4}([ -])\d{6}\2\d{4,5}")
_CARD_WORD = re.compile(
    r"card|visa|maestro|master|amex|credit|debit|paid|pay|charge|kart|tarjeta|carte|carta|cart\u00e3o|\bcc\b|\bpan\b",
    re.IGNORECASE,
)
_CARD_REACH = 40
_SURE_LENGTH = 14
_IBAN_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
    "LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 "
    "SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
_IBAN_OF_DIGITS = listed(
    "AE AT BA BE CR CZ DE DK EE EG ES FI FO GL HR HU IL IS LT ME MR NO PL PT RS SE SI SK TL TN VA XK"
)
"""Where digits alone stand behind the country (SWIFT IBAN registry): of the UUIDs, which have letters, few add up."""
_IBAN_LENGTHS = {country[:2]: int(country[2:]) for country in _IBAN_COUNTRIES.split()}


def luhn(digits: str) -> bool:
    """Whether the last digit is right by ISO/IEC 7812-1."""
    if len(set(digits)) == 1:
        return False
    odd = sum(int(digit) for digit in digits[-1::-2])
    return (odd + sum(_LUHN[int(digit)] for digit in digits[-2::-2])) % 10 == 0


def card_brand(digits: str) -> bool:
    """Whether a number begins, and is as long, as the cards in use do (ISO/IEC 7812 issuer ranges)."""
    number = int(digits[:4])
    return any(low <= number <= high and len(digits) in sizes for low, high, sizes in _BRANDS)


def personal_number(digits: str) -> str:
    """The type of a bare number that is personal by its checksum; empty for any other."""
    return "CREDIT_CARD" if 14 <= len(digits) <= 19 and card_brand(digits) and luhn(digits) else ""  # noqa: PLR2004


def _emails(text: str) -> Iterator[Spot]:
    for sign in _AT.finditer(text):
        host = _HOST.match(text, sign.end())
        if host is None:
            continue
        before = text[max(0, sign.start() - _LONGEST_LOCAL) : sign.start()]
        backwards = _LACOL.match(before[::-1])  # from the sign: a search from the left would try each letter
        local = before[len(before) - len(backwards[0]) :].lstrip(".'%-") if backwards else ""
        if local == "git" and text[host.end() : host.end() + 1] in (":", "/"):
            continue  # the address of a repository
        if _USERINFO.search(text, max(0, sign.start() - _LONGEST_USERINFO), sign.start()):
            continue  # the user of a URL; a password there is a secret of its own
        if local and not host[0].endswith((".js", ".py", ".json", ".md")):
            yield Spot(sign.start() - len(local), host.end(), "EMAIL_ADDRESS")


def _cards(text: str) -> Iterator[Spot]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if luhn(digits) and _is_card(text, found, digits):
            yield Spot(*found.span(), "CREDIT_CARD")


def _is_card(text: str, found: re.Match[str], digits: str) -> bool:
    """By brand and grouping; short or oddly grouped ones, which many numbers look like, only after a word."""
    branded = card_brand(digits)
    grouped = _GROUPED_CARD.fullmatch(found[0]) is not None
    if branded and len(digits) >= _SURE_LENGTH and (grouped or digits == found[0]):
        return True
    if grouped and digits[0] in "3456":
        return True
    return (branded or grouped) and is_announced_card(text, found.start())


def is_announced_card(text: str, start: int) -> bool:
    """Whether a word shortly before `start` says that a card's number follows."""
    return _CARD_WORD.search(text, max(0, start - _CARD_REACH), start) is not None


def _ibans(text: str) -> Iterator[Spot]:
    for found in _IBAN.finditer(text):
        compact = re.sub(r"[ -]", "", found[0]).upper()
        length = _IBAN_LENGTHS.get(compact[:2], 0)
        if not length or len(compact) < length:
            continue
        if compact[:2] in _IBAN_OF_DIGITS and not compact[2:length].isdigit():
            continue
        number = "".join(str(int(letter, 36)) for letter in compact[4:length] + compact[:4])
        if int(number) % 97 == 1:  # ISO 13616
            end = found.start()
            for _ in range(length):
                while text[end] in " -":
                    end += 1
                end += 1
            yield Spot(found.start(), end, "IBAN_CODE")


def _whole(pattern: re.Pattern[str], kind: str, score: float) -> Callable[[str], Iterator[Spot]]:
    """A finder: whatever the pattern matches is one."""

    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span(), kind, score)

    return find


def _ipv4(text: str) -> Iterator[Spot]:
    for found in _IPV4.finditer(text):
        if (_public(found[0]) or _called_address(text, found)) and not _is_version(text, found):
            yield Spot(*found.span(), "IP_ADDRESS", 0.8)


def _called_address(text: str, found: re.Match[str]) -> bool:
    """Whether an address of one's own network is told as somebody's."""
    if not _OWN_ADDRESS.search(text, max(0, found.start() - _HOST_REACH), found.start()):
        return False
    try:
        parsed = ipaddress.ip_address(found[0])
    except ValueError:
        return False
    return not (parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast)


def _is_version(text: str, found: re.Match[str]) -> bool:
    """Whether four numbers are a version: a word before says so, or all are small and it is about programs."""
    before = text[max(0, found.start() - _HOST_REACH) : found.start()]
    if _VERSION_BEFORE.search(before):
        return True
    small = all(int(number) <= _VERSION_NUMBER for number in found[0].split("."))
    if (
        not small
        or _LOGIN.search(before)
        or _HOST_WORD.search(text, max(0, found.start() - _HOST_REACH), found.end() + _HOST_AFTER)
    ):
        return False
    if _PACKAGE.search(before):
        return True
    return _PROGRAM_WORD.search(text, max(0, found.start() - _PROGRAM_REACH), found.end() + _HOST_AFTER) is not None


def _ipv6(text: str) -> Iterator[Spot]:
    for found in _IPV6.finditer(text):
        if _public(found[0]):
            yield Spot(*found.span(), "IP_ADDRESS", 0.8)


def _public(address: str) -> bool:
    """Whether an address tells something about a person: those of one's own network and machine do not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.version == _IPV6_VERSION and len(list(filter(None, address.split(":")))) >= _UNIQUE_GROUPS:
        return True  # a unique local address is as telling as a public one
    if parsed.version == _IPV6_VERSION and address.count(":") < _FEWEST_COLONS and not _has_digit(address):
        return False  # `ace::bed` is a name in a program
    documentation = address.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))
    return documentation or not _is_local(parsed)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _is_local(parsed: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return parsed.is_private or parsed.is_multicast or parsed.is_loopback or parsed.is_unspecified


OWN = (
    Rule("email", (r"(?:@|%40)[\w\-\x{80}-\x{10ffff}]",), _emails),
    *needing(
        DIGIT,
        (
            Rule("card", (r"(?:^|[^\w.+-])[0-9](?:[ -]?[0-9]){11}",), _cards),
            Rule("iban", (r"[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11}",), _ibans),
            Rule("ssn", (r"(?:^|[^\w-])[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}(?:$|[^\w-])",), _whole(_SSN, "US_SSN", 0.8)),
            Rule("ipv4", (r"(?:^|[^\w.-])(?:[0-9]{1,3}\.){3}[0-9]",), _ipv4),
        ),
    ),
    Rule("ipv6", (r":[0-9A-Fa-f]{0,4}:",), _ipv6),
    *handles.RULES,
)
"""What has a shape of its own."""
TABLES = (OWN, phones.RULES, national.RULES, (*cued.RULES, *things.RULES), streets.ENDED, streets.OTHERS)
RULES = tuple(rule for table in TABLES for rule in table)
"""Everything structured; spots may overlap."""
TELL_THEMSELVES = frozenset({"email", "card", "iban", "phone +", "ssn"})
"""The rules whose finds are certain also where a line ends within them."""
