"""What a connection offers beside calls: resources, templates, prompts, signs of life, in both eras."""

import asyncio

import pytest

from roxy.contracts.servers import ServerConfig
from roxy.errors import RoxyError, ServerDisconnected
from roxy.mcp.connection import Connection
from roxy.mcp.faults import Unsent
from roxy.mcp.wire.parsing import Parser
from roxy.mcp.wire.peer import RequestOptions
from roxy.mcp.wire.stderr import StderrLog


@pytest.fixture(params=["legacy", "modern", "auto"])
async def opened(request):
    async with asyncio.timeout(20):
        config = ServerConfig(name="sdk", module="fakes.sdk_server", transport="module", protocol=request.param)
        connection = Connection(
            config,
            stderr=StderrLog("sdk", None),
            parser=Parser(),
            remembered={},
            on_news=lambda *_: None,
        )
        await connection.open(10)
        yield connection
        await connection.close()
        assert not connection.alive


async def test_resources_templates_and_prompts_are_listed_and_read(opened):
    assert [item["uri"] for item in await opened.ask(lambda peer: peer.list_items("resources"))] == ["note://first"]
    assert [item["uriTemplate"] for item in await opened.ask(lambda peer: peer.list_items("resourceTemplates"))] == [
        "note://{name}"
    ]
    assert [item["name"] for item in await opened.ask(lambda peer: peer.list_items("prompts"))] == ["greet"]
    assert (await opened.ask(lambda peer: peer.read_resource("note://tea")))["contents"][0][
        "text"
    ] == "a note about tea"
    prompt = await opened.ask(lambda peer: peer.get_prompt("greet", {"name": "Ada"}))
    assert prompt["messages"][0]["content"]["text"] == "Greet Ada."
    await opened.ping()


async def test_a_call_gives_back_the_result_as_the_server_sent_it(opened):
    result = await opened.call_tool("echo", {"text": "hi"}, RequestOptions({"dev.roxy/hops": 1}))
    assert result["content"] == [{"type": "text", "text": "hi"}]
    assert (await opened.call_tool("hops", {}, RequestOptions({"dev.roxy/hops": 3})))["content"][0]["text"] == "3"


async def test_what_does_not_exist_is_an_error_of_roxys_own(opened):
    with pytest.raises(RoxyError, match="sdk"):
        await opened.ask(lambda peer: peer.read_resource("nowhere://x"))


async def test_a_closed_connection_sends_nothing(opened):
    await opened.close()
    with pytest.raises(Unsent):
        await opened.call_tool("echo", {"text": "hi"})
    with pytest.raises(ServerDisconnected):
        await opened.list_tools()
