"""Web search on the bench.

The shape of the canned answers is that of @brave/brave-search-mcp-server 2.1.4 (`dist/tools/web/index.js`): one text
block for each result with compact JSON `{url, title, description, extra_snippets}`, and an error result with the text
"No web results found" when there is none.
"""

import json

import pytest

from roxy.contracts.calls import Code, ToolCallResult
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.web")

PAGES = [
    {
        "url": "https://a.example/pumps",
        "title": "Heat pumps &amp; you",
        "description": "On <strong>heat</strong>",
    },
    {"url": "https://b.example/", "title": "Pump news", "description": "x" * 300, "extra_snippets": ["more\nlines"]},
]


def blocks(pages):
    content = [{"type": "text", "text": json.dumps(page)} for page in pages]
    return ToolCallResult(True, content=content, text="\n".join(block["text"] for block in content))


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        yield bench


async def test_pages_are_listed_with_title_text_and_link(bench):
    bench.tool("brave_search", "brave_web_search", returns=blocks(PAGES))
    reply = await bench.say("search the web for heat pumps")
    assert reply.text.splitlines()[:3] == ["1. Heat pumps & you", "   On heat", "   https://a.example/pumps"]
    assert reply.data["results"][1]["url"] == "https://b.example/"
    assert max(map(len, reply.text.splitlines())) < 200
    assert reply.calls[0].arguments == {"query": "heat pumps", "count": 5, "result_filter": ["web"]}
    assert reply.calls[0].idempotent


async def test_the_number_of_pages_is_a_setting(bench):
    bench.tool("brave_search", "brave_web_search", returns=blocks(PAGES))
    bench.config["count"] = 1
    reply = await bench.say("google heat pumps")
    assert len(reply.data["results"]) == 1
    assert reply.calls[0].arguments["count"] == 1


async def test_a_query_is_cut_to_what_the_tool_takes(bench):
    bench.tool("brave_search", "brave_web_search", returns=blocks(PAGES))
    reply = await bench.say(f"search the web for {'long ' * 60}")
    assert len(reply.calls[0].arguments["query"].split()) == 50
    reply = await bench.say(f"search the web for {'x' * 500}")
    assert len(reply.calls[0].arguments["query"]) == 400


@pytest.mark.parametrize(
    "answer",
    [
        ToolCallResult(False, error="No web results found", text="No web results found", code=Code.TOOL_ERROR),
        ToolCallResult(True, text="Summarizer key: abc"),
    ],
)
async def test_nothing_found_is_said(bench, answer):
    bench.tool("brave_search", "brave_web_search", returns=answer)
    reply = await bench.say("look up qwertzuiop")
    assert (reply.code, reply.text) == ("not_found", "I found nothing on the web about “qwertzuiop”.")


async def test_without_the_server_the_answer_says_what_to_set(bench):
    reply = await bench.say("look up heat pumps")
    assert (reply.success, reply.code) == (False, "not_found")
    for part in ("brave_search", "mcp_servers.yaml", "BRAVE_API_KEY", "https://brave.com/search/api/"):
        assert part in reply.text


async def test_a_missing_key_is_passed_on(bench):
    error = "The server brave_search needs the environment variable BRAVE_API_KEY, which is not set."
    bench.tool("brave_search", "brave_web_search", returns=ToolCallResult(False, error=error, code=Code.CONFIG_ERROR))
    reply = await bench.say("look up heat pumps")
    assert reply.code == "config_error"
    assert reply.text.startswith(f"I could not search the web: {error}")


async def test_an_error_of_the_tool_is_told_without_advice_on_setting_up(bench):
    failed = ToolCallResult(False, error="Brave answered 429: too many requests.", code=Code.TOOL_ERROR)
    bench.tool("brave_search", "brave_web_search", returns=failed)
    reply = await bench.say("look up heat pumps")
    assert reply.text == "I could not search the web: Brave answered 429: too many requests."


async def test_a_missing_key_is_told_before_a_permission_is_asked_for():
    async with skill_bench(__file__) as bench:
        bench.withdraw()
        bench.add_server("brave_search", missing=["BRAVE_API_KEY"])
        reply = await bench.say("look up heat pumps")
    assert (reply.code, reply.questions, reply.calls) == ("config_error", [], [])
    assert "export BRAVE_API_KEY=…" in reply.text
