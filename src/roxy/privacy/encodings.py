"""Text that is written as base64 or hexadecimal inside another text, so that it can be looked into and put back.

`pieces` finds what decodes to readable text; most that decodes by chance does not, and what does is left alone unless
something personal is found in it. A piece whose inside was changed is written again as it was written (the same
alphabet, padding and case), and only when that can be undone to the very letters; else it is treated as one value.

Sources: RFC 4648 §4, §5 and §8; RFC 2045 §6.8 for base64 in lines; RFC 2397 for `data:` URIs.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from roxy.privacy import pseudonyms

DEPTH = 4
"""So many times a text may be encoded within itself; deeper is refused."""
_LETTER = r"[A-Za-z0-9+/]"
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:0x)?(?P<hex>(?:[0-9a-f]{2}){7,}|(?:[0-9A-F]{2}){7,})(?![A-Za-z0-9])")
_ALONE = (
    rf"(?<![\w+/-])(?P<plain>{_LETTER}{{10,}}={{0,2}})(?![\w+/=-])"
    r"|(?<![\w+/-])(?P<url>[\w-]{10,}={0,2})(?![\w+/=-])"
)
_TOKEN = re.compile(
    rf"(?P<lines>(?<![\w+/-])(?:{_LETTER}{{40,}}\r?\n[ \t]*)+{_LETTER}{{2,}}={{0,2}}(?=[ \t]*(?:[\r\n\"'<]|\Z)))"
    rf"|{_ALONE}",
    re.ASCII,
)
_TOKEN_ALONE = re.compile(_ALONE, re.ASCII)
_WORTH = re.compile(r"[A-Za-z0-9+/_-]{10}")
_UNREADABLE = re.compile(r"[^\S\t\n\r ]|[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_SHORTEST = 5
_MARKS = ("LXJ4", "1ye", "tcn", "2d7278", "2D7278")
"""How the `-rx` of a pseudonym is written: in base64 at each of its three places, and in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of text that stands for another text."""

    start: int
    end: int
    inside: str
    encode: Callable[[str], str] | None
    """Writes a text as `inside` was written; None when it was written in no way that can be kept."""

    def __repr__(self) -> str:
        return f"Piece({self.start}, {self.end})"


def may_hold_pseudonyms(text: str) -> bool:
    """Whether some pseudonym may stand in `text` encoded once."""
    return any(mark in text for mark in _MARKS)


def holding_pseudonyms(text: str) -> list[tuple[int, int]]:
    """Where pieces stand that have pseudonyms in them, with the letters beside them: these tell where a piece ends."""
    found = pieces(text) if may_hold_pseudonyms(text) else ()
    return [(max(0, piece.start - 1), piece.end + 1) for piece in found if pseudonyms.spans(piece.inside)]


def pieces(text: str, *, in_lines: bool = True) -> Iterator[Piece]:
    """What in `text` stands for readable text; without `in_lines` no piece has the end of a line in it."""
    if not _WORTH.search(text):
        return
    found = list(filter(None, map(_decoded, _HEX.finditer(text))))
    end = 0
    for piece in sorted(
        [*found, *_in_base64(text, _TOKEN if in_lines else _TOKEN_ALONE)], key=lambda piece: piece.start
    ):
        if piece.start >= end:  # what is hexadecimal may be base64, too
            yield piece
            end = piece.end


def _in_base64(text: str, tokens: re.Pattern[str]) -> Iterator[Piece]:
    for token in tokens.finditer(text):
        piece = _decoded(token)
        if piece is not None:
            yield piece
        elif token.lastgroup == "lines":  # they are no text together: each is looked at alone
            yield from filter(None, map(_decoded, _TOKEN_ALONE.finditer(text, *token.span())))


def _decoded(token: re.Match[str]) -> Piece | None:
    kind = token.lastgroup or ""
    piece = _DECODERS[kind](token[kind])
    return piece and Piece(*token.span(kind), *piece)


_Decoded = tuple[str, Callable[[str], str] | None]


def _of_hex(token: str) -> _Decoded | None:
    inside = _readable(bytes.fromhex(token))
    if inside is None:
        return None
    upper = token.isupper()
    return inside, lambda text: text.encode().hex().upper() if upper else text.encode().hex()


def _of_lines(token: str) -> _Decoded | None:
    found = _of_base64("".join(token.split()))
    return found and (found[0], None)


def _of_base64(token: str) -> _Decoded | None:
    bare = token.rstrip("=")
    if bare.islower() or bare.isupper() or bare.isdigit():
        return None  # a word, a name, a number
    letters = b"-_" if "-" in bare or "_" in bare else None
    try:
        inside = _readable(base64.b64decode(bare + "=" * (-len(bare) % 4), letters, validate=True))
    except binascii.Error:
        return None
    if inside is None:
        return None
    padded = len(bare) % 4 == 0 or token != bare

    def encode(text: str) -> str:
        made = base64.b64encode(text.encode(), letters).decode()
        return made if padded else made.rstrip("=")

    return inside, encode if encode(inside) == token else None


_DECODERS: dict[str, Callable[[str], _Decoded | None]] = {
    "lines": _of_lines,
    "hex": _of_hex,
    "plain": _of_base64,
    "url": _of_base64,
}


def _readable(raw: bytes) -> str | None:
    """What `raw` says, when it is text that people or programs read."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return None if len(text) < _SHORTEST or _UNREADABLE.search(text) else text
