"""Chance that can be repeated; names, places and dates of birth that belong to nobody."""

import random
import string
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

HERE = Path(__file__).parent
DIGITS = string.digits
HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits


def _table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split("|")] for line in lines if line and not line.startswith("#")]


def luhn(digits: str) -> str:
    """The digit that makes `digits` pass (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        one = int(digit) * (2 if place % 2 == 0 else 1)
        total += one - 9 if one > 9 else one
    return str(-total % 10)


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


class Chance:
    """A repeatable source of plain draws."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def of(self, options: Iterable[str]) -> str:
        return self.random.choice(list(options))

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def chars(self, length: int, alphabet: str = DIGITS) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def shape(self, pattern: str) -> str:
        """`9` a digit, `1` a digit but nought, `A` a capital, `x` a hexadecimal digit, everything else as it is."""
        sets = {"9": DIGITS, "1": "123456789", "A": "ABCDEFGHJKLMNPRSTUVWXYZ", "x": HEX}
        return "".join(self.random.choice(sets[sign]) if sign in sets else sign for sign in pattern)

    def likely(self, share: float) -> bool:
        return self.random.random() < share


class People(Chance):
    """Names, places, dates of birth."""

    @cached_property
    def cultures(self) -> list[tuple[str, list[str], list[str]]]:
        return [(mark, given.split(), family.split()) for mark, given, family in _table("names.txt")]

    @cached_property
    def places(self) -> dict[str, list[str]]:
        return {kind: [one.strip() for one in values.split(";")] for kind, values in _table("places.txt")}

    def parts(self, *, latin: bool = True) -> tuple[str, str, str]:
        mark, given, family = self.random.choice([one for one in self.cultures if latin != one[0].endswith("*")])
        return mark.rstrip("*"), self.of(given).replace("_", " "), self.of(family).replace("_", " ")

    def whole(self) -> str:
        _, given, family = self.parts()
        kind = self.random.random()
        if kind < 0.08:
            return f"{given} {self.chars(1, 'ABCDEFGHJKLMRST')}. {family}"
        if kind < 0.14:
            return f"{given} {self.parts()[1]} {family}"
        return f"{given} {family}"

    def script(self) -> str:
        mark, given, family = self.parts(latin=False)
        return family + given if mark in {"zh", "ja", "ko"} else f"{given} {family}"

    def ascii(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        return "".join(sign for sign in plain.lower() if sign.isalnum()) or "anon"

    def email(self) -> str:
        _, given, family = self.parts()
        first, last = self.ascii(given), self.ascii(family)
        local = self.of(
            [
                f"{first}.{last}",
                f"{first[0]}{last}",
                f"{last}{self.number(1, 99)}",
                f"{first}_{last}",
                f"{first}-{last}",
                f"{first}+{self.of(self.places['word'])}",
                f"{last}.{first[0]}",
                first,
            ]
        )
        host = self.of(
            [
                "gmail.com",
                "proton.me",
                "web.de",
                "orange.fr",
                "libero.it",
                "mail.ru",
                "qq.com",
                "icloud.com",
                "outlook.es",
                f"{self.of(self.places['word'])}-{self.of(self.places['word'])}.co.uk",
                f"mail.{last}.org",
                f"{last}.io",
                "students.uni-goettingen.de",
                "hotmail.com.br",
                "wp.pl",
                "bigpond.net.au",
                "example.museum",
            ]
        )
        return f"{local}@{host}"

    def birth(self) -> date:
        return date(1938, 1, 1) + timedelta(days=self.number(0, 25500))

    def dob(self) -> str:
        day = self.birth()
        if self.likely(0.6):
            return day.strftime(
                self.of(["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%y"])
            )
        ending = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th")
        month = day.strftime("%B")
        return self.of(
            [
                f"{day.day} {month} {day.year}",
                f"{month} {day.day}, {day.year}",
                f"{day.day}{ending} of {month} {day.year}",
                f"{month} {day.day}{ending} {day.year}",
                day.strftime("%d %b %Y"),
                day.strftime("%b %d, %Y"),
            ]
        )

    def street(self, land: str) -> str:
        way, house = self.of(self.places[f"street_{land}"]), str(self.number(1, 240))
        house += self.of(["", "", "", "a", "B"]) if land != "us" else ""
        if land in {"en", "us"}:
            return f"{house} {way}"
        if land == "fr":
            return f"{house}{self.of([' ', ', ', ' bis '])}{way}"
        if land in {"es", "it", "pt"}:
            return f"{way}{self.of([', ', ' ', ', nº '] if land != 'it' else [' ', ', '])}{house}"
        return f"{way} {house}" + (self.of(["", "/12", " m. 5"]) if land == "pl" else "")

    def address(self) -> str:
        land = self.of(["en", "us", "de", "fr", "es", "it", "nl", "pt", "pl", "nordic"])
        town = self.of(self.places["city"])
        code = self.postcode(land)
        if land == "us":
            unit = self.of(
                [
                    "",
                    "",
                    f", Apt {self.number(1, 90)}{self.chars(1, 'ABC')}",
                    f" #{self.number(2, 400)}",
                    f", Suite {self.number(100, 900)}",
                ]
            )
            return f"{self.street(land)}{unit}, {town}, {self.of(['NM', 'WA', 'AL', 'TX', 'OR', 'VT'])} {code}"
        if land == "en":
            flat = self.of(["", "", f"Flat {self.number(1, 30)}, "])
            return f"{flat}{self.street(land)}, {town} {code}"
        return f"{self.street(land)}, {code} {town}"

    def postcode(self, land: str | None = None) -> str:
        shapes = {
            "us": "19999",
            "de": "19999",
            "fr": "19999",
            "es": "19999",
            "it": "19999",
            "nl": "1999 AA",
            "pt": "1999-999",
        }
        shapes |= {"pl": "19-999", "nordic": "199 99", "en": "AA1 9AA"}
        return self.shape(shapes[land or self.of(["us", "en", "nl", "pl", "pt"])])

    def handle(self) -> str:
        _, given, family = self.parts()
        first, last = self.ascii(given), self.ascii(family)
        return self.of(
            [
                f"{first}{last[0]}{self.number(1, 99)}",
                f"{first}_{last}",
                f"{last}{first[:2]}",
                f"x{first}x{self.number(70, 99)}",
            ]
        )
