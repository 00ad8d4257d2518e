"""Checks of the labels: every span must look like what it is called, and nothing listed as a name may stand outside."""

import ipaddress
import json
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import unquote

from blind.numbers import iban_check, luhn_digit
from blind.people import LANDS, without_accents
from blind.sections import is_json, sections
from blind.templates import Row

DIGITS_OF_A_PHONE = range(8, 14)
SHORTEST_SECRET = 8
DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"


@cache
def _listed(*keys: str) -> frozenset[str]:
    lands = sections("lands.txt")
    return frozenset(value.lower() for land in LANDS for key in keys for value in lands[land].get(key, ()))


def _folded(name: str) -> str:
    return without_accents(name).casefold().replace("'", "").replace(DOTLESS_I, "i")


def _is_name(text: str) -> bool:
    known = {part for name in _listed("given", "family") for part in _folded(name).split()}
    return all(part in known or len(part) == 1 for part in re.split(r"[ ,.]+", _folded(text)))


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return luhn_digit(digits[:-1]) == digits[-1]


def _is_iban(text: str) -> bool:
    bare = text.replace(" ", "")
    return iban_check(bare[:2], bare[4:]) == bare[2:4]


def _is_ip(text: str) -> bool:
    return ipaddress.ip_address(text).is_global


CHECKS: dict[str, Callable[[str], bool]] = {
    "PERSON": _is_name,
    "LOCATION": lambda text: text.lower() in _listed("city", "place", "country"),
    "ADDRESS": lambda text: any(sign.isdigit() for sign in text),
    "EMAIL_ADDRESS": lambda text: bool(re.fullmatch(r"[a-z0-9._+]+@([a-z-]+\.)+[a-z]{2,3}", unquote(text).lower())),
    "PHONE_NUMBER": lambda text: sum(sign.isdigit() for sign in text) in DIGITS_OF_A_PHONE,
    "CREDIT_CARD": _is_card,
    "IBAN_CODE": _is_iban,
    "US_SSN": lambda text: bool(re.fullmatch(r"\d{3}[ -]?\d\d[ -]?\d{4}", text)),
    "IP_ADDRESS": _is_ip,
    "SECRET": lambda text: len(text) >= SHORTEST_SECRET and not re.search(r"\s", text),
    "DATE_OF_BIRTH": lambda text: bool(re.search(r"(19[3-9]|200)\d", text)),
    "PASSPORT": lambda text: bool(re.fullmatch(r"[A-Z0-9]{8,10}", text)),
}


def problems(row: Row) -> list[str]:
    """What is wrong with the labels of a line."""
    found = [f"{kind}: {row.text[a:b]!r}" for a, b, kind in row.spans if not CHECKS[kind](row.text[a:b])]
    ends = [0, *(place for span in sorted(row.spans) for place in span[:2]), len(row.text)]
    if ends != sorted(ends):
        found.append("spans overlap")
    if is_json(row.text):
        json.loads(row.text)
    if "«" in row.text or "»" in row.text:
        found.append("a slot was left")
    return found


def strays(row: Row) -> list[str]:
    """Listed names and places that stand outside the labels: to be looked at with one's own eyes."""
    outside = list(row.text)
    for start, end, _ in row.spans:
        outside[start:end] = "\0" * (end - start)
    listed = _listed("given", "family", "city", "place", "country")
    return [word for word in re.findall(r"[^\W\d_]+", "".join(outside)) if word[0].isupper() and word.lower() in listed]
