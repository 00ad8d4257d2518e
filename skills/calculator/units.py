"""Units: which quantity is to become which unit, and the conversion with `pint` (loaded when the first one is done).

Spoken names come first ("centigrade", "pounds", "square feet"); all else that pint knows works too.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

from rapidfuzz import process

from .numerals import plain_figures, read

if TYPE_CHECKING:
    import pint

_CURRENCY = {
    "dollar",
    "dollars",
    "usd",
    "euro",
    "euros",
    "eur",
    "gbp",
    "sterling",
    "quid",
    "yen",
    "jpy",
    "yuan",
    "renminbi",
    "rupee",
    "rupees",
    "inr",
    "franc",
    "francs",
    "chf",
    "peso",
    "pesos",
    "krona",
    "kronor",
    "krone",
    "kroner",
    "zloty",
    "bitcoin",
    "bitcoins",
    "btc",
    "bucks",
    "cents",
    "ruble",
    "rubles",
    "won",
    "baht",
    "lira",
    "$",
    "€",
    "£",
    "¥",
}
_SPOKEN = {
    "c": "degC", "degree c": "degC", "degrees c": "degC", "celsius": "degC", "degree celsius": "degC",
    "degrees celsius": "degC", "centigrade": "degC", "degrees centigrade": "degC", "°c": "degC",
    "f": "degF", "degree f": "degF", "degrees f": "degF", "fahrenheit": "degF", "degree fahrenheit": "degF",
    "degrees fahrenheit": "degF", "°f": "degF", "k": "kelvin", "degrees kelvin": "kelvin",
    "in": "inch", "ins": "inch", "inches": "inch", '"': "inch", "'": "foot", "ft": "foot", "m": "meter",
    "metre": "meter",
    "metres": "meter", "h": "hour", "hrs": "hour", "mins": "minute", "secs": "second", "s": "second", "d": "day",
    "kmh": "km/hour", "km/h": "km/hour", "kph": "km/hour", "kilometers per hour": "km/hour",
    "kilometres per hour": "km/hour", "kilometers an hour": "km/hour", "miles per hour": "mile/hour",
    "miles an hour": "mile/hour", "mph": "mile/hour", "m/s": "meter/second", "meters per second": "meter/second",
    "metres per second": "meter/second", "feet per second": "foot/second", "mpg": "mile/gallon",
    "miles per gallon": "mile/gallon", "knots": "knot", "nautical miles": "nautical_mile",
    "nautical mile": "nautical_mile",
    "lb": "pound", "lbs": "pound", "pounds": "pound", "oz": "ounce", "ounces": "ounce", "stone": "stone",
    "stones": "stone", "st": "stone",
    "t": "metric_ton", "ton": "ton", "tons": "ton", "tonne": "metric_ton", "tonnes": "metric_ton", "kilo": "kilogram",
    "kilos": "kilogram", "floz": "fluid_ounce", "fl oz": "fluid_ounce", "fluid ounce": "fluid_ounce",
    "fluid ounces": "fluid_ounce", "tbsp": "tablespoon", "tbsps": "tablespoon", "tsp": "teaspoon", "tsps": "teaspoon",
    "l": "liter", "litre": "liter", "litres": "liter", "imperial pint": "imperial_pint",
    "imperial gallon": "imperial_gallon",
    "imperial gallons": "imperial_gallon", "imperial pints": "imperial_pint", "us gallons": "gallon",
    "us gallon": "gallon",
    "sq ft": "foot**2", "sq m": "meter**2", "sqm": "meter**2", "sqft": "foot**2", "m2": "meter**2", "m3": "meter**3",
    "km2": "km**2", "ft2": "foot**2", "cc": "cm**3", "gb": "gigabyte", "mb": "megabyte", "kb": "kilobyte",
    "tb": "terabyte",
    "gib": "gibibyte", "mib": "mebibyte", "kib": "kibibyte", "kwh": "kilowatt_hour", "kilowatt hours": "kilowatt_hour",
    "kilowatt hour": "kilowatt_hour", "hp": "horsepower", "cal": "calorie", "calories": "calorie",
    "kcal": "kilocalorie",
    "light years": "light_year", "light year": "light_year", "degrees": "degree", "deg": "degree",
    "fortnights": "fortnight",
    "percent": "percent", "mmhg": "mmHg", "w": "watt", "kw": "kilowatt", "j": "joule", "kj": "kilojoule",
}  # fmt: skip
_EVERYDAY = [
    "acres",
    "bars",
    "bytes",
    "cups",
    "centimeters",
    "days",
    "feet",
    "gallons",
    "grams",
    "hectares",
    "hours",
    "inches",
    "joules",
    "kelvin",
    "kilograms",
    "kilometers",
    "kilowatts",
    "liters",
    "megabytes",
    "meters",
    "miles",
    "milligrams",
    "milliliters",
    "millimeters",
    "minutes",
    "months",
    "ounces",
    "pascals",
    "pints",
    "quarts",
    "seconds",
    "tablespoons",
    "teaspoons",
    "terabytes",
    "volts",
    "watts",
    "weeks",
    "yards",
    "years",
]
_POWERS = {"square": "**2", "sq": "**2", "cubic": "**3", "cubed": "**3", "squared": "**2"}
_SMALLER = {"foot": "inch", "stone": "pound", "hour": "minute", "pound": "ounce", "minute": "second"}
"""What a number without a unit counts after another: 5 foot 11."""
_UNCHANGED = {
    "degC": "degrees Celsius", "degF": "degrees Fahrenheit", "kelvin": "kelvin", "percent": "percent", "stone": "stone",
    "horsepower": "horsepower",
}  # fmt: skip
_DIMENSIONS = {"": "", "2": "square ", "3": "cubic "}
_PLURALS = {"foot": "feet", "inch": "inches"}
_SHARES = {"a half": 0.5, "a quarter": 0.25, "one half": 0.5, "one quarter": 0.25, "three quarters": 0.75}
_HALVES = frozenset(_SHARES.values())
_NEAR = 55
_TO = r"(?:to|into|in|as|=|equals?)"
_FORMS = (
    re.compile(
        r"how (?:many|much) (?P<to>.+?) "
        r"(?:are there in|is there in|are in|is in|are|is|in|make up|make|to|per|equals?|does|do) (?P<from>.+)"
    ),
    re.compile(
        r"(?:how (?:much|many|hot|cold|far|long|fast|tall|heavy|big) (?:is|are)|what(?:'?s| is| are)?|convert|change|"
        rf"turn|express) (?P<from>.+) {_TO} (?P<to>.+)"
    ),
    re.compile(rf"(?P<from>.+) {_TO} (?P<to>[^\d]+)"),
)
_WORDS = re.compile(r"\d+(?:\.\d+)?|\.\d+|[^\W\d_]+(?:/[^\W\d_]+)*[23]?|°\w*|['\"$€£¥]|/")


class CannotConvertError(Exception):
    """Why there is no result, as a sentence for people."""


def split(said: str) -> tuple[str, str] | None:
    """The quantity and the unit that `said` asks for: "how many feet in 3 miles" is `("3 miles", "feet")`."""
    text = re.sub(r"[?!.]+$", "", plain_figures(said.casefold().replace("\u2019", "'")).strip())
    text = re.sub(
        r"^(?:(?:hey |ok )?roxy |please |(?:can|could) you (?:please )?|tell me )+|(?: please| roxy)+$", "", text
    )
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return found["from"].strip(), re.sub(r"^(?:the |a )", "", found["to"].strip())
    return None


def convert(quantity: str, to: str) -> tuple[float, str, str]:
    """`quantity` in the unit `to`: the number, the unit's name, and the quantity as it was understood.

    Raises:
        CannotConvertError: an unknown unit (with the nearest names), units of different kinds, or money.

    """
    if _is_money(quantity) or _is_money(to):
        raise CannotConvertError(
            "I cannot convert money: exchange rates change, and I do not ask the network for them."
        )
    amounts = _amounts(quantity)
    target = _unit(to)
    registry = _registry()
    if "ounce" in {target, amounts[0][1]} and registry.Quantity(1, _other(target, amounts)).check("[volume]"):
        amounts, target = _fluid(amounts, target)
    total = registry.Quantity(*amounts[0])
    for amount, unit in amounts[1:]:
        total = total + registry.Quantity(amount, unit)
    if total.dimensionality != registry.Quantity(1, target).dimensionality:
        raise CannotConvertError(
            f"{_plural(amounts[0][1]).capitalize()} and {_plural(target)} do not measure the same thing."
        )
    said = " ".join(f"{figure(amount)} {_named(unit, amount)}" for amount, unit in amounts)
    result = float(total.to(target).magnitude)
    return result, _named(target, result), said


def _other(target: str, amounts: list[tuple[float, str]]) -> str:
    return amounts[0][1] if target == "ounce" else target


def _fluid(amounts: list[tuple[float, str]], target: str) -> tuple[list[tuple[float, str]], str]:
    """Ounces beside a volume are fluid ounces."""
    fluid = [(amount, "fluid_ounce" if unit == "ounce" else unit) for amount, unit in amounts]
    return fluid, "fluid_ounce" if target == "ounce" else target


def _is_money(text: str) -> bool:
    return any(part in _CURRENCY or part[0] in "$€£¥" for part in _WORDS.findall(text))


@cache
def _registry() -> "pint.UnitRegistry":
    import pint  # noqa: PLC0415 - takes a tenth of a second, and most turns need no units

    registry = pint.UnitRegistry(autoconvert_offset_to_baseunit=True, on_redefinition="ignore")
    registry.define("acre = 4840 * yard ** 2")  # the survey foot, which pint takes, was given up in 2022
    return registry


def _amounts(text: str) -> list[tuple[float, str]]:
    """`5 foot 11` is five feet and eleven inches; `a mile and a half` is one and a half."""
    parts = _WORDS.findall(re.sub(r"(?<=[a-z])-(?=[a-z])|\band\b", " ", text))
    at = int(parts[:1] in (["minus"], ["negative"]))
    sign = -1 if at or text.startswith("-") else 1
    found: list[tuple[float, str]] = []
    while at < len(parts):
        amount, at = _amount(parts, at)
        end = _end_of_name(parts, at)
        unit = _unit_of(" ".join(parts[at:end]), amount, found[-1][1] if found else "")
        if not unit:
            raise CannotConvertError(f"I do not know which unit “{text}” is in. Say for example “3 miles in feet”.")
        found.append((sign * (1.0 if amount is None else amount), unit))
        at = end
    if not found:
        raise CannotConvertError(f"I do not see a quantity in “{text}”. Say for example “3 miles in feet”.")
    return found


def _end_of_name(parts: list[str], at: int) -> int:
    """Where the unit that begins at `at` ends: before the next number."""
    end = at
    while end < len(parts) and read(parts, end) is None and not (end > at and parts[end] in {"a", "an"}):
        end += 1
    return end


def _unit_of(name: str, amount: float | None, before: str) -> str:
    """The unit called `name`; without one, that of the half of what was `before`, or the next smaller one."""
    if name:
        return _unit(name)
    return before if amount in _HALVES else _SMALLER.get(before, "")


def _amount(parts: list[str], at: int) -> tuple[float | None, int]:
    """The number at `at`: in figures or words, `a`, `half a`,
    `three and a half` (its "and" is gone); None without one.
    """
    number = read(parts, at)
    if number:
        share = _SHARES.get(" ".join(parts[number[1] : number[1] + 2]))
        return (float(number[0]) + share, number[1] + 2) if share else (float(number[0]), number[1])
    if share := _SHARES.get(" ".join(parts[at : at + 2])):
        return share, at + 2
    if parts[at] in {"half", "quarter"}:
        return (0.5 if parts[at] == "half" else 0.25), at + 1 + (parts[at + 1 : at + 2] in (["a"], ["an"]))
    return (1.0, at + 1) if parts[at] in {"a", "an"} else (None, at)


def _unit(name: str) -> str:
    """Pint's name of a unit; raises `CannotConvertError` with the nearest names."""
    words = name.split()
    name = " ".join(words)
    if found := _SPOKEN.get(name) or _compound(words):
        return found
    for form in ("_".join(words), "_".join(words).removesuffix("s"), "".join(words)):
        if form in _known() or _parses(form):
            return form
    near = [found for found, score, _ in process.extract(name, sorted(_common()), limit=3) if score >= _NEAR]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise CannotConvertError(f"I do not know the unit “{name}”.{hint}")


def _compound(words: list[str]) -> str:
    """`square feet`, `meters squared` and `miles per hour`; empty when it is none of these."""
    if len(words) > 1 and words[0] in _POWERS:
        return f"({_unit(' '.join(words[1:]))}){_POWERS[words[0]]}"
    if len(words) > 1 and words[-1] in _POWERS:
        return f"({_unit(' '.join(words[:-1]))}){_POWERS[words[-1]]}"
    if "per" not in words[1:-1]:
        return ""
    at = words.index("per")
    return f"({_unit(' '.join(words[:at]))})/({_unit(' '.join(words[at + 1 :]))})"


@cache
def _known() -> frozenset[str]:
    return frozenset(str(name) for name in _registry()._units)  # noqa: SLF001 - pint lists its names nowhere else


@cache
def _common() -> frozenset[str]:
    """The names that a nearest one is looked for among: long enough to have been meant."""
    names = {name for name in _SPOKEN if len(name) > 3} | set(_EVERYDAY)  # noqa: PLR2004 - abbreviations are all alike
    return frozenset(names)


def _parses(form: str) -> bool:
    """Whether pint makes a unit of it (`kilometers`, `cm`), and not by chance of two letters."""
    if not re.fullmatch(r"[a-zµ_]+(?:/[a-z_]+)?", form):
        return False
    try:
        _registry().parse_units(form)
    except Exception:  # noqa: BLE001 - pint raises errors of several libraries for what it does not know
        return False
    return True


def _plural(unit: str) -> str:
    return _named(unit, 2.0)


def _named(unit: str, amount: float) -> str:
    """A unit for people: `feet`, `degrees Celsius`, `kilometers per hour`."""
    if unit in _UNCHANGED:
        return _UNCHANGED[unit]
    top, slash, bottom = unit.replace("(", "").replace(")", "").partition("/")
    base, _, power = top.partition("**")
    name = str(_registry().get_name(base)).replace("_", " ")
    one = f"{_DIMENSIONS[power]}{name}"
    if abs(amount) != 1:
        one = f"{_DIMENSIONS[power]}{_PLURALS.get(name, name if name.endswith('s') else f'{name}s')}"
    return f"{one} per {str(_registry().get_name(bottom)).replace('_', ' ')}" if slash else one


def figure(number: float) -> str:
    """Two decimals from 1 on, three significant figures below, thousands apart, very large ones with an exponent."""
    if number and not 1e-4 <= abs(number) < 1e15:  # noqa: PLR2004 - beyond this nobody counts noughts
        return f"{number:.4g}"
    if abs(number) >= 1 or not number:
        return f"{number:,.2f}".rstrip("0").rstrip(".")
    return f"{number:.3g}"
