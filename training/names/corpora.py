"""Labelled texts read from files, their mentions exchanged, and turned into what the CRF is trained on."""

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

from roxy.privacy.detection.ner.tokens import sentences

Row = dict[str, Any]
SHORT = {"PERSON": "PER", "LOCATION": "LOC", "ADDRESS": "ADR", "ORGANIZATION": "ORG"}
REAL = ("btc", "wnut17", "wikigold", "crossner", "gum", "litbank", "slurp")
WEB = "goemotions"
_HELD = 12
_RELIGIONS = (
    "Christian",
    "Catholic",
    "Muslim",
    "Jewish",
    "Buddhist",
    "Hindu",
    "Mormon",
    "Islam",
    "Christianity",
    "atheist",
)


def read(path: Path) -> list[Row]:
    """The rows of a JSONL file. Handles such as `@name` lose their label: they are no names in prose."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["text"]
        row["spans"] = [
            [start, end, kind] for start, end, kind in row["spans"] if start == 0 or text[start - 1] not in "@#"
        ]
        rows.append(row)
    return rows


def held_out(row: Row) -> bool:
    """Whether a row is kept from training: one document in twelve, or one text where no document is named."""
    source = row["src"] if row["src"].startswith(("gum", "litbank")) else row["text"]
    return row["src"] == "goemotions:dev" or crc32(source.encode()) % _HELD == 0


def filled(row: Row, chance: random.Random, person: Callable[[], str]) -> Row:
    """The row with a name for each `[NAME]`, mostly one word, and small where all is small."""
    small = row["text"].replace("[NAME]", "").replace("[RELIGION]", "").islower()
    text, spans, at = "", [], 0
    for found in re.finditer(r"\[(NAME|RELIGION)\]", row["text"]):
        text += row["text"][at : found.start()]
        at = found.end()
        value = chance.choice(_RELIGIONS)
        if found[1] == "NAME":
            value = person()
            if " " in value and chance.random() < 0.75:
                value = value.split()[-(chance.random() < 0.35)]
            spans.append([len(text), len(text) + len(value), "PERSON"])
        text += value.lower() if small and chance.random() < 0.8 else value
    return {"text": text + row["text"][at:], "spans": spans, "src": row["src"]}


def labelled(row: Row) -> Iterator[tuple[list[str], list[str]]]:
    """The sentences of a row with a label for each word (`O`, `B-PER`, `I-PER`, …)."""
    spans = [(start, end, SHORT[kind]) for start, end, kind in sorted(row["spans"]) if kind in SHORT]
    for words, starts in sentences(row["text"]):
        labels, last = [], None
        for word, start in zip(words, starts, strict=True):
            here = next((span for span in spans if _mostly(start, start + len(word), span)), None)
            if here is None or (word[0] in "@#" and len(word) > 1):
                labels.append("O")
                last = None
                continue
            labels.append(("I-" if here == last else "B-") + here[2])
            last = here
        yield words, labels


def _mostly(start: int, end: int, span: tuple[int, int, str]) -> bool:
    inside = min(end, span[1]) - max(start, span[0])
    return inside * 2 >= end - start and inside > 0


def exchanged(row: Row, chance: random.Random, person: Callable[[], str], place: Callable[[], str]) -> Row:
    """The row with its people and some places exchanged for others, so that contexts and not names are learned."""
    text, spans, at = "", [], 0
    for start, end, kind in sorted(row["spans"]):
        if start < at:
            continue
        text += row["text"][at:start]
        value = row["text"][start:end]
        if kind == "PERSON":
            value = _like(value, person())
        elif kind == "LOCATION" and chance.random() < 0.6:
            value = place()
        spans.append([len(text), len(text) + len(value), kind])
        text, at = text + value, end
    return {"text": text + row["text"][at:], "spans": spans, "src": row["src"] + ":exchanged"}


def _like(old: str, new: str) -> str:
    """A new name with as many words as the old one, so that "he" stays "he" and a surname a surname."""
    parts = new.split()
    if " " not in old and len(parts) > 1:
        return parts[-1] if len(old) % 2 else parts[0]
    return new


def recased(row: Row, chance: random.Random) -> Row:
    """The row in small letters or in capitals."""
    text = row["text"].lower() if chance.random() < 0.75 else row["text"].upper()
    return row | {"text": text} if len(text) == len(row["text"]) else row


def nameless(paths: Iterable[Path]) -> list[str]:
    """Queries in which no word but the first has a capital: nobody and nothing is named there."""
    kept = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = row.get("query") or row.get("description") or ""
            if 10 < len(text) < 160 and all(
                word in {"I", "I'm", "I'd"} or not word[:1].isupper() for word in text.split()[1:]
            ):
                kept.append(text)
    return kept
