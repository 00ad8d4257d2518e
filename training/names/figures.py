"""What a model finds in labelled texts: `python training/names/figures.py MODEL FILE.jsonl …`.

A span is found when some prediction overlaps it, typed when one of its own type does; a prediction is right when it
overlaps a labelled span of people, places or addresses, and does not count when it overlaps only others. Leak: the share of characters (spaces aside) of
people, places and addresses that no prediction covers. Touched: the share of texts without any label with a prediction.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from roxy.privacy.detection.ner.tagger import NamesModel

TYPES = ("PERSON", "LOCATION", "ADDRESS")


def measure(model: NamesModel, rows: Iterable[dict[str, Any]]) -> dict[str, float]:
    """The figures over `rows`."""
    gold: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    typed: Counter[str] = Counter()
    made: Counter[str] = Counter()
    right: Counter[str] = Counter()
    letters = leaked = clean = touched = 0
    for row in rows:
        text, spans = row["text"], row["spans"]
        found = [(spot.start, spot.end, spot.type) for spot in model.find(text)]
        covered = {at for start, end, _ in found for at in range(start, end)}
        for start, end, kind in spans:
            if kind in TYPES:
                gold[kind] += 1
                meets = [other for a, b, other in found if a < end and start < b]
                hit[kind] += bool(meets)
                typed[kind] += kind in meets
                here = [at for at in range(start, end) if not text[at].isspace()]
                letters += len(here)
                leaked += sum(at not in covered for at in here)
        for start, end, kind in found:
            meets = {other in TYPES for a, b, other in spans if a < end and start < b}
            made[kind] += meets != {False}
            right[kind] += True in meets
        if not spans:
            clean += 1
            touched += bool(found)
    figures = {"leak": leaked / max(letters, 1), "touched": touched / max(clean, 1)}
    for kind in TYPES:
        if gold[kind]:
            figures[f"{kind} recall"] = hit[kind] / gold[kind]
            figures[f"{kind} typed"] = typed[kind] / gold[kind]
            figures[f"{kind} precision"] = right[kind] / max(made[kind], 1)
    return figures


def main() -> None:
    """Print the figures of a model for each file."""
    model = NamesModel(Path(sys.argv[1]))
    for name in sys.argv[2:]:
        rows = [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
        figures = measure(model, rows)
        print(Path(name).stem, " ".join(f"{key} {value:.3f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
