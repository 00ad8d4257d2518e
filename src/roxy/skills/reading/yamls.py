"""YAML of skills, read so that "on" and "yes" stay words, and complained about with file, line and the nearest key."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

import yaml

from roxy.config.loader import refuse_deep
from roxy.errors import ConfigError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # C or Python, as the installation has it
    """Booleans are `true` and `false` alone (YAML 1.2): a light is switched "on" and "off". A date stays a text.

    A key that stands twice is an error: one of the two would be lost without a word.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # PyYAML's
        """A mapping, each of its keys once."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key `{key.value}` stands twice", key.start_mark
                )
            seen.add(str(key.value))
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


_TEXT_TAGS = ("tag:yaml.org,2002:timestamp",)
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in _TEXT_TAGS and (tag != "tag:yaml.org,2002:bool" or first in "tTfF")
    ]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML text, its data, and where it stands."""

    file: str
    text: str
    data: Any
    first_line: int = 1

    @classmethod
    def parse(cls, file: str, text: str, first_line: int = 1) -> "Document":
        """Read `text`; raises `ConfigError` with file and line when it is not YAML."""
        refuse_deep(text, file)
        try:
            return cls(file, text, yaml.load(text, Loader=_Loader), first_line)  # noqa: S506  # a safe loader's subclass
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = (mark.line if mark else 0) + first_line
            raise ConfigError(
                f"this is not YAML: {getattr(error, 'problem', error)}", where=f"{file}:{line}"
            ) from error

    def fail(self, path: Sequence[str | int], message: str, *, hint: str = "") -> NoReturn:
        """Raise a `ConfigError` that names the file and the line of `path`."""
        raise ConfigError(message, where=f"{self.file}:{self.line(path)}", hint=hint)

    def line(self, path: Sequence[str | int]) -> int:
        """The line of the value or key at `path`, counted from 1; that of the nearest parent when it is not there."""
        node = yaml.compose(self.text, Loader=yaml.SafeLoader)
        line = 0
        for step in path:
            if isinstance(node, yaml.MappingNode):
                pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
                if pair is None:
                    break
                line, node = pair[0].start_mark.line, pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return line + self.first_line

    def mapping(self, value: Any, path: Sequence[str | int], keys: Collection[str] | None = None) -> Mapping[str, Any]:
        """`value` as a mapping with `keys` only (any when None); an absent one is empty."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fail(path, f"{_named(path)} must be a mapping, not {_kind(value)}")
        for key in value:
            if keys is not None and key not in keys:
                near = get_close_matches(str(key), keys, n=1, cutoff=0.5)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(sorted(keys))}."
                self.fail([*path, str(key)], f"unknown key `{key}` in {_named(path)}", hint=hint)
        return {str(key): item for key, item in value.items()}

    def strings(self, value: Any, path: Sequence[str | int]) -> tuple[str, ...]:
        """`value` as strings: a list of them, or a single one; an absent one is empty."""
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list):
            self.fail(path, f"{_named(path)} must be a list of texts, not {_kind(value)}")
        for at, item in enumerate(value):
            if not isinstance(item, str):
                self.fail([*path, at], f"{_named(path)} must hold texts, not {_kind(item)}", hint="Put it in quotes.")
        return tuple(value)

    def string(self, value: Any, path: Sequence[str | int]) -> str:
        """`value` as one text; an absent one is empty."""
        if value is None:
            return ""
        if not isinstance(value, str):
            self.fail(path, f"{_named(path)} must be a text, not {_kind(value)}", hint="Put it in quotes.")
        return value

    def boolean(self, value: Any, path: Sequence[str | int]) -> bool | None:
        """`value` as true or false; None when absent."""
        if value is not None and not isinstance(value, bool):
            self.fail(path, f"{_named(path)} must be true or false, not {_kind(value)}")
        return value


def _named(path: Sequence[str | int]) -> str:
    return f"`{'.'.join(str(step) for step in path)}`" if path else "the file"


def _kind(value: Any) -> str:
    names = {
        dict: "a mapping",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
