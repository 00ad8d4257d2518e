"""The older way in which a session named its servers: `mcps` in its metadata, read as bindings.

    {"mcps": {"targets": [{"id", "transport", "cmd", "args", "env_keys", "options"}]}}

`cmd` is a program, a whole command line, a list of words, or the address of a server; `env_keys` are names of
variables. A target becomes what the session would bind under the name `id`.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from roxy.config.connectors import implied_transport
from roxy.config.loader import did_you_mean
from roxy.contracts.connectors import Binding
from roxy.contracts.servers import ServerTransport
from roxy.errors import ConfigError

KEY = "mcps"
_KEYS = ("id", "transport", "cmd", "args", "env_keys", "options")
_NAMES = {
    "streamable-http": "http",
    "streamable_http": "http",
    "streamablehttp": "http",
    "https": "http",
    "ws": "websocket",
    "wss": "websocket",
    "inprocess": "module",
    "": None,
}
"""What transports were called before, too."""


def targets(session_id: str, metadata: str) -> Sequence[Binding]:
    """What the `mcps` of a session's metadata say, in their order; nothing when there are none.

    Raises `ConfigError` that names the session, the target and the key that cannot be read; never a value.
    """
    place = f"session {session_id}"
    items = _items(metadata, place)
    read = [_target(session_id, item, f"{place}: mcps.targets[{number}]") for number, item in enumerate(items)]
    names = [binding.connector for binding in read]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"`mcps.targets` holds the id `{twice}` twice.", where=place)
    return read


def _items(metadata: str, place: str) -> Sequence[Any]:
    try:
        whole = json.loads(metadata)
    except ValueError as error:
        raise ConfigError("The metadata of the session are not JSON.", where=place) from error
    found = whole.get(KEY) if isinstance(whole, dict) else None
    if found is None:
        return ()
    items = found.get("targets", []) if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise ConfigError("`mcps.targets` must be a list.", where=place)
    return items


def without_targets(metadata: str) -> str | None:
    """The metadata without `mcps`; None when nothing is left."""
    rest = {key: value for key, value in json.loads(metadata).items() if key != KEY}
    return json.dumps(rest, ensure_ascii=False) if rest else None


def _target(session_id: str, item: Any, place: str) -> Binding:
    if not isinstance(item, dict):
        raise ConfigError("A target must be a mapping.", where=place)
    for key in item:
        if key not in _KEYS:
            raise ConfigError(f"`{key}` is not a known key.", where=place, hint=did_you_mean(key, _KEYS))
    name = item.get("id")
    if not isinstance(name, str) or not name:
        raise ConfigError("`id` must be the name of a server.", where=place)
    options = {} if item.get("options") is None else item["options"]
    if not isinstance(options, dict):
        raise ConfigError("`options` must be a mapping.", where=place)
    options = dict(options)
    address, command, args = _command(item, options, place)
    return Binding(
        session_id=session_id,
        connector=name,
        transport=_transport(item.get("transport"), address, command, place),
        endpoint=address,
        command=command,
        args=args,
        env_keys=_texts(item, "env_keys", place),
        options=options,
    )


def _command(
    item: Mapping[str, Any], options: dict[str, Any], place: str
) -> tuple[str | None, str | None, Sequence[str] | None]:
    """Address, program and arguments; an address may also have stood in the options."""
    args = _texts(item, "args", place)
    words = _line(item, place, whole=args is None)
    address = options.pop("url", None) or options.pop("endpoint", None)
    if not words:
        return address, None, args
    if "://" in words[0]:
        return words[0], None, None
    more = (*words[1:], *(args or ()))
    return address, words[0], more if args is not None or more else None


def _line(item: Mapping[str, Any], place: str, *, whole: bool) -> Sequence[str]:
    """`cmd` as words; a text is a `whole` line when there are no arguments beside it, else the program alone."""
    cmd = item.get("cmd")
    if not isinstance(cmd, str):
        return _texts(item, "cmd", place) or ()
    return _words(cmd, place) if whole else [cmd]


def _words(line: str, place: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise ConfigError("`cmd` has a quotation mark without its other one.", where=place) from error


def _transport(name: Any, address: str | None, command: str | None, place: str) -> ServerTransport | None:
    text = str(name or "").lower()
    try:
        return implied_transport(_NAMES.get(text, text), address, command)
    except ValueError as error:
        hint = did_you_mean(text, [str(one) for one in ServerTransport])
        raise ConfigError("`transport` is none that Roxy knows.", where=place, hint=hint) from error


def _texts(item: Mapping[str, Any], key: str, place: str) -> Sequence[str] | None:
    found = item.get(key)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise ConfigError(f"`{key}` must be a list of texts.", where=place)
    return tuple(found)
