"""The files of declarations are edited while Roxy runs: what is right holds at once, what is wrong changes nothing."""

import asyncio
import json
import os
import random
import sys
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from conversation.conftest import Ear
from fakes.figures import slowness
from fakes.servers import ECHO, eventually, is_gone, passed, until
from roxy.config.places import Places
from roxy.config.servers import load_servers
from roxy.config.settings import load_settings
from roxy.contracts.servers import ServerState
from roxy.errors import ConfigError, ServerNotFound
from roxy.orchestrator.opening import opened
from roxy.orchestrator.rooms import Rooms, Surroundings

SOON = 1.0
"""Seconds within which a change holds on a machine that has nothing else to do."""
PATIENCE = 30.0


@pytest.fixture(autouse=True)
async def _bounded(request):
    async with asyncio.timeout(900 if request.node.get_closest_marker("slow") else 60):
        yield


@pytest.fixture
def places(tmp_path) -> Places:
    return Places.from_environment({"ROXY_HOME": str(tmp_path / "roxy")}, tmp_path).ready()


class Desk:
    """The user's file of declarations, and a Roxy that stays."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.path = places.config / "mcp_servers.yaml"
        self.ear = Ear()
        self.assistant = None

    @asynccontextmanager
    async def open(self):
        environ = {"ROXY_HOME": str(self.places.config.parent), "PATH": os.environ["PATH"]}
        settings = load_settings(self.places, environ)
        async with (
            opened(settings, self.places, environ, long_lived=True) as assistant,
            assistant.listening(self.ear),
        ):
            self.assistant = assistant
            yield self

    def write(self, text: str, *, in_place: bool = False) -> None:
        if in_place:
            self.path.write_text(text)
            return
        staged = self.path.with_name("staged.tmp")
        staged.write_text(text)
        staged.replace(self.path)

    async def holds(self, condition) -> float:
        """Wait until `condition(statuses by name)` holds; seconds that took."""
        began = time.monotonic()

        async def right() -> bool:
            return condition({status.name: status for status in await self.assistant.server_statuses()})

        async with asyncio.timeout(PATIENCE):
            await eventually(right)
        return time.monotonic() - began

    async def refuses(self, problem: str) -> None:
        """Wait until this is what is wrong."""

        async def told() -> bool:
            return problem in await self.assistant.server_problems()

        async with asyncio.timeout(PATIENCE):
            await eventually(told)

    async def pid(self, server: str) -> int:
        result = await self.assistant.call_tool(server, "whoami")
        assert result.success, result.error
        return result.data["pid"]

    @property
    def problems(self) -> list[str]:
        return [notice.text for notice in self.ear.notices if notice.kind == "problem"]


def declared(**servers: str) -> str:
    """A file that declares echo servers; the value is one more line of each."""
    lines = ["servers:"]
    for name, more in servers.items():
        args = json.dumps(["-B", str(ECHO)])
        lines += [f"  {name}:", f"    command: {sys.executable}", f"    args: {args}", "    external: false"]
        lines += [f"    {more}"] if more else []
    return "\n".join(lines) + "\n"


@pytest.mark.requirement("mcp.watched")
@pytest.mark.parametrize("in_place", [True, False])
async def test_a_changed_server_restarts_and_the_others_run_on(places, in_place):
    desk = Desk(places)
    desk.write(declared(one="", two=""))
    async with desk.open():
        one, two = await desk.pid("one"), await desk.pid("two")
        desk.write("# a line more moves what follows\n" + declared(one="env: {MORE: x}", two=""), in_place=in_place)
        took = await desk.holds(lambda found: found["one"].state is ServerState.STOPPED)
        assert took < SOON * 3 * slowness()  # R18 asks for one second
        await until(lambda: is_gone(one))
        assert await desk.pid("one") != one
        assert await desk.pid("two") == two
        assert desk.problems == []


@pytest.mark.requirement("mcp.watched")
async def test_servers_come_and_go_with_their_declarations(places):
    desk = Desk(places)
    async with desk.open():
        desk.write(declared(one=""))
        await desk.holds(lambda found: "one" in found)
        pid = await desk.pid("one")
        desk.write(declared(two=""))
        await desk.holds(lambda found: "two" in found and "one" not in found)
        await until(lambda: is_gone(pid))
        desk.path.unlink()
        await desk.holds(lambda found: "two" not in found)
        with pytest.raises(ServerNotFound):
            await desk.assistant.server_status("two")


@pytest.mark.requirement("mcp.watched")
async def test_calls_in_flight_finish_on_the_old_server(places):
    desk = Desk(places)
    desk.write(declared(one=""))
    async with desk.open():
        await desk.pid("one")
        call = asyncio.create_task(desk.assistant.call_tool("one", "sleep", {"seconds": 1.5}))
        desk.write(declared(one="env: {MORE: x}"))
        await desk.holds(lambda found: found["one"].state is ServerState.STOPPED)
        assert not call.done()
        assert (await call).text == "slept"


@pytest.mark.requirement("mcp.watched")
async def test_what_each_call_goes_by_changes_without_a_restart(places):
    desk = Desk(places)
    desk.write(declared(one=""))
    async with desk.open():
        pid = await desk.pid("one")
        desk.write(declared(one="disabled_tools: [say]"))

        async def refused() -> bool:
            return (await desk.assistant.call_tool("one", "say", {"text": "x"})).code == "denied"

        async with asyncio.timeout(PATIENCE):
            await eventually(refused)
        assert await desk.pid("one") == pid


@pytest.mark.requirement("mcp.watched")
async def test_a_server_that_is_to_start_with_roxy_is_started_when_it_is_declared(places):
    desk = Desk(places)
    async with desk.open():
        desk.write(declared(one="") + "startup: {auto_start: [one]}\n")
        await desk.holds(lambda found: "one" in found and found["one"].state is ServerState.RUNNING)


@pytest.mark.requirement("mcp.last_good")
async def test_a_wrong_change_is_told_once_with_its_line_and_the_last_good_one_holds(places):
    desk = Desk(places)
    desk.write(declared(one=""))
    async with desk.open():
        pid = await desk.pid("one")
        desk.write(declared(one="timeout_reqest: 5"))
        async with asyncio.timeout(PATIENCE):
            await until(lambda: desk.problems)
        (said,) = desk.problems
        assert f"{desk.path}:6" in said
        assert "timeout_request" in said
        assert (await desk.assistant.server_problems())[0].startswith(f"{desk.path}:6")
        assert await desk.pid("one") == pid
        desk.path.touch()
        (places.config / "other").write_text("x")
        desk.write(declared(one="", two=""))
        await desk.holds(lambda found: "two" in found)
        assert desk.problems == [said]
        assert await desk.assistant.server_problems() == []
        assert await desk.pid("one") == pid


@pytest.mark.requirement("mcp.last_good")
async def test_a_file_that_is_emptied_for_a_moment_stops_nothing(places):
    desk = Desk(places)
    desk.write(declared(one=""))
    async with desk.open():
        pid = await desk.pid("one")
        for _ in range(3):
            desk.path.write_text("")
            await passed(0.1)  # as long as a slow editor takes
            desk.path.write_text(declared(one=""))
            await passed(0.4)
        desk.write(declared(one="", two=""))
        await desk.holds(lambda found: "two" in found)
        assert await desk.pid("one") == pid


async def test_a_file_that_is_a_link_is_watched_where_it_leads(places, tmp_path):
    target = tmp_path / "dotfiles"
    target.mkdir()
    (target / "servers.yaml").write_text(declared(one=""))
    desk = Desk(places)
    desk.path.symlink_to(target / "servers.yaml")
    async with desk.open():
        (target / "servers.yaml").write_text(declared(one="", two=""))
        await desk.holds(lambda found: "two" in found)


async def test_what_was_declared_while_the_manager_opened_is_known_to_it(places):
    around = Surroundings(settings=load_settings(places, {}), places=places, environ={})
    async with AsyncExitStack() as stack:
        rooms = Rooms(stack, around)
        assert "late" not in rooms.declared.for_manager()
        (places.config / "mcp_servers.yaml").write_text(declared(late=""))
        await rooms.declared.reload(None)
        manager = await rooms.manager.get()
        await rooms.servers.refresh()
        assert "late" in manager.server_names()


@pytest.mark.requirement("mcp.watched", "mcp.last_good")
async def test_thirty_random_edits_end_with_what_was_good_last(places):
    await _edits(places, 30, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("mcp.watched", "mcp.last_good")
async def test_a_thousand_random_edits_end_with_what_was_good_last(places):
    await _edits(places, 1000, seed=8)


async def _edits(places: Places, count: int, *, seed: int) -> None:
    chance = random.Random(seed)
    desk = Desk(places)
    desk.write(declared(fixed=""))
    times = []
    async with desk.open():
        pid = await desk.pid("fixed")
        last = "fixed"
        for number in range(count):
            text, name = _edit(chance, number)
            if number % 50 == 0:
                assert await desk.pid("fixed") == pid
            desk.write(text, in_place=chance.random() < 0.5)
            if name:
                times.append(await desk.holds(lambda found, name=name: name in found))
                last = name
            else:
                with pytest.raises(ConfigError) as wrong:
                    load_servers(places, {})
                await desk.refuses(str(wrong.value))
                names = {status.name for status in await desk.assistant.server_statuses()}
                assert {"fixed", last} <= names
        assert await desk.pid("fixed") == pid
    times.sort()
    sys.stdout.write(f"{count} edits: taken over after {times[len(times) // 2]:.2f} s, at most {times[-1]:.2f} s\n")
    assert times[len(times) // 2] < SOON


def _edit(chance: random.Random, number: int) -> tuple[str, str]:
    """The text of a file, and the server that is new in it; no name when something is wrong with it."""
    good = declared(fixed="", **{f"s{number}": chance.choice(["", "description: x", "timeout_request: 3"])})
    wrong = [
        good.replace("command:", "comand:", 1) + f"# {number}\n",
        good + f"  s{number}x: {{command: [",
        good + f"unknown{number}: 1\n",
        declared(fixed="", **{f"s{number}": f"timeout_request: -{number + 1}"}),
        good + f"startup: {{auto_start: [missing{number}]}}\n",
        good.replace("servers:", f"servers: [{number}", 1),
        f"\t{number}" + good,
    ]
    return (chance.choice(wrong), "") if chance.random() < 0.5 else (good, f"s{number}")
