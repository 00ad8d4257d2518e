"""What belongs to one person and tells who it is: devices, vehicles, and where a home lies.

A hardware address tells itself; the other numbers only with a word or a key beside them, or by a checksum.
"""

import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection.prefilter import DIGIT, SPACE, Rule, any_of, needing
from roxy.privacy.detection.spots import Spot

_MAC = re.compile(
    r"(?<![\w:.-])[0-9A-Fa-f]{2}(?P<sign>[:-])(?:[0-9A-Fa-f]{2}(?P=sign)){4}[0-9A-Fa-f]{2}(?![\w:-]|\.\w)"
    r"|(?<![\w.])[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w.])"
)
_NO_DEVICE = re.compile(
    r"^(?:00[:-]00[:-]5e|00[:-]00[:-]00|01[:-]00[:-]5e|33[:-]33|ff[:-]ff|de[:-]ad[:-]be|01[:-]23[:-]45|aa[:-]bb[:-]cc|11[:-]22[:-]33)",
    re.IGNORECASE,
)
"""Groups, documentation (RFC 7042), and what is written for an example."""
_IS = (
    r"(?:\s(?:number|no\.?|nr\.?|num|code|of\s(?:the\s|my\s|his\s|her\s|our\s)?(?:[\w-]{1,16}\s){0,3}?[\w-]{1,16}))?"
    r"(?:\s(?:is|was|ist|lautet|est|es|\u00e8|\u00e9))?[\s:=\#\"'(]{1,4}"
)
_VIN = re.compile(
    rf"\b(?:vin|fin|chassis|fahrgestellnummer|vehicle\sidentification\snumber){_IS}(?P<value>[A-HJ-NPR-Z0-9]{{17}})(?!\w)",
    re.IGNORECASE,
)
_BARE_VIN = re.compile(
    r"(?<![\w.-])(?=[A-Z0-9]{0,11}[A-Z])[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{4}\d{4}(?![\w-]|\.\w)"
)
_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_DEVICE = re.compile(
    rf"\b(?:imei|imsi|iccid|meid|eid|serial\sof\smy\s\w{{2,16}}){_IS}(?P<value>\d(?:[ -]?\d){{13,21}})(?!\w)",
    re.IGNORECASE,
)
_PLATE = re.compile(
    rf"\b(?:(?:car|vehicle|van|lorry|motorbike|license|licence|number|registration|reg)\s(?:reg(?:istration)?|plates?|number|no\.?)"
    rf"|registration|(?:my|his|her|their|our)\splates?|kennzeichen|nummernschild|immatriculation|plaque|matr\u00edcula|targa|kenteken|rejestracyjny)"
    rf"{_IS}(?P<value>(?=[A-Z0-9 -]{{0,8}}\d)(?=[A-Z0-9 -]{{0,8}}[A-Z])"
    rf"[A-Z0-9]{{1,4}}(?:[ -][A-Z0-9]{{1,4}}){{0,3}})(?![\w-])"
)
_PAIR = r"[-+]?\d{1,3}\.\d{3,9}\s?\u00b0?\s?[NSns]?\s?[,;/ ]\s?[-+]?\d{1,3}\.\d{3,9}\s?\u00b0?(?:\s?[EWew]\b)?"
_HOME = re.compile(
    r"(?:\b(?:home|house|flat|apartment|i\slive|we\slive|i\sam|i['\u2019]m|my\s(?:place|location|position|address)|our\splace|lives?|meet\sme|pick\sme\sup"
    r"|zuhause|wohne|maison|domicile|chez\smoi|casa|thuis|hjem)\b[^\d\n]{0,40}?)" + rf"(?P<value>{_PAIR})(?![\w.])",
    re.IGNORECASE,
)


def _macs(text: str) -> Iterator[Spot]:
    for found in _MAC.finditer(text):
        if not _NO_DEVICE.match(found[0]) and len(set(found[0].lower())) > 3:  # noqa: PLR2004 - 22:22:22:… is no device
            yield Spot(*found.span(), "ID", 0.8)


def _vins(text: str) -> Iterator[Spot]:
    """Vehicles, by the check digit that North America asks for (ISO 3779, 49 CFR 565)."""
    for found in _BARE_VIN.finditer(text):
        total = sum(_VIN_VALUES[sign] * weight for sign, weight in zip(found[0], _VIN_WEIGHTS, strict=True))
        if found[0][8] == "0123456789X"[total % 11] and sum(map(str.isalpha, found[0])) > 2:  # noqa: PLR2004 - a number else
            yield Spot(*found.span(), "ID", 0.7)


def _cued(pattern: re.Pattern[str], kind: str) -> Callable[[str], Iterator[Spot]]:
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span("value"), kind, 0.8)

    return find


RULES = needing(
    DIGIT,
    (
        Rule(
            "MAC",
            (r"[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",),
            _macs,
        ),
        Rule("vehicle", (r"[A-HJ-NPR-Z0-9]{17}",), _vins),
        Rule(
            "vehicle after",
            (r"(?i:\b(?:vin|fin|chassis|fahrgestellnummer|vehicle)\b)",),
            _cued(_VIN, "ID"),
        ),
        Rule(
            "device after",
            (r"(?i:\b(?:imei|imsi|iccid|meid|eid|serial)\b)",),
            _cued(_DEVICE, "ID"),
        ),
        Rule(
            "plate after",
            (
                any_of(
                    (
                        "plate",
                        "regist",
                        "reg ",
                        "kennz",
                        "schild",
                        "immat",
                        "plaque",
                        "matr",
                        "targa",
                        "kentek",
                        "rejest",
                    )
                ),
                "[0-9]",
            ),
            _cued(_PLATE, "ID"),
        ),
        Rule(
            "home",
            (rf"[0-9]\.[0-9]{{3,9}}{SPACE}?.?{SPACE}?[NSns]?{SPACE}?[,;/ ]{SPACE}?[-+]?[0-9]{{1,3}}\.[0-9]{{3}}",),
            _cued(_HOME, "ADDRESS"),
        ),
    ),
)
"""Devices, vehicles and homes."""
