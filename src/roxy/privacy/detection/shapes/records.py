"""Records whose place says what stands there: business cards, calendars, tables of Markdown, rows of SQL."""

import re
from collections.abc import Iterator

from roxy.privacy.detection import keys
from roxy.privacy.detection.prefilter import DIGIT, SPACE, Rule
from roxy.privacy.detection.spots import Spot

_CARD = re.compile(
    r"(?mi)^(?P<key>N|FN|NICKNAME|TEL|ADR|LABEL|BDAY|EMAIL|GEO|X-[\w-]{1,30})(?:;[^:\n]{0,80})?:(?P<value>[^\r\n]{1,300})$"
)
_CARD_TYPES = {
    "N": "PERSON",
    "FN": "PERSON",
    "NICKNAME": "PERSON",
    "TEL": "PHONE_NUMBER",
    "ADR": "ADDRESS",
    "LABEL": "ADDRESS",
    "BDAY": "DATE_OF_BIRTH",
    "EMAIL": "EMAIL_ADDRESS",
    "GEO": "ADDRESS",
}
_PARTS = re.compile(r"(?:[^;\\]|\\.)+")
_COMMON_NAME = re.compile(r"(?i)\b(?:ATTENDEE|ORGANIZER)\b[^\n:]{0,120}?\bCN=\\{0,4}\"?(?P<value>[^\";:\\\n]{2,80})")
_ROW = re.compile(r"(?m)^[ \t]*\|(?P<cells>[^\n]{1,1000})\|[ \t]*$")
_RULE = re.compile(r"[\s|:-]+")
_INSERT = re.compile(
    r"(?is)\binsert\s+(?:ignore\s+)?into\s+[\w.\"`\[\]]{1,80}\s*\((?P<names>[^()]{1,600})\)\s*values\s*(?P<rows>\(.{1,4000})"
)
_GROUP = re.compile(r"\((?P<values>(?:'(?:[^']|'')*'|\"[^\"]*\"|[^()'\"]){1,2000})\)")
_VALUE = re.compile(r"\s*(?:'(?P<quoted>(?:[^']|'')*)'|\"(?P<double>[^\"]*)\"|(?P<bare>[^,'\"]*))\s*(?:,|$)")
_COMPARED = re.compile(
    r"(?i)(?P<key>[\w.]{2,60})[\"`\])]{0,2}\s+(?:not\s+)?(?:i?like|similar\s+to|~\*?|<>|!=|in)\s*\(?\s*\\?'%?(?P<value>[^'%\n]{2,120})%?'"
)
_FLAG = re.compile(
    r"(?<!\S)--(?P<key>[A-Za-z][\w-]{1,40})(?:=|\s)(?P<quote>\\{0,2}[\"'])?(?P<value>(?(quote)[^\"'\\\n]{2,120}|[^\s\"'\\-][^\s\"'\\]{2,80}))"
)
_COMPARED_BY_WORD = re.compile(
    r"(?i)(?P<key>[\w.]{2,60})\s{1,2}(?:eq|ne|gt|ge|lt|le|between|is)\s{1,2}\\{0,2}['\"](?P<value>[^'\"\n]{2,80})['\"]"
    r"(?:\s{1,2}and\s{1,2}'(?P<other>[^'\"\n]{2,80}))?"
)
_NUMBERS = frozenset({"DATE_OF_BIRTH", "PASSPORT", "PHONE_NUMBER", "US_SSN", "IBAN_CODE", "ACCOUNT", "ID"})
"""What is told from a flag; people and secrets have flags of other kinds, such as the path of a file."""
_MOST_ROWS = 2_000


def _shifted(spots: list[Spot], start: int) -> Iterator[Spot]:
    for spot in spots:
        yield spot._replace(start=start + spot.start, end=start + spot.end)


def _in_cards(text: str) -> Iterator[Spot]:
    """The lines of a card (RFC 6350); a name or an address has parts."""
    for line in _CARD.finditer(text):
        kind = _CARD_TYPES.get(line["key"].upper())
        for part in _PARTS.finditer(text, *line.span("value")) if kind else ():
            if part[0].strip():
                yield Spot(*part.span(), kind or "", 0.85)


def _in_calendars(text: str) -> Iterator[Spot]:
    """Who takes part (RFC 5545, section 3.2.2)."""
    for found in _COMMON_NAME.finditer(text):
        if "@" not in found["value"]:
            yield Spot(*found.span("value"), "PERSON", 0.85)


def _cells(row: re.Match[str]) -> Iterator[tuple[int, str]]:
    at = row.start("cells")
    for cell in row["cells"].split("|"):
        inner = cell.strip(" \t*_`")
        yield at + (cell.find(inner) if inner else 0), inner
        at += len(cell) + 1


def _in_tables(text: str) -> Iterator[Spot]:
    """The cells of a table whose head says what they are."""
    names: list[str] = []
    for count, row in enumerate(_ROW.finditer(text)):
        if count > _MOST_ROWS:
            break
        cells = list(_cells(row))
        if len(cells) != len(names):
            names = [cell for _, cell in cells]
        elif not _RULE.fullmatch(row["cells"]):
            for name, (at, cell) in zip(names, cells, strict=True):
                yield from _shifted(keys.judge(name, cell, (*names, "")), at)


def _in_inserts(text: str) -> Iterator[Spot]:
    """The values of rows, by the names of their columns."""
    for insert in _INSERT.finditer(text):
        names = [name.strip(' "`[]\n\t') for name in insert["names"].split(",")]
        for group in _GROUP.finditer(text, *insert.span("rows")):
            values = [one for one in _VALUE.finditer(text, *group.span("values")) if one.lastgroup]
            for name, value in zip(names, values, strict=False):
                begin, end = value.span(value.lastgroup or 0)
                yield from _shifted(keys.judge(name, text[begin:end], (*names, "")), begin)


def _in_comparisons(text: str) -> Iterator[Spot]:
    """What a column is compared with, in other ways than by `=`."""
    for found in _COMPARED.finditer(text):
        yield from _shifted(
            keys.judge(found["key"].rpartition(".")[2], found["value"], ("dob", "")), found.start("value")
        )


def _in_flags(text: str) -> Iterator[Spot]:
    """Spots in what is handed to a program: `--dob 1987-03-14`."""
    for flag in _FLAG.finditer(text):
        told = (spot for spot in keys.judge(flag["key"], flag["value"]) if spot.type in _NUMBERS)
        yield from _shifted(list(told), flag.start("value"))


def _in_filters(text: str) -> Iterator[Spot]:
    """Spots in what a column is compared with by words: OData, `BETWEEN`."""
    for found in _COMPARED_BY_WORD.finditer(text):
        for group in ("value", "other"):
            if found[group]:
                yield from _shifted(keys.judge(found["key"].rpartition(".")[2], found[group]), found.start(group))


RULES = (
    Rule("card of a person", ("(?i:BEGIN:VCARD|(?:^|\n)(?:FN|TEL|ADR|BDAY)[:;])",), _in_cards),
    Rule("calendar", ("(?i:ATTENDEE|ORGANIZER)", "CN="), _in_calendars),
    Rule("table of Markdown", (r"\|[^|\n]+\|[ \t]*\n",), _in_tables),
    Rule("row of SQL", (rf"(?i:insert{SPACE}+(?:ignore{SPACE}+)?into)", "(?i:values)"), _in_inserts),
    Rule("flags", (r"(?:^|\s)--[A-Za-z]", DIGIT), _in_flags),
    Rule("comparison by a word", (r"\s(?i:eq|ne|gt|ge|lt|le|between|is)\s{1,2}\\{0,2}['\"]",), _in_filters),
    Rule(
        "comparison of SQL",
        (rf"(?i:(?:like|similar{SPACE}+to|~|<>|!=|{SPACE}in){SPACE}*\(?{SPACE}*\\?')",),
        _in_comparisons,
    ),
)
"""What the place in a record says."""
