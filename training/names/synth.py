"""Texts made from templates: slots are filled from the sources, and what was filled in is labelled."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import words
from sources import SURNAME_FIRST, UNSPACED, Culture, Sources, held_out

Row = dict[str, Any]
_GROUP = re.compile(r"\[(\w+) (\d+)\]")
_PIECE = re.compile(r"<([^<>]*)>|\{(\w+)\}")
_SLOT = re.compile(r"\{([A-Za-z]+)\}")
_PARTICLES = ("van", "van der", "de", "von", "della", "di", "el", "al", "bin", "dos", "da", "le", "O'", "Mc", "ter")
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
_STYLES = (("plain", 52), ("initial", 7), ("two", 5), ("particle", 4), ("double", 3), ("lower", 12), ("caps", 5),
           ("given", 6), ("initials", 3), ("suffix", 2), ("nick", 1))  # fmt: skip
_WESTERN = frozenset(
    [
        "en",
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "pl",
        "pt",
        "sv",
        "fi",
        "da",
        "no",
        "cs",
        "sk",
        "hu",
        "ro",
        "tr",
        "et",
        "lv",
        "lt",
        "hr",
        "sl",
        "is",
        "ga",
        "id",
        "fil",
        "vi",
        "az",
        "uz",
        "sq",
    ]
)


class Maker:
    """Fills templates. `held` fills them with names that lists and training never see."""

    def __init__(self, found: Sources, vocabulary: list[str], sentences: list[str], seed: int, *, held: bool = False):
        self.random = random.Random(seed)
        self.held = held
        self._found = found
        self._words, self._sentences = vocabulary, sentences
        self._by_language: dict[str, list[Culture]] = {}
        for culture in found.cultures.values():
            kept = Culture(culture.language, self._kept(culture.given), self._kept(culture.surnames))
            if kept.given and kept.surnames:
                self._by_language.setdefault(culture.language, []).append(kept)
        self._english = self._by_language["en"]
        self._cities = [city for city in found.cities if held_out(city[0]) == held]
        self._big = [city for city in self._cities if city[1] > 200_000]
        self._streets = [name for names in found.streets.values() for name in names if name.isascii()]
        self._slots: dict[str, Callable[[], tuple[str, str | None]]] = self._table()

    def _kept(self, names: list[str]) -> list[str]:
        return [name for name in names if held_out(name) == self.held and name.strip()]

    # -- texts ------------------------------------------------------------------------------------------------------

    def texts(self, templates: Path, count: int) -> Iterator[Row]:
        """`count` labelled texts, groups in the shares that the file gives them."""
        groups = _groups(templates)
        names, shares = list(groups), [share for share, _ in groups.values()]
        for name in self.random.choices(names, shares, k=count):
            yield self.fill(self.random.choice(groups[name][1]), name)

    def fill(self, template: str, source: str) -> Row:
        """One text from one template."""
        template = self._choose(template.replace("\\n", "\n").replace("\\t", "\t"))
        text, spans, at = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[at : slot.start()]
            value, label = self.value(slot[1])
            if label:
                spans.append([len(text), len(text) + len(value), label])
            text, at = text + value, slot.end()
        text += template[at:]
        return self._distort({"text": text, "spans": spans, "src": f"made:{source}"})

    def _choose(self, template: str) -> str:
        while (found := re.search(r"<([^<>]*)>", template)) is not None:
            choice = self.random.choice(found[1].split("|"))
            template = template[: found.start()] + choice + template[found.end() :]
        return template

    def _distort(self, row: Row) -> Row:
        """Some texts all small, some all capitals, some without the last full stop."""
        dice = self.random.random()
        text = row["text"]
        changed = text.lower() if dice < 0.08 else text.upper() if dice < 0.1 else text
        if len(changed) == len(text):
            row["text"] = changed
        return row

    # -- slots ------------------------------------------------------------------------------------------------------

    def value(self, slot: str) -> tuple[str, str | None]:
        """What stands in a slot, and its label."""
        if slot in self._slots:
            return self._slots[slot]()
        kind, language = (slot[:2], slot[2:]) if slot.startswith("ST") else (slot[0], slot[1:])
        if language == "any":
            language = self.random.choice(list(self._by_language))
        culture = self.random.choice(self._by_language.get(language, self._english))
        if kind == "ST":
            return self._street_abroad(language, culture), "ADDRESS"
        if kind == "L":
            return self._place_abroad(language), "LOCATION"
        if kind == "G":
            return self.random.choice(culture.given), "PERSON"
        if kind == "S":
            return self.random.choice(culture.surnames), "PERSON"
        return self.person(culture), "PERSON"

    def _table(self) -> dict[str, Callable[[], tuple[str, str | None]]]:
        pick = self.random.choice
        return {
            "P": lambda: (self.person(), "PERSON"),
            "G": lambda: (self._cased(pick(self._culture().given)), "PERSON"),
            "S": lambda: (self._cased(pick(self._culture().surnames)), "PERSON"),
            "PL": lambda: (self._listed(), "PERSON"),
            "I": lambda: (pick("ABCDEFGHJKLMNPRSTW") + pick(("", ".", "")), "PERSON"),
            "L": lambda: (self._cased(self.place()), "LOCATION"),
            "C": lambda: (self.country(), "LOCATION"),
            "A": lambda: (self.address().replace("\n", ", "), "ADDRESS"),
            "AM": lambda: (self.address(), "ADDRESS"),
            "ST": lambda: (self.street(), "ADDRESS"),
            "O": lambda: (self.company(), "ORGANIZATION"),
            "PR": lambda: (pick(words.PRODUCTS), None),
            "H": lambda: (self._heading(), None),
            "W": lambda: (pick(self._words), None),
            "Wc": lambda: (pick(self._words).title(), None),
            "CAPSW": lambda: (pick(self._words).upper(), None),
            "TS": lambda: (pick(words.TECHNICAL), None),
            "TSc": lambda: (pick(words.TECHNICAL).title(), None),
            "SENT": lambda: (pick(self._sentences), None),
            "SENTc": lambda: (pick(self._sentences).upper(), None),
            "Sc": lambda: (pick(self._sentences).title(), None),
            "Z": lambda: (self._code(), "ADDRESS"),
            "TI": lambda: (pick(("Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "Dr", "Mr", "Miss", "Sir")), None),
            "him": lambda: (pick(("him", "her", "them")), None),
            **self._machine(),
        }

    def _machine(self) -> dict[str, Callable[[], tuple[str, str | None]]]:
        pick, number = self.random.choice, self.random.randint
        months = ["May", *(word.title() for word in words.TIMES[15:26])]
        return {
            "D": lambda: (pick((f"{number(1, 28)}/{number(1, 12)}/{number(1950, 2026)}",
                                f"{number(1950, 2026)}-{number(1, 12):02}-{number(1, 28):02}",
                                f"{pick(months)} {number(1, 28)}, {number(1950, 2026)}",
                                f"{number(1, 28)} {pick(months)}")), None),
            "T": lambda: (pick((f"{number(0, 23)}:{number(0, 59):02}", f"{number(1, 12)} pm", f"{number(1, 12)}am")), None),
            "MO": lambda: (pick(months), None),
            "DAY": lambda: (pick(words.TIMES[:7]).title(), None),
            "YEAR": lambda: (str(number(1900, 2026)), None),
            "N": lambda: (str(number(1, pick((9, 99, 9999)))), None),
            "K": lambda: (pick((f"{pick('ABCDEFGH')}{pick('XYZQ')}-{number(1, 99999)}", f"{number(16**6, 16**7):x}")), None),
            "E": lambda: (f"{pick(self._words)}{number(1, 99)}@{pick(('example.com', 'mail.org', 'corp.net'))}", None),
            "EB": lambda: (f"<{pick(self._words)}@{pick(('example.com', 'mail.org', 'corp.net'))}>", None),
            "F": lambda: (f"+{number(1, 99)} {number(100, 999)} {number(1000, 9999)} {number(100, 999)}", None),
            "FN": lambda: (f"{pick(('', 'src/', './', 'docs/', '~/'))}{pick(words.TECHNICAL)}{pick(('.py', '.md', '.ts', '.rs', '.json', '.yaml', '.go', '.html'))}", None),
            "CAMEL": lambda: (pick(words.TECHNICAL).title() + pick(words.TECHNICAL).title(), None),
        }  # fmt: skip

    # -- people -----------------------------------------------------------------------------------------------------

    def _culture(self) -> Culture:
        if self.random.random() < 0.55:
            return self.random.choice(self._english)
        western = [language for language in self._by_language if language in _WESTERN]
        language = (
            self.random.choice(western) if self.random.random() < 0.9 else self.random.choice(list(self._by_language))
        )
        return self.random.choice(self._by_language[language])

    def person(self, culture: Culture | None = None) -> str:
        """A full name in one of the ways names are written."""
        if culture is None and not self.held and self.random.random() < 0.08:
            return self.random.choice(self._found.labelled_people)
        culture = culture or self._culture()
        pick = self.random.choice
        given, surname = pick(culture.given), pick(culture.surnames)
        if culture.language in UNSPACED:
            return surname + given if given[0] >= "\u3000" else f"{given} {surname}"
        if culture.language in SURNAME_FIRST and self.random.random() < 0.5:
            return f"{surname} {given}"
        style = self.random.choices([name for name, _ in _STYLES], [share for _, share in _STYLES])[0]
        initial = pick("ABCDEFGHJKLMNPRSTVW")
        return {
            "plain": f"{given} {surname}",
            "initial": f"{given} {initial}{pick(('.', '', '.'))} {surname}",
            "two": f"{given} {pick(culture.given)} {surname}",
            "particle": f"{given} {pick(_PARTICLES)} {surname}".replace("' ", "'").replace("Mc ", "Mc"),
            "double": f"{given} {surname}-{pick(culture.surnames)}",
            "lower": f"{given} {surname}".lower(),
            "caps": f"{given} {surname}".upper(),
            "given": given,
            "initials": f"{initial}.{pick((' ', ''))}{pick(('', 'J. ', 'K.'))}{surname}".replace(".K.", ".K. "),
            "suffix": f"{given} {surname}{pick((' Jr.', ', Jr.', ' III', ' Sr.'))}",
            "nick": f'{given} "{pick(culture.given)}" {surname}',
        }[style]

    def _listed(self) -> str:
        culture = self._culture()
        given, surname = self.random.choice(culture.given), self.random.choice(culture.surnames)
        middle = self.random.choice(("", "", "", f" {self.random.choice('ABCDEFGJKLMRST')}."))
        return self._cased(f"{surname}, {given}{middle}")

    def _cased(self, name: str) -> str:
        dice = self.random.random()
        return name.lower() if dice < 0.1 else name.upper() if dice < 0.13 else name

    # -- places -----------------------------------------------------------------------------------------------------

    def place(self) -> str:
        """A city, a region, a country, or a city with what it lies in."""
        pick, dice = self.random.choice, self.random.random()
        if dice < 0.35:
            return pick(self._big)[0]
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

    def _place_abroad(self, language: str) -> str:
        return self.random.choice(self._found.countries.get(language, self._found.countries["en"]))

    def street(self) -> str:
        """A street with a number."""
        pick, dice = self.random.choice, self.random.random()
        if dice < 0.25:
            return pick(self._found.addresses).split("\n")[0]
        language = pick(list(_ABROAD))
        if dice < 0.5:
            return self._street_abroad(language, pick(self._by_language.get(language, self._english)))
        name = pick(
            (
                pick(self._streets),
                self._culture_surname(),
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

    def _culture_surname(self) -> str:
        return self.random.choice(self._culture().surnames)

    def _street_abroad(self, language: str, culture: Culture) -> str:
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

    def _code(self) -> str:
        number = self.random.randint
        return self.random.choice(
            (f"{number(10_000, 99_999)}", f"{number(1000, 9999)}", f"SW{number(1, 20)} {number(1, 9)}AB")
        )

    # -- others -----------------------------------------------------------------------------------------------------

    def company(self) -> str:
        """A company, an office, a school."""
        pick, dice = self.random.choice, self.random.random()
        if dice < 0.4:
            return pick(words.COMPANIES)
        if dice < 0.6:
            return pick(self._found.companies)
        end = pick(
            (
                "Inc",
                "Ltd",
                "LLC",
                "GmbH",
                "Corp.",
                "Group",
                "Bank",
                "Partners",
                "& Sons",
                "Labs",
                "Hotel",
                "University",
                "Hospital",
                "Café",
            )
        )
        return pick(
            (
                f"{self._culture_surname()} {end}",
                f"{pick(self._words).title()} {end}",
                f"{pick(self._words).title()} {pick(self._words).title()} {end}",
                f"University of {pick(self._big)[0]}",
            )
        )

    def _heading(self) -> str:
        pick = self.random.choice
        if self.random.random() < 0.4:
            return pick(words.HEADINGS)
        count = pick((1, 2, 2, 3, 3, 4))
        chosen = [pick(pick((self._words, words.TECHNICAL))) for _ in range(count)]
        return pick((" ".join(chosen).title(), " ".join(chosen).capitalize(), " ".join(chosen)))


def _groups(templates: Path) -> dict[str, tuple[int, list[str]]]:
    groups: dict[str, tuple[int, list[str]]] = {}
    name = ""
    for line in templates.read_text(encoding="utf-8").splitlines():
        header = _GROUP.fullmatch(line)
        if header:
            name = header[1]
            groups[name] = (int(header[2]), [])
        elif line and not line.startswith("# One") and not line.startswith("# Held"):
            groups[name][1].append(line)
    return groups
