"""Takes over what is written into the files of declarations while Roxy runs.

Order of events: something in the folders of the configuration was saved; once the files hold still they are read as at
the start of Roxy. When all is well the servers that differ are declared anew (calls under way end on the old ones),
and those that start with Roxy are started. When something is wrong it is told once, with file and line, and what was
known before goes on to hold.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

from roxy.config.layers import SERVERS_FILE
from roxy.config.places import Places
from roxy.errors import ConfigError
from roxy.observe.logs import get_logger
from roxy.privacy.policy.file import PRIVACY_FILE
from roxy.skills.watch import watch_folders

_STILL = 0.05
"""Seconds in which no file may change before they are read: some editors write in place, piece by piece."""
_LOOKS = 20
_EMPTY = 0.3
"""Seconds that a file which has lost all it held is given to get it back: its writing may just have begun."""
_log = get_logger(__name__)

_Looks = dict[Path, tuple[int, int, int]]


class Watching:
    """Watches the declarations in `places`.

    `take` takes them over, and raises `ConfigError` for what is wrong; `tell` is told that, once.
    """

    def __init__(
        self, places: Places, take: Callable[[], Awaitable[None]], tell: Callable[[ConfigError], None]
    ) -> None:
        self.problem: ConfigError | None = None
        """What is wrong with the files as they are now; None when what they say holds."""
        self.started = asyncio.Event()
        self._places = places
        self._take = take
        self._tell = tell
        self._seen = _looks(places)

    async def run(self) -> None:
        """Watch until cancelled."""
        await watch_folders(_folders(self._places), self._saved, started=self.started)

    async def _saved(self, _paths: set[Path]) -> None:
        """Other files in these folders are saved, too: reading the few that matter is quick."""
        await self._still()
        try:
            await self._take()
        except ConfigError as wrong:
            if str(wrong) != str(self.problem):
                _log.error("declarations.refused", wrong, where=wrong.where)
                self.problem = wrong
                self._tell(wrong)
        else:
            if self.problem is not None:
                _log.info("declarations.right_again")
            self.problem = None

    async def _still(self) -> None:
        """Wait until the files hold still, and longer for one that was emptied or taken away."""
        now = _looks(self._places)
        for look in range(_LOOKS):
            await asyncio.sleep(_STILL)
            before, now = now, _looks(self._places)
            emptied = any(path not in now or not now[path][1] for path, seen in self._seen.items() if seen[1])
            if now == before and not (emptied and look * _STILL < _EMPTY):
                break
        self._seen = now


def _files(places: Places) -> Iterator[Path]:
    for folder in (places.site, places.project, places.config):
        yield folder / SERVERS_FILE
    for folder in (places.site, places.config):
        yield folder / PRIVACY_FILE


def _folders(places: Places) -> set[Path]:
    """Where the files are, and where those are that are links to others."""
    named = set(_files(places))
    return {path.parent for path in named} | {path.resolve().parent for path in named if path.is_symlink()}


def _looks(places: Places) -> _Looks:
    """By file: when it was changed, its size in bytes, and which file it is."""
    found: _Looks = {}
    for path in _files(places):
        with suppress(OSError):
            about = path.stat()
            found[path] = (about.st_mtime_ns, about.st_size, about.st_ino)
    return found
