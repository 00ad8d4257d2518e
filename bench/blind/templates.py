"""Filling templates: ``«slot.2|upper»`` becomes a value, and its place in the text is kept when it is personal."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

from blind import numbers, tokens
from blind.machine import MAKERS
from blind.people import LANDS, Person, without_accents
from blind.sections import is_json, words

SLOT = re.compile(r"«([a-z_0-9]+)(?:\.(\d))?(?:\|([a-z]+))?»")
OF_A_PERSON = {
    **dict.fromkeys(("given", "family", "name", "name_rev", "initial"), "PERSON"),
    **dict.fromkeys(("address", "address_line", "street", "zip"), "ADDRESS"),
    **dict.fromkeys(("city", "country"), "LOCATION"),
    **dict.fromkeys(("dob", "dob_iso"), "DATE_OF_BIRTH"),
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "passport": "PASSPORT",
}
LOOSE: dict[str, tuple[str, Callable[[Random], str]]] = {
    "card": ("CREDIT_CARD", numbers.card),
    "card_bare": ("CREDIT_CARD", numbers.card_bare),
    "ssn": ("US_SSN", numbers.ssn),
    "ssn_bare": ("US_SSN", numbers.ssn_bare),
    "ip": ("IP_ADDRESS", numbers.internet_address),
    "secret": ("SECRET", tokens.distinct),
    "password": ("SECRET", tokens.password),
    "password_url": ("SECRET", tokens.password_url),
}
MODIFIERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "cap": lambda text: text[:1].upper() + text[1:],
    "url": lambda text: quote(text, safe=""),
    "bare": without_accents,
    "tight": lambda text: text.replace(" ", ""),
    "plain": lambda text: text.replace("'", ""),
}


@dataclass
class Row:
    """A text and the places of what is personal in it."""

    text: str = ""
    spans: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, value: str, kind: str | None) -> None:
        """Append a value, and its place if it is of a kind."""
        if kind:
            self.spans.append((len(self.text), len(self.text) + len(value), kind))
        self.text += value


class Scene:
    """The people and the chance of one line."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._land = rng.choice(LANDS)
        self._cast: dict[str, Person] = {}

    def person(self, number: str) -> Person:
        """The person of that number: mostly of the land of the line, and of another name than those before."""
        while number not in self._cast:
            land = self._land if numbers.chance(self._rng, 0.6) else self._rng.choice(LANDS)
            person = Person(self._rng, land)
            taken = {name for other in self._cast.values() for name in (other.given, other.family, other.city)}
            if not taken & {person.given, person.family, person.city}:
                self._cast[number] = person
        return self._cast[number]

    def value(self, slot: str, number: str) -> tuple[str, str | None]:
        """A value for a slot, and its kind when it is personal."""
        if slot in OF_A_PERSON:
            return str(getattr(self.person(number), slot)), OF_A_PERSON[slot]
        if slot == "iban":
            return numbers.iban(self._rng, self.person(number).land), "IBAN_CODE"
        if slot in LOOSE:
            kind, make = LOOSE[slot]
            return make(self._rng), kind
        return MAKERS[slot](self._rng), None


def fill(template: str, rng: Random) -> Row:
    """One line made from a template."""
    scene, row, start = Scene(rng), Row(), 0
    template = template.replace("«dsn»", rng.choice(words("dsn")))
    escaped = is_json(template)
    for match in SLOT.finditer(template):
        slot, number, modifier = match.groups()
        value, kind = scene.value(slot, number or "1")
        if modifier:
            value = MODIFIERS[modifier](value)
        if escaped:
            value = json.dumps(value, ensure_ascii=False)[1:-1]
        row.add(template[start : match.start()], None)
        row.add(value, kind)
        start = match.end()
    row.add(template[start:], None)
    return row
