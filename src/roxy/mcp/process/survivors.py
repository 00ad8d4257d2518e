"""Finding and ending the processes of a server, those that left its process group included.

Every server is started as the leader of its own session and carries `MARKER` in its environment. Its children inherit
both; one that makes a session of its own (a daemon, a browser) still has the marker. On Linux `/proc` shows the marker
of every process of this user; elsewhere `ps` does. A zombie counts as gone: only its parent can remove it.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

MARKER = "ROXY_SERVER_RUN"
"""The environment variable whose value names one run of one server."""

_PROC = Path("/proc")


def survivors(group: int, run: str) -> set[int]:
    """The living processes of the session `group` or with the marker `run`; blocks for milliseconds: use a thread."""
    if _PROC.joinpath("self", "environ").exists():
        return {int(p.name) for p in _PROC.iterdir() if p.name.isdigit() and _belongs(p, group, run)}
    return _by_ps(group, run)


def send(pids: set[int], sig: signal.Signals) -> None:
    """Signal each of `pids`; one that has gone meanwhile is no error."""
    for pid in pids:
        if pid > 1 and pid != os.getpid():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, sig)


def _belongs(proc: Path, group: int, run: str) -> bool:
    try:
        # pid (comm) state ppid pgrp session …: comm may hold anything, so split after its last bracket
        state, _, pgrp, session = (proc / "stat").read_bytes().rpartition(b")")[2].split()[:4]
        if state in b"ZX":
            return False
        if group > 1 and group in {int(pgrp), int(session)}:
            return True
        return f"{MARKER}={run}".encode() in (proc / "environ").read_bytes().split(b"\0")
    except (OSError, ValueError):  # gone meanwhile, or another user's
        return False


def _by_ps(group: int, run: str) -> set[int]:
    # `E` prints the environment after the command on the BSDs, macOS included, for processes of the same user.
    listed = subprocess.run(
        ["/bin/ps", "-axEww", "-o", "pid=,pgid=,state=,command="], capture_output=True, timeout=5, check=False
    )
    found = set()
    for line in listed.stdout.decode("utf-8", "replace").splitlines():
        fields = line.split(None, 3)
        if len(fields) < 4 or "Z" in fields[2]:  # noqa: PLR2004 - the four columns asked for above
            continue
        if (group > 1 and int(fields[1]) == group) or f"{MARKER}={run}" in fields[3]:
            found.add(int(fields[0]))
    return found
