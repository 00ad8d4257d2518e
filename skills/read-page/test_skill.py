"""Reading pages on the bench.

The shapes of the canned answers: mcp-server-fetch (`server.py`, tool `fetch`) returns one text "Contents of URL:\\n"
with Markdown, with "<error>…</error>" at the end when it is cut or could not be simplified; firecrawl-mcp 3.22.2
(`dist/index.js`, tool `firecrawl_scrape`) returns one text with the JSON of the SDK's document, whose fields `markdown`
and `metadata.title` are read here.
"""

import pytest

from roxy.contracts.calls import Code, ToolCallResult
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.web")

MARKDOWN = """[Home](/) [About](/about)

# The *blue* whale

![a whale](/whale.jpg)

The **blue whale** is a [marine mammal](https://example.org/mammal). It is the largest animal known.

- [one](/1)
- [two](/2)

```
let code = "is not read aloud, even when it is long";

more();
```

| Length | Weight |
|---|---|

It eats krill, about 3.6 tonnes a day, and sings at up to 188 decibels.
"""
FETCHED = f"Contents of https://example.org/whale:\n{MARKDOWN}\n\n<error>Content truncated. Call again.</error>"


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        yield bench


async def test_title_and_running_text_are_told(bench):
    bench.tool("fetch", "fetch", returns=FETCHED)
    reply = await bench.say("read https://example.org/whale")
    assert reply.text.split("\n\n") == [
        "The blue whale",
        "The blue whale is a marine mammal. It is the largest animal known.",
        "It eats krill, about 3.6 tonnes a day, and sings at up to 188 decibels.",
        "https://example.org/whale",
    ]
    assert reply.calls[0].arguments == {"url": "https://example.org/whale", "max_length": 20_000}
    assert "truncated" not in reply.data["text"]


async def test_only_the_first_paragraphs_are_told(bench):
    bench.tool("fetch", "fetch", returns=FETCHED)
    bench.config["letters"] = 30
    reply = await bench.say("summarise https://example.org/whale")
    assert reply.text.split("\n\n")[1:-1] == ["The blue whale is a marine …"]


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("read example.org", "https://example.org"),
        ("summarize the page www.example.org/a-b.", "https://www.example.org/a-b"),
        ("what does HTTP://Example.org/x?q=1 say?", "HTTP://Example.org/x?q=1"),
        ("fetch http://localhost:8000/", "http://localhost:8000/"),
        ("summarize this: https://example.org/a_b-c", "https://example.org/a_b-c"),
        ("https://example.org", "https://example.org"),
        ("what is bücher.example/ä?", "https://bücher.example/ä"),
    ],
)
async def test_addresses_are_understood_with_and_without_scheme(bench, said, url):
    bench.tool("fetch", "fetch", returns=FETCHED)
    assert (await bench.say(said)).calls[0].arguments["url"] == url


@pytest.mark.parametrize(
    "said", ["read the newspaper", "summarise war and peace", "read https://", "read http://[x", "read 3.5"]
)
async def test_what_is_no_address_is_left_to_others(bench, said):
    with pytest.raises(AssertionError, match="no sentence of read-page matches"):
        await bench.say(said)


async def test_firecrawl_is_asked_when_there_is_no_fetch_server(bench):
    scraped = {"markdown": MARKDOWN, "metadata": {"title": "Blue whale - Encyclopedia", "statusCode": 200}}
    bench.tool("firecrawl", "firecrawl_scrape", returns=scraped)
    reply = await bench.say("read https://example.org/whale")
    assert reply.text.startswith("Blue whale - Encyclopedia\n\nThe blue whale is")
    assert [call.server for call in reply.calls] == ["fetch", "firecrawl"]
    assert reply.calls[1].arguments["formats"] == ["markdown"]


async def test_a_refusal_of_the_page_is_not_worked_around_with_the_other_server(bench):
    bench.tool("fetch", "fetch", returns=ToolCallResult(False, error="robots.txt says no.", code=Code.TOOL_ERROR))
    bench.tool("firecrawl", "firecrawl_scrape", returns={"markdown": MARKDOWN})
    reply = await bench.say("read https://example.org/whale")
    assert reply.text == "I could not read https://example.org/whale: robots.txt says no."
    assert len(reply.calls) == 1


async def test_without_any_server_the_answer_says_what_to_add_or_set(bench):
    reply = await bench.say("read https://example.org")
    assert (reply.success, reply.code) == (False, "not_found")
    for part in ("mcp_servers.yaml", "mcp-server-fetch", "FIRECRAWL_API_KEY"):
        assert part in reply.text


async def test_a_missing_key_is_told_before_a_permission_is_asked_for(bench):
    bench.withdraw()
    bench.add_server("firecrawl", missing=["FIRECRAWL_API_KEY"])
    reply = await bench.say("read https://example.org")
    assert (reply.code, reply.questions) == ("config_error", [])
    assert reply.text.count("FIRECRAWL_API_KEY") == 1


@pytest.mark.parametrize(
    "text",
    [
        "Contents of https://example.org:\n<error>Page failed to be simplified from HTML</error>",
        "Contents of https://example.org:\n",
    ],
)
async def test_a_page_without_text_is_said_to_have_none(bench, text):
    bench.tool("fetch", "fetch", returns=text)
    reply = await bench.say("read https://example.org")
    assert (reply.code, reply.text) == ("not_found", "https://example.org has no text that I can read.")


async def test_a_page_of_short_lines_is_told_as_it_is(bench):
    bench.tool("fetch", "fetch", returns="Contents of https://example.org/ip:\n192.0.2.1")
    reply = await bench.say("read https://example.org/ip")
    assert reply.text == "https://example.org/ip\n\n192.0.2.1\n\nhttps://example.org/ip"
