"""What ends a server when Roxy is killed and can end nothing itself.

A server learns of that by the end of its stdin, and most leave then; one that hangs does not. So a small shell waits
beside each server on a pipe from Roxy: when the pipe ends, Roxy is gone, and the server's process group gets TERM and a
moment later KILL. In the ordinary way the server is stopped first, and then the guard is dismissed. (Linux could signal
a child at its parent's death, but not the child's own children, and macOS cannot.)
"""

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# A second between the two signals: for a server that still has something to write.
_SCRIPT = 'read -r word; kill -s TERM -- "-$1" || exit; sleep 1; kill -s KILL -- "-$1"'


@asynccontextmanager
async def guarded(group: int) -> AsyncIterator[None]:
    """Guard the process group `group` for as long as the context is open.

    Without a shell there is no guard: that is no reason not to start a server.
    """
    try:
        guard = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", _SCRIPT, "roxy-guard", str(group),
            stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL, env={"PATH": os.defpath}, start_new_session=True,
        )  # fmt: skip
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            guard.kill()
        await guard.wait()
