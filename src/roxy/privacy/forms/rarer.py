"""Rarer ways to write text in letters or numbers: base85, encoded words of mail headers, lists of bytes.

What stands in them is looked into, but never written again: a value that is found there takes the whole piece with it,
which then comes back as it was. Base85 has no look of its own, so only a run without spaces counts, and only when it
says something readable from its first letter on; that happens by chance less than once in a hundred thousand runs.

Sources: RFC 1924 and the `<~ ~>` of PostScript for base85; RFC 2047 for encoded words.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Callable, Iterator, Sequence

_FRAMED = re.compile(r"<~(?P<framed>[!-uz\s]{10,100000}?)~>")
_RUNS: tuple[tuple[Callable[[str], bytes], re.Pattern[str]], ...] = (
    (base64.b85decode, re.compile(r"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{15,}")),
    (base64.a85decode, re.compile(r"[!-uz]{15,}")),
)
_SIGN = re.compile(r"[!#$%&()*;<>?@^`{|}~]")
_NAME = re.compile(r"[\w.-]{1,40}[=:][\"']?")
_AROUND = "\"'()[]{}.,:;!?"
_SHORTEST = 15
_PROBE = 20
"""Letters that are decoded first: sixteen bytes."""
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]")
_WORD = r"=\?(?:[\w.-]{1,40})(?:\*[\w-]{1,20})?\?[QqBb]\?[^?\s]{1,2000}\?="
_ENCODED_WORDS = re.compile(rf"{_WORD}(?:\s{{1,4}}{_WORD}){{0,100}}")
_ENCODED_WORD = re.compile(r"=\?([\w.-]{1,40})(?:\*[\w-]{1,20})?\?([QqBb])\?([^?\s]{1,2000})\?=")
_BYTE = r"(?:0[xX][0-9A-Fa-f]{1,2}|\d{1,3})"
_BYTES = re.compile(rf"(?<![\w.,]){_BYTE}(?:\s?,\s{{0,8}}{_BYTE}){{7,}}(?![\w.])")
_FEWEST = 8
_MOSTLY = 0.6
"""So much of what bytes say are letters and digits; a list of other numbers says less."""

Found = tuple[int, int, str]
"""Where it stands and what it says."""


def rarer(text: str) -> Iterator[Found]:
    """What stands in such letters or numbers; not in order, may overlap."""
    if "<~" in text:
        for framed in _FRAMED.finditer(text):
            yield from _said(base64.a85decode, framed["framed"], *framed.span())
    if "=?" in text:
        for words in _ENCODED_WORDS.finditer(text):
            yield *words.span(), "".join(_header(*one.groups()) for one in _ENCODED_WORD.finditer(words[0]))
    if text.count(",") >= _FEWEST - 1:
        yield from _lists(text)
    if _SIGN.search(text):
        for decode, runs in _RUNS:
            for run in runs.finditer(text):
                yield from _in_run(decode, run)


def _lists(text: str) -> Iterator[Found]:
    for listed in _BYTES.finditer(text):
        numbers = [one.strip() for one in listed[0].split(",")]
        if not any(map(_is_octal, numbers)) and (said := octets([int(one, 0) for one in numbers])):
            yield *listed.span(), said


def octets(numbers: Sequence[object]) -> str:
    """What a list of numbers says as bytes; empty when it says nothing."""
    if len(numbers) < _FEWEST or not all(type(one) is int and 0 <= one < 256 for one in numbers):  # noqa: PLR2004 - a byte
        return ""
    said = _readable(bytes(numbers))  # type: ignore[arg-type]  # they are integers, as was just seen
    return said if sum(map(str.isalnum, said)) >= _MOSTLY * len(said) else ""


def _is_octal(number: str) -> bool:
    """Whether it begins with a nought as no number does."""
    return len(number) > 1 and number[0] == "0" and number[1] not in "xX"


def _in_run(decode: Callable[[str], bytes], run: re.Match[str]) -> Iterator[Found]:
    """What a run says, all of it, or behind a name, or without what stands round it in a sentence."""
    if not _SIGN.search(run[0]):
        return
    named = _NAME.match(run[0])
    whole = (0, len(run[0])), (named.end() if named else 0, len(run[0]))
    for start, end in dict.fromkeys((*whole, *(_bare(run[0], *span) for span in whole))):
        found = list(_said(decode, run[0][start:end], run.start() + start, run.start() + end))
        if found and end - start >= _SHORTEST:
            yield from found
            return


def _bare(run: str, start: int, end: int) -> tuple[int, int]:
    letters = run[start:end].lstrip(_AROUND)
    start = end - len(letters)
    return start, start + len(letters.rstrip(_AROUND))


def _said(decode: Callable[[str], bytes], letters: str, start: int, end: int) -> Iterator[Found]:
    try:
        if _readable(decode(letters[:_PROBE])) and (said := _readable(decode(letters))):
            yield start, end, said
    except (ValueError, binascii.Error):
        return


def _readable(raw: bytes) -> str:
    """What bytes say in UTF-8; a letter that is cut in two at the end is left out."""
    try:
        said = raw.decode()
    except UnicodeDecodeError as error:
        if not error.start or len(raw) - error.start >= 4:  # noqa: PLR2004 - the bytes of a letter
            return ""
        said = raw[: error.start].decode()
    return "" if _UNREADABLE.search(said) else said


def _header(charset: str, way: str, letters: str) -> str:
    try:
        raw = base64.b64decode(letters) if way in "Bb" else quopri.decodestring(letters.encode(), header=True)
        return raw.decode(charset, "replace")
    except (ValueError, LookupError):
        return ""
