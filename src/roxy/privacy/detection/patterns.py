"""Structured personal data, by own patterns that are checked: e-mail, phone, card, IBAN, SSN, IP, and cues in prose.

Each row of `RULES` says what a text must hold before its finder runs, so that most texts cost next to nothing. All
patterns are bounded: none can take longer than a small multiple of the text's length.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection.prefilter import DIGITS_6, SPACE, Rule, any_of, in_re2
from roxy.privacy.detection.spots import Spot

_AT = re.compile("@|%40")
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_LACOL = re.compile(r"[\w.+%'-]+")
_LONGEST_LOCAL = 64
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w-]|\.\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![\w-])(?!000|666)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:\b(?:version|ver|build|release|rev|tag|v)(?:\s(?:to|is|from))?|==|@|~|\^)\W{0,4}$", re.IGNORECASE
)

_PHONE_PLUS = re.compile(
    r"(?<![\w+])(?:\+|00(?=\d{1,3}[ ./-]))\(?\d(?:[ ().\-/]{0,3}\d){6,14}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?!\w)"
)
_PHONE_US = re.compile(
    r"(?<![\w./-])(?:1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![\w-]|\.\d)"
)
_PHONE_LOCAL = re.compile(r"(?<![\w.)/-])\(0?\d{1,4}\)\s?\d{2,4}(?:[- ]?\d{2,4}){1,3}(?:x\d{1,5})?(?!\w)")
_PHONE_LABEL = re.compile(
    r"(?<![\w./-])(?P<value>[+(]?\d(?:[ ().\-/]{0,3}\d){5,14}(?:x\d{1,5})?)"
    r"[ -]\(?(?:office|fax|mobile|cell|home|work|landline)\b",
    re.IGNORECASE,
)
_PHONE_CUE = re.compile(
    r"""\b(?:phone|mobile|cell|cellphone|tel|telephone|landline|call|dial|ring|text|sms|whatsapp|fax|reach|answering)\b[.:]?
    (?:\s*(?:me|us|him|her|them|at|on|is|was|my|number|no\.?|nr\.?|to|back|:|\#|=|line|the|us:?|via)\b[.:]?)*
    \s*[:=]?\s*(?P<value>[+(]?\(?\d(?:[ ().\-/]{0,3}\d){5,14}(?:\s?(?:x|ext\.?)\s?\d{1,5})?)(?![\w])""",
    re.IGNORECASE | re.VERBOSE,
)
_PHONE_LABEL_NEEDS = ("office", "fax", "mobile", "cell", "home", "work", "landline")
_PHONE_CUE_NEEDS = (
    "phone", "mobile", "cell", "tel", "landline", "call", "dial", "ring", "text", "sms", "whatsapp", "fax", "reach",
    "answering",
)  # fmt: skip

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = (
    rf"(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s\d{{4}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?:\sof)?\s{_MONTH},?(?:\s\d{{4}})?)"
)
_NUMBER = r"(?:\s(?:number|no\.?|num|id|\x23))?(?:\s(?:is|was))?\s*[:=\x23]?\s*"
_LIVES = r"""my\s(?:home\s|postal\s|new\s)?address(?:\sis)?
    | (?:i|we|s?he|they)\slives?\s(?:at|in) | lives\sat | resid(?:ing|es)\sat | home\sat | meet\sme\sat
    | (?:ship(?:ped)?|deliver(?:ed)?|mail(?:ed)?|sen[dt]|return|taxi|cab|ride)(?:\s(?:it|this|them|me|a\snew\sone))?\sto
    | (?:billing|shipping|mailing|postal|home|delivery)\saddress(?:\s(?:is|with|to))?
    | pick(?:\sme)?\sup\s(?:at|from) | address\sto"""
_SENTENCE_GOES_ON = r"\s(?:and|but|for|on|at|by|before|so|because|when|which|please|who)\b|[.?!;\n<\"]|$"
_CUES: tuple[tuple[str, float, str, re.Pattern[str]], ...] = tuple(
    (kind, score, cue, re.compile(rf"\b(?:{cue})(?P<value>{value})", re.IGNORECASE | re.VERBOSE))
    for kind, score, cue, value in (
        (
            "DATE_OF_BIRTH", 0.9,
            r"(?:born(?:\son)?|dob|d\.o\.b\.?|birth\s?da(?:te|y)|date\sof\sbirth)(?:\s(?:is|was|on)){0,2}\s*[:=]?\s*",
            _DATE,
        ),
        ("US_SSN", 0.9, rf"(?:ssn|social\ssecurity){_NUMBER}", r"\d{3}[ -]?\d{2}[ -]?\d{4}(?!\w)"),
        ("PASSPORT", 0.9, rf"passport{_NUMBER}", r"(?=[A-Z]{0,3}\d)[A-Z0-9]{6,10}(?!\w)"),
        (
            "ACCOUNT", 0.8,
            rf"(?:(?:bank|checking|savings)\s)?(?:account|acct){_NUMBER}",
            r"\d(?:[ -]?\d){6,16}(?!\w)",
        ),
        (
            "ID", 0.8,
            rf"(?:driver'?s?\s|driving\s)licen[sc]e{_NUMBER}",
            r"(?=\w{0,8}\d{3})[A-Z0-9-]{5,20}(?!\w)",
        ),
        (
            "ID", 0.8,
            rf"(?:national|tax|identity)\s(?:id|identification|insurance)(?:\scard)?{_NUMBER}",
            r"(?=\w{0,6}\d{2})[A-Z0-9-]{6,20}(?!\w)",
        ),
        (
            "ADDRESS", 0.8,
            rf"(?:{_LIVES})\s*[:=]?\s*",
            rf"(?=[^\n.?!]{{0,40}}\d)[^\n;?!<>\"]{{8,160}}?(?={_SENTENCE_GOES_ON})",
        ),
    )
)  # fmt: skip
"""Type, score, the words that announce such a value, and the whole pattern."""

_LUHN = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_LONG_CARDS = (16, 17, 18, 19)
_BRANDS = (
    # The first four digits from and to, and how many there are in all.
    (4000, 4999, (16, 19)),
    (5100, 5599, (16,)),
    (2221, 2720, (16,)),
    (3500, 3599, (16,)),
    (3400, 3499, (15,)),
    (3700, 3799, (15,)),
    (3000, 3099, (14,)),
    (3600, 3699, (14,)),
    (3800, 3899, (14,)),
    (5000, 5099, _LONG_CARDS),
    (5600, 6999, _LONG_CARDS),
)
_IBAN_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
    "LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 "
    "SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
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
        if local and not host[0].endswith((".js", ".py", ".json", ".md")):
            yield Spot(sign.start() - len(local), host.end(), "EMAIL_ADDRESS")


def _cards(text: str) -> Iterator[Spot]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        grouped = len(digits) != len(found[0])
        if luhn(digits) and (card_brand(digits) or (grouped and digits[0] in "3456")):
            yield Spot(*found.span(), "CREDIT_CARD")


def _ibans(text: str) -> Iterator[Spot]:
    for found in _IBAN.finditer(text):
        compact = re.sub(r"[ -]", "", found[0]).upper()
        length = _IBAN_LENGTHS.get(compact[:2], 0)
        if not length or len(compact) < length:
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


def _value(pattern: re.Pattern[str], kind: str, score: float) -> Callable[[str], Iterator[Spot]]:
    """A finder: what the pattern's group `value` matches is one."""

    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span("value"), kind, score)

    return find


def _ipv4(text: str) -> Iterator[Spot]:
    for found in _IPV4.finditer(text):
        if _public(found[0]) and not _VERSION_BEFORE.search(text, max(0, found.start() - 16), found.start()):
            yield Spot(*found.span(), "IP_ADDRESS", 0.8)


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
    documentation = address.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))
    if parsed.version == 6 and address.count(":") < 3 and not any(map(str.isdigit, address)):  # noqa: PLR2004
        return False  # `ace::bed` is a name in a program
    return documentation or not (
        parsed.is_private or parsed.is_multicast or parsed.is_loopback or parsed.is_unspecified
    )


RULES = (
    Rule("email", (r"(?:@|%40)[\w\-\x{80}-\x{10ffff}]",), _emails),
    Rule("card", (r"(?:^|[^\w.+-])[0-9](?:[ -]?[0-9]){11}",), _cards),
    Rule("iban", (r"[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11}",), _ibans),
    Rule("phone +", (r"(?:\+|00)\(?[0-9](?:[ ().\-/]{0,3}[0-9]){6}",), _whole(_PHONE_PLUS, "PHONE_NUMBER", 0.85)),
    Rule(
        "phone us",
        (rf"[0-9]{{3}}(?:\){SPACE}?|[-. ])[0-9]{{3}}[-. ][0-9]{{4}}",),
        _whole(_PHONE_US, "PHONE_NUMBER", 0.85),
    ),
    Rule("phone local", (rf"\(0?[0-9]{{1,4}}\){SPACE}?[0-9]{{2}}",), _whole(_PHONE_LOCAL, "PHONE_NUMBER", 0.85)),
    Rule("phone cue", (any_of(_PHONE_CUE_NEEDS), DIGITS_6), _value(_PHONE_CUE, "PHONE_NUMBER", 0.8)),
    Rule(
        "phone label",
        (rf"[0-9][ -]\(?{any_of(_PHONE_LABEL_NEEDS)}", DIGITS_6),
        _value(_PHONE_LABEL, "PHONE_NUMBER", 0.8),
    ),
    Rule("ssn", (r"(?:^|[^\w-])[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}(?:$|[^\w-])",), _whole(_SSN, "US_SSN", 0.8)),
    Rule("ipv4", (r"(?:^|[^\w.-])(?:[0-9]{1,3}\.){3}[0-9]",), _ipv4),
    Rule("ipv6", (r":[0-9A-Fa-f]{0,4}:",), _ipv6),
    *(Rule(f"cue {kind}", (in_re2(cue), "[0-9]"), _value(pattern, kind, score)) for kind, score, cue, pattern in _CUES),
)
"""Everything structured; spots may overlap."""
TELL_THEMSELVES = frozenset({"email", "card", "iban", "phone +", "ssn"})
"""The rules whose finds are certain also where a line ends within them."""
