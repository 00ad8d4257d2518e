"""Held tools as a chat sees them: told once to whoever listens, and offered to no model."""

import asyncio
import json
import os
import sys

import pytest

from conversation.conftest import Ear
from fakes.offered import Offering
from fakes.servers import ECHO
from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.contracts.calls import Code
from roxy.contracts.events import EventKind
from roxy.contracts.servers import ServerState
from roxy.conversation.model.offer import Offer
from roxy.errors import ServerNotFound
from roxy.orchestrator.opening import opened


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


class NoSkills:
    def skills(self):
        return ()


@pytest.mark.requirement("mcp.held_told_once", "mcp.held")
async def test_whoever_begins_to_listen_is_told_what_is_held_and_no_model_is_offered_it(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "roxy")}, tmp_path).ready()
    (places.config / "mcp_servers.yaml").write_text("servers:\n  echo: {command: echo-server, external: false}\n")
    offering = Offering(places.data)
    await offering.listed()
    offering.offer(say={"description": "Something else"})
    await offering.listed()
    environ = {"ROXY_HOME": str(tmp_path / "roxy"), "PATH": os.environ["PATH"]}
    ear = Ear()
    async with opened(load_settings(places, environ), places, environ, long_lived=True) as roxy:
        async with roxy.listening(ear):
            said = [notice.text for notice in ear.notices if "held" in notice.text]
            assert len(said) == 1
            assert "1 of the tools of the server echo is held." in said[0]
            assert "roxy mcp diff echo, then roxy mcp approve echo" in said[0]
            status = await roxy.server_status("echo")
            assert (status.held, status.state) == (1, ServerState.STOPPED)
            servers = roxy._rooms.servers  # the offer asks what doors do not
            offered = await Offer(NoSkills(), servers).tools("echo")
            assert [one.tool for one in offered if one.server == "echo"] == ["add", "env", "big"]
            (change,) = await roxy.tool_changes("echo")
            assert await roxy.approve_tools("echo", {"say": change.digest}) == ("say",)
            assert (await roxy.server_status("echo")).held == 0
            (audited,) = await (await roxy._rooms.events.get()).recent(kind=EventKind.AUDIT)
            assert (audited.name, audited.data["tools"]) == ("tools.approved", {"say": change.digest})
        ear = Ear()
        async with roxy.listening(ear):
            assert [notice for notice in ear.notices if "held" in notice.text] == []


@pytest.mark.requirement("mcp.held", "mcp.approve")
async def test_a_tool_that_changes_while_roxy_runs_is_refused_and_called_again_once_it_is_approved(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "roxy")}, tmp_path).ready()
    changes = tmp_path / "changes"
    changes.write_text("{}")
    words = ["-B", str(ECHO), "--quiet", "--changes", str(changes)]
    declared = {"command": sys.executable, "args": words, "external": False, "protocol": "modern"}
    (places.config / "mcp_servers.yaml").write_text(json.dumps({"servers": {"echo": declared}}))
    environ = {"ROXY_HOME": str(tmp_path / "roxy"), "PATH": os.environ["PATH"]}
    async with opened(load_settings(places, environ), places, environ, long_lived=False) as roxy:
        assert (await roxy.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        changes.write_text(json.dumps({"say": {"description": "Say it\u200b otherwise"}}))
        await roxy.list_tools("echo", fresh=True)
        assert (await roxy.call_tool("echo", "say", {"text": "hi"})).code == Code.NOT_APPROVED
        assert [said for said in await roxy.server_problems() if "echo.say holds 1 invisible character" in said]
        (change,) = await roxy.tool_changes("echo")
        assert (change.tool, change.held) == ("say", True)
        with pytest.raises(ServerNotFound):
            await roxy.tool_changes("ohce")
        assert await roxy.approve_tools("echo", {"say": change.digest}) == ("say",)
        assert (await roxy.call_tool("echo", "say", {"text": "hi"})).text == "hi"
