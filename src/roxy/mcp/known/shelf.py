"""The folder of manifests: one small file for every server that ever ran, read without starting anything.

A file that is broken, of another format or of another server is passed over with a line in the log, and replaced when
the server runs next. Writing is atomic, and a disk that is full only means that nothing is remembered.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from roxy.config.places import private_folder
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError, StoreError
from roxy.mcp.known.manifest import Head, Manifest, identity, read, read_head, written
from roxy.observe.logs import get_logger
from roxy.store.atomic import write_atomic

KEEP = 4
"""How many manifests of one name are kept: whoever tries other arguments may come back to the old ones."""
_log = get_logger(__name__)


class Shelf:
    """The manifests in `folder`, which is made when the first one is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def head(self, config: ServerConfig) -> Head | None:
        """What is known of a server in short; None when nothing is."""
        path = self._path(config)
        try:
            with path.open("rb") as file:
                return self._own(read_head(file.readline(65_536).rstrip(b"\n")), config)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as broken:
            _log.warning("manifest.passed_over", server=config.name, why=type(broken).__name__)
            return None

    def load(self, config: ServerConfig) -> Manifest | None:
        """All that is known of a server; None when nothing is. Takes about 6 µs a tool."""
        path = self._path(config)
        try:
            found = read(path.read_bytes())
            head = self._own(found.head, config)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as broken:
            _log.warning("manifest.passed_over", server=config.name, why=type(broken).__name__)
            return None
        return replace(found, head=head)

    def save(self, config: ServerConfig, manifest: Manifest) -> bool:
        """Keep it in the place of what was known of this server; False when the disk does not take it."""
        try:
            private_folder(self.folder)
            write_atomic(self._path(config), written(manifest))
            self._forget_old(config)
        except (StoreError, ConfigError, OSError) as error:
            _log.error("manifest.not_kept", error, server=config.name)
            return False
        return True

    def _path(self, config: ServerConfig) -> Path:
        return self.folder / f"{config.name}-{identity(config)[:16]}.json"

    @staticmethod
    def _own(head: Head, config: ServerConfig) -> Head:
        if head.identity != identity(config) or head.server != config.name:
            raise ValueError("of another server")
        return head

    def _forget_old(self, config: ServerConfig) -> None:
        mine = self.folder.glob(f"{config.name}-{'[0-9a-f]' * 16}.json")
        for path in sorted(mine, key=lambda path: path.stat().st_mtime, reverse=True)[KEEP:]:
            with suppress(OSError):
                path.unlink()
