"""What the name of a key says about its value: `mobile` about a number, `full_name` about two words.

A key is split into words (`cardNumber`, `card-number` and `card_number` are the same, accents do not count); the table
of meanings says what the words mean; then the value must look like it, because `name`, `address`, `token` and `key`
also name harmless things. A key that says nothing itself (`number`, `home`, `first`) borrows from the object it is in.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from roxy.privacy.detection.credentials.made import is_placeholder, looks_like_password, looks_random
from roxy.privacy.detection.names import looks_like_name, name_words
from roxy.privacy.detection.shapes import told
from roxy.privacy.detection.shapes.handles import handle, made_handle
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables import meanings, passwords
from roxy.privacy.detection.tables.properties import PROPERTIES
from roxy.privacy.detection.tables.words import listed

_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\dA-Za-z_]+")
_LETTERS = str.maketrans({"æ": "ae", "Æ": "Ae", "ß": "ss", "œ": "oe"}) | str.maketrans("øØłŁđĐð\u0131", "oOlLdDdi")
_ROWS = tuple(
    (" ".join(phrase.split()), meaning)
    for meaning, row in (*meanings.ROWS, *passwords.KEYS)
    for phrase in row.split("|")
)
_STEMS = tuple((phrase[1:], meaning) for phrase, meaning in _ROWS if phrase.startswith("~"))
TELLING_WORDS = sorted(
    {phrase.rpartition(" ")[2] for phrase, meaning in _ROWS if meaning and phrase.isascii() and phrase[0] != "~"}
    | {stem.rstrip("$") for stem, _ in _STEMS}
)
"""Each key in ASCII that says something has one of these words, in lower case."""
_LONGEST_PHRASE = 6
_BORROWS = listed(
    "number no num nr value val values answer response reply data content home work mobile private business primary "
    "secondary main default first last given family "
    "middle full raw text formatted display line lines name code personal office current previous permanent lat lng "
    "lon latitude longitude coordinates"
)
"""Keys that say nothing alone: in the object `passport`, `number` is the passport's."""
_OF_DATES = frozenset((word,) for word in listed("date on year start iso datum dato data fecha"))
"""What a date is called in the object `birth`."""
_WEAK = frozenset({"", "NAME", "GIVEN", "FAMILY", "PHONE_NUMBER"})
"""Meanings that give way to what the object says."""
_OTHERWISE = frozenset({"DOCUMENT", "PERSON", "PLACE"})
_KEPT = (("GIVEN", "PERSON"), ("FAMILY", "PERSON"))
_HALVES = frozenset({"first", "last", "given", "family", "middle", "ime", "nick"})
"""Halves of a name that also name other things: believed when the other half stands beside them."""
_FONTS = frozenset({"font", "size", "weight", "style", "css"})

_TELLING = listed(
    "PERSON GIVEN FAMILY PERSONAL DATE_OF_BIRTH US_SSN PHONE_NUMBER PASSPORT ADDRESS CREDIT_CARD IBAN_CODE"
)
"""Keys that say: the object they are in is about a person, so its `name` is one."""

_THINGS = listed(
    "title status due duedate priority labels tags repo path branch version command schema project folder file type "
    "parameters properties arguments price sku code"
)
"""Keys that say: the object they are in is a task, a file or a program, so its `name` is not a person's."""

_DIGIT = re.compile(r"\d")
_HOUSE_NUMBER = re.compile(r"(?<![\w.:/-])\d{1,5}(?:[/-]\d{1,5})?[A-Za-z]?(?![\w:/-]|\.\d)")
_WORD = re.compile(r"\w+")
_ZIP = re.compile(r"\s*(?=\D{0,6}\d)[\w\u3012][\w \u2010-\u2015-]{1,11}\s*")
_PLACE_NAME = re.compile(r"[^\W\d_][^\d_:;=@/\\<>{}\[\]|!?]{1,60}")
_NO_PLACES = listed(
    "remote online zoom teams office home virtual tbd tba none null unknown header query body path here there default "
    "local global left right top bottom center centre start end inline static internal external"
)
_ANYWHERE = frozenset({"from", "to", "where", "near"})
_COMMAS = frozenset(",\n")
_NOBODY = listed(
    "none null unknown undefined anonymous admin root user guest default test true false string optional required n/a "
    "everyone all anyone system bot nobody self me"
)
_FIRM = re.compile(
    r"(?:^|\W)(?:inc|ltd|llc|gmbh|corp|co|ag|s\.?a\.?|plc|bv|oy|ab|kg|sarl|team|group|company|bank|university)\.?$",
    re.IGNORECASE,
)
_Check = Callable[[str, str], list[Spot]]
_PIN = re.compile(r"\d{3,8}")
_DEGREES = re.compile(r"\s*[-+]?\d{1,3}\.\d{2,12}(?:\s?[,;/ ]\s?[-+]?\d{1,3}\.\d{2,12})?\s*")
_SHORTEST_SECRET = 3
_SHORTEST_KEY = 8
_LONGEST_NUMBER = 80
_LONGEST_PLACE = 200
_ADDRESS_WORDS = 3
_FULL_NAME = _ADDRESS_COMMAS = 2
_NO_ADDRESS = re.compile(
    r"[0-9a-f]{1,4}:[0-9a-f]{1,4}:|[0-9a-f]{8}-[0-9a-f]{4}-|://|@|^[\d.:/]+$|^0x"
    r"|^[\w.-]+:[\w.-]+$|^v?\d+(?:\.\d+){2}|^[$?:]\d{0,3}(?:\s|$)"
)
_PAN_OF_INDIA = re.compile(r"[A-Z]{5}\d{4}[A-Z]")


@lru_cache(maxsize=4096)
def _spelled(key: str) -> tuple[str, ...]:
    """The words of a key in their order, in lower case and without accents; digits are left out."""
    if not key.isascii():
        decomposed = unicodedata.normalize("NFKD", key.translate(_LETTERS))
        key = unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))
    return tuple(word.casefold() for word in _SPLIT.findall(key))


_PHRASES = {
    phrase if phrase.isascii() else " ".join(_spelled(phrase)): meaning
    for phrase, meaning in reversed(_ROWS)
    if phrase[0] != "~"
}


@lru_cache(maxsize=4096)
def words_of(key: str) -> frozenset[str]:
    """The words of a key in lower case, however they are joined."""
    return frozenset(_spelled(key))


@lru_cache(maxsize=4096)
def meaning(key: str) -> str:
    """What a key's name says about its value; empty when it says nothing."""
    words = _spelled(key)[-_LONGEST_PHRASE - 2 :]
    size, end, said = max(_known(words), key=lambda known: known[:2], default=(0, 0, ""))
    if not size:
        joined = "".join(words)
        return _PHRASES.get(joined) or next((stemmed for stem, stemmed in _STEMS if _has(joined, stem)), "")
    return "" if end < len(words) and words[-1] in PROPERTIES else said


def _has(joined: str, stem: str) -> bool:
    ends = stem.endswith("$")
    return joined.endswith(stem[:-1]) and not joined.startswith("no") if ends else stem in joined


def _known(words: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    """The phrases of the table that stand in a key: how many words, where they end, what they say."""
    for end in range(1, len(words) + 1):
        for start in range(max(0, end - _LONGEST_PHRASE), end):
            said = _PHRASES.get(" ".join(words[start:end]))
            if said is not None:
                yield end - start, end, said


@lru_cache(maxsize=4096)
def secret_name(key: str) -> str:
    """What the mask of a secret under `key` is called: a name that says again that it is a secret."""
    name = "_".join(word for word in _spelled(key) if word.isascii())[:64]
    return name if meaning(name) in ("PASSWORD", "KEY", "PIN") else "secret"


def judge(key: str, value: str, around: Iterable[str] = ()) -> list[Spot]:
    """The spots in `value` that follow from its `key` and the keys `around` it; offsets are within `value`.

    The last of `around` is the key of the object that `key` is in.
    """
    if not value or value.isspace():
        return []
    beside = tuple(around)
    key, said = _borrowed(key, beside)
    if not said:
        return []
    if said in _OTHERWISE and (found := _otherwise(said, value, beside)):
        return found
    check = _CHECKS.get(said)
    if check is not None:
        return check(key, value)
    if said not in ("PERSON", "GIVEN", "FAMILY", "ROLE", "NAME"):
        return []
    handles = made_handle(value) if said in ("PERSON", "ROLE") else []
    return handles or _person(key, said, value, beside)


def _otherwise(said: str, value: str, around: Iterable[str]) -> list[Spot]:
    """What a paper, a person or a place turns out to be by the keys beside it."""
    if said == "DOCUMENT":
        return told.document(value) if _told(said, around) else []
    return told.recipient(value, frozenset(word for other in around for word in words_of(other)))


def tells(key: str, around: Iterable[str] = ()) -> bool:
    """Whether a key says anything about its value, alone or with those around it."""
    return bool(key and _borrowed(key, tuple(around))[1])


def _borrowed(key: str, around: tuple[str, ...]) -> tuple[str, str]:
    """The key with what it takes from the object it is in, and what it says then."""
    said = meaning(key)
    words = _spelled(key)
    above = around[-1] if around else ""
    if said not in _WEAK:
        return key, said
    if above not in ("", key):
        if words[-1:] in _OF_DATES and meaning(above) == "DATE_OF_BIRTH":
            return above, "DATE_OF_BIRTH"
        whole, lent = _lent(above, key, words)
        if lent:
            return whole, said if (said, lent) in _KEPT else lent
    return key, _other_half(key, around) if not said and _is_half(words) else said


def _borrows(words: tuple[str, ...]) -> bool:
    return not words or words[-1] in _BORROWS


def _lent(above: str, key: str, words: tuple[str, ...]) -> tuple[str, str]:
    """What a key means together with that of its object: `number` in `passport`, `first` in `name`; else nothing."""
    if not _borrows(words):
        return key, ""
    whole = f"{above} {key}"
    lent = meaning(whole)
    if lent == "NAME":
        return (key, "GIVEN") if _is_half(words) else (key, "")
    return whole, lent


def _is_half(words: tuple[str, ...]) -> bool:
    return len(words) == 1 and words[0] in _HALVES


def _other_half(key: str, around: tuple[str, ...]) -> str:
    return "GIVEN" if any(_half_key(other) for other in around if other != key) else ""


def _half_key(key: str) -> bool:
    return _is_half(_spelled(key)) or meaning(key) in ("GIVEN", "FAMILY")


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


def _maybe_secret(key: str, value: str) -> list[Spot]:
    """`pass` and `clave` name other things, too: what nobody would write but as a password."""
    return _secret(key, value) if looks_like_password(value.strip()) and " " not in value.strip() else []


def _key(key: str, value: str) -> list[Spot]:
    """Keys and tokens: `api_key` holds one whatever it looks like, `key` and `token` only what a machine made."""
    bare = value.strip()
    if len(bare) < _SHORTEST_KEY or " " in bare:
        return []
    words = _spelled(key)
    sure = len(words) > 1 or words[-1:] in (("secret",), ("apikey",))
    return _secret(key, value) if sure or looks_random(bare) else []


def _pin(key: str, value: str) -> list[Spot]:
    return _secret(key, value) if _PIN.fullmatch(value.strip()) else []


def _number(least: int, kind: str) -> _Check:
    """A check that wants `least` digits, and takes what stands from the first to the last letter or digit."""

    def check(_key: str, value: str) -> list[Spot]:
        if len(_DIGIT.findall(value)) < least or len(value) > _LONGEST_NUMBER:
            return []
        return _whole(value, kind)

    return check


def _identity(_key: str, value: str) -> list[Spot]:
    enough = len(_DIGIT.findall(value)) >= 5 or _PAN_OF_INDIA.fullmatch(value.strip())  # noqa: PLR2004 - digits
    return _whole(value, "US_SSN") if enough and len(value) <= _LONGEST_NUMBER else []


def _card(_key: str, value: str) -> list[Spot]:
    if _PAN_OF_INDIA.fullmatch(value.strip()):
        return _whole(value, "US_SSN")
    return _whole(value, "CREDIT_CARD") if len(_DIGIT.findall(value)) >= 8 and len(value) < 40 else []  # noqa: PLR2004 - digits


def _document(key: str, value: str) -> list[Spot]:
    """Licences, plates, records: a plate has fewer digits than a licence."""
    least = 1 if {"plate", "registration", "kennzeichen", "matricula", "targa", "kenteken"} & words_of(key) else 4
    fits = least <= len(_DIGIT.findall(value)) and len(value) <= 40 and len(value.split()) <= 4  # noqa: PLR2004 - a number's
    return _whole(value, "ID") if fits else []


def _address(_key: str, value: str) -> list[Spot]:
    if len(value) > _LONGEST_PLACE or _NO_ADDRESS.search(value) or not any(map(str.isalpha, value)):
        return []
    return _whole(value, "ADDRESS") if _DIGIT.search(value) or value.count(",") >= _ADDRESS_COMMAS else _street(value)


def _street(value: str) -> list[Spot]:
    """A street without a number: two words or more, the first with a capital."""
    words = _WORD.findall(value)
    return _whole(value, "ADDRESS", 0.7) if len(words) >= _FULL_NAME and words[0][0].isupper() else []


def _residence(key: str, value: str) -> list[Spot]:
    return _address(key, value) or _place(key, value)


def _home(_key: str, value: str) -> list[Spot]:
    return _whole(value, "ADDRESS") if _DEGREES.fullmatch(value) else _place(_key, value)


def _zip(_key: str, value: str) -> list[Spot]:
    return _whole(value, "ADDRESS") if _ZIP.fullmatch(value) else []


def _city(_key: str, value: str) -> list[Spot]:
    spoken = value.strip(" ,;")
    if spoken.lower() in _NO_PLACES or not _PLACE_NAME.fullmatch(spoken):
        return []
    return _whole(value, "LOCATION")


def _place(key: str, value: str) -> list[Spot]:
    """A place is an address when it has a house number among at least three words; else it may be a city."""
    spoken = value.replace("\\n", "\n")
    if len(value) > _LONGEST_PLACE or _NO_ADDRESS.search(value):
        return []
    words = len(_WORD.findall(spoken))
    listed_out = words > _ADDRESS_WORDS or not _COMMAS.isdisjoint(spoken)
    if words >= _ADDRESS_WORDS and listed_out and _HOUSE_NUMBER.search(spoken):
        return _whole(value, "ADDRESS", 0.7)
    vague = key.lower() in _ANYWHERE or value[0].islower() or words > _ADDRESS_WORDS + 1
    return [] if vague else _city(key, value)


_CHECKS: dict[str, _Check] = {
    "PASSWORD": _secret,
    "PASS": _maybe_secret,
    "KEY": _key,
    "PIN": _pin,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _number(6, "IBAN_CODE"),
    "US_SSN": _identity,
    "PASSPORT": told.passport,
    "ID": _document,
    "ACCOUNT": _number(5, "ACCOUNT"),
    "DATE_OF_BIRTH": told.birth,
    "PHONE_NUMBER": told.phone,
    "DIALLED": told.phone_alone,
    "ADDRESS": _address,
    "RESIDENCE": _residence,
    "ZIP_CODE": _zip,
    "CITY": _city,
    "PLACE": _place,
    "USERNAME": handle,
    "HOME": _home,
}


def _person(key: str, said: str, value: str, around: tuple[str, ...]) -> list[Spot]:
    half = said in ("GIVEN", "FAMILY")
    if not looks_like_name(value, any_word=half) or value.strip().lower() in _NOBODY or _FIRM.search(value):
        return []
    capitals = name_words(value)
    if half:
        return _half_name(key, value, capitals, around)
    if said != "ROLE" and (capitals or " " in value.strip()) and _told(said, around):
        return _whole(value, "PERSON")
    return _full_name(said, value, capitals, around)


def _told(said: str, around: Iterable[str]) -> bool:
    return said == "PERSON" or any(meaning(other) in _TELLING for other in around)


def _full_name(said: str, value: str, capitals: int, around: Iterable[str]) -> list[Spot]:
    """What has two words with capitals is a name, unless the object is about a thing."""
    if capitals < _FULL_NAME or (said == "NAME" and any(_THINGS & words_of(other) for other in around)):
        return []
    return _whole(value, "PERSON", 0.6)


def _half_name(key: str, value: str, capitals: int, around: Iterable[str]) -> list[Spot]:
    """A given or a family name; `first` and `family` also name other things, such as fonts."""
    if key.lower() not in _HALVES:
        return _whole(value, "PERSON")
    if key.lower() == "family" and " " in value.strip() and not _other_half(key, tuple(around)):
        return []
    fonts = any(_FONTS & words_of(other) for other in around)
    return _whole(value, "PERSON") if capitals and not fonts else []
