"""The lists that the model carries: for each word in lower case, what it is known as (`features.Known`)."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

import words
from sources import Sources, held_out

from roxy.privacy.detection.ner.features import Known
from roxy.privacy.detection.ner.tokens import sentences

PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "di",
        "da",
        "del",
        "della",
        "dos",
        "du",
        "la",
        "le",
        "al",
        "el",
        "bin",
        "ibn",
        "ben",
        "ter",
        "ten",
        "zu",
        "af",
        "av",
        "the",
        "of",
        "and",
        "und",
        "et",
        "y",
        "e",
        "i",
        "san",
        "st",
        "saint",
        "new",
        "of",
        "upper",
        "lower",
        "north",
        "south",
        "east",
        "west",
        "города",
    ]
)
SEEN_OFTEN = 3
_PLACES = Known.CITY | Known.BIG_CITY | Known.COUNTRY


def build(
    found: Sources, dictionary: tuple[set[str], set[str]], plain: Iterable[str], frequent: Iterable[str]
) -> dict[str, int]:
    """All lists as one table; names held out are left out."""
    table: dict[str, int] = {}
    for culture in found.cultures.values():
        _names(table, culture.given, Known.GIVEN)
        _names(table, culture.surnames, Known.SURNAME)
    _names(table, found.top_given, Known.GIVEN | Known.TOP_GIVEN)
    _names(table, found.top_surnames, Known.SURNAME | Known.TOP_SURNAME)
    for city, inhabitants, _ in found.cities:
        big = Known.BIG_CITY if inhabitants > 300_000 else Known(0)
        _places(table, city, Known.CITY | big)
    for spelling in found.spellings:
        if not spelling.isascii() and " " not in spelling:
            _places(table, spelling, Known.CITY)
    for country in {name for names in found.countries.values() for name in names}:
        _places(table, country, Known.COUNTRY)
    for region in found.regions:
        _places(table, region, Known.CITY)
    _closed(table, found)
    _words(table, dictionary, plain, frequent)
    return table


def _words(
    table: dict[str, int], dictionary: tuple[set[str], set[str]], plain: Iterable[str], frequent: Iterable[str]
) -> None:
    small, proper = dictionary
    for word in {*small, *_seen(plain)}:
        table[word] = table.get(word, 0) | Known.COMMON
    for word in frequent:
        if table.get(word, 0) & Known.COMMON:
            table[word] |= Known.FREQUENT
    for word in proper:
        table[word] = table.get(word, 0) | Known.PROPER


def add_common(table: dict[str, int], listed: Iterable[str]) -> None:
    """Have words known as common, too."""
    for word in listed:
        table[word] = table.get(word, 0) | Known.COMMON


def _closed(table: dict[str, int], found: Sources) -> None:
    for listed, flag in (
        (words.TITLES, Known.TITLE),
        (words.STREETS, Known.STREET),
        (words.ORGANIZATIONS, Known.ORGANIZATION),
        (words.TIMES, Known.TIME),
        (words.NATIONS, Known.NATION),
        (words.TECHNICAL, Known.COMMON),
        (found.vocabulary, Known.COMMON),
    ):
        for word in listed:
            table[word] = table.get(word, 0) | flag


def _names(table: dict[str, int], names: Iterable[str], flag: Known) -> None:
    for name in names:
        for part in name.replace("-", " ").split() + name.split():
            low = part.lower().strip(".,'")
            top = flag & (Known.TOP_GIVEN | Known.TOP_SURNAME)
            if len(low) > 1 and low not in PARTICLES and (top or not held_out(low)):
                _put(table, low, flag)


def _places(table: dict[str, int], name: str, flag: Known) -> None:
    parts = name.replace(",", " ").replace("(", " ").replace(")", " ").split()
    if len(parts) == 1:
        if not held_out(name) or flag & (Known.BIG_CITY | Known.COUNTRY):
            _put(table, parts[0].lower(), flag)
        return
    for part in parts:
        low = part.lower()
        if len(low) > 2 and low not in PARTICLES:
            _put(table, low, Known.PLACE_PART)


def _put(table: dict[str, int], low: str, flag: Known) -> None:
    table[low] = table.get(low, 0) | flag
    folded = unicodedata.normalize("NFKD", low).encode("ascii", "ignore").decode()
    if len(folded) == len(low) and folded != low:
        table[folded] = table.get(folded, 0) | flag


def met_small(texts: Iterable[str]) -> list[str]:
    """The words that people write small nearly always, by texts from which names were taken."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for text in texts:
        for found, _ in sentences(text):
            small.update(word for word in found if word.isalpha() and word.islower())
            large.update(word.lower() for word in found[1:] if word.isalpha() and word[0].isupper())
    return sorted(word for word, count in small.items() if count >= SEEN_OFTEN and large[word] * 3 <= count)


def _seen(plain: Iterable[str]) -> Iterator[str]:
    """The words that texts without names write small. (Labelled texts would tell what is a name in them.)"""
    counted = Counter(
        word for text in plain for words, _ in sentences(text) for word in words if word.isalpha() and word.islower()
    )
    return (word for word, count in counted.items() if count >= SEEN_OFTEN)


def no_name_left(text: str, table: dict[str, int]) -> bool:
    """Whether no word of a text from which names were taken still looks like a person's or a place's."""
    for found, _ in sentences(text):
        for word in found[1:]:
            known = table.get(word.lower(), 0)
            name = known & (Known.GIVEN | Known.SURNAME | _PLACES) and not known & Known.COMMON
            if name and (word[0].isupper() or known & (Known.TOP_GIVEN | Known.BIG_CITY | Known.COUNTRY)):
                return False
    return True


def names_a_place(text: str, table: dict[str, int]) -> bool:
    """Whether what is labelled as a place is one by name: not "home", "the airport", "downtown"."""
    known = [table.get(word, 0) for word in text.lower().split()]
    return any(flags & _PLACES and not flags & Known.FREQUENT for flags in known) or text[0].isupper()
