"""What the model sees of a word: its form, its letters, what lists know it, and a small class of all that.

All of it depends on the word alone, so that it is worked out once per word and not once per place. Training and use
share this module: what is changed here needs a new model (`training/names/train.py`).
"""

from collections.abc import Iterator
from enum import IntFlag
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32


class Known(IntFlag):
    """What the lists know of a word (in lower case)."""

    GIVEN = 1
    SURNAME = 2
    CITY = 4
    COUNTRY = 8
    COMMON = 16
    """Stands in a dictionary in small letters."""
    STREET = 32
    ORGANIZATION = 64
    TITLE = 128
    TIME = 256
    TOP_GIVEN = 512
    TOP_SURNAME = 1024
    BIG_CITY = 2048
    PLACE_PART = 4096
    """One word of a place's name of several words."""
    NATION = 8192
    PROPER = 16384
    """Stands in a dictionary with a capital."""
    FREQUENT = 32768
    """Is among the words met most often, in small letters."""


class Form(NamedTuple):
    """One word as the model sees it."""

    own: tuple[int, ...]
    """Hashes of what speaks for the label of the word itself."""
    near: tuple[int, ...]
    """Hashes of what speaks for the labels of its neighbours."""
    kind: int
    """Its class, below `KINDS`."""
    key: int
    """The hash of its lower form."""


PAD, BOS, EOS = 0, 1, 2
_LOOKS = ("low", "Cap", "CAPS", "I", "Mixed", "script")
_GROUPS = ("new", "common", "given", "surname", "both", "often", "city", "place", "country", "street", "org", "title",
           "time", "nation", "proper")  # fmt: skip
_MARKS = ("\n", *",.-:;!?()\"'", "'s", *"/&@#={}[]<>|*+")
_NUMBERS = ("d1", "d2", "d3", "d4", "d5", "d6", "dots")
_OTHERS = ("machine", "alnum", "han", "kana", "symbol", "handle", "url")
_NAMED = {
    name: 3 + at
    for at, name in enumerate(
        [*_NUMBERS, *_OTHERS, *_MARKS, *(f"{look}/{group}" for look in _LOOKS for group in _GROUPS)]
    )
}
KINDS = 3 + len(_NAMED)
LONGEST = 40
"""So many letters of a word are looked at."""
ENDINGS = (1, 2, 3, 4)
LAST = 3
"""So many of its last letters a word shows to its neighbours."""
LONGEST_COUNTED = 12
_LONG_NUMBER = 6
_POSSESSIVE = frozenset({"'s", "\u2019s"})


def hashed(feature: str) -> int:
    """The 32-bit hash under which a feature or a word is kept."""
    return crc32(feature.encode("utf-8", "surrogatepass"))


def describe(word: str, known: int) -> tuple[list[str], list[str], str]:
    """The features of a word for itself and for its neighbours, and the name of its class.

    `words.py` adds up the weights of the same features without their names.
    """
    word = word[:LONGEST]
    low = lowered(word)
    look = look_of(word)
    kind = kind_of(word, look, known)
    own = [
        f"w={low}",
        f"l={look}",
        f"k={kind_number(kind)}",
        f"g={known}",
        f"s={shape(word)}",
        f"n={min(len(word), LONGEST_COUNTED)}",
    ]
    near = [f"w={low}", f"k={kind_number(kind)}", f"g={known}"]
    if word not in (low, "\n"):
        own.append(f"W={word}")
    bits = bits_of(known)
    own += [f"b={bit}" for bit in bits] + [f"b={bit}/{look}" for bit in bits]
    near += [f"b={bit}" for bit in bits]
    if word[0].isalpha():
        own += _letters(low, look)
        near += [f">{low[-LAST:]}/{look}", f"l={look}"]
    elif word[0].isdigit():
        near.append(f"s={shape(word)}")
    return own, near, kind


def _letters(low: str, look: str) -> Iterator[str]:
    """How a word begins, ends, and which letters follow each other in it."""
    edge = f"^{low}$"
    yield from (f"{size}<{low[:size]}" for size in ENDINGS if size < len(low))
    yield from (f"{size}>{low[-size:]}/{look}" for size in ENDINGS if size < len(low))
    yield from (f"3={edge[at : at + 3]}" for at in range(len(edge) - 2))


def lowered(word: str) -> str:
    """A word in small letters, the break of a line by its name."""
    return "newline" if word == "\n" else word.lower()


@lru_cache(maxsize=512)
def bits_of(known: int) -> tuple[str, ...]:
    """The names of the flags (`Known`)."""
    return tuple(str(flag.name) for flag in Known(known))


def form(word: str, known: int) -> Form:
    """A word as the model sees it, hashed."""
    own, near, kind = describe(word, known)
    return Form(tuple(map(hashed, own)), tuple(map(hashed, near)), kind_number(kind), hashed(word[:LONGEST].lower()))


def kind_number(name: str) -> int:
    """The number of a class."""
    return _NAMED[name]


def shape(word: str) -> str:
    """The pattern of a word: capitals `X`, small letters `x`, digits `d`, runs at most two long."""
    if word.isalpha():
        if word.islower():
            return "xx"[: len(word)]
        if word[0].isupper() and word[1:].islower():
            return "Xxx"[: len(word)]
    return _pattern(word)


def _pattern(word: str) -> str:
    pattern = ""
    for letter in word[:LONGEST_COUNTED]:
        sign = (
            "n"
            if letter == "\n"
            else "X"
            if letter.isupper()
            else "d"
            if letter.isdigit()
            else "x"
            if letter.isalpha()
            else letter
        )
        if pattern[-2:] != sign * 2:
            pattern += sign
    return pattern


def look_of(word: str) -> str:
    """How a word is written: `low`, `Cap`, `CAPS`, `I` (one capital), `Mixed`, or `script` without case."""
    first = word[0]
    if word.islower():
        return "low"
    if word.isupper():
        return "I" if len(word) == 1 else "CAPS"
    if first.isupper() and (word[1:].islower() or word.istitle() or word[:2] in _MIXED or word[:3] == "Mac"):
        return "Cap"
    return "Mixed" if word.upper() != word.lower() else "script"


_JOINING = {ord(sign): None for sign in "-'\u2019"}
_MIXED = ("Mc", "De", "Le", "La", "Di", "Fi", "O'", "D'")


def kind_of(word: str, look: str, known: int) -> str:
    """The name of a word's class."""
    first = word[0]
    if word in _NAMED:
        return word
    if first.isalpha() and (word.isalpha() or word.translate(_JOINING).isalpha()):
        if "\u3040" <= first <= "\u30ff":
            return "kana"
        return "han" if "\u3400" <= first <= "\u9fff" else f"{look}/{_group(known)}"
    if first.isdigit():
        return _number(word)
    return _other(word, look, known)


def _number(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), _LONG_NUMBER)}"
    return "alnum" if any(map(str.isalpha, word)) else "dots"


def _other(word: str, look: str, known: int) -> str:
    if word.lower() in _POSSESSIVE:
        return "'s"
    if word[0] in "@#" and len(word) > 1:
        return "handle"
    if "://" in word or "@" in word:
        return "url"
    if len(word) > 1 and not {".", "_", "/", "("}.isdisjoint(word):
        return "machine"
    if not any(map(str.isalpha, word)):
        return "symbol"
    return "alnum" if any(map(str.isdigit, word)) else f"{look}/{_group(known)}"


_FIRST_MATCH = (
    (Known.TIME, "time"), (Known.TITLE, "title"), (Known.STREET, "street"), (Known.ORGANIZATION, "org"),
    (Known.COUNTRY, "country"), (Known.NATION, "nation"),
)  # fmt: skip
_LAST_MATCH = (
    (Known.COMMON, "common"), (Known.PROPER, "proper"), (Known.CITY | Known.BIG_CITY, "city"),
    (Known.PLACE_PART, "place"),
)  # fmt: skip
_NAMES = {Known.GIVEN: "given", Known.SURNAME: "surname", Known.GIVEN | Known.SURNAME: "both"}


@lru_cache(maxsize=512)
def _group(known: int) -> str:
    for flag, group in _FIRST_MATCH:
        if known & flag:
            return group
    name = known & (Known.GIVEN | Known.SURNAME)
    if name and known & Known.COMMON:
        return "often" if known & (Known.TOP_GIVEN | Known.TOP_SURNAME) else "common"
    if name:
        return _NAMES[Known(name)]
    return next((group for flag, group in _LAST_MATCH if known & flag), "new")
