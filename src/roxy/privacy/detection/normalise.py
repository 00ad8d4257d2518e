r"""One plain spelling for detection, with the way back: what was written to be read by people or machines, not by us.

Full-width and mathematical letters, ligatures, digits of all scripts, hyphens and spaces of all kinds, letters that
are not seen (zero-width, soft hyphen), `%40`, `&#64;` and `\u0040` become what they stand for (Unicode NFKC, Unicode
Standard Annex 15; RFC 3986 §2.1; HTML character references; RFC 8259 §7). Detection reads the plain text; what it
finds is replaced in the text as it was, so nothing else changes by a single character.

Codes inside codes (`%2540`) are undone as often as `LEVELS` says; a text with more of them raises `PrivacyBlocked`.
"""

import html
import re
import sys
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from roxy.errors import PrivacyBlocked
from roxy.privacy.detection.spots import Spot

LEVELS = 4
"""How often codes are undone that stand in each other."""

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef"
)
_HYPHENS = "\u2010-\u2015\u2212\u2043\u30fc\ufe58\ufe63\uff0d"
_ODD = re.compile(rf"[{_UNSEEN}{_HYPHENS}\u00a0\u2000-\u200a\u202f\u205f\u3000]|(?![0-9])\d")
_ONE = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_MARK = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
"""Marks that melt into the letter before them, or stand over it."""
_NOT_SEEN = re.compile(f"[{_UNSEEN}]")
_HYPHEN = re.compile(f"[{_HYPHENS}]")
_CODE = re.compile(  # each begins with one of five letters, so that the search looks for these alone
    r"[%&\\+=](?:(?<=%)(?P<url>[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*)"
    r"|(?<=&)(?P<html>\#[0-9]{1,7};|\#[xX][0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};)"
    r"|(?<=\\)\\{0,7}(?:u(?P<json>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2})"
    r"|u\{(?P<braced>0{0,3}[0-9A-Fa-f]{1,5})\}|U(?P<long>000[0-9A-Fa-f]{5})|(?P<escape>[nrt\"/]))"
    r"|(?<=\\)(?P<octal>[0-3][0-7]{2}(?:\\[0-3][0-7]{2}){2,})"
    r"|(?<==)(?P<quoted>[0-9A-F]{2}(?:=[0-9A-F]{2})*|\r?\n)"
    r"|(?<=[\w%]\+)(?P<plus>(?=[\w%])))"
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "plus": " "}
_OF_BYTES = frozenset({"url", "octal", "quoted"})
_FORM = re.compile(r"=[^\s=&]{0,80}\+")
_QUOTED = re.compile(r"=(?:40|[0-9A-F]{2}=|\r?\n)")
_BROKEN = re.compile(
    r"(?=[ \t\r\n])(?:"
    r"((?<=@)[ \t]{0,8}\r?\n[ \t]{0,8}(?=\w)|(?<=\w)[ \t]{0,8}\r?\n[ \t]{0,8}(?=@)|(?<=\d-)\r?\n[ \t]{0,8}(?=\d))"
    r"|(?<=[0-9A-Z])[ \t]{0,8}\r?\n[ \t]{0,8}(?=[0-9A-Z]))"
)
"""The end of a line within a number or an address; group 1 where no space stands for it."""


class Plain(NamedTuple):
    """A text in plain spelling; its i-th character came from `starts[i]` to `ends[i]` of the text as it was."""

    text: str
    starts: list[int] | None
    """None when nothing differs."""
    ends: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that a span of the plain text came from."""
        return (start, end) if self.starts is None else (self.starts[start], self.ends[end - 1])


def back(reading: Plain, spot: Spot) -> Spot:
    """`spot` of a reading, in the text as it was."""
    start, end = reading.span(spot.start, spot.end)
    return spot._replace(start=start, end=end)


Piece = tuple[str, int, int]
"""What stands in the plain text for a span of the text."""


def readings(text: str, *, unmarked: bool = False) -> Iterator[Plain]:
    """`text` in plain letters and, when it holds codes, also as they read, level by level.

    Each level counts: what is undone once more than it was written reads as something else (`%6604` as `f04`). Where
    marks stand behind letters, `unmarked` gives the text without them as well. Raises `PrivacyBlocked` for many levels.
    """
    made = Plain(text, None, [])
    if not text.isascii():
        if unmarked:
            yield from _unmarked(made)
        made = _onto(made, _letters(text))
    yield made
    if "%" in text or "&" in text or "\\" in text or ("=" in text and (_FORM.search(text) or _QUOTED.search(text))):
        yield from _decoded(made, unmarked=unmarked)


def plain(text: str) -> Plain:
    """`text` in its plainest spelling; most texts come back as they are. Raises `PrivacyBlocked` for many levels."""
    return list(readings(text))[-1]


def joined(reading: Plain) -> Plain:
    """`reading` with its lines joined where one ends and the next begins in the middle of a number or an address."""
    return _onto(reading, (("" if lines[1] else " ", *lines.span()) for lines in _BROKEN.finditer(reading.text)))


def changed(text: str, changes: Iterator[Piece]) -> Plain:
    """`text` with what `changes` says (sorted, disjoint)."""
    return _onto(Plain(text, None, []), changes)


def without(text: str, left_out: re.Pattern[str]) -> Plain:
    """`text` without what the pattern matches."""
    return _onto(Plain(text, None, []), (("", *found.span()) for found in left_out.finditer(text)))


def _unmarked(made: Plain) -> Iterator[Plain]:
    """`made` without marks, before they melt into letters: there are no accents in what is left."""
    bare = _onto(made, (("", *marks.span()) for marks in _MARK.finditer(made.text)))
    if bare is not made:
        yield _onto(bare, _letters(bare.text))


def _decoded(made: Plain, *, unmarked: bool) -> Iterator[Plain]:
    for _ in range(LEVELS + 1):
        decoded = _onto(made, _codes(made.text))
        if decoded is made:
            return
        made = decoded
        if not decoded.text.isascii():
            if unmarked:
                yield from _unmarked(decoded)
            made = _onto(decoded, _letters(decoded.text))
        yield made
    raise PrivacyBlocked(
        f"A text holds codes such as %40 that are written within each other more than {LEVELS} times.",
        hint="Send it as plain text.",
    )


def _onto(before: Plain, changes: Iterator[Piece]) -> Plain:
    """`before` with what `changes` says (sorted, disjoint); `before` itself when that is nothing."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    text, at = before.text, 0
    for new, start, end in changes:
        pieces += (text[at:start], new)
        starts += (*range(at, start), *(start for _ in new))
        ends += (*range(at + 1, start + 1), *(end for _ in new))
        at = end
    if not at:
        return before
    pieces.append(text[at:])
    starts += range(at, len(text))
    ends += range(at + 1, len(text) + 1)
    if before.starts is not None:
        first, last = before.starts, before.ends
        starts, ends = [first[start] for start in starts], [last[end - 1] for end in ends]
    return Plain("".join(pieces), starts, ends)


def _letters(text: str) -> Iterator[Piece]:
    """The letters of `text` that have a plainer spelling."""
    if unicodedata.is_normalized("NFKC", text) and not _ODD.search(text):
        return
    for one in _ONE.finditer(text):
        letter = one[0]
        if letter.isascii():
            continue
        spelled = "".join(map(_plainer, unicodedata.normalize("NFKC", letter)))
        if spelled != letter:
            yield spelled, *one.span()


def _plainer(letter: str) -> str:
    if letter.isascii():
        return letter
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    if letter.isspace() and letter not in "\x85\u2028\u2029":
        return " "
    if _NOT_SEEN.match(letter):
        return ""
    return "-" if _HYPHEN.match(letter) else letter


def _codes(text: str) -> Iterator[Piece]:
    """The codes of `text` and what they stand for."""
    left_out = {None, "" if _FORM.search(text) else "plus", "" if _QUOTED.search(text) else "quoted"}
    for code in _CODE.finditer(text):
        kind = code.lastgroup
        if kind in _OF_BYTES:
            yield from () if kind in left_out else _of_bytes(code[0], code.start())
        elif kind not in left_out and (meant := _letter(code, str(kind))) != code[0]:
            yield meant, *code.span()


def _letter(code: re.Match[str], kind: str) -> str:
    if kind in ("plus", "escape"):
        return _ESCAPES.get(code[kind] or kind, code[kind])
    return html.unescape(code[0]) if kind == "html" else chr(min(int(code[kind], 16), sys.maxunicode))


def _of_bytes(codes: str, start: int) -> Iterator[Piece]:
    r"""One byte each: `%41`, `=41`, `\101`; the end of a line behind `=` stands for nothing."""
    if codes[1] in "\r\n":
        yield "", start, start + len(codes)
    elif codes[0] == "\\":
        read = (int(codes[at + 1 : at + 4], 8) for at in range(0, len(codes), 4))
        yield bytes(read).decode("utf-8", "replace"), start, start + len(codes)
    else:
        yield from _of_url(codes.replace("=", "%"), start)


def _of_url(codes: str, start: int) -> Iterator[Piece]:
    raw = bytes.fromhex(codes.replace("%", ""))
    try:
        said = raw.decode()
    except UnicodeDecodeError:
        said = "".join(chr(byte) if byte < 128 else "\ufffd" for byte in raw)  # noqa: PLR2004 - ASCII
        yield from ((letter, start + 3 * place, start + 3 * place + 3) for place, letter in enumerate(said))
        return
    for letter in said:
        end = start + 3 * len(letter.encode())
        yield letter, start, end
        start = end
