"""Connectors and bindings as layers of a server: files < connector < binding < environment; later wins.

Order of events: a connector and a binding become trees of nodes, as files are, each node with its place; they are
merged over what the files say of the server, mappings deeply, lists as a whole; names of variables become references;
the environment goes on top; and the whole is read with the schema of `mcp_servers.yaml`. So what is wrong in a
connector is said in the same words as what is wrong in a file, and every value knows where it comes from.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from roxy.config import layers
from roxy.config.explain import explain_in
from roxy.config.loader import Node, leaves
from roxy.config.places import Places
from roxy.config.schema import ListOf, Reading, Section
from roxy.config.secrets import looks_secret
from roxy.config.servers import SERVER, check_name, configs, max_running, with_environment
from roxy.contracts.connectors import Binding, Connector, ConnectorKind, Resolved, Value
from roxy.contracts.servers import ServerConfig, ServerTransport, implied_by
from roxy.errors import ConfigError

_UNFIT = re.compile("[\0\ud800-\udfff]")
"""What no program takes as an argument, and no database as text."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_PROGRAMS = frozenset({ServerTransport.STDIO})
_ADDRESSES = frozenset({ServerTransport.HTTP, ServerTransport.SSE, ServerTransport.WEBSOCKET})
_OWN = frozenset({"transport", "url", "command", "args", "enabled", "strict"})
"""Keys of a server that are columns of a connector, and so no options."""
_ADVICE = "Put it into an environment variable; write ${NAME} here, or its name into env_keys."


@dataclass(frozen=True, slots=True)
class _Variable:
    """The name of an environment variable. What is none is not repeated: it may be the secret itself."""

    expected: ClassVar[str] = "the name of an environment variable"

    def read(self, node: Node, path: str, reading: Reading) -> str:  # noqa: ARG002 - every kind is read with it
        """The name."""
        text = node.text or ""
        if not _VARIABLE.fullmatch(text) or looks_secret("env_keys", text):
            hint = "Write names only, such as GITHUB_TOKEN, and set the variables where Roxy is started."
            raise ConfigError(f"`{path}` must be {self.expected}, without its value.", where=node.where, hint=hint)
        return text


OPTIONS = Section({key: kind for key, kind in SERVER.keys.items() if key not in _OWN})
"""What `options` of a connector or a binding may hold."""
LAYER = Section({**SERVER.keys, "env_keys": ListOf(_Variable())})
"""What a connector and a binding may say, options and columns alike."""


class Declarations:
    """What the files and the environment declare; lays connectors and bindings between the two."""

    def __init__(self, places: Places, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._files = layers.merged(layers.files(places, layers.SERVERS_FILE))

    @cached_property
    def servers(self) -> Mapping[str, ServerConfig]:
        """The servers without any connector, in the order of the files; raises `ConfigError`."""
        return configs(with_environment(self._files, self._environ), self._environ)

    @cached_property
    def max_running(self) -> int | None:
        """How many servers may run at once; None for as many as there are."""
        return max_running(with_environment(self._files, self._environ), self._environ)

    def config(self, name: str, connector: Connector | None = None, binding: Binding | None = None) -> ServerConfig:
        """The server `name` with both laid over it, called as the binding calls it; raises `ConfigError`."""
        whole = self._tree(name, connector, binding)
        found = configs(whole, self._environ)[name]
        started = name in self.servers and self.servers[name].auto_start and binding is None
        where = _place(connector) if connector else found.where
        return replace(found, name=binding.server if binding else name, auto_start=started, where=where)

    def resolve(self, name: str, connector: Connector | None = None, binding: Binding | None = None) -> Resolved:
        """As `config`, with the origin of every value."""
        config = self.config(name, connector, binding)
        rows = explain_in(self._tree(name, connector, binding), self._environ, name)
        return Resolved(config, tuple(Value(row.key, row.shown, row.origin) for row in rows if row.key != "start"))

    def check(self, connector: Connector, binding: Binding | None = None) -> None:
        """Raise `ConfigError` when it (or the binding on it) is not fit to be kept: wrong, or with a secret in it."""
        place = binding.place if binding else _place(connector)
        check_name(binding.server if binding else connector.name, place)
        layer = bound(binding) if binding else declared(connector)
        if binding and connector.kind is not ConnectorKind.CLIENT:
            raise ConfigError(f"The connector {connector.name} is of kind {connector.kind}, which nobody calls.")
        _refuse_secrets(layer, place)
        OPTIONS.read(_node(dict((binding or connector).options), place), "options", Reading({}, lenient=True))
        LAYER.read(layer, "", Reading(self._environ, lenient=True))
        if connector.kind is ConnectorKind.CLIENT:
            _refuse_idle(self.config(connector.name, connector, binding), layer, place)

    def _tree(self, name: str, connector: Connector | None, binding: Binding | None) -> Node:
        """The defaults of the files and this one server, merged over all layers."""
        below = _child(self._files, "servers")
        server = _child(below, name) if below is not None else None
        server = layers.merged(
            [server, declared(connector) if connector else None, bound(binding) if binding else None]
        )
        tree = {"servers": Node({name: _with_variables(server)}, server.where)}
        defaults = _child(self._files, "defaults")
        below = Node({**tree, **({"defaults": defaults} if defaults is not None else {})}, "")
        whole = with_environment(below, self._environ)
        one = whole.value["servers"].value[name]
        # The environment may speak of other servers, too, and of when to start them.
        kept = {key: node for key, node in whole.value.items() if key == "defaults"}
        return Node({**kept, "servers": Node({name: one}, server.where)}, "")


def declared(connector: Connector) -> Node:
    """A connector as a layer; what it does not say is not in it."""
    said: dict[str, Any] = {"transport": connector.transport, "url": connector.url, "command": connector.command}
    said |= {"args": connector.args, "env_keys": connector.env_keys}
    said |= {"strict": connector.strict or None, "enabled": None if connector.enabled else False}
    return _node({**connector.options, **_said(said)}, _place(connector))


def bound(binding: Binding) -> Node:
    """A binding as a layer."""
    said: dict[str, Any] = {"transport": binding.transport, "url": binding.endpoint, "command": binding.command}
    said |= {"args": binding.args, "env_keys": binding.env_keys}
    return _node({**binding.options, **_said(said)}, binding.place)


def implied_transport(transport: str | None, url: str | None, command: str | None) -> ServerTransport | None:
    """The transport that was meant where none was named; raises `ValueError` for one that there is not."""
    if transport:
        return ServerTransport(transport)
    if url:
        return implied_by(url)
    return ServerTransport.STDIO if command else None


def _place(connector: Connector) -> str:
    return f"connector {connector.name}"


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _child(node: Node | None, name: str) -> Node | None:
    return node.value.get(name) if node is not None and node.is_mapping else None


def _node(value: Any, place: str) -> Node:
    """Plain values as a tree in which everything was written at `place`."""
    if isinstance(value, Mapping):
        return Node({str(key): _node(child, place) for key, child in value.items()}, place)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Node([_node(item, place) for item in value], place)
    if isinstance(value, bool) or value is None:
        return Node(value, place, "null" if value is None else str(value).lower())
    return Node(str(value) if isinstance(value, str) else value, place, str(value))


def _with_variables(server: Node) -> Node:
    """`env_keys` as what they stand for: references to Roxy's own environment, above the `env` of the files."""
    if (keys := _child(server, "env_keys")) is None:
        return server
    rest = {key: child for key, child in server.value.items() if key != "env_keys"}
    names = [item.text or "" for item in keys.value] if isinstance(keys.value, list) else []
    given = Node({name: Node(f"${{{name}}}", keys.where, f"${{{name}}}") for name in names}, keys.where)
    below = rest.get("env", Node({}, keys.where))
    return Node({**rest, "env": layers.merge(below, given) if names else below}, server.where)


def _refuse_idle(config: ServerConfig, layer: Node, place: str) -> None:
    """Raise when a value is given that the transport would never look at: it was meant to do something."""
    for key, users in (("command", _PROGRAMS), ("args", _PROGRAMS), ("url", _ADDRESSES)):
        if key in layer.value and config.transport not in users:
            raise ConfigError(
                f"`{key}` is given, but the transport is {config.transport}, which does not use it.",
                where=place,
                hint=f"Give a transport that does ({', '.join(sorted(users))}), or leave `{key}` away.",
            )


def _refuse_secrets(layer: Node, place: str) -> None:
    """Raise for secrets in places where only a person sees them as such: arguments and addresses."""
    for path, leaf in leaves(layer):
        texts = [item.text for item in leaf.value] if isinstance(leaf.value, list) else [leaf.text]
        if any(_UNFIT.search(text or "") for text in texts):
            raise ConfigError(f"`{'.'.join(path)}` holds a NUL or what is no text.", where=place)
    for key, name, text in _suspects(layer):
        if looks_secret(name, text):
            raise ConfigError(f"`{key}` looks like a secret that is written out.", where=place, hint=_ADVICE)


def _suspects(layer: Node) -> Iterator[tuple[str, str, str]]:
    """Texts that may hold a secret: the key they stand under, the name they were given, and the text."""
    args = _child(layer, "args")
    if args is not None and isinstance(args.value, list):
        yield from _in_arguments([item.text or "" for item in args.value])
    for key in ("url", "command", "cwd", "module", "health_check"):
        text = getattr(_child(layer, key), "text", None) or ""
        yield key, key, text
        for name, value in _query(text):
            yield key, name, value


def _in_arguments(texts: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """`--name=value` and `--name value` are named by their option."""
    option = ""
    for place, text in enumerate(texts):
        name, equals, value = text.partition("=")
        yield f"args[{place}]", "args", text
        if equals:
            yield f"args[{place}]", name.lstrip("-"), value
        elif not text.startswith("-"):
            yield f"args[{place}]", option, text
        option = text.lstrip("-") if text.startswith("-") and not equals else ""


def _query(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(urlsplit(text).query)
    except ValueError:
        return []
