"""Text that is written in letters for bytes inside another text, so that it can be looked into and put back.

`pieces` finds what decodes to readable text; most that decodes by chance does not, and what does is left alone unless
something personal is found in it. A piece whose inside was changed is written again as it was written (the same
alphabet, padding and case), and only when that can be undone to the very letters; else it is treated as one value. So
are the codes of `rarer`.
`said` tells what bytes say: text in UTF-8, UTF-16 or Latin-1, also when it was compressed.

Sources: RFC 4648 §4 to §6 and §8; RFC 2045 §6.8 for base64 in lines; RFC 2397 for `data:` URIs; RFC 1950 and RFC 1952
for what is compressed.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from roxy.errors import PrivacyBlocked
from roxy.privacy import pseudonyms
from roxy.privacy.forms.rarer import rarer

DEPTH = 4
"""So many times a text may be encoded within itself; deeper is refused."""
MOST = 1_000_000
"""Bytes that compressed data may become; more is refused."""
_LETTER = r"[A-Za-z0-9+/]"
_HEX = re.compile(r"(?<![A-Za-z0-9])(?:0x)?(?P<hex>(?:[0-9a-f]{2}){7,}|(?:[0-9A-F]{2}){7,})(?![A-Za-z0-9])")
_PARTED = re.compile(r"(?<![A-Za-z0-9])(?P<parted>(?:[0-9A-Fa-f]{2}[ :-]){6,}[0-9A-Fa-f]{2})(?![A-Za-z0-9])")
_BASE32 = re.compile(r"(?<![A-Za-z0-9])(?P<base32>[A-Z2-7]{16,}={0,6})(?![A-Za-z0-9=])")
_OTHER_SHAPES = (
    (_HEX, re.compile(r"[0-9A-Fa-f]{14}")),
    (_PARTED, re.compile(r"[0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2}[ :-]")),
    (_BASE32, re.compile(r"[A-Z2-7]{16}")),
)
"""Each with what is found sooner when it is there."""
_ALONE = (
    rf"(?<![\w+-])(?P<plain>{_LETTER}{{10,}}={{0,2}})(?![\w+/=-])"
    r"|(?<![\w+/-])(?P<url>[\w-]{10,}={0,2})(?![\w+/=-])"
)
_TOKEN = re.compile(
    rf"(?P<lines>(?<![\w+/-])(?:{_LETTER}{{40,}}\r?\n[ \t]*)+{_LETTER}{{2,}}={{0,2}}(?=[ \t]*(?:[\r\n\"'<]|\Z)))"
    rf"|{_ALONE}",
    re.ASCII,
)
_TOKEN_ALONE = re.compile(_ALONE, re.ASCII)
_PART = re.compile(r"[A-Za-z0-9]{12,}={0,2}")
_JOINTS = re.compile(r"[/_+-]")
_MOST_JOINTS = 8
_WORTH = re.compile(r"[A-Za-z0-9+/_-]{10}|[0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2}[ :-]")
_UNREADABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_SHORTEST = 5
_SHORTEST_OTHER = 12
"""Bytes from which on other encodings than UTF-8 are believed."""
_MOSTLY = 0.85
_ASCII = re.compile(rb"[\x20-\x7e]{8,}")
_STRING = re.compile(
    rb"(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}){8,}"
)
"""Letters in UTF-8 (RFC 3629 §4), without the planes in which nobody writes."""
_COMPRESSED = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_EITHER = zlib.MAX_WBITS | 32
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
    for mark in _MARKS:  # noqa: SIM110 - asked of every text: a generator would take longer than the looking
        if mark in text:
            return True
    return False


def holding_pseudonyms(text: str) -> list[tuple[int, int]]:
    """Where pieces stand that have pseudonyms in them, with the letters beside them: these tell where a piece ends."""
    found = pieces(text) if may_hold_pseudonyms(text) else ()
    return [(max(0, piece.start - 1), piece.end + 1) for piece in found if pseudonyms.spans(piece.inside)]


def unfolded(text: str, depth: int = DEPTH) -> Iterator[str]:
    """The text, and what is written in it, also within each other."""
    yield text
    for piece in pieces(text) if depth else ():
        yield from unfolded(piece.inside, depth - 1)


def written_again(was: str, piece: Piece, inside: str, *, one_way: bool) -> str | None:
    """`piece`, which was written as `was`, with `inside` in it; None where that could not be undone to the letter.

    `one_way` says that nothing in it is to be undone.
    """
    written = piece.encode(inside) if piece.encode is not None else was
    if written == was or not (may_hold_pseudonyms(written) or one_way):
        return None
    again = [(one.inside, one.encode and one.encode(piece.inside)) for one in pieces(written)]
    return written if again == [(inside, was)] else None


def pieces(text: str, *, in_lines: bool = True) -> Iterator[Piece]:
    """What in `text` stands for readable text; without `in_lines` no piece has the end of a line in it.

    Raises `PrivacyBlocked` for what is compressed and larger than `MOST`.
    """
    found = [Piece(*one, None) for one in rarer(text) if not pseudonyms.spans(text[one[0] : one[1]])]
    if found or _WORTH.search(text):
        yield from _in_order([*found, *_shaped(text), *_in_base64(text, _TOKEN if in_lines else _TOKEN_ALONE)])


def _shaped(text: str) -> Iterator[Piece]:
    """What is hexadecimal or base32."""
    for shape, begins in _OTHER_SHAPES:
        if begins.search(text):
            yield from filter(None, map(_decoded, shape.finditer(text)))


def _in_order(found: Iterable[Piece]) -> Iterator[Piece]:
    end = 0
    for piece in sorted(found, key=lambda piece: piece.start):
        if piece.start >= end:  # what is hexadecimal may be base64, too
            yield piece
            end = piece.end


def said(raw: bytes) -> tuple[str, str] | None:
    """What `raw` says and in which encoding (empty when it was compressed or is UTF-16); None when it is no text.

    Raises `PrivacyBlocked` for what is compressed and larger than `MOST`.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return _otherwise(raw)
    if len(text) >= _SHORTEST and not _UNREADABLE.search(text):
        return text, "utf-8"
    return _otherwise(raw)


def _otherwise(raw: bytes) -> tuple[str, str] | None:
    if len(raw) < _SHORTEST_OTHER:
        return None
    if raw.startswith(_COMPRESSED):
        return _unpacked(raw)
    if raw.count(0) * 3 > len(raw):
        big = raw.startswith(b"\xfe\xff") or (raw[0] == 0 and raw[1] != 0)
        text = raw[: len(raw) & ~1].decode("utf-16-be" if big else "utf-16-le", "replace").lstrip("\ufeff")
        return (text, "") if not _UNREADABLE.search(text) else None
    text = raw.decode("latin-1")
    plain = sum(map(len, _ASCII.findall(raw)))
    return (text, "latin-1") if plain >= _MOSTLY * len(raw) and not _UNREADABLE.search(text) else None


def _unpacked(raw: bytes) -> tuple[str, str] | None:
    unpacking = zlib.decompressobj(_EITHER)
    try:
        inside = unpacking.decompress(raw, MOST)
    except zlib.error:
        return None
    if unpacking.unconsumed_tail:
        raise PrivacyBlocked(
            f"There is compressed data that is larger than {MOST:,} bytes.", hint="Send it in smaller parts, as text."
        )
    found = said(inside)
    return found and (found[0], "")


def _in_base64(text: str, tokens: re.Pattern[str]) -> Iterator[Piece]:
    for token in tokens.finditer(text):
        piece = None if pseudonyms.spans(token[0]) else _decoded(token)
        if piece is not None:
            yield piece
        elif token.lastgroup == "lines":  # they are no text together: each is looked at alone
            yield from filter(None, map(_decoded, _TOKEN_ALONE.finditer(text, *token.span())))
        elif not token[0].isalnum():
            yield from _glued(token[0], token.start())


def _glued(token: str, start: int) -> Iterator[Piece]:
    """What decodes behind or between the joints of a path or an identifier, such as `tok_…` and `/files/…`."""
    begin = 0
    for first, last in [*pseudonyms.spans(token), (len(token), len(token))]:
        yield from _between_joints(token[begin:first], start + begin)
        begin = last


def _between_joints(token: str, start: int) -> Iterator[Piece]:
    """These are one value: written anew, they might end elsewhere."""
    if len(token) < _SHORTEST:
        return
    for joint in [0, *(joint.end() for joint in _JOINTS.finditer(token))][:_MOST_JOINTS]:
        if found := _of_base64(token[joint:]):
            yield Piece(start + joint, start + len(token), found[0], None)
            return
    for part in _PART.finditer(token):
        if found := _of_base64(part[0]):
            yield Piece(start + part.start(), start + part.end(), found[0], None)


def _decoded(token: re.Match[str]) -> Piece | None:
    kind = token.lastgroup or ""
    piece = _DECODERS[kind](token[kind])
    return piece and Piece(*token.span(kind), *piece)


_Decoded = tuple[str, Callable[[str], str] | None]


def _of_hex(token: str) -> _Decoded | None:
    inside, encoding = _read(bytes.fromhex(token))
    if encoding != "utf-8":
        return (inside, None) if inside else None
    upper = token.isupper()
    return inside, lambda text: text.encode().hex().upper() if upper else text.encode().hex()


def _of_parted_hex(token: str) -> _Decoded | None:
    inside, _ = _read(bytes.fromhex(token.replace(":", " ").replace("-", " ")))
    return (inside, None) if inside else None


def _of_base32(token: str) -> _Decoded | None:
    bare = token.rstrip("=")
    try:
        inside, _ = _read(base64.b32decode(bare + "=" * (-len(bare) % 8)))
    except binascii.Error:
        return None
    return (inside, None) if inside else None


def _of_lines(token: str) -> _Decoded | None:
    found = _of_base64("".join(token.split()))
    return found and (found[0], None)


def _of_base64(token: str) -> _Decoded | None:
    bare = token.rstrip("=")
    letters = b"-_" if "-" in bare or "_" in bare else None
    raw = _bytes_of(bare, letters)
    if raw is None:
        return None
    inside, encoding = _read(raw)
    if not encoding:
        return (inside, None) if inside else None
    padded = len(bare) % 4 == 0 or token != bare

    def encode(text: str) -> str:
        made = base64.b64encode(text.encode(encoding, "replace"), letters).decode()
        return made if padded else made.rstrip("=")

    return inside, encode if encode(inside) == token else None


def _bytes_of(bare: str, letters: bytes | None) -> bytes | None:
    """What base64 without padding stands for; None for words, names and numbers."""
    if len(bare) < _SHORTEST or bare.islower() or bare.isupper() or bare.isdigit():
        return None
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), letters, validate=True)
    except binascii.Error:
        return None


_DECODERS: dict[str, Callable[[str], _Decoded | None]] = {
    "lines": _of_lines,
    "hex": _of_hex,
    "parted": _of_parted_hex,
    "base32": _of_base32,
    "plain": _of_base64,
    "url": _of_base64,
}


def _read(raw: bytes) -> tuple[str, str]:
    """What `raw` says, as `said` has it, or at least what can be read in it; empty when that is nothing."""
    return said(raw) or (_strings(raw), "")


def _strings(raw: bytes) -> str:
    """What can be read between bytes that say nothing, such as in serialised messages."""
    return "\n".join(one.decode() for one in _STRING.findall(raw))
