"""What names nobody: things, words and sentences of many languages, from the word lists that come with the names.

| source | licence | taken |
|---|---|---|
| mimesis | MIT | words, sentences, dishes, colours and trades of its locales, cars, devices, programs |
| Faker | MIT | words, colours and trades of its locales |
| babel (Unicode CLDR) | BSD over Unicode licence | names of languages, months and currencies |
| `abroad.txt`, `words.txt` | own | sentences in 21 languages, things |
"""

import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import words

HERE = Path(__file__).parent
_FOODS = ("dishes", "drinks", "fruits", "spices", "vegetables")
_MACHINES = ("CARS", "GRAPHICS", "HDD_SSD", "OS", "PHONE_MODELS", "PROGRAMMING_LANGS", "PROJECT_NAMES")
_TEXTS = frozenset(
    {"es", "it", "nl", "de", "fr", "fi", "no", "sv", "pl", "pt", "hr", "hu", "et", "is", "tr", "cs", "da"}
)
"""Languages in which a capital within a sentence tells a name; but for German, whose nouns have one."""
_LANGUAGES = (
    "ar",
    "bn",
    "cs",
    "de",
    "el",
    "en",
    "es",
    "fi",
    "fr",
    "he",
    "hi",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
)
_LONGEST, _LONGEST_THING = 140, 40
WITH_NAMES = frozenset({"da", "fi", "no"})
"""Languages among whose words in small letters are names, too."""
_TOM = re.compile(r"\b(?:Tom|Mary|Maria|Mario|Bill|John|Jack|Bob|Jim|Jane|Ann|Marie|Nancy|Betty|Ken|Mike|Lisa)\b")
"""Who the texts of mimesis are about."""


@dataclass(slots=True)
class Nobody:
    """All that was gathered, by language where it has one."""

    words: dict[str, list[str]] = field(default_factory=dict)
    """In small letters."""
    sentences: dict[str, list[str]] = field(default_factory=dict)
    about: dict[str, list[str]] = field(default_factory=dict)
    """Sentences about somebody, with `{G}` of the language where the name stands."""
    things: dict[str, list[str]] = field(default_factory=dict)
    """By their sort."""
    templates: dict[str, list[str]] = field(default_factory=dict)
    """Of this project: with choices and slots."""


def gather() -> Nobody:
    """Read every source; the same versions give the same lists."""
    found = Nobody()
    _mimesis(found)
    _faker(found)
    _babel(found)
    for line in (HERE / "abroad.txt").read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            language = header[1]
        elif line and line[0] != "#":
            found.templates.setdefault(language, []).append(line)
    found.words = {language: sorted({*kept}) for language, kept in sorted(found.words.items())}
    _add(found, "own", words.THINGS)
    found.things = {
        sort: sorted({thing for thing in listed if 1 < len(thing) <= _LONGEST_THING})
        for sort, listed in sorted(found.things.items())
    }
    return found


def _add(found: Nobody, sort: str, things: Any) -> None:
    found.things.setdefault(sort, []).extend(map(str, things))


def _mimesis(found: Nobody) -> None:
    import mimesis

    for folder in sorted((Path(mimesis.__file__).parent / "datasets").iterdir()):
        language = folder.name.split("-")[0]
        if not (folder / "person.json").exists():
            continue
        texts, foods, people = (_table(folder / f"{name}.json") for name in ("text", "food", "person"))
        if language != "en":
            found.words.setdefault(language, []).extend(_words(texts.get("words")))
        for name in _FOODS:
            _add(found, "food", foods.get(name, ()))
        _add(found, "colour", texts.get("color", ()))
        _add(found, "work", people.get("occupation", ()))
        if folder.name in _TEXTS:
            _sentences(found, language, texts.get("text", ()))
    for module in ("development", "hardware", "transport", "text", "file"):
        datasets = import_module(f"mimesis.datasets.int.{module}")
        for name in _MACHINES:
            _add(found, "machine", getattr(datasets, name, ()))


def _table(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _words(listed: Any) -> Iterator[str]:
    return (word for word in listed or () if word.isalpha() and word.islower() and len(word) > 1)


def _sentences(found: Nobody, language: str, texts: Any) -> None:
    """Sentences in which nothing is named, and such as name nobody but Tom and his friends."""
    for text in sorted({str(text) for text in texts}):
        if len(text) > _LONGEST or "{" in text or "<" in text or "|" in text:
            continue
        told = _TOM.sub(f"{{G{language}}}", text)
        capitals = sum(word[:1].isupper() for word in re.findall(r"[^\W\d_]+", told.replace(f"{{G{language}", ""))[1:])
        if capitals and language != "de":
            continue
        (found.sentences if told == text else found.about).setdefault(language, []).append(told)


def _faker(found: Nobody) -> None:
    for sort, take in (("lorem", "word_list"), ("job", "jobs"), ("color", "all_colors")):
        package = import_module(f"faker.providers.{sort}")
        for locale in sorted(module.name for module in pkgutil.iter_modules(package.__path__)):
            if "_" not in locale:
                continue
            listed = getattr(import_module(f"faker.providers.{sort}.{locale}").Provider, take, ())
            if sort != "lorem":
                _add(found, "work" if sort == "job" else "colour", listed)
            elif not locale.startswith("en"):
                found.words.setdefault(locale.split("_")[0], []).extend(_words(listed))


def _babel(found: Nobody) -> None:
    from babel import Locale

    for language in sorted(found.words):
        locale = Locale({"no": "nb", "tl": "fil"}.get(language, language))
        _add(found, "tongue", (locale.languages[code] for code in _LANGUAGES if code in locale.languages))
        _add(found, "time", locale.months["format"]["wide"].values())
        _add(found, "money", [locale.currencies[code] for code in ("EUR", "USD", "GBP", "JPY", "CHF", "PLN")])
