"""Names of people in the ways they are written."""

import random

from sources import SURNAME_FIRST, UNSPACED, Culture, Sources, held_out

_PARTICLES = ("van", "van der", "de", "von", "della", "di", "el", "al", "bin", "dos", "da", "le", "O'", "Mc", "ter")
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


class People:
    """Makes up people. `held` makes them of names that lists and training never see."""

    def __init__(self, found: Sources, chance: random.Random, *, held: bool) -> None:
        self.random = chance
        self.held = held
        self._labelled = found.labelled_people
        self.by_language: dict[str, list[Culture]] = {}
        for culture in found.cultures.values():
            kept = Culture(culture.language, self._kept(culture.given), self._kept(culture.surnames))
            if kept.given and kept.surnames:
                self.by_language.setdefault(culture.language, []).append(kept)
        self.english = self.by_language["en"]

    def _kept(self, names: list[str]) -> list[str]:
        return [name for name in names if held_out(name) == self.held and name.strip()]

    def culture(self) -> Culture:
        """A culture, mostly English, mostly of Latin letters."""
        if self.random.random() < 0.55:
            return self.random.choice(self.english)
        western = [language for language in self.by_language if language in _WESTERN]
        language = (
            self.random.choice(western) if self.random.random() < 0.9 else self.random.choice(list(self.by_language))
        )
        return self.random.choice(self.by_language[language])

    def person(self, culture: Culture | None = None) -> str:
        """A full name in one of the ways names are written."""
        if culture is None and not self.held and self.random.random() < 0.08:
            return self.random.choice(self._labelled)
        culture = culture or self.culture()
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

    def listed(self) -> str:
        """The surname first, as in a list."""
        culture = self.culture()
        given, surname = self.random.choice(culture.given), self.random.choice(culture.surnames)
        middle = self.random.choice(("", "", "", f" {self.random.choice('ABCDEFGJKLMRST')}."))
        return self.cased(f"{surname}, {given}{middle}")

    def cased(self, name: str) -> str:
        """A name as it is, or all small or all capitals."""
        dice = self.random.random()
        return name.lower() if dice < 0.1 else name.upper() if dice < 0.13 else name

    def surname(self) -> str:
        """A surname of some culture."""
        return self.random.choice(self.culture().surnames)
