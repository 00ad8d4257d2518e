"""Which time zone a place has: zones by name first, then countries, then the cities and states that have an airport.

Zone names and abbreviations cost nothing; the table of countries is read when a name is no zone, and the table of
airports (`airportsdata`, 8 MB) only when neither knows it.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

_AREAS = (
    "Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian", "America/Argentina",
    "America/Indiana", "America/Kentucky", "America/North_Dakota", "Antarctica", "Arctic",
)  # fmt: skip
_NAMED = {
    "utc": "UTC", "gmt": "Etc/GMT", "zulu": "UTC", "universal time": "UTC", "greenwich": "Etc/GMT",
    "pacific": "America/Los_Angeles", "pt": "America/Los_Angeles", "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "mountain": "America/Denver", "mt": "America/Denver", "mst": "America/Denver", "mdt": "America/Denver",
    "central": "America/Chicago", "ct": "America/Chicago", "cst": "America/Chicago", "cdt": "America/Chicago",
    "eastern": "America/New_York", "et": "America/New_York", "est": "America/New_York", "edt": "America/New_York",
    "alaska": "America/Anchorage", "akst": "America/Anchorage", "hawaii": "Pacific/Honolulu", "hst": "Pacific/Honolulu",
    "atlantic": "America/Halifax", "newfoundland": "America/St_Johns", "brt": "America/Sao_Paulo",
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "central european": "Europe/Berlin", "mez": "Europe/Berlin",
    "eet": "Europe/Athens", "eest": "Europe/Athens", "eastern european": "Europe/Athens", "wet": "Europe/Lisbon",
    "western european": "Europe/Lisbon", "bst": "Europe/London", "british": "Europe/London", "msk": "Europe/Moscow",
    "indian standard": "Asia/Kolkata", "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong", "jst": "Asia/Tokyo",
    "japan standard": "Asia/Tokyo", "kst": "Asia/Seoul", "awst": "Australia/Perth", "acst": "Australia/Adelaide",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland",
    "nyc": "America/New_York", "new york city": "America/New_York", "la": "America/Los_Angeles",
    "sf": "America/Los_Angeles",
    "washington": "America/New_York", "washington dc": "America/New_York", "bombay": "Asia/Kolkata",
    "peking": "Asia/Shanghai",
    "beijing": "Asia/Shanghai", "saigon": "Asia/Ho_Chi_Minh", "kyiv": "Europe/Kiev", "rio": "America/Sao_Paulo",
}  # fmt: skip
_COUNTRIES = {
    "uk": "GB", "england": "GB", "britain": "GB", "great britain": "GB", "united kingdom": "GB", "scotland": "GB",
    "wales": "GB", "northern ireland": "GB", "usa": "US", "us": "US", "america": "US", "the states": "US",
    "united states of america": "US", "uae": "AE", "emirates": "AE", "south korea": "KR", "korea": "KR",
    "north korea": "KP", "holland": "NL", "the netherlands": "NL", "turkey": "TR", "czechia": "CZ", "ivory coast": "CI",
    "vatican": "VA", "burma": "MM", "macedonia": "MK", "taiwan": "TW", "vietnam": "VN", "iran": "IR", "syria": "SY",
    "laos": "LA", "bosnia": "BA", "palestine": "PS", "bolivia": "BO", "tanzania": "TZ", "moldova": "MD", "brunei": "BN",
}  # fmt: skip
_MAJORITY = 0.8
"""A state whose airports are to this share in one zone has that one ("Florida")."""
_MOST_SHOWN = 6
_ABBREVIATION = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place and its zone."""

    name: str
    zone: ZoneInfo


def find(said: str, now: datetime) -> list[Place]:
    """The places that `said` can mean, one for each zone they have at `now`; empty when none is known."""
    name = " ".join(said.replace(",", ", ").replace(".", "").replace("\u2019", "'").replace(" ,", ",").split()).strip(
        " ,?!"
    )
    key = name.casefold().removeprefix("the ")
    return _find(key, name, now) or _find(_unaccented(key), name, now)


def _unaccented(key: str) -> str:
    """`zurich` for `zürich`."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", key) if not unicodedata.combining(sign))


def _find(key: str, name: str, now: datetime) -> list[Place]:
    for ending in (" standard time", " daylight time", " summer time", " time zone", " timezone", " time"):
        key = key.removesuffix(ending)
    known = _zone(key) or _country_zone(key)
    if isinstance(known, ZoneInfo):
        return [Place(_label(name), known)]
    found = _apart(known or _cities(key), now)
    return [Place(_label(name), found[0].zone)] if known and len(found) == 1 else found


def _label(name: str) -> str:
    """The name in capitals where it was said without."""
    if len(name) <= _ABBREVIATION:
        return name.upper()
    return " ".join(word if word != word.lower() else word.capitalize() for word in name.split())


def _zone(key: str) -> ZoneInfo | None:
    """A zone by its abbreviation, its full name or its city."""
    if key in _NAMED:
        return ZoneInfo(_NAMED[key])
    if "/" in key:
        return _load("/".join(_titled(part) for part in key.split("/")))
    city = _titled(key)
    return next((zone for area in _AREAS if (zone := _load(f"{area}/{city}"))), None)


def _titled(name: str) -> str:
    """`new york` as zones spell it; "of", "es" and the like stay small."""
    words = name.strip().replace("-", " ").replace("'", "").split()
    small = {"of", "es", "au", "da"}
    return "_".join(word if word in small else word[:1].upper() + word[1:] for word in words)


def _load(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _country_zone(key: str) -> ZoneInfo | list[Place] | None:
    """A country's only zone, or all of them."""
    code = _COUNTRIES.get(key) or _codes().get(key)
    zones = _zones_of_countries().get(code, []) if code else []
    if len(zones) == 1:
        return ZoneInfo(zones[0])
    return [Place(zone.rsplit("/", 1)[-1].replace("_", " "), ZoneInfo(zone)) for zone in zones] or None


def _table(name: str) -> list[list[str]]:
    """The lines of `zone.tab` or `iso3166.tab`, from the tzdata package or the system."""
    try:
        text = resources.files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        file = next((path for root in TZPATH if (path := Path(root) / name).is_file()), None)
        text = file.read_text(encoding="utf-8") if file else ""
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _codes() -> dict[str, str]:
    return {name.casefold(): code for code, name, *_ in _table("iso3166.tab")}


@cache
def _zones_of_countries() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = {}
    for code, _, zone, *_ in _table("zone.tab"):
        zones.setdefault(code, []).append(zone)
    return zones


@cache
def _airports() -> tuple[tuple[str, str, str, str], ...]:
    """City, state, country code and zone of every airport, in lower case but the zone."""
    import airportsdata  # noqa: PLC0415 - reads a large table, for places that are no zone and no country

    loaded = airportsdata.load("IATA").values()
    return tuple((one["city"].casefold(), one["subd"].casefold(), one["country"], one["tz"]) for one in loaded)


def _cities(key: str) -> list[Place]:
    """Cities and states with an airport; "portland, oregon" and "portland oregon" name one of several."""
    city, _, within = (part.strip() for part in key.partition(","))
    words = city.split()
    cuts = [] if within else range(len(words) - 1, 0, -1)
    for name, where in [(city, within), *((" ".join(words[:cut]), " ".join(words[cut:])) for cut in cuts)]:
        found = [one for one in _airports() if one[0] == name and _lies_in(one, where)]
        if found:
            return [_airport_place(one) for one in found]
    return _states(city)


def _airport_place(airport: tuple[str, str, str, str]) -> Place:
    city, state, code, zone = airport
    return Place(f"{city.title()} ({state.title() or _country(code)}, {code})", ZoneInfo(zone))


def _states(name: str) -> list[Place]:
    zones = Counter(zone for _, state, _, zone in _airports() if state == name)
    if not zones:
        return []
    zone, count = zones.most_common(1)[0]
    if count >= _MAJORITY * zones.total():
        return [Place(name.title(), ZoneInfo(zone))]
    return [Place(f"{name.title()}, {zone.rsplit('/', 1)[-1].replace('_', ' ')}", ZoneInfo(zone)) for zone in zones]


def _lies_in(airport: tuple[str, str, str, str], within: str) -> bool:
    _, state, country, _ = airport
    return (
        not within
        or within in {state, country.casefold(), _country(country).casefold()}
        or _COUNTRIES.get(within) == country
    )


def _country(code: str) -> str:
    return next((name.title() for name, other in _codes().items() if other == code), code)


def _apart(places: Iterable[Place], now: datetime) -> list[Place]:
    """One place for each time that the clocks show, those with most places first."""
    groups: dict[object, list[Place]] = {}
    for place in places:
        groups.setdefault(now.astimezone(place.zone).utcoffset(), []).append(place)
    ordered = sorted(groups.values(), key=len, reverse=True)
    return [group[0] for group in ordered][:_MOST_SHOWN]


def nearest(said: str, limit: int = 3) -> list[str]:
    """The known names most like `said`."""
    from rapidfuzz import process, utils  # noqa: PLC0415 - only for places that are not known

    cities = {zone.rsplit("/", 1)[-1].replace("_", " ") for zones in _zones_of_countries().values() for zone in zones}
    near: list[str] = []
    for names in (cities | {name.title() for name in _codes()}, {city.title() for city, *_ in _airports()}):
        found = process.extract(said, sorted(names), processor=utils.default_process, limit=limit, score_cutoff=70)
        near += [name for name, *_ in found if name not in near]
    return near[:limit]
