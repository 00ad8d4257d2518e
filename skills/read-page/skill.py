"""Read a web page through one of two MCP servers: `fetch` first, and `firecrawl` when that one is not there.

Both give Markdown. What is told is the title and the first paragraphs of running text: menus, lists of links, images
and tables say little when they are read aloud.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.calls import Code, ToolCallResult

NEEDS = (
    "To read pages, add the server fetch to mcp_servers.yaml (fetch: {command: uvx, args: [mcp-server-fetch]}, no key "
    "needed), or set the environment variable FIRECRAWL_API_KEY before Roxy starts (https://www.firecrawl.dev)."
)
_KEY = "FIRECRAWL_API_KEY"
_ABSENT = {Code.NOT_FOUND, Code.CONFIG_ERROR, Code.NOT_RUNNING}
_TIMEOUT = 60.0
_LETTERS = 1_200
_SHORT = 40
_HEAD = re.compile(r"\A(?:Content type [^\n]*\n)?Contents of \S+:\n")
_NOTE = re.compile(r"<error>.*?</error>", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """What a server made of a page."""

    markdown: str
    title: str = ""


class ReadPageSkill(RoxySkill):
    """Read a web page."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Tell title and first paragraphs; `data` is `{"url", "title", "text"}`, the text being all that came."""
        url = address(str(context.parameters["url"]))
        result = await context.mcp.call_tool(
            "fetch", "fetch", {"url": url, "max_length": 20_000}, timeout=_TIMEOUT, idempotent=True
        )
        page = Page(result.text)
        if result.code in _ABSENT:
            arguments = {"url": url, "formats": ["markdown"], "onlyMainContent": True}
            result = await context.mcp.call_tool(
                "firecrawl", "firecrawl_scrape", arguments, timeout=_TIMEOUT, idempotent=True
            )
            page = _scraped(result.data)
        return (
            _told(url, page, int(context.config.get("letters", _LETTERS))) if result.success else _failed(url, result)
        )


def address(said: str) -> str:
    """The URL that was said, with https when no scheme was."""
    return said if re.match(r"https?://", said, re.IGNORECASE) else f"https://{said}"


def _failed(url: str, result: ToolCallResult) -> SkillResult:
    why = result.error
    if result.code in _ABSENT:
        # With the key missing the advice says all of it; another reason, such as a missing npx, is told as well.
        why = NEEDS if _KEY in why else f"{why} {NEEDS}"
    return SkillResult(False, f"I could not read {url}: {why}", error=result.error, code=result.code)


def _scraped(data: Any) -> Page:
    """Firecrawl's answer: `{"markdown": …, "metadata": {"title": …}}`."""
    if not isinstance(data, Mapping):
        return Page(str(data or ""))
    about = data.get("metadata")
    return Page(str(data.get("markdown") or ""), str(about.get("title") or "") if isinstance(about, Mapping) else "")


def _told(url: str, page: Page, letters: int) -> SkillResult:
    text = _NOTE.sub("", _HEAD.sub("", page.markdown)).strip()
    heading = _HEADING.search(text)
    title = page.title or (_plain(heading.group(1)) if heading else "")
    data = {"url": url, "title": title, "text": text}
    if not text:
        told = f"{title or url} has no text that I can read."
        return SkillResult(False, told, data, error=told, code="not_found")
    body = first_paragraphs(text, letters) or [_plain(text)[:letters]]
    return SkillResult(True, "\n\n".join([title or url, *body, url]), data)


def first_paragraphs(markdown: str, letters: int) -> list[str]:
    """As many whole paragraphs as `letters` hold, and at least a part of the first."""
    chosen: list[str] = []
    for paragraph in paragraphs(markdown):
        if chosen and sum(map(len, chosen)) + len(paragraph) > letters:
            break
        chosen.append(paragraph if len(paragraph) <= letters else f"{paragraph[:letters].rpartition(' ')[0]} …")
    return chosen


def paragraphs(markdown: str) -> Iterator[str]:
    """The paragraphs of running text, without mark-up."""
    fenced = False
    for block in re.split(r"\n\s*\n", markdown):
        fence = block.count("```") % 2 == 1
        if fenced or "```" in block:
            fenced = fenced != fence
            continue
        first = block.lstrip()[:1]
        bare = _LINK.sub("", block)
        if first in {"#", "|", ">"} or len(re.sub(r"\W", "", bare)) < _SHORT // 2:
            continue
        text = _plain(block)
        if len(text) >= _SHORT or re.search(r"[.!?]$", text):
            yield text


def _plain(markdown: str) -> str:
    """Markdown as plain text on one line."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", markdown)
    text = re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "", _LINK.sub(r"\1", text), flags=re.MULTILINE)
    text = re.sub(r"(\*\*|__|`)", "", text)
    return " ".join(re.sub(r"(?<!\w)[*_](\S[^*_]*)[*_](?!\w)", r"\1", text).split())
