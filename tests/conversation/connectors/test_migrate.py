import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from roxy.contracts.connectors import Binding, Connector
from roxy.conversation.connectors.kept import Connectors
from roxy.conversation.connectors.migrate import migrate, roll_back
from roxy.conversation.connectors.older import targets
from roxy.errors import UsageError
from roxy.store.database import open_database
from roxy.store.tables import mcp_connectors, mcp_session_bindings, sessions

NOTES = {"id": "notes", "transport": "stdio", "cmd": "notes", "args": ["--all"], "env_keys": ["NOTES"], "options": {}}


def mcps(*found: dict, **rest) -> str:
    # Odd spaces, order and escapes: a rollback must give back these very bytes.
    text = json.dumps({"z": "gr\u00fc\u00df", "mcps": {"targets": list(found)}, **rest}, indent=3)
    return f" {text}\n"


async def everything(database) -> list:
    async with database.reading() as connection:
        tables = (sessions, mcp_connectors, mcp_session_bindings)
        return [[tuple(row) for row in await connection.execute(select(table))] for table in tables]


async def servers(kept, declarations, name) -> dict:
    """What the session calls, after a migration."""
    known = {one.name: one for one in await kept.list()}
    return {
        one.server: declarations.config(one.connector, known[one.connector], one) for one in await kept.bindings(name)
    }


def older(declarations, name, metadata) -> dict:
    """What the session calls through the compatibility layer."""
    return {one.server: declarations.config(one.connector, None, one) for one in targets(name, metadata)}


def same(config) -> tuple:
    return tuple(getattr(config, name) for name in config.__slots__ if name != "where")


@pytest.mark.requirement("sessions.migrate")
async def test_a_dry_run_tells_everything_and_changes_nothing(database, declarations, session, backups):
    await session("ses_1", mcps(NOTES))
    before = await everything(database)
    report = await migrate(database, declarations, backups, dry_run=True)
    assert [(one.server, one.kind) for one in report.sessions["ses_1"]] == [("notes", "new")]
    assert await everything(database) == before
    assert not backups.exists()
    assert report.backup == ""


@pytest.mark.requirement("sessions.migrate")
async def test_a_migration_makes_connectors_and_bindings_and_leaves_the_rest(
    database, declarations, kept, session, backups
):
    await session("ses_1", mcps(NOTES, {"id": "github", "cmd": "my-github"}, mood="good"))
    await session("ses_2")
    report = await migrate(database, declarations, backups)
    assert {one.server: one.kind for one in report.sessions["ses_1"]} == {"notes": "new", "github": "overlay"}
    assert [one.name for one in await kept.list()] == ["github", "notes"]
    assert await kept.get("github") == Connector(name="github")
    assert (await kept.get("notes")).command == "notes"
    async with database.reading() as connection:
        found = (await connection.execute(select(sessions.c.id, sessions.c.metadata))).all()
    assert {row.id: row.metadata and json.loads(row.metadata) for row in found} == {
        "ses_1": {"z": "gr\u00fc\u00df", "mood": "good"},
        "ses_2": None,
    }
    assert (await migrate(database, declarations, backups)).sessions == {}


async def test_sessions_that_say_the_same_share_a_connector_and_others_have_their_own(
    database, declarations, kept, session, backups
):
    other = {**NOTES, "args": ["--mine"], "env_keys": None}
    for name, target in (("ses_1", NOTES), ("ses_2", NOTES), ("ses_3", other)):
        await session(name, mcps(target))
    report = await migrate(database, declarations, backups)
    kinds = {name: (found[0].connector, found[0].kind) for name, found in report.sessions.items()}
    assert kinds == {"ses_1": ("notes", "new"), "ses_2": ("notes", "shared"), "ses_3": ("notes-2", "new")}
    mine = (await servers(kept, declarations, "ses_3"))["notes"]
    assert (mine.args, mine.env) == (("--mine",), {})


@pytest.mark.requirement("sessions.migrate")
async def test_a_rollback_gives_back_every_byte(database, declarations, session, backups):
    await session("ses_1", mcps(NOTES, {"id": "github", "cmd": "my-github"}))
    await session("ses_2", mcps(NOTES))
    before = await everything(database)
    made = await migrate(database, declarations, backups)
    assert await everything(database) != before
    back = await roll_back(database, backups)
    assert await everything(database) == before
    assert (back.backup, back.problems) == (made.backup, [])
    with pytest.raises(UsageError, match="no migration to roll back"):
        await roll_back(database, backups)


async def test_a_dry_rollback_changes_nothing(database, declarations, session, backups):
    await session("ses_1", mcps(NOTES))
    await migrate(database, declarations, backups)
    after = await everything(database)
    assert list((await roll_back(database, backups, dry_run=True)).sessions) == ["ses_1"]
    assert await everything(database) == after
    await roll_back(database, backups)


async def test_what_was_changed_since_is_not_rolled_back(database, declarations, kept, session, backups):
    await session("ses_1", mcps(NOTES))
    await migrate(database, declarations, backups)
    async with database.writing() as connection:
        await connection.execute(update(sessions).values(metadata='{"new": 1}'))
    after = await everything(database)
    with pytest.raises(UsageError, match="ses_1 has been changed"):
        await roll_back(database, backups)
    assert await everything(database) == after


async def test_a_connector_that_another_session_has_come_to_need_stays(database, declarations, kept, session, backups):
    await session("ses_1", mcps(NOTES))
    await migrate(database, declarations, backups)
    await kept.bind(Binding(session_id=await session("ses_2"), connector="notes"))
    report = await roll_back(database, backups)
    assert "notes" in report.problems[0]
    assert [one.session_id for one in await kept.bindings()] == ["ses_2"]


@pytest.mark.parametrize(
    "bad",
    [
        {**NOTES, "args": ["--token", "abcd1234efgh5678"]},
        {**NOTES, "options": {"tmeout": 1}},
        {**NOTES, "env_keys": ["A=b"]},
        {"id": "a.b", "cmd": "x"},
        {"id": "nothing"},
    ],
)
async def test_a_session_that_cannot_be_migrated_stays_and_the_others_are(kept, session, backups, bad):
    database, declarations = kept._database, kept._declarations
    await session("ses_1", mcps({"id": "fine", "cmd": "fine"}, bad))
    await session("ses_2", mcps({"id": "good", "cmd": "good"}))
    report = await migrate(database, declarations, backups)
    assert list(report.sessions) == ["ses_2"]
    assert report.problems[0].startswith("ses_1")
    assert "abcd1234" not in report.problems[0]
    assert [one.name for one in await kept.list()] == ["good"]


async def test_one_session_is_migrated_alone(database, declarations, session, backups):
    await session("ses_1", mcps(NOTES))
    await session("ses_2", mcps(NOTES))
    assert list((await migrate(database, declarations, backups, session_id="ses_2")).sessions) == ["ses_2"]
    with pytest.raises(UsageError, match="no session 'nobody'"):
        await migrate(database, declarations, backups, session_id="nobody")


async def test_a_hand_made_connector_over_a_server_in_a_file_is_not_built_upon(
    database, declarations, kept, session, backups
):
    await kept.add(Connector(name="github", options={"timeout_request": 99}))
    await session("ses_1", mcps({"id": "github", "cmd": "my-github"}))
    report = await migrate(database, declarations, backups)
    assert "connector `github` already" in report.problems[0]


TARGETS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["a", "b", "github"]), "cmd": st.sampled_from(["x", "x -y", ["x", "z"]])},
        optional={
            "args": st.lists(st.sampled_from(["1", "2"]), max_size=2),
            "env_keys": st.lists(st.sampled_from(["A", "B"]), unique=True, max_size=2),
            "options": st.fixed_dictionaries(
                {}, optional={"timeout_request": st.integers(1, 9), "env": st.just({"LANG": "C"})}
            ),
        },
    ),
    unique_by=lambda target: target["id"],
    max_size=3,
)


@pytest.mark.requirement("sessions.migrate")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(maps=st.lists(TARGETS, min_size=1, max_size=3))
async def test_every_session_calls_the_same_servers_before_and_after(maps, tmp_path_factory, declarations):
    folder = tmp_path_factory.mktemp("migrated")
    async with open_database(folder / "data") as database:
        kept = Connectors(database, declarations)
        texts = {f"ses_{number}": mcps(*found) for number, found in enumerate(maps)}
        async with database.writing() as connection:
            for name, text in texts.items():
                row = "INSERT INTO sessions (id, started, last, title, metadata) VALUES (?, ?, ?, ?, ?)"
                when = "2026-01-01 00:00:00.000000"
                await connection.exec_driver_sql(row, (name, when, when, "", text))
        before = await everything(database)
        report = await migrate(database, declarations, folder / "backups")
        assert report.problems == []
        for name, text in texts.items():
            now = await servers(kept, declarations, name)
            then = older(declarations, name, text)
            assert {key: same(value) for key, value in now.items()} == {key: same(value) for key, value in then.items()}
        await roll_back(database, folder / "backups")
        assert await everything(database) == before
