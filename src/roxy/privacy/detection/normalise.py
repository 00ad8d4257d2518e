"""One plain spelling for detection, with the way back: full-width digits, zero-width letters, soft hyphens, ligatures.

Detection reads the plain text (Unicode NFKC, Unicode Standard Annex 15; format characters left out); what it finds is
replaced in the text as it was.
"""

import unicodedata
from typing import NamedTuple


class Plain(NamedTuple):
    """A text in plain spelling; `places[i]` is where its i-th character begins in the text as it was."""

    text: str
    places: list[int] | None
    """None when nothing differs."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that a span of the plain text came from."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> Plain:
    """`text` in plain spelling. ASCII, and text that is plain already, comes back as it is."""
    if text.isascii():
        return Plain(text, None)
    letters: list[str] = []
    places: list[int] = []
    changed = False
    for place, letter in enumerate(text):
        if letter < "\x80":
            letters.append(letter)
            places.append(place)
            continue
        if unicodedata.category(letter) == "Cf":
            changed = True
            continue
        spelled = unicodedata.normalize("NFKC", letter)
        changed = changed or spelled != letter
        letters.extend(spelled)
        places.extend([place] * len(spelled))
    return Plain("".join(letters), places) if changed else Plain(text, None)
