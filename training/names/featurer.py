"""What the trainer is given of a sentence: the names of its features, from the same code that Roxy runs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from roxy.privacy.detection.ner.features import LONGEST, Form, describe, form
from roxy.privacy.detection.ner.sentence import manner, together

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
