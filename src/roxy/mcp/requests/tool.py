"""A tool call, as a request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roxy.contracts.calls import Code, ToolCall, ToolCallResult, ToolInfo
from roxy.contracts.servers import ServerConfig, Trust
from roxy.errors import NotApproved, RoxyError
from roxy.mcp import limits, results
from roxy.mcp.requests.request import Request, Terms

if TYPE_CHECKING:
    from roxy.mcp.connection import Connection
    from roxy.mcp.supervisor import Supervisor
    from roxy.mcp.wire.peer import RequestOptions


class ToolRequest(Request[ToolCallResult]):
    """`tools/call`."""

    method = "tools/call"
    event = "tool.called"
    reads = False

    def __init__(self, call: ToolCall, terms: Terms) -> None:
        super().__init__(call.server, call.tool, terms)
        self._call = call
        self._tool: ToolInfo | None = None

    @property
    def what(self) -> str:
        """The tool by its full name."""
        return f"The tool {self.server}.{self.name}"

    @property
    def payload(self) -> Mapping[str, Any]:
        """The arguments."""
        return self._call.arguments

    def check(self, config: ServerConfig) -> None:
        """Raise for a tool that is switched off."""
        limits.check_allowed(config, self.name)

    async def located(self, server: "Supervisor") -> None:
        """Find the tool as it was listed: its schema guides the redaction."""
        tool = server.catalog.find(self.name)
        if tool is None:
            await server.relist()
            tool = server.catalog.find(self.name)
            if tool is None and server.catalog.tools():  # a server that lists nothing may still know it
                raise server.catalog.no_such_tool(self.name)
        if tool is not None:
            server.catalog.check(tool)
        elif server.config.trust is Trust.STRICT:
            raise NotApproved(
                f"The server {self.server} does not list the tool {self.name}, so nobody can have approved it.",
                hint=f"It is declared with `trust: strict`. See: roxy mcp tools {self.server}",
            )
        self._tool = tool
        self.schema = tool.input_schema if tool else None

    def misfit(self) -> RoxyError | None:
        """What in the arguments does not fit the tool's schema."""
        return results.misfit(self._call, self._tool)

    async def send(self, connection: "Connection", payload: Any, options: "RequestOptions") -> Mapping[str, Any]:
        """Call the tool."""
        return await connection.call_tool(self.name, payload, options)

    def unfit(self, answer: Mapping[str, Any]) -> RoxyError | None:
        """What in the structured answer does not fit the tool's output schema."""
        return results.unfit(self._call, self._tool, answer)

    def harmless(self, *, agreed: bool) -> bool:
        """Also a tool that its server calls read-only or idempotent: untrusted, and so only believed for this."""
        hints = self._tool.annotations if self._tool else {}
        said = hints.get("readOnlyHint") is True or hints.get("idempotentHint") is True
        return said or super().harmless(agreed=agreed)

    def parts(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The content blocks and the structured content."""
        return results.parts(answer)

    def result(self, answer: Mapping[str, Any], parts: Any) -> ToolCallResult:
        """The tool's own failure, too, is a result; wrong arguments are looked for only then."""
        failed = bool(answer.get("isError"))
        if failed and (wrong := results.misfit(self._call, self._tool)) is not None:
            built = results.built(self._call, parts, failed=True)
            return replace(built, error=str(wrong), next=wrong.hint, code=Code.INVALID_ARGUMENTS)
        return results.built(self._call, parts, failed=failed)

    def failure(self, error: str, code: str) -> ToolCallResult:
        """The result of a call that did not succeed."""
        return ToolCallResult(success=False, error=error, code=code, server=self.server, tool=self.name)

    def record(self, payload: Any) -> Mapping[str, Any]:
        """The tool and its arguments."""
        return {"tool": self.label, "arguments": payload}
