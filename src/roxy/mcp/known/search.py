"""Finds tools by what somebody would say: by words first, then by pieces of words.

The order of events: the words of names, titles, descriptions and parameters (`getUserInfo` and `get_user_info` are
three words each) are weighed against those of the query (Okapi BM25); the best are weighed once more by the pieces of
three to five letters that they share with it (cosine of tf-idf), which sees "researcher" in "research" and forgives
typing errors; both together give the order. No model is asked. `bench/tool_search.py` measures it.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from roxy.contracts.calls import ToolInfo

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_RUN = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    _RUN.findall("""
    a an the of to for in on at is are am was were be been do does did can could would should will shall may might
    must i me my we our you your he she it its they them this that these those with and or not by from as if so
    what which who whom how when where why there here have has had please want need some any about into out up
    just us let
    """)
)
"""Words that say nothing of what a tool does; `get`, `find` and the like do."""
_ENDINGS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ing", ""),
    ("edly", ""),
    ("ers", ""),
    ("ed", ""),
    ("er", ""),
    ("es", ""),
    ("ly", ""),
    ("s", ""),
)
_NAME, _TITLE, _ABOUT, _PARAMETER = 3.0, 2.0, 1.0, 0.5
"""How much a word weighs by where it stands."""
_K1, _B = 1.2, 0.75
"""BM25: how soon more of the same word says nothing more, and how much a long description is held against it."""
_PIECES = (3, 4, 5)
_SHARE = 0.6
"""What the pieces count of the whole."""
_LOOKED_AT = 300
"""How many of the best by words are looked at by pieces."""
_ALIKE = 0.2
"""From which likeness on a tool is found that shares no word with the query."""
_Weights = Mapping[str, float]


def matching(tools: Sequence[ToolInfo], query: str) -> list[ToolInfo]:
    """The tools that fit `query`, the best first; those that fit equally well in the order in which they came."""
    return Index(tools).matching(query)


class Index:
    """Tools that are searched more than once."""

    def __init__(self, tools: Sequence[ToolInfo]) -> None:
        self._tools = tools
        self._words = [_words(tool) for tool in tools]
        self._pieces: dict[int, Mapping[str, int]] = {}

    def matching(self, query: str) -> list[ToolInfo]:
        """The tools that fit `query`, as the function of this name gives them."""
        words = Counter(_stems(query))
        if not words:
            return []
        by_words = _by_words(self._words, words)
        nearest = sorted(range(len(self._tools)), key=lambda at: (-by_words.get(at, 0.0), at))
        if by_words:
            del nearest[_LOOKED_AT:]
        by_pieces = _by_pieces({at: self._pieces_of(at) for at in nearest}, _pieces([query]))
        fits = [at for at in nearest if at in by_words or by_pieces[at] >= _ALIKE]
        most_words = max(by_words.values(), default=0.0) or 1.0
        most_pieces = max(by_pieces.values(), default=0.0) or 1.0

        def score(at: int) -> float:
            return (1 - _SHARE) * by_words.get(at, 0.0) / most_words + _SHARE * by_pieces[at] / most_pieces

        return [self._tools[at] for at in sorted(fits, key=lambda at: (-score(at), at))]

    def _pieces_of(self, at: int) -> Mapping[str, int]:
        if at not in self._pieces:
            self._pieces[at] = _pieces(_texts(self._tools[at]))
        return self._pieces[at]


def _by_words(documents: Sequence[_Weights], query: Mapping[str, int]) -> dict[int, float]:
    """The BM25 of each document that shares a word with the query, by its place."""
    lengths = [sum(document.values()) for document in documents]
    average = sum(lengths) / len(lengths) if lengths else 1.0
    scores: dict[int, float] = defaultdict(float)
    for word, times in query.items():
        holding = [at for at, document in enumerate(documents) if word in document]
        rarity = math.log(1 + (len(documents) - len(holding) + 0.5) / (len(holding) + 0.5))
        for at in holding:
            found = documents[at][word]
            scores[at] += times * rarity * found * (_K1 + 1) / (found + _K1 * (1 - _B + _B * lengths[at] / average))
    return scores


def _by_pieces(documents: Mapping[int, Mapping[str, int]], query: Mapping[str, int]) -> dict[int, float]:
    """How alike each document is to the query, from 0 to 1."""
    holding = Counter(piece for document in documents.values() for piece in document)
    rarity = {piece: math.log((1 + len(documents)) / (1 + count)) + 1 for piece, count in holding.items()}
    wanted = {piece: (1 + math.log(count)) * rarity[piece] for piece, count in query.items() if piece in rarity}
    length = _length(wanted.values())
    likeness = {}
    for at, document in documents.items():
        weights = {piece: (1 + math.log(count)) * rarity[piece] for piece, count in document.items()}
        shared = sum(weight * weights[piece] for piece, weight in wanted.items() if piece in weights)
        likeness[at] = shared / (_length(weights.values()) * length)
    return likeness


def _length(weights: Iterable[float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights)) or 1.0


def _words(tool: ToolInfo) -> _Weights:
    weighed = (
        (f"{tool.server} {tool.name}", _NAME),
        (tool.title, _TITLE),
        (tool.description, _ABOUT),
        (_parameters(tool), _PARAMETER),
    )
    words: dict[str, float] = defaultdict(float)
    for text, weight in weighed:
        for stem in _stems(text):
            words[stem] += weight
    return words


def _texts(tool: ToolInfo) -> Sequence[str]:
    words = " ".join(_WORD.findall(tool.name))
    return words, words, tool.name, tool.title, tool.description, _parameters(tool)


def _parameters(tool: ToolInfo) -> str:
    """The names of the parameters and what is said of each."""
    known = tool.input_schema.get("properties")
    if not isinstance(known, Mapping):
        return ""
    about = ((name, rules.get("description") if isinstance(rules, Mapping) else "") for name, rules in known.items())
    return " ".join(f"{name} {text if isinstance(text, str) else ''}" for name, text in about)


def _stems(text: str) -> list[str]:
    return [_stem(word) for found in _WORD.findall(text) if (word := found.lower()) not in _EMPTY]


def _stem(word: str) -> str:
    """The word without its ending, roughly: `creating` and `creates` are both `creat`."""
    if len(word) <= len("abc"):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= len("abc") and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > len("abc") else word


def _pieces(texts: Iterable[str]) -> Mapping[str, int]:
    """The pieces of all words, with a blank before and after each word."""
    words = [f" {word} " for text in texts for word in _RUN.findall(text.lower())]
    return Counter(word[at : at + size] for word in words for size in _PIECES for at in range(len(word) - size + 1))
