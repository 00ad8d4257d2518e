import pytest

from fakes.children import python
from roxy.contracts.turns import Reply
from roxy.conversation.memory import UserMemory
from roxy.conversation.sessions import Sessions
from roxy.conversation.undo import Journal
from roxy.errors import UsageError
from roxy.store.database import open_database


@pytest.fixture
def sessions(database):
    return Sessions(database)


async def _turn(sessions, session, text, answer):
    turn = await sessions.begin_turn(session, text, "cli", "cor")
    await sessions.end_turn(turn, Reply(text=answer, session_id=session, skill="clock", tools=("a.b",), ms=1.5))


def _spoken(exchanges):
    return [(exchange.role, exchange.text) for exchange in exchanges]


@pytest.mark.requirement("sessions.resume")
async def test_a_conversation_is_resumed_with_what_was_said(tmp_path):
    async with open_database(tmp_path) as database:
        sessions = Sessions(database)
        session = sessions.create()
        await _turn(sessions, session, "hello", "Hello.")
        await _turn(sessions, session, "what time is it", "Noon.")
    async with open_database(tmp_path) as database:
        sessions = Sessions(database)
        info = await sessions.resume(session)
        assert (info.id, info.turns, info.title) == (session, 2, "hello")
        assert info.started <= info.last
        said = [("user", "hello"), ("roxy", "Hello."), ("user", "what time is it"), ("roxy", "Noon.")]
        assert _spoken(await sessions.history(session)) == said
        assert _spoken(await sessions.exchanges(session)) == said
        assert _spoken(await sessions.exchanges(session, limit=3)) == said[1:]
        assert _spoken(await sessions.exchanges(session, limit=0)) == []
        await _turn(sessions, session, "bye", "Bye.")
        assert (await sessions.resume(session)).turns == 3


async def test_an_unknown_session_is_told_with_the_next_step(sessions):
    for attempt in (
        sessions.resume("ses_x"),
        sessions.history("ses_x"),
        sessions.begin_turn("ses_x", "hi", "cli", "c"),
    ):
        with pytest.raises(UsageError, match="There is no session 'ses_x'") as caught:
            await attempt
        assert "roxy sessions list" in caught.value.hint
    assert await sessions.list() == []


async def test_a_session_is_kept_from_its_first_turn_on(sessions):
    session = sessions.create()
    with pytest.raises(UsageError):
        await sessions.resume(session)
    assert await sessions.exchanges(session) == []


async def test_sessions_are_listed_by_their_last_use(sessions):
    first, second, third = (sessions.create() for _ in range(3))
    for session in (first, second, third, first):
        await _turn(sessions, session, f"hello {session}", "Hello.")
    listed = await sessions.list(limit=2)
    assert [(info.id, info.turns) for info in listed] == [(first, 2), (third, 1)]


async def test_a_turn_that_was_interrupted_keeps_what_was_heard(sessions):
    session = sessions.create()
    await sessions.begin_turn(session, "hello", "cli", "cor")
    await _turn(sessions, session, "again", "")
    assert _spoken(await sessions.history(session)) == [("user", "hello"), ("user", "again")]


async def test_a_very_long_or_odd_utterance_is_kept_and_its_title_is_short(sessions):
    session = sessions.create()
    text = "é\ud800 " + "word " * 50_000
    await _turn(sessions, session, text, "Hm.")
    assert len((await sessions.resume(session)).title) <= 80
    assert (await sessions.history(session))[0].text == text.replace("\ud800", "?")


@pytest.mark.requirement("sessions.crash")
async def test_a_kill_in_the_middle_of_turns_loses_nothing_that_was_confirmed(tmp_path):
    code = """
        import asyncio, sys
        from pathlib import Path
        from roxy.contracts.turns import Reply
        from roxy.conversation.memory import UserMemory
        from roxy.conversation.sessions import Sessions
        from roxy.conversation.undo import Journal
        from roxy.store.database import open_database

        async def main():
            async with open_database(Path(sys.argv[1])) as database:
                sessions = Sessions(database)
                session = sessions.create()
                for number in range(100_000):
                    turn = await sessions.begin_turn(session, f"heard {number}", "cli", "cor")
                    print("heard", number, session, flush=True)
                    await UserMemory(database).for_turn(Journal(session, turn)).remember(f"kept {number}")
                    print("kept", number, session, flush=True)
                    await sessions.end_turn(turn, Reply(text=f"said {number}", session_id=session))
                    print("said", number, session, flush=True)

        asyncio.run(main())
    """
    for confirmations in (1, 5, 30):
        child = await python(code, tmp_path)
        lines = [await child.stdout.readline() for _ in range(confirmations)]
        child.kill()
        rest, _ = await child.communicate()
        confirmed = [line.decode().split() for line in (*lines, *rest.splitlines()) if len(line.split()) == 3]
        session = confirmed[0][2]
        async with open_database(tmp_path) as database:
            said = {exchange.text for exchange in await Sessions(database).history(session)}
            remembered = await UserMemory(database).for_turn(Journal()).latest(100_000)
        kept = {item.text for item in remembered}
        for what, number, _ in confirmed:
            assert f"{what} {number}" in (kept if what == "kept" else said)
