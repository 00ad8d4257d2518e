"""How the commands about connectors reach the database, and how words of a command line become a changed value.

They write the database themselves, also while another Roxy owns the data: that one notices it at its next call.
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.connectors import LAYER, Declarations, implied_transport
from roxy.config.explain import typed_value
from roxy.config.settings import load_settings
from roxy.contracts.connectors import Binding, Connector
from roxy.contracts.servers import ServerTransport, implied_by
from roxy.conversation.connectors.kept import Connectors
from roxy.errors import ConfigError, UsageError
from roxy.mcp.process import paths
from roxy.store.database import Database, open_database

T = TypeVar("T")
V = TypeVar("V", Connector, Binding)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name, as `roxy mcp connectors list` shows it.")]
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[-- COMMAND ARG…]", help="The program of a stdio server, after `--`.")
]
Transport = Annotated[ServerTransport | None, typer.Option("--transport", help="What carries the messages.")]
EnvKeys = Annotated[
    list[str] | None,
    typer.Option("--env-key", metavar="VARIABLE", help="A variable of your environment that it gets; repeatable."),
]
Pairs = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="K=V", help="Any setting of a server, such as timeout_request=60; repeatable."),
]
Unset = Annotated[
    list[str] | None, typer.Option("--unset", metavar="K", help="A setting that is no longer said; repeatable.")
]
_COLUMNS = ("transport", "command", "args", "env_keys")


def with_connectors(work: Callable[[Connectors, Declarations], Awaitable[T]]) -> T:
    """Run `work` on the connectors that are kept."""

    async def reach_and_work() -> T:
        declarations = Declarations(here(), os.environ)
        async with opened_database() as database:
            return await work(Connectors(database, declarations), declarations)

    return run(reach_and_work())


def opened_database() -> AbstractAsyncContextManager[Database]:
    """The database of this user."""
    places = here()
    url = load_settings(places, os.environ).store.url
    return open_database(places.ready().data, url)


def changes(
    *,
    words: Sequence[str] | None = None,
    address: str | None = None,
    transport: ServerTransport | None = None,
    env_keys: Sequence[str] | None = None,
    pairs: Sequence[str] | None = None,
    unset: Sequence[str] | None = None,
) -> Mapping[str, Any]:
    """What was given, by key of a server; None is said no longer. Raises `UsageError` and `ConfigError`."""
    given: dict[str, Any] = {**dict.fromkeys(unset or ()), **dict(_pair(pair) for pair in pairs or ())}
    if words:
        given |= {"command": words[0], "args": tuple(words[1:]) or None}
    if address:
        given["url"] = address
    if transport:
        given["transport"] = transport
    if env_keys:
        given["env_keys"] = tuple(env_keys)
    return given


def with_whole_paths(words: Sequence[str] | None) -> Sequence[str]:
    """The words of a command, with whole paths of what lies in this folder; says what was made of which.

    A server without a `cwd` starts in a folder of its own, from which a relative path leads nowhere.
    """
    found = paths.whole(words or (), Path.cwd())
    for word, path in found.items():
        output.note(f"{word} is kept as {path}.")
    return [found.get(word, word) for word in words or ()]


def _pair(pair: str) -> tuple[str, Any]:
    key, equals, value = pair.partition("=")
    if not equals or not key:
        raise UsageError("A --set has no name and value.", hint="Write --set KEY=VALUE.")
    return key, value_of(key, value)


def value_of(key: str, text: str) -> Any:
    """The words `text` as the value of `key`."""
    return typed_value(LAYER, "url" if key == "endpoint" else key, text)


def changed(value: V, given: Mapping[str, Any]) -> V:
    """`value` with what was given; a program takes the place of an address and the other way round."""
    columns: dict[str, Any] = {}
    options = deepcopy(dict(value.options))
    for key, new in given.items():
        name = "url" if key == "endpoint" else key
        if name in _COLUMNS:
            columns[name] = new
        elif name == "url":
            columns["endpoint" if isinstance(value, Binding) else "url"] = new
        elif name in {"strict", "enabled"}:
            columns |= _switch(value, name, new)
        else:
            _put(options, name.split("."), new)
    if isinstance(value, Connector):
        columns |= _transport(value, given)
    return replace(value, **columns, options=options)


def _switch(value: Connector | Binding, name: str, new: bool | None) -> dict[str, bool]:
    if isinstance(value, Binding):
        raise ConfigError(f"`{name}` belongs to the connector, and no session changes it.")
    return {name: bool(new) if new is not None else name == "enabled"}


def _transport(connector: Connector, given: Mapping[str, Any]) -> dict[str, Any]:
    """The transport that was meant, and without what it would not use."""
    if given.get("command"):
        found = implied_transport(given.get("transport"), None, given["command"])
        return {"transport": found, "url": given.get("url")}
    if given.get("url"):
        sockets = {connector.transport, implied_by(given["url"])}
        kept = connector.transport if sockets.isdisjoint({None, *_LOCAL, ServerTransport.WEBSOCKET}) else None
        found = implied_transport(given.get("transport") or kept, given["url"], None)
        return {"transport": found, "command": None, "args": None}
    return {}


_LOCAL = (ServerTransport.STDIO, ServerTransport.MODULE)


def _put(options: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set or (None) remove one value below `options`; a mapping with nothing left in it goes, too."""
    *above, last = path
    holder = options
    for name in above:
        child = holder.get(name)
        if not isinstance(child, dict):
            child = {}
            holder[name] = child
        holder = child
    if value is None:
        holder.pop(last, None)
        if above and not holder:
            _put(options, above, None)
    else:
        holder[last] = value
