"""One value changed in a YAML file of the user, with comments, order and style left as they are.

The text is cut at the marks that libyaml gives and one piece is put in. The result is read again and compared with
what was asked for; when anything else differs nothing is written, and the user is told where to write it by hand.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from roxy.config.loader import Node, compose, parse
from roxy.config.writing import write_private
from roxy.errors import ConfigError


def edited(path: Path, keys: Sequence[str], value: Any) -> str:
    """The text of the file `path` (which may not exist) with `value` at `keys`; nothing is written yet."""
    text = _read(path)
    new = _set(text, str(path), list(keys), value)
    if _plain(parse(new, str(path))) != _wanted(_plain(parse(text, str(path))), keys, value):
        raise ConfigError(
            f"`{'.'.join(keys)}` cannot be put into this file without changing other things.",
            where=str(path),
            hint="Write it into the file by hand.",
        )
    return new


def set_in_file(path: Path, keys: Sequence[str], value: Any) -> None:
    """Put `value` at `keys` into the file, at once or not at all."""
    write_private(path, edited(path, keys, value))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("It cannot be read as UTF-8 text.", where=str(path)) from error


def _set(text: str, name: str, keys: list[str], value: Any) -> str:
    node = compose(text, name)
    if node is None:
        return (text.rstrip("\n") + "\n" if text.strip() else "") + _block(keys, value) + "\n"
    rest = list(keys)
    while rest and isinstance(node, yaml.MappingNode):
        child = next((child for key, child in node.value if key.value == rest[0]), None)
        if child is None:
            return _insert(text, node, rest, value, top=len(rest) == len(keys))
        node = child
        rest.pop(0)
    return _replace(text, node, _nested(rest, value))


def _replace(text: str, node: yaml.Node, value: Any) -> str:
    start, end = node.start_mark.index, _end(node, text)
    space = " " if start and text[start - 1] == ":" else ""
    return text[:start] + space + _flow(value) + text[max(start, end) :]


def _insert(text: str, node: yaml.MappingNode, keys: list[str], value: Any, *, top: bool) -> str:
    if node.flow_style or not node.value:
        at = node.start_mark.index + 1
        inner = _flow(_nested(keys, value))[1:-1]
        return text[:at] + inner + (", " if node.value else "") + text[at:]
    at = text.find("\n", _end(node, text))
    at = len(text) if at < 0 else at
    column: int = node.value[0][0].start_mark.column
    line = _block(keys, value) if top else f"{_flow(keys[0])}: {_flow(_nested(keys[1:], value))}"
    return text[:at] + "\n" + " " * column + line + (text[at:] or "\n")


def _end(node: yaml.Node, text: str) -> int:
    """Where the last thing of `node` ends; libyaml counts the comments and blank lines behind a block to it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1], text)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1], text)
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"} else end


def _block(keys: list[str], value: Any) -> str:
    """The first key on a line of its own, the rest below it."""
    if len(keys) == 1:
        return f"{_flow(keys[0])}: {_flow(value)}"
    return f"{_flow(keys[0])}:\n  {_flow(keys[1])}: {_flow(_nested(keys[2:], value))}"


def _flow(value: Any) -> str:
    """`value` in one line, quoted so that it may stand anywhere."""
    dumped: str = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, width=float("inf"), sort_keys=False
    )
    return dumped.strip()[1:-1]


def _nested(keys: Sequence[str], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _plain(node: Node | None) -> Any:
    if node is None:
        return {}
    if node.is_mapping:
        return {key: _plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(item) for item in node.value]
    return node.value


def _wanted(tree: Any, keys: Sequence[str], value: Any) -> Any:
    if not keys:
        return value
    below = tree if isinstance(tree, dict) else {}
    return {**below, keys[0]: _wanted(below.get(keys[0], {}), keys[1:], value)}
