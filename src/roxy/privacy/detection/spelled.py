"""Addresses and numbers in a spelling that is meant for people alone: `ann (at) example (dot) com`, `four one one one`.

Two ways: addresses are found as they are spelled; numbers that are said word by word, letter by letter, with signs of
several kinds between their groups, or over the end of a line, are first written as usual. What the patterns find in
that reading, and did not find in the text, is personal.
"""

import re
from collections.abc import Callable, Iterator

from roxy.privacy.detection import patterns
from roxy.privacy.detection.normalise import Piece, back, changed
from roxy.privacy.detection.prefilter import SPACE, Prefilter, Rule
from roxy.privacy.detection.spots import Spot

_AT = r"\s?[\[({<]\s?(?:at|@)\s?[\])}>]\s?"
_DOT = r"(?:\s?[\[({<]\s?(?:dot|\.)\s?[\])}>]\s?|\sdot\s|\.)"
_TOP = r"(?:com|org|net|edu|gov|info|name|dev|app|[a-z]{2})"
_BRACKETS = re.compile(
    rf"(?<![\w.+\]-])[\w.+-]{{1,64}}(?:\[\.\][\w-]{{1,63}}){{0,3}}{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{1,4}}(?![\w-])",
    re.IGNORECASE,
)
_WORDS = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:\sdot\s[\w-]{{1,63}}){{0,2}}\sat\s"
    rf"[\w-]{{1,63}}(?:\sdot\s[\w-]{{1,63}}){{0,3}}\sdot\s(?:{_TOP}|(?<=\sdot\s)[a-z]{{3,10}})(?![\w-])",
    re.IGNORECASE,
)
_SPACED = re.compile(
    r"(?<![\w.+-])[\w+-]{1,64}(?:\s?\.\s?[\w+-]{1,64}){0,3}(?:\s@\s?|\s?@\s)[\w-]{1,63}"
    r"(?:(?:\s\.\s?|\s?\.\s|\.)[\w-]{1,63}){0,3}(?:\s\.\s|\.)[a-z]{2,24}(?![\w-])"
)
_SAID = (
    # What is said for the digits from nought to nine.
    "zero oh o null nul zéro cero ноль", "one eins ein een un uno jeden один",
    "two zwei deux dos due twee dois dwa два",
    "three drei trois tres tre drie três trzy три", "four vier quatre cuatro quattro quatro cztery четыре",
    "five fünf cinq cinco cinque vijf pięć пять", "six sechs seis sei zes sześć шесть",
    "seven sieben sept siete sette zeven sete siedem семь", "eight acht huit ocho otto oito osiem восемь",
    "nine neun neuf nueve nove negen dziewięć девять",
)  # fmt: skip
_DIGITS = {word: str(digit) for digit, words in enumerate(_SAID) for word in words.split()}
_SIGNS = {"plus": "+", "dash": "-", "hyphen": "-", "minus": "-", "dot": ".", "point": ".", "colon": ":", "slash": "/"}
_TIMES = {"double": 2, "triple": 3}
_SPOKEN = "|".join(map(re.escape, sorted({*_DIGITS, *_SIGNS, *_TIMES}, key=len, reverse=True)))
_TOKEN = rf"(?:{_SPOKEN}|[A-Za-z0-9]|[-+.:/()]{{1,2}}|\d{{2,4}})"
_RUN = re.compile(rf"(?<![^\s\"'(:=]){_TOKEN}(?:,?\s{_TOKEN}){{5,60}}(?![\w@])", re.IGNORECASE)
_ONE = re.compile(rf"{_TOKEN}(?!\w)", re.IGNORECASE)
_BEGINS, _ENDS = re.compile(r"^(?:[-.:/)]{1,2}\s)+"), re.compile(r"(?:\s[-.:/(]{1,2})+$")
_FEWEST = 6
"""So many digits a number that is said has at least."""
_GROUP = r"(?:(?=[A-Z]{0,4}\d)[A-Z0-9]{2,8}|[A-Z]{4})"
_SEPARATED = re.compile(
    rf"(?<![\w@.,/+-])\+?{_GROUP}(?:(?:\s?[-./_]\s?|\s){_GROUP}){{2,10}}(?:\s?[-./_]\s?\d)?(?![\w@])"
)
_SEPARATOR = re.compile(r"\s?[-./_]\s?|\s")
_FEWEST_DIGITS = 9
_DOTS = frozenset("./_")
_FEWEST_DOTS = 3
_BRACKETED = re.compile(
    r"(?<=[\dA-Fa-f:\])])\s?(?:[\[({]\s?(?P<sign>[.:]|dot)\s?[\])}]\s?|(?P<words>(?:(?:dot|colon|\.)\s{1,2}){1,2}))"
    r"(?=[\dA-Fa-f:\[(])",
    re.IGNORECASE,
)
_LINE = re.compile(r"\n[ \t]{0,8}(?=\(?[0-9A-Fa-f])")
_HEX = frozenset("0123456789abcdefABCDEF")
_NUMBER_ABOVE, _NUMBER_BELOW = re.compile(r"\d[ \t,;]*\r?\n[ \t]*$"), re.compile(r"[ \t,;]*\r?\n[ \t]*\d")
_NUMBER_BEGINS = frozenset("0123456789(")
_IN_ADDRESSES = frozenset(".:-")
_LONGEST_END = 8
_BEFORE, _AFTER = 60, 40
"""How far a look goes round what is written anew: as far as words that announce a number stand from it."""
_READ = frozenset({"email", "card", "iban", "ssn", "ipv4", "ipv6", "phone +", "national cue"})
_PATTERNS = Prefilter([rule for rule in patterns.RULES if rule.name in _READ])
_SPOKEN_PATTERNS = Prefilter([rule for rule in patterns.RULES if rule.name in {*_READ, "phone cue", "cue ACCOUNT"}])


def _addresses(text: str) -> Iterator[Spot]:
    for pattern in (_BRACKETS, _WORDS, _SPACED):
        for found in pattern.finditer(text):
            yield Spot(*found.span(), "EMAIL_ADDRESS", 0.8)


def _said(text: str) -> Iterator[Piece]:
    """Digits that are said one by one, as they are written."""
    for run in _RUN.finditer(text):
        written, digits, times = "", 0, 1
        start = run.end() - len(_BEGINS.sub("", run[0]))
        end = run.start() + len(_ENDS.sub("", run[0]))
        for token in _ONE.finditer(text, start, end):
            word = token[0].lower()
            if word in _TIMES:
                times = _TIMES[word]
                continue
            sign = ("O" if token[0] == "O" else _DIGITS.get(word)) or _SIGNS.get(word) or token[0]
            digits += sum(map(str.isdigit, sign)) * times
            written, times = written + sign * times, 1
        if digits >= _FEWEST:
            yield written, start, end


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _separated(text: str) -> Iterator[Piece]:
    """Groups with signs of several kinds between them, without any."""
    for run in _SEPARATED.finditer(text):
        signs = [sign.strip() for sign in _SEPARATOR.findall(run[0])]
        dotted = len(signs) >= _FEWEST_DOTS and _DOTS.issuperset(signs)
        if (dotted or len({"." if sign in _DOTS else sign for sign in signs}) > 1) and _digits(
            run[0]
        ) >= _FEWEST_DIGITS:
            yield _SEPARATOR.sub("", run[0]), *run.span()


def _bracketed(text: str) -> Iterator[Piece]:
    for found in _BRACKETED.finditer(text):
        said = (found["sign"] or found["words"]).lower().split()
        yield "".join(_SIGNS.get(word, word) for word in said), *found.span()


def _over_lines(text: str) -> Iterator[Piece]:
    for line in _LINE.finditer(text):
        end = len(text[max(0, line.start() - _LONGEST_END) : line.start()].rstrip()) + max(
            0, line.start() - _LONGEST_END
        )
        last, before = text[end - 1 : end], text[end - 2 : end - 1]
        address = last in _IN_ADDRESSES and before in _HEX
        number = (last.isdigit() or (last == ")" and before.isdigit())) and text[line.end()] in _NUMBER_BEGINS
        if address or number:
            yield "", end, line.end()


def _in_two_lines(text: str, spot: Spot, value: str) -> bool:
    """Whether a number goes over one end of a line at most, and is no column of numbers that looks like a card."""
    ends = value.count("\n")
    if not ends or spot.type != "CREDIT_CARD":
        return ends <= 1
    column = _NUMBER_ABOVE.search(text, max(0, spot.start - _BEFORE), spot.start) or _NUMBER_BELOW.match(text, spot.end)
    return ends == 1 and (column is None or patterns.is_announced_card(text, spot.start))


def _windows(text: str, pieces: Iterator[Piece]) -> Iterator[tuple[int, int, list[Piece]]]:
    """What is written anew, with what stands round it: where, and the pieces, counted from there."""
    start, end, held = 0, -1, list[Piece]()
    for new, begin, stop in pieces:
        if begin - _BEFORE > end and held:
            yield start, end, held
            held = []
        if not held:
            start = max(0, begin - _BEFORE)
        held.append((new, begin - start, stop - start))
        end = min(len(text), stop + _AFTER)
    if held:
        yield start, end, held


def _rewritten(write: Callable[[str], Iterator[Piece]], read: Prefilter = _PATTERNS) -> Callable[[str], Iterator[Spot]]:
    """A finder: what the patterns see in the text once it is written as usual, where that changed something."""

    def find(text: str) -> Iterator[Spot]:
        for start, end, pieces in _windows(text, write(text)):
            window = text[start:end]
            reading = changed(window, iter(pieces))
            for rule in read.pick(reading.text):
                for found in rule.find(reading.text):
                    spot = back(reading, found)
                    value = window[spot.start : spot.end]
                    if value != reading.text[found.start : found.end] and _in_two_lines(window, spot, value):
                        yield spot._replace(start=start + spot.start, end=start + spot.end)

    return find


_IN_RE2 = "|".join(sorted({*_DIGITS, *_SIGNS, *_TIMES})).replace(".", r"\.")
_DIGIT_IN_RE2 = rf"(?:{_IN_RE2}|[0-9])"
RULES = (
    Rule(
        "spelled address",
        (rf"(?i:[\[({{<]\s?(?:at|@)\s?[\])}}>]|{SPACE}at{SPACE}[\w-]+{SPACE}dot{SPACE})|{SPACE}@|@{SPACE}",),
        _addresses,
    ),
    Rule(
        "number said",
        (rf"(?i:(?:^|[\s\"'(:=]){_DIGIT_IN_RE2},?{SPACE}{_DIGIT_IN_RE2}(?:$|[\s\"'.,;)]))",),
        _rewritten(_said, _SPOKEN_PATTERNS),
    ),
    Rule(
        "number in odd groups",
        (
            (
                rf"(?:[0-9]{{2}}|[A-Z]{{4}})(?:{SPACE}?-{SPACE}?[A-Z0-9]{{2,10}}(?:{SPACE}|{SPACE}?[./_]{SPACE}?)[A-Z0-9]"
                rf"|{SPACE}[A-Z0-9]{{2,10}}{SPACE}?[-./_]{SPACE}?[A-Z0-9]"
                rf"|{SPACE}?[./_]{SPACE}?[A-Z0-9]{{2,10}}(?:{SPACE}|{SPACE}?-{SPACE}?)[A-Z0-9]"
                rf"|(?:{SPACE}?[./_]{SPACE}?[0-9A-Z]{{2,10}}){{2}}{SPACE}?[./_]{SPACE}?[0-9A-Z])"
            ),
        ),
        _rewritten(_separated),
    ),
    Rule(
        "number in brackets",
        (rf"(?i:[\[({{]\s?(?:[.:]|dot)\s?[\])}}]|[0-9a-f]{SPACE}(?:dot|colon|\.){SPACE})",),
        _rewritten(_bracketed),
    ),
    Rule(
        "number over lines",
        (r"[0-9A-Fa-f][.:-][ \t]*\r?\n[ \t]*[0-9A-Fa-f]|[0-9]\)?[ \t]*\r?\n[ \t]*\(?[0-9]",),
        _rewritten(_over_lines),
    ),
)
"""What is spelled for people."""
