"""MCP servers as `mcp_servers.yaml` declares them, merged over all layers and checked before anything is started.

A variable that a server refers to and that is not set does not stop Roxy: it stands in `ServerConfig.missing`, and
only this server cannot start. Values are never shown: people see references, and whether they are set.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from roxy.config import layers
from roxy.config.loader import Node, did_you_mean, read_file
from roxy.config.places import PROJECT_FOLDER, Places
from roxy.config.schema import Choice, Flag, Kind, ListOf, MappingOf, Maybe, Number, Reading, Section, Text
from roxy.contracts.servers import (
    OWN_NAMES,
    ProtocolEra,
    RestartPolicy,
    Sampling,
    ServerConfig,
    ServerTransport,
    Trust,
    implied_by,
)
from roxy.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_BUNDLED = "system"
_BUNDLED_MODULE = "roxy.servers.system"
_SECONDS = Number(0, above=True)
_DEFAULTS: dict[str, Kind] = {
    "timeout_start": _SECONDS,
    "timeout_connection": _SECONDS,
    "timeout_request": _SECONDS,
    "retries": Number(0, whole=True),
    "backoff": Number(0),
    "health_interval": _SECONDS,
    "restart": Choice(tuple(RestartPolicy)),
    "max_starts": Number(1, whole=True),
    "start_window": _SECONDS,
    "breaker_after": Number(1, whole=True),
    "breaker_pause": _SECONDS,
    "idle_stop": Maybe(_SECONDS),
    "max_in_flight": Number(1, whole=True),
    "max_waiting": Number(0, whole=True),
    "max_message_bytes": Number(1024, whole=True),
    "trust": Choice(tuple(Trust)),
    "privacy": Maybe(Text()),
}
SERVER = Section(
    {
        "transport": Choice(tuple(ServerTransport)),
        "command": Text(),
        "args": ListOf(Text()),
        "env": MappingOf(Text()),
        "cwd": Text(),
        "url": Text(),
        "headers": MappingOf(Text()),
        "module": Text(),
        "external": Flag(),
        "protocol": Choice(tuple(ProtocolEra)),
        **_DEFAULTS,
        "health_check": Maybe(Text()),
        "enabled": Flag(),
        "strict": Flag(),
        "idempotency": Flag(),
        "sampling": Choice(tuple(Sampling)),
        "roots": ListOf(Text()),
        "enabled_tools": Maybe(ListOf(Text())),
        "disabled_tools": ListOf(Text()),
        "description": Text(),
    }
)


@dataclass(frozen=True, slots=True)
class _Declared:
    """The keys that a server gives, before the defaults of the file."""

    values: dict[str, Any]
    missing: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class _Server:
    """One server, read with a list of missing variables of its own."""

    kind: ClassVar[Section] = SERVER
    expected: ClassVar[str] = "a mapping"

    def read(self, node: Node, path: str, reading: Reading) -> _Declared:
        own = Reading(reading.environ, lenient=True)
        values = {**_home(node), **SERVER.read(node, path, own)}
        return _Declared(values, tuple(own.missing), node.where)


def _home(node: Node) -> dict[str, str]:
    """A server that a project declares starts in the project's folder, for it says its paths from there."""
    command = node.value.get("command") if node.is_mapping else None
    folder = Path(command.where.rpartition(":")[0]).parent if command else Path()
    return {"cwd": str(folder.parent)} if folder.name == PROJECT_FOLDER else {}


DEFAULTS = Section(_DEFAULTS)
STARTUP = Section(
    {"auto_start": ListOf(Text()), "on_demand": ListOf(Text()), "max_running": Maybe(Number(1, whole=True))}
)
SCHEMA = Section(
    {
        "servers": MappingOf(_Server()),
        "startup": STARTUP,
        "defaults": DEFAULTS,
    }
)
DECLARING = frozenset({"command", "url", "module", "transport"})
"""Keys one of which makes a server."""


def load_servers(places: Places, environ: Mapping[str, str]) -> dict[str, ServerConfig]:
    """All declared servers by name, merged over the layers; raises `ConfigError` with file and line."""
    return configs(servers_tree(places, environ), environ)


def load_server_file(path: Path, environ: Mapping[str, str]) -> dict[str, ServerConfig]:
    """The servers of one file, for those who bring their own; raises `ConfigError` when there is no such file."""
    if not path.is_file():
        raise ConfigError("There is no such file.", where=str(path))
    return configs(read_file(path) or Node({}, str(path)), environ)


def servers_tree(places: Places, environ: Mapping[str, str]) -> Node:
    """The merged layers before they are checked; every leaf knows where it was written."""
    return with_environment(layers.merged(layers.files(places, layers.SERVERS_FILE)), environ)


def with_environment(tree: Node, environ: Mapping[str, str]) -> Node:
    """`tree` with what the environment says on top.

    What it says of a server that `tree` does not hold counts only when it declares one: else it may be meant for a
    connector, which the files know nothing of.
    """
    above = layers.environment(environ, SCHEMA.keys, tree)
    if above is not None and "servers" in above.value and above.value["servers"].is_mapping:
        known = tree.value["servers"].value if "servers" in tree.value else {}
        servers: Node = above.value["servers"]
        kept = {
            name: node
            for name, node in servers.value.items()
            if name in known or not node.is_mapping or DECLARING & node.value.keys()
        }
        above = Node({**above.value, "servers": Node(kept, servers.where)}, above.where)
    return layers.merged([tree, above])


def strays(environ: Mapping[str, str], names: Iterable[str]) -> Mapping[str, str]:
    """Variables `ROXY_SERVERS__NAME__KEY` for a server that is not among `names`: what to say of each, by variable.

    Those that declare a server are for one that is new.
    """
    known = {_plain(name): name for name in names}
    found: dict[str, str] = {}
    for name, keys in _addressed(environ).items():
        if name in known or not DECLARING.isdisjoint(keys.values()):
            continue
        near = did_you_mean(name, known.values())
        found |= {
            variable: f"There is no server {name!r}, so {variable} changes nothing. {near}".strip() for variable in keys
        }
    return found


def _addressed(environ: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """By the name of a server: the variables for it, with the key that each sets."""
    meant: dict[str, dict[str, str]] = {}
    for variable in sorted(environ):
        section, *path = variable.removeprefix(layers.PREFIX).lower().split("__")
        if variable.startswith(layers.PREFIX) and section == "servers" and len(path) > 1:
            meant.setdefault(path[0], {})[variable] = path[1]
    return meant


def _plain(name: str) -> str:
    """As the name of a variable can spell it."""
    return name.lower().replace("-", "_")


def configs(tree: Node, environ: Mapping[str, str]) -> dict[str, ServerConfig]:
    """The servers of a merged tree, checked and with the file's defaults applied."""
    found = SCHEMA.read(tree, "", Reading(environ))
    servers: dict[str, _Declared] = found.get("servers", {})
    startup: dict[str, Any] = found.get("startup", {})
    for which in ("auto_start", "on_demand"):
        for place, name in enumerate(startup.get(which, ())):
            if name not in servers:
                raise ConfigError(
                    f"`startup.{which}` names the server `{name}`, which is not declared.",
                    where=_where(tree, which, place),
                    hint=did_you_mean(name, servers),
                )
    defaults = found.get("defaults", {})
    auto = startup.get("auto_start", ())
    return {name: _config(name, server, defaults, auto_start=name in auto) for name, server in servers.items()}


def max_running(tree: Node, environ: Mapping[str, str]) -> int | None:
    """How many servers may run at once, as a merged tree says; None for as many as there are."""
    startup = tree.value.get("startup")
    found: int | None = STARTUP.read(startup, "startup", Reading(environ)).get("max_running") if startup else None
    return found


def check_name(name: str, where: str) -> None:
    """Raise `ConfigError` when `name` cannot be the name of a server."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"`{name}` cannot be the name of a server.",
            where=where,
            hint="Use up to 64 letters, digits, `_` and `-`; a dot would part server and tool.",
        )
    if name.casefold() in OWN_NAMES and name != _BUNDLED:
        raise ConfigError(f"`{name}` is a name of Roxy's own.", where=where, hint="Choose another name for the server.")


def _config(name: str, server: _Declared, defaults: Mapping[str, Any], *, auto_start: bool) -> ServerConfig:
    check_name(name, server.where)
    values = {**defaults, **server.values}
    if "transport" not in values and "command" not in values:
        if "url" in values:
            values["transport"] = implied_by(values["url"])
        elif "module" in values:
            values["transport"] = ServerTransport.MODULE
    how = values.get("transport", ServerTransport.MODULE), values.get("module")
    if name == _BUNDLED and how != (ServerTransport.MODULE, _BUNDLED_MODULE):
        why = f"`{name}` is a name of Roxy's own, the module {_BUNDLED_MODULE}."
        raise ConfigError(why, where=server.where, hint="Choose another name for the server.")
    try:
        return ServerConfig(name=name, **values, auto_start=auto_start, missing=server.missing, where=server.where)
    except ValueError as error:
        if server.missing:
            hint = f"It is given, but refers to {server.missing[0]}, which is not set; give a default: ${{NAME:-…}}"
            raise ConfigError(f"{error}.", where=server.where, hint=hint) from error
        raise ConfigError(f"{error}.", where=server.where) from error


def _where(tree: Node, which: str, place: int) -> str:
    names: Node = tree.value["startup"].value[which]
    return names.value[place].where if isinstance(names.value, list) else names.where
