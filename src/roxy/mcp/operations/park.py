"""The declared servers and their lives; see `roxy.mcp.servers`, which calls their tools.

A declaration can be made anew while its server runs, sessions have variants of their own beside the shared servers, and
whatever is stopped or replaced ends its calls first.
"""

import asyncio
import difflib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from roxy.contracts.servers import ServerConfig, ServerState, ServerStatus
from roxy.errors import RoxyError, ServerNotFound, ServerNotRunning
from roxy.mcp import limits
from roxy.mcp.known.approvals import Approvals
from roxy.mcp.known.catalog import Catalog, Changes
from roxy.mcp.known.pins import PinFile
from roxy.mcp.known.shelf import Shelf
from roxy.mcp.operations.room import Room
from roxy.mcp.questions.inquiry import Answerers
from roxy.mcp.reporting import status_of
from roxy.mcp.supervisor import Supervisor
from roxy.mcp.wire.parsing import Parser


class ServerPark:
    """The declared servers and their lives; `on_change` hears the new status of a server after every move."""

    def __init__(
        self,
        configs: Mapping[str, ServerConfig] | Path | str,
        *,
        on_change: Callable[[ServerStatus], None] | None,
        log_dir: Path | None,
        work_dir: Path | None,
        services: Any,
        redact: Callable[[str], str] | None,
        shelf: Shelf | None,
        pins: Path | None,
        max_running: int | None,
        answerers: Answerers,
    ) -> None:
        self._shelf = shelf
        self._pins = pins
        self.room = Room(max_running)
        """The places for servers that run; a new limit of it holds from the next start on."""
        self._redact = redact
        self._answerers = answerers
        self._on_change = on_change
        self._log_dir = log_dir
        self._work_dir = work_dir
        self._services = services
        self._parser = Parser()
        self._servers: dict[str, Supervisor] = {}
        self._variants: dict[tuple[str, str], Supervisor] = {}
        self._retiring: dict[Supervisor, asyncio.Task[None]] = {}
        self._born = time.monotonic()
        for config in _declared(configs).values():
            self.register_server(config)

    def register_server(self, config: ServerConfig) -> None:
        """Declare a server. One of the same name that is stopped is replaced; raises `ServerNotRunning` otherwise."""
        old = self._servers.get(config.name)
        if old is not None and old.state not in {ServerState.STOPPED, ServerState.FAILED}:
            raise ServerNotRunning(
                f"The server {config.name} is {old.state} and cannot be declared anew.",
                server=config.name,
                hint=f"Stop it first: roxy mcp stop {config.name}",
            )
        self._servers[config.name] = self._supervisor(config, "")

    def register_variant(self, session_id: str, config: ServerConfig) -> None:
        """Declare another `config` for the calls of one session; it stands beside the shared server of that name.

        One that the session has under this name is replaced: calls under way end on it, then it is stopped.
        """
        self._retire(self._variants.get((config.name, session_id)))
        self._variants[config.name, session_id] = self._supervisor(config, session_id)

    def redeclare(self, server: str, config: ServerConfig | None, *, session_id: str | None = None) -> None:
        """Declare a server anew also while it runs, or (None) forget it; with a session, that session's variant.

        Calls under way end on what they began with, which is stopped after them; the next call takes the new one. When
        only what each call goes by differs, such as a time-out or the allowed tools, the server runs on.
        """
        if session_id is not None:
            self._retire(self._variants.pop((server, session_id), None))
            if config is not None:
                self.register_variant(session_id, config)
            return
        old = self._servers.get(server)
        if old is not None and config is not None and config.runs_as(old.config):
            old.redeclared(config)  # the process is the same, and the next call goes by the new declaration
            return
        self._retire(old)
        if config is None:
            self._servers.pop(server, None)
        else:
            self._servers[server] = self._supervisor(config, "")

    async def forget_session(self, session_id: str) -> None:
        """Stop and forget the variants of a session."""
        keys = [key for key in self._variants if key[1] == session_id]
        await asyncio.gather(*(self._variants.pop(key).stop() for key in keys))

    async def start_auto_start_servers(self) -> dict[str, bool]:
        """Start all servers declared for it at the same time; the reasons of failures stand in their status."""
        names = [name for name, server in self._servers.items() if server.config.auto_start and server.config.enabled]
        started = await asyncio.gather(*(self.start_server(name) for name in names))
        return dict(zip(names, started, strict=True))

    async def start_server(self, server: str) -> bool:
        """Start it and wait until it answers; also one that has failed. False when it did not start."""
        supervisor = self._find(server)
        try:
            limits.check_enabled(supervisor.config)
            await supervisor.start()
        except RoxyError as failed:
            supervisor.error = failed
            return False
        return True

    async def stop_server(self, server: str) -> bool:
        """Stop it and everything it started; a later call starts it again."""
        await self._find(server).stop()
        return True

    async def restart_server(self, server: str) -> bool:
        """Stop it and start it."""
        await self.stop_server(server)
        return await self.start_server(server)

    def _end_for_good(self) -> None:
        """From now on nothing that is stopped is started again by calls that still wait."""
        for supervisor in (*self._servers.values(), *self._variants.values(), *self._retiring):
            supervisor.closing = True

    async def stop_all(self) -> None:
        """Stop all servers at the same time; returns when nothing is left of them."""
        everyone = [*self._servers.values(), *self._variants.values(), *self._retiring]
        await asyncio.gather(*(supervisor.stop() for supervisor in everyone))
        for leaving in self._retiring.values():
            leaving.cancel()  # what it waited for was stopped above
        await asyncio.gather(*(supervisor.catalog.flush() for supervisor in everyone))
        await self._parser.aclose()

    async def enable(self, server: str) -> None:
        """Let it be started and called again."""
        supervisor = self._find(server)
        supervisor.config = replace(supervisor.config, enabled=True)

    async def disable(self, server: str) -> None:
        """Stop it, and refuse its calls until it is enabled."""
        supervisor = self._find(server)
        supervisor.config = replace(supervisor.config, enabled=False)
        await supervisor.stop()

    def server_names(self) -> Sequence[str]:
        """The declared servers, in the order of their declaration."""
        return tuple(self._servers)

    def status(self, server: str) -> ServerStatus:
        """What `server` is doing; raises `ServerNotFound` with the nearest names."""
        return status_of(self._find(server))

    def statuses(self) -> Sequence[ServerStatus]:
        """What all declared servers are doing."""
        return tuple(status_of(supervisor) for supervisor in self._servers.values())

    def log_tail(self, server: str, lines: int = 100) -> Sequence[str]:
        """The last lines that the server wrote to stderr, earlier runs included when logs are kept in files."""
        return self._find(server).log.tail(lines)

    def _retire(self, supervisor: Supervisor | None) -> None:
        """Stop it once nobody calls it any more; nobody finds it from now on."""
        if supervisor is None:
            return

        async def leave() -> None:
            await supervisor.gate.quiet()
            await supervisor.stop()

        task = asyncio.create_task(leave(), name=f"retire {supervisor.config.name}")
        self._retiring[supervisor] = task
        task.add_done_callback(lambda _: self._retiring.pop(supervisor, None))

    def _find(self, server: str, session_id: str | None = None) -> Supervisor:
        if session_id is not None and (variant := self._variants.get((server, session_id))) is not None:
            return variant
        found = self._servers.get(server)
        if found is None:
            near = difflib.get_close_matches(server, self._servers, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else "See: roxy mcp list"
            raise ServerNotFound(f"There is no server {server!r}.", server=server, hint=hint)
        return found

    def _supervisor(self, config: ServerConfig, variant: str) -> Supervisor:
        def changed() -> None:
            if self._on_change is not None:
                self._on_change(status_of(supervisor))

        def tools_changed(differs: Changes, after_start: bool) -> None:  # noqa: FBT001 - it is handed on
            self._told_tools(config.name, differs, after_start=after_start)

        # What a session reaches with its own values may be private: it is not kept for others.
        shelf = None if variant else self._shelf
        pins = PinFile(self._pins, config.name, variant) if self._pins else None
        supervisor = Supervisor(
            Catalog(config, shelf, Approvals(config, pins)),
            changed,
            services=self._services,
            parser=self._parser,
            log_dir=self._log_dir,
            work_dir=self._work_dir,
            variant=variant,
            answerers=self._answerers,
            room=self.room,
            redact=self._redact,
            on_tools=tools_changed,
        )
        return supervisor

    def _told_tools(self, server: str, differs: Changes, *, after_start: bool) -> None:
        """The tools of `server` differ from those of its last list, or of its last run."""


def _declared(configs: Mapping[str, ServerConfig] | Path | str) -> Mapping[str, ServerConfig]:
    if isinstance(configs, Mapping):
        return configs
    # Here, since only scripts name a file; Roxy itself passes what its layers of configuration made of several.
    from roxy.config.servers import load_server_file  # noqa: PLC0415 - see above

    return load_server_file(Path(configs), os.environ)
