"""Phone numbers: with a plus, as some countries write them, after words that announce one, and by numbering plans.

A bare run of digits is no phone number unless a word says so; digits in groups are one when they are valid in one of
the numbering plans that are asked (`phonenumbers`), and no word says that they are something else.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from roxy.privacy.detection.prefilter import DIGIT, DIGITS_6, SPACE, Announced, Rule, any_of, needing
from roxy.privacy.detection.spots import Spot

_EXTENSION = r"(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?"
_DIALLED = rf"[+(]{{0,2}}\d(?:[ ().\-/]{{0,3}}\d){{5,14}}{_EXTENSION}"
_PLUS = re.compile(
    rf"(?=[+0(])(?<![\w+])(?:\+|00(?=\d{{1,3}}[ ./-])|\(00)\(?\d(?:[ "
    rf"().\-/]{{0,3}}\d){{6,14}}{_EXTENSION}(?!\w)"
)
_US = re.compile(
    rf"(?<![\w./-])(?:1[-. ])?(?:\(\d{{3}}\)\s?|\d{{3}}[-. ])\d{{3}}[-. ]\d{{4}}{_EXTENSION}(?![\w-]|\.\d)"
)
_BRACED = re.compile(r"(?<![\w.)/-])\(0?\d{1,5}\)[\s/-]{0,2}\d{2,7}(?:[- /]?\d{2,4}){0,3}(?:x\d{1,5})?(?!\w)")
_ZERO = re.compile(r"(?<![\w.,:/+-])0\d{1,4}[ /-]\d{2,8}(?:[ /-]\d{2,8}){0,4}(?![\w,:/-]|\.\d)")
_GROUPS = re.compile(r"(?=[\d(])(?<![\w.,:/+#=-])\(?\d{1,5}\)?(?:[ .\-/]{1,2}\(?\d{2,5}\)?){2,5}(?![\w:/-]|[.,]\d)")
_LABEL = re.compile(
    r"(?<![\w./-])(?P<value>[+(]?\d(?:[ ().\-/]{0,3}\d){5,14}(?:x\d{1,5})?)"
    r"[ -]\(?(?:office|fax|mobile|cell|home|work|landline)\b",
    re.IGNORECASE,
)
_SURE = (
    "phone", "mobile", "mobil", "cell", "cellphone", "tel", "telephone", "landline", "hotline", "whatsapp", "fax",
    "telefon", "telefonnummer", "telefonnumret", "handy", "handynummer", "rufnummer", "festnetz", "t\u00e9l\u00e9phone",
    "t\u00e9l", "portable", "tel\u00e9fono", "telefono", "m\u00f3vil", "movil", "celular", "cellulare", "telefone",
    "telem\u00f3vel", "telefoon", "telefoonnummer", "mobiel", "puhelin", "puhelinnumero", "puhelinnumeroni",
    "matkapuhelin", "telefonu", "kom\u00f3rka", "telefonsz\u00e1m", "gsm", "msisdn", "callback", "answering",
    "mob", "tlf", "tlfnr", "telefonnr", "mobilnr", "mobilnummer", "handynr", "r\u00fcckrufnummer", "kontaktnummer",
    "puh", "k\u00e4nnykk\u00e4", "kom\u00f3rki",
    "\u0442\u0435\u043b\u0435\u0444\u043e\u043d", "\u7535\u8bdd", "\u624b\u673a", "\u96fb\u8a71",
)  # fmt: skip
_MAYBE = (
    "call", "dial", "ring", "text", "sms", "reach", "message", "contact", "signal", "ruf", "r\u00fcckruf", "anruf",
    "erreichbar", "erreichst", "appelle", "appelez", "appeler", "rappelle", "rappelez", "rappeler", "joindre",
    "joignable", "llama", "ll\u00e1mame", "ll\u00e1meme", "llamar", "contactar", "chiama", "chiamami", "chiamatemi",
    "chiamare", "contattami", "contattatemi", "contattare", "liga", "ligar", "ligue", "bel", "bellen", "bereikbaar",
    "zadzwo\u0144", "dzwo\u0144", "dzwoni\u0107", "ringa", "ringer", "n\u00e5s", "soita", "soittaa", "tavoittaa",
)  # fmt: skip
_MY_NUMBER = (
    r"(?:my|his|her|our|your|their|mein\w*|mon|ton|son|mi|tu|su|mio|meu|mijn|minun|mitt|mit|min|moj\w*|m\u00f3j)"
    r"\s(?:\w{2,10}\s)?(?:number|nummer|num\u00e9ro|n\u00famero|numero|numer|nr)(?:['\u2019]s)?\b|\bnumeroni"
)
_THIS_NUMBER = (
    r"(?:this|that|new|following|direct|best|neuen?|neuer|dieser?|folgender?|der|ce|nouveau|este|nuevo|questo|nuovo|novo|dit"
    r"|nieuwe?|ten|tym|nowy|detta|det\sh\u00e4r|nytt|dette|nye?|uusi|t\u00e4h\u00e4n)"
    r"\s(?:number|nummer|num\u00e9ro|n\u00famero|numero|numeroon|numerem|numer|nr)"
)
"""A number that somebody points at: one to call, if it can be called and nothing says that it is something else."""
_BETWEEN = (
    r"(?:[\s.:=\#]*\b(?:me|us|him|her|them|at|on|is|was|would|will|be|my|number|no|nr|to|back|line|the|via|new|de|di|von|ist"
    r"|lautet|est|le|mich|mir|unter|an|moi|au|al|mij|op|mnie|do|pod|na|mig|meg|p\u00e5|til|para|o|kom|numeroon|numer"
    r"|es|el|il|\u00e8|\u00e9|er|\u00e4r|numero|nummer|kom|office|home|work|or|and)\b)*[\s.:=\#]*"
)
_SURE_WORDS, _MAYBE_WORDS, _UNSPACED = "|".join(_SURE[:-3]), "|".join(_MAYBE), "|".join(_SURE[-3:])
_CUE = Announced(
    rf"(?:\b(?:{_SURE_WORDS})\b|{_UNSPACED}|\b(?:{_MY_NUMBER})\b|\b(?:{_THIS_NUMBER})\b|\b(?:{_MAYBE_WORDS})(?:-me|-moi)?\b){_BETWEEN}",
    re.compile(rf"{_DIALLED}(?!\w)", re.IGNORECASE),
)
_MAYBE_CUE = re.compile(rf"(?:{_MAYBE_WORDS})\b", re.IGNORECASE)
_THIS_CUE = re.compile(_THIS_NUMBER, re.IGNORECASE)
_OTHER_BEFORE = re.compile(
    r"(?:isbn|issn|order|invoice|ref(?:erence)?|id|serial|batch|lot|sku|upc|ean|case|ticket|tracking|parcel"
    r"|version|page"
    r"|pages|lines?|port|score|build|part|item|model|article|account|policy|customer|no|number|\x23"
    r"|[$\u20ac\u00a3])\W{0,3}(?:no|number|nr|is)?\W{0,3}$",
    re.IGNORECASE,
)
DATE = re.compile(r"\d{1,4}([-/.])(?:0?[1-9]|[12]\d|3[01])\1\d{1,4}(?!\d)")
NO_CALL = re.compile(r"1[4-7]\d{8}(?:\d{3})?|20[0-3]\d[01]\d[0-3]\d(?:\d{4}(?:\d\d)?)?")
"""An epoch, a date: no number to call, unless the word is `call` itself."""
_REACHED = re.compile(
    rf"(?=[rctpmejal])\b(?:reach|contact|call|ring|text|phone|message|erreich\w*|ruf\w*|joindre|appele[rz]|llamar?"
    rf"|contattare)\s(?:[^\W\d_][\w.'\u2019-]{{0,24}}\s){{1,3}}?"
    rf"(?:on|at|under|via|unter|au|al|en|op|no)\s(?P<value>{_DIALLED})(?!\w)",
    re.IGNORECASE,
)
_ALSO = re.compile(
    rf"(?P<first>{_DIALLED})\s?(?:or|and|/|,|oder|und|ou|et|o|y|e"
    rf"|of)\s(?P<value>{_DIALLED})(?!\w)",
    re.IGNORECASE,
)
_DECIMALS = re.compile(r"\d+\.\d+(?: \d+\.\d+)+")
_PATH = re.compile(r"\d+(?:/\d+){2,}")
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "SE", "FI", "DK", "NO", "BR", "IN", "AU", "CZ")
_WITH_ZERO = ("GB", "DE", "FR", "NL", "SE", "FI", "AU", "IN", "BE", "CH", "AT", "IE", "TR", "JP", "RO", "NG", "VN")
_TRUNK = re.compile(r"(?<![\w.,:/+#=\u2010-\u2015-])0[1-9]\d{8,10}(?![\w:/=-]|[.,]\d)")
_SPEAKS_OF_CALLS = re.compile(
    r"\b(?:call|calls|called|ring|sms|whatsapp|telegram|group|contacts?|reach|voicemail|dial|anruf\w*)\b", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\b(?:isbn|issn|order|invoice|ref|reference|id|serial|batch|lot|sku|upc|ean|gtin|barcode|case|ticket|tracking|parcel"
    r"|version|build|part|item|model|article|account|policy|customer|booking|reservation|member|claim|quote|licen[sc]e"
    r"|shipment|bestell\w*|rechnung\w*|auftrag\w*|kunden\w*|artikel\w*|commande|facture|colis|pedido|factura|ordine"
    r"|fattura|encomenda|fatura|order\w*|faktur\w*|zam\u00f3wieni\w*|best\u00e4llning\w*|tilaus\w*|lasku\w*)\b",
    re.IGNORECASE,
)
"""Words for things that have numbers, too."""
_LEADS_TO = re.compile(
    r"[^\W\d_](?:[,;|(]\s?|\s[|/\u2013-]\s|(?i:'s|\s(?:on|at|under|unter|au|al|op|pod|p\u00e5|via|is|its|now))\s)\Z"
)
"""What stands before a number in prose when it is somebody's: a comma after a name, `on`, `it's`."""
_FEWEST_FIGURES, _NEAR = 4, 60
_BESIDE = r"(?:, | [|/\u00b7\u2022-] |; |\s{1,3})"
_AFTER_MAIL = re.compile(rf"@[\w-]{{1,60}}(?:\.[\w-]{{1,30}}){{1,4}}{_BESIDE}(?P<value>\d{{9,12}})(?![\w:/=.-]\w|\w)")
_BEFORE_MAIL = re.compile(rf"(?<![\w.,:/+#=-])(?P<value>\d{{9,12}}){_BESIDE}(?=[\w.+-]{{1,64}}@[\w-]{{1,60}}\.)")
_ABROAD = ("+", "(+", "00", "(00", "011")
"""What a number begins with that need not be one of the region from which it is dialled."""
_FEWEST, _MOST = 8, 13
_BARE = 9
_FEWEST_CALLED = 7
_CALLS = ("call", "dial", "ring")
_OTHER_REACH = 24


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _always(pattern: re.Pattern[str]) -> Any:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            if found[0][0] == "+" or not _is_other(text, found.start()):
                yield Spot(*found.span(), "PHONE_NUMBER", 0.85)

    return find


def _is_other(text: str, start: int) -> bool:
    """Whether the words before a number say that it is something else."""
    return _OTHER_BEFORE.search(text, max(0, start - _OTHER_REACH), start) is not None and not _CALLED.search(
        text, max(0, start - _OTHER_REACH), start
    )


_CALLED = re.compile(r"(?:phone|mobil|cell|tel|fax|call|contact|whatsapp)", re.IGNORECASE)


def _cued(text: str) -> Iterator[Spot]:
    for (start, _), found in _CUE.finditer(text):
        value = found[0]
        digits = _digits(value)
        bare = len(digits) == len(value)
        maybe = _MAYBE_CUE.match(text, start) if bare else None
        if DATE.fullmatch(value) or (maybe and not _is_called(maybe[0], digits)):
            continue
        if _THIS_CUE.match(text, start) and not _is_pointed_at(text, start, value):
            continue
        yield Spot(*found.span(), "PHONE_NUMBER", 0.8)
        yield from _others(text, found.start())
        yield from _again(text, found)


def _again(text: str, first: re.Match[str]) -> Iterator[Spot]:
    """The same number once more: people say it twice."""
    if len(_digits(first[0])) < _FEWEST_CALLED:
        return
    at = text.find(first[0], first.end())
    while at >= 0:
        end = at + len(first[0])
        if not text[at - 1].isalnum() and not text[end : end + 1].isalnum():
            yield Spot(at, end, "PHONE_NUMBER", 0.8)
        at = text.find(first[0], end)


def _is_pointed_at(text: str, start: int, value: str) -> bool:
    """Whether a number after `this number` is one to call: it can be called, and nothing is numbered hereabouts."""
    return (
        len(_digits(value)) >= _FEWEST
        and is_planned(value)
        and not _NUMBERED.search(text, max(0, start - _NEAR), start)
    )


def _is_called(word: str, digits: str) -> bool:
    """Whether bare digits after a word that has other uses are a number to call."""
    least, dated = (_FEWEST_CALLED, digits.startswith("20")) if word.lower() in _CALLS else (_BARE, True)
    return len(digits) >= least and not (dated and NO_CALL.fullmatch(digits))


def _others(text: str, start: int) -> Iterator[Spot]:
    """The numbers that a first one is joined to: `call … or …`."""
    more = _ALSO.match(text, start)
    if more and len(_digits(more["value"])) >= _FEWEST_CALLED:
        yield Spot(*more.span("value"), "PHONE_NUMBER", 0.8)


def _alone(text: str) -> Iterator[Spot]:
    """Bare digits with a trunk zero in prose, which are a mobile's, or any phone's where people speak of calling."""
    for found in _TRUNK.finditer(text):
        number = found[0]
        before, after = max(0, found.start() - _NEAR), found.end() + _NEAR
        if _NUMBERED.search(text, before, found.start()) or len(set(number)) < _FEWEST_FIGURES:
            continue
        spoken = _SPEAKS_OF_CALLS.search(text, before, after) is not None
        led = _LEADS_TO.search(text, before, found.start()) is not None
        if (spoken and is_planned(number)) or (led and _is_mobile(number)):
            yield Spot(*found.span(), "PHONE_NUMBER", 0.7)


def _beside_mail(text: str) -> Iterator[Spot]:
    """Bare digits next to an address of mail, as in a signature."""
    for pattern in (_AFTER_MAIL, _BEFORE_MAIL):
        for found in pattern.finditer(text):
            if not NO_CALL.fullmatch(found["value"]) and is_planned(found["value"]):
                yield Spot(*found.span("value"), "PHONE_NUMBER", 0.7)


def _reached(text: str) -> Iterator[Spot]:
    for found in _REACHED.finditer(text):
        if len(_digits(found["value"])) >= _FEWEST_CALLED and not DATE.fullmatch(found["value"]):
            yield Spot(*found.span("value"), "PHONE_NUMBER", 0.8)


def _labelled(text: str) -> Iterator[Spot]:
    for found in _LABEL.finditer(text):
        yield Spot(*found.span("value"), "PHONE_NUMBER", 0.8)


def _local(text: str) -> Iterator[Spot]:
    """Digits in groups that begin with a trunk zero."""
    for found in _ZERO.finditer(text):
        digits = len(_digits(found[0]))
        if _BARE <= digits <= _MOST and not DATE.fullmatch(found[0]) and not _is_other(text, found.start()):
            yield Spot(*found.span(), "PHONE_NUMBER", 0.7)


def _planned(text: str) -> Iterator[Spot]:
    """Digits in groups that are valid in some numbering plan."""
    for found in _GROUPS.finditer(text):
        digits = _digits(found[0])
        if not _FEWEST <= len(digits) <= _MOST or _is_other(text, found.start()):
            continue
        if DATE.match(found[0]) or _DECIMALS.fullmatch(found[0]) or _PATH.fullmatch(found[0]):
            continue
        if is_planned(found[0]):
            yield Spot(*found.span(), "PHONE_NUMBER", 0.6)


def is_planned(number: str) -> bool:
    """Whether a number is valid in some numbering plan that is asked."""
    return any(_valid(number, region) for region in _REGIONS)


def _is_mobile(number: str) -> bool:
    """Whether a number with a trunk zero is a mobile's in some country that dials so."""
    plans = _plans()
    return any(
        _valid(number, region) and plans.number_type(plans.parse(number, region)) == plans.PhoneNumberType.MOBILE
        for region in _WITH_ZERO
    )


def _valid(number: str, region: str) -> bool:
    plans = _plans()
    if not number.startswith(_ABROAD) and not _plan(region).fullmatch(_digits(number)):
        return False  # a look at the shape of the plan costs a tenth of reading the number by it
    try:
        return bool(plans.is_valid_number(plans.parse(number, region)))
    except plans.NumberParseException:
        return False


@cache
def _plan(region: str) -> re.Pattern[str]:
    """What every number of a region looks like at home, with prefixes of any kind before it."""
    shape = _plans().PhoneMetadata.metadata_for_region(region).general_desc.national_number_pattern
    return re.compile(rf"\d{{0,6}}(?:{shape})")


@cache
def _plans() -> Any:
    # Loaded here, at the first group of digits that may be a phone number: the plans are megabytes.
    import phonenumbers  # noqa: PLC0415 - as said

    return phonenumbers


_WORDS = (*_SURE, *_MAYBE, "number", "nummer", "num\u00e9ro", "n\u00famero", "numero", "numer", "nr")
RULES = needing(
    DIGIT,
    (
        Rule("phone +", (r"(?:\+|00)\(?[0-9](?:[ ().\-/]{0,3}[0-9]){6}",), _always(_PLUS)),
        Rule("phone us", (rf"[0-9]{{3}}(?:\){SPACE}?|[-. ])[0-9]{{3}}[-. ][0-9]{{4}}",), _always(_US)),
        Rule("phone in braces", (rf"\(0?[0-9]{{1,5}}\)(?:{SPACE}|[/-]){{0,2}}[0-9]{{2}}",), _always(_BRACED)),
        Rule("phone local", (r"(?:^|[^\w.,:/+-])0[0-9]{1,4}[ /-][0-9]{2}",), _local),
        Rule("phone cue", (any_of(_WORDS), DIGITS_6), _cued),
        Rule("phone bare", (r"(?:^|[^\w.,:/+#=-])0[1-9][0-9]{8}",), _alone),
        Rule("phone beside mail", ("@", r"[0-9]{9}"), _beside_mail),
        Rule(
            "phone of somebody",
            (
                any_of(
                    (
                        "reach",
                        "contact",
                        "call",
                        "ring",
                        "text",
                        "phone",
                        "message",
                        "erreich",
                        "ruf",
                        "joindre",
                        "appele",
                        "llama",
                        "contattare",
                    )
                ),
                DIGITS_6,
            ),
            _reached,
        ),
        Rule("phone label", (r"[0-9][ -]\(?(?i:office|fax|mobile|cell|home|work|landline)", DIGITS_6), _labelled),
        Rule("phone plan", (r"[0-9]\)?[ .\-/]{1,2}\(?[0-9]{2,5}\)?[ .\-/]{1,2}\(?[0-9]{2}",), _planned),
    ),
)
"""Phone numbers; spots may overlap."""
