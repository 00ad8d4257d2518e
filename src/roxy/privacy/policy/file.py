"""Reading `privacy.yaml`: packaged, the machine's and the user's, merged; a project has no say in what may leave.

Whatever is wrong is a `ConfigError` with file and line and the nearest right word, before anything has started.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from roxy.config import layers
from roxy.config.loader import Node, did_you_mean, read_file
from roxy.config.places import Places
from roxy.config.schema import Choice, ListOf, MappingOf, Reading, Section, Text, wrong
from roxy.errors import ConfigError
from roxy.privacy.detection.engines.chosen import Chosen
from roxy.privacy.policy.naming import NAMES, chosen
from roxy.privacy.policy.rules import ANY, LOCAL, PRESETS, SECRET, TYPES, Action, Policy, Rule, parts

PRIVACY_FILE = "privacy.yaml"
LONGEST_PATTERN = 200
"""Characters of a pattern of the allow-list."""
SHORTEST_WORD = 2
"""Characters of a word of the dictionary."""
_OF_ALL_KINDS = ("Ann Lee", "ann@example.com", "+1 212 555 0123", "4111111111111111", "12 Main St, Rome")
_CALLED = {
    "EMAIL": "EMAIL_ADDRESS", "MAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "NAME": "PERSON", "PEOPLE": "PERSON",
    "CITY": "LOCATION", "COUNTRY": "LOCATION", "PLACE": "LOCATION", "CARD": "CREDIT_CARD", "IBAN": "IBAN_CODE",
    "IP": "IP_ADDRESS", "SSN": "US_SSN", "PASSWORD": "SECRET", "TOKEN": "SECRET", "BIRTHDAY": "DATE_OF_BIRTH",
    "COMPANY": "ORGANIZATION", "ORG": "ORGANIZATION", "IMAGE": "BINARY", "FILE": "BINARY",
}  # fmt: skip
"""What people call the types."""
_WORD = Text(verbatim=True)
_ACTIONS = Choice(tuple(Action))
_FOR_SECRETS = (Action.MASK, Action.BLOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What is said of one destination, or of all whose name matches."""

    policy: str = ""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """What the files say."""

    policy: str = "balanced"
    """The policy of every destination that has none of its own."""
    policies: Mapping[str, Policy] = field(default_factory=lambda: dict(PRESETS))
    """All policies, the presets among them."""
    destinations: Mapping[str, Destination] = field(default_factory=dict)
    """By the name of a server, or `model:NAME`; `*` for any letters."""
    dictionary: tuple[str, ...] = ()
    """What is personal to this user: names, addresses."""
    allowed: tuple[str, ...] = ()
    """Values that are nobody's, whatever a detector says."""
    patterns: tuple[str, ...] = ()
    """The same, as regular expressions (RE2) that must match a whole value."""
    names: Chosen = field(default_factory=Chosen)
    """Which model finds names."""


@dataclass(frozen=True, slots=True)
class _ListOrOne:
    """A list of words, or one word."""

    expected: str = "a word or a list of words"

    def read(self, node: Node, path: str, reading: Reading) -> tuple[str, ...]:
        if node.text is not None and node.value is not None and not node.untyped:
            return (_WORD.read(node, path, reading) or "",)
        found: tuple[str, ...] = ListOf(_WORD).read(node, path, reading)
        return found


@dataclass(frozen=True, slots=True)
class _Types:
    """Types, or `*` for all of them but secrets."""

    expected: str = "a type such as EMAIL_ADDRESS, or a list of them"

    def read(self, node: Node, path: str, reading: Reading) -> frozenset[str]:
        names = _ListOrOne().read(node, path, reading)
        for name, where in zip(names, _wheres(node), strict=True):
            if name not in (*TYPES, ANY):
                raise _no_type(name, path, where)
        return frozenset() if ANY in names else frozenset(names)


@dataclass(frozen=True, slots=True)
class _Paths:
    """JSON Pointers."""

    expected: str = "a path such as /to or /people/*/email, or a list of them"

    def read(self, node: Node, path: str, reading: Reading) -> tuple[tuple[str, ...], ...]:
        found = _ListOrOne().read(node, path, reading)
        for one, where in zip(found, _wheres(node), strict=True):
            if one and not one.startswith("/"):
                raise ConfigError(f"`{path}` must be {self.expected}.", where=where, hint=f"Write `/{one}`.")
            if any(ANY in part and part != ANY for part in parts(one)):
                hint = f"`{ANY}` stands for one whole part, and a path counts for all that is below it."
                raise ConfigError(f"`{path}`: `{one}` would match nothing.", where=where, hint=hint)
        return tuple(parts(one) for one in found)


def _wheres(node: Node) -> list[str]:
    """The place of each word of a `_ListOrOne`."""
    return [item.where for item in node.value] if isinstance(node.value, list) else [node.where]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule."""

    expected: str = "a rule with an action"

    def read(self, node: Node, path: str, reading: Reading) -> Rule:
        found = _RULE.read(node, path, reading)
        for name in ("tool", "path", "types"):
            if name in node.value and _is_empty(node.value[name]):
                hint = "Leave it away where everything is meant, else name what is meant."
                raise ConfigError(f"`{path}.{name}` is empty.", where=node.value[name].where, hint=hint)
        if "action" not in found:
            raise ConfigError(f"`{path}.action` is missing.", where=node.where, hint=f"It is {_ACTIONS.expected}.")
        rule = Rule(
            action=Action(found["action"]),
            tools=found.get("tool", ()),
            paths=found.get("path", ()),
            types=found.get("types", frozenset()),
            where=node.where,
        )
        if SECRET in rule.types:
            _check_secret(rule.action, path, node.where)
        return rule


def _is_empty(node: Node) -> bool:
    """Whether nothing is named: what a rule does not name matches everything, and nobody means that by nothing."""
    if isinstance(node.value, list):
        return not node.value or any(map(_is_empty, node.value))
    return node.value is None or node.text == ""


@dataclass(frozen=True, slots=True)
class _TypeActions:
    """What becomes of each type; `*` is for those that are not named."""

    expected: str = "a mapping of types to actions"

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, Action]:
        if not node.is_mapping:
            raise wrong(self, node, path)
        found = {}
        for name, child in node.value.items():
            if name not in (*TYPES, ANY):
                raise _no_type(name, path, child.where)
            found[name] = Action(_ACTIONS.read(child, f"{path}.{name}", reading))
            if name == SECRET:
                _check_secret(found[name], path, child.where)
        return found


@dataclass(frozen=True, slots=True)
class _Value:
    """What is personal, or nobody's."""

    expected: str = f"a text of {SHORTEST_WORD} characters or more"

    def read(self, node: Node, path: str, reading: Reading) -> str:
        text = (_WORD.read(node, path, reading) or "").strip()
        if len(text) < SHORTEST_WORD:
            hint = "A shorter one would be found in every text."
            raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where, hint=hint)
        return text


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A regular expression of RE2, which takes time in proportion to the text, whatever the expression."""

    expected: str = (
        f"a regular expression (RE2) of at most {LONGEST_PATTERN} characters that needs at least one of them"
    )

    def read(self, node: Node, path: str, reading: Reading) -> str:
        # Few have a list of patterns, and every command pays for what is imported above.
        import re2  # noqa: PLC0415

        text = _WORD.read(node, path, reading) or ""
        options = re2.Options()
        options.log_errors = False  # it would write the pattern to stderr
        try:
            fits = 0 < len(text) <= LONGEST_PATTERN and not re2.compile(text, options).fullmatch("")
        except re2.error as error:
            raise ConfigError(f"`{path}` must be {self.expected}: {_said(error)}.", where=node.where) from None
        if not fits:
            raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where)
        if all(re2.compile(f"(?i){text}", options).fullmatch(one) for one in _OF_ALL_KINDS):
            hint = "Say what the values look like, or take the policy `off` for a destination."
            raise ConfigError(f"`{path}` matches whatever there is.", where=node.where, hint=hint)
        return text


@dataclass(frozen=True, slots=True)
class _Naming:
    """A mapping in which one key names a policy: some write only that name."""

    section: Section
    key: str
    expected: str = "a mapping"

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, Any]:
        if not node.is_mapping and node.text:
            hint = f"Write it as `{{{self.key}: NAME}}`."
            raise ConfigError(f"`{path}` must be {self.expected}, and is text.", where=node.where, hint=hint)
        return self.section.read(node, path, reading)


_RULE = Section({"tool": _ListOrOne(), "path": _Paths(), "types": _Types(), "action": _ACTIONS})
_RULES = ListOf(_Rule())
SCHEMA = Section(
    {
        "policy": _WORD,
        "policies": MappingOf(_Naming(Section({"base": _WORD, "types": _TypeActions(), "rules": _RULES}), "base")),
        "destinations": MappingOf(_Naming(Section({"policy": _WORD, "rules": _RULES}), "policy")),
        "dictionary": ListOf(_Value()),
        "allow": Section({"exact": ListOf(_Value()), "patterns": ListOf(_Pattern())}),
        "names": NAMES,
    }
)


def load(places: Places, environ: Mapping[str, str]) -> PolicyFile:
    """The files of all layers; raises `ConfigError` for the first thing that is wrong."""
    folders = (places.packaged, places.site, places.config)
    tree = layers.merged(read_file(folder / PRIVACY_FILE) for folder in folders)
    above = layers.environment(environ, ("privacy",), Node({"privacy": tree}, ""))
    return check(layers.merged([tree, above.value["privacy"]]) if above else tree)


def check(tree: Node) -> PolicyFile:
    """What a tree says; raises `ConfigError` for the first thing that is wrong."""
    found = SCHEMA.read(tree, "", Reading({}))
    policies = _policies(found.get("policies", {}), tree)
    for name, said in found.get("destinations", {}).items():
        _named(name, "destinations", _at(tree, "destinations", name))
        _not_left_empty(tree, "destinations", name, "policy")
        if "policy" in said:
            _known(said["policy"], policies, f"destinations.{name}.policy", _at(tree, "destinations", name, "policy"))
    _not_left_empty(tree, "policy")
    policy = found.get("policy", "balanced")
    _known(policy, policies, "policy", _at(tree, "policy"))
    allow = found.get("allow", {})
    return PolicyFile(
        policy=policy,
        policies=policies,
        destinations={name: Destination(**said) for name, said in found.get("destinations", {}).items()},
        dictionary=tuple(found.get("dictionary", ())),
        allowed=allow.get("exact", ()),
        patterns=allow.get("patterns", ()),
        names=chosen(found.get("names", {}), partial(_at, tree, "names")),
    )


def _policies(given: Mapping[str, Mapping[str, Any]], tree: Node) -> dict[str, Policy]:
    policies = dict(PRESETS)
    for name, said in given.items():
        where = _at(tree, "policies", name)
        _named(name, "policies", where)
        if name in (*PRESETS, LOCAL):
            raise ConfigError(f"`policies.{name}` is one of Roxy's own.", where=where, hint="Give yours another name.")
        _not_left_empty(tree, "policies", name, "base")
        base = said.get("base", "balanced")
        _known(base, PRESETS, f"policies.{name}.base", _at(tree, "policies", name, "base"))
        below, types = PRESETS[base], dict(said.get("types", {}))
        other = types.pop(ANY, below.other)
        # `*` stands for every type, so what the preset says of single ones does not count beside it.
        types = types if ANY in said.get("types", {}) else {**below.types, **types}
        rules = (*said.get("rules", ()), *below.rules)
        policies[name] = replace(below, name=name, rules=rules, types=types, other=other)
    return policies


def _named(name: str, path: str, where: str) -> None:
    if not name.strip():
        raise ConfigError(f"`{path}` holds one without a name.", where=where, hint="Give it its name, or delete it.")


def _known(name: str, policies: Mapping[str, Policy], path: str, where: str) -> None:
    if name not in policies:
        raise ConfigError(f"`{path}`: there is no policy `{name}`.", where=where, hint=did_you_mean(name, policies))


def _not_left_empty(tree: Node, *path: str) -> None:
    """What is left empty would be the default, which may be weaker than what stood there in another file."""
    node = _below(tree, path)
    if node is not None and node.value is None:
        hint = "Write the name of a policy, or leave the line away."
        raise ConfigError(f"`{'.'.join(path)}` is empty.", where=node.where, hint=hint)


def _at(tree: Node, *path: str) -> str:
    """Where that stands, or the nearest above it that is there."""
    wheres = (_below(tree, path[:length]) for length in range(len(path), 0, -1))
    return next((node.where for node in wheres if node is not None), "")


def _below(tree: Node, path: Sequence[str]) -> Node | None:
    node: Node | None = tree
    for name in path:
        node = node.value.get(name) if node is not None and node.is_mapping else None
    return node


def _check_secret(action: Action, path: str, where: str) -> None:
    if action not in _FOR_SECRETS:
        raise ConfigError(
            f"`{path}` would let secrets leave or come back.",
            where=where,
            hint=f"For {SECRET} there is {' and '.join(_FOR_SECRETS)}.",
        )


def _no_type(name: str, path: str, where: str) -> ConfigError:
    meant = _CALLED.get(name.upper(), name.upper())
    hint = f"Write `{meant}`." if meant in TYPES else did_you_mean(meant, TYPES)
    return ConfigError(f"`{path}`: there is no type `{name}`.", where=where, hint=hint)


def _said(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else re.sub(r"\s+", " ", str(text))
