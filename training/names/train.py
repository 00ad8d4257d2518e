"""Train the model of names: `python training/names/train.py --data FOLDER --dictionary en.dic --plain FILES --out MODEL`.

Order of events: gather names, build the lists, read the corpora and hold a part of them out, exchange and re-case some
of their texts, make texts from templates, train a CRF; all that twice, the second time with things and with sentences of
other languages that name nobody; pack the mean of both. Everything is seeded, and nothing depends on the
order of sets or on threads: the same files and versions give the same bytes. What went in is told by its digests.

`--data` holds `btc.jsonl`, `wnut17.jsonl`, `wikigold.jsonl`, `crossner.jsonl`, `synth_own*.jsonl`, and what
`convert.py` makes; `--plain` JSONL files with a `query` or `description` each, taken as texts without names. Needs
`pip install -r training/names/requirements.txt`. `figures.py` measures a model.
"""

import argparse
import hashlib
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
import corpora
import pycrfsuite
from corpora import Row
from featurer import Featurer
from material import HERE, NAMED, Material, examples, material, write_held
from pack import pack


def _arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--dictionary", type=Path, required=True, help="a Hunspell .dic; its .aff stands beside it")
    ask.add_argument("--plain", type=Path, nargs="*", default=[])
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--held", type=Path, help="write the held-out texts into this folder")
    ask.add_argument("--seed", type=int, default=20)
    ask.add_argument("--made", type=int, default=56_000, help="how many texts are made from templates")
    ask.add_argument("--nameless", type=int, default=13_000, help="how many more there are the second time")
    ask.add_argument("--given", type=int, default=6_000, help="how many of the earlier ones are taken")
    ask.add_argument("--web", type=int, default=15_000, help="how many comments without names")
    ask.add_argument("--exchange", type=float, default=0.7)
    ask.add_argument("--recase", type=float, default=0.1)
    ask.add_argument("--epochs", type=int, default=22)
    ask.add_argument("--c2", type=float, default=0.1)
    ask.add_argument("--least", type=int, default=2, help="how often a feature must be seen")
    ask.add_argument("--bias", type=float, nargs=3, default=(1.2, 1.6, 1.3), help="added to PERSON, LOCATION, ADDRESS")
    ask.add_argument("--ordinary", type=float, default=-2.5, help="added to PERSON for words that are only common")
    return ask.parse_args()


def digests(args: argparse.Namespace) -> list[str]:
    """The name and SHA-256 of every file that goes in."""
    files = [*args.data.glob("*.jsonl"), args.dictionary, args.dictionary.with_suffix(".aff"), *args.plain]
    files += [HERE / name for name in ("templates_train.txt", "words.txt", "abroad.txt", "requirements.txt")]
    told = {f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return [f"{digest}  {name}" for name, digest in sorted(told.items())]


def _feed(
    trainer: pycrfsuite.Trainer, table: dict[str, int], rows: Iterable[Row], chance: random.Random
) -> Counter[str]:
    """Give the trainer all examples; what was given is counted and told by a digest, to compare two runs early."""
    fed = hashlib.sha256()
    featurer = Featurer(table)
    counted: Counter[str] = Counter()
    for row in rows:
        for words, labels in corpora.labelled(row):
            hidden = int(NAMED) if chance.random() < 0.1 else 0
            shy = frozenset(at for at, label in enumerate(labels) if label != "O" and chance.random() < 0.15)
            features = featurer.sentence(words, hidden, shy)
            trainer.append(features, labels)
            fed.update(repr((features, labels)).encode())
            counted.update(labels)
            counted["sentences"] += 1
    print(f"examples {fed.hexdigest()}", flush=True)
    return counted


def _train(args: argparse.Namespace, crf: Path, *, nameless: bool) -> Material:
    """Train one CRF; what it was trained on."""
    chance = random.Random(args.seed)
    got = material(args, chance, nameless=nameless)
    print(f"lists {len(got.table)}, corpora {len(got.real)}, web {len(got.web)}, held out {len(got.held)}", flush=True)
    if args.held and nameless:
        write_held(got, args.seed, args.held)
    trainer = pycrfsuite.Trainer("l2sgd", verbose=False)
    counted = _feed(trainer, got.table, examples(got, args, chance), chance)
    print(dict(counted), f"{time.process_time():.0f} s CPU", flush=True)
    trainer.set_params({"c2": args.c2, "max_iterations": args.epochs, "feature.minfreq": args.least})
    trainer.train(str(crf))
    return got


def main() -> None:
    """Train, pack, tell."""
    args = _arguments()
    inputs = digests(args)
    print(*inputs, f"inputs {hashlib.sha256(chr(10).join(inputs).encode()).hexdigest()}", sep="\n")
    crfs = [args.out.with_suffix(f".{number}.crfsuite") for number in (1, 2)]
    for crf, nameless in zip(crfs, (False, True), strict=True):
        got = _train(args, crf, nameless=nameless)
    pack(crfs, got.table, args.out, dict(zip(("PER", "LOC", "ADR"), args.bias, strict=True)), args.ordinary)
    model = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"packed {args.out.stat().st_size / 1e6:.2f} MB, model {model}, {time.process_time():.0f} s CPU")


if __name__ == "__main__":
    main()
