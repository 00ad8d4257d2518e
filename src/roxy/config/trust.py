"""What the user approved and granted, in one small file that only the user may write.

Approvals are pinned by a hash of what was approved; what changed since is not approved any more. The file is read at
each question (it is small, and another Roxy may have written it), and changed under a lock.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from roxy.config.loader import read_file
from roxy.config.places import private_folder
from roxy.config.schema import Flag, ListOf, MappingOf, Reading, Section, Text
from roxy.config.writing import write_private
from roxy.contracts.skills import Permissions
from roxy.errors import ConfigError

_SETS = ("servers", "tools", "folders", "hosts")
_WORD = Text(verbatim=True)
SCHEMA = Section(
    {
        "approved": MappingOf(MappingOf(_WORD)),
        "granted": MappingOf(Section({**dict.fromkeys(_SETS, ListOf(_WORD)), "server_control": Flag()})),
        "always": MappingOf(ListOf(_WORD)),
    }
)
_HEAD = "# What you approved and granted to Roxy's skills, servers and projects. Written by Roxy.\n"


@dataclass(frozen=True, slots=True)
class TrustFile:
    """The file of approvals and grants; every method raises `ConfigError` when it is damaged."""

    path: Path

    def approved(self, kind: str, name: str) -> str | None:
        """The digest under which `name` (a `skill`, `server`, `project`, …) was approved; None when it was not."""
        found: str | None = self._read().get("approved", {}).get(kind, {}).get(name)
        return found

    def approve(self, kind: str, name: str, digest: str) -> None:
        """Approve `name` as it is now; on the disk when this returns."""

        def change(trust: dict[str, Any]) -> None:
            trust.setdefault("approved", {}).setdefault(kind, {})[name] = digest

        self._change(change)

    def revoke(self, kind: str, name: str) -> None:
        """Take an approval back."""

        def change(trust: dict[str, Any]) -> None:
            trust.get("approved", {}).get(kind, {}).pop(name, None)

        self._change(change)

    def granted(self, skill: str) -> Permissions:
        """What `skill` may do; nothing by default."""
        return _permissions(self._read().get("granted", {}).get(skill, {}))

    def grant(self, skill: str, permissions: Permissions) -> None:
        """Grant `permissions` beside what `skill` may do already."""

        def change(trust: dict[str, Any]) -> None:
            granted = trust.setdefault("granted", {})
            granted[skill] = _plain(_both(_permissions(granted.get(skill, {})), permissions))

        self._change(change)

    def withdraw(self, skill: str) -> None:
        """Take back all that `skill` was granted, and what it need not ask for."""

        def change(trust: dict[str, Any]) -> None:
            trust.get("granted", {}).pop(skill, None)
            trust.get("always", {}).pop(skill, None)

        self._change(change)

    def always(self, skill: str) -> frozenset[str]:
        """What `skill` need not ask for any more, in the skill manager's words."""
        return frozenset(self._read().get("always", {}).get(skill, ()))

    def set_always(self, skill: str, what: str) -> None:
        """Never ask again when `skill` does `what`."""

        def change(trust: dict[str, Any]) -> None:
            always = trust.setdefault("always", {})
            always[skill] = sorted({*always.get(skill, ()), what})

        self._change(change)

    def ask_again(self, skill: str, what: str) -> None:
        """Ask again when `skill` does `what`."""

        def change(trust: dict[str, Any]) -> None:
            always = trust.get("always", {})
            always[skill] = [one for one in always.get(skill, ()) if one != what]

        self._change(change)

    def _read(self) -> dict[str, Any]:
        self._refuse_what_others_may_write()
        node = read_file(self.path)
        return {} if node is None else SCHEMA.read(node, "", Reading({}))

    def _refuse_what_others_may_write(self) -> None:
        try:
            mode = self.path.stat().st_mode
        except OSError:
            return  # not there, or unreadable: reading it says so
        if mode & 0o022:
            raise ConfigError(
                "Other users may write this file, so what it approves cannot be trusted.",
                where=str(self.path),
                hint=f"Check it, then: chmod 600 {self.path}",
            )

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        with self._locked():
            trust = self._read()
            change(trust)
            write_private(self.path, _HEAD + yaml.safe_dump(_listed(trust), allow_unicode=True, width=120))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        private_folder(self.path.parent)
        lock = self.path.with_name(f".{self.path.name}.lock")
        try:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigError(f"{lock} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _permissions(found: dict[str, Any]) -> Permissions:
    sets = {name: frozenset(found.get(name, ())) for name in _SETS}
    return Permissions(**sets, server_control=found.get("server_control", False))


def _both(one: Permissions, other: Permissions) -> Permissions:
    sets = {name: getattr(one, name) | getattr(other, name) for name in _SETS}
    return Permissions(**sets, server_control=one.server_control or other.server_control)


def _plain(permissions: Permissions) -> dict[str, Any]:
    sets = {name: sorted(getattr(permissions, name)) for name in _SETS if getattr(permissions, name)}
    return {**sets, "server_control": True} if permissions.server_control else sets


def _listed(value: Any) -> Any:
    """Tuples as lists, which is what YAML knows."""
    if isinstance(value, dict):
        return {name: _listed(child) for name, child in value.items()}
    return list(value) if isinstance(value, tuple) else value
