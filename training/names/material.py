"""All that the model is trained on: what the corpora hold, what templates make, and what is held out of both."""

import json
import random
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import corpora
import dictionary
import lists
import nobody
from corpora import Row
from sources import Sources, gather
from synth import Maker, Ordinary

from roxy.privacy.detection.ner.features import Known

HERE = Path(__file__).parent
NAMED = (
    Known.GIVEN | Known.SURNAME | Known.TOP_GIVEN | Known.TOP_SURNAME | Known.CITY | Known.BIG_CITY | Known.PLACE_PART
)
_CALLED = Known.GIVEN | Known.TOP_SURNAME | Known.BIG_CITY | Known.COUNTRY
_NAMELESS = frozenset({"things", "abroad"})
"""Groups of templates that need things and sentences of other languages."""
_SHORT = 140
_WEB_SENTENCES = 12_000
_CALM_SENTENCES = 6000
_PLAIN = 3000
_HELD_TEXTS = 3000


class Material(NamedTuple):
    """What was gathered."""

    found: Sources
    table: dict[str, int]
    """The lists: what each word is known as."""
    ordinary: Ordinary
    plain: list[str]
    """Texts that name nobody."""
    real: list[Row]
    web: list[Row]
    """Comments with places to fill with names, and comments without names."""
    held: list[Row]


def material(args: Namespace, chance: random.Random, *, nameless: bool) -> Material:
    """Read everything; nothing but the seed and the files decides what comes out.

    `nameless` things and sentences of other languages are there when asked for.
    """
    found = gather(args.data, args.seed)
    plain = corpora.nameless(args.plain)
    rows = [row for name in (*corpora.REAL, corpora.WEB) for row in corpora.read(args.data / f"{name}.jsonl")]
    held = [row for row in rows if corpora.held_out(row)]
    kept = [row for row in rows if not corpora.held_out(row)]
    frequent = lists.met_small(row["text"] for row in kept if row["src"].startswith(corpora.WEB))
    table = lists.build(found, dictionary.read(args.dictionary), plain, frequent)
    web = [row for row in kept if row["src"].startswith(corpora.WEB) and lists.no_name_left(row["text"], table)]
    held = [row for row in held if corpora.WEB not in row["src"] or lists.no_name_left(row["text"], table)]
    vocabulary = sorted(w for w, known in table.items() if known & Known.COMMON and not known & NAMED and len(w) > 2)
    namely = sorted(word for word in frequent if _is_name_too(table.get(word, 0)) and len(word) > 2)
    unnamed = [row["text"] for row in web if not row["spans"] and "[" not in row["text"]]
    sentences = chance.sample([text for text in unnamed if len(text) < _SHORT], _WEB_SENTENCES)
    sentences += _calm(args.data) + chance.sample(plain, min(_CALM_SENTENCES, len(plain)))
    ordinary = Ordinary(vocabulary, namely, sentences, _nameless(table) if nameless else nobody.Nobody())
    filled = [row for row in web if row["spans"]]
    without = [row for row in web if not row["spans"]]
    for row in kept:
        row["spans"] = [
            span
            for span in row["spans"]
            if span[2] != "LOCATION" or lists.names_a_place(row["text"][span[0] : span[1]], table)
        ]
    real = [row for row in kept if not row["src"].startswith(corpora.WEB) and _worth(row, chance)]
    return Material(
        found, table, ordinary, plain, real,
        filled + chance.sample(without, min(args.web, len(without))), held,
    )  # fmt: skip


def _nameless(table: dict[str, int]) -> nobody.Nobody:
    """Things and words of other languages, which are common from now on; without those that people are called."""
    found = nobody.gather()
    for language, listed in found.words.items():
        named = NAMED if language in nobody.WITH_NAMES else _CALLED
        found.words[language] = [word for word in listed if not table.get(word, 0) & named]
        lists.add_common(table, found.words[language])
    for sort, listed in found.things.items():
        found.things[sort] = [thing for thing in listed if not table.get(thing.lower(), 0) & _CALLED]
    return found


def _is_name_too(known: int) -> bool:
    """Whether a common word is a name as well, though a rare one."""
    return bool(known & Known.COMMON and known & (Known.GIVEN | Known.SURNAME) and not known & Known.TOP_GIVEN)


def _worth(row: Row, chance: random.Random) -> bool:
    """Of novels, half of the sentences without a name are enough."""
    return bool(row["spans"]) or not row["src"].startswith("litbank") or chance.random() < 0.5


def _calm(data: Path) -> list[str]:
    """Sentences of Wikipedia with nothing named and hardly a capital."""
    return sorted(
        row["text"]
        for name in ("crossner", "wikigold")
        for row in corpora.read(data / f"{name}.jsonl")
        if not row["spans"]
        and len(row["text"]) < _SHORT
        and sum(word[:1].isupper() for word in row["text"].split()) <= 1
    )


def examples(got: Material, args: Namespace, chance: random.Random) -> Iterator[Row]:
    """All texts to train on."""
    maker = Maker(got.found, got.ordinary, args.seed)
    for row in got.web:
        yield corpora.filled(row, chance, maker.people.person)
    for row in got.real:
        yield row
        people = [span for span in row["spans"] if span[2] in {"PERSON", "LOCATION"}]
        if people and chance.random() < args.exchange:
            yield corpora.exchanged(row, chance, maker.people.person, maker.places.place)
        if chance.random() < args.recase:
            yield corpora.recased(row, chance)
    labelled = [row for name in ("synth_own", "synth_own2") for row in corpora.read(args.data / f"{name}.jsonl")]
    yield from chance.sample(labelled, min(args.given, len(labelled)))
    yield from ({"text": text, "spans": [], "src": "plain"} for text in chance.sample(got.plain, _PLAIN))
    more = bool(got.ordinary.nobody.things)
    left_out = frozenset() if more else _NAMELESS
    yield from maker.texts(HERE / "templates_train.txt", args.made + args.nameless * more, left_out)


def write_held(got: Material, seed: int, folder: Path) -> None:
    """What is held out, one file per corpus, and texts from other templates with other names."""
    maker = Maker(got.found, got.ordinary, seed + 100, held=True)
    sets: dict[str, list[Row]] = {"templates": list(maker.texts(HERE / "templates_held.txt", _HELD_TEXTS))}
    for row in got.held:
        name = row["src"].partition(":")[0]
        web = name == corpora.WEB
        sets.setdefault(name, []).append(corpora.filled(row, maker.random, maker.people.person) if web else row)
    for name, rows in sets.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
