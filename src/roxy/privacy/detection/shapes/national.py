"""Numbers that states give to people, and addresses of wallets: by a shape with a checksum, or by a word beside them.

A bare run of digits is left alone unless a word says what it is: one in eleven, or in ten, has a right check digit.
The checksums are python-stdnum's, loaded at the first candidate.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module

from roxy.privacy.detection.prefilter import DIGIT, Announced, Rule, in_re2, needing
from roxy.privacy.detection.spots import Spot

_SHAPES: tuple[tuple[str, str, str, str], ...] = (
    # The number, python-stdnum's module (empty: the shape alone is enough), the pattern, and what a text must hold.
    (
        "IT codice fiscale",
        "it.codicefiscale",
        r"[A-Za-z]{6}\d\d[A-Za-z]\d\d[A-Za-z]\d{3}[A-Za-z]",
        r"[A-Za-z]{6}[0-9]{2}[A-Za-z]",
    ),
    ("FI henkilotunnus", "fi.hetu", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", r"[0-9]{6}[-+A-FU-Y][0-9]{3}"),
    ("CH AHV", "ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d{2}", r"756\.?[0-9]{4}"),
    ("BR CPF", "br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-"),
    ("BR CNPJ", "br.cnpj", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", r"[0-9]{3}/[0-9]{4}-"),
    ("BE rijksregisternummer", "be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", r"[0-9]{2}-[0-9]{3}\.[0-9]{2}"),
    ("FR NIR", "fr.nir", r"[12] \d{2} \d{2} (?:\d{2}|2[AB]) \d{3} \d{3} \d{2}", r"[12] [0-9]{2} [0-9]{2} "),
    ("SE personnummer", "se.personnummer", r"(?:19|20)?\d{6}[-+]\d{4}", r"[0-9]{6}[-+][0-9]{4}"),
    (
        "GB NINO",
        "",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2}",
    ),
    ("ES DNI", "es.dni", r"\d{8}[- ]?[A-HJ-NP-TV-Z]", r"[0-9]{8}[- ]?[A-Z]"),
    ("ES NIE", "es.nie", r"[XYZ][- ]?\d{7}[- ]?[A-HJ-NP-TV-Z]", r"[XYZ][- ]?[0-9]{7}"),
    ("IN PAN", "in_.pan", r"[A-Z]{3}[ABCFGHLJPT][A-Z]\d{4}[A-Z]", r"[A-Z]{5}[0-9]{4}[A-Z]"),
    ("IN Aadhaar", "in_.aadhaar", r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}", r"[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}"),
)
_NAMES = (
    r"bsn|burgerservicenummer|nir|num\u00e9ro\sde\ss\u00e9curit\u00e9\ssociale|s\u00e9curit\u00e9\ssociale|n\u00b0\ss\u00e9cu"
    r"|cpf|cnpj|dni|nie|nif|codice\sfiscale|pesel|personnummer|samordningsnummer|henkil\u00f6tunnus|hetu|cpr(?:-?(?:nr|nummer))?"
    r"|f\u00f8dselsnummer|nino|ni\snumber|national\sinsurance|nhs|steuer-?id|steueridentifikationsnummer|steuernummer"
    r"|sozialversicherungsnummer|personalausweis(?:nummer)?|ahv(?:-nummer)?|avs|aadhaar|aadhar|pan|tfn|tax\sfile|sin"
    r"|social\sinsurance|rijksregisternummer|num\u00e9ro\snational|oib|amka|afm|egn|cnp|rodn\u00e9\s\u010d\u00edslo|curp|rfc|cuit"
    r"|cuil|rut|tc\skimlik|emso|jmbg|itin|tin|medicare|medicaid|npi|ssn|social\ssecurity|(?:national|tax|identity|personal)\s"
    r"(?:id|identity|identification|insurance|tax)|tax(?:payer)?\s(?:id|number)|id\scard|identity\scard|national\snumber"
)
_VALUE = r"(?:[A-Z]{2} (?=\d))?(?=[\w./-]{0,12}\d)[\w./-]{2,24}(?: (?=[\w./-]{0,8}\d)[\w./-]{1,12}){0,7}(?: [A-Z]\b)?"
_CUED = Announced(
    rf"\b(?:{_NAMES})\b(?:[\s.:=\#'\u2019-]{{0,3}}(?:number|no|nr|nummer|num\u00e9ro|code|card|is|was|would|will|should|be|now|ist|lautet|est|es|\u00e8|\u00e9"
    r"|on|er|\u00e4r)\b){0,4}[\s.:=\#(\"'-]{0,4}",
    re.compile(_VALUE),
)
_NAMED_BEHIND = re.compile(rf"(?P<value>{_VALUE})\s?\((?i:{_NAMES})\b")
_FEWEST_DIGITS = 5
_WALLET = re.compile(
    r"(?<![A-Za-z0-9/])(?:bc1[02-9ac-hj-np-z]{25,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|0x[0-9A-Fa-f]{40}"
    r"|[LM][1-9A-HJ-NP-Za-km-z]{26,33}|4[0-9AB][1-9A-HJ-NP-Za-km-z]{93})(?![A-Za-z0-9])"
)
_WALLET_WORD = re.compile(r"wallet|btc|bitcoin|ltc|litecoin|xmr|monero|crypto|pay|send|address", re.IGNORECASE)
_REACH = 40


def _shaped(number: str, module: str, pattern: str, need: str) -> Rule:
    compiled = re.compile(rf"(?<![\w.+/-]){pattern}(?![\w/-]|\.\d)")

    def find(text: str) -> Iterator[Spot]:
        for found in compiled.finditer(text):
            if not module or _is_valid(module, found[0]):
                yield Spot(*found.span(), "US_SSN", 0.8)

    return Rule(number, (need,), find)


def _is_valid(module: str, number: str) -> bool:
    return bool(_checks(module).is_valid(number))


@cache
def _checks(module: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the modules have no common type
    # Loaded here, at the first candidate of a country: there are hundreds of modules.
    return import_module(f"stdnum.{module}")


def _cued(text: str) -> Iterator[Spot]:
    return _plausible(value for _, value in _CUED.finditer(text))


def _named_behind(text: str) -> Iterator[Spot]:
    return _plausible(_NAMED_BEHIND.finditer(text))


def _plausible(values: Iterable[re.Match[str]]) -> Iterator[Spot]:
    for found in values:
        group = found.lastgroup or 0
        value = found[group].rstrip("./-")
        if sum(map(str.isdigit, value)) >= _FEWEST_DIGITS or _PAN.fullmatch(value):
            yield Spot(found.start(group), found.start(group) + len(value), "US_SSN", 0.8)


_PAN = re.compile(r"[A-Z]{5}\d{4}[A-Z]")


def _wallets(text: str) -> Iterator[Spot]:
    """Bitcoin by its checksum (BIP 13, BIP 173) or with a word beside it; Ethereum by its shape."""
    for found in _WALLET.finditer(text):
        prefixed = found[0].startswith(("bc1", "0x"))
        named = _WALLET_WORD.search(text, max(0, found.start() - _REACH), found.start())
        if prefixed or named or (found[0][0] in "13" and _is_valid("bitcoin", found[0])):
            yield Spot(*found.span(), "CRYPTO", 0.8)


RULES = (
    *needing(DIGIT, (_shaped(*row) for row in _SHAPES)),
    Rule("national cue", (in_re2(rf"\b(?:{_NAMES})\b"), DIGIT), _cued),
    Rule("national cue behind", (in_re2(rf"[\w./-]\s?\((?:{_NAMES})"), DIGIT), _named_behind),
    Rule("wallet", (r"bc1[02-9ac-hj-np-z]{8}|[134LM][1-9A-HJ-NP-Za-km-z]{25}|0x[0-9A-Fa-f]{40}",), _wallets),
)
"""National numbers and wallets."""
