"""Whether a server is well: asked over its connection, or at the URL that its declaration gives.

`watch` runs while a connection is open. One failed check makes the server `degraded`, `GIVE_UP_AFTER` in a row end the
connection, and the restart policy decides what follows.
"""

import asyncio
from collections.abc import Callable

import httpx

from roxy.contracts.servers import ServerConfig
from roxy.errors import RoxyError, ServerDisconnected, ServerTimeout
from roxy.mcp.connection import Connection

GIVE_UP_AFTER = 3


async def check(connection: Connection, config: ServerConfig) -> None:
    """Return when the server is well; raises `ServerError` when it is not."""
    try:
        async with asyncio.timeout(config.timeout_connection):
            if config.health_check:
                await _ask(config, config.health_check)
            else:
                await connection.ping()
    except TimeoutError:
        raise ServerTimeout(
            f"The server {config.name} did not answer the health check within {config.timeout_connection:g} s.",
            server=config.name,
        ) from None


async def watch(
    connection: Connection, config: ServerConfig, well: Callable[[], None], ill: Callable[[RoxyError], None]
) -> None:
    """Check every `health_interval` seconds until the connection ends; returns after too many failures in a row."""
    failures = 0
    while not connection.ended.is_set():
        try:
            async with asyncio.timeout(config.health_interval):
                await connection.ended.wait()
        except TimeoutError:
            try:
                await check(connection, config)
            except RoxyError as error:
                failures += 1
                ill(error)
                if failures >= GIVE_UP_AFTER:
                    return
            else:
                failures = 0
                well()


async def _ask(config: ServerConfig, url: str) -> None:
    try:
        async with httpx.AsyncClient() as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as failed:
        raise ServerDisconnected(
            f"The health check of the server {config.name} failed ({type(failed).__name__}).", server=config.name
        ) from failed
    if not answer.is_success:
        raise ServerDisconnected(
            f"The health check of the server {config.name} answered {answer.status_code}.", server=config.name
        )
