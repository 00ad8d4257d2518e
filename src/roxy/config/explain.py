"""Where each value comes from, and how to change it: what `roxy mcp config show|explain|set` says and does.

Nothing here shows the value of a variable: a reference is shown as it was written, with a word on whether it is set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from roxy.config import layers
from roxy.config.edit import edited
from roxy.config.loader import Node, did_you_mean, leaves, parse
from roxy.config.places import Places
from roxy.config.schema import Reading, Section
from roxy.config.secrets import looks_secret, references, secret_name, show
from roxy.config.servers import DECLARING, SERVER, configs, servers_tree
from roxy.config.settings import SCHEMA as SETTINGS_SCHEMA
from roxy.config.settings import check, default_of, setting_names, settings_tree
from roxy.config.writing import write_private
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError

_BUILT_IN = "Roxy's default"


@dataclass(frozen=True, slots=True)
class Explained:
    """One value: its key, how it is shown, and where it was written (`file:line`, `environment NAME`, …)."""

    key: str
    shown: str
    origin: str


def explain_server(places: Places, environ: Mapping[str, str], name: str) -> list[Explained]:
    """Every value of the server `name`, in the order of the schema; raises `ConfigError` when it is not declared."""
    return explain_in(servers_tree(places, environ), environ, name)


def explain_in(tree: Node, environ: Mapping[str, str], name: str) -> list[Explained]:
    """As `explain_server`, in a tree that is merged already."""
    known = configs(tree, environ)
    _declared(name, known)
    defaults = tree.value.get("defaults", Node({}, ""))
    given = _leaves(layers.merge(defaults, tree.value["servers"].value[name]), environ)
    rest = [
        Explained(field.name, _plain(field.default), _BUILT_IN)
        for field in fields(ServerConfig)
        if field.name in SERVER.keys and field.default is not MISSING and not _has(given, field.name)
    ]
    order = list(SERVER.keys)
    rows = sorted([*given, *rest], key=lambda item: order.index(item.key.partition(".")[0]))
    return [*rows, _start(tree, name, automatic=known[name].auto_start)]


def explain_settings(places: Places, environ: Mapping[str, str], overrides: Sequence[str] = ()) -> list[Explained]:
    """Every setting of `roxy.yaml`, in the order of the schema, then those of skills."""
    tree = settings_tree(places, environ, overrides)
    check(tree, environ)
    given = {item.key: item for item in _leaves(tree, environ)}
    named = [given.pop(name, Explained(name, _plain(default_of(name)), _BUILT_IN)) for name in setting_names()]
    return [*named, *given.values()]


def set_server_value(
    places: Places, environ: Mapping[str, str], server: str, key: str, value: str, *, project: bool = False
) -> Path:
    """Write `key` (such as `timeout_request` or `env.NAME`) of `server` into the user's file; returns that file.

    With `project` it is the project's file, which counts at once only if it was approved before, or is new.

    The value is checked as if it stood there already, so nothing wrong is ever written. Raises `ConfigError`.
    """
    tree = servers_tree(places, environ)
    names = tree.value["servers"].value if "servers" in tree.value else {}
    if server not in names and key not in DECLARING:
        _declared(server, names)
    path = (places.project if project else places.config) / layers.SERVERS_FILE
    typed = typed_value(SERVER, key, value)
    text = edited(path, ["servers", server, *key.split(".")], typed)
    configs(layers.merged([tree, parse(text, str(path))]), environ)
    trusted = project and layers.project_state(places) in {"approved", "none"}
    write_private(path, text)
    if trusted:
        layers.approve_project(places)
    return path


def set_setting(places: Places, environ: Mapping[str, str], key: str, value: str) -> Path:
    """Write `section.key` into the user's `roxy.yaml`; returns that file. Raises `ConfigError`; see above."""
    path = places.config / layers.SETTINGS_FILE
    text = edited(path, key.split("."), typed_value(SETTINGS_SCHEMA, key, value))
    check(layers.merged([settings_tree(places, environ), parse(text, str(path))]), environ)
    write_private(path, text)
    return path


def _declared(name: str, known: Mapping[str, Any]) -> None:
    if name not in known:
        raise ConfigError(f"There is no server `{name}`.", hint=did_you_mean(name, known))


def typed_value(schema: Section, key: str, value: str) -> Any:
    """`value` as `schema` reads it at `key` (such as `env.NAME`); references stay as they are.

    Raises `ConfigError` for an unknown key, a value that does not fit, and what looks like a secret.
    """
    kind = schema.at(key.split("."))
    if kind is None:
        raise ConfigError(f"`{key}` is not a known setting.", where="command line", hint=_meant(schema, key))
    if looks_secret(key.rpartition(".")[2], value):
        raise ConfigError(
            f"`{key}` looks like a secret, which does not belong into a file.",
            where="command line",
            hint="Put it into an environment variable and set ${NAME}, in single quotes.",
        )
    if references(value):
        return value
    read = kind.read(Node(value, "command line", value, untyped=True), key, Reading({}))
    if isinstance(read, float) and read.is_integer():
        return int(read)
    return list(read) if isinstance(read, tuple) else read


def _meant(schema: Section, key: str) -> str:
    *above, last = key.split(".")
    section = schema.at(above)
    return did_you_mean(last, section.keys) if isinstance(section, Section) else ""


def _leaves(tree: Node, environ: Mapping[str, str]) -> list[Explained]:
    return [
        Explained(".".join(path), _shown(path[-1], leaf, environ), leaf.where) for path, leaf in leaves(tree) if path
    ]


def _shown(key: str, leaf: Node, environ: Mapping[str, str]) -> str:
    if isinstance(leaf.value, list):
        return "[" + ", ".join(_shown("", item, environ) for item in leaf.value) + "]"
    if leaf.is_mapping:
        return "{}"
    text = leaf.text or ""
    if leaf.untyped and (secret_name(key) or looks_secret(key, text)):
        return "(set)"
    return show(text, environ)


def _has(given: Sequence[Explained], name: str) -> bool:
    return any(item.key == name or item.key.startswith(f"{name}.") for item in given)


def _start(tree: Node, name: str, *, automatic: bool) -> Explained:
    shown, key = ("with Roxy", "auto_start") if automatic else ("on demand", "on_demand")
    names = tree.value["startup"].value.get(key) if "startup" in tree.value else None
    origin = _BUILT_IN if names is None else _listed(names, name, names.where if automatic else _BUILT_IN)
    return Explained("start", shown, origin)


def _listed(names: Node, name: str, otherwise: str) -> str:
    """Where `name` stands in the list; `otherwise` when it does not, or the list is bare text."""
    items = names.value if isinstance(names.value, list) else []
    return next((item.where for item in items if item.text == name), otherwise)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(str(item) for item in value)}]"
    return "" if value is None else str(value)
