"""Starting processes below keepers, and what becomes of them when something of that is killed."""

import asyncio
import gc
import json
import os
import signal
import sys
import time

import pytest

from fakes.figures import children, slowness
from fakes.servers import is_gone, open_files, until
from roxy.mcp.process import launcher
from roxy.mcp.process.launcher import StartError, launched

ECHO = "import sys; [print(line, end='', flush=True) for line in sys.stdin]"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


class Exits(list):
    """The exit codes that were heard."""

    def one(self) -> int | None:
        assert len(self) == 1
        return self[0]


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.fixture
def exits() -> Exits:
    return Exits()


@pytest.fixture
def running(exits):
    """Runs a piece of Python; hears of its exit in `exits`."""

    def run(program: str, *, env=None, cwd=None):
        return launched([sys.executable, "-c", program], env=env or {}, cwd=cwd, on_exit=exits.append)

    return run


async def test_a_process_is_spoken_to_over_its_pipes_and_ends_with_its_stdin(running, exits):
    files = open_files()
    async with running(ECHO) as process:
        process.stdin.write(b"hello\n")
        assert await process.stdout.readline() == b"hello\n"
    assert exits.one() == 0
    assert is_gone(process.pid)
    assert (open_files(), children()) == (files, {})


@pytest.mark.parametrize(("program", "code"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", -9)])
async def test_an_exit_is_told_while_the_context_is_open(running, exits, program, code):
    async with running(program):
        await until(lambda: exits)
        assert exits.one() == code


async def test_a_process_has_the_environment_it_is_given_the_marker_and_nothing_else(running, monkeypatch):
    monkeypatch.setenv("CANARY", "sings")
    told = (
        "import json, os, signal; print(json.dumps([dict(os.environ), signal.getsignal(signal.SIGPIPE) is not None]))"
    )
    async with running(told, env={"GIVEN": "é=1"}) as process:
        environment, _ = json.loads(await process.stdout.readline())
    assert environment.keys() - {"LC_CTYPE"} == {"GIVEN", launcher.MARKER}
    assert environment["GIVEN"] == "é=1"


INHERITED = """
import json, os, signal
ignored = [int(s) for s in signal.valid_signals() if signal.getsignal(s) == signal.SIG_IGN]
print(json.dumps([sorted(map(int, os.listdir("/dev/fd"))), ignored, os.getsid(0) == os.getpid()]))
"""


async def test_a_process_inherits_no_file_and_no_ignored_signal_and_leads_its_session(running):
    async with running(INHERITED) as process:
        files, ignored, leads = json.loads(await process.stdout.readline())
    assert files[:3] == [0, 1, 2]
    assert len(files) == 4  # and the folder that it looks into
    assert set(ignored) <= {signal.SIGPIPE, signal.SIGXFSZ}  # which Python itself ignores
    assert leads


@pytest.mark.parametrize(
    ("argv", "cwd", "stage", "why"),
    [
        (["no-such-command"], None, "command", "No such file"),
        (["/"], None, "command", "denied"),
        (["x\0y"], None, "command", "null"),
        ([sys.executable], "/no/such/folder", "cwd", "No such file"),
        ([sys.executable], os.devnull, "cwd", "Not a directory"),
    ],
)
async def test_what_cannot_be_started_says_where_and_why_and_leaves_nothing(exits, argv, cwd, stage, why):
    files = open_files()
    with pytest.raises(StartError, match=why) as told:
        async with launched(argv, env={"PATH": os.defpath}, cwd=cwd, on_exit=exits.append):
            raise AssertionError
    assert told.value.stage == stage
    assert (open_files(), children()) == (files, {})


async def test_a_keeper_that_cannot_be_made_is_told_as_want_of_room(running, monkeypatch, tmp_path):
    script = tmp_path / "keeper.py"
    script.write_text(
        "import os, socket\n"
        "source = socket.socket(fileno=0)\n"
        "while (got := socket.recv_fds(source, 1, 4))[0]:\n"
        "    [os.close(fd) for fd in got[1]]\n"  # as when the system lets it fork nothing
    )
    monkeypatch.setattr(launcher, "_KEEPER", script)
    with pytest.raises(StartError, match="its keeper has ended") as told:
        async with running(ECHO):
            raise AssertionError
    assert told.value.stage == "start"


async def test_many_processes_share_one_keeper_program_which_leaves_with_the_last(running):
    async with running(ECHO), running(ECHO), running(ECHO):
        assert len(children()) == 1
    assert children() == {}


async def test_when_its_keeper_is_killed_a_process_ends_and_so_does_what_it_has_started(running, exits):
    starts = (
        "import subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], stdout=subprocess.PIPE); "
        "child.stdout.readline(); print(child.pid, flush=True); sys.stdin.read(); child.wait()"
    )
    async with running(starts) as process:
        child = int(await process.stdout.readline())
        (program,) = children()
        (keeper,) = children(program)
        os.kill(keeper, signal.SIGKILL)
        await until(lambda: exits)
        assert exits.one() is None
        await until(lambda: is_gone(process.pid))
    assert is_gone(child)


async def test_when_the_keeper_program_is_killed_nobody_notices_and_another_one_starts(running, exits):
    async with running(ECHO) as before:
        (program,) = children()
        os.kill(program, signal.SIGKILL)
        await until(lambda: children().get(program) in {None, "Z"})
        async with running(ECHO) as after:
            for process in (before, after):
                process.stdin.write(b"still here\n")
                assert await process.stdout.readline() == b"still here\n"
    assert list(exits) == [0, 0]
    assert is_gone(before.pid)


async def test_signals_to_roxys_group_do_not_end_a_keeper(running, exits):
    async with running(STUBBORN) as process:
        await process.stdout.readline()
        (program,) = children()
        (keeper,) = children(program)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(program, number)
            os.kill(keeper, number)
    assert exits.one() == -signal.SIGKILL
    assert is_gone(process.pid)


async def test_who_is_in_a_hurry_waits_for_no_grace_also_while_something_is_being_ended(running):
    async with running(STUBBORN) as process:
        await process.stdout.readline()
        leaving = asyncio.create_task(until(lambda: launcher._ending))
        leaving.add_done_callback(lambda _: launcher.hurry())
        began = time.monotonic()
    assert time.monotonic() - began < slowness()
    try:
        async with running(STUBBORN) as process:
            await process.stdout.readline()
            began = time.monotonic()
        assert time.monotonic() - began < slowness()
    finally:
        launcher._hurried.clear()


async def test_a_start_that_is_given_up_leaves_nothing(running):
    async def start() -> None:
        async with running(STUBBORN):
            raise AssertionError

    for _ in range(5):
        task = asyncio.create_task(start())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert children() == {}


async def test_an_end_that_is_given_up_waits_for_no_grace_and_leaves_nothing(running):
    async def start_and_end() -> None:
        async with running(STUBBORN) as process:
            await process.stdout.readline()

    task = asyncio.create_task(start_and_end())
    await until(lambda: launcher._ending)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: children() == {})
    gc.collect()  # a socket that was left open would be told of here, as an error of this test
