r"""The secrets that Roxy itself holds, found exactly, in whatever usual coding they stand, also broken over lines.

All forms of all secrets are one Aho-Corasick automaton, so that a text is read once however many there are. Codes
that stand for single letters (`%40`, `&#64;`, `\u0040`) need no form of their own: they are undone before.
"""

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

import ahocorasick

from roxy.errors import PrivacyBlocked
from roxy.privacy.detection.normalise import Plain, back, readings, without
from roxy.privacy.detection.spots import Spot

SHORTEST = 6
"""Values of fewer characters would hit harmless text."""
SHORTEST_ANY_CASE = 8
"""As long as this, and not letters alone: found in any case."""
_BREAK = re.compile(r"[ \t]{0,8}(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)[ \t]{0,8}")
_SLASHES = re.compile(r"\\+")


class Held:
    """Secrets by their values. Safe to use from several threads."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: dict[str, str] = {}
        self._any_case: dict[str, str] = {}
        self._automata: tuple[Any, Any] | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Held({len(self)})"

    def __contains__(self, value: str) -> bool:
        return value in self._values

    def __len__(self) -> int:
        return len(self._values)

    def add(self, name: str, value: str) -> bool:
        """Hold `value`, which its mask calls `name`; False when it is too short, for such a one is not hunted for."""
        if len(value) < SHORTEST:
            return False
        with self._lock:
            self._values.add(value)
            for spelled in {value, *spellings(value)}:
                both_ways = {spelled, spelled[::-1]}
                self._forms.update(dict.fromkeys(_codings(spelled) | both_ways, name))
                self._any_case[spelled.encode("utf-8", "surrogatepass").hex()] = name
                if len(spelled) >= SHORTEST_ANY_CASE and not spelled.isalpha():
                    self._any_case.update({small(form): name for form in both_ways})
            self._automata = None
        return True

    def find(self, text: str) -> Iterator[Spot]:
        """Where they stand; spots may overlap."""
        if not self._forms:
            return
        for reading in unbroken(text):
            for spot in self._search(reading.text):
                yield back(reading, spot)

    def _search(self, text: str) -> Iterator[Spot]:
        forms, any_case = self._automata or self._build()
        for last, (size, name) in forms.iter(text):
            yield Spot(last + 1 - size, last + 1, "SECRET", 1.0, name)
        for last, (size, name) in any_case.iter(text if text.islower() else small(text)):
            yield Spot(last + 1 - size, last + 1, "SECRET", 1.0, name)

    def _build(self) -> tuple[Any, Any]:
        with self._lock:
            self._automata = (_automaton(self._forms), _automaton(self._any_case))
            return self._automata


def _automaton(forms: dict[str, str]) -> Any:
    made = ahocorasick.Automaton()
    for form, name in forms.items():
        made.add_word(form, (len(form), name))
    made.make_automaton()
    return made


def small(text: str) -> str:
    """In small letters, each in its place: a letter that would become two stays."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(one if len(one.lower()) != 1 else one.lower() for one in text)


def unbroken(text: str) -> Iterator[Plain]:
    """`text`, and as it reads without what breaks a value in two: the ends of lines, and backslashes."""
    yield Plain(text, None, [])
    for needs, left_out in (("\n", _BREAK), ("\\n", _BREAK), ("\\", _SLASHES)):
        if needs in text:
            yield without(text, left_out)


def spellings(value: str) -> Iterator[str]:
    """`value` as detection reads it."""
    with suppress(PrivacyBlocked):  # a secret may look like codes within codes
        yield from (reading.text for reading in readings(value))


def _codings(value: str) -> set[str]:
    """`value` as it is, and as URLs, JSON, HTML, base64, base32 and base85 write it (also inside something longer)."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, quote(raw, safe=""), quote(raw), quote_plus(raw), html.escape(value)}
    forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    for encode, bits in ((base64.b64encode, 6), (base64.urlsafe_b64encode, 6), (base64.b32encode, 5)):
        for shift in range(3 if bits == 6 else 5):  # noqa: PLR2004 - so many bytes make whole letters
            # The letters that depend on `value` alone, wherever it begins in what was encoded.
            padded = b"\0" * shift + raw
            forms.add(encode(padded).decode()[(shift * 8 + bits - 1) // bits : len(padded) * 8 // bits])
    for encode_85 in (base64.b85encode, base64.a85encode):
        forms.add(encode_85(raw).decode())
        for shift in range(4):  # four bytes make five letters, and each four stand for themselves
            padded = b"\0" * shift + raw
            forms.add(encode_85(padded).decode()[5 if shift else 0 : len(padded) // 4 * 5])
    forms |= {form.replace("\\", "") for form in forms}  # quoted once more, its slashes are other ones
    return {form for form in forms if len(form) >= SHORTEST}
