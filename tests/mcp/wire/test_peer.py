"""A server's methods as plain dicts: frames, headers, pages, rounds of input."""

import asyncio

import pytest
from mcp import MCPError

from fakes.channels import MemoryChannel, dispatching
from fakes.inputs import Answers
from roxy.errors import NeedsInput, ServerProtocolError
from roxy.mcp.wire import inputs
from roxy.mcp.wire.envelope import Envelope
from roxy.mcp.wire.peer import MAX_PAGES, Peer, RequestOptions
from roxy.mcp.wire.tolerance import Dropped

MODERN, LEGACY = "2026-07-28", "2025-11-25"
TEXT = {"type": "text", "text": "hi"}


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(10):
        yield


def tool(name: str, **properties) -> dict:
    return {"name": name, "inputSchema": {"type": "object", "properties": properties}}


def peer(dispatcher, protocol=MODERN, *, http=False, on_input=None) -> Peer:
    envelope = Envelope(protocol, inputs.capabilities(on_input), http=http)
    return Peer("echo", dispatcher, envelope, on_input=on_input, dropped=Dropped("echo"))


def called(message) -> dict:
    return {"result": {"content": [TEXT]}}


async def test_each_modern_request_says_who_asks_in_which_revision():
    channel = MemoryChannel(called)
    async with dispatching(channel) as dispatcher:
        await peer(dispatcher).call_tool("say", {"text": "hi"}, RequestOptions({"dev.roxy/hops": 1}))
        params = channel.sent[0]["params"]
        assert (params["name"], params["arguments"]) == ("say", {"text": "hi"})
        meta = params["_meta"]
        assert meta["io.modelcontextprotocol/protocolVersion"] == MODERN
        assert meta["io.modelcontextprotocol/clientInfo"]["name"] == "roxy"
        assert meta["io.modelcontextprotocol/clientCapabilities"] == {}
        assert meta["dev.roxy/hops"] == 1
        assert channel.headers == [None]


async def test_a_legacy_request_has_no_frame():
    channel = MemoryChannel(called)
    async with dispatching(channel) as dispatcher:
        legacy = peer(dispatcher, LEGACY)
        await legacy.call_tool("say", {})
        await legacy.call_tool("say", {}, RequestOptions({"a": 1}))
        assert [message["params"].get("_meta") for message in channel.sent] == [None, {"a": 1}]


async def test_over_modern_http_headers_mirror_the_body_and_tools_that_say_so_wrongly_are_dropped():
    listed = [
        tool("search", region={"type": "string", "x-mcp-header": "Region"}, q={"type": "string"}),
        tool("bad", region={"type": "number", "x-mcp-header": "Region"}),
    ]

    def answer(message):
        return {"result": {"tools": listed}} if message["method"] == "tools/list" else called(message)

    channel = MemoryChannel(answer)
    async with dispatching(channel) as dispatcher:
        far = peer(dispatcher, http=True)
        assert [item["name"] for item in await far.list_items("tools")] == ["search"]
        assert far.dropped == {"tools": 1}
        await far.call_tool("search", {"region": "Köln", "q": "x"})
        await far.read_resource("file:///ü")
        sent = channel.headers
        assert sent[0] == {"mcp-protocol-version": MODERN, "mcp-method": "tools/list"}
        assert sent[1]["mcp-name"] == "search"
        assert sent[1]["Mcp-Param-Region"] == "=?base64?S8O2bG4=?="
        assert "Mcp-Param-q" not in sent[1]
        assert sent[2]["mcp-name"].startswith("=?base64?")


async def test_over_legacy_http_only_the_revision_stands_in_the_headers_and_no_tool_is_dropped():
    channel = MemoryChannel(lambda _: {"result": {"tools": [tool("bad", a={"type": "number", "x-mcp-header": "A"})]}})
    async with dispatching(channel) as dispatcher:
        assert len(await peer(dispatcher, LEGACY, http=True).list_items("tools")) == 1
        assert channel.headers == [{"mcp-protocol-version": LEGACY}]


async def test_a_header_mismatch_has_the_tools_listed_anew_and_the_call_sent_once_more():
    refusals = [{"error": {"code": -32020, "message": "HeaderMismatch"}}]
    listed = [tool("search", region={"type": "string", "x-mcp-header": "Region"})]

    def answer(message):
        if message["method"] == "tools/list":
            return {"result": {"tools": listed}}
        return refusals.pop() if refusals else called(message)

    channel = MemoryChannel(answer)
    async with dispatching(channel) as dispatcher:
        await peer(dispatcher, http=True).call_tool("search", {"region": "eu"})
        assert channel.methods() == ["tools/call", "tools/list", "tools/call"]
        assert channel.headers[2]["Mcp-Param-Region"] == "eu"
        refusals.extend([{"error": {"code": -32020, "message": "HeaderMismatch"}}] * 2)
        with pytest.raises(MCPError, match="HeaderMismatch"):
            await peer(dispatcher, http=True).call_tool("search", {})


def pages(*cursors):
    """A server whose n-th page says that the next one is at the n-th of `cursors`."""
    count = 0

    def answer(message):
        nonlocal count
        count += 1
        result = {"tools": [tool(f"t{count}"), 5]}
        if count <= len(cursors):
            result["nextCursor"] = cursors[count - 1]
        return {"result": result}

    return answer


@pytest.mark.parametrize(
    ("cursors", "count", "dropped"),
    [
        (("a", "b"), 3, {"tools": 3}),
        (("a", ""), 2, {"tools": 2}),
        (("a", None), 2, {"tools": 2}),
        (("a", "a"), 2, {"tools": 2, "pages": 1}),
        (("a", "b", "a"), 3, {"tools": 3, "pages": 1}),
        ((5,), 1, {"tools": 1, "pages": 1}),
    ],
)
@pytest.mark.requirement("mcp.tolerance")
async def test_all_pages_are_read_and_pages_that_lead_in_circles_are_cut(cursors, count, dropped):
    channel = MemoryChannel(pages(*cursors))
    async with dispatching(channel) as dispatcher:
        listing = peer(dispatcher)
        assert len(await listing.list_items("tools")) == count
        assert listing.dropped == dropped
        assert [message["params"].get("cursor") for message in channel.sent][: len(cursors)][1:2] in ([], ["a"])


async def test_pages_that_never_end_are_cut():
    channel = MemoryChannel(pages(*(str(n) for n in range(MAX_PAGES + 10))))
    async with dispatching(channel) as dispatcher:
        listing = peer(dispatcher)
        assert len(await listing.list_items("tools")) == MAX_PAGES
        assert listing.dropped["pages"] == 1


@pytest.mark.parametrize("bad", [{"error": {"code": -32603, "message": "oops"}}, {"result": {"tools": "none"}}])
async def test_a_bad_page_is_dropped_and_the_ones_before_it_stay(bad):
    def answer(message):
        return bad if "cursor" in message["params"] else {"result": {"tools": [tool("t")], "nextCursor": "a"}}

    async with dispatching(MemoryChannel(answer)) as dispatcher:
        listing = peer(dispatcher)
        assert len(await listing.list_items("tools")) == 1
        assert listing.dropped == {"pages": 1}


async def test_a_server_that_knows_no_such_list_has_an_empty_one_and_a_bad_first_page_is_an_error():
    async with dispatching(MemoryChannel(lambda _: {"error": {"code": -32601, "message": "?"}})) as dispatcher:
        assert await peer(dispatcher).list_items("prompts") == []
    async with dispatching(MemoryChannel(lambda _: {"result": {"tools": {}}})) as dispatcher:
        with pytest.raises(ServerProtocolError, match="echo lists no tools"):
            await peer(dispatcher).list_items("tools")


@pytest.mark.parametrize(("protocol", "method"), [(MODERN, "server/discover"), (LEGACY, "ping")])
async def test_a_sign_of_life_is_asked_for_in_the_way_of_the_era(protocol, method):
    channel = MemoryChannel(lambda _: {"result": {}})
    async with dispatching(channel) as dispatcher:
        await peer(dispatcher, protocol).sign_of_life()
        assert channel.methods() == [method]


STATE = 'opaque "state" \u00fc \\u00e9'
ASKED = {"name": {"method": "elicitation/create", "params": {"message": "Your name?"}}}


def asking(rounds):
    """A server that asks for input in each of `rounds`, then answers."""
    left = list(rounds)

    def answer(message):
        return {"result": {"resultType": "input_required", **left.pop(0)}} if left else called(message)

    return answer


@pytest.mark.requirement("mcp.input_required")
@pytest.mark.parametrize("method", ["tools/call", "resources/read", "prompts/get"])
async def test_a_server_that_asks_for_input_gets_its_state_back_as_it_came_with_a_new_id(method):
    asked = []

    async def on_input(kind, params):
        asked.append((kind, params))
        return {"action": "accept", "content": {"name": "Ada"}}

    channel = MemoryChannel(asking([{"inputRequests": ASKED, "requestState": STATE}, {"inputRequests": ASKED}]))
    async with dispatching(channel) as dispatcher:
        speaking = peer(dispatcher, on_input=Answers(on_input))
        if method == "tools/call":
            assert (await speaking.call_tool("t", {"a": 1}))["content"] == [TEXT]
        elif method == "resources/read":
            await speaking.read_resource("a:b")
        else:
            await speaking.get_prompt("p", {})
        first, second, third = channel.sent
        assert [message["method"] for message in channel.sent] == [method] * 3
        assert len({message["id"] for message in channel.sent}) == 3
        answer = {"name": {"action": "accept", "content": {"name": "Ada"}}}
        assert second["params"]["requestState"] == STATE
        assert second["params"]["inputResponses"] == third["params"]["inputResponses"] == answer
        assert "requestState" not in first["params"]
        assert "requestState" not in third["params"]
        declared = first["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"]
        assert set(declared) == {"elicitation", "sampling", "roots"}
        assert asked == [("elicitation/create", {"message": "Your name?"})] * 2


async def test_a_server_that_wants_nothing_but_to_be_asked_again_is_asked_again():
    channel = MemoryChannel(asking([{"requestState": "1"}, {"requestState": "2"}]))
    async with dispatching(channel) as dispatcher:
        assert await peer(dispatcher).call_tool("t", {})
        assert [message["params"].get("requestState") for message in channel.sent] == [None, "1", "2"]


async def test_without_anyone_to_ask_the_call_ends_with_what_was_asked():
    async with dispatching(MemoryChannel(asking([{"inputRequests": ASKED}]))) as dispatcher:
        with pytest.raises(NeedsInput, match=r"asks for input: Your name\?"):
            await peer(dispatcher).call_tool("t", {})


async def test_a_server_that_never_has_enough_is_given_up():
    async def on_input(*_):
        return {"action": "accept"}

    channel = MemoryChannel(asking([{"inputRequests": ASKED}] * 100))
    async with dispatching(channel) as dispatcher:
        with pytest.raises(ServerProtocolError, match="more than 8 times"):
            await peer(dispatcher, on_input=Answers(on_input)).call_tool("t", {})
        assert len(channel.sent) == inputs.MAX_ROUNDS + 1


@pytest.mark.parametrize(
    "round_",
    [
        {"inputRequests": {"x": {"method": "tools/call", "params": {}}}},
        {"inputRequests": {"x": 5}},
        {"inputRequests": ["x"]},
        {"inputRequests": {str(n): ASKED["name"] for n in range(17)}},
        {"resultType": "task"},
    ],
)
async def test_a_server_that_asks_for_something_else_is_not_answered(round_):
    async def on_input(*_):
        return {"action": "accept"}

    async with dispatching(MemoryChannel(asking([round_]))) as dispatcher:
        with pytest.raises(ServerProtocolError):
            await peer(dispatcher, on_input=Answers(on_input)).call_tool("t", {})
