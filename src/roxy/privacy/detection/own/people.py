"""In which forms people write a name."""

from collections.abc import Iterator

from roxy.privacy.detection.own.spelling import Form, spelled
from roxy.privacy.detection.tables.words import listed

_PARTICLES = listed("van von der den de di da del della dos du la le al el bin ibn ben ter ten zu af av")
_SHORT_NAMES = listed(
    "will may mark rose bill art jack drew grant pat sue bob gene grace hope faith joy dawn june april august chase "
    "frank rich rob ray guy dean miles max don jay dale cliff iris ivy lily olive pearl ruby mason page penny wade "
    "king wood stone hill price park banks woods case love sharp rice fox wolf skip star eve gay sandy sunny harmony"
)
"""Words of everyday English that are names, too: alone they are names only with a capital."""
_INFLECTED = "(?:s|es|n|in|en|an|na|a|u|y|i|e|ie|em|om|owi|ovi|ova|lla|lle|lta|ssa|sta|ksi)?"
_FINNISH = r"se(?:n|lle|lla|lta|ssa|sta|ksi)?"
_LONG_PART, _LONG_WHOLE = 5, 7
"""So many letters a part has that is found inflected, and a name that is found without spaces."""
_SHORTEST_PART = 3
_GAP = r"(?:[\s]{1,3}|[\s]?[_.+-]{1,2}[\s]?)"


def of_name(name: str) -> Iterator[Form]:
    """All forms of a name, the whole first."""
    words = name.replace(",", " ").split()
    said = [spelled(word) for word in words]
    size = len(name)
    if len(words) == 1 and name.casefold() in _SHORT_NAMES:
        yield Form("PERSON", f"(?:{said[0]}|{spelled(name.upper())})", size)
    else:
        yield Form("PERSON", f"(?i:{_GAP.join(said)}{_inflected(words[-1])})", size + 2)
    if len(words) > 1:
        yield from _of_full_name(words, said, size)
        for word in words:
            yield from _of_part(word)


def _of_part(word: str) -> Iterator[Form]:
    """A part of a name by itself."""
    if len(word) < _SHORTEST_PART or not word[0].isupper() or word.lower() in _PARTICLES:
        return
    yield Form("PERSON", f"(?:{spelled(word)}{_inflected(word)}|{spelled(word.upper())})", len(word))
    if word.casefold().endswith("nen") and len(word) > _LONG_PART:
        yield Form("PERSON", f"{spelled(word[:-3])}{_FINNISH}", len(word))


def _of_full_name(words: list[str], said: list[str], size: int) -> Iterator[Form]:
    """Forms of a name of several words: without its spaces, without the middle, from behind, with an initial."""
    first, last = said[0], said[-1]
    if len("".join(words)) >= _LONG_WHOLE:
        yield Form("PERSON", f"(?i:{''.join(said)})", size)
        if min(len(words[0]), len(words[-1])) >= _SHORTEST_PART:
            yield Form("PERSON", f"(?i:{last}{first})", size)
    if len(words) > 2:  # noqa: PLR2004 - there is something in the middle
        yield Form("PERSON", f"(?i:{first}{_GAP}{last})", size)
    behind = rf"(?:,[\s]{{0,2}}|{_GAP})"
    yield Form("PERSON", f"(?i:{last}{behind}{_GAP.join(said[:-1])})", size + 1)
    if words[0][0].isalpha() and words[-1][0].isalpha():
        yield Form("PERSON", rf"(?i:{spelled(words[0][0])}[.][\s]?{last}|{spelled(words[0][0])}[_-]{last})", size)
        yield Form("PERSON", rf"{first}[\s]{spelled(words[-1][0])}[.]", size)


def _inflected(word: str) -> str:
    return _INFLECTED if len(word) >= _LONG_PART and word.isalpha() else ""
