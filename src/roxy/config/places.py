"""Where things are: the user's folders, the files that travel with Roxy, and the folder of a project.

`ROXY_HOME` puts everything of the user under one folder; without it the platform's own folders are used. Folders are
made when something is written into them, for the user alone.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roxy.errors import ConfigError

_ROOM = Path(__file__).resolve().parent

PROJECT_FOLDER = ".roxy"
"""Where a project keeps what it has to say to Roxy."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one user on this machine; none of them needs to exist."""

    config: Path
    """What the user wrote or approved: `roxy.yaml`, `mcp_servers.yaml`, `trust.yaml`."""
    data: Path
    """What Roxy keeps: database, logs."""
    cache: Path
    """What can be made again."""
    packaged: Path
    """The configuration that travels with Roxy; read only."""
    project: Path
    """`.roxy` in the current folder; read only once it is approved."""
    site: Path = Path("/etc/roxy")
    """What the machine's administrator set for everyone."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], cwd: Path) -> "Places":
        """Find the folders: under `ROXY_HOME` when it is set, else where the platform keeps such things."""
        packaged, project = _packaged(), cwd / PROJECT_FOLDER
        if home := environ.get("ROXY_HOME"):
            root = (cwd / Path(home).expanduser()).absolute()
            return cls(root / "config", root / "data", root / "cache", packaged, project)
        # Not needed when ROXY_HOME is set, and every command pays for what is imported here.
        from platformdirs import PlatformDirs  # noqa: PLC0415

        dirs = PlatformDirs("roxy", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, packaged, project)

    @property
    def bundled_skills(self) -> Path:
        """The skills that travel with Roxy."""
        return self.packaged.parent / "skills"

    @property
    def skills(self) -> Path:
        """The user's own skills."""
        return self.config / "skills"

    @property
    def project_skills(self) -> Path:
        """The project's skills, each approved by the user before it is loaded."""
        return self.project / "skills"

    @property
    def trust_file(self) -> Path:
        """What the user approved and granted; see `roxy.config.trust`."""
        return self.config / "trust.yaml"

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.data / "logs"

    @property
    def manifests(self) -> Path:
        """The folder of what servers offered when they ran last."""
        return self.data / "manifests"

    @property
    def pins(self) -> Path:
        """The folder of the tools that the user approved, as they were then."""
        return self.data / "pins"

    @property
    def work(self) -> Path:
        """The folder in which servers have one each to work in."""
        return self.data / "work"

    @property
    def vaults(self) -> Path:
        """The folder of the pseudonyms of each conversation."""
        return self.data / "vaults"

    @property
    def chat_history(self) -> Path:
        """The lines typed in the terminal chat."""
        return self.data / "chat_history"

    def ready(self) -> "Places":
        """Make the user's three folders, readable by the user alone; raises `ConfigError` when that is not possible."""
        for folder in (self.config, self.data, self.cache):
            private_folder(folder)
        return self


def private_folder(path: Path) -> Path:
    """Make `path` and what is missing above it with mode 0700, and take from others what they could do there.

    Raises `ConfigError` that names the folder and the reason.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise ConfigError(
                f"The folder {path} cannot be used: there is a file of that name.",
                hint="Move that file away, or set ROXY_HOME to another folder.",
            )
        mode = path.stat().st_mode
        if mode & 0o077 and path.stat().st_uid == os.getuid():
            path.chmod(mode & 0o700)
    except OSError as error:
        raise ConfigError(
            f"The folder {path} cannot be made: {error.strerror}.",
            hint="Make it writable, or set ROXY_HOME to a folder that is.",
        ) from error
    return path


def _packaged() -> Path:
    """`roxy/_packaged/config` of a wheel, else `config` of the checkout that this file is in."""
    wheel = _ROOM.parent / "_packaged" / "config"
    return wheel if wheel.is_dir() else _ROOM.parents[2] / "config"
