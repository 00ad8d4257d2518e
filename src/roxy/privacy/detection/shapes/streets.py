"""Postal addresses in prose: a street with a house number as each country writes it, or a box.

Order of events: a cheap pattern finds where a number and a word for a street stand; the words between are read one by
one; then what follows is taken as long as it looks like more of an address: a flat, a postcode, a town, a state.
Reading word by word keeps it linear; one pattern for all of it would not be.
"""

import re
from collections.abc import Iterator

from roxy.privacy.detection.prefilter import DIGIT, Rule
from roxy.privacy.detection.spots import Spot
from roxy.privacy.detection.tables.words import listed

_ENGLISH = listed(
    "street st avenue ave road rd boulevard blvd lane ln drive dr court ct circle cir place pl square sq terrace "
    "ter parkway pkwy highway hwy close crescent cres gardens grove mews approach wynd gdns trail trl crossing "
    "alley turnpike esplanade quay expressway freeway motorway way row walk broadway wharf salai marg nagar chowk "
)
"""Words that end the name of a street in English."""
_RARER = listed(
    "loop plaza path pike run ridge point park green heights manor meadow meadows view views vista valley creek "
    "bend cove "
    "glen island islands junction junctions landing mill mills mount mountain mountains orchard pass passage "
    "port ports "
    "ranch shore shores spring springs spur spurs station summit trace track tunnel union unions village "
    "villages ville "
    "well wells wood woods harbor harbors haven garden forest forests fort forge forges ford fords flat flats "
    "field fields "
    "fall falls estate estates dale corner corners common commons club cliff cliffs center centers camp bypass "
    "burg burgs "
    "brook brooks branch bottom bluff bluffs beach bayou arcade annex key keys knoll knolls lake lakes light "
    "lights lock "
    "locks lodge mall neck oval overpass plain plains prairie radial ramp rapid rapids rest river roads route "
    "rue shoal "
    "shoals skyway stravenue stream streets throughway trafficway trailer viaduct walks wall ways extension parade "
    "reserve chase vale drives isle inlet hollow gateway divide dam curve crest course causeway canyon bridge "
    "hill hills "
    "greens groves squares circles motorways loaf mission parkways foreshore strand upper lower terrace lanes rise"
)
"""Words that end one only where a flat or a postcode follows."""
_FIRST = listed(
    "calle c/ avenida avda avda. av av. paseo plaza camino carrera cra. ronda glorieta pasaje callej\u00f3n "
    "cuesta rambla via "
    "viale piazza corso largo vicolo contrada strada borgo rotonda incrocio canale stretto rua travessa alameda "
    "pra\u00e7a "
    "estrada rodovia rue boulevard bd avenue chemin all\u00e9e impasse quai cours sentier ulica ul. aleja al. "
    "os. osiedle plac "
    "pl. bulevardul bd. aleea intrarea calea \u0219oseaua soseaua str. strada n\u00e1m\u011bst\u00ed trg obala "
    "\u0443\u043b. \u0443\u043b\u0438\u0446\u0430 "
    "\u0432\u0443\u043b. \u0432\u0443\u043b\u0438\u0446\u044f \u043f\u0440. "
    "\u043f\u0440\u043e\u0441\u043f\u0435\u043a\u0442 \u043f\u0435\u0440. \u0431\u0443\u043b. "
    "\u043d\u0430\u0431. \u043f\u0440\u043e\u0432\u0443\u043b\u043e\u043a \u0448. \u0430\u043b."
)
"""Words that begin the name of a street: Romance and Slavic languages."""
_SMALL = listed(
    "de del de-la la las los des du di da do dos das della dei delle le les el y e of the d' l' al alla san santa"
)
_ENDINGS = (
    "stra\u00dfe", "strasse", "str.", "weg", "gasse", "allee", "platz", "damm", "ufer", "chaussee", "gracht",
    "straat", "laan", "plein", "kade", "dreef", "singel", "gatan", "v\u00e4gen", "gr\u00e4nd", "torget", "gata",
    "veien", "vegen", "svei", "vej", "gade", "stien", "katu", "tie", "kuja", "polku", "raitti", "utca",
    "\u00fat", "sokak", "caddesi", "bulvar\u0131", "sok.", "cad.", "hoeve", "baan", "steenweg", "ring", "steig",
    "pad", "hof", "stykket", "sk.", "cd.", "blv.", "bulv.", "mah.",
)  # fmt: skip
"""What ends the name of a street: Germanic languages, Finnish, Hungarian, Turkish."""
_MONTHS = listed(
    "jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october "
    "nov november dec december januar februar m\u00e4rz mai juni juli oktober dezember janvier f\u00e9vrier mars "
    "avril juin juillet ao\u00fbt septembre octobre novembre d\u00e9cembre enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre "
    "ottobre dicembre "
)
_NO_NAMES = listed("am pm the of in on at is a an to by and or utc gmt kg km mb gb tb st nd rd th")
"""What may follow a number with a capital and begins no street: `5 PM`, `3 The Long Road`."""
_HOUSE = r"\d{1,5}(?:\s?[A-Za-z](?!\w))?(?:\s?[-/]\s?\d{1,4}(?!\d))?"
_NUMBERED = re.compile(
    r"(?:(?<!\w)(?i:(?:(?:house|door|plot|flat|h\.?)\s?)?no)\.?\s?\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?,?"
    r"|(?<![\w.,:/$\u20ac\u00a3-])\d{1,5}[A-Za-z]?(?:-\d{1,4})?)\s(?=[^\W\d_a-z])"
)
_LOWER = re.compile(
    r"(?<![\w.,:/$\u20ac\u00a3-])\d{1,5}[a-z]?(?P<name>(?:\s[a-z][a-z'\u2019]{1,19}){1,3})\s(?P<end>ln|rd|ave|blvd|hwy|pkwy|cres"
    r"|street|avenue|road|lane|drive|boulevard|close|crescent|terrace|highway|dr|st|ct)\b\.?"
)
"""An English street in small letters, as people type in a chat."""
_BRIEF = listed("ln rd ave blvd hwy pkwy cres")
"""Words for a street that are nothing else, so that no postcode has to follow."""
_NO_PART = listed(
    "a an the of in on at to by and or for from with per no not is are was be it this that my your our his her their "
    "more less days day hours hour minutes miles mile km meters feet times people cars lanes way down up off out per "
    "new next last first other each all some any"
)
_LOWER_FIRST = listed(
    "calle avenida avda. travessa rua ulica ul. aleja al. os. osiedle rue boulevard impasse viale vicolo piazza "
    "pra\u00e7a all\u00e9e chemin strada"
)
_LOWER_ENDINGS = (
    "stra\u00dfe", "strasse", "gasse", "straat", "gracht", "gatan", "v\u00e4gen", "katu", "kuja", "utca", "steenweg",
)  # fmt: skip
"""What ends the name of a street also in small letters."""
_FEWEST_LETTERS = 3
_JAPANESE = re.compile(
    r"(?i)(?<![\w-])(?:\d{1,4}(?:-\d{1,4}){0,2}\s)?[^\W\d_]{2,20}\s\d{1,2}-ch[o\u014d]me(?:\s\d{1,4}(?:-\d{1,4}){0,2})?(?!\w)"
    r"|(?<![\w-])\d{1,4}(?:-\d{1,4}){1,2},?\s[^\W\d_]{2,20}-(?:d[o\u014d]ri|ch[o\u014d]|machi|ku)(?!\w)"
)
_WORD = re.compile(r"(?:\d{1,3}(?:st|nd|rd|th)|[^\W\d_][\w'\u2019-]{0,29}\.?)(?![\w@/])")
_HOUSE_NUMBER = re.compile(rf"(?<=[\s.:\u00b0\u00ba])(?P<house>{_HOUSE})(?![\w:%$\u20ac]|[.,]\d)")
_WORD_BEFORE_HOUSE = re.compile(
    r"(?P<word>[^\W\d_][\w'\u2019-]{0,40}\.?),?\s{1,2}(?:(?i:nr|no|n\u00b0|n\u00ba)[.:]?\s?)?\Z"
)
"""Looked for from the number: there are fewer numbers than words."""
_LONGEST_WORD = 52
_FIRST_WORD = re.compile(r"(?<![\w])(?P<word>[Cc]/|[^\W\d_]{1,11}\.?)\s{0,2}(?=[^\W_])")
_HOUSE_AFTER = re.compile(
    rf"\s?,?\s?(?:(?:n[\u00ba\u00b0r]?|no|nr|num|km|\u0434|\u0431\u0443\u0434)[.:]?\s?)?(?P<house>{_HOUSE}"
    rf"|s/n)(?![\w:%])"
)
_HOUSE_BEFORE = re.compile(r"(?<![\w.,:/-])\d{1,5}(?:\s?(?:bis|ter|[A-Za-z]))?,?\s$")
_COMMA = r"(?:\s?,{1,2}(?:\s|\\n){0,2}|\s?(?:\r?\n|\\n)\s?|\s[-\u2013]\s)"
_FLAT = re.compile(
    rf"(?:{_COMMA}|\s{{1,2}})(?:\#|(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|no|app|appt|appartement"
    rf"|etage|piso|puerta|interno|bl|sc"
    r"|et|ap|lok|kat|daire|d:|\u043a\u0432|\u0441\u0442\u0440|m|box|bus)\b\.?)\s?[\w-]{1,6}(?!\w)",
    re.IGNORECASE,
)
_CODE = (
    r"(?:[A-Z]{1,3}-|\u0422\u039a\s|TK\s)?\d{3}\s\d{2}"
    r"|(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?(?:\s?[A-Z]{2}(?!\w))?|\d{2}-\d{3}"
    r"|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[A-Z]\d[A-Z]\s?\d[A-Z]\d|[A-Z]{2}[\s,]{1,2}\d{5}(?:-\d{4})?"
    r"|[A-Z]\d{2}[A-Z]{3}\d|[A-Z]\d{2}\s[A-Z\d]{4}"
)
_POSTCODE = re.compile(rf"(?:{_COMMA}|\s{{1,2}})(?:{_CODE})(?![\w:/]|[.,]\d)")
_TOWN = re.compile(
    r"\s?\(?[^\W\d_a-z][\w'\u2019.-]{0,24}"
    r"(?:[ -](?:(?:de|la|del|di|am|an|der|sur|sous|le|upon|in|aan|den)[ -]){0,2}[^\W\d_a-z][\w'\u2019.-]{0,24}){0,4}\)?"
)
_TOWN_AFTER_COMMA = re.compile(
    rf"{_COMMA}(?=[^\W\d_a-z])(?!(?i:tel|phone|mobile|fax|e-?mail|thanks|please|mail|call|dob|born|ssn"
    rf"|[\w-]{{1,30}}(?: [\w-]{{1,20}}){{0,3}}\s?[=:]))"
)
_CODED_TOWN = re.compile(rf"{_COMMA}(?:{_CODE})(?:{_COMMA}|\s)(?=[^\W\d_a-z])")
"""After a house number this makes any word before it a street."""
_SPACELESS = re.compile(
    r"[\u3400-\u9fff\u3040-\u30ff\w-]{0,24}[\u7701\u5e02\u533a\u770c\u90fd\u5e9c\u7e23\u5340\u53bf][\u3400-\u9fff\u3040-\u30ffA-Za-z\u30fc]{0,30}\d{1,5}"
    r"[\u3400-\u9fff\u3040-\u30ffA-Za-z\d\u30fc-]{0,20}(?:\s[\u3040-\u30ff\u3400-\u9fff\u30fc]{1,16}\d{1,5})?(?:\s\d{6})?"
    r"|[\u3400-\u9fff]{2,20}[\u8def\u8857][A-Za-z]?[\u5ea7\u53f7]?(?:\s?\d{6})?"
    r"|[\uac00-\ud7a3]{1,8}(?:\ub3c4"
    r"|\uc2dc)(?:\s[\uac00-\ud7a3\d]{1,12}){1,4}\s\d{1,5}(?:-\d{1,4})?(?:\s?\([\uac00-\ud7a3]{1,10}\))?"
)
"""Chinese, Japanese and Korean addresses go from the large to the small."""
_BOX = re.compile(
    r"(?<!\w)(?:(?:(?:P\.?\s?O\.?\s?|PSC\s\d{1,5},?\s|Unit\s\d{1,5}\s)Box|Postfach|Postbus|Apartado"
    r"|Bo\u00eete\s[Pp]ostale|BP|Casella\s[Pp]ostale)"
    r"\s\#?\d{1,6}(?!\w)(?:(?:[,\s]|\\n){1,2}(?:APO|FPO|DPO)\s(?:AA|AE|AP)\s\d{5})?"
    r"|(?:US(?:NV|NS|S|CGC)\s[\w']{2,20}(?:[,\s]|\\n){1,2})?(?:APO|FPO|DPO)\s(?:AA|AE|AP)\s\d{5}(?:-\d{4})?)"
)
_MOST_WORDS = 5
_TITLES = 2
"""`5 St Johns Close` has more words after the number than `1 St Paul`."""
_MOST_TAILS = 6


def _numbered(text: str) -> Iterator[Spot]:
    """A number, words with capitals, a word for a street."""
    for number in _NUMBERED.finditer(text):
        end, rarer = _named(text, number.end())
        if not end:
            continue
        whole, sure = _tail(text, end)
        if not rarer or sure:
            yield Spot(number.start(), whole, "ADDRESS", 0.65)


def _in_small_letters(text: str) -> Iterator[Spot]:
    """As `_numbered`, where no word has a capital."""
    for found in _LOWER.finditer(text):
        if not _NO_PART.isdisjoint(found["name"].split()):
            continue
        whole, sure = _tail(text, found.end())
        if sure or found["end"] in _BRIEF:
            yield Spot(found.start(), whole, "ADDRESS", 0.65)


def _japanese(text: str) -> Iterator[Spot]:
    for found in _JAPANESE.finditer(text):
        yield Spot(found.start(), _tail(text, found.end())[0], "ADDRESS", 0.65)


def _begins_no_street(words: list[tuple[str, int]]) -> bool:
    first = words[0][0]
    return first in _NO_NAMES and not (first == "st" and len(words) > _TITLES)


def _named(text: str, start: int) -> tuple[int, bool]:
    """Where the last word for a street among those from `start` on ends (0: nowhere), and whether it is a rarer one."""
    words = _capitalised(text, start)
    if not words or _begins_no_street(words):
        return 0, False
    if words[0][0] == "broadway":
        return words[0][1], False
    end = max((end for word, end in words[1:] if word in _ENGLISH), default=0)
    if end:
        return end, False
    return next((end for word, end in words[1:] if word in _RARER), 0), True


def _capitalised(text: str, start: int) -> list[tuple[str, int]]:
    """The words with capitals from `start` on, in lower case, and where each ends."""
    words: list[tuple[str, int]] = []
    for _ in range(_MOST_WORDS):
        word = _WORD.match(text, words[-1][1] + 1 if words else start)
        if word is None or word[0][0].islower():
            break
        words.append((word[0].rstrip(".").lower(), word.end()))
        if not text.startswith(" ", word.end()):
            break
    return words


def _ended(text: str) -> Iterator[Spot]:
    """A word that ends as streets do, and a number."""
    for number in _HOUSE_NUMBER.finditer(text):
        found = _WORD_BEFORE_HOUSE.search(text, max(0, number.start() - _LONGEST_WORD), number.start())
        start = _street_start(text, found, number.end()) if found else -1
        if start >= 0:
            yield Spot(start, _tail(text, number.end())[0], "ADDRESS", 0.65)


def _street_start(text: str, found: re.Match[str], end: int) -> int:
    """Where the street begins whose last word stands before a number that ends at `end`; -1 when it is none."""
    word, begins, named = found["word"].lower(), found.start(), found["word"][0].isupper()
    if word.rstrip(".") in _MONTHS:
        return -1
    if not word.endswith(_ENDINGS):
        return _before(text, begins, alone=True) if named and _CODED_TOWN.match(text, end) else -1
    if word in _ENDINGS:
        start = _before(text, begins, alone=True)
        return start if start < begins else -1
    return begins if named or word.endswith(_LOWER_ENDINGS) else -1


def _before(text: str, start: int, *, alone: bool) -> int:
    """Where the name begins whose last word begins at `start`: `Am Alten Markt`, when that word cannot stand alone."""
    before = text[max(0, start - 40) : start]
    words = re.search(r"(?:[^\W\d_a-z][\w'\u2019.-]{0,20}[ -]){1,3}$", before) if alone else None
    return start - len(words[0]) if words else start


def _begun(text: str) -> Iterator[Spot]:
    """A word that begins the name of a street, the name, and a number after or before it."""
    for found in _FIRST_WORD.finditer(text):
        if found["word"].lower() not in _FIRST:
            continue
        end = _name_end(text, found.end(), small=found["word"] in _LOWER_FIRST)
        if not end:
            continue
        before = _HOUSE_BEFORE.search(text, max(0, found.start() - 12), found.start())
        after = None if before else _HOUSE_AFTER.match(text, end)
        if after or before:
            start = before.start() if before else found.start()
            yield Spot(start, _tail(text, after.end() if after else end)[0], "ADDRESS", 0.65)


def _name_end(text: str, start: int, *, small: bool = False) -> int:
    """Where the words of a name from `start` on end; 0 when none has a capital, or needs none when all is `small`."""
    at, end = start, 0
    for _ in range(_MOST_WORDS + 1):
        word = _WORD.match(text, at)
        if word is None:
            break
        if not word[0][0].islower() or (small and len(word[0]) >= _FEWEST_LETTERS and word[0] not in _SMALL):
            end = word.end()
        elif word[0].lower() not in _SMALL:
            break
        if not text.startswith(" ", word.end()):
            break
        at = word.end() + 1
    return end


def _tail(text: str, end: int) -> tuple[int, bool]:
    """Where an address ends whose street ends at `end`, and whether a flat or a postcode followed."""
    sure = False
    for _ in range(_MOST_TAILS):
        more = _FLAT.match(text, end)
        stop = more or _coded(text, end)
        sure = sure or stop is not None
        stop = stop or _town(text, end)
        if stop is None:
            break
        end = stop.end() - (stop[0].endswith("."))
    return end, sure


def _coded(text: str, end: int) -> re.Match[str] | None:
    """A postcode, and the town after it."""
    code = _POSTCODE.match(text, end)
    town = _TOWN.match(text, code.end()) if code and text.startswith(" ", code.end()) else None
    return town or code


def _town(text: str, end: int) -> re.Match[str] | None:
    comma = _TOWN_AFTER_COMMA.match(text, end)
    return _TOWN.match(text, comma.end()) if comma else None


def _boxes(text: str) -> Iterator[Spot]:
    for found in _BOX.finditer(text):
        yield Spot(found.start(), _tail(text, found.end())[0], "ADDRESS", 0.7)


def _spaceless(text: str) -> Iterator[Spot]:
    for found in _SPACELESS.finditer(text):
        yield Spot(*found.span(), "ADDRESS", 0.65)


_IN_RE2 = "|".join(re.escape(word).replace(r"\-", "-") for word in sorted(_FIRST))
_ENDS_SO = (
    rf"(?i:{'|'.join(map(re.escape, _ENDINGS))}),?\s{{1,2}}[^0-9\s]{{0,3}}\s?[0-9]"
    r"|\pL\.?,?\s{1,2}[^0-9\s]{0,3}\s?[0-9][^,\n\\]{0,8}(?:,|\n|\\n)"
)
ENDED = (Rule("street that ends so", (DIGIT, _ENDS_SO), _ended),)
OTHERS = (
    Rule(
        "street, English",
        (DIGIT, r"[0-9][A-Za-z]?,?\s[^a-z\s0-9]", rf"(?i:{'|'.join(sorted(_ENGLISH | _RARER))})"),
        _numbered,
    ),
    Rule(
        "street in small letters",
        (
            DIGIT,
            r"[0-9][a-z]?\s[a-z]",
            r"\s(?:ln|rd|ave|blvd|hwy|pkwy|cres|street|avenue|road|lane|drive|boulevard|close|crescent|terrace|highway|dr|st|ct)\b",
        ),
        _in_small_letters,
    ),
    Rule("street, Japanese in Latin letters", (DIGIT, r"-(?i:ch[o\x{14d}]|d[o\x{14d}]ri|machi|ku)"), _japanese),
    Rule("street that begins so", (rf"(?:^|[^\pL])(?i:{_IN_RE2})", DIGIT), _begun),
    Rule("street, East Asian", (r"[\x{3400}-\x{9fff}\x{ac00}-\x{d7a3}]{2}",), _spaceless),
    Rule("box", ("Box|Postfach|Postbus|Apartado|ostale|BP|APO|FPO|DPO", DIGIT), _boxes),
)
RULES = (*ENDED, *OTHERS)
"""Streets and boxes."""
