"""A server in this process: a Python module that exports `server` or `mcp`, or makes one with `create(services)`.

Messages do not become bytes: the SDK's in-process dispatcher hands requests over directly, as dicts. An exported object
is an SDK `MCPServer` or low-level `Server`, a FastMCP object that wraps one, or a function that makes any of these.
"""

import asyncio
import importlib
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import anyio
from mcp.server import Server
from mcp.server.mcpserver import MCPServer
from mcp.server.runner import modern_on_request
from mcp.shared.direct_dispatcher import create_direct_dispatcher_pair
from mcp.shared.dispatcher import Dispatcher
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.memory import create_client_server_memory_streams

from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError


@asynccontextmanager
async def module_dispatcher(config: ServerConfig, services: Any, *, legacy: bool) -> AsyncIterator[Dispatcher[Any]]:
    """Run the server that the module of `config` exports; raises `ConfigError` when there is none."""
    exported = await _module_server(config, services)
    server = exported._lowlevel_server if isinstance(exported, MCPServer) else exported  # noqa: SLF001 - the SDK's own client reads it so, and names no other way
    connect = _legacy if legacy else _modern
    async with connect(server) as dispatcher:
        yield dispatcher


@asynccontextmanager
async def _modern(server: Server[Any]) -> AsyncIterator[Dispatcher[Any]]:
    async with server.lifespan(server) as state, anyio.create_task_group() as tasks:
        here, there = create_direct_dispatcher_pair(raise_handler_exceptions=False)
        await tasks.start(there.run, modern_on_request(server, state), _ignore)
        try:
            yield here
        finally:
            there.close()


@asynccontextmanager
async def _legacy(server: Server[Any]) -> AsyncIterator[Dispatcher[Any]]:
    async with create_client_server_memory_streams() as (here, there), anyio.create_task_group() as tasks:
        tasks.start_soon(server.run, *there, server.create_initialization_options())
        try:
            yield JSONRPCDispatcher(*here)
        finally:
            tasks.cancel_scope.cancel()


async def _ignore(*_: object) -> None:
    """What a modern client tells a server: nothing."""


async def _module_server(config: ServerConfig, services: Any) -> MCPServer | Server[Any]:
    """The server that the module of `config` exports; raises `ConfigError` when there is none."""
    module = await _imported(config)
    create = getattr(module, "create", None)
    made = create(services) if callable(create) else _exported(module)
    if callable(made) and not isinstance(made, MCPServer | Server) and not hasattr(made, "_mcp_server"):
        made = made()
    if inspect.isawaitable(made):
        made = await made
    made = getattr(made, "_mcp_server", made)  # FastMCP keeps its low-level server there
    if not isinstance(made, MCPServer | Server):
        raise ConfigError(
            f"The server {config.name} cannot be started: the module {config.module} exports no MCP server.",
            where=config.where,
            hint="It must export `server` or `mcp` (an MCPServer), or `create(services)` that returns one.",
        )
    return made


async def _imported(config: ServerConfig) -> ModuleType:
    name = str(config.module)
    try:
        # In a thread: an import may take seconds, and other servers are starting meanwhile.
        return await asyncio.to_thread(importlib.import_module, name)
    except Exception as failed:
        # A module may raise anything while it is imported; all of it means that the declaration does not work.
        missing = isinstance(failed, ModuleNotFoundError) and failed.name is not None and name.startswith(failed.name)
        why = "was not found" if missing else f"cannot be imported ({type(failed).__name__}: {failed})"
        raise ConfigError(
            f"The server {config.name} cannot be started: the module {name} {why}.",
            where=config.where,
            hint="Check `module` and that its package is installed in Roxy's environment.",
        ) from failed


def _exported(module: Any) -> Any:
    server = getattr(module, "server", None)
    return server if server is not None else getattr(module, "mcp", None)
