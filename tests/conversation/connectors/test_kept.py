import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete

from roxy.contracts.connectors import Binding, Connector, ConnectorKind
from roxy.contracts.servers import ServerTransport
from roxy.errors import ConfigError, UsageError
from roxy.store.tables import sessions

FILES = Connector(
    name="files",
    transport=ServerTransport.STDIO,
    command="files-server",
    args=("--root", "/srv"),
    env_keys=("FILES_HOME",),
    options={"timeout_request": 5.0, "env": {"LANG": "C"}, "external": False},
    strict=True,
)
TRACKER = Connector(name="tracker", transport=ServerTransport.HTTP, url="https://tracker.example/mcp")
SECRET = "gh" + "p_" + "a1B2" * 9


@pytest.mark.requirement("connectors.kept")
async def test_a_connector_comes_back_as_it_was_given(kept):
    await kept.add(FILES)
    await kept.add(TRACKER)
    assert await kept.get("files") == FILES
    assert await kept.list() == [FILES, TRACKER]


async def test_a_name_can_be_given_once(kept):
    await kept.add(FILES)
    with pytest.raises(UsageError, match="connectors edit files"):
        await kept.add(replace(FILES, command="other"))
    assert (await kept.get("files")).command == "files-server"


async def test_upsert_says_whether_it_was_new(kept):
    assert await kept.upsert(FILES) is True
    assert await kept.upsert(replace(FILES, command="other")) is False
    assert (await kept.get("files")).command == "other"


async def test_an_unknown_connector_is_refused_with_the_nearest_name(kept):
    await kept.add(TRACKER)
    with pytest.raises(UsageError, match="Did you mean `tracker`"):
        await kept.get("traker")
    with pytest.raises(UsageError, match="Did you mean `tracker`"):
        await kept.remove("traker")


@pytest.mark.requirement("connectors.secrets")
@pytest.mark.parametrize(
    "connector",
    [
        Connector(name="x", command="x", args=("--token", "abcd1234efgh5678")),
        Connector(name="x", command="x", args=("--api-key=abcd1234efgh5678",)),
        Connector(name="x", command="x", args=(SECRET,)),
        Connector(name="x", command="x", env_keys=(SECRET,)),
        Connector(name="x", command="x", env_keys=("X_TOKEN=abcd1234efgh5678",)),
        Connector(name="x", command="x", options={"env": {"X_TOKEN": "abcd1234efgh5678"}}),
        Connector(name="x", url="https://example.com/mcp", options={"headers": {"Authorization": f"Bearer {SECRET}"}}),
        Connector(name="x", url="https://user:abcd1234@example.com/mcp"),
        Connector(name="x", url="https://example.com/mcp?api_key=abcd1234efgh5678"),
    ],
    ids=lambda connector: f"{connector.args or connector.env_keys or connector.url}"[:20].replace("abcd1234", ""),
)
async def test_a_secret_is_refused_with_advice_and_never_repeated(kept, connector):
    with pytest.raises(ConfigError) as refused:
        await kept.add(replace(connector, transport=ServerTransport.HTTP if connector.url else None))
    assert "environment variable" in str(refused.value) or "set the variables" in str(refused.value)
    for secret in (SECRET, "abcd1234"):
        assert secret not in str(refused.value)
    assert await kept.list() == []


@pytest.mark.parametrize(
    ("connector", "told"),
    [
        (Connector(name="x", command="x", options={"tmeout_request": 3}), "Did you mean `timeout_request`"),
        (Connector(name="x", command="x", options={"timeout_request": -3}), "above 0"),
        (Connector(name="x", command="x", options={"command": "y"}), "not a known setting"),
        (Connector(name="a.b", command="x"), "cannot be the name"),
        (Connector(name="x"), "needs `command`"),
        (Connector(name="x", command="x", url="https://example.com"), "`url` is given"),
        (Connector(name="x", command="x\0y"), "NUL"),
        (Connector(name="x", command="x", options={"env": {"A": "\udc80"}}), "`env.A` holds"),
        (Connector(name="x", command="x", args=("\udc80",)), "`args` holds"),
    ],
)
@pytest.mark.requirement("connectors.kept")
async def test_what_is_wrong_is_said_in_the_words_of_the_files(kept, connector, told):
    with pytest.raises(ConfigError, match=told):
        await kept.add(connector)
    assert await kept.list() == []


async def test_a_connector_may_say_only_what_differs_from_a_server_in_a_file(kept):
    await kept.add(Connector(name="github", options={"timeout_request": 60}))
    assert (await kept.get("github")).command is None


@pytest.mark.requirement("connectors.kept")
async def test_a_renamed_connector_keeps_its_bindings(kept, session):
    await kept.add(FILES)
    await kept.bind(Binding(session_id=await session(), connector="files"))
    await kept.bind(Binding(session_id="ses_1", connector="files", label="work"))
    await kept.edit("files", lambda connector: replace(connector, name="papers"))
    assert [(one.connector, one.server) for one in await kept.bindings("ses_1")] == [
        ("papers", "papers"),
        ("papers", "work"),
    ]


async def test_no_connector_is_renamed_to_a_name_that_is_taken(kept):
    await kept.add(FILES)
    await kept.add(TRACKER)
    with pytest.raises(UsageError, match="tracker"):
        await kept.edit("files", lambda connector: replace(connector, name="tracker"))


async def test_a_change_that_would_break_a_binding_is_refused(kept, session):
    await kept.add(TRACKER)
    await kept.bind(Binding(session_id=await session(), connector="tracker", endpoint="https://other.example/mcp"))
    with pytest.raises(ConfigError, match="binding ses_1/tracker"):
        await kept.edit("tracker", lambda _: Connector(name="tracker", transport=ServerTransport.STDIO, command="x"))
    assert await kept.get("tracker") == TRACKER


async def test_edits_at_the_same_time_lose_none(kept):
    await kept.add(FILES)

    async def put(number):
        await kept.edit("files", lambda one: replace(one, options={**one.options, "env": _more(one, number)}))

    def _more(one, number):
        return {**one.options["env"], f"N{number}": "1"}

    await asyncio.gather(*(put(number) for number in range(8)))
    assert len((await kept.get("files")).options["env"]) == 9


@pytest.mark.requirement("connectors.bindings")
async def test_a_binding_is_one_per_session_connector_and_label(kept, session):
    await kept.add(FILES)
    mine = Binding(session_id=await session(), connector="files", args=("--root", "/home"))
    assert await kept.bind(mine) is True
    assert await kept.bind(replace(mine, label="files", priority=3)) is False
    assert await kept.bind(replace(mine, label="work")) is True
    found = await kept.bindings("ses_1")
    assert [(one.label, one.priority) for one in found] == [("", 3), ("work", 0)]


async def test_of_one_label_the_highest_priority_comes_first(kept, session):
    await kept.add(FILES)
    await kept.add(TRACKER)
    name = await session()
    await kept.bind(Binding(session_id=name, connector="files", label="main"))
    await kept.bind(Binding(session_id=name, connector="tracker", label="main", priority=1))
    assert [one.connector for one in await kept.bindings(name)] == ["tracker", "files"]


@pytest.mark.requirement("connectors.bindings")
async def test_bindings_go_with_their_session_and_with_their_connector(kept, session, database):
    await kept.add(FILES)
    await kept.add(TRACKER)
    for name in (await session("ses_1"), await session("ses_2")):
        await kept.bind(Binding(session_id=name, connector="files"))
        await kept.bind(Binding(session_id=name, connector="tracker"))
    assert await kept.remove("files") == 2
    async with database.writing() as connection:
        await connection.execute(delete(sessions).where(sessions.c.id == "ses_1"))
    assert [(one.session_id, one.connector) for one in await kept.bindings()] == [("ses_2", "tracker")]


async def test_only_a_session_that_is_kept_can_bind(kept):
    await kept.add(FILES)
    with pytest.raises(UsageError, match="no session 'nobody'"):
        await kept.bind(Binding(session_id="nobody", connector="files"))


async def test_a_binding_is_checked_on_top_of_its_connector(kept, session):
    await kept.add(FILES)
    name = await session()
    with pytest.raises(ConfigError, match="transport"):
        await kept.bind(Binding(session_id=name, connector="files", endpoint="https://example.com/mcp"))
    with pytest.raises(ConfigError, match="secret"):
        await kept.bind(Binding(session_id=name, connector="files", args=("--token", "abcd1234efgh5678")))
    with pytest.raises(ConfigError, match="cannot be the name"):
        await kept.bind(Binding(session_id=name, connector="files", label="a.b"))
    assert await kept.bindings() == []


async def test_nobody_binds_what_nobody_calls(kept, session):
    await kept.add(Connector(name="editor", kind=ConnectorKind.SERVER))
    with pytest.raises(ConfigError, match="of kind server"):
        await kept.bind(Binding(session_id=await session(), connector="editor"))


async def test_one_value_of_a_binding_is_changed_and_the_rest_stays(kept, session):
    await kept.add(FILES)
    mine = Binding(session_id=await session(), connector="files", args=("--root", "/home"))
    await kept.bind(mine)
    assert await kept.rebind(replace(mine, args=None), lambda one: replace(one, priority=7)) is False
    assert await kept.bindings("ses_1") == [replace(mine, priority=7)]


async def test_unbind_takes_one_label_or_all(kept, session):
    await kept.add(FILES)
    name = await session()
    for label in ("", "work", "home"):
        await kept.bind(Binding(session_id=name, connector="files", label=label))
    assert await kept.unbind(name, "files", "work") == 1
    assert await kept.unbind(name, "files", "work") == 0
    assert await kept.unbind(name, "files") == 2


async def test_every_change_changes_the_state_and_no_reading_does(kept, session):
    name, other = await session("ses_1"), await session("ses_2")
    seen = [await kept.state(name, metadata=True)]

    async def differs() -> None:
        now = await kept.state(name, metadata=True)
        assert now not in seen
        assert await kept.state(name, metadata=True) == now
        seen.append(now)

    await kept.add(FILES)
    await differs()
    await kept.edit("files", lambda one: replace(one, command="other"))
    await differs()
    await kept.bind(Binding(session_id=name, connector="files"))
    await differs()
    await kept.rebind(Binding(session_id=name, connector="files"), lambda one: replace(one, priority=1))
    await differs()
    await kept.unbind(name, "files")
    await kept.bind(Binding(session_id=name, connector="files"))
    await differs()
    await kept.remove("files")
    await kept.add(FILES)
    await differs()
    await kept.bind(Binding(session_id=other, connector="files"))
    assert await kept.state(name, metadata=True) == seen[-1]
