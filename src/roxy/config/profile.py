"""What can be known of the user without asking: time zone, locale and units, from the system."""

import warnings
from collections.abc import Mapping
from zoneinfo import ZoneInfo

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_MEASUREMENT_VARIABLES = ("LC_ALL", "LC_MEASUREMENT", "LANG")
_NO_LOCALE = frozenset({"", "C", "POSIX"})
_IMPERIAL = frozenset({"US", "LR", "MM"})
"""Territories whose everyday units are not metric (CLDR, `measurementSystem`)."""


def zone(name: str) -> ZoneInfo:
    """The time zone `name` of the tz database; raises `ValueError` when there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error


def guess_timezone() -> ZoneInfo:
    """The system's time zone; UTC when it has none that is known."""
    # Only needed where the user told none; every command pays for what is imported above.
    import tzlocal  # noqa: PLC0415

    with warnings.catch_warnings():
        # It warns when a container has no zone; UTC is then what people expect.
        warnings.simplefilter("ignore")
        try:
            name = tzlocal.get_localzone_name()
        except (ValueError, LookupError):
            return zone("UTC")
    try:
        return zone(name or "UTC")
    except ValueError:
        return zone("UTC")


def guess_locale(environ: Mapping[str, str]) -> str:
    """The locale of messages, such as `de_DE`; `en_US` when the system has none."""
    return _first(environ, _LOCALE_VARIABLES) or "en_US"


def guess_units(environ: Mapping[str, str], locale: str) -> str:
    """`imperial` or `metric`, by the territory of `locale` when the user chose one, else of the system's locale."""
    territory = (locale or _first(environ, _MEASUREMENT_VARIABLES)).partition("_")[2]
    return "imperial" if territory in _IMPERIAL else "metric"


def _first(environ: Mapping[str, str], variables: tuple[str, ...]) -> str:
    for variable in variables:
        locale = environ.get(variable, "").partition(".")[0].partition("@")[0]
        if locale not in _NO_LOCALE:
            return locale
    return ""
