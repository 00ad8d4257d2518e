"""Places, streets and addresses in the ways they are written."""

import random

from people import People
from sources import Culture, Sources, held_out

_STREET_EN = [
    "Street",
    "St",
    "St.",
    "Road",
    "Rd",
    "Rd.",
    "Avenue",
    "Ave",
    "Ave.",
    "Lane",
    "Ln",
    "Drive",
    "Dr",
    "Court",
    "Ct",
    "Crescent",
    "Close",
    "Boulevard",
    "Blvd",
    "Way",
]
_ABROAD = {
    "de": "{S}straße {n}|{S}weg {n}|{S}platz {n}|Am {W} {n}|{S}str. {n}|{S}gasse {n}",
    "fr": "{n} rue {S}|{n}, rue de {S}|{n} avenue {S}|{n} bd {S}|{n} place du {S}|{n} chemin des {S}",
    "es": "Calle {S}, {n}|Calle {S} {n}|Avenida de {S} {n}|C/ {S} {n}|Plaza {S}, {n}, 2º A|Paseo de {S} {n}",
    "it": "Via {S} {n}|Via {G} {S}, {n}|Viale {S} {n}|Piazza {S}, {n}|Corso {S} {n}|Strada {S} {n}",
    "nl": "{S}straat {n}|{S}laan {n}|{S}gracht {n}|{S}weg {n}a|{S}plein {n}",
    "pl": "ul. {S} {n}|ul. {S} {n}/{m}|al. {S} {n}|os. {S} {n} m. {m}",
    "pt": "Rua {S}, {n}|Rua {S} {n}|Avenida {S}, {n}|Travessa {S}, {n} - 3º",
    "sv": "{S}gatan {n}|{S}vägen {n}|{S}gränd {n}",
    "da": "{S}gade {n}|{S}vej {n}|{S}allé {n}",
    "fi": "{S}katu {n}|{S}tie {n} A {m}|{S}kuja {n}",
    "hu": "{S} u. {n}.|{S} utca {n}.|{S} út {n}.|{S} tér {m}.|{n} {S} u. {m}.",
    "cs": "{S} {n}/{m}|{S}ova {n}|náměstí {S} {n}",
    "tr": "{S} Sokak No: {n}|{S} Cad. No:{n}/{m}|{S} Mah. {S} Sk. {n}",
    "ru": "ул. {S}, д. {n}|улица {S}, {n}|пр. {S}, д. {n}, кв. {m}",
    "el": "{S} {n}|Οδός {S} {n}|Λεωφόρος {S} {n}",
}


class Places:
    """Makes up places. `held` takes cities that lists and training never see."""

    def __init__(self, found: Sources, vocabulary: list[str], people: People, *, held: bool) -> None:
        self.random: random.Random = people.random
        self._found, self._words, self._people = found, vocabulary, people
        self._cities = [city for city in found.cities if held_out(city[0]) == held]
        self.big = [city for city in self._cities if city[1] > 200_000]
        self._streets = [name for names in found.streets.values() for name in names if name.isascii()]

    def place(self) -> str:
        """A city, a region, a country, or a city with what it lies in."""
        pick, dice = self.random.choice, self.random.random()
        if dice < 0.35:
            return pick(self.big)[0]
        if dice < 0.6:
            return pick(self._cities)[0]
        if dice < 0.7:
            return pick(self._found.towns)
        if dice < 0.85:
            return self.country()
        if dice < 0.92:
            return pick(self._found.regions)
        return f"{pick(self._cities)[0]}, {pick((self.country(), pick(self._found.regions), pick(('CA', 'NY', 'TX', 'UK', 'WA', 'IL'))))}"

    def country(self) -> str:
        """A country, mostly in English."""
        if self.random.random() < 0.75:
            return self.random.choice(self._found.countries["en"])
        return self.random.choice(self._found.countries[self.random.choice(list(self._found.countries))])

    def place_abroad(self, language: str) -> str:
        """A country in a language."""
        return self.random.choice(self._found.countries.get(language, self._found.countries["en"]))

    def street(self) -> str:
        """A street with a number."""
        pick, dice = self.random.choice, self.random.random()
        if dice < 0.25:
            return pick(self._found.addresses).split("\n")[0]
        language = pick(list(_ABROAD))
        if dice < 0.5:
            return self.street_abroad(language, pick(self._people.by_language.get(language, self._people.english)))
        name = pick(
            (
                pick(self._streets),
                self._people.surname(),
                pick(self._words).title(),
                f"{pick('NSEW')}. {pick(self._streets)}",
                f"{self.random.randint(1, 99)}th",
            )
        )
        number = pick((self.random.randint(1, 99), self.random.randint(100, 19999)))
        line = f"{number}{pick(('', '', '', 'A', 'b'))} {name} {pick(_STREET_EN)}"
        unit = pick(
            (
                f"Apt {number % 97}",
                f"Apt. {number % 13}B",
                f"Suite {number % 400}",
                f"Unit {number % 19}",
                f"#{number % 80}",
                f"Flat {number % 30}",
                f"Floor {number % 12}",
            )
        )
        line += pick(("", "", f", {unit}", f" {unit}"))
        return pick((line, line, line, line, f"{unit}, {line}", f"PO Box {number}", line.lower()))

    def street_abroad(self, language: str, culture: Culture) -> str:
        """A street with a number as a language writes it."""
        pattern = self.random.choice(_ABROAD.get(language, "{S} {n}").split("|"))
        surname = self.random.choice(culture.surnames)
        return pattern.format(
            S=surname,
            G=self.random.choice(culture.given),
            W=self.random.choice(self._words).title(),
            n=self.random.randint(1, 250),
            m=self.random.randint(1, 60),
        )

    def address(self) -> str:
        """A street with its town, in the order of some country; lines are parted by line breaks."""
        pick = self.random.choice
        if self.random.random() < 0.45:
            return pick(self._found.addresses)
        city = pick(self._cities)[0]
        code = str(self.random.randint(*pick(((1000, 9999), (10_000, 99_999), (10_000, 99_999), (100_000, 999_999)))))
        british = f"{pick('ABCEGLMNSW')}{self.random.randint(1, 29)} {self.random.randint(1, 9)}{pick('ABDEFGH')}{pick('JLNPQ')}"
        state = pick(("CA", "NY", "TX", "FL", "OH", "WA", "NSW", "VIC", "ON", pick(self._found.regions)))
        town = pick(
            (
                f"{code} {city}",
                f"{city} {code}",
                f"{city}, {state} {code}",
                f"{city}\n{british}",
                f"{city} {british}",
                f"{city}, {state}",
                city,
                f"{city}\n{code}",
            )
        )
        country = pick(("", "", "", "\n" + self.country()))
        if self.random.random() < 0.15:
            unit = pick((f"Suite {code[:3]}", f"Apt. {code[:3]}", f"Flat {code[:2]}"))
            return f"{self.random.randint(1, 99)} {self.street()}\n {unit}\n {city}\n {self.country()} {code}"
        return f"{self.street()}\n{town}{country}"

    def code(self) -> str:
        """A postal code."""
        number = self.random.randint
        return self.random.choice(
            (f"{number(10_000, 99_999)}", f"{number(1000, 9999)}", f"SW{number(1, 20)} {number(1, 9)}AB")
        )
