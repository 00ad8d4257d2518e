"""What words announce: dates of birth, passports, licences, records, accounts, plates, and where somebody lives."""

import re
from collections.abc import Iterator

from roxy.privacy.detection.prefilter import DIGIT, Rule, in_re2
from roxy.privacy.detection.spots import Spot

MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|m\u00e4r|mai|okt|dez|f\u00e9v|avr|jui|ao\u00fb|d\u00e9c|ene|abr|ago"
    r"|dic|gen|mag|giu|lug|sett|ott|fev|set|out|mrt|maa|mei|sty|lut|kwi|maj|cze|lip|sierp|wrze|pa\u017a|listop|gru|tammi"
    r"|helmi|huhti|touko|kes\u00e4|hein\u00e4|elok|syys|loka|marras|joulu)[^\W\d_]{0,9}\.?"
)
_DATE = (
    rf"(?:the\s)?(?:(?:19|20)\d{{6}}(?!\d)|[0-3]\d[01]\d(?:19|20)\d\d(?!\d)|\d{{4}}\u5e74\d{{1,2}}\u6708\d{{1,2}}\u65e5"
    rf"|[0-3]?\d\s[01]?\d\s(?:19|20)\d\d|(?:19|20)\d\d\s[01]?\d\s[0-3]?\d(?!\d)"
    rf"|\d{{1,4}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?\d{{1,4}}(?:T\d\d:\d\d(?::\d\d)?(?:\.\d{{1,6}})?Z?)?"
    rf"|{MONTH}\s\d{{4}}|{MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s\d{{4}})?|[01]?\d/(?:19|20)\d\d"
    rf"|\d{{1,2}}[./-]?{MONTH}[./-]?\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|\u00ba|\u00b0)?(?:\sof|\sde|\sd['\u2019])?\s?{MONTH},?(?:\s(?:de\s|del\s)?\d{{4}})?"
    rf"|\d{{1,2}}\.?\s(?:de\s)?[^\W\d_]{{3,12}}\.?,?\s(?:de\s|del\s)?\d{{4}}"
    rf"|\d{{4}}\.\s?[^\W\d_]{{3,12}}\s\d{{1,2}}\.?)"
)
_NUMBER = (
    r"(?:\s(?:number|no\.?|num|nr\.?|id|code|\x23|n[\u00b0\u00ba]|nummer|num\u00e9ro))?(?:\s(?:is|was|would\sbe|will\sbe|lautet"
    r"|ist|est|es|\u00e8|\u00e9|er|on))?"
    r"\s{0,3}[:=\x23]?\s{0,3}"
)
_BORN = (
    r"(?:born(?:\son)?|dob|d\.o\.b\.?|birth[\s_-]?da(?:te|y)|date[\s_-]of[\s_-]birth|geboren(?:\sam|\sop)?|geb\."
    r"|geburtsdatum|geburtstag|n\u00e9e?|date[\s_](?:de[\s_])?naissance|(?:mon|son)\sanniversaire|nacid[oa]|nac\u00ed|naci\u00f3"
    r"|fecha[\s_](?:de[\s_])?nacimiento|(?:mi|su)\scumplea\u00f1os|(?-i:[nN]at[oa])|data[\s_](?:di[\s_])?nascita|compleanno|nascid[oa]|nasci|nasceu"
    r"|data[\s_](?:de[\s_])?nascimento|meu\sanivers\u00e1rio|geboortedatum|verjaardag|f\u00f8dt|f\u00f8dselsda(?:to|g)(?:en)?"
    r"|f\u00f6dd|f\u00f6delseda(?:tum|g)|fodt|urodzon[ya]|urodzi\u0142(?:em|am|a)?\ssi\u0119|data[\s_]urodzenia|ur\."
    r"|syntynyt|syntym\u00e4(?:aika|p\u00e4iv\u00e4)(?:ni|ns\u00e4|nsa)?|narozen[a\u00e1]?"
    r"|datum\snarozen\u00ed|sz\u00fcletett|n\u0103scut[\u0103a]?|do\u011fum\starihi|ro\u0111en[a]?)"
    r"(?:\s(?:(?-i:[A-Z])[\w'\u2019-]{1,20},?\s){1,3}|\s(?:of|for|in|a|\u00e0|en|te|em|i|w|we|zu|at)\s[^\W\d_][^\d\n;!?]{0,40}?)?"
    r"(?:,?\s?\b(?:is|was|in|on|to|am|el|le|il|em|a|den|der|dia|dnia|the|est|es|ist|\u00e8|\u00e9|\u00e4r|er|op|d\.|verified"
    r"|confirmed|given|listed|recorded|provided|on\sfile|you|we|i|he|she|gave|has|have|reads|says|shows|as)){0,4}"
    r"\s{0,3}[:=?(/\u2013-]?\s{0,3}(?:(?:caller|customer|client|user|guest|patient|me|b|a)\s?:\s)?"
)
_LIVES = r"""my\s(?:home\s|postal\s|new\s|current\s)?address(?:\sis|:)?
    | (?:i|we|s?he|they)\slives?\s(?:at|in) | lives?\sat | resid(?:ing|es?)\s(?:at|in) | home\sat | meet\sme\sat
    | living\sat
    | (?:ship(?:ped)?|deliver(?:ed)?|mail(?:ed)?|sen[dt]|return|taxi|cab|ride|parcel|package|letter)
      (?:\s(?:it|this|them|me|a\snew\sone|the\s\w{2,12}|my\s\w{2,12}))?\sto
    | (?:billing|shipping|mailing|postal|home|delivery)\saddress(?:\s(?:is|with|to))?
    | pick(?:\sme)?\sup\s(?:at|from) | address\sto
    | (?:meine?|unsere?|seine?|ihre?)\s(?:neue\s)?(?:adresse|anschrift)\s(?:ist|lautet)
    | wohnhaft\sin | wohn[te]{1,2}\sin
    | (?:mon|son|notre)\sadresse\s?(?:est|:) | (?:j['\u2019]habite|habite|domicili\u00e9e?)(?:\sau|\s\u00e0)?
    | mi\sdirecci\u00f3n\ses | (?:vivo|vive)\sen | il\smio\sindirizzo\s\u00e8 | (?:abito|abita)\s(?:in|a)
    | meu\sendere\u00e7o\s\u00e9
    | mijn\sadres\sis | (?:ik\s)?woon(?:t|achtig)?\sop | m\u00f3j\sadres\sto | min\sadress\s\u00e4r | osoitteeni\son"""
_ADDRESS = re.compile(
    rf"\b(?:{_LIVES})\s{{0,3}}[:=]?\s{{0,3}}(?P<value>(?=[^?!;]{{0,60}}\d)[^;?!<>\"{{}}]{{8,180}})",
    re.IGNORECASE | re.VERBOSE,
)
_GOES_ON = re.compile(
    r"\s(?:and|but|for|before|so|because|when|which|please|who|und|et|y|e|thanks|thank|after|until|where|with)\b"
    r"|\.(?=\s[A-Z]?[a-z]*\s|\s*$)(?<!\b[A-Za-z]\.)(?<!\b[A-Za-z]{2}\.)(?<!\b[A-Za-z]{3}\.)(?<!str\.)(?<!\d\.)"
    r"|(?:,\s|\n)(?:tel|telefon|telephone|phone|mobile|email|e-mail|thanks|please|t\u00e9l)\b|\n\n|:\s|@"
    r"|(?<=\d)\.(?=\s|$)",
    re.IGNORECASE,
)
_JOINS = (
    r"(?:[\s_,(:/-]{1,3}(?:(?:numbers?|num|no|nr|nummer|num\u00e9ro|n\u00famero|numero|numer|numerem|n|id|code|holder|book|copy|card|with|bearing"
    r"|under|again|reads|says|as|has|is|was|would|will|be|the|hat|die|der|mit|lautet|ist|porte|le|avec|est|tiene|el|con"
    r"|es|ha|il|\u00e8|com|tem|o|\u00e9|heeft|met|het|ma|z|to|med|har|\u00e4r|er|on)\b|n\s?\.?\s?[o\u00b0\u00ba]|\u2116|\#)\.?)"
)
_PASSPORT = (
    r"(?:passport(?:number|no|nr|id|num)?|reisepass(?:nummer)?|passnummer|pass?[\s-]nr|passeport|pasaporte|passaporto|passaporte"
    r"|paspoort(?:nummer)?|paszport(?:u)?|pasnummer|passi\b|passin\b|passinumero|travel\sdocument)(?:['\u2019]s)?"
    rf"{_JOINS}{{0,4}}(?:\s(?:of|from|for|von|de|di|van|issued\s(?:in|by|at))(?:\s[^\W\d_][\w'\u2019-]{{0,20}}){{1,3}}?)?"
    rf"{_JOINS}{{0,4}}[\s:=\#(,.?/-]{{0,4}}"
)
_PASSPORT_NUMBER = (
    r"(?:(?-i:(?=\D{0,4}\d(?:\D?\d){6})(?:[A-Z]{1,3}[ -]?)?\d{2,3}(?:\s\d{2,7}){1,3}|[A-Z]{1,3}[ -]\d{6,8}"
    r"|\d\d\s[A-Z]{2}\s\d{5}|(?=(?:[A-Z ]{0,4}\d){4})[A-Z\d]{3}(?:\s[A-Z\d]{3}){2})"
    r"|(?=(?:[A-Z]{0,4}\d){4})[A-Z0-9]{6,10})(?!\w)"
)
_ROWS: tuple[tuple[str, float, str, str], ...] = (
    ("DATE_OF_BIRTH", 0.9, _BORN, _DATE),
    (
        "PASSPORT", 0.9, _PASSPORT, _PASSPORT_NUMBER,
    ),
    (
        "ACCOUNT", 0.8,
        (
            rf"(?:(?:bank|checking|savings)\s)?(?:account|acct|kontonummer|konto|num\u00e9ro\sde\scompte|compte"
            rf"|cuenta|conto|conta|rekeningnummer)"
            rf"{_NUMBER}"
        ),
        r"\d(?:[ -]?\d){6,16}(?!\w)",
    ),
    ("ACCOUNT", 0.8, rf"(?:routing|sort\scode|aba|bsb){_NUMBER}", r"\d(?:[ -]?\d){5,8}(?!\w)"),
    (
        "ID", 0.8,
        rf"(?:driver['\u2019]?s?['\u2019]?\s|driving\s)?licen[sc]e(?:\splate)?{_NUMBER}",
        r"(?=[\w-]{0,10}\d{3})[A-Z0-9](?:[A-Z0-9]|-(?=[A-Z0-9])){5,20}(?!\w)",
    ),
    (
        "ID", 0.8,
        (
            rf"(?:f\u00fchrerschein(?:nummer)?|permis\sde\sconduire|carn\u00e9\sde\sconducir"
            rf"|patente(?:\sdi\sguida)?|rijbewijs(?:nummer)?|prawo\sjazdy){_NUMBER}"
        ),
        r"(?=\w{0,10}\d{3})[A-Z0-9-]{5,20}(?!\w)",
    ),
    (
        "ID", 0.8,
        (
            rf"(?:mrn|(?:medical|health)\srecord|patient|medicare|health\s(?:insurance|card)|insurance\s(?:member"
            rf"|policy)|member\sid|policy){_NUMBER}"
        ),
        r"(?=[\w-]{0,6}\d{3})[A-Z0-9][A-Z0-9-]{4,15}(?!\w)",
    ),
    (
        "ID", 0.8,
        (
            rf"(?:licen[sc]e\splate|number\splate|registration\splate|(?:my|his|her|their|our|car|vehicle|with(?:\sthe)?|has(?:\sthe)?)\splates?|kennzeichen|immatriculation"
            rf"|matr\u00edcula|kenteken){_NUMBER}(?:\sis\s)?"
        ),
        r"(?=[A-Z0-9 -]{0,7}\d)[A-Z0-9]{1,4}[ -]?[A-Z0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4})?(?!\w)",
    ),
)  # fmt: skip
_BORN_AFTER = re.compile(
    rf"\b(?:am|op|den|le|el|il)\s(?P<value>{_DATE})\s(?:geboren|f\u00f8dt|f\u00f6dd)", re.IGNORECASE
)
_BORN_IN_BRACES = re.compile(
    r"(?:\((?:b\.|ur\.|n\.|s\.|f\.|\*)|(?<=[^\W\d_]),\s\*)\s?(?P<value>\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d"
    r"|\d{1,2}\.?\s[^\W\d_]{3,12}\.?\s(?:19|20)\d\d|[^\W\d_]{3,12}\s\d{1,2},\s(?:19|20)\d\d)(?!\w|\s?\*)"
)
"""As in lists of people: `Ann Lee (b. 14 March 1987)`, `Ann Lee, * 14.03.1987`."""
_SHORTEST = 8


def _value(kind: str, score: float, pattern: re.Pattern[str]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    def find(text: str) -> Iterator[Spot]:
        for found in pattern.finditer(text):
            yield Spot(*found.span("value"), kind, score)

    return find


def _addresses(text: str) -> Iterator[Spot]:
    """What follows the words, up to where the sentence goes on with something else."""
    for found in _ADDRESS.finditer(text):
        value = found["value"]
        stop = _GOES_ON.search(value, 4)
        value = (value[: stop.start()] if stop else value).rstrip(" ,.\n")
        if len(value) >= _SHORTEST and any(map(str.isdigit, value)):
            yield Spot(found.start("value"), found.start("value") + len(value), "ADDRESS", 0.8)


RULES = (
    *(
        Rule(
            f"cue {kind}",
            (in_re2(cue), DIGIT),
            _value(kind, score, re.compile(rf"\b{cue}(?P<value>{value})", re.IGNORECASE)),
        )
        for kind, score, cue, value in _ROWS
    ),
    Rule("cue born", ("(?i:geboren|f\u00f8dt|f\u00f6dd)", DIGIT), _value("DATE_OF_BIRTH", 0.9, _BORN_AFTER)),
    Rule(
        "cue born, brief",
        (r"(?:\((?:[bfns]|ur)\.|\(\*|,\s\*)\s?(?:[0-9]|\pL)", DIGIT),
        _value("DATE_OF_BIRTH", 0.9, _BORN_IN_BRACES),
    ),
    Rule("cue ADDRESS", (in_re2(_LIVES), DIGIT), _addresses),
)
"""Values that words announce."""
