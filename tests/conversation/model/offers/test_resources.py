"""A model reads the resources of MCP servers."""

import asyncio
import json
import sys
from functools import partial

import pytest

from fakes.offering import SERVER
from fakes.scripted_model import calls, words
from fakes.servers import eventually
from roxy.contracts.servers import ServerState
from roxy.conversation.model.offers.resources import READ_RESOURCE

HARD = "think hard about all that"


@pytest.fixture
def servers(places):
    shelf = {"command": sys.executable, "args": ["-B", str(SERVER)], "external": False}
    declared = {"servers": {"shelf": shelf}, "startup": {"auto_start": ["shelf"], "on_demand": []}}
    (places.config / "mcp_servers.yaml").write_text(json.dumps(declared), encoding="utf-8")


async def runs(roxy):
    return (await roxy.server_status("shelf")).state == ServerState.RUNNING


async def read(person, bench, **arguments):
    model = bench.script("home", words("Hm."), calls((READ_RESOURCE, {"server": "shelf", **arguments})), words("Read."))
    await person.say(HARD, model="home")  # this starts the server, and waits for it only for a while
    async with asyncio.timeout(60):
        await eventually(partial(runs, person.roxy))
    assert (await person.say(HARD, model="home")).text == "Read."
    assert READ_RESOURCE not in [tool.name for tool in model.asked[0].tools]
    assert READ_RESOURCE in [tool.name for tool in model.asked[1].tools]
    return next(part for role, part in reversed(model.said()) if role == "tool")


@pytest.mark.requirement("mcp.offers")
@pytest.mark.usefixtures("servers")
async def test_a_model_lists_and_reads_the_resources_of_a_server_that_has_some(person, bench):
    _, _, listed, failed = await read(person, bench)
    assert not failed
    assert {"uri": "note://today", "about": "Today", "type": "text/plain"} in listed["resources"]
    assert listed["more"] == 0


@pytest.mark.usefixtures("servers")
async def test_what_is_read_is_told_and_what_is_not_there_is_an_error(person, bench):
    assert (await read(person, bench, uri="note://today"))[2] == {"uri": "note://today", "text": "buy milk"}
    model = bench.script("home", calls((READ_RESOURCE, {"server": "shelf", "uri": "no://x"})), words("Sorry."))
    await person.say(HARD, model="home")
    _, _, content, failed = next(part for role, part in reversed(model.said()) if role == "tool")
    assert failed
    assert "not_found" in content


@pytest.mark.usefixtures("servers")
async def test_a_picture_is_named_and_a_server_that_is_none_refused(person, bench):
    assert (await read(person, bench, uri="note://picture"))[2]["not_text"] == ["image/png"]
    model = bench.script("home", calls((READ_RESOURCE, {"server": "shelv"})), words("Sorry."))
    await person.say(HARD, model="home")
    _, _, content, failed = next(part for role, part in reversed(model.said()) if role == "tool")
    assert failed
    assert "shelf" in content
