"""What `roxy mcp` and the chat's /tools show: tools, results, and what else servers offer, readable at 80 columns."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from roxy.cli import output
from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.doors import Assistant
from roxy.contracts.offers import PromptInfo, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
from roxy.errors import UsageError

_LONG = 300


async def problems(roxy: Assistant) -> Sequence[str]:
    """What is wrong with the declarations as a whole."""
    with suppress(UsageError):  # an owner of an older version does not know the question
        return await roxy.server_problems()
    return ()


def tools(found: Sequence[ToolInfo], server: str = "") -> output.View | str:
    """One row per tool; `server` is whose alone they are: then with what each takes."""
    if not found:
        return f"{server} has no tools." if server else "No server has tools. See: roxy mcp list"
    rows = [[_tool_name(tool), first_line(tool.description or tool.title)] for tool in found]
    if server:
        rows = [[name, f"{does}\n{_takes(tool)}".strip()] for (name, does), tool in zip(rows, found, strict=True)]
    return output.table(["tool", "does"], rows)


def _takes(tool: ToolInfo) -> str:
    """The names of its arguments; one in brackets may be left out."""
    known, required = tool.input_schema.get("properties"), tool.input_schema.get("required")
    if not isinstance(known, Mapping) or not known:
        return ""
    needed = required if isinstance(required, list) else ()
    return f"takes {' '.join(name if name in needed else f'[{name}]' for name in map(str, known))}"


def result(found: ToolCallResult) -> str:
    """The text of a result, else its data as JSON."""
    if found.text or found.data is None:
        return found.text
    return found.data if isinstance(found.data, str) else output.as_document(found.data)


def resources(server: str, found: Sequence[ResourceInfo], patterns: Sequence[ResourceTemplate]) -> output.View | str:
    """One row per resource, then one per pattern."""
    if not found and not patterns:
        return f"{server} offers no resources."
    every: Sequence[ResourceInfo | ResourceTemplate] = (*found, *patterns)
    columns = {
        "resource": [*(one.uri for one in found), *(one.uri_template for one in patterns)],
        "type": [one.mime_type for one in every],
        "about": [first_line(one.title or one.description or one.name) for one in every],
    }
    return output.fitting(columns, least=("type",))


def contents(found: ReadResult) -> str:
    """The text of what was read; of what is no text, how much it is."""
    parts = [found.text] if found.text else []
    for one in found.contents:
        if isinstance(blob := one.get("blob"), str):
            kind = one.get("mimeType") or "binary data"
            parts.append(f"[{kind}, about {len(blob) * 3 // 4} bytes; write it into a file with --out]")
    return "\n".join(parts)


def prompts(server: str, found: Sequence[PromptInfo]) -> output.View | str:
    """One row per prompt, with what it takes; an argument in brackets may be left out."""
    if not found:
        return f"{server} offers no prompts."
    rows = [
        [
            one.name,
            " ".join(arg.name if arg.required else f"[{arg.name}]" for arg in one.arguments),
            first_line(one.description or one.title),
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
    return f"{tool.full_name} (held)" if tool.held else tool.full_name


def first_line(text: str) -> str:
    """The first line of a text, as far as a table bears it."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"
