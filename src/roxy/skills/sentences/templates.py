"""One sentence template (hassil's language) made into what matching needs: a regular expression, and words to look for.

hassil's parser reads the template; its own matcher is not used, because a regular expression per template is some
twenty times as fast and can be kept on disk, so that a fresh process need not even load hassil. Semantics are
hassil's: `(a|b)`, `[optional]`, `(a;b)` in any order, `<rule>`, `{slot}`, `{list:slot}`, `{0..100:slot}`. White space
in a template stands for one space, and for none where a neighbour was left out.

This module loads hassil, which takes longer than answering a question: only `roxy.skills.reading` imports it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, permutations, product
from re import escape
from typing import Any

from hassil.expression import Alternative, Expression, Group, ListReference, Permutation, RuleReference, TextChunk
from hassil.expression import Sentence as ParsedSentence
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from roxy.errors import ConfigError
from roxy.skills.sentences.grammar import Capture, SlotKind, Template
from roxy.skills.sentences.hearing import normal
from roxy.skills.sentences.numbers import MARK
from roxy.skills.sentences.numbers import PATTERN as NUMBER

_SPACE = r"(?: |(?<![^ ])|$)"
"""One space; none after a space, at the start and at the end."""

_UNIT = r"(?: (?=[^\W\d]))?"
"""After a number its unit is a word of its own ("10km" is compared as "10 km"), also where a template joins them."""

_UNKNOWN = "\0"
"""Stands for words that cannot be known, in the expansions from which the keys are taken."""

_MAX_EXPANSIONS = 64
_MAX_PERMUTED = 4
_MAX_TEXT_SLOTS = 8
"""In all branches together; each makes a long utterance slower to refuse."""
_MAX_DEPTH = 40
_LONG_WORD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSpec:
    """What a slot takes, as a skill declares it."""

    kind: SlotKind = SlotKind.TEXT
    values: Mapping[str, Any] = field(default_factory=dict)
    """For a choice: what is said, and the value it stands for. What is said may be a template without slots."""
    greedy: bool = False
    """For text: take as much as possible; else as little."""
    low: int | None = None
    high: int | None = None
    holds: tuple[str, ...] = ()
    """For text: words of which it must hold one, so that other talk is left alone."""
    begins_not: tuple[str, ...] = ()
    """For text: words with which it may not begin."""


@dataclass(slots=True)
class _Compiler:
    """The state of compiling one template."""

    slots: Mapping[str, SlotSpec]
    lists: Mapping[str, SlotSpec]
    rules: Mapping[str, ParsedSentence]
    captures: list[Capture] = field(default_factory=list)
    literal: bool = False

    def pattern(self, node: Expression, depth: int = 0) -> str:
        """The regular expression of a part of the template."""
        if depth > _MAX_DEPTH:
            raise ConfigError("its rules refer to each other in a circle")
        if isinstance(node, TextChunk):
            return self._chunk(node.original_text)
        if isinstance(node, ListReference):
            return self._slot(node)
        if isinstance(node, RuleReference):
            return f"(?:{self.pattern(self._rule(node), depth + 1)})"
        if not isinstance(node, Group):
            raise ConfigError(f"{type(node).__name__} cannot be used in a skill's sentences")
        if isinstance(node, Permutation):
            return self._any_order(node, depth)
        parts = [self.pattern(item, depth + 1) for item in node.items]
        return f"(?:{'|'.join(parts)})" if isinstance(node, Alternative) else "".join(parts)

    def _any_order(self, node: Permutation, depth: int) -> str:
        if len(node.items) > _MAX_PERMUTED:
            raise ConfigError(f"at most {_MAX_PERMUTED} parts can stand in any order")
        orders = (_SPACE.join(self.pattern(item, depth + 1) for item in order) for order in permutations(node.items))
        return f"(?:{'|'.join(orders)})"

    def _chunk(self, text: str) -> str:
        words = normal(text).split()
        self.literal = self.literal or bool(words)
        inner = _SPACE.join(escape(word) for word in words)
        if not words:
            return _SPACE if text.isspace() else ""
        return f"{_SPACE if text[0].isspace() else ''}{inner}{_SPACE if text[-1].isspace() else ''}"

    def _slot(self, node: ListReference) -> str:
        spec = self._spec(node)
        group = f"s{len(self.captures)}"
        if spec.kind is SlotKind.CHOICE:
            values = _said(spec.values, self.rules)
            self.captures.append(Capture(group, node.slot_name, spec.kind, values))
            longest_first = sorted(values, key=lambda said: (-len(said), said))
            return f"(?P<{group}>{'|'.join(escape(said) for said in longest_first)})"
        limits = (spec.low, spec.high, spec.holds, spec.begins_not)
        self.captures.append(Capture(group, node.slot_name, spec.kind, {}, *limits))
        if spec.kind in {SlotKind.TEXT, SlotKind.URL, SlotKind.FILE}:
            return (
                rf"(?<![^ ])(?P<{group}>[^ ](?:.*[^ ])?)"
                if spec.greedy
                else rf"(?<![^ ])(?P<{group}>[^ ](?:.*?[^ ])??)"
            )
        return f"(?P<{group}>{NUMBER}){_UNIT}"

    def check(self) -> None:
        """Raise `ConfigError` for a template that would match everything, or take forever."""
        texts = sum(capture.kind is SlotKind.TEXT for capture in self.captures)
        if not self.literal and texts:
            raise ConfigError("it has no word of its own and would match everything")
        if texts > _MAX_TEXT_SLOTS:
            raise ConfigError(f"more than {_MAX_TEXT_SLOTS} text slots are ambiguous and slow")

    def _rule(self, node: RuleReference) -> Expression:
        rule = self.rules.get(node.rule_name)
        if rule is None:
            raise ConfigError(f"there is no rule <{node.rule_name}>", hint=f"rules: {', '.join(self.rules) or 'none'}")
        return rule.expression

    def phrases(self, node: Expression, *, edge: bool = True) -> set[str]:
        """What can be said for a part, slots unknown and optional words left out where that changes no other word."""
        if isinstance(node, TextChunk):
            return {node.original_text}
        if isinstance(node, RuleReference):
            return self.phrases(self._rule(node), edge=False)
        if not isinstance(node, Group):
            return {self._slot_phrase(node)}
        if isinstance(node, Alternative):
            return _limited(phrase for item in node.items for phrase in self.phrases(item, edge=False))
        if isinstance(node, Permutation):
            return self._joined(node.items, edge=edge)
        return self._joined(
            [item for at, item in enumerate(node.items) if not _droppable(node.items, at, edge)], edge=edge
        )

    def _slot_phrase(self, node: Expression) -> str:
        """A number is a word of its own that is known to be there; what touches it without a space is not."""
        if isinstance(node, ListReference) and self._spec(node).kind in {SlotKind.INTEGER, SlotKind.NUMBER}:
            return f"{_UNKNOWN} {MARK} {_UNKNOWN}"
        return _UNKNOWN

    def _spec(self, node: ListReference) -> SlotSpec:
        span = node.get_inline_range()
        if span is not None:
            return SlotSpec(kind=SlotKind.INTEGER, low=span[0], high=span[1])
        if node.list_name in self.lists:
            return self.lists[node.list_name]
        return self.slots.get(node.slot_name, SlotSpec())

    def _joined(self, items: Sequence[Expression], *, edge: bool) -> set[str]:
        texts = [""]
        for item in items:
            parts = self.phrases(item, edge=edge)
            if len(texts) * len(parts) > _MAX_EXPANSIONS:
                parts = {_UNKNOWN}
            texts = [first + second for first, second in product(texts, sorted(parts))]
        return set(texts)


def parse(template: str) -> ParsedSentence:
    """A template as hassil's tree; raises `ConfigError` when it is not one."""
    try:
        return parse_sentence(template)
    except (ParseError, AssertionError) as error:
        raise ConfigError(f"the sentence “{template}” is not a template: {error}") from error


def always_filled(tree: Expression, rules: Mapping[str, ParsedSentence]) -> frozenset[str]:
    """The slots that whoever says this fills, whichever way through the template they take."""
    if isinstance(tree, ListReference):
        return frozenset((tree.slot_name,))
    if isinstance(tree, RuleReference):
        rule = rules.get(tree.rule_name)
        return frozenset() if rule is None else always_filled(rule.expression, rules)
    if not isinstance(tree, Group):
        return frozenset()
    parts = [always_filled(item, rules) for item in tree.items]
    if isinstance(tree, Alternative):
        return frozenset.intersection(*parts) if parts else frozenset()
    return frozenset().union(*parts)


def compile_template(
    template: str,
    *,
    intent: str,
    slots: Mapping[str, SlotSpec],
    lists: Mapping[str, SlotSpec],
    rules: Mapping[str, ParsedSentence],
) -> Template:
    """Make `template` ready for matching; raises `ConfigError` that quotes it when it cannot be used."""
    tree = parse(template).expression
    compiler = _Compiler(slots, lists, rules)
    try:
        pattern = compiler.pattern(tree)
        compiler.check()
        keys, needs = _keys(compiler.phrases(tree))
    except ConfigError as error:
        raise ConfigError(f"the sentence “{template}” cannot be used: {error.message}", hint=error.hint) from error
    return Template(intent, template, pattern, tuple(compiler.captures), keys, needs)


def _droppable(items: Sequence[Expression], at: int, edge: bool) -> bool:  # noqa: FBT001  # internal
    """Whether the optional part at `at` stands between spaces, so that leaving it out changes no neighbouring word."""
    item = items[at]
    if not (isinstance(item, Alternative) and item.is_optional):
        return False
    before = edge if at == 0 else _touches_space(items[at - 1], last=True)
    after = edge if at == len(items) - 1 else _touches_space(items[at + 1], last=False)
    return before and after


def _touches_space(item: Expression, *, last: bool) -> bool:
    if not isinstance(item, TextChunk) or not item.original_text:
        return False
    return item.original_text[-1 if last else 0].isspace()


def _limited(phrases: Iterable[str]) -> set[str]:
    found = set(phrases)
    return found if len(found) <= _MAX_EXPANSIONS else {_UNKNOWN}


def _keys(phrases: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of which one is in every utterance that can match, and those that are all in it.

    Without any such word the keys are empty, and the template must be tried on everything.
    """
    known = [{word for word in normal(phrase).split() if _UNKNOWN not in word} for phrase in phrases]
    if not known or not all(known):
        return (), ()
    needs = set.intersection(*known)
    best = max(needs, key=_weight, default="")
    if len(best) >= _LONG_WORD:
        return (best,), tuple(sorted(needs))
    return tuple(sorted({max(words, key=_weight) for words in known})), tuple(sorted(needs))


def _weight(word: str) -> tuple[int, str]:
    return (len(word), word)


def _said(values: Mapping[str, Any], rules: Mapping[str, ParsedSentence]) -> dict[str, Any]:
    """Every phrase that stands for a value, in compared form."""
    return {phrase: value for said, value in values.items() for phrase in _expand(said, rules)}


def _expand(said: str, rules: Mapping[str, ParsedSentence]) -> Iterator[str]:
    if not any(mark in said for mark in "[(<{|"):
        yield normal(said)
        return
    for phrase in sorted({normal(phrase) for phrase in _all_phrases(parse(said).expression, rules)}):
        if _UNKNOWN in phrase:
            raise ConfigError(f"the choice “{said}” holds a slot or a rule that is not there")
        if phrase:
            yield phrase


def _all_phrases(node: Expression, rules: Mapping[str, ParsedSentence]) -> list[str]:
    """Every phrase of a part, optional words with and without."""
    if isinstance(node, TextChunk):
        return [node.original_text]
    if isinstance(node, RuleReference) and node.rule_name in rules:
        return _all_phrases(rules[node.rule_name].expression, rules)
    if not isinstance(node, Group):
        return [_UNKNOWN]
    parts = [_all_phrases(item, rules) for item in node.items]
    if isinstance(node, Alternative):
        return list(chain.from_iterable(parts))
    return ["".join(phrase) for phrase in islice(product(*parts), _MAX_EXPANSIONS * 4)]
