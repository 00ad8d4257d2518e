import asyncio
import json
import os
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from fakes.assistant import FakeAssistant, Heard
from fakes.house import House
from roxy.contracts.turns import NoticeKind, Utterance
from roxy.daemon.client import Attached, attach
from roxy.daemon.lock import own, owner_of
from roxy.daemon.seat import present
from roxy.daemon.server import serving
from roxy.errors import ConfigError, StoreError

OWNER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, "tests")
from fakes.assistant import FakeAssistant
from roxy.daemon.lock import own
from roxy.daemon.server import serving

async def main():
    with own(Path(sys.argv[1]), door="chat") as owned:
        async with serving(FakeAssistant(), owned):
            print("serving", flush=True)
            await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def house():
    return House()


@pytest.fixture
async def bounded():
    async with asyncio.timeout(30):
        yield


@pytest.mark.usefixtures("bounded")
async def test_without_an_owner_a_door_becomes_it_and_others_attach(house, tmp_path):
    ear = Heard()
    async with present(tmp_path, house.opener, ear, door="chat") as presence:
        assert await presence.assistant() is house.opened[0]
        assert presence.owner
        assert owner_of(tmp_path).socket == ""
        presence.let_others_in()
        other = await attach(tmp_path)
        assert (await other.turn(Utterance(text="hi"), Heard())).text == "you said hi"
        house.opened[0].publish("tea")
        assert [notice.text for notice in await ear.wait(1)] == ["tea"]
    assert owner_of(tmp_path) is None
    assert house.open == 0


@pytest.mark.usefixtures("bounded")
async def test_two_doors_share_one_owner(house, tmp_path):
    async with present(tmp_path, house.opener, Heard(), door="chat") as first:
        first.let_others_in()
        async with present(tmp_path, house.opener, Heard(), door="chat") as second:
            assert isinstance(await second.assistant(), Attached)
            assert len(house.opened) == 1


@pytest.mark.requirement("owner.takeover")
@pytest.mark.usefixtures("bounded")
async def test_when_the_owner_is_killed_an_attached_door_takes_over_and_goes_on(house, tmp_path):
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, str(tmp_path), stdout=subprocess.PIPE)
    assert await process.stdout.readline() == b"serving\n"
    ear = Heard()
    async with present(tmp_path, house.opener, ear, door="chat") as presence:
        assert not presence.owner
        presence.let_others_in()
        process.kill()
        await house.entered.wait()
        assert await presence.assistant() is house.opened[0]
        assert owner_of(tmp_path).pid == os.getpid()
        house.opened[0].publish("tea", NoticeKind.REMINDER)
        await ear.wait(1)
        assert await (await attach(tmp_path)).metrics()
    await process.wait()


@pytest.mark.usefixtures("bounded")
async def test_of_many_attached_doors_exactly_one_takes_over_and_the_others_attach_to_it(house, tmp_path):
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(present(tmp_path, house.opener, Heard(), door="chat"))
        first.let_others_in()
        others = []
        for _ in range(4):
            other = await stack.enter_async_context(present(tmp_path, house.opener, Heard(), door="chat"))
            other.let_others_in()
            others.append(other)
        house.entered.clear()
        await first.leave()
        await house.entered.wait()
        for other in others:
            assistant = await other.assistant()
            while isinstance(assistant, Attached) and assistant.gone.is_set():
                await asyncio.sleep(0)
                assistant = await other.assistant()
            assert (await assistant.turn(Utterance(text="hi"), Heard())).text == "you said hi"
        assert [other.owner for other in others].count(True) == 1
        assert len(house.opened) == 2


@pytest.mark.usefixtures("bounded")
async def test_what_keeps_roxy_from_opening_is_raised_and_the_lock_is_free_again(tmp_path):
    @asynccontextmanager
    async def broken():
        raise ConfigError("unknown key", where="roxy.yaml:1")
        yield

    with pytest.raises(ConfigError):
        async with present(tmp_path, broken, Heard(), door="chat"):
            pass
    assert owner_of(tmp_path) is None


@pytest.mark.usefixtures("bounded")
async def test_a_door_that_cannot_take_over_says_so_and_tries_again_when_it_is_asked(house, tmp_path):
    broken = asyncio.Event()

    @asynccontextmanager
    async def opener():
        if broken.is_set():
            raise StoreError("the disk is gone")
        async with house.opener() as assistant:
            yield assistant

    ear = Heard()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(present(tmp_path, house.opener, Heard(), door="chat"))
        first.let_others_in()
        second = await stack.enter_async_context(present(tmp_path, opener, ear, door="chat"))
        broken.set()
        await first.leave()
        [notice] = await ear.wait(1)
        assert "the disk is gone" in notice.text
        with pytest.raises(StoreError):
            await second.assistant()
        broken.clear()
        assert await second.assistant() is house.opened[-1]


@pytest.mark.usefixtures("bounded")
async def test_a_door_that_changes_its_session_goes_on_hearing(house, tmp_path):
    ear = Heard()
    async with present(tmp_path, house.opener, ear, door="chat") as presence:
        await presence.assistant()
        presence.listen_as("ses_2")
        await house.opened[0].deaf.wait()
        await asyncio.sleep(0)
        house.opened[0].publish("tea")
        await ear.wait(1)
        assert len(house.opened[0].listeners) == 1


@pytest.mark.usefixtures("bounded")
async def test_a_socket_that_cannot_be_opened_is_told_and_the_talk_goes_on(house, tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    blocked = tmp_path / "run"
    blocked.mkdir()
    (blocked / f"roxy-{os.geteuid()}").symlink_to(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(blocked))
    ear = Heard()
    async with present(deep, house.opener, ear, door="chat") as presence:
        presence.let_others_in()
        [notice] = await ear.wait(1)
        assert notice.kind is NoticeKind.PROBLEM
        assert (await (await presence.assistant()).turn(Utterance(text="hi"), ear)).success


async def test_the_lock_file_is_readable_json_while_owned(tmp_path):
    with own(tmp_path, door="daemon") as owned:
        async with serving(FakeAssistant(), owned):
            document = json.loads((tmp_path / "roxy.lock").read_text())
    assert document["pid"] == os.getpid()
    assert document["door"] == "daemon"
