"""Train the model of names: `python training/names/train.py --data FOLDER --dictionary en.dic --plain FILES --out MODEL`.

Order of events: gather names, build the lists, make texts from templates, read the corpora and exchange and re-case
some of their texts, train the CRF (stochastic gradient descent with L2), pack it, and print figures for each
development file given. Everything is seeded: the same data and versions give the same model.

`--data` holds `btc.jsonl`, `wnut17.jsonl`, `wikigold.jsonl`, `crossner.jsonl`, `synth_own*.jsonl`; `--plain` JSONL files
with a `query` or `description` each, taken as texts without names. Needs `pip install -r training/names/requirements.txt`.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpora
import dictionary
import lists
import pycrfsuite
from pack import pack
from sources import gather
from synth import Maker

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from roxy.privacy.detection.ner.features import LONGEST, Form, Known, describe, form
from roxy.privacy.detection.ner.sentence import manner, together

HERE = Path(__file__).parent
NAMED = (
    Known.GIVEN | Known.SURNAME | Known.TOP_GIVEN | Known.TOP_SURNAME | Known.CITY | Known.BIG_CITY | Known.PLACE_PART
)
OFFSETS = (-1, 1, -2, 2)


class Featurer:
    """Turns sentences into lists of feature names, remembering words."""

    def __init__(self, table: dict[str, int]) -> None:
        self._table = table
        self._seen: dict[tuple[str, int], tuple[list[str], list[list[str]], Form]] = {}

    def word(self, word: str, hidden: int) -> tuple[list[str], list[list[str]], Form]:
        """The features of a word for itself, and for its neighbours at each offset."""
        known = self._table.get(word[:LONGEST].lower(), 0) & ~hidden
        found = self._seen.get((word, known))
        if found is None:
            own, near, _ = describe(word, known)
            found = ([f"0:{x}" for x in own], [[f"{o}:{x}" for x in near] for o in OFFSETS], form(word, known))
            self._seen[word, known] = found
        return found

    def sentence(self, tokens: list[str], hidden: int = 0, shy: frozenset[int] = frozenset()) -> list[list[str]]:
        """Feature names per word. `hidden` flags are not seen; words at `shy` are not seen by their form."""
        seen = [self.word(word, hidden) for word in tokens]
        rows = []
        for at, names in enumerate(together([forms for _, _, forms in seen], manner(tokens))):
            own = seen[at][0]
            row = [x for x in own if not x.startswith(("0:w=", "0:W="))] if at in shy else list(own)
            for number, offset in enumerate(OFFSETS):
                if 0 <= at + offset < len(tokens):
                    row += seen[at + offset][1][number]
            rows.append(row + names)
        return rows


def examples(
    args: argparse.Namespace, maker: Maker, plain: list[str], chance: random.Random
) -> Iterator[dict[str, Any]]:
    """All texts to train on."""
    real = [row for name in corpora.REAL for row in corpora.read(args.data / f"{name}.jsonl")]
    for row in real:
        yield row
        people = [span for span in row["spans"] if span[2] in {"PERSON", "LOCATION"}]
        if people and chance.random() < args.exchange:
            yield corpora.exchanged(row, chance, maker.person, maker.place)
        if chance.random() < args.recase:
            yield corpora.recased(row, chance)
    labelled = [row for name in ("synth_own", "synth_own2") for row in corpora.read(args.data / f"{name}.jsonl")]
    yield from chance.sample(labelled, min(args.given, len(labelled)))
    yield from ({"text": text, "spans": [], "src": "plain"} for text in chance.sample(plain, min(3000, len(plain))))
    yield from maker.texts(HERE / "templates_train.txt", args.made)


def main() -> None:
    """Train, pack, tell."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--dictionary", type=Path, required=True, help="a Hunspell .dic; its .aff stands beside it")
    ask.add_argument("--plain", type=Path, nargs="*", default=[])
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--held", type=Path, help="write the held-out texts here")
    ask.add_argument("--seed", type=int, default=20)
    ask.add_argument("--made", type=int, default=36_000)
    ask.add_argument("--given", type=int, default=6_000)
    ask.add_argument("--exchange", type=float, default=0.7)
    ask.add_argument("--recase", type=float, default=0.1)
    ask.add_argument("--epochs", type=int, default=18)
    ask.add_argument("--c2", type=float, default=0.1)
    ask.add_argument("--least", type=int, default=3, help="how often a feature must be seen")
    ask.add_argument("--bias", type=float, nargs=3, default=(0.45, 0.0, 0.4), help="added to PERSON, LOCATION, ADDRESS")
    ask.add_argument("--ordinary", type=float, default=-2.5, help="added to PERSON for words that are only common")
    args = ask.parse_args()
    began = time.process_time()
    chance = random.Random(args.seed)
    found = gather(args.data, args.seed)
    plain = corpora.nameless(args.plain)
    table = lists.build(found, dictionary.read(args.dictionary), plain)
    vocabulary = sorted(
        word for word, known in table.items() if known & Known.COMMON and not known & NAMED and len(word) > 2
    )
    calm = sorted(
        row["text"] for name in ("crossner", "wikigold") for row in corpora.read(args.data / f"{name}.jsonl")
        if not row["spans"] and len(row["text"]) < 140
        and sum(word[:1].isupper() for word in row["text"].split()) <= 1
    )  # fmt: skip
    sentences = calm + random.Random(args.seed).sample(plain, min(6000, len(plain)))
    maker = Maker(found, vocabulary, sentences, args.seed)
    print(
        f"lists {len(table)} words, vocabulary {len(vocabulary)}, sentences {len(sentences)}, {time.process_time() - began:.0f} s CPU"
    )
    if args.held:
        import json

        held = Maker(found, vocabulary, sentences, args.seed + 1, held=True)
        with args.held.open("w", encoding="utf-8") as out:
            out.writelines(
                json.dumps(row, ensure_ascii=False) + "\n" for row in held.texts(HERE / "templates_held.txt", 3000)
            )
    featurer = Featurer(table)
    trainer = pycrfsuite.Trainer("l2sgd", verbose=False)
    counted: Counter[str] = Counter()
    for row in examples(args, maker, plain, chance):
        for words, labels in corpora.labelled(row):
            hidden = int(NAMED) if chance.random() < 0.1 else 0
            shy = frozenset(at for at, label in enumerate(labels) if label != "O" and chance.random() < 0.15)
            trainer.append(featurer.sentence(words, hidden, shy), labels)
            counted.update(labels)
            counted["sentences"] += 1
    print(dict(counted), f"{time.process_time() - began:.0f} s CPU")
    trainer.set_params({"c2": args.c2, "max_iterations": args.epochs, "feature.minfreq": args.least})
    crf = args.out.with_suffix(".crfsuite")
    trainer.train(str(crf))
    print(f"trained, {time.process_time() - began:.0f} s CPU")
    pack(crf, table, args.out, dict(zip(("PER", "LOC", "ADR"), args.bias, strict=True)), args.ordinary)
    print(f"packed {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
