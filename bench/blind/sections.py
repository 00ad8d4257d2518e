"""The text files beside this module: sections of lists, and templates, one in a line."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


def _lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]


@cache
def templates(name: str) -> tuple[str, ...]:
    """The templates of a file; a line break inside prose is spelt as in JSON."""
    return tuple(line if is_json(line) else line.replace("\\n", "\n") for line in _lines(name))


def is_json(template: str) -> bool:
    """Whether a template is a JSON text (and its values must be escaped)."""
    return template.startswith(("{", '["'))


@cache
def sections(name: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """A file of ``[section]`` headings, each followed by ``key = one | two`` lines."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for line in _lines(name):
        if line.startswith("["):
            keys = found.setdefault(line.strip("[]"), {})
        else:
            key, _, values = line.partition(" = ")
            keys[key.strip()] = tuple(value.strip().replace("\\n", "\n") for value in values.split(" | "))
    return found


@cache
def groups(name: str) -> dict[str, tuple[str, ...]]:
    """A file of ``[group]`` headings, each followed by templates."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in _lines(name):
        if line.startswith("[") and line.endswith("]"):
            current = found.setdefault(line.strip("[]"), [])
        else:
            current.append(line if is_json(line) else line.replace("\\n", "\n"))
    return {key: tuple(lines) for key, lines in found.items()}


def table(name: str) -> list[list[str]]:
    """A file of rows whose cells are parted by semicolons."""
    return [[cell.strip() for cell in line.split(" ; ")] for line in _lines(name)]


def words(key: str) -> tuple[str, ...]:
    """One of the lists of ordinary words."""
    return sections("words.txt")["words"][key]
