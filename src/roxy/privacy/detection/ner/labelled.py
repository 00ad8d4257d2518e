"""Values whose key says that they are things: `{"dish": "Carbonara"}`, `colour = 'Rose'`, `"tags": ["Jade", "Amber"]`.

A model of names sees a lone word and may take it for a person. The key is told by the payload, or it stands before
the value in a text. Under some keys (`status`, `device`) nobody stands; under others (`title`, `label`) rarely, so
that there one word alone is believed only when people are called so.
"""

import re
from functools import lru_cache
from typing import NamedTuple, Protocol

from roxy.privacy.detection import keys
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.words import listed

_THINGS = listed(
    # How something is.
    "status stage phase outcome severity priority category type kind sort mode level tier grade "
    "rank condition quality intensity frequency direction weather sky shape size "
    # How it looks.
    "color colour shade tint hue finish material fabric texture pattern style theme font typeface palette skin icon "
    "emoji sticker background wallpaper layout layer "
    # The house.
    "device appliance gadget sensor light lamp bulb switch plug scene routine automation room firmware hardware "
    "machine printer furniture equipment tool utensil part component accessory "
    # The kitchen and the garden.
    "dish meal food ingredient recipe cuisine drink beverage cocktail wine beer tea coffee cheese spice herb fruit "
    "vegetable dessert starter side topping sauce snack pairing flavour flavor bread pizza pasta salad soup sandwich "
    "plant tree flower bird fish insect animal species breed crop seed "
    # The body.
    "drug medication medicine compound substance symptom procedure test therapy treatment allergen allergy vaccine "
    "supplement exercise workout pose stretch muscle organ "
    # Goods and vehicles.
    "product item sku variant garment clothing article merchandise vehicle car make brand trim ship aircraft "
    # Programs.
    "package module library lib framework dependency plugin extension class method function variable field column "
    "table schema enum struct namespace branch repo repository environment env cluster pod deployment queue workflow "
    "pipeline engine runtime codename app application program software os platform browser "
    "language lang locale currency unit metric algorithm dataset distribution encoding strategy "
    "feature flag permission scope policy "
    # Leisure and learning.
    "genre mood game sport dance instrument instrumentation song track album playlist movie film show series episode "
    "podcast opening move stitch yarn knot weapon spell quest card deck trick hobby activity holiday festival "
    "constellation planet galaxy mineral gem gemstone element rock metal chemical lesson exam discipline style tempo "
    "skill profession occupation department industry degree "
    # Other languages.
    "farbe gericht zutat zutaten speise gerat produkt geratetyp kategorie zustand sprache "
    "couleur plat produit ingredient statut appareil categorie langue boisson "
    "plato producto ingrediente dispositivo categoria bebida idioma color "
    "colore piatto prodotto lingua bevanda cor prato produto kleur gerecht product apparaat taal "
    "kolor danie skladnik jezyk farg ratt vara sprak ingredienti ingredientes zutatenliste"
)
"""Words at the end of a key whose value is a thing."""
_VAGUE = listed(
    "title label tag topic option choice heading headline caption button placeholder tooltip menu tab query q search "
    "keyword term word event channel task job project service server host site "
    "titel titre titulo titolo etikett etiquette etiqueta thema tema suche recherche busqueda ricerca"
)
"""Words at the end of a key whose value may be anything, seldom a person alone."""
_OF_THE_THING = listed("name title label id a b c type kind list names")
"""What follows in a key upon the thing itself: `device_name`, `drug_a`."""
_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\dA-Za-z_]+")
_KEY = (
    r"(?P<key>[\w.-]{1,40})\\{0,3}[\"']?\s{0,3}(?:=>|[:=])\s{0,3}"
    r"(?:\[\s{0,9}(?:\\{0,3}[\"'][^\"\[\]{}]{0,60}[\"']\s{0,3},\s{0,9}){0,12})?\\{0,3}"
)
_BEFORE = (
    re.compile(_KEY + r"(?P<quote>[\"'])(?P<lead>[^\"']{0,80})\Z"),
    re.compile(_KEY + r"(?P<quote>\")(?P<lead>[^\"]{0,80})\Z"),
)
"""The key and what stands before the spot in its value: without a quote, or with an apostrophe."""
_REACH = 400
_PARTS = re.compile(r"\s?[,;/&\n|]\s?|\\n")
_LONGEST_ITEM = 80


class Words(Protocol):
    """What lists know of words."""

    def are_words(self, value: str, kind: str) -> bool:
        """Whether all are common ones, and not a name of that kind, too."""
        ...

    def is_no_place(self, value: str) -> bool:
        """Whether a value is of common words that are not all of places."""
        ...

    def is_called(self, word: str) -> bool:
        """Whether people or places have it for a name, and it means nothing else."""
        ...


class _Value(NamedTuple):
    """A value, or the item of a list written in it, with what its key says."""

    sort: str
    """`thing`, `vague`, or nothing."""
    item: str


@lru_cache(maxsize=4096)
def sort_of(key: str) -> str:
    """Whether a key names a `thing`, is `vague`, or neither: the sorts themselves are keys of their sort."""
    if key in {"thing", "vague"}:
        return key
    if not key or keys.meaning(key):
        return ""
    words = [_singular(word.lower()) for word in _SPLIT.findall(key)]
    while len(words) > 1 and words[-1] in _OF_THE_THING:
        words.pop()
    last = words[-1] if words else ""
    return "thing" if last in _THINGS else "vague" * (last in _VAGUE)


def _singular(word: str) -> str:
    """The word, or what it is the plural of, where that is a word of the lists."""
    forms = (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y")
    return next((form for form in forms if form in _THINGS or form in _VAGUE), word)


def is_thing(text: str, spot: Spot, key: str, lists: Words) -> bool:
    """Whether a spot of the model is a value of common words, or stands under a key under which hardly anybody does.

    `key` is that of the whole text.
    """
    value = _value_of(text, spot, key)
    found = text[spot.start : spot.end]
    if len(found) * 2 < len(value.item):
        return False
    if value.sort == "thing" or (found == value.item and _names_nothing(found, spot.type, lists)):
        return True
    return value.sort == "vague" and len(value.item.split()) == 1 and not lists.is_called(found)


def _names_nothing(value: str, kind: str, lists: Words) -> bool:
    return lists.is_no_place(value) if kind == "LOCATION" else lists.are_words(value, kind)


def _value_of(text: str, spot: Spot, key: str) -> _Value:
    before = text[max(0, spot.start - _REACH) : spot.start]
    quoted = '"' in before or "'" in before  # so does every key whose value is looked for
    found = next(filter(None, (pattern.search(before) for pattern in _BEFORE)), None) if quoted else None
    if found:
        sort, lead, end = sort_of(found["key"]), found["lead"], text.find(found["quote"], spot.end)
    else:
        sort, lead, end = sort_of(key), before, len(text)
    rest = text[spot.end : min(end, spot.end + _LONGEST_ITEM) if end >= 0 else None]
    item = _PARTS.split(lead)[-1] + text[spot.start : spot.end] + _PARTS.split(rest)[0]
    return _Value(sort, item)
