"""Reading `privacy.yaml`: packaged, the machine's and the user's, merged; a project has no say in what may leave.

Whatever is wrong is a `ConfigError` with file and line and the nearest right word, before anything has started.
"""

import re
from collections.abc import Mapping
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
from roxy.privacy.policy.rules import ANY, PRESETS, SECRET, TYPES, Action, Policy, Rule, parts

PRIVACY_FILE = "privacy.yaml"
LONGEST_PATTERN = 200
"""Characters of a pattern of the allow-list."""
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
        for place, name in enumerate(names):
            if name not in (*TYPES, ANY):
                where = node.value[place].where if isinstance(node.value, list) else node.where
                raise _no_type(name, path, where)
        return frozenset() if ANY in names else frozenset(names)


@dataclass(frozen=True, slots=True)
class _Paths:
    """JSON Pointers."""

    expected: str = "a path such as /to or /people/*/email, or a list of them"

    def read(self, node: Node, path: str, reading: Reading) -> tuple[tuple[str, ...], ...]:
        found = _ListOrOne().read(node, path, reading)
        for one in found:
            if one and not one.startswith("/"):
                raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where, hint=f"Write `/{one}`.")
        return tuple(parts(one) for one in found)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule."""

    expected: str = "a rule with an action"

    def read(self, node: Node, path: str, reading: Reading) -> Rule:
        found = _RULE.read(node, path, reading)
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
class _Pattern:
    """A regular expression of RE2, which takes time in proportion to the text, whatever the expression."""

    expected: str = f"a regular expression (RE2) of at most {LONGEST_PATTERN} characters that does not match nothing"

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
        return text


_RULE = Section({"tool": _ListOrOne(), "path": _Paths(), "types": _Types(), "action": _ACTIONS})
_RULES = ListOf(_Rule())
SCHEMA = Section(
    {
        "policy": _WORD,
        "policies": MappingOf(Section({"base": _WORD, "types": _TypeActions(), "rules": _RULES})),
        "destinations": MappingOf(Section({"policy": _WORD, "rules": _RULES})),
        "dictionary": ListOf(_WORD),
        "allow": Section({"exact": ListOf(_WORD), "patterns": ListOf(_Pattern())}),
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
        if "policy" in said:
            _known(said["policy"], policies, f"destinations.{name}.policy", _at(tree, "destinations", name, "policy"))
    policy = found.get("policy", "balanced")
    _known(policy, policies, "policy", _at(tree, "policy"))
    allow = found.get("allow", {})
    return PolicyFile(
        policy=policy,
        policies=policies,
        destinations={name: Destination(**said) for name, said in found.get("destinations", {}).items()},
        dictionary=tuple(filter(None, found.get("dictionary", ()))),
        allowed=allow.get("exact", ()),
        patterns=allow.get("patterns", ()),
        names=chosen(found.get("names", {}), partial(_at, tree, "names")),
    )


def _policies(given: Mapping[str, Mapping[str, Any]], tree: Node) -> dict[str, Policy]:
    policies = dict(PRESETS)
    for name, said in given.items():
        where = _at(tree, "policies", name)
        if name in PRESETS:
            raise ConfigError(f"`policies.{name}` is a preset.", where=where, hint="Give yours another name.")
        base = said.get("base", "balanced")
        _known(base, PRESETS, f"policies.{name}.base", _at(tree, "policies", name, "base"))
        below, types = PRESETS[base], dict(said.get("types", {}))
        other = types.pop(ANY, below.other)
        # `*` stands for every type, so what the preset says of single ones does not count beside it.
        types = types if ANY in said.get("types", {}) else {**below.types, **types}
        rules = (*said.get("rules", ()), *below.rules)
        policies[name] = replace(below, name=name, rules=rules, types=types, other=other)
    return policies


def _known(name: str, policies: Mapping[str, Policy], path: str, where: str) -> None:
    if name not in policies:
        raise ConfigError(f"`{path}`: there is no policy `{name}`.", where=where, hint=did_you_mean(name, policies))


def _at(tree: Node, *path: str) -> str:
    where = ""
    for name in path:
        if not tree.is_mapping or name not in tree.value:
            break
        tree = tree.value[name]
        where = tree.where
    return where


def _check_secret(action: Action, path: str, where: str) -> None:
    if action not in _FOR_SECRETS:
        raise ConfigError(
            f"`{path}` would let secrets leave or come back.",
            where=where,
            hint=f"For {SECRET} there is {' and '.join(_FOR_SECRETS)}.",
        )


def _no_type(name: str, path: str, where: str) -> ConfigError:
    hint = did_you_mean(name.upper(), TYPES)
    return ConfigError(f"`{path}`: there is no type `{name}`.", where=where, hint=hint)


def _said(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode(errors="replace") if isinstance(text, bytes) else re.sub(r"\s+", " ", str(text))
