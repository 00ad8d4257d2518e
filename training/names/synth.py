"""Texts made from templates: slots are filled from the sources, and what was filled in is labelled."""

import random
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import words
from nobody import Nobody
from people import People
from places import Places
from sources import Sources

Row = dict[str, Any]
_GROUP = re.compile(r"\[(\w+) (\d+)\]")
_SLOT = re.compile(r"\{([A-Za-z]+)\}")


class Ordinary(NamedTuple):
    """What names nobody."""

    words: list[str]
    namely: list[str]
    """Words that are often met and are names, too, but seldom."""
    sentences: list[str]
    nobody: Nobody
    """Things, words and sentences of other languages."""


_LATIN = 0x250
_MANY = 50
"""So many words of a language are enough to draw from."""
_SORTS = {"own": 34, "food": 28, "machine": 12, "work": 11, "colour": 9, "tongue": 3, "time": 2, "money": 1}
"""The shares of things, by their sort."""
_WESTERN = 0.85
"""The share of things that are written in Latin letters."""
_OWN, _ABOUT = 0.5, 0.35
"""The shares of own sentences, and of sentences about somebody."""
_PHRASE = (3, 7)
"""So few and so many words are put together to what only looks like a sentence."""


class Maker:
    """Fills templates. `held` fills them with names that lists and training never see."""

    def __init__(self, found: Sources, ordinary: Ordinary, seed: int, *, held: bool = False) -> None:
        self.random = random.Random(seed)
        self._found = found
        self._words, self._namely, self._sentences, self._nobody = ordinary
        self._western = {
            sort: [thing for thing in listed if thing[0] < chr(_LATIN)] for sort, listed in self._nobody.things.items()
        }
        self._tongues = sorted(language for language, listed in self._nobody.words.items() if len(listed) > _MANY)
        self._spoken = sorted({*self._nobody.sentences, *self._nobody.templates})
        self.people = People(found, self.random, held=held)
        self.places = Places(found, ordinary.words, self.people, held=held)
        self._slots: dict[str, Callable[[], tuple[str, str | None]]] = self._table()

    # -- texts ------------------------------------------------------------------------------------------------------

    def texts(self, templates: Path, count: int, left_out: Collection[str] = ()) -> Iterator[Row]:
        """`count` labelled texts, groups in the shares that the file gives them, some groups left out."""
        groups = {name: group for name, group in _groups(templates).items() if name not in left_out}
        names, shares = list(groups), [share for share, _ in groups.values()]
        for name in self.random.choices(names, shares, k=count):
            yield self.fill(self.random.choice(groups[name][1]), name)

    def fill(self, template: str, source: str) -> Row:
        """One text from one template."""
        template = template.replace("\\n", "\n").replace("\\t", "\t")
        while "{SA}" in template:
            template = template.replace("{SA}", self._abroad(), 1)
        template = self._choose(template)
        text, spans, at = "", [], 0
        for slot in _SLOT.finditer(template):
            text += template[at : slot.start()]
            value, label = self.value(slot[1])
            if label:
                spans.append([len(text), len(text) + len(value), label])
            text, at = text + value, slot.end()
        text += template[at:]
        return self._distort({"text": text, "spans": spans, "src": f"made:{source}"})

    def _abroad(self) -> str:
        """A sentence of another language, with slots where it names somebody."""
        pick = self.random.choice
        language = pick(self._spoken)
        own = self._nobody.templates.get(language, [])
        told = [self._nobody.sentences.get(language, []), self._nobody.about.get(language, [])]
        if own and (not any(told) or self.random.random() < _OWN):
            return pick(own)
        return pick(told[bool(told[1]) and (not told[0] or self.random.random() < _ABOUT)])

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
            language = self.random.choice(list(self.people.by_language))
        culture = self.random.choice(self.people.by_language.get(language, self.people.english))
        if kind == "ST":
            return self.places.street_abroad(language, culture), "ADDRESS"
        if kind == "L":
            return self.places.place_abroad(language), "LOCATION"
        if kind == "G":
            return self.random.choice(culture.given), "PERSON"
        if kind == "S":
            return self.random.choice(culture.surnames), "PERSON"
        return self.people.person(culture), "PERSON"

    def _table(self) -> dict[str, Callable[[], tuple[str, str | None]]]:
        pick = self.random.choice
        return {
            "P": lambda: (self.people.person(), "PERSON"),
            "G": lambda: (self.people.cased(pick(self.people.culture().given)), "PERSON"),
            "S": lambda: (self.people.cased(pick(self.people.culture().surnames)), "PERSON"),
            "PL": lambda: (self.people.listed(), "PERSON"),
            "I": lambda: (pick("ABCDEFGHJKLMNPRSTW") + pick(("", ".", "")), "PERSON"),
            "L": lambda: (self.people.cased(self.places.place()), "LOCATION"),
            "C": lambda: (self.places.country(), "LOCATION"),
            "A": lambda: (self.places.address().replace("\n", ", "), "ADDRESS"),
            "AM": lambda: (self.places.address(), "ADDRESS"),
            "ST": lambda: (self.places.street(), "ADDRESS"),
            "O": lambda: (self.company(), "ORGANIZATION"),
            "AC": lambda: (
                "".join(pick("ABCDEFGHIKLMNOPRSTUV") for _ in range(pick((2, 3, 3, 3, 4, 4)))),
                "ORGANIZATION",
            ),
            "BR": lambda: (pick(pick((words.PRODUCTS, words.COMPANIES, words.BRANDS))), "ORGANIZATION"),
            "Gx": lambda: (pick(self.people.culture().given), None),
            "Sx": lambda: (self.people.surname(), "ORGANIZATION"),
            "NA": lambda: (pick(words.PEOPLES), None),
            "NW": lambda: (pick(self._namely), None),
            "NWc": lambda: (pick(self._namely).title(), None),
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
            "TH": lambda: (self._thing(), None),
            "THl": lambda: (self._thing().lower(), None),
            "WA": lambda: (self._foreign(1), None),
            "WAc": lambda: (self._foreign(1).capitalize(), None),
            "WAp": lambda: (self._foreign(self.random.randint(2, 3)).capitalize(), None),
            "WAt": lambda: (self._foreign(2).title(), None),
            "WAs": lambda: (self._foreign(self.random.randint(*_PHRASE)).capitalize() + pick(".?!"), None),
            "Z": lambda: (self.places.code(), "ADDRESS"),
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
                f"{self.people.surname()} {end}",
                f"{pick(self._words).title()} {end}",
                f"{pick(self._words).title()} {pick(self._words).title()} {end}",
                f"University of {pick(self.places.big)[0]}",
            )
        )

    def _thing(self) -> str:
        sorts = self._western if self.random.random() < _WESTERN else self._nobody.things
        [sort] = self.random.choices(list(_SORTS), list(_SORTS.values()))
        return self.random.choice(sorts[sort])

    def _foreign(self, count: int) -> str:
        """So many words of one language, which need not fit together."""
        listed = self._nobody.words[self.random.choice(self._tongues)]
        return " ".join(self.random.choice(listed) for _ in range(count))

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
