"""People who do not exist: a name, an address and numbers as they are usual in one land."""

import unicodedata
from functools import cached_property
from random import Random

from blind import numbers
from blind.sections import sections, words

LANDS = tuple(sections("lands.txt"))
FAMILY_FIRST = {"hu", "kr", "vn"}
PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "ß": "ss", "đ": "d", "æ": "ae", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "ñ": "n", "å": "a"}
)


def without_accents(text: str) -> str:
    """A name as it is typed where the keyboard has no accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def ascii_only(text: str) -> str:
    """Small letters without accents, as in the name of a mailbox."""
    bare = unicodedata.normalize("NFKD", text.lower().translate(PLAIN_LETTERS))
    return "".join(sign for sign in bare if sign.isascii() and sign.isalnum())


class Person:
    """One made-up person; every property is drawn once."""

    def __init__(self, rng: Random, land: str) -> None:
        self._rng = rng
        self.land = land
        self._lists = sections("lands.txt")[land]

    def _pick(self, key: str) -> str:
        return self._rng.choice(self._lists[key])

    @cached_property
    def given(self) -> str:
        """The given name."""
        return self._pick("given")

    @cached_property
    def family(self) -> str:
        """The family name."""
        return self._pick("family")

    @cached_property
    def name(self) -> str:
        """The name as it is usual in the land."""
        if self.land in FAMILY_FIRST and numbers.chance(self._rng, 0.5):
            return f"{self.family} {self.given}"
        if self.land in {"es", "mx"} and numbers.chance(self._rng, 0.4):
            return f"{self.given} {self.family} {self._pick('family')}"
        if self.land in {"us", "gb"} and numbers.chance(self._rng, 0.2):
            return f"{self.given} {self._rng.choice('ABCDEFGHJKLMRST')}. {self.family}"
        return f"{self.given} {self.family}"

    @cached_property
    def name_rev(self) -> str:
        """Family name first, with a comma."""
        return f"{self.family}, {self.given}"

    @cached_property
    def initial(self) -> str:
        """The family name behind an initial."""
        return f"{self.given[0]}. {self.family}"

    @cached_property
    def email(self) -> str:
        """An address of mail made from the name."""
        given = ascii_only(self.given) or self._lists["latin"][self._lists["given"].index(self.given)]
        family = ascii_only(self.family)
        year = str(self._rng.randint(60, 99))
        local = self._rng.choice(
            (
                f"{given}.{family}" if family else f"{given}{year}",
                f"{given[0]}{family}{year}" if family else f"{given}.{year}",
                f"{given}{year}",
                f"{family}.{given}" if family else given,
                f"{given}_{family or year}",
                f"{given}+{self._rng.choice(('shop', 'news', 'bills'))}",
            )
        )
        tld = self._rng.choice((*self._lists["tld"], "com", "net", "org"))
        sub = self._rng.choice(("", "", "", "mail.", "staff."))
        return f"{local}@{sub}{self._rng.choice(words('maildomain'))}.{tld}"

    @cached_property
    def phone(self) -> str:
        """A number, in one of the ways it is written in the land."""
        return numbers.pattern(self._rng, self._pick("phone"))

    @cached_property
    def zip(self) -> str:
        """A postal code."""
        return numbers.pattern(self._rng, self._pick("zip"))

    @cached_property
    def _house(self) -> str:
        return str(self._rng.randint(2, 148))

    @cached_property
    def _road(self) -> str:
        return self._pick("street")

    @cached_property
    def address(self) -> str:
        """A whole address, perhaps of several lines."""
        return self._pick("address").format(
            street=self._road,
            city=self._pick("city"),
            zip=self.zip,
            n=self._house,
            n1=self._rng.randint(1, 9),
            n3=self._rng.randint(110, 2980),
        )

    @cached_property
    def address_line(self) -> str:
        """The address on one line."""
        return self.address.replace("\n", ", ")

    @cached_property
    def street(self) -> str:
        """The street and the number."""
        head = self._lists["address"][0].partition("{street}")[0]
        if "{n" in head and "{zip}" not in head:
            return f"{self._house} {self._road}"
        return f"{self._road} {self._house}"

    @cached_property
    def city(self) -> str:
        """A town."""
        return self._pick("place" if "place" in self._lists else "city")

    @cached_property
    def country(self) -> str:
        """The country."""
        return self._pick("country")

    @cached_property
    def passport(self) -> str:
        """The number of a passport."""
        return numbers.pattern(self._rng, self._pick("passport"))

    @cached_property
    def dob_iso(self) -> str:
        """The date of birth as machines write it."""
        return numbers.birthday(self._rng).isoformat()

    @cached_property
    def dob(self) -> str:
        """The date of birth as people of the land write it."""
        return numbers.spelt_birthday(self._rng, numbers.birthday(self._rng), self.land)
