"""What `roxy mcp` and the chat's /servers and /tools show: statuses, tools and results, readable at 80 columns."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from roxy.cli import output
from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.offers import PromptInfo, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
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


def resources(found: Sequence[ResourceInfo], patterns: Sequence[ResourceTemplate]) -> output.View | str:
    """One row per resource, then one per pattern."""
    if not found and not patterns:
        return "It offers no resources."
    rows = [[one.uri, one.mime_type, _first_line(one.title or one.description or one.name)] for one in found]
    rows += [
        [one.uri_template, one.mime_type, _first_line(one.title or one.description or one.name)] for one in patterns
    ]
    return output.table(["resource", "type", "about"], rows)


def contents(found: ReadResult) -> str:
    """The text of what was read; of what is no text, how much it is."""
    parts = [found.text] if found.text else []
    for one in found.contents:
        if isinstance(blob := one.get("blob"), str):
            kind = one.get("mimeType") or "binary data"
            parts.append(f"[{kind}, about {len(blob) * 3 // 4} bytes; write it into a file with --out]")
    return "\n".join(parts)


def prompts(found: Sequence[PromptInfo]) -> output.View | str:
    """One row per prompt, with what it takes; an argument in brackets may be left out."""
    if not found:
        return "It offers no prompts."
    rows = [
        [
            one.name,
            " ".join(arg.name if arg.required else f"[{arg.name}]" for arg in one.arguments),
            _first_line(one.description or one.title),
        ]
        for one in found
    ]
    return output.table(["prompt", "takes", "does"], rows)


def messages(found: PromptResult) -> str:
    """The messages, each with who says it."""
    return "\n\n".join(f"{one['role']}: {_said(one['content'])}" for one in found.messages)


def _said(content: Mapping[str, Any]) -> str:
    text = content.get("text")
    if isinstance(text, str):
        return text
    inside = content.get("resource")
    if isinstance(inside, dict) and isinstance(inside.get("text"), str):
        return str(inside["text"])
    return f"[{content.get('type')}]"


def _tool_name(tool: ToolInfo) -> str:
    return f"{tool.full_name} (changed, needs approval)" if tool.held else tool.full_name


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"
