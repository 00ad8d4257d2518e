"""What nobody here can look into: pictures, sound, documents and other binary data, written into a text.

A `data:` URI of another kind than text (RFC 2397), long base64 or hexadecimal (RFC 4648) that says nothing, and short
base64 that begins as a known format does or is declared to be no text: these are of the type BINARY, alone in a text
or within it. Policies block it on the way to what is external, unless they allow the type.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from roxy.privacy import pseudonyms
from roxy.privacy.encodings import said

BINARY = "BINARY"
"""The type, for policies."""
_SHORTEST = 256
"""Letters from which on what says nothing is no id, no digest and no signature any more.

Shorter base64 of bytes that say nothing passes when no key calls it data: signatures, digests, cursors and public keys
look just so, and a call without them fails. 190 bytes are no picture and no recording; what can be read between the
bytes is looked at (`encodings`), and known secrets are found in it at any place.
"""
_SHORTEST_DECLARED = 16
_SHORTEST_LINE = 60
_BEFORE = 6_000
_OF_A_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{3,60}-----\s*(?:(?:\\r)?\\n)?$|eyJ[\w-]{5,}\.(?:[\w-]*\.)*$")
"""Before a key in PEM (RFC 7468) and before the parts of a signed token (RFC 7515)."""
_URI = re.compile(
    r"data:(?P<kind>(?:(?:text|image|audio|video|application|font|model|multipart|message)/[\w.+-]{1,80})?"
    r"(?:;[^,;\s\"'<>]{0,80}){0,4}),(?P<data>[^\s\"'<>)]*)",
    re.IGNORECASE,
)
_TEXTS = re.compile(
    r"(?:text/.*|application/(?:json|xml|yaml|x-yaml|x-www-form-urlencoded)|[\w./-]+\+(?:json|xml))?(?:;.*)?"
)
_BREAK = r"(?:(?:\\{1,8}r)?\\{1,8}n|\r?\n)[ \t]{0,8}"
_RUN = re.compile(
    rf"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/_-]{{{_SHORTEST},}}={{0,2}}"
    rf"|(?:[A-Za-z0-9+/]{{{_SHORTEST_LINE},200}}{_BREAK}){{3,}}[A-Za-z0-9+/]{{0,200}}={{0,2}})"
)
_BREAKS = re.compile(r"(?:\\{1,8}r)?\\{1,8}n|\s")
_WHOLE = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_PARTED = re.compile(rf"(?:[A-Za-z0-9+/_-]{{{_SHORTEST_LINE},200}}\s+){{3,}}[A-Za-z0-9+/_-]+={{0,2}}\s*")
_DIGESTS = (64, 96, 128)
"""Letters of the digests of the SHA family that are as long as a line: a list of them is one of numbers."""
_SMALL, _CAPITAL, _DIGIT, _LETTER = map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", "[A-Za-z]"))
_HEX = re.compile(r"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
_FEW_CONTROL, _MOST_CONTROL = 3, 0.05
_CARRIERS = frozenset({"data", "blob", "base64", "b64", "bytes", "binary", "content", "file", "image", "audio", "body"})
_DECLARING = frozenset({"mimetype", "mediatype", "contenttype", "mime", "blob", "inputaudio", "encoding"})
_BEGINNINGS = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF-", b"PK\x03\x04", b"RIFF", b"OggS", b"ID3\x03", b"ID3\x04", b"fLaC",
    b"II*\x00", b"MM\x00*", b"\x7fELF", b"SQLite format 3", b"7z\xbc\xaf", b"Rar!\x1a", b"\xfd7zXZ", b"BZh",
    b"\x28\xb5\x2f\xfd", b"\xd0\xcf\x11\xe0", b"\x00\x00\x01\x00", b"MZ\x90\x00",
)  # fmt: skip
"""How files begin that are no text, whatever stands in them (PDF may be all letters)."""


def is_binary(text: str, key: str = "", around: Iterable[str] = ()) -> bool:
    """Whether a whole leaf is binary data; `key` and `around` are what stands above and beside it."""
    if len(text) < _SHORTEST_DECLARED:
        return False
    if not text.isprintable() and len(_CONTROL.findall(text)) > max(_FEW_CONTROL, _MOST_CONTROL * len(text)):
        return True
    if (uri := _URI.fullmatch(text.strip())) is not None:
        return _is_no_text(uri)
    if not (_WHOLE.fullmatch(text) or _PARTED.fullmatch(text)):
        return False
    return _says_nothing(text, whatever=len(text) < _SHORTEST and not _declared(key, around))


def spans(text: str, *, keys_too: bool = True) -> list[tuple[int, int]]:
    """Where binary data stands within a text; disjoint, in their order.

    Without `keys_too` not what stands where keys and signed tokens have it: those are masked by their name.
    """
    if not _may_hold(text):
        return []  # most texts
    found, begin = [], 0
    for start, end in [*pseudonyms.spans(text), (len(text), len(text))]:
        between = text[begin:start]  # what stands for a value is never a part of another one
        found += [
            (begin + first, begin + last) for first, last in _disjoint([*_uris(between), *_runs(between, keys_too)])
        ]
        begin = end
    return found


def _disjoint(found: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    end = 0
    for one in sorted(found):
        if one[0] >= end:
            yield one
            end = one[1]


def _may_hold(text: str) -> bool:
    """Whether there is a beginning of a URI, or letters enough in one go; the parts of a text have no more of these."""
    return _has_uri(text) or _is_long(text)


def _has_uri(text: str) -> bool:
    return "data:" in text or "DATA:" in text


def _is_long(text: str) -> bool:
    return len(text) >= _SHORTEST and max(map(len, text.split()), default=0) >= _SHORTEST_LINE


def _uris(text: str) -> Iterator[tuple[int, int]]:
    if _has_uri(text):
        yield from (uri.span() for uri in _URI.finditer(text) if _is_no_text(uri))


def _runs(text: str, keys_too: bool) -> Iterator[tuple[int, int]]:  # noqa: FBT001 - as its caller has it
    if not _is_long(text):
        return
    for run in _RUN.finditer(text):
        of_a_key = not keys_too and _OF_A_KEY.search(text[max(0, run.start() - _BEFORE) : run.start()])
        if not of_a_key and _says_nothing(run[0]):
            yield run.span()


def _is_no_text(uri: re.Match[str]) -> bool:
    kind = uri["kind"].lower()
    if not _TEXTS.fullmatch(kind):
        return True
    return kind.endswith(";base64") and len(uri["data"]) >= _SHORTEST_DECLARED and _says_nothing(unquote(uri["data"]))


def _says_nothing(letters: str, *, whatever: bool = False) -> bool:
    """Whether the letters stand for bytes that are no text; with `whatever` only if they begin as a file does."""
    raw = _raw(letters)
    return raw is not None and (raw.startswith(_BEGINNINGS) or (not whatever and said(raw) is None))


def _raw(text: str) -> bytes | None:
    """The bytes that letters stand for; None when they are words, a ruler, numbers or a list of digests."""
    parts = _BREAKS.split(text.strip())
    if len(parts) > 1 and all(map(_is_digest, filter(None, parts))):
        return None
    letters = "".join(parts).rstrip("=")
    if not _DIGIT.search(letters) and len(letters) >= _SHORTEST:
        return None
    if _HEX.fullmatch(letters):
        return bytes.fromhex(letters) if _LETTER.search(letters) else None
    return _of_base64(letters) if _SMALL.search(letters) and _CAPITAL.search(letters) else None


def _is_digest(part: str) -> bool:
    return len(part) in _DIGESTS and _HEX.fullmatch(part) is not None


def _of_base64(letters: str) -> bytes | None:
    whole = len(letters) // 4 * 4
    try:
        return base64.b64decode(letters[:whole].replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        return None


def _declared(key: str, around: Iterable[str]) -> bool:
    """Whether the keys say that it is data of some kind."""
    plain = _plain(key)
    if plain not in _CARRIERS and not plain.endswith(("base64", "b64", "bytes")):
        return False
    return plain not in ("data", "content", "file", "body") or not _DECLARING.isdisjoint(map(_plain, around))


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")
