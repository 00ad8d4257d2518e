"""YAML with line numbers: a file becomes a tree of nodes, each of which knows where it was written.

libyaml composes the document; nothing is constructed but plain scalars, so a file cannot make Python objects. Every
problem is one `ConfigError` with `file:line`. Keys that stand twice are errors, since one of them would be lost
without a word.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from roxy.errors import ConfigError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_BYTES = 1_000_000
_MAX_NODES = 20_000
_MAX_DEPTH = 24
_MAX_SHALLOW = 1_000
"""Characters; no nesting within so few of them can exhaust the stack."""
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it was written: `file:line`, `environment NAME`, `command line`."""

    value: Any
    """A scalar, a `dict[str, Node]` or a `list[Node]`."""
    where: str
    text: str | None = None
    """A scalar as it was written; None for mappings and lists."""
    untyped: bool = False
    """It was given as bare text (environment, command line): the schema says what it is."""

    @property
    def is_mapping(self) -> bool:
        """Whether it holds keys."""
        return isinstance(self.value, dict)


def read_file(path: Path) -> Node | None:
    """The tree of a file; None when there is no such file, or nothing in it."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(
            f"It cannot be read: {error.strerror}.", where=str(path), hint=f"Check it with: ls -l {path}"
        ) from error
    if len(data) > _MAX_BYTES:
        raise ConfigError("It is larger than 1 MB, too large for a configuration file.", where=str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("It is not UTF-8.", where=f"{path}:{line}", hint="Save it as UTF-8.") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Node | None:
    """The tree of a document called `name` in messages; None when it is empty."""
    root = compose(text, name)
    return None if root is None else _Reading(name).node(root, root.start_mark.line + 1, 0)


def compose(text: str, name: str) -> yaml.Node | None:
    """The document as libyaml sees it, with marks; for those who edit the text."""
    refuse_deep(text, name)
    try:
        loader = _LOADER(text)
        try:
            root: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        said = error.problem or error.context or "it cannot be read"
        raise ConfigError(f"This is not valid YAML: {said}.", where=where, hint=_advice(text, mark)) from None
    except yaml.YAMLError as error:
        # A reader error quotes the character; its position is all that helps.
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise ConfigError("There is a character here that YAML does not allow.", where=f"{name}:{line}") from None
    return root


def refuse_deep(text: str, name: str) -> None:
    """Raise `ConfigError` for a document that is nested too deeply to be composed; other mistakes pass.

    libyaml's events come one by one, but PyYAML composes them by recursion in C: deep enough, that ends the process.
    """
    if len(text) < _MAX_SHALLOW:
        return
    loader = _LOADER(text)
    depth = 0
    try:
        while loader.check_event():
            found = loader.get_event()
            depth += isinstance(found, yaml.CollectionStartEvent) - isinstance(found, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise ConfigError("It is nested too deeply.", where=f"{name}:{found.start_mark.line + 1}")
    except yaml.YAMLError:
        return  # composing says the same, with advice
    finally:
        loader.dispose()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that was probably meant by `word`."""
    # Only a mistake pays for loading it.
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    found = process.extractOne(word, list(known), scorer=fuzz.ratio, processor=str.lower, score_cutoff=60)
    return None if found is None else str(found[0])


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint: the nearest right word, else all of them."""
    names = list(known)
    if meant := nearest(word, names):
        return f"Did you mean `{meant}`?"
    return f"Known here: {', '.join(names)}." if names else ""


def leaves(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Everything below `node` that is not a mapping with keys in it, with its path, in the order of the file."""
    if not node.is_mapping or not node.value:
        yield path, node
        return
    for key, child in node.value.items():
        yield from leaves(child, (*path, key))


class _Reading:
    """One document on its way from libyaml's nodes to ours, with a bound on what aliases can multiply."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0
        self._scalars = yaml.constructor.SafeConstructor()

    def node(self, raw: yaml.Node, line: int, depth: int) -> Node:
        where = f"{self._name}:{line}"
        self._count += 1
        if self._count > _MAX_NODES or depth > _MAX_DEPTH:
            raise ConfigError("It holds too much, or is nested too deeply, for a configuration file.", where=where)
        if isinstance(raw, yaml.ScalarNode):
            return Node(self._scalar(raw, where), where, raw.value)
        if raw.tag not in _PLAIN_TAGS:
            raise ConfigError(f"The YAML tag {raw.tag} is not used here.", where=where)
        if isinstance(raw, yaml.MappingNode):
            return Node(self._mapping(raw, depth), where)
        return Node([self.node(item, item.start_mark.line + 1, depth + 1) for item in raw.value], where)

    def _scalar(self, raw: yaml.ScalarNode, where: str) -> Any:
        try:
            return self._scalars.construct_object(raw)
        except (yaml.YAMLError, ValueError) as error:
            raise ConfigError("This value cannot be read.", where=where, hint="Put it in quotes.") from error

    def _mapping(self, raw: yaml.MappingNode, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, value in raw.value:
            line = key.start_mark.line + 1
            where = f"{self._name}:{line}"
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError("A key must be a word.", where=where)
            if key.value in found:
                raise ConfigError(
                    f"`{key.value}` stands here a second time.", where=where, hint=f"First: {found[key.value].where}"
                )
            found[key.value] = self.node(value, line, depth + 1)
        return found


def _advice(text: str, mark: Any) -> str:
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "Indent with spaces; YAML does not allow tabs."
    return "Look at the indentation, the colons and the quotes here and in the line above."
