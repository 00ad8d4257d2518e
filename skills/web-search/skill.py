"""Web search through Brave's MCP server; each result is a text block that holds one JSON object on one line."""

import html
import json
import re
from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.calls import Code, ToolCallResult

NEEDS = (
    "Web search needs the server brave_search in mcp_servers.yaml, Node for npx, and a key from "
    "https://brave.com/search/api/ in the environment variable BRAVE_API_KEY."
)
_ADVICE = {
    Code.CONFIG_ERROR: " A key comes from https://brave.com/search/api/, npx with Node from https://nodejs.org.",
    **dict.fromkeys((Code.NOT_FOUND, Code.NOT_RUNNING, Code.UNAVAILABLE, Code.DISCONNECTED), f" {NEEDS}"),
}
"""What follows the error of a server that is not there or does not start, by the result's code."""

_MOST_LETTERS, _MOST_WORDS = 400, 50
"""What the tool's schema allows for a query."""

_MOST = 20
_WIDTH = 180


class WebSearchSkill(RoxySkill):
    """Search the web with Brave."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """List the pages found; `data` is `{"query", "results": [{"title", "url", "description"}]}`."""
        query = " ".join(str(context.parameters["query"]).split()[:_MOST_WORDS])[:_MOST_LETTERS]
        count = max(1, min(_MOST, int(context.config.get("count", 5))))
        arguments = {"query": query, "count": count, "result_filter": ["web"]}
        found = await context.mcp.call_tool("brave_search", "brave_web_search", arguments, idempotent=True)
        if not found.success and "No web results found" not in found.error:
            return _failed(found)
        results = list(_results(found.text))[:count] if found.success else []
        if not results:
            told = f"I found nothing on the web about “{query}”."
            return SkillResult(False, told, {"query": query, "results": []}, error=told, code="not_found")
        lines = [f"{number}. {_told(result)}" for number, result in enumerate(results, 1)]
        return SkillResult(True, "\n".join(lines), {"query": query, "results": results})


def _failed(found: ToolCallResult) -> SkillResult:
    told = f"I could not search the web: {found.error}{_ADVICE.get(Code(found.code), '')}"
    return SkillResult(False, told, error=found.error, code=found.code)


def _results(text: str) -> Iterator[dict[str, str]]:
    """The pages in an answer; lines that are something else, such as a summary's key, are passed over."""
    for line in text.splitlines():
        try:
            result = json.loads(line)
        except ValueError:
            continue
        if isinstance(result, dict) and result.get("url") and result.get("title"):
            yield {name: _plain(result.get(name)) for name in ("title", "url", "description")}


def _plain(value: Any) -> str:
    """Text without the mark-up that Brave puts around the words that were found."""
    return html.unescape(re.sub(r"<[^>]+>", "", str(value or ""))).strip()


def _told(result: dict[str, str]) -> str:
    about = shorten(result["description"], _WIDTH, placeholder=" …")
    return "\n   ".join(part for part in (result["title"], about, result["url"]) if part)
