"""What `roxy mcp` and the chat's /servers and /tools show: statuses, tools and results, readable at 80 columns."""

from collections.abc import Sequence
from datetime import timedelta

from roxy.cli import output
from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.servers import ServerStatus

_LONG = 300


def servers(statuses: Sequence[ServerStatus]) -> output.View | str:
    """One row per server."""
    if not statuses:
        return "No server is declared. Declare one in mcp_servers.yaml of your configuration folder."
    rows = [
        [
            status.name,
            status.state if status.enabled else "disabled",
            status.transport,
            "" if status.tools is None else status.tools,
            _first_line(status.error or status.description),
        ]
        for status in statuses
    ]
    return output.table(["server", "state", "transport", "tools", "about"], rows)


def server(status: ServerStatus) -> output.View:
    """Everything about one server."""
    return output.pairs(
        {
            "server": status.name,
            "state": status.state if status.enabled else f"{status.state}, disabled",
            "about": status.description,
            "transport": status.transport,
            "protocol": status.protocol,
            "external": "yes: personal data is replaced before it leaves" if status.external else "no",
            "starts": "with Roxy" if status.auto_start else "at its first call",
            "process": status.pid,
            "up for": None if status.uptime is None else timedelta(seconds=round(status.uptime)),
            "restarts": status.restarts or None,
            "tools": status.tools,
            "error": status.error,
            "stderr": "\n".join(status.stderr),
        }
    )


def tools(found: Sequence[ToolInfo]) -> output.View | str:
    """One row per tool."""
    if not found:
        return "No tool is known. `roxy mcp tools SERVER` starts a server and asks it."
    rows = [[_tool_name(tool), _first_line(tool.description or tool.title)] for tool in found]
    return output.table(["tool", "does"], rows)


def result(found: ToolCallResult) -> str:
    """The text of a result, else its data as JSON."""
    if found.text or found.data is None:
        return found.text
    return found.data if isinstance(found.data, str) else output.as_document(found.data)


def _tool_name(tool: ToolInfo) -> str:
    return f"{tool.full_name} (changed, needs approval)" if tool.held else tool.full_name


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"
