"""What the name of a key says about its value: `mobile` about a number, `full_name` about two words.

A key is split into words (`cardNumber`, `card-number` and `card_number` are the same); a table says what the words
mean; then the value must look like it, because `name`, `address`, `token` and `key` also name harmless things.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from roxy.privacy.detection.names import looks_like_name, name_words
from roxy.privacy.detection.spots import Spot

_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")

_MEANINGS: tuple[tuple[str, str], ...] = (
    # The first row that has all its words (a `|` between alternatives) in the key counts.
    ("email|ip|mac|wallet|memory|base|contract|network|file|url|web|bind|listen type|address", ""),
    ("email address", ""),
    ("ip|mac|wallet|memory|base|contract|network|web|bind|listen|server|host address|addr", ""),
    (
        "page|next|continuation|sync|cursor|pagination|resume|upload|change|count|type|max|min|stop|pad|eos|bos token",
        "",
    ),
    ("token|key|secret|password id|type|name|count|limit|length|size|field|path|file|hint|policy|url|uri", ""),
    ("public|primary|foreign|sort|partition|cache|issue|project|group|row|object|hot|map|translation key", ""),
    ("password|passwd|pwd|passphrase|passcode|authorization|credential|credentials|cookie", "PASSWORD"),
    ("auth header", "PASSWORD"),
    ("api|secret|access|private|auth|encryption|signing|service|account|client|license|app key|apikey", "KEY"),
    ("apikey|secret|secrets|token|key", "KEY"),
    ("pin|cvv|cvc|cvv2|csc|otp|mfa", "PIN"),
    ("card|cc number|no|num", "CREDIT_CARD"),
    ("pan|cardnumber|creditcard|ccn", "CREDIT_CARD"),
    ("credit|debit card", "CREDIT_CARD"),
    ("iban", "IBAN_CODE"),
    ("ssn|sin|nino|itin|pesel|bsn|cpf|aadhaar|curp", "US_SSN"),
    ("social security", "US_SSN"),
    ("national|tax|identity|personal|citizen|insurance id|number|no|identifier", "US_SSN"),
    ("passport", "PASSPORT"),
    ("driver|drivers|driving license|licence", "ID"),
    ("account|acct|routing|bank|sort number|no|num|code", "ACCOUNT"),
    ("dob|birthdate|birthday|birthdate|born|geburtsdatum", "DATE_OF_BIRTH"),
    ("birth date|day", "DATE_OF_BIRTH"),
    ("phone|mobile|tel|telephone|cell|cellphone|fax|msisdn|whatsapp|phones|landline", "PHONE_NUMBER"),
    ("file|path|user|host|domain|class|method|function|tool|server|table|column|branch|repo|field name", ""),
    ("display|screen|product|project|event|company|business|brand|model|city|country|state|street name", ""),
    ("full|first|last|given|family|middle|maiden|legal|preferred|birth|contact|customer|patient name", "PERSON"),
    ("fullname|firstname|lastname|surname|givenname|familyname|nickname|forename", "PERSON"),
    ("holder|cardholder|beneficiary|patient|passenger|guest|employee|spouse|payee|payer|attendee|attendees", "PERSON"),
    ("person|people|persons|contact|contacts|customer|client|recipient|sender|participant|participants", "PERSON"),
    (
        "owner|author|assignee|assigned|manager|reporter|reviewer|organizer|creator|host|speaker|invitee|invitees",
        "ROLE",
    ),
    ("name|names", "NAME"),
    ("address|addr|addresses|street|address1|address2|line1|postaladdress|streetaddress|homeaddress", "ADDRESS"),
    ("location|venue|place|destination|origin|from|to|where|pickup|dropoff", "PLACE"),
    ("version|ver|versions|build|release|revision|tag", "VERSION"),
    ("email|mail|emails|age|gender|sex|marital", "PERSONAL"),
)
_TABLE = tuple((tuple(frozenset(words.split("|")) for words in row.split()), meaning) for row, meaning in _MEANINGS)

TELLING_WORDS = sorted({word for alternatives, meaning in _TABLE if meaning for word in alternatives[0]})
"""Each key that says something has one of these words, in lower case."""

_TELLING = frozenset(
    {"PERSON", "PERSONAL", "DATE_OF_BIRTH", "US_SSN", "PHONE_NUMBER", "PASSPORT", "ADDRESS", "CREDIT_CARD", "IBAN_CODE"}
)
"""Keys that say: the object they are in is about a person, so its `name` is one."""

_THING_WORDS = (
    "title status due duedate priority labels tags repo path branch version command schema project folder file"
)
_THINGS = frozenset(_THING_WORDS.split())
"""Keys that say: the object they are in is a task, a file or a program, so its `name` is not a person's."""

_DIGIT = re.compile(r"\d")
_HOUSE_NUMBER = re.compile(r"(?<![\w.:/-])\d{1,5}(?:[/-]\d{1,5})?[A-Za-z]?(?![\w:/-]|\.\d)")
_DIALLED = re.compile(r"[+(]{0,2}\d(?:[ ().\-/]{0,3}\d){4,16}(?:\s?(?:x|ext\.?)\s?\d{1,5})?")
_WORD = re.compile(r"\w+")
_Check = Callable[[str, str], list[Spot]]
_PIN = re.compile(r"\d{3,8}")
_SHORTEST_SECRET = 3
_SHORTEST_KEY = 8
_LONGEST_NUMBER = 80
_LONGEST_PLACE = 200
_ADDRESS_WORDS = 3
_FULL_NAME = 2
_ADDRESS_COMMAS = 2
_NO_ADDRESS = re.compile(r"://|@|^[\d.:/]+$|^0x|^[\w.-]+:\d+$")
_PLACEHOLDER = re.compile(
    r"\$\{?\w+\}?|<[\w -]+>|\{\{?\s*\w+\s*\}?\}|\*+|(?i:null|none|true|false|undefined|string|required)"
)
_MIXED = re.compile(r"(?=.*[A-Za-z])(?=.*\d)\S{12,}|\S{24,}")


@lru_cache(maxsize=4096)
def words_of(key: str) -> frozenset[str]:
    """The words of a key in lower case, however they are joined."""
    return frozenset(word.lower() for word in _SPLIT.findall(key))


@lru_cache(maxsize=4096)
def meaning(key: str) -> str:
    """What a key's name says about its value; empty when it says nothing."""
    words = words_of(key) | {key.lower()}
    for row, said in _TABLE:
        if all(words & alternatives for alternatives in row):
            return said
    return ""


@lru_cache(maxsize=4096)
def secret_name(key: str) -> str:
    """What the mask of a secret under `key` is called."""
    return "_".join(word.lower() for word in _SPLIT.findall(key))[:64] or "secret"


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a secret: `${TOKEN}`, `<your key>`, `****`."""
    return _PLACEHOLDER.fullmatch(value) is not None


def judge(key: str, value: str, around: Iterable[str] = ()) -> list[Spot]:
    """The spots in `value` that follow from its `key` and the keys `around` it; offsets are within `value`."""
    said = meaning(key)
    if not said or not value.strip():
        return []
    check = _CHECKS.get(said)
    if check is not None:
        return check(key, value)
    if said in ("PERSON", "ROLE", "NAME"):
        return _person(said, value, around)
    return []


def judge_number(key: str) -> str:
    """The type of a number leaf that is personal by its key; empty when it is not."""
    said = meaning(key)
    if said in ("PASSWORD", "PIN"):
        return "SECRET"
    numbers = ("CREDIT_CARD", "US_SSN", "PASSPORT", "ACCOUNT", "DATE_OF_BIRTH", "PHONE_NUMBER")
    return said if said in numbers else ""


def _whole(value: str, kind: str, score: float = 0.9) -> list[Spot]:
    return [Spot(0, len(value), kind, score)]


def _secret(key: str, value: str) -> list[Spot]:
    bare = value.strip()
    if is_placeholder(bare) or len(bare) < _SHORTEST_SECRET:
        return []
    return [Spot(0, len(value), "SECRET", 1.0, secret_name(key))]


def _key(key: str, value: str) -> list[Spot]:
    """Keys and tokens: only what looks made by a machine, since `key: "title"` is common."""
    bare = value.strip()
    strong = "_" in secret_name(key) and len(bare) >= _SHORTEST_KEY and " " not in bare
    return _secret(key, value) if strong or _MIXED.fullmatch(bare) else []


def _pin(key: str, value: str) -> list[Spot]:
    return _secret(key, value) if _PIN.fullmatch(value.strip()) else []


def _number(least: int, kind: str) -> _Check:
    """A check that wants `least` digits, and takes what stands from the first to the last letter or digit."""

    def check(_key: str, value: str) -> list[Spot]:
        if len(_DIGIT.findall(value)) < least or len(value) > _LONGEST_NUMBER:
            return []
        return _whole(value, kind)

    return check


def _phone(_key: str, value: str) -> list[Spot]:
    return [Spot(*found.span(), "PHONE_NUMBER", 0.9) for found in _DIALLED.finditer(value)]


def _address(_key: str, value: str) -> list[Spot]:
    if _NO_ADDRESS.search(value) or not any(map(str.isalpha, value)):
        return []
    return _whole(value, "ADDRESS") if _DIGIT.search(value) or value.count(",") >= _ADDRESS_COMMAS else []


def _place(_key: str, value: str) -> list[Spot]:
    """A place is an address when it has a house number among at least three words; a city passes."""
    spoken = value.replace("\\n", "\n")
    words = len(_WORD.findall(spoken))
    listed = "," in spoken or "\n" in spoken or words >= _ADDRESS_WORDS + 1
    if len(value) > _LONGEST_PLACE or words < _ADDRESS_WORDS or not listed or _NO_ADDRESS.search(value):
        return []
    return _whole(value, "ADDRESS", 0.7) if _HOUSE_NUMBER.search(spoken) else []


_CHECKS: dict[str, _Check] = {
    "PASSWORD": _secret,
    "KEY": _key,
    "PIN": _pin,
    "CREDIT_CARD": _number(8, "CREDIT_CARD"),
    "IBAN_CODE": _number(6, "IBAN_CODE"),
    "US_SSN": _number(6, "US_SSN"),
    "PASSPORT": _number(5, "PASSPORT"),
    "ID": _number(4, "ID"),
    "ACCOUNT": _number(5, "ACCOUNT"),
    "DATE_OF_BIRTH": _number(4, "DATE_OF_BIRTH"),
    "PHONE_NUMBER": _phone,
    "ADDRESS": _address,
    "PLACE": _place,
}


def _person(said: str, value: str, around: Iterable[str]) -> list[Spot]:
    if not looks_like_name(value):
        return []
    capitals = name_words(value)
    if said == "PERSON" and (capitals or " " in value.strip()):
        return _whole(value, "PERSON")
    if said == "NAME":
        if any(meaning(other) in _TELLING for other in around):
            return _whole(value, "PERSON")
        if any(map(_THINGS.intersection, map(words_of, around))):
            return []
    return _whole(value, "PERSON", 0.6) if capitals >= _FULL_NAME else []
