"""What Roxy knows of the user, and how they change it by saying so: it is written into their own `roxy.yaml`."""

import asyncio
from collections.abc import Callable, Mapping

from roxy.config.edit import set_in_file
from roxy.config.layers import SETTINGS_FILE
from roxy.config.loader import nearest
from roxy.config.places import Places
from roxy.config.profile import zone
from roxy.config.settings import load_settings
from roxy.contracts.skills import UserProfile
from roxy.errors import ConfigError

_UNITS = ("metric", "imperial")


class ProfileKeeper:
    """The user as they are now; implements the contracts' `ProfileEditor`."""

    def __init__(self, places: Places, environ: Mapping[str, str], now: UserProfile) -> None:
        self._places = places
        self._environ = environ
        self.current = now
        self.on_name: Callable[[str], None] | None = None
        """Hears how the user is called from now on: that must not leave."""

    async def change(
        self,
        *,
        name: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
        units: str | None = None,
    ) -> UserProfile:
        """Write what is given; returns the user as they are then, for a variable may stand above the file."""
        if timezone is not None:
            _check_zone(timezone)
        if units is not None and units not in _UNITS:
            raise ConfigError(f"There are no units {units!r}.", hint=f"Say one of: {', '.join(_UNITS)}.")
        given = {"name": name, "timezone": timezone, "locale": locale, "units": units}
        await asyncio.to_thread(self._write, {key: value for key, value in given.items() if value is not None})
        if self.on_name is not None and self.current.name:
            self.on_name(self.current.name)
        return self.current

    def _write(self, values: Mapping[str, str]) -> None:
        for key, value in values.items():
            set_in_file(self._places.config / SETTINGS_FILE, ["user", key], value)
        self.current = load_settings(self._places, self._environ).profile(self._environ)


def _check_zone(name: str) -> None:
    try:
        zone(name)
    except ValueError:
        # Only a mistake pays for the list of all zones.
        from zoneinfo import available_timezones  # noqa: PLC0415

        meant = nearest(name, available_timezones())
        hint = f"Did you mean {meant}?" if meant else "Say it as Europe/Berlin."
        raise ConfigError(f"There is no time zone {name!r}.", hint=hint) from None
