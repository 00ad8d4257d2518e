"""What the lists say for or against a name that the model has found, and what the words in it and round it do."""

import re
from collections.abc import Iterator, Sequence

from roxy.privacy.detection.ner.decode import Span
from roxy.privacy.detection.ner.edges import INDOORS, is_foreign, is_told_by_capitals, tells
from roxy.privacy.detection.ner.features import LONGEST, Known, hashed
from roxy.privacy.detection.ner.tables import Lists
from roxy.privacy.detection.tables.words import listed

_NAME = int(Known.GIVEN | Known.SURNAME)
_GREAT = int(Known.BIG_CITY | Known.COUNTRY | Known.NATION)
_PLACE = _GREAT | int(Known.CITY | Known.PLACE_PART)
_NAMED = _GREAT | int(Known.CITY | Known.GIVEN)
_CALLED = _GREAT | int(Known.GIVEN | Known.TOP_SURNAME)
_LINKING = listed(
    "a al am an and as av az bei bin da das de del della dello dem den der des di do dos du e el en et i ibn im in la "
    "le les lo los na o of on op or per san sur te ten ter the til to ud und upon van von y zu zum zur"
)
"""Small words within names."""
_BEGINNING = re.compile(r"(?:\A|[.!?] )[\u00bf\u00a1]?\Z")
_GOES_ON = re.compile(r" [^\W\d_A-Z]{2,}")
_ARTICLE = re.compile(
    r"(?<!\bvan )(?<!\bvon )\b(?:[Dd](?:er|ie|as|en|em|es)|[KkMmDdSs]?ein(?:e[rnms]?)?|[Ww]elche[rns]?|im|am|zum|zur"
    r"|vom|beim|ins) \Z"
)
"""A German article: the noun behind it has a capital."""
_ARTICLES = listed("Le La Les El Los Las Il Gli Het Der Die Det Ett Un Une Una Uno Ein Eine Een")
"""As they begin a sentence."""
_CAPITAL = re.compile(r"[^\W\d_a-z][^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+")
_SOME, _FOREIGN = 2, 0.34
"""So many words in small letters tell a language, and so few of them are English then."""
_SENTENCE = 3
"""So many small words are in no place's name."""
_SHORT_CAPITALS = 4
_REMEMBERED = 20_000
"""Words."""
_WHERE = _GREAT | int(Known.CITY | Known.STREET)
_THING = r"([^\W\d_]+(?: [^\W\d_]+)?) \d{1,3}"
_COUNTED = re.compile(_THING)
_ALL_COUNTED = re.compile(f"{_THING}(?:, {_THING})+")
_BACK = 12


class _Known(dict[str, int]):
    """What the lists know of a word, remembered: of one name many things are asked."""

    def __init__(self, lists: Lists) -> None:
        super().__init__()
        self._lists = lists

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        known = self[word] = self._lists.known(hashed(word[:LONGEST].lower()))
        return known


class Evidence:
    """Asks the lists of the model."""

    def __init__(self, lists: Lists) -> None:
        self._known = _Known(lists)

    def named_in(self, text: str, span: Span) -> Iterator[Span]:
        """A place; or what people and places are called in it, when it is a piece of a sentence that is no place."""
        words = text[span.start : span.end].split()
        if len(words) <= _SENTENCE or len(self._strange(words)) < _SENTENCE:
            yield span
            return
        for word in _CAPITAL.finditer(text, span.start, span.end):
            [known] = self.known([word[0]])
            strange = not known & Known.COMMON and not _BEGINNING.search(text[max(0, word.start() - 3) : word.start()])
            if known & _CALLED or strange:
                yield span._replace(start=word.start(), end=word.end(), label="LOC" if known & _GREAT else "PER")

    def believes(self, text: str, span: Span) -> bool:
        """Whether a span tells something, and its words may be a name as they are written and where they stand."""
        if not tells(text, span):
            return False
        words = text[span.start : span.end].split()
        if self._is_ordinary(text, span, words):
            return False
        if is_told_by_capitals(text, span):
            return True
        return self._may_name_a_person(words, text) if span.label == "PER" else self._names_a_place(words)

    def _is_ordinary(self, text: str, span: Span, words: Sequence[str]) -> bool:
        if span.label == "ADR":
            return self._is_counted(words)
        if _begins_a_sentence(text, span, words):
            return True
        return self._runs_on(words) or self._is_noun(text, span, words)

    def _is_counted(self, words: Sequence[str]) -> bool:
        """Whether all that is said of a place are numbers of things in a row: `Aisle 5, shelf 3, bin 12`."""
        said = " ".join(words)
        if not _ALL_COUNTED.fullmatch(said):
            return False
        things = [word for piece in _COUNTED.findall(said) for word in piece.split()]
        return not any(one & _WHERE for one in self.known(things)) and INDOORS.isdisjoint(map(str.lower, things))

    def are_words(self, words: Sequence[str], kind: str) -> bool:
        """Whether all are common words, none of them a place's name; or no first name, alone or with surnames."""
        known = self._telling(words)
        if not all(one & Known.COMMON for one in known):
            return False
        if kind == "LOCATION":
            return not _name_a_place(known) and not any(map(short_capitals, words))
        return not _name_a_person(known)

    def is_no_place(self, words: Sequence[str]) -> bool:
        """Whether a value is of common words that are not all of places."""
        known = self._telling(words)
        common = all(one & Known.COMMON for one in known) and not all(one & _PLACE for one in known)
        return common and not any(map(short_capitals, words))

    def _telling(self, words: Sequence[str]) -> list[int]:
        return self.known([word for word in words if not (word.islower() and len(word) < _SHORT_CAPITALS)])

    def is_called(self, word: str) -> bool:
        """Whether people or places have this word for a name, and it is no common one, or the dictionary has it so."""
        [known] = self.known([word])
        if known & Known.TOP_GIVEN and known & Known.PROPER:
            return True
        return bool(known & _CALLED) and not known & Known.COMMON

    def known(self, words: Sequence[str]) -> list[int]:
        """What the lists know of each word."""
        return list(map(self._known.__getitem__, words))

    def _runs_on(self, words: Sequence[str]) -> bool:
        """Whether what begins with a capital goes on in small words that no place has, and nobody is called so."""
        if words[0].islower():
            return False
        strange = self._strange(words[1:])
        if len(strange) < _SOME and not any(one & Known.COMMON for one in strange):
            return False
        return not self._is_somebody_named(words)

    def _strange(self, words: Sequence[str]) -> list[int]:
        """What the lists know of the small words that stand in no place's name."""
        small = self.known([word for word in words if word.islower() and word not in _LINKING])
        return [one for one in small if not one & _PLACE]

    def _is_somebody_named(self, words: Sequence[str]) -> bool:
        """Whether the lists know one of the words with a capital as a name."""
        return any(one & (_CALLED | _NAME) for one in self.known([word for word in words if not word.islower()]))

    def _is_noun(self, text: str, span: Span, words: Sequence[str]) -> bool:
        """Whether one word that no list has as a name is a noun behind its article, or begins a foreign sentence."""
        if len(words) != 1:
            return False
        [known] = self.known(words)
        before = text[max(0, span.start - _BACK) : span.start]
        if _ARTICLE.search(before):
            return not known & (_CALLED | _PLACE)
        begins = _BEGINNING.search(before) is not None and _GOES_ON.match(text, span.end) is not None
        return begins and not known & (_NAME | _PLACE) and self._is_abroad(text)

    def _is_abroad(self, text: str) -> bool:
        """Whether hardly any of the words in small letters is one that is met often in English."""
        small = [word for word in _WORD.findall(text[:400]) if word.islower()]
        english = sum(bool(one & Known.FREQUENT) for one in self.known(small))
        return len(small) >= _SOME and english < _FOREIGN * len(small)

    def _may_name_a_person(self, words: Sequence[str], text: str) -> bool:
        """Whether one of the words is a first name, or in an English text no common word: the model knows no other."""
        known = self.known(words)
        if any(one & Known.TOP_GIVEN or (one & Known.GIVEN and not one & Known.COMMON) for one in known):
            return True
        return not (all(one & Known.COMMON for one in known) or is_foreign(text))

    def _names_a_place(self, words: Sequence[str]) -> bool:
        """Whether the lists have each word as a place's, and a single one as no common word, too."""
        known = self.known(words)
        alone = len(known) == 1 and not known[0] & _GREAT
        return all(one & _PLACE and not (alone and one & Known.COMMON) for one in known)


def _begins_a_sentence(text: str, span: Span, words: Sequence[str]) -> bool:
    """Whether it is an article and what stands behind it in small letters: `Le`, `El tren`."""
    if words[0] not in _ARTICLES or not all(map(str.islower, words[1:])):
        return False
    return len(words) > 1 or _GOES_ON.match(text, span.end) is not None


def _name_a_place(known: Sequence[int]) -> bool:
    """Whether one of these words names a place by itself, or all of them are parts of such names."""
    return any(one & _NAMED for one in known) or all(one & Known.PLACE_PART for one in known)


def _name_a_person(known: Sequence[int]) -> bool:
    """Whether one is a frequent first name and hardly else, or all are names and not more than one a surname alone.

    A frequent surname behind a word that a dictionary has with a capital will do, too: `Al Smith`.
    """
    if any(one & Known.TOP_GIVEN and (one & Known.PROPER or not one & Known.COMMON) for one in known):
        return True
    named = all(one & _NAME for one in known) and (len(known) == 1 or any(one & Known.GIVEN for one in known))
    return named or _end_in_a_surname(known)


def _end_in_a_surname(known: Sequence[int]) -> bool:
    return bool(known and known[-1] & Known.TOP_SURNAME) and any(one & Known.PROPER for one in known[:-1])


def short_capitals(word: str) -> bool:
    """Whether a word looks like `EU` or `NATO`."""
    return 1 < len(word) <= _SHORT_CAPITALS and word.isupper()
