"""Resources, templates, prompts and completions of real servers, in both eras, on stdio and over HTTP."""

import asyncio
import base64
import json

import pytest

from fakes.offering import WAYS, offering
from fakes.privacy import NAME, PSEUDONYM, KeptEvents, OneNameGuard
from roxy.contracts.events import EventKind
from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerNotFound, ServerNotRunning
from roxy.mcp.servers import MCPServerManager
from roxy.observe import trace


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


def manager(config, guard=None, events=None) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=guard, events=events)


@pytest.fixture
def local():
    """A declaration of the server inside this process: nothing to wait for."""

    def declared(**settings):
        return ServerConfig(**{"name": "offering", "module": "fakes.offering_server", "transport": "module"} | settings)

    return declared


@pytest.mark.requirement("mcp.offers")
@pytest.mark.parametrize("way", WAYS)
async def test_resources_and_prompts_are_listed_read_and_filled_in(way):
    with offering(way) as config:
        async with manager(config) as servers:
            found = {one.uri: one for one in await servers.list_resources("offering")}
            assert set(found) == {"note://today", "note://picture"}
            today = found["note://today"]
            assert (today.title, today.description, today.mime_type) == ("Today", "What is due", "text/plain")
            [pattern] = await servers.list_templates("offering")
            assert pattern.uri_template == "note://about/{name}"

            read = await servers.read_resource("offering", "note://today")
            assert (read.success, read.text, read.attempts) == (True, "buy milk", 1)
            assert read.route == f"mcp:{way.split()[0]}"
            picture = await servers.read_resource("offering", "note://picture")
            assert base64.b64decode(picture.contents[0]["blob"]) == b"\x89PNG"
            assert (await servers.read_resource("offering", "note://about/tea")).text == "a note about tea"

            [prompt] = await servers.list_prompts("offering")
            assert (prompt.full_name, prompt.description) == ("offering.greet", "Greets somebody.")
            assert [(one.name, one.required) for one in prompt.arguments] == [("name", True), ("tone", False)]
            filled = await servers.get_prompt("offering", "greet", {"name": "Ada"})
            assert filled.text == "Greet Ada in a friendly tone."
            assert filled.messages[0]["role"] == "user"

            ref = {"type": "ref/prompt", "name": "greet"}
            completed = await servers.complete("offering", ref, "name", "A")
            assert (completed.values, completed.total, completed.more) == (("Ada", "Alan"), 3, False)
            context = {"name": "Ada"}
            assert (await servers.complete("offering", ref, "tone", "", context=context)).values == (str(context),)


@pytest.mark.parametrize("way", ["stdio legacy", "http modern"])
async def test_what_does_not_exist_is_not_found_with_the_next_step(way):
    with offering(way) as config:
        async with manager(config) as servers:
            read = await servers.read_resource("offering", "nowhere://x")
            assert (read.success, read.code) == (False, "not_found")
            assert "roxy mcp resources offering" in read.error
            prompt = await servers.get_prompt("offering", "nothing", {})
            assert (prompt.success, prompt.attempts) == (False, 1)
            assert "roxy mcp prompts offering" in prompt.error


async def test_nothing_is_raised_for_a_server_that_is_unknown_or_switched_off_but_for_lists(local):
    async with manager(local(enabled=False)) as servers:
        assert (await servers.read_resource("nobody", "a:b")).code == "not_found"
        assert (await servers.read_resource("offering", "a:b")).code == "not_running"
        assert (await servers.get_prompt("offering", "greet")).code == "not_running"
        assert (await servers.complete("offering", {"type": "ref/prompt", "name": "x"}, "a", "")).code == "not_running"
        with pytest.raises(ServerNotFound):
            await servers.list_resources("nobody")
        with pytest.raises(ServerNotRunning):
            await servers.list_prompts("offering")


@pytest.mark.requirement("mcp.offers_one_path")
async def test_reads_and_prompts_pass_the_gateway_both_ways_and_leave_one_event_each(local):
    guard, events = OneNameGuard(), KeptEvents()
    async with manager(local(external=True), guard, events) as servers:
        with trace.bound(correlation_id="cor_1", session_id="s1"):
            filled = await servers.get_prompt("offering", "greet", {"name": NAME})
        assert NAME in filled.text
        assert filled.redactions == 1
        assert guard.asked[-1]["session_id"] == "s1"
        read = await servers.read_resource("offering", f"note://about/{NAME}")
        assert read.text == f"a note about {NAME}"
        ref = {"type": "ref/prompt", "name": "greet"}
        assert (await servers.complete("offering", ref, "name", NAME)).redactions == 1
    made = {event.name: event for event in events.of(EventKind.TOOL_CALL)}
    assert set(made) == {"prompt.filled", "resource.read", "completion.asked"}
    assert made["prompt.filled"].data["arguments"] == {"name": PSEUDONYM}
    assert (made["prompt.filled"].session_id, made["prompt.filled"].correlation_id) == ("s1", "cor_1")
    assert made["resource.read"].data["resource"] == f"note://about/{PSEUDONYM}"
    assert len(events.of(EventKind.DECISION)) == 3
    assert NAME not in json.dumps([dict(event.data) for event in events.events])


async def test_a_uri_that_the_server_has_listed_goes_to_it_as_it_is(local):
    guard, events = OneNameGuard(), KeptEvents()
    async with manager(local(external=True), guard, events) as servers:
        await servers.list_resources("offering")
        asked = len(guard.asked)
        assert (await servers.read_resource("offering", "note://today")).success
        assert len(guard.asked) == asked
    assert events.of(EventKind.TOOL_CALL)[-1].data["resource"] == "note://today"


async def test_what_may_not_leave_is_not_read(local):
    async with manager(local(external=True), OneNameGuard(blocks="no"), KeptEvents()) as servers:
        read = await servers.read_resource("offering", "note://about/x")
        assert (read.code, read.attempts) == ("privacy_blocked", 0)
