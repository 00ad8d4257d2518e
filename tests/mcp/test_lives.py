"""A server's life against a model: starts, stops, calls, crashes, freezes, declarations in any order, and at once."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fakes.servers import echo, is_gone, until
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.errors import RoxyError
from roxy.mcp import supervisor
from roxy.mcp.servers import MCPServerManager
from roxy.mcp.states import CONNECTED

S = ServerState
RESTING = {S.STOPPED, S.FAILED, *CONNECTED}
PATIENCE = 15.0
AT_ONCE = ("start", "stop", "restart", "call", "kill", "disable", "enable", "redeclare", "list")


class Life(RuleBasedStateMachine):
    """One server called `echo`; `healthy`, `enabled` and `running` are the model."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda _, context: self.trouble.append(context))
        self.trouble: list[dict] = []
        self.folder = tempfile.TemporaryDirectory()
        self.starts = Path(self.folder.name) / "starts"
        self.starts.touch()
        self.healthy = self.enabled = True
        self.running = False
        self.programs = 0
        self.servers = self.done(self._made())

    async def _made(self) -> MCPServerManager:
        return MCPServerManager({"echo": self.declaration()}, privacy=None)

    def declaration(self):
        options = () if self.healthy else ("--exit", "1")
        return echo(
            *options,
            "--started",
            str(self.starts),
            env={"PROGRAM": str(self.programs)},
            protocol="legacy",
            max_starts=1000,
            breaker_after=1000,
        )

    def done(self, awaitable: Awaitable):
        """Every waiter gets an answer, and soon."""

        async def bounded():
            async with asyncio.timeout(PATIENCE):
                return await awaitable

        return self.loop.run_until_complete(bounded())

    @property
    def status(self) -> ServerStatus:
        return self.servers.status("echo")

    async def rest(self) -> None:
        """Until nothing goes on by itself any more."""
        async with asyncio.timeout(PATIENCE):
            await until(lambda: not self.servers._retiring)
            await until(lambda: self.status.state in RESTING and (self.status.state not in CONNECTED or self.alive()))

    def alive(self) -> bool:
        return self.status.pid is not None and not is_gone(self.status.pid)

    @rule()
    def start(self) -> None:
        self.running = self.done(self.servers.start_server("echo"))
        assert self.running == (self.healthy and self.enabled)

    @rule()
    def stop(self) -> None:
        assert self.done(self.servers.stop_server("echo"))
        self.running = False

    @rule()
    def restart(self) -> None:
        self.running = self.done(self.servers.restart_server("echo"))
        assert self.running == (self.healthy and self.enabled)

    @rule()
    def call(self) -> None:
        result = self.done(self.servers.call_tool("echo", "say", {"text": "x"}))
        works = self.healthy and self.enabled
        assert (result.success, str(result.code)) == ((True, "") if works else (False, "not_running"))
        self.running = works

    @rule()
    def crash(self) -> None:
        if not self.running:  # no precondition: what is drawn must not depend on what several at once end in
            return
        before = self.status.restarts
        os.kill(self.status.pid, signal.SIGKILL)
        self.done(until(lambda: self.status.restarts > before))

    @rule()
    def freeze(self) -> None:
        if not self.running:
            return
        pid = self.status.pid
        os.kill(pid, signal.SIGSTOP)
        result = self.done(self.servers.call_tool("echo", "say", {"text": "x"}, timeout=0.1))
        assert (result.code, self.status.state) == ("timeout", S.DEGRADED), result.error
        os.kill(pid, signal.SIGCONT)
        assert self.done(self.servers.call_tool("echo", "say", {"text": "x"})).success
        assert self.status.state is S.RUNNING

    @rule()
    def disable(self) -> None:
        self.done(self.servers.disable("echo"))
        self.enabled = self.running = False

    @rule()
    def enable(self) -> None:
        self.done(self.servers.enable("echo"))
        self.enabled = True

    @rule(healthy=st.booleans(), another=st.booleans())
    def redeclare(self, *, healthy: bool, another: bool) -> None:
        """A server whose declaration names the same program runs on."""
        self.programs += another
        self.running = self.running and healthy == self.healthy and not another
        self.healthy, self.enabled = healthy, True

        async def declared() -> None:
            self.servers.redeclare("echo", self.declaration())

        self.done(declared())

    @rule(what=st.lists(st.sampled_from(AT_ONCE), min_size=2, max_size=6))
    def all_at_once(self, what: list[str]) -> None:
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "start": lambda: self.servers.start_server("echo"),
            "stop": lambda: self.servers.stop_server("echo"),
            "restart": lambda: self.servers.restart_server("echo"),
            "call": lambda: self.servers.call_tool("echo", "say", {"text": "x"}),
            "disable": lambda: self.servers.disable("echo"),
            "enable": lambda: self.servers.enable("echo"),
            "kill": self._kill,
            "redeclare": self._redeclare_at_once,
            "list": self._list,
        }

        async def together() -> None:
            await asyncio.gather(*(asyncio.ensure_future(acts[name]()) for name in what))

        self.done(together())
        self.done(self.rest())
        self.enabled = self.status.enabled
        self.running = self.status.state in CONNECTED

    async def _kill(self) -> None:
        if (pid := self.status.pid) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            await until(lambda: is_gone(pid))

    async def _redeclare_at_once(self) -> None:
        self.programs += 1
        self.servers.redeclare("echo", self.declaration())

    async def _list(self) -> None:
        with contextlib.suppress(RoxyError):
            await self.servers.list_tools("echo")

    @invariant()
    def it_is_as_the_model_says_and_no_process_runs_that_should_not(self) -> None:
        self.done(self.rest())
        assert (self.status.state is S.RUNNING) == self.running
        pids = {int(pid) for pid in self.starts.read_text().split()}
        alive = {pid for pid in pids if not is_gone(pid)}
        assert alive == ({self.status.pid} if self.running else set())
        assert self.trouble == []

    def teardown(self) -> None:
        self.done(self.servers.stop_all())
        left = [pid for pid in self.starts.read_text().split() if not is_gone(int(pid))]
        self.folder.cleanup()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        assert left == []
        assert self.trouble == []


def lived(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.02)


@pytest.mark.requirement("mcp.states", "mcp.no_orphans")
def test_whatever_happens_to_a_server_it_is_what_the_model_says_and_every_caller_gets_an_answer():
    lived(4, 12)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.requirement("mcp.states", "mcp.no_orphans")
def test_a_hundred_lives_of_a_server():
    lived(100, 30)
