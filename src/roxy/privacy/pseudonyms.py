"""The shape of pseudonyms and masks: what stands in a text where something personal or secret stood.

A pseudonym is a label, `-rx`, and 14 characters of a keyed digest: `PERSON-rx7k2m9q4txw3ab5`. It has only letters,
digits and hyphens, so that JSON, Markdown and URL quoting leave it alone, and it is found again whatever its case.
Where a schema wants an e-mail address it is `INBOX-rx…@redacted.invalid` (RFC 2606).

Two pseudonyms never overlap and never melt into the text beside them: their length is fixed, no label ends with
another label, and each label has a letter (I, L, O or U) that a digest cannot have. The tests hold the labels to it.

A mask, `[SECRET:github_token]`, is one way. Only masks whose name is known count as masks: otherwise anybody could
carry text past the detectors in brackets.
"""

import re
from collections.abc import Callable

from roxy.privacy import keyed

LITERAL = "LITERAL"
"""The type of text that only looks like a pseudonym."""
LABELS = {
    "PERSON": "PERSON",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARDNO",
    "IBAN_CODE": "IBAN",
    "US_SSN": "SOCIALNO",
    "IP_ADDRESS": "IPADDR",
    "ADDRESS": "POSTADDR",
    "DATE_OF_BIRTH": "BIRTHDAY",
    "PASSPORT": "PASSPORT",
    "ACCOUNT": "ACCOUNT",
    "ID": "IDNUMBER",
    "CRYPTO": "WALLET",
    "USERNAME": "USERNAME",
    "LOCATION": "LOCALITY",
    LITERAL: LITERAL,
}
"""What each type is called in a pseudonym."""
OTHER_LABEL = "ITEM"
INBOX = "INBOX"
INBOX_HOST = "@redacted.invalid"
TYPES = {label: kind for kind, label in LABELS.items()} | {OTHER_LABEL: "ID", INBOX: "EMAIL_ADDRESS"}

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
DIGITS = 14
_STEM = 7

_BODY = f"-rx[{ALPHABET}]{{{DIGITS}}}"
SHAPE = re.compile(
    rf"(?:{'|'.join([*LABELS.values(), OTHER_LABEL])}){_BODY}|{INBOX}{_BODY}{re.escape(INBOX_HOST)}",
    re.IGNORECASE | re.ASCII,
)
"""What looks like a pseudonym; whether it is one, the vault of the session knows."""
_INSIDE = re.compile(rf"-[rR][xX][{ALPHABET}{ALPHABET.upper()}]{{{DIGITS}}}")
_ENDINGS = (*LABELS.values(), OTHER_LABEL, INBOX)
_LONGEST_LABEL = max(map(len, _ENDINGS))
_LENGTHS = sorted(set(map(len, _ENDINGS)))
_IS_LABEL = frozenset(_ENDINGS)

MASK = re.compile(r"\[SECRET:([a-z0-9_]{1,64})\]")
ONE_WAY = re.compile(
    rf"\[(?:{'|'.join([*LABELS.values(), OTHER_LABEL])}) hidden\]"
    rf"|(?:{'|'.join([*LABELS.values(), OTHER_LABEL])})-hx[0-9a-f]{{16}}(?![0-9A-Za-z])"
)
"""What a policy put in place of a value for good: its type, or a keyed digest of it."""

_UPPER = {ord(small): small.upper() for small in "abcdefghijklmnopqrstuvwxyz"}
_INBOX_END = INBOX_HOST.translate(_UPPER)


def make(key: bytes, value: str, kind: str, *, inbox: bool = False, attempt: int = 0, stem: str = "") -> str:
    """The pseudonym of `value` under a session's `key`: the same for the same value, unguessable without the key.

    `inbox` gives it the form of an e-mail address. `attempt` is counted up when two values collide (70 bits). Values
    with the same `stem` get pseudonyms whose first seven characters behind `rx` are the same (35 bits are left then).
    """
    body = _letters(number(key, value, attempt))
    if stem:
        body = _letters(number(key, f"stem\0{stem}", 0))[:_STEM] + body[_STEM:]
    if inbox:
        return f"{INBOX}-rx{body}{INBOX_HOST}"
    return f"{LABELS.get(kind, OTHER_LABEL)}-rx{body}"


def number(key: bytes, value: str, attempt: int) -> int:
    """72 bits that only who has the key can tell from `value`."""
    digest = keyed.digest(key, f"pseudonym\0{attempt}\0{value}".encode("utf-8", "surrogatepass"))
    return int.from_bytes(digest[:9], "big")


def _letters(number: int) -> str:
    return "".join(ALPHABET[number >> (5 * place) & 31] for place in range(DIGITS))


def canonical(pseudonym: str) -> str:
    """One spelling for all cases of a pseudonym. ASCII only: `str.upper` would change the length of other letters."""
    return pseudonym.translate(_UPPER)


def cover(kind: str) -> str:
    """What stands where a value of this type was hidden for good."""
    return f"[{LABELS.get(kind, OTHER_LABEL)} hidden]"


def hashed(kind: str, digest: str) -> str:
    """What stands where a value of this type was replaced by its keyed digest (16 hexadecimal digits) for good."""
    return f"{LABELS.get(kind, OTHER_LABEL)}-hx{digest}"


def spans(text: str) -> list[tuple[int, int]]:
    """Where `SHAPE` stands in `text`; searched from the middle, which takes a tenth of the time."""
    if "-r" not in text and "-R" not in text:
        return []
    found = []
    for inside in _INSIDE.finditer(text):
        start, end = inside.span()
        before = text[max(0, start - _LONGEST_LABEL) : start]
        label = _label(before) or _label(before.translate(_UPPER))
        if label == INBOX:
            label = label if text[end : end + len(INBOX_HOST)].translate(_UPPER) == _INBOX_END else ""
            end += len(INBOX_HOST)
        if label:
            found.append((start - len(label), end))
    return found


def _label(before: str) -> str:
    """The label with which `before` ends; empty when it ends with none."""
    for length in _LENGTHS:
        if before[-length:] in _IS_LABEL:
            return before[-length:]
    return ""


def replace(text: str, by: Callable[[str], str]) -> str:
    """`text` with what `by` says in place of each `SHAPE`."""
    built, at = [], 0
    for start, end in spans(text):
        built += [text[at:start], by(text[start:end])]
        at = end
    return "".join([*built, text[at:]]) if built else text


def mask(kind: str) -> str:
    """The mask of a secret that is called `kind`."""
    return f"[SECRET:{kind}]"


def mask_name(name: str) -> str:
    """`name` in the letters that a mask may have."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:64] or "secret"
