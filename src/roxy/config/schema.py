"""The words in which settings are declared: each kind of value reads a node, or says what it expected and found.

A schema is one table of names and kinds (`settings.SCHEMA`, `servers.SCHEMA`, `trust.SCHEMA`); all checks follow from
it. What comes from the environment or the command line is bare text, and is read as the kind that is expected.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar, Protocol

from roxy.config.loader import Node, did_you_mean, parse
from roxy.config.secrets import fill, looks_secret, references
from roxy.errors import ConfigError

_NO_VARIABLE = re.compile(r"[^A-Za-z0-9]+")
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_FOUND = {bool: "true or false", int: "a number", float: "a number", str: "text", dict: "a mapping", list: "a list"}


@dataclass(slots=True)
class Reading:
    """One pass over a tree: the environment that references are read from, and those that were not set."""

    environ: Mapping[str, str] = field(repr=False)
    lenient: bool = False
    """Whether an unset variable is noted in `missing` instead of being an error."""
    missing: list[str] = field(default_factory=list)

    def text(self, node: Node, path: str) -> str | None:
        """The text of a scalar with its references replaced; None when a variable is not set."""
        raw = node.text or ""
        name = path.rpartition(".")[2]
        if not node.untyped and looks_secret(name, raw):
            variable = _NO_VARIABLE.sub("_", name).strip("_").upper()
            raise ConfigError(
                f"`{path}` looks like a secret that is written out.",
                where=node.where,
                hint=f"Put it into an environment variable and write ${{{variable}}} here.",
            )
        filled, missing = fill(raw, self.environ)
        if missing and not self.lenient:
            raise ConfigError(
                f"`{path}` refers to {missing[0]}, which is not set.",
                where=node.where,
                hint=f"Set it, or give a default: ${{{missing[0]}:-…}}",
            )
        self.missing = list(dict.fromkeys([*self.missing, *missing]))
        return None if missing else filled


class Kind(Protocol):
    """A kind of value."""

    @property
    def expected(self) -> str:
        """What it accepts, for messages: "a number above 0"."""
        ...

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        """The value of `node`; raises `ConfigError` with its place when it does not fit."""
        ...


def wrong(kind: Kind, node: Node, path: str) -> ConfigError:
    """The error that says what was expected and what was found; never the value, which may be a secret."""
    found = "nothing" if node.value is None else _FOUND.get(type(node.value), type(node.value).__name__)
    found = "something else" if found == kind.expected else found
    return ConfigError(f"`{path}` must be {kind.expected}, and is {found}.", where=node.where)


@dataclass(frozen=True, slots=True)
class Text:
    """Any scalar, as it was written; `verbatim` where nobody writes secrets and `${` is nothing special."""

    verbatim: bool = False
    expected: ClassVar[str] = "text"

    def read(self, node: Node, path: str, reading: Reading) -> str | None:
        """The text; None when a variable in it is not set."""
        if node.text is None or node.value is None:
            raise wrong(self, node, path)
        return node.text if self.verbatim else reading.text(node, path)


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret: exactly one reference to the environment; read as the name of the variable."""

    expected: ClassVar[str] = "a reference to the environment such as ${OPENAI_API_KEY}"

    def read(self, node: Node, path: str, _reading: Reading) -> str:
        """The variable's name; refuses whatever else is written, without repeating it."""
        if node.text is None or node.value is None:
            raise wrong(self, node, path)
        text = node.text.strip()
        found = references(text)
        if text and (len(found) != 1 or text != f"${{{found[0].name}}}"):
            raise ConfigError(
                f"`{path}` must be {self.expected}; a key is never written out.",
                where=node.where,
                hint="Put the key into an environment variable and write its name here, as ${NAME}.",
            )
        return found[0].name if found else ""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    expected: ClassVar[str] = "true or false"

    def read(self, node: Node, path: str, reading: Reading) -> bool:
        """The truth value."""
        if isinstance(node.value, bool):
            return node.value
        text = _bare(node, path, reading)
        if text is None or text.lower() not in _FLAGS:
            raise wrong(self, node, path)
        return _FLAGS[text.lower()]


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is at least `least`, or above it, and at most `most`."""

    least: float = 0
    above: bool = False
    whole: bool = False
    most: float | None = None

    @property
    def expected(self) -> str:
        """Such as "a whole number of at least 0"."""
        limit = "" if self.most is None else f" and at most {self.most}"
        lowest = f"{'above' if self.above else 'of at least'} {self.least}"
        return f"a {'whole ' if self.whole else ''}number {lowest}{limit}"

    def read(self, node: Node, path: str, reading: Reading) -> float:
        """The number, an int when it is whole."""
        value: Any = node.value
        if not isinstance(value, int | float) or node.untyped:
            value = self._parsed(_bare(node, path, reading))
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise wrong(self, node, path)
        if not self._fits(value):
            raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where)
        return int(value) if self.whole else float(value)

    def _fits(self, value: float) -> bool:
        large = value > self.least if self.above else value >= self.least
        if self.most is not None and value > self.most:
            return False
        return large and isfinite(value) and not (self.whole and value != int(value))

    def _parsed(self, text: str | None) -> float | None:
        try:
            return None if text is None else float(text)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The words."""
        return f"one of {', '.join(word or 'nothing' for word in self.words)}"

    def read(self, node: Node, path: str, reading: Reading) -> str:
        """The word."""
        text = Text().read(node, path, reading)
        if text is None or text not in self.words:
            hint = did_you_mean(text or "", [word for word in self.words if word])
            raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where, hint=hint)
        return text


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that may be nothing (`null`)."""

    kind: Kind

    @property
    def expected(self) -> str:
        """As the kind, or nothing."""
        return f"{self.kind.expected}, or nothing"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        """The value or None."""
        nothing = node.value is None or (node.untyped and node.text in {"", "null"})
        return None if nothing else self.kind.read(node, path, reading)


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; as bare text `[a, b]` or `a, b`."""

    kind: Kind
    expected: ClassVar[str] = "a list"

    def read(self, node: Node, path: str, reading: Reading) -> tuple[Any, ...]:
        """The items; one whose variable is not set is left out."""
        items = self._items(node)
        if not isinstance(items, list):
            raise wrong(self, node, path)
        read = (self.kind.read(item, f"{path}[{place}]", reading) for place, item in enumerate(items))
        return tuple(item for item in read if item is not None)

    def _items(self, node: Node) -> Any:
        if not node.untyped:
            return node.value
        text = node.text or ""
        if text.startswith("["):
            return getattr(typed(node), "value", None)
        words = [word.strip() for word in text.split(",")]
        return [Node(word, node.where, word, untyped=True) for word in words if word]


@dataclass(frozen=True, slots=True)
class MappingOf:
    """Names, chosen by the user, to values of one kind."""

    kind: Kind
    expected: ClassVar[str] = "a mapping"

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, Any]:
        """The values by name; one whose variable is not set is left out."""
        if node.untyped and (node.text or "").startswith("{"):
            node = typed(node)
        if not node.is_mapping:
            raise wrong(self, node, path)
        read = {name: self.kind.read(child, f"{path}.{name}", reading) for name, child in node.value.items()}
        return {name: value for name, value in read.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever a skill declares for itself: any tree, references replaced; None where a variable is not set."""

    expected: ClassVar[str] = "a value"

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        """The tree as plain values."""
        if node.untyped:
            node = typed(node)
        if node.is_mapping:
            return {name: self.read(child, f"{path}.{name}", reading) for name, child in node.value.items()}
        if isinstance(node.value, list):
            return [self.read(item, f"{path}[{place}]", reading) for place, item in enumerate(node.value)]
        if isinstance(node.value, str):
            return Reading(reading.environ, lenient=True).text(node, path)
        return node.value


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping with known keys.

    What is not given, or refers to a variable that is not set, is left out, so that defaults stay in one place.
    """

    keys: Mapping[str, Kind]
    expected: ClassVar[str] = "a mapping"

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, Any]:
        """The values of the keys that are given. `key:` with nothing behind it counts as not given."""
        if not node.is_mapping:
            raise wrong(self, node, path or "the file")
        found: dict[str, Any] = {}
        for name, child in node.value.items():
            kind = self.keys.get(name)
            place = f"{path}.{name}" if path else name
            if kind is None:
                hint = did_you_mean(name, self.keys)
                raise ConfigError(f"`{place}` is not a known setting.", where=child.where, hint=hint)
            given = child.value is not None or isinstance(kind, Maybe)
            value = kind.read(child, place, reading) if given else None
            if value is not None or isinstance(kind, Maybe):
                found[name] = value
        return found

    def at(self, path: Sequence[str]) -> Kind | None:
        """The kind of value at `path`, None when there is none."""
        kind: Kind | None = self
        for name in path:
            kind = kind.keys.get(name) if isinstance(kind, Section) else getattr(kind, "kind", None)
        return kind


def typed(node: Node) -> Node:
    """Bare text read as YAML, as far as it is."""
    found = parse(node.text or "", node.where)
    return found or Node(None, node.where)


def _bare(node: Node, path: str, reading: Reading) -> str | None:
    """The text of what may be given as text: from outside the files, or through a reference."""
    if node.untyped or (isinstance(node.value, str) and "${" in node.value):
        return reading.text(node, path)
    return None
