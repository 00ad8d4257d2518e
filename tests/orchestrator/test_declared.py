import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from conversation.conftest import Ear
from fakes.servers import ECHO, is_gone, until
from roxy.config.connectors import Declarations
from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.contracts.connectors import Binding, Connector, ConnectorKind
from roxy.conversation.connectors.kept import Connectors
from roxy.errors import ConfigError, ServerNotFound
from roxy.orchestrator.opening import opened
from roxy.store.database import open_database
from roxy.store.tables import sessions

LOCAL = {"external": False, "backoff": 0.05}
ECHOES = Connector(name="echo", command=sys.executable, args=("-B", str(ECHO)), options=LOCAL)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(40):
        yield


@pytest.fixture
def places(tmp_path) -> Places:
    return Places.from_environment({"ROXY_HOME": str(tmp_path / "roxy")}, tmp_path).ready()


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    return {"ROXY_HOME": str(tmp_path / "roxy"), "PATH": os.environ["PATH"], "MINE": "mine", "YOURS": "yours"}


@pytest.fixture
async def elsewhere(places, environ):
    """The connectors as another process changes them."""
    async with open_database(places.data) as database:
        now = datetime.now(UTC)
        async with database.writing() as connection:
            for name in ("ses_1", "ses_2"):
                row = {"id": name, "started": now, "last": now, "title": ""}
                await connection.execute(insert(sessions).values(**row))
        yield Connectors(database, Declarations(places, environ))


@asynccontextmanager
async def roxy(places, environ, *overrides):
    settings = load_settings(places, environ, overrides)
    async with opened(settings, places, environ, long_lived=False) as assistant:
        yield assistant


async def seen(assistant, session_id=None, server="echo") -> dict:
    result = await assistant.call_tool(server, "env", session_id=session_id)
    assert result.success, result.error
    return result.data


@pytest.mark.requirement("connectors.live")
async def test_a_connector_is_a_server_from_the_moment_it_is_there(places, environ, elsewhere):
    async with roxy(places, environ) as assistant:
        assert (await assistant.call_tool("echo", "say", {"text": "hi"})).code == "not_found"
        await elsewhere.add(ECHOES)
        assert (await assistant.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        assert "echo" in [status.name for status in await assistant.server_statuses()]
        await elsewhere.remove("echo")
        assert (await assistant.call_tool("echo", "say", {"text": "hi"})).code == "not_found"
        with pytest.raises(ServerNotFound):
            await assistant.server_status("echo")


@pytest.mark.requirement("connectors.live")
async def test_a_change_holds_at_the_next_call_and_the_old_process_ends(places, environ, elsewhere):
    await elsewhere.add(ECHOES)
    async with roxy(places, environ) as assistant:
        assert "MINE" not in await seen(assistant)
        pid = (await assistant.server_status("echo")).pid
        await elsewhere.upsert(Connector(**{**_fields(ECHOES), "env_keys": ("MINE",)}))
        assert (await seen(assistant))["MINE"] == "mine"
        await until(lambda: is_gone(pid))


async def test_a_change_while_the_manager_opens_is_not_lost(places, environ, elsewhere):
    await elsewhere.add(ECHOES)
    async with roxy(places, environ) as assistant:
        first = asyncio.create_task(assistant.call_tool("echo", "say", {"text": "hi"}))
        await elsewhere.add(Connector(**{**_fields(ECHOES), "name": "late"}))
        seen = await asyncio.gather(*(assistant.server_statuses() for _ in range(5)))
        assert (await first).text == "hi"
        assert "late" in [status.name for status in seen[-1]]
        assert (await assistant.call_tool("late", "say", {"text": "ho"})).text == "ho"


async def test_nothing_is_started_anew_when_nothing_was_changed(places, environ, elsewhere):
    await elsewhere.add(ECHOES)
    async with roxy(places, environ) as assistant:
        first = await assistant.call_tool("echo", "whoami")
        await elsewhere.add(Connector(name="other", command="x"))
        assert (await assistant.call_tool("echo", "whoami")).data == first.data


async def test_a_disabled_connector_refuses_calls_and_says_how_to_enable_it(places, environ, elsewhere):
    await elsewhere.add(Connector(**{**_fields(ECHOES), "enabled": False}))
    async with roxy(places, environ) as assistant:
        refused = await assistant.call_tool("echo", "env")
        assert refused.code == "not_running"
        assert "roxy mcp connectors enable echo" in refused.error


@pytest.mark.requirement("connectors.sessions", "mcp.variants")
async def test_two_sessions_have_servers_of_their_own_at_the_same_time(places, environ, elsewhere):
    await elsewhere.add(ECHOES)
    await elsewhere.bind(Binding(session_id="ses_1", connector="echo", env_keys=("MINE",)))
    await elsewhere.bind(Binding(session_id="ses_2", connector="echo", env_keys=("YOURS",)))
    async with roxy(places, environ) as assistant:
        one, two, shared = await asyncio.gather(
            seen(assistant, "ses_1"), seen(assistant, "ses_2"), seen(assistant, None)
        )
    assert (one.get("MINE"), one.get("YOURS")) == ("mine", None)
    assert (two.get("MINE"), two.get("YOURS")) == (None, "yours")
    assert (shared.get("MINE"), shared.get("YOURS")) == (None, None)


@pytest.mark.requirement("connectors.live", "connectors.bindings")
async def test_a_binding_comes_changes_and_goes_between_two_calls(places, environ, elsewhere):
    await elsewhere.add(ECHOES)
    bound = Binding(session_id="ses_1", connector="echo", label="mine", env_keys=("MINE",))
    async with roxy(places, environ) as assistant:
        assert (await assistant.call_tool("mine", "env", session_id="ses_1")).code == "not_found"
        await elsewhere.bind(bound)
        assert (await seen(assistant, "ses_1", "mine"))["MINE"] == "mine"
        assert (await assistant.call_tool("mine", "env", session_id="ses_2")).code == "not_found"
        await elsewhere.rebind(bound, lambda _: Binding(**{**_fields(bound), "env_keys": ("YOURS",)}))
        assert (await seen(assistant, "ses_1", "mine"))["YOURS"] == "yours"
        await elsewhere.unbind("ses_1", "echo", "mine")
        assert (await assistant.call_tool("mine", "env", session_id="ses_1")).code == "not_found"


async def test_of_two_bindings_with_one_label_the_higher_priority_answers(places, environ, elsewhere):
    await elsewhere.add(ECHOES)
    await elsewhere.add(Connector(**{**_fields(ECHOES), "name": "second", "env_keys": ("YOURS",)}))
    await elsewhere.bind(Binding(session_id="ses_1", connector="echo", label="main", env_keys=("MINE",)))
    await elsewhere.bind(Binding(session_id="ses_1", connector="second", label="main", priority=5))
    async with roxy(places, environ) as assistant:
        assert "YOURS" in await seen(assistant, "ses_1", "main")
        await elsewhere.unbind("ses_1", "second")
        assert "MINE" in await seen(assistant, "ses_1", "main")


async def test_a_connector_that_became_wrong_is_left_out_with_its_reason(places, environ, elsewhere):
    file = places.config / "mcp_servers.yaml"
    file.write_text(json.dumps({"servers": {"base": {"command": "base"}}}), encoding="utf-8")
    over = Connectors(elsewhere._database, Declarations(places, environ))
    await over.add(Connector(name="base", options={"timeout_request": 5}))
    await over.add(ECHOES)
    file.write_text("{}", encoding="utf-8")
    async with roxy(places, environ) as assistant:
        assert (await assistant.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        broken = await assistant.call_tool("base", "anything")
        assert (broken.code, "connector base" in broken.error) == ("config_error", True)
        with pytest.raises(ConfigError, match="connector base"):
            await assistant.start_server("base")


async def test_what_calls_roxy_is_not_called_by_it(places, environ, elsewhere):
    await elsewhere.add(Connector(name="editor", kind=ConnectorKind.SERVER, command="editor"))
    async with roxy(places, environ) as assistant:
        assert "editor" not in [status.name for status in await assistant.server_statuses()]


@pytest.mark.requirement("sessions.migrate")
@pytest.mark.parametrize("read", [True, False])
async def test_an_older_map_counts_only_when_the_settings_say_so(places, environ, elsewhere, read):
    target = {"id": "old", "cmd": [sys.executable, "-B", str(ECHO)], "env_keys": ["MINE"], "options": LOCAL}
    async with elsewhere._database.writing() as connection:
        text = json.dumps({"mcps": {"targets": [target]}})
        await connection.execute(update(sessions).where(sessions.c.id == "ses_1").values(metadata=text))
    async with roxy(places, environ, f"sessions.read_mcps={str(read).lower()}") as assistant:
        result = await assistant.call_tool("old", "env", session_id="ses_1")
        assert (result.success, (result.data or {}).get("MINE")) == (read, "mine" if read else None)
        assert (await assistant.call_tool("old", "env", session_id="ses_2")).code == "not_found"


async def test_a_skill_sees_a_connector_among_the_servers(places, environ, elsewhere):
    async with roxy(places, environ) as assistant:
        await elsewhere.add(ECHOES)
        await assistant.server_statuses()
        assert "echo" in assistant._rooms.servers.server_names()
        assert (await assistant.list_tools("echo"))[0].server == "echo"


def _fields(value) -> dict:
    return {name: getattr(value, name) for name in value.__slots__}


@pytest.mark.requirement("connectors.bindings")
async def test_what_one_session_binds_is_at_hand_in_it_alone_and_as_it_has_it(places, environ, elsewhere):
    await elsewhere.add(Connector(**{**_fields(ECHOES), "enabled": False}))
    own = {**LOCAL, "disabled_tools": ["env"], "enabled": True}
    async with roxy(places, environ) as assistant:
        servers = assistant._rooms.servers
        await elsewhere.edit("echo", lambda connector: Connector(**{**_fields(connector), "enabled": True}))
        await elsewhere.bind(Binding(session_id="ses_1", connector="echo", label="mine"))
        await elsewhere.bind(
            Binding(session_id="ses_1", connector="echo", options={"disabled_tools": own["disabled_tools"]})
        )
        for session in ("ses_1", "ses_2", None):
            await servers.refresh(session)
        assert "mine" in servers.startable("ses_1")
        assert servers.binds("mine", "ses_1")
        assert all("mine" not in servers.startable(session) for session in ("ses_2", None))
        tools = {tool.full_name for tool in await servers.known_tools("mine", "ses_1")}
        assert "mine.env" in tools
        assert servers.at_hand("mine", "ses_2") == ()
        own_tools = {tool.name for tool in await servers.known_tools("echo", "ses_1")}
        shared = {tool.name for tool in await servers.known_tools("echo", "ses_2")}
        assert shared - own_tools == {"env"}
        await elsewhere.unbind("ses_1", "echo", "mine")
        await servers.refresh("ses_1")
        assert "mine" not in servers.startable("ses_1")


@pytest.mark.requirement("connectors.live")
async def test_a_secret_that_comes_with_a_connector_or_binding_is_redacted_from_the_next_call_on(
    places, environ, elsewhere
):
    first, second = (f"plainlooking{number}words" for number in ("one", "two"))
    environ |= {"TRACKER_TOKEN": first, "WORK_TOKEN": second}
    hidden = {name: value for name, value in environ.items() if not name.endswith("TOKEN")}
    async with roxy(places, environ) as assistant:
        rooms = assistant._rooms
        rooms.around = replace(rooms.around, environ=hidden)  # else all variables named so were known from the start
        gateway = await rooms.gateway.get()
        said = f"use {first} and {second}"
        assert gateway.redact_text(said) == said
        await elsewhere.add(Connector(**{**_fields(ECHOES), "env_keys": ("TRACKER_TOKEN",)}))
        assert (await assistant.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        assert first not in gateway.redact_text(said)
        assert second in gateway.redact_text(said)
        await elsewhere.bind(Binding(session_id="ses_1", connector="echo", env_keys=("WORK_TOKEN",)))
        assert (await assistant.call_tool("echo", "say", {"text": "hi"}, session_id="ses_1")).text == "hi"
        assert second not in gateway.redact_text(said)


async def test_a_variable_for_a_server_that_there_is_not_is_told_to_whoever_listens(places, environ, elsewhere):
    await elsewhere.add(Connector(name="tracker", command="x"))
    environ |= {"ROXY_SERVERS__TRAKCER__ENABLED": "false", "ROXY_SERVERS__TRACKER__ENABLED": "true"}
    ear = Ear()
    async with roxy(places, environ) as assistant, assistant.listening(ear):
        pass
    [said] = ear.texts
    assert "ROXY_SERVERS__TRAKCER__ENABLED changes nothing" in said
    assert "`tracker`" in said
