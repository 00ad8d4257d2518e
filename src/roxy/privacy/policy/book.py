"""The policies as they are asked: one `Judge` for each destination and tool, made once and kept.

What a destination says of itself comes first, then the rules of its policy, then what the policy says of types.
A judge remembers what it said of a type at a path, so a leaf costs one look into a dictionary.
"""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

from roxy.errors import ConfigError
from roxy.privacy.policy.file import PolicyFile
from roxy.privacy.policy.rules import LOCAL, OF_OWN_SERVERS, PRESETS, SECRET, Action, Policy, Rule, parts

_MOST_JUDGES = 2_000
_MOST_PLACES = 2_000


class Judge:
    """Says what becomes of a type at a path, for one destination and tool."""

    def __init__(self, policy: Policy, rules: Iterable[Rule], allowed: "Allowed") -> None:
        self.policy = policy.name
        """The name of the policy."""
        self.guards = policy.guards
        """Whether a personal value leaves only if it came from the right place."""
        self.rules = tuple(rules)
        """Tried in this order before what is said of types."""
        self._types = policy.types
        self._other = policy.other
        self._allowed = allowed
        self._known: dict[tuple[str, str], Action] = {}

    def action(self, kind: str, path: str) -> Action:
        """What becomes of a value of this type at this JSON Pointer."""
        known = self._known.get((kind, path))
        if known is None:
            if len(self._known) >= _MOST_PLACES:
                self._known.clear()
            known = self._known[kind, path] = self._judged(kind, parts(path))[0]
        return known

    def why(self, kind: str, path: str) -> str:
        """Where that was said, for people."""
        return self._judged(kind, parts(path))[1]

    def is_nobodys(self, value: str) -> bool:
        """Whether the user's allow-list has this value."""
        return self._allowed.has(value)

    def _judged(self, kind: str, path: Sequence[str]) -> tuple[Action, str]:
        for rule in self.rules:
            if rule.matches(kind, path):
                return rule.action, f"the rule of {rule.where}"
        if kind == SECRET:
            return self._types.get(kind, Action.MASK), "secrets never leave"
        named = self._types.get(kind)
        return (self._other if named is None else named), f"the policy {self.policy}"


class Allowed:
    """The user's allow-list: values, and patterns that must match a whole value."""

    def __init__(self, exact: Iterable[str] = (), patterns: Sequence[str] = ()) -> None:
        self._exact = frozenset(one.casefold() for one in exact)
        self._patterns = patterns
        self._compiled: list[Any] | None = None

    def has(self, value: str) -> bool:
        """Whether it is on the list, whatever the case."""
        if not self._exact and not self._patterns:
            return False
        return value.casefold() in self._exact or any(one.fullmatch(value) for one in self._matchers())

    def _matchers(self) -> list[Any]:
        if self._compiled is None:
            # Few have a list of patterns. RE2 cannot be made to take long, whatever the pattern and the text.
            import re2  # noqa: PLC0415

            self._compiled = [re2.compile(f"(?i){one}") for one in self._patterns]
        return self._compiled


class Book:
    """All policies of this user. Immutable; when the files change another one is made."""

    def __init__(self, said: PolicyFile | None = None) -> None:
        self.said = said or PolicyFile()
        self._allowed = Allowed(self.said.allowed, self.said.patterns)
        self._judges: dict[tuple[str, str | None, str | None], Judge] = {}
        self._exact = [(name, one) for name, one in self.said.destinations.items() if "*" not in name]
        patterns = [(name, one) for name, one in self.said.destinations.items() if "*" in name]
        self._patterns = sorted(patterns, key=lambda item: -len(item[0]))

    @property
    def names(self) -> Sequence[str]:
        """The names of all policies."""
        return list(self.said.policies)

    def check(self, policy: str, *, server: str, where: str) -> None:
        """Raise `ConfigError` when the server `server` names a policy that there is not."""
        if policy not in self.said.policies:
            # Only a mistake pays for loading it.
            from roxy.config.loader import did_you_mean  # noqa: PLC0415

            why = f"`servers.{server}.privacy`: there is no policy `{policy}`."
            raise ConfigError(why, where=where, hint=did_you_mean(policy, self.said.policies))

    def judge(self, destination: str, tool: str | None, policy: str | None = None) -> Judge:
        """Who decides about a payload; `policy` is what the server's own declaration names."""
        key = destination, tool, policy
        judge = self._judges.get(key)
        if judge is None:
            if len(self._judges) >= _MOST_JUDGES:
                self._judges.clear()
            judge = self._judges[key] = self._made(destination, tool, policy)
        return judge

    def for_records(self) -> Judge:
        """Events, logs and metrics: pseudonyms, whatever any policy allows; cities too where the user is strict."""
        strict = self.said.policies[self.said.policy].base == "strict"
        policy = PRESETS["strict"] if strict else PRESETS["balanced"]
        return Judge(policy, (), self._allowed)

    def _made(self, destination: str, tool: str | None, named: str | None) -> Judge:
        if named == LOCAL:
            return Judge(OF_OWN_SERVERS, (), self._allowed)
        matching = [one for name, one in (*self._exact, *self._patterns) if _meant(name, destination)]
        name = next(filter(None, (one.policy for one in matching)), named or self.said.policy)
        # A declaration that was never checked may name one that there is not: nobody makes it weaker by a mistake.
        policy = self.said.policies.get(name, PRESETS["strict"])
        rules = chain(*(one.rules for one in matching), policy.rules)
        return Judge(policy, (rule for rule in rules if rule.for_tool(tool)), self._allowed)


def _meant(name: str, destination: str) -> bool:
    return name == destination or ("*" in name and fnmatchcase(destination, name))


PLAIN = Book()
"""What holds where nobody wrote anything: the preset `balanced`."""
