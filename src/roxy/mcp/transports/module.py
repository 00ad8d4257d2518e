"""A server in this process: a Python module that exports `server` or `mcp`, or makes one with `create(services)`.

Messages do not become bytes: the SDK's in-process client hands requests over directly. An exported object is an SDK
`MCPServer` or low-level `Server`, a FastMCP object that wraps one, or a function that makes any of these.
"""

import asyncio
import importlib
import inspect
from types import ModuleType
from typing import Any

from mcp.server import Server
from mcp.server.mcpserver import MCPServer

from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError


async def module_server(config: ServerConfig, services: Any) -> MCPServer | Server[Any]:
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
