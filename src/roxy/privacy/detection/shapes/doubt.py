"""What the model of names says that is not believed: keys, paths, ids, words of programs.

The model reads every text as if it were prose. In a payload or a log much is none, and what stands around a spot tells.
"""

import re

from roxy.privacy.detection import keys
from roxy.privacy.detection.names import names_no_one
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables import everyday
from roxy.privacy.detection.tables.words import listed

_KEY_AFTER = re.compile(r"\w{0,30}(?:[\"']\s?:|\s?=(?!=)|=>)")
_COLON = re.compile(r"\s?:(?!\s?//)")
_LINE_OF_KEY = re.compile(r"(?m)^[\"']?[\w.-]{2,40}(?: [\w-]{1,20}){0,3}[\"']?\s?[:=]")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITAL = re.compile(r"[^\W\d_a-z][^\W\d_]")
_DIGIT = re.compile(r"\d")
_IDENTIFIER = re.compile(r"\d{7}|\d-\d{5}|[0-9a-f]{8}-[0-9a-f]{4}|\d\.\d+\.\d|[=<{}\[\]]|(?<!\n)>|::|[^\s,]:\d")
_MADE = re.compile(r"\b(?=(?:[A-Za-z_-]{0,20}\d){6})[A-Za-z0-9_-]{8,}\b")
"""What a machine gave as a name: a word with six digits or more."""
_PIECE_BEFORE = re.compile(r"[\w.-]/$|[\\@#$<{]$|[\w]-$|\d[:.]$")
_FILE = re.compile(
    r"[^\s.]\.(?:com|org|net|edu|gov|io|docx?|html?|pdf|txt|xlsx?|pptx?|jpe?g|png|gif|zip|exe)\.?$", re.IGNORECASE
)
"""How a file or a domain ends."""
_FULL_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]+(?: [^\W\d_a-z](?:[^\W\d_]+|\.)){1,3}")
_PIECE_AFTER = re.compile(r"/[\w.-]|\\\w|\(|\.[a-z]{1,4}\b(?!\s)|_\w|::")
_NUMBERED = listed(
    "job build batch lot serial invoice order port page pages line lines ticket upc sku isbn etag sha version "
    "closed model pixel iphone galaxy windows chapter section step figure table rfc iso id no number item code "
    "error exit status took score game round level lap run task commit rev revision row column volume issue "
    "season episode part unit units"
)
"""What is numbered and has no address."""
_PROGRAM = listed(
    "traceback dockerfile makefile readme visa mastercard amex eur usd gbp chf jpy sek nok dkk pln driver lang "
    "sha md5 utc gmt json yaml html css sql http https api url uri uuid true false null none ok error warning "
    "info debug trace fatal get post put patch delete head mon tue wed thu fri sat sun"
)
_BRANDS = listed(
    "lexus saab toyota camry corolla chevy chevrolet cadillac buick pontiac hyundai mazda subaru volvo audi nissan "
    "acura chrysler mitsubishi renault peugeot citroen volkswagen bmw pepsi coke cola sprite fanta budweiser "
    "heineken guinness amstel nescafe nutella oreo doritos pringles kleenex tylenol advil prozac xanax viagra lego "
    "pokemon nike adidas reebok gucci rolex nikon kodak panasonic toshiba motorola nokia ericsson samsung sony "
    "lenovo intel nvidia ibm oracle mozilla firefox napster skype myspace craigslist wikipedia youtube facebook "
    "twitter reddit tumblr instagram tiktok whatsapp ebay yahoo bing netflix spotify paypal airbnb uber lyft "
    "walgreens walmart costco kmart safeway kroger tesco aldi lidl ikea starbucks chipotle hilton marriott sheraton "
    "hyatt amtrak eurostar fedex verizon comcast vodafone halliburton enron exxon texaco chevron valero nasdaq "
    "boeing airbus lufthansa ryanair pfizer novartis nestle unilever hezbollah hamas fatah taliban likud interpol "
    "unicef nato kremlin pentagon playstation xbox nintendo minecraft kindle"
)
"""Makers, products, bodies by whose name few people go."""
_DOINGS = listed(
    "mark bill will grant pat rob drew chase sue may bob skip wade rush ward page trace peg nick buck hunt spike lance "
    "chip frank hank jimmy josh tuck"
)
"""First names that a sentence may begin with as a verb: `Mark the task as done`."""
_DONE_TO = re.compile(
    r"\s(?:the|a|an|all|any|each|every|my|your|our|his|her|its|their|this|that|these|those|it|them|as)\b"
)
_TITLED = re.compile(r"\b[^\W\d_a-z][^\W\d_A-Z]{2,}")
_TITLES = 2
_WORDED = 4
"""So many words are an address even where capitals or a number before them speak against it."""
_SHORTEST_EVERYDAY = 4
"""Shorter everyday words of one language are names in another."""
_MEASURED = re.compile(
    r"\b\d{1,4}\s[x\u00d7]\s\d|\bM\d{1,2}\s?[x\u00d7]|\b\d{1,5}\s?(?:m?g|kg|m?l|cl|dl|oz|lbs?|[cmk]?m|tbsp|tsp|cups?"
    r"|[KMGT]i?B|[kMG]?Hz|ms|min|px|pcs)\b|\d\s?%"
)
_TIME_ZONE = re.compile(
    r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/[\w/+-]+"
)
"""A name of the IANA's time zone database."""
_SIGN = re.compile(r"[_@]|^[^\w(]")
_LATIN_1 = 0x250
_SHORTEST_STREET = 3
"""So long is some word of an address: `Nf3 Nc6` is chess."""
_TOLD = 2
_VERBS = listed("is are was were been has had have does did not import")
"""Words that stand in sentences and programs, and in no place's name."""


def believable(text: str, spot: Spot, *, theirs: bool = False) -> bool:
    """Whether what stands around a spot of the model lets it be a person, a place or an address.

    What a model of the user's own (`theirs`) calls an address is one, whatever it looks like.
    """
    value = text[spot.start : spot.end]
    if (_MADE.search(value) and not _is_worded(spot, value)) or _is_key(text, spot, value) or _is_piece(text, spot):
        return False
    if _is_everyday(value) or _TIME_ZONE.fullmatch(value) or _is_done(text, spot, value):
        return False
    if spot.type == "ADDRESS":
        return theirs or _may_be_address(value)
    return _may_be_name(value, spot.type)


def _is_everyday(value: str) -> bool:
    words = _WORD.findall(value)
    return max(map(len, words), default=0) >= _SHORTEST_EVERYDAY and everyday.WORDS.issuperset(map(str.lower, words))


def _is_done(text: str, spot: Spot, value: str) -> bool:
    """Whether a sentence begins with what is a verb here."""
    return spot.type == "PERSON" and value.lower() in _DOINGS and _DONE_TO.match(text, spot.end) is not None


def _is_worded(spot: Spot, value: str) -> bool:
    """Whether an address has words as addresses have, beside a number that a machine could have given."""
    return spot.type == "ADDRESS" and "=" not in value and len(_TITLED.findall(value)) >= _TITLES


def _is_key(text: str, spot: Spot, value: str) -> bool:
    if "=" in value or _KEY_AFTER.match(text, spot.end):
        return True
    if not _COLON.match(text, spot.end):
        return False
    return bool(keys.meaning(value)) or len(_LINE_OF_KEY.findall(text)) >= _TOLD


def _is_piece(text: str, spot: Spot) -> bool:
    """Whether it is a piece of a path, a call, an identifier. A full name may stand at a slash (`Ann Lee/London`)."""
    if spot.type == "PERSON" and _FULL_NAME.fullmatch(text, spot.start, spot.end):
        return text[spot.end : spot.end + 1] in {"(", "_"} or text[spot.end : spot.end + 2] == "::"
    before = text[max(0, spot.start - 2) : spot.start]
    return _PIECE_BEFORE.search(before) is not None or _PIECE_AFTER.match(text, spot.end) is not None


def _may_be_address(value: str) -> bool:
    words = _WORD.findall(value)
    if not words or max(map(len, words)) < _SHORTEST_STREET or _counts_things(words, value):
        return False
    if _IDENTIFIER.search(value) and len(_TITLED.findall(value)) < _TITLES:
        return False
    if max(value) >= chr(_LATIN_1):
        return True  # scripts that may have no capitals
    return (bool(_CAPITAL.search(value)) or len(words) >= _WORDED) and (bool(_DIGIT.search(value)) or "," in value)


def _counts_things(words: list[str], value: str) -> bool:
    return (words[0].lower() in _NUMBERED and len(words) < _WORDED) or _MEASURED.search(value) is not None


def _may_be_name(value: str, kind: str) -> bool:
    words = value.lower().split()
    if (
        words[0] in ("the", "a", "an", "my", "your")
        or _DIGIT.search(value)
        or _SIGN.search(value)
        or _FILE.search(value)
    ):
        return False
    if len(words) > 1:
        return kind != "LOCATION" or _VERBS.isdisjoint(words)
    word = words[0].strip(".,:;'\"")
    return not (word in _PROGRAM or word in _BRANDS or (kind == "PERSON" and names_no_one(word)))
