"""`roxy.read_resource`: a model lists and reads what MCP servers offer beside tools.

Offered once a server is known to have resources. Reading changes nothing, so nobody is asked before; what goes to an
external server passes the gateway as in every call, and what is read reaches the model as the result of any tool does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from roxy.config.loader import did_you_mean
from roxy.contracts.calls import ToolCaller
from roxy.contracts.models import ToolSpec
from roxy.contracts.servers import ServerConfig, ServerStatus
from roxy.conversation.contexts import Narrated
from roxy.conversation.dialogue import Exchange
from roxy.conversation.model.offers.offered import Offered, text_argument
from roxy.errors import ToolFailed, UsageError

READ_RESOURCE = "roxy.read_resource"
MOST = 100
"""Resources that one list shows."""
_ABOUT = (
    "Read a resource (a file, a record, a page) of an MCP server by its URI; without a URI, list the resources of that "
    "server. Servers: "
)


class Servers(ToolCaller, Protocol):
    """The servers, as far as they are asked for resources."""

    def startable(self, session_id: str | None = None) -> Mapping[str, ServerConfig]:
        """Those that may be asked."""
        ...

    def status(self, server: str) -> ServerStatus:
        """What is known of one."""
        ...


class ReadResource:
    """Offers the tool, and is it."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    async def offered(self, said: frozenset[str], session_id: str | None) -> Sequence[Offered]:  # noqa: ARG002 -- servers have the same resources, whatever is said
        """The tool, when a server has resources."""
        names = self._names(session_id)
        if not names:
            return ()
        properties = {
            "server": {"type": "string", "enum": names},
            "uri": {"type": "string", "description": "its URI as listed, or made after a pattern; left out: the list"},
        }
        parameters = {
            "type": "object",
            "properties": properties,
            "required": ["server"],
            "additionalProperties": False,
        }
        spec = ToolSpec(name=READ_RESOURCE, description=f"{_ABOUT}{', '.join(names)}.", parameters=parameters)
        return [Offered(spec=spec, own=self, read_only=True)]

    async def call(self, arguments: Mapping[str, Any], exchange: Exchange) -> Any:
        """The list, or what was read; raises `UsageError` for a server that was not offered, `ToolFailed`."""
        server, uri = text_argument(arguments, "server"), text_argument(arguments, "uri")
        names = self._names(exchange.session_id)
        if server not in names:
            raise UsageError(f"There is no server {server!r} with resources.", hint=did_you_mean(server, names))
        narrated = Narrated(self._servers, exchange)
        return await (_read(narrated, server, uri) if uri else _listed(narrated, server))

    def _names(self, session_id: str | None) -> list[str]:
        shared = self._servers.startable(session_id)
        return [name for name in shared if "resources" in self._servers.status(name).offers]


async def _listed(servers: ToolCaller, server: str) -> dict[str, Any]:
    listed = await servers.list_resources(server)
    shown = [
        {"uri": one.uri, "about": one.title or one.description or one.name, "type": one.mime_type}
        for one in listed[:MOST]
    ]
    return {"resources": shown, "more": max(0, len(listed) - MOST)}


async def _read(servers: ToolCaller, server: str, uri: str) -> dict[str, Any]:
    read = await servers.read_resource(server, uri)
    if not read.success:
        raise ToolFailed(f"{read.error} ({read.code})", server=server)
    others = [str(one.get("mimeType") or "binary data") for one in read.contents if "text" not in one]
    return {"uri": uri, "text": read.text, **({"not_text": others} if others else {})}
