"""Words for numbers, and for places in an order."""

from collections.abc import Mapping

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip

ONES: Mapping[str, int] = {word: value for value, word in enumerate(_ONES)}
"""`zero` to `nineteen`."""
TENS: Mapping[str, int] = {word: value * 10 for value, word in enumerate(_TENS, start=2)}
SMALL: Mapping[str, int] = {**ONES, **TENS}
"""Every number below a hundred that is one word."""
SCALES: Mapping[str, int] = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
GROUPS: Mapping[str, int] = {"hundred": 100, "dozen": 12}
ORDINALS: Mapping[str, int] = {word: value for value, word in enumerate(_ORDINALS, start=1)} | {"thirtieth": 30}
"""`first` to `twentieth`, and `thirtieth`: all that days of a month need, with `twenty` and `thirty` before them."""
