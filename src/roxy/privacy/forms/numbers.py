"""Numbers that stand for personal numbers, so that a number stays one: it is never replaced by text.

They are from ranges that begin with 999 and that nobody is given: no country has the calling code 999 (ITU-T E.164) or
the area code 999 (North American plan), no issuer the cards 99999 (ISO/IEC 7812), no person the US social security
group 00; as a time in milliseconds they lie in the year 33658, as a date in 9999. The first is below 2^53, so that a
server which reads numbers as doubles (RFC 8259, section 6) gives it back as it was. Which one is taken, and where in
it, follows from what the schema demands; where none fits, the call is blocked.

The vault keeps the number as it was written, so it comes back as the very same: an integer of any length, a float.
"""

import json
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

NUMBER = "number"
"""How a form begins that stands for a number."""
ROOM = 1_000
"""A range with fewer numbers than this fits nothing: they would soon be used up, or could be tried."""
_RANGES = (
    (999_990_000_000_000, 999_999_999_999_999),
    (999_900_000_000, 999_999_999_999),
    (9_999_000_000, 9_999_999_999),
    (999_000_001, 999_009_999),
    (99_990_000, 99_999_999),
    (9_999_990_000_000_000, 9_999_999_999_999_999),
)
SHORTEST = 4
"""Digits: one with fewer would be replaced wherever it stands, and so few are everywhere."""
SHAPE = r"999\d{5,13}"
"""What may be one of them, as digits; whether it is, the vault knows."""
_DIGITS = re.compile(SHAPE)
_LIMITS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "format")
_WIDTHS = {"int32": 2**31 - 1, "uint32": 2**32 - 1}


def form_for(schema: Mapping[str, Any], value: float) -> str:
    """The form of what stands for `value` in a leaf with this schema; empty when nothing fits.

    What the value itself does not fit is not demanded of what stands for it.
    """
    if len(bare(written(value))) < SHORTEST:
        return ""
    low, high, step = _bounds(schema)
    if not low <= value <= high:
        low, high = -math.inf, math.inf
    for first, last in _RANGES:
        start = math.ceil(max(first, low) / step) * step
        count = (math.floor(min(last, high)) - start) // step + 1
        if count >= ROOM:
            return f"{NUMBER}:{start}:{count}:{step}"
    return ""


def why_not(schema: Mapping[str, Any]) -> str:
    """Why nothing stands for a number: in words, after "and"."""
    limits = [f"{name} {schema[name]}" for name in _LIMITS if name in schema]
    if limits:
        return f"none that could stand for it fits what the tool takes ({', '.join(limits)})"
    return f"one with fewer than {SHORTEST} digits cannot be replaced"


def make(form: str, number: int) -> str:
    """The number of this form that `number`, which is anything, falls upon, as digits."""
    _, start, count, step = form.split(":")
    return str(int(start) + number % int(count) * int(step))


def written(value: float) -> str:
    """A number as digits where it is whole: what stands for one is found by them, whoever made it a float."""
    return str(value).removesuffix(".0")


def bare(value: str) -> str:
    """The digits by which a number that was written so is known in texts."""
    return value.removeprefix("-").removesuffix(".0")


def stands(text: str) -> bool:
    """Whether a whole text may be one of them."""
    return _DIGITS.fullmatch(text) is not None


def read(text: str) -> float | None:
    """The number that was written so, an integer or a float; None when it is none (RFC 8259, section 6)."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _bounds(schema: Mapping[str, Any]) -> tuple[float, float, int]:
    """The least and the largest number that the schema takes, and what integers must be multiples of."""
    width = _WIDTHS.get(str(schema.get("format")), math.inf)
    low = max(_number(schema.get("minimum"), -math.inf), _beyond(schema, "exclusiveMinimum", "minimum", 1))
    high = min(_number(schema.get("maximum"), width), _beyond(schema, "exclusiveMaximum", "maximum", -1), width)
    step = _number(schema.get("multipleOf"), 1)
    return low, high, Fraction(str(step)).numerator if 0 < step < math.inf else 1


def _beyond(schema: Mapping[str, Any], name: str, other: str, by: int) -> float:
    """The first whole number beyond an exclusive limit; in drafts up to 4 it was a flag beside the other one."""
    limit = schema.get(name)
    if limit is True:
        limit = schema.get(other)
    found = _number(limit, -by * math.inf)
    return found if math.isinf(found) else (math.floor(found) if by > 0 else math.ceil(found)) + by


def _number(value: object, default: float) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value == value else default  # noqa: PLR0124 - NaN
