"""A look at a text that tells which of many finders can find anything in it.

Each finder is a `Rule`: its `needs` are weak patterns, one of each of which must stand in the text. The needs of one
table of rules are one automaton (google-re2's `Set`), so that a text pays for the finders it needs and not for how
many there are. Tables are kept apart, since an automaton of all would have as many states as its parts have together
in all combinations: each new text would build some, which takes a hundred times as long as a look. What all rules of a
table need (a digit, say) is looked for first; most texts pay for few tables.

To add a finder, add a `Rule` to its table. `needs` is written in RE2's syntax (no look-around, no back-references),
upper and lower case count unless it says `(?i:…)`, and it must hold in every text in which `find` finds something;
`tests/privacy/detection/test_prefilter.py` tries that. Texts come in plain spelling, so digits are `[0-9]`. Short needs
without repetition and classes of many letters make the fewest states.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import re2

from roxy.privacy.detection.spots import Spot

DIGIT = "[0-9]"
DIGITS_6 = r"[0-9](?:[ ().\-/]{0,3}[0-9]){5}"
"""Six digits as phone numbers are written."""
SPACE = r"[\s\x0b\x1c-\x1f\x{85}\x{2028}\x{2029}]"
"""What Python takes for a space, in plain spelling."""
_CLASS_OR_SPACE = re.compile(r"(\[(?:\\.|[^\]])*\])|\\s")
_ATOM = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\u[0-9a-f]{4}|\\.|.", re.DOTALL)
_NO_ATOMS = frozenset({r"\b", r"\B", r"\A", r"\Z"})
"""Places between letters."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_MOSTLY_ASCII = 1.15
"""So many bytes a letter has on average at most."""
_COUNTED = 2
_MEMORY = 1 << 30
"""Bytes that the automaton may take at most; it is built as texts ask for it and takes a few megabytes."""
_CHOICES = 4096
_Match = Callable[[bytes], list[int] | None]
"""The numbers of the patterns that stand in a text."""
_FOLDED_BY_PYTHON_ALONE = ("\u0130", "\u0131")
"""The Turkish i with and without its dot: Python's patterns take them for an `i` in another case, RE2's do not."""


class Rule(NamedTuple):
    """A finder, and what a text must hold for it to find anything."""

    name: str
    needs: tuple[str, ...]
    """Patterns in RE2's syntax, all of which must stand somewhere in the text."""
    find: Callable[[str], Iterable[Spot]]


def needing(need: str, rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules that all need this, too, and first of all."""
    return tuple(rule._replace(needs=(need, *(other for other in rule.needs if other != need))) for rule in rules)


class Apart(tuple[Rule, ...]):
    """Rules whose needs are looked for one by one, each only where letters stand that it cannot do without.

    For needs that are unlike each other: as one automaton they would meet a state that is new in nearly each new text.
    """

    __slots__ = ()


def any_of(words: Iterable[str]) -> str:
    """A need: one of `words`, in any case."""
    return f"(?i:{'|'.join(map(re2.escape, words))})"


def in_re2(pattern: str) -> str:
    """A verbose Python pattern that ignores case, as RE2 writes it. It may have no look-around and no comments."""
    flat = re.sub(r"(?<!\\)\s+", "", pattern).replace("\\ ", " ")
    flat = re.sub(r"\\u([0-9a-f]{4})", r"\\x{\1}", flat)
    # Inside a class, a space is some more letters of it.
    spaced = _CLASS_OR_SPACE.sub(lambda one: one[0].replace(r"\s", SPACE[1:-1]) if one[1] else SPACE, flat)
    return f"(?i:{spaced})"


def weakened(pattern: str) -> str:
    """A need for a pattern of literals and classes: repetitions count to two, a look-behind is plain text."""
    counted = re.sub(r"\{(\d+)(?:,\d*)?\}", lambda times: f"{{{min(int(times[1]), _COUNTED)},}}", pattern)
    return counted.replace("(?<=", "(?:")


class _Twins(dict[str, str]):
    """For a letter the ASCII letter that means the same to a pattern; KeyError where there is none.

    Two letters mean the same when each atom of the pattern (a letter, a class) matches both of them or neither, and
    both are parts of words or neither is. What is no atom but looks like one (a bracket, a number of times) tells
    letters apart that mean the same, which does no harm.
    """

    def __init__(self, pattern: str) -> None:
        super().__init__()
        atoms = {r"\w", ".", *(atom for atom in _ATOM.findall(pattern) if atom not in _NO_ATOMS)}
        self._matches = [re.compile(_written(atom), re.IGNORECASE).match for atom in sorted(atoms)]
        self._by_meaning = {self._meaning(letter): letter for letter in map(chr, range(128))}

    def __missing__(self, letter: str) -> str:
        twin = self[letter] = self._by_meaning[self._meaning(letter)]
        return twin

    def _meaning(self, letter: str) -> tuple[bool, ...]:
        return tuple(match(letter) is not None for match in self._matches)


def _written(atom: str) -> str:
    """An atom as a pattern of its own."""
    return atom if len(atom) > 1 or atom == "." else re.escape(atom)


class Cue:
    """Where a verbose pattern that ignores case stands: by RE2, which takes a tenth of the time.

    RE2 reads ASCII as Python does. Other letters are read as ASCII ones that mean the same to the pattern; Python reads
    the texts that have one for which there is none, and those that are of other letters for the most part.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._python = re.compile(pattern, re.IGNORECASE | re.VERBOSE)

    @cached_property
    def _re2(self) -> Any:
        return re2.compile(in_re2(self.pattern).encode(), _options())

    @cached_property
    def _twins(self) -> _Twins:
        return _Twins(self.pattern)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The spans of `text` that it matches."""
        said = self._in_ascii(text)
        for match in self._python.finditer(text) if said is None else self._re2.finditer(said):
            yield match.span()

    def _in_ascii(self, text: str) -> bytes | None:
        if text.isascii():
            return text.encode()
        if len(text.encode("utf-8", "surrogatepass")) > _MOSTLY_ASCII * len(text):
            return None
        try:
            return _NOT_ASCII.sub(self._spelled, text).encode()
        except KeyError:
            return None

    def _spelled(self, letters: re.Match[str]) -> str:
        return "".join(map(self._twins.__getitem__, letters[0]))


class Announced:
    """What stands behind a cue: the value's pattern is tried there only, and not at each place of a text.

    `cue` is written as for `Cue`; it takes what stands between itself and the value, too.
    """

    def __init__(self, cue: str, value: re.Pattern[str]) -> None:
        self.cue = Cue(cue)
        self._value = value

    def finditer(self, text: str) -> Iterator[tuple[tuple[int, int], re.Match[str]]]:
        """The spans of the cues that have such a value behind them, and the values."""
        for start, end in self.cue.spans(text):
            value = self._value.match(text, end)
            if value is not None:
                yield (start, end), value


class Prefilter:
    """The automata of tables of rules, each built when it is first used. Safe to use from several threads."""

    def __init__(self, *tables: Sequence[Rule]) -> None:
        self._tables = tuple(map(_Table, filter(None, tables)))
        self._first = _Automaton((need for table in self._tables for need in table.shared), _together)
        self._worth: dict[tuple[int, ...], tuple[_Table, ...]] = {}

    def pick(self, text: str) -> list[Rule]:
        """The rules that may find something in `text`, in the order of the tables."""
        if not text.isascii() and any(letter in text for letter in _FOLDED_BY_PYTHON_ALONE):
            return [rule for table in self._tables for rule in table.rules]
        said = text.encode("utf-8", "replace")
        return [rule for table in self._beginning_with(said) for rule in table.pick(said)]

    def _beginning_with(self, said: bytes) -> tuple["_Table", ...]:
        """The tables whose shared needs stand in what is said."""
        met = self._first.met(said)
        tables = self._worth.get(met)
        if tables is None:
            needs = self._first.needs(met)
            tables = self._worth[met] = tuple(table for table in self._tables if table.shared <= needs)
        return tables


class _Table:
    """Rules whose needs are looked for in one go."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        build = _apart if isinstance(rules, Apart) else _together
        begins = {rule.needs[0] for rule in self.rules}
        self.shared = frozenset(begins if len(begins) == 1 else ())
        """What the needs of every one of them begin with."""
        self._needs = [frozenset(rule.needs) - self.shared for rule in self.rules]
        self._automaton = _Automaton((need for needs in self._needs for need in needs), build)
        self._choices: dict[tuple[int, ...], tuple[Rule, ...]] = {}

    def pick(self, said: bytes) -> tuple[Rule, ...]:
        """The rules all of whose needs stand in what is said, which has what they share."""
        met = self._automaton.met(said)
        choice = self._choices.get(met)
        if choice is None:
            found = self._automaton.needs(met)
            choice = tuple(rule for rule, needs in zip(self.rules, self._needs, strict=True) if needs <= found)
            if len(self._choices) < _CHOICES:
                self._choices[met] = choice
        return choice


class _Automaton:
    """Patterns that are looked for in one go. Safe to use from several threads."""

    def __init__(self, needs: Iterable[str], build: Callable[[Sequence[str]], _Match]) -> None:
        self._needs = tuple(dict.fromkeys(needs))
        self._build_one = build
        self._match: _Match | None = None
        self._building = threading.Lock()

    def met(self, said: bytes) -> tuple[int, ...]:
        """The numbers of the patterns that stand in it."""
        return tuple((self._match or self._build())(said) or ())

    def needs(self, met: Iterable[int]) -> frozenset[str]:
        """The patterns of these numbers."""
        return frozenset(map(self._needs.__getitem__, met))

    def _build(self) -> _Match:
        with self._building:
            if self._match is None:
                self._match = self._build_one(self._needs)
            return self._match


def _together(needs: Sequence[str]) -> _Match:
    automaton = re2.Set.SearchSet(_options())
    for need in needs:
        automaton.Add(need)
    automaton.Compile()
    match: _Match = automaton.Match
    return match


def _apart(needs: Sequence[str]) -> _Match:
    automata, options = re2.Filter(), _options()
    for need in needs:
        automata.Add(need, options)
    automata.Compile()
    match: _Match = automata.Match
    return match


def _options() -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return options
