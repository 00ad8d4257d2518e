"""How tests declare the servers of `echo_server`, and how they see whether a process is gone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from roxy.contracts.servers import ServerConfig

ECHO = Path(__file__).with_name("echo_server.py")


def echo(*options: str, name: str = "echo", **settings: Any) -> ServerConfig:
    """The echo server on stdio, with command-line `options` and settings of the declaration."""
    chosen: dict[str, Any] = {"external": False, "timeout_connection": 10.0, "backoff": 0.05, **settings}
    return ServerConfig(name=name, command=sys.executable, args=["-B", str(ECHO), *options], **chosen)


def declared_echo(*options: str, **more: Any) -> dict[str, Any]:
    """The same as it stands in `mcp_servers.yaml`, without words on stderr."""
    return {"command": sys.executable, "args": ["-B", str(ECHO), "--quiet", *options], "external": False, **more}


def is_gone(pid: int) -> bool:
    """Whether no living process has this id; a zombie counts as gone, for only its parent can remove it."""
    try:
        os.kill(pid, 0)
        if sys.platform == "linux":  # a process for each look is slow, and many looks are taken
            return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] in {b"Z", b"X"}
    except (ProcessLookupError, FileNotFoundError):
        return True
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip() in {"", "Z"} or state.stdout.strip().startswith("Z")


def open_files() -> int:
    """How many file descriptors this process has open."""
    return len(list(Path("/dev/fd").iterdir()))  # macOS has it, too


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    """As `until`, for a condition that has to be asked for; the caller bounds the wait."""
    while not await condition():  # noqa: ASYNC110 - see below
        await asyncio.sleep(0.01)


async def passed(seconds: float) -> None:
    """Let `seconds` pass where time itself is what is tested, such as an editor's that pauses in the middle."""
    await asyncio.sleep(seconds)


async def until(condition: Callable[[], object]) -> None:
    """Wait until `condition()` holds, for what gives no event; the caller bounds the wait."""
    while not condition():  # noqa: ASYNC110 - what another process does sets no event here
        await asyncio.sleep(0.01)
