import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

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
