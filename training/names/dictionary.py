"""The words of a Hunspell dictionary with all their endings: which are written small, and which with a capital."""

import re
from collections.abc import Iterator
from pathlib import Path

Rule = tuple[str, str, re.Pattern[str]]


def read(dic: Path) -> tuple[set[str], set[str]]:
    """The words written small, and the names and other words with a capital (in small letters); `.aff` stands beside."""
    suffixes = _suffixes(dic.with_suffix(".aff"))
    small: set[str] = set()
    proper: set[str] = set()
    for line in dic.read_text(encoding="utf-8").splitlines()[1:]:
        stem, _, flags = line.partition("/")
        for word in _forms(stem, flags, suffixes):
            if word.isalpha() and len(word) > 1:
                (small if word.islower() else proper).add(word.lower())
    return small, proper - small


def _suffixes(aff: Path) -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for line in aff.read_text(encoding="utf-8").splitlines():
        parts = line.split()
        if len(parts) >= 5 and parts[0] == "SFX":
            _, flag, off, on, when = parts[:5]
            rule = (off.replace("0", ""), on.replace("0", ""), re.compile(f"(?:{when})$"))
            rules.setdefault(flag, []).append(rule)
    return rules


def _forms(stem: str, flags: str, suffixes: dict[str, list[Rule]]) -> Iterator[str]:
    yield stem
    for flag in flags:
        for off, on, when in suffixes.get(flag, ()):
            if stem.endswith(off) and when.search(stem):
                yield stem[: len(stem) - len(off)] + on
