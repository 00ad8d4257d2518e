import asyncio
import contextlib
import os
import socket
import stat

import pytest

from fakes.assistant import FakeAssistant, Heard
from roxy.contracts.turns import NoticeKind, Utterance
from roxy.daemon import wire
from roxy.daemon.client import Attached, attach
from roxy.daemon.lock import own, owner_of
from roxy.daemon.server import serving
from roxy.errors import OwnedElsewhere, OwnerGone, RoxyError, ServerNotFound, TurnCancelled, UsageError


@pytest.fixture
def assistant():
    return FakeAssistant()


@pytest.fixture
async def attached(assistant, tmp_path):
    async with asyncio.timeout(20):
        with own(tmp_path, door="daemon") as owned:
            async with serving(assistant, owned):
                yield await attach(tmp_path)


async def test_an_attached_client_cannot_be_told_from_the_assistant(assistant, attached):
    assert list(await attached.server_statuses()) == list(await assistant.server_statuses())
    assert await attached.server_status("echo") == await assistant.server_status("echo")
    assert list(await attached.skills()) == list(await assistant.skills())
    assert list(await attached.list_tools()) == list(await assistant.list_tools())
    assert list(await attached.sessions(limit=1)) == list(await assistant.sessions())
    assert list(await attached.history("ses_1")) == list(await assistant.history("ses_1"))
    assert list(await attached.server_log("echo", lines=2)) == ["line 4", "line 5"]
    assert await attached.metrics() == await assistant.metrics()
    assert (await attached.stop_server("echo")).state == "stopped"
    assert (await attached.start_server("echo")).state == "running"
    assert (await attached.restart_server("echo")).pid == 4711


async def test_a_tool_call_carries_its_arguments_both_ways(assistant, attached):
    result = await attached.call_tool("echo", "say", {"deep": [1, {"é": None}]}, timeout=2.5)
    assert result.data == {"said": {"deep": [1, {"é": None}]}}
    assert assistant.calls == [("echo", "say", {"deep": [1, {"é": None}]}, 2.5)]


async def test_a_turn_tells_what_is_said_meanwhile_before_its_reply(assistant, attached):
    ear = Heard()
    reply = await attached.turn(Utterance(text="say hi", session_id="s", assume_yes=True), ear)
    assert reply.text == "you said say hi"
    assert reply.tools == ("echo.say",)
    assert [notice.text for notice in ear.notices] == ["just a moment"]
    assert assistant.heard == [Utterance(text="say hi", session_id="s", assume_yes=True)]


async def test_a_megabyte_in_one_line_arrives_whole(attached):
    text = "é" * 1_000_000
    assert (await attached.turn(Utterance(text=text), Heard())).text == f"you said {text}"


async def test_what_is_longer_than_the_limit_is_refused_with_a_sentence(attached):
    with pytest.raises(UsageError, match="16 MiB"):
        await attached.turn(Utterance(text="x" * (wire.MAX_REQUEST_BYTES + 1)), Heard())


async def test_an_error_arrives_as_what_it_is(attached):
    with pytest.raises(ServerNotFound) as raised:
        await attached.turn(Utterance(text="wrong"), Heard())
    assert raised.value.hint == "Did you mean 'echo'?"
    with pytest.raises(ServerNotFound):
        await attached.server_status("nope")


async def test_a_defect_in_the_owner_is_told_without_its_values(attached):
    with pytest.raises(RoxyError, match="ZeroDivisionError") as raised:
        await attached.turn(Utterance(text="fail"), Heard())
    assert "private-value" not in str(raised.value)


async def test_cancelling_ends_the_turn_in_flight(assistant, attached):
    turn = asyncio.create_task(attached.turn(Utterance(text="wait", session_id="s"), Heard()))
    await assistant.started.wait()
    assert await attached.cancel("s") is True
    with pytest.raises(TurnCancelled):
        await turn
    assert await attached.cancel("s") is False


async def test_a_client_that_leaves_ends_its_turn(assistant, attached):
    turn = asyncio.create_task(attached.turn(Utterance(text="wait", session_id="s"), Heard()))
    await assistant.started.wait()
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    await assistant.ended.wait()
    assert assistant.cancelled == ["s"]


async def test_notices_reach_whoever_listens_until_they_leave(assistant, attached):
    ear = Heard()
    async with attached.listening(ear, session_id="a b&c"):
        assistant.publish("tea", NoticeKind.REMINDER)
        [notice] = await ear.wait(1)
    assert (notice.kind, notice.text) == (NoticeKind.REMINDER, "tea")
    await assistant.deaf.wait()
    assert assistant.listeners == []


async def test_an_unknown_method_is_refused(attached):
    with pytest.raises(UsageError, match="dance"):
        await attached._call(str, "dance")


async def test_wrong_arguments_are_answered(attached):
    with pytest.raises(RoxyError):
        await attached._call(str, "metrics", colour="red")


async def test_the_socket_is_the_users_alone_and_goes_with_its_owner(assistant, tmp_path):
    with own(tmp_path, door="daemon") as owned:
        async with serving(assistant, owned):
            path = tmp_path / "roxy.sock"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert owner_of(tmp_path).socket == str(path)
        assert not path.exists()
        assert owner_of(tmp_path).socket == ""


async def test_a_stale_socket_file_is_replaced(assistant, tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "roxy.sock"))
    with own(tmp_path, door="daemon") as owned:
        async with serving(assistant, owned):
            assert await (await attach(tmp_path)).metrics()


async def test_a_path_too_long_for_a_socket_is_served_from_the_runtime_folder(assistant, tmp_path, monkeypatch):
    runtime = tmp_path / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with own(deep, door="daemon") as owned:
        async with serving(assistant, owned):
            assert owner_of(deep).socket.startswith(str(runtime))
            assert await (await attach(deep)).metrics()
    assert not list(runtime.rglob("*.sock"))


async def test_without_an_owner_there_is_nothing_to_attach_to(tmp_path):
    assert await attach(tmp_path) is None


async def test_an_owner_that_does_not_serve_is_named_after_some_patience(tmp_path):
    with own(tmp_path, door="chat"):
        with pytest.raises(OwnedElsewhere) as raised:
            await attach(tmp_path, patience=0.05)
        assert raised.value.pid == os.getpid()


async def test_who_attaches_while_the_owner_still_starts_waits_for_it(assistant, tmp_path):
    with own(tmp_path, door="chat") as owned:
        attaching = asyncio.create_task(attach(tmp_path))
        await asyncio.sleep(0)
        async with asyncio.timeout(30), serving(assistant, owned):
            assert await (await attaching).metrics()


async def test_a_leaving_owner_lets_turns_end_and_accepts_nobody_meanwhile(tmp_path):
    assistant = FakeAssistant()
    with own(tmp_path, door="daemon") as owned:
        async with asyncio.timeout(30), serving(assistant, owned) as door:
            attached = await attach(tmp_path)
            turn = asyncio.create_task(attached.turn(Utterance(text="wait", session_id="s"), Heard()))
            await assistant.started.wait()
            door.close()
            with pytest.raises(OwnerGone):
                await attached.metrics()
            assert not turn.done()
            await assistant.cancel("s")
            with pytest.raises(TurnCancelled):
                await turn


async def test_an_owner_in_a_hurry_cancels_what_is_in_flight(tmp_path):
    assistant = FakeAssistant()
    with own(tmp_path, door="daemon") as owned:
        async with asyncio.timeout(20):
            async with serving(assistant, owned) as door:
                attached = await attach(tmp_path)
                turn = asyncio.create_task(attached.turn(Utterance(text="wait", session_id="s"), Heard()))
                await assistant.started.wait()
                door.hurry()
            with contextlib.suppress(RoxyError):
                await turn
    assert assistant.cancelled == ["s"]


async def test_those_who_listen_learn_that_the_owner_left(tmp_path):
    assistant = FakeAssistant()
    with own(tmp_path, door="daemon") as owned:
        async with asyncio.timeout(20), contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(serving(assistant, owned))
            attached = await attach(tmp_path)
            async with attached.listening(Heard()):
                await stack.aclose()
                await attached.gone.wait()


async def test_an_owner_that_breaks_off_in_the_middle_of_a_turn_is_told_in_a_sentence(tmp_path):
    path = str(tmp_path / "s")

    async def break_off(reader, writer):
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}")
        await writer.drain()
        writer.close()

    async with asyncio.timeout(20), await asyncio.start_unix_server(break_off, path):
        attached = Attached(path, pid=17)
        with pytest.raises(OwnerGone, match="process 17") as raised:
            await attached.turn(Utterance(text="hi"), Heard())
    assert "try again" in raised.value.hint
    assert attached.gone.is_set()
