"""Twelve ways to write a number of a person so that a plain search misses it."""

import base64
import html
from collections.abc import Callable
from urllib.parse import quote

from unseen.values import Harmless

WORDS = "zero one two three four five six seven eight nine".split()
HOMOGLYPHS = str.maketrans({"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441"})


def _inside(text: str, sign: str) -> str:
    """With `sign` in three places."""
    third = max(1, len(text) // 4)
    return text[:third] + sign + text[third : 2 * third] + sign + text[2 * third : 3 * third] + sign + text[3 * third :]


def _foreign(zero: int) -> Callable[[str], str]:
    return lambda text: "".join(chr(zero + int(sign)) if sign.isascii() and sign.isdigit() else sign for sign in text)


def _homoglyphs(text: str) -> str:
    return text.translate(HOMOGLYPHS) if "@" in text else _foreign(0x1D7EC)(text)


def _spelled(text: str) -> str:
    """`at` and `dot` in an address; each digit in words in a number."""
    if "@" in text:
        return text.replace("@", " at ").replace(".", " dot ")
    if text.count(".") == 3 or "::" in text:
        return text.replace(".", " dot ").replace(":", " colon ")
    return " ".join(
        WORDS[int(sign)] if sign.isdigit() else {"+": "plus"}.get(sign, sign) for sign in text if sign not in " -()/"
    )


def _spaced(text: str) -> str:
    return text.replace("@", " @ ").replace(".", " . ") if "@" in text else " ".join(text.replace(" ", ""))


def _mixed(text: str) -> str:
    """Other signs between the groups than are usual."""
    if "@" in text:
        return text.replace("@", "(at)").replace(".", "[.]")
    if text.count(".") == 3 or ":" in text:
        return text.replace(".", "[.]").replace(":", "[:]")
    groups = text.replace("-", " ").split(" ")
    if len(groups) < 3:
        groups = [text[at : at + 4] for at in range(0, len(text), 4)]
    return "".join(
        group + sign for group, sign in zip(groups, ["-", " ", " - ", ".", "\u2013", "\u00a0"] * 3, strict=False)
    ).rstrip("- .\u2013\u00a0")


def _split(text: str) -> str:
    """Broken over two lines, where a mail program would."""
    for sign in ("@", " ", "-", ".", ":"):
        if sign in text:
            at = text.index(sign, len(text) // 3) if sign in text[len(text) // 3 :] else text.index(sign)
            return text[: at + 1].rstrip(" ") + "\n" + text[at + 1 :]
    return text[: len(text) // 2] + "\n" + text[len(text) // 2 :]


EVASIONS: dict[str, Callable[[str], str]] = {
    "full-width": lambda text: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text),
    "zero-width": lambda text: _inside(text, "\u200b"),
    "percent": lambda text: (
        quote(text, safe="") if "@" in text or " " in text else "".join(f"%{byte:02x}" for byte in text.encode())
    ),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "entities": lambda text: (
        html.escape(text).replace("@", "&#64;").replace(".", "&period;")
        if "@" in text
        else "".join(f"&#{ord(sign)};" for sign in text)
    ),
    "split lines": _split,
    "soft hyphen": lambda text: _inside(text, "\u00ad"),
    "homoglyphs": _homoglyphs,
    "spelled": _spelled,
    "spaces": _spaced,
    "mixed separators": _mixed,
    "other digits": _foreign(0x0966),
}
STRUCTURED: dict[str, tuple[str, Callable[[Harmless], str]]] = {
    "email": ("email address", Harmless.email),
    "card": ("credit card", Harmless.card),
    "iban": ("IBAN", Harmless.iban),
    "ssn": ("social security number", Harmless.ssn),
    "ip": ("IP address", Harmless.ip),
    "ipv6": ("IP address", Harmless.ipv6),
    "phone": ("phone number", Harmless.phone_int),
}
