"""Cutting text into sentences and words, the same way in training and in use.

A word keeps its inner apostrophes and hyphens; a possessive `'s`, each mark of punctuation and each Chinese character
is a token of its own; e-mail addresses, URLs, paths, identifiers and file names are one token, since no part of them
is a name in prose. A line break is a token (addresses and signatures need it), an empty line ends a sentence.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0962\u0963\u0980-\u0dff\u0e31-\u0e4e\u200c\u200d"
_CHARACTERS = "\u3005\u3400-\u9fff\uf900-\ufaff"
_KANA = "\u3040-\u30ff"
_LETTER = rf"(?:[^\W\d_{_KANA}{_CHARACTERS}]|[{_MARKS}])"
_PART = r"[\w-]{1,99}+(?:\.[\w-]{1,99}+){0,9}+"
TOKEN = re.compile(
    rf"""
      {_LETTER}++(?=[\ ,;!?)\n]|\.?\Z)                                   # most words
    | \n\s*                                                              # a line break, and what is empty after it
    | https?://[^\s<>"']+ | [\w.+-]{{1,64}}+@[\w-]{{1,64}}+(?:\.[\w-]{{1,64}}+)+  # URL, e-mail address
    | [@\#]\w+                                                           # handle, hashtag
    | (?:~|\.{{1,2}})?/{_PART}(?:/{_PART})+ | {_PART}(?:/{_PART}){{2,}}      # a path
    | [\w-]{{1,99}}+(?:\.[a-z][\w-]{{0,99}}+)++(?:\(\))?                    # main.py, json.loads()
    | [^\W_]{{0,99}}+_\w{{1,99}} | [^\W_]{{1,99}}+\(\)                        # snake_case, call()
    | ['\u2019][sS](?!\w)
    | [{_CHARACTERS}]
    | [{_KANA}]+
    | {_LETTER}++(?:['\u2019\-](?![sS](?!\w)){_LETTER}++)*+(?!\w)
    | \d++(?:[.,:]\d++)*+(?!\w)
    | \w+
    | \S
    """,
    re.VERBOSE,
)
_LINES = re.compile(r"(\n\s*)")
_REMEMBERED = 20_000
"""Pieces whose tokens are remembered."""
_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f")
_OPENING = frozenset("\"'\u201c\u2018(-*\u00a1\u00bf")
_LONGEST_SHORT = 3
"""A full stop after so few letters may belong to an abbreviation: `St.`, `Mr.`, `J.`."""
MOST_TOKENS = 400
"""The longest sentence; what is longer is cut."""


class Sentence(NamedTuple):
    """The words of a sentence and where they stand (code points)."""

    words: list[str]
    starts: list[int]


class _Piece(NamedTuple):
    """The tokens of what stands between two spaces."""

    words: tuple[str, ...]
    places: tuple[int, ...]
    whole: bool
    """Whether no sentence ends within or right behind it."""


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Sentence]:
    """The sentences of `text[start:end]`, none of them empty."""
    found = [Sentence([], [])]
    part = text[start:end]
    for line in _LINES.split(part) if "\n" in part else (part,):
        if line[:1] == "\n":
            _add(found, line, start)
        else:
            _cut_line(found, line, start)
        start += len(line)
    return found if found[-1].words else found[:-1]


def _cut_line(found: list[Sentence], line: str, at: int) -> None:
    """Put the words of `line`, which stands at `at`, behind the last sentence, and into new ones."""
    words, starts = found[-1]
    may_end = True  # whether the last word may be the mark that ends a sentence
    for piece in line.split(" "):
        tokens, places, whole = _cut(piece)
        if may_end and words and words[-1] in _ENDS:
            whole = False
        if whole and len(words) + len(tokens) <= MOST_TOKENS:
            if len(tokens) == 1:
                words.append(tokens[0])
                starts.append(at + places[0])
            else:
                words += tokens
                starts += [at + place for place in places]
            may_end = False
        else:
            for word, place in zip(tokens, places, strict=True):
                _add(found, word, at + place)
            words, starts = found[-1]
            may_end = True
        at += len(piece) + 1


def _add(found: list[Sentence], word: str, start: int) -> None:
    """Put `word` behind the last sentence, or where that ends before it, into a new one."""
    words, starts = found[-1]
    if words and _parted(word, words, starts, start):
        words, starts = [], []
        found.append(Sentence(words, starts))
    if word[0] != "\n" or words:
        words.append("\n" if word[0] == "\n" else word)
        starts.append(start)


@lru_cache(maxsize=_REMEMBERED)
def _cut(piece: str) -> _Piece:
    """The tokens of what stands between two spaces: no token has one in it, or depends on what is beyond."""
    tokens = list(TOKEN.finditer(piece))
    words = tuple(token[0] for token in tokens)
    return _Piece(words, tuple(token.start() for token in tokens), _ENDS.isdisjoint(words))


def _parted(word: str, words: list[str], starts: list[int], start: int) -> bool:
    """Whether the sentence ends before `word`."""
    if words[-1] in _ENDS and _begins(word, words, starts, start):
        return True
    return len(words) > MOST_TOKENS or (word[0] == "\n" and word.count("\n") > 1)


def _begins(word: str, words: list[str], starts: list[int], start: int) -> bool:
    """Whether `word` begins a new sentence after words that end with a mark that may end one."""
    if starts[-1] + 1 == start or word[0].islower() or not (word[0].isalpha() or word[0] in _OPENING):
        return False
    if words[-1] != "." or len(words) == 1:
        return True
    last = words[-2]
    return not (starts[-2] + len(last) == starts[-1] and len(last) <= _LONGEST_SHORT and last[0].isupper())
