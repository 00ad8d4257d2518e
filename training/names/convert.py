"""Labelled corpora of others, brought into one form: `python training/names/convert.py FOLDER OUT`.

`FOLDER` holds what was checked out: `gum/dep/*.conllu`, `litbank/coref/brat/*`, `goemotions/*.tsv`, `slurp/*.jsonl`.
`OUT` gets a JSONL file for each, rows of `{"text", "spans": [[start, end, type], ...], "src"}`, offsets in code points;
`src` names the document, so that whole documents can be held out. People are labelled without their titles. What stands
for a person in GoEmotions (`[NAME]`) stays as it is: it is filled in when the model is trained (`corpora.filled`).
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import words

Row = dict[str, Any]
_GUM_GENRES = ("academic", "court", "interview", "news")
"""Whose texts are under CC-BY; those of the other genres are not, or are not told."""
_GUM = {"person": "PERSON", "place": "LOCATION", "organization": "ORGANIZATION"}
_LITBANK = {"PROP_PER": "PERSON", "PROP_GPE": "LOCATION", "PROP_LOC": "LOCATION", "PROP_ORG": "ORGANIZATION"}
_SLURP = {"person": "PERSON", "artist_name": "PERSON", "place_name": "LOCATION", "business_name": "ORGANIZATION"}
_TITLES = frozenset(word for word in words.TITLES if word not in {"mum", "mom", "dad"})
_NO_ONE = frozenset((*words.OFFICES, *words.NATIONS))
"""What GUM and LitBank mark as people by name, and stands for an office, a people or a god."""
_BRACKET = re.compile(r"\((\d+)-([a-z]+)-[^()]*(\))?|(\d+)?\)")
_ANNOTATED = re.compile(r"\[(\w+) : ([^\]]+)\]")
_NOTE = re.compile(r"^T\d+\t(\w+) (\d+) (\d+)\t(.*)$", re.MULTILINE)


class _Token(NamedTuple):
    text: str
    proper: bool
    singular: bool
    head: int
    glued: bool
    marks: str


def gum(folder: Path) -> Iterator[Row]:
    """The sentences of GUM's freely licensed genres: of a mention that is a name, the proper nouns at its head."""
    for genre in _GUM_GENRES:
        for path in sorted((folder / "dep").glob(f"GUM_{genre}_*.conllu")):
            for block in path.read_text(encoding="utf-8").split("\n\n"):
                tokens = [_token(line) for line in block.splitlines() if re.match(r"\d+\t", line)]
                if tokens:
                    yield _joined(tokens, _mentions(tokens), f"gum:{path.stem}")


def _token(line: str) -> _Token:
    cells = line.split("\t")
    marks = re.search(r"Entity=([^|]*)", cells[9])
    return _Token(
        cells[1], cells[3] == "PROPN", "Number=Plur" not in cells[5], int(cells[6]) - 1,
        "SpaceAfter=No" in cells[9], marks[1] if marks else "",
    )  # fmt: skip


def _mentions(tokens: list[_Token]) -> Iterator[tuple[int, int, str]]:
    """Where names begin and end, and what they are."""
    begun: list[tuple[str, str, int]] = []
    for at, token in enumerate(tokens):
        for found in _BRACKET.finditer(token.marks):
            if found[2]:
                begun.append((found[1], found[2], at))
            if (found[3] or not found[2]) and begun:
                number = found[4]
                last = next((place for place in reversed(range(len(begun))) if begun[place][0] == number), -1)
                _, kind, first = begun.pop(last)
                if kind in _GUM and (name := _name(tokens, first, at)):
                    yield *name, _GUM[kind]


def _name(tokens: list[_Token], first: int, last: int) -> tuple[int, int] | None:
    """The run of proper nouns at the head of a mention, or beside it (`biologist Nick Bos`)."""
    head = next((at for at in range(first, last + 1) if not first <= tokens[at].head <= last), first)
    runs, at = [], first
    while at <= last:
        end = at
        while end <= last and (tokens[end].proper or (end > at and tokens[end].text in {"-", "."})):
            end += 1
        if end > at:
            runs.append((at, end))
        at = max(end, at + 1)
    for start, end in runs:
        holds = start <= head < end or any(tokens[one].head == head and start > head for one in range(start, end))
        if holds and tokens[end - 1].singular:
            return start, end
    return None


def _joined(tokens: list[_Token], mentions: Iterable[tuple[int, int, str]], source: str) -> Row:
    text, starts = "", []
    for token in tokens:
        starts.append(len(text))
        text += token.text + ("" if token.glued else " ")
    spans = [[starts[start], starts[end - 1] + len(tokens[end - 1].text), kind] for start, end, kind in mentions]
    return {"text": text.rstrip(), "spans": _disjoint(text, spans), "src": source}


def litbank(folder: Path) -> Iterator[Row]:
    """The lines of LitBank's novels, with their proper names."""
    for path in sorted((folder / "coref" / "brat").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        notes = _NOTE.findall(path.with_suffix(".ann").read_text(encoding="utf-8"))
        spans = [[int(start), int(end), _LITBANK[kind]] for kind, start, end, _ in notes if kind in _LITBANK]
        lines = [0, *(found.end() for found in re.finditer("\n", text)), len(text)]
        for start, end in pairwise(lines):
            own = [[a - start, b - start, kind] for a, b, kind in spans if start <= a and b <= end]
            line = text[start:end].rstrip()
            if line:
                yield {"text": line, "spans": _disjoint(line, own), "src": f"litbank:{path.stem}"}


def goemotions(folder: Path) -> Iterator[Row]:
    """The comments of GoEmotions; `[NAME]` is a person, `[RELIGION]` a word."""
    for part in ("train", "dev"):
        with (folder / f"{part}.tsv").open(encoding="utf-8", newline="") as lines:
            for text, *_ in csv.reader(lines, delimiter="\t"):
                spans = [[found.start(), found.end(), "PERSON"] for found in re.finditer(r"\[NAME\]", text)]
                yield {"text": text, "spans": spans, "src": f"goemotions:{part}"}


def slurp(folder: Path) -> Iterator[Row]:
    """What people say to an assistant, all in small letters."""
    for part in ("devel", "test"):
        for line in (folder / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
            marked = json.loads(line)["sentence_annotation"]
            text, spans, at = "", [], 0
            for found in _ANNOTATED.finditer(marked):
                text += marked[at : found.start()]
                value, at = found[2].strip(), found.end()
                if found[1] in _SLURP:
                    spans.append([len(text), len(text) + len(value), _SLURP[found[1]]])
                text += value
            yield {"text": text + marked[at:], "spans": _disjoint(text, spans), "src": f"slurp:{part}"}


def _disjoint(text: str, spans: Iterable[list[Any]]) -> list[list[Any]]:
    """The spans that no other holds, without titles and words in small letters at their ends."""
    kept: list[list[Any]] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if kept and start < kept[-1][1]:
            continue
        first, last = _untitled(text, start, end) if kind == "PERSON" else (start, end)
        if first < last:
            kept.append([first, last, kind])
    return kept


def _untitled(text: str, start: int, end: int) -> tuple[int, int]:
    pieces = list(re.finditer(r"\S+", text[start:end]))
    small = text[start:end].islower()
    while pieces and (pieces[0][0].lower().strip(".") in _TITLES or (not small and pieces[0][0][0].islower())):
        pieces.pop(0)
    if not small and (cut := next((at for at, piece in enumerate(pieces) if _ends(piece[0])), None)) is not None:
        pieces = pieces[:cut]
    if all(piece[0].lower().strip(".,") in _NO_ONE for piece in pieces):
        return start, start
    return start + pieces[0].start(), start + pieces[-1].end()


def _ends(piece: str) -> bool:
    return piece in {",", "of", "the", "who", "and", "-LRB-", "("} or piece in {"'s", "\u2019s"}


def main() -> None:
    """Convert all."""
    folder, out = map(Path, sys.argv[1:3])
    for reader in (gum, litbank, goemotions, slurp):
        rows = [json.dumps(row, ensure_ascii=False) + "\n" for row in reader(folder / reader.__name__)]
        (out / f"{reader.__name__}.jsonl").write_text("".join(rows), encoding="utf-8")
        print(reader.__name__, len(rows))


if __name__ == "__main__":
    main()
