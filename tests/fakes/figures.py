"""What a process costs: files, threads, zombies, memory."""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from fakes.servers import open_files

_WORK = 0.05
_SHARED = {b"runuser", b"postgres"}
"""What all tests of a process share, such as their database server: nothing that a test has left behind."""


def slowness() -> float:
    """How many times longer a piece of work takes now than on a machine with nothing else to do; 1 at least.

    What is promised in seconds is promised for such a machine: bounds are multiplied by this. What was measured may
    have been held up longer than this work is now, so what was waiting for the processors of late counts as well.
    """
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    began, busy = time.perf_counter(), time.thread_time()
    while (spent := time.thread_time() - busy) < _WORK:
        pass
    return max(1.0, waiting, (time.perf_counter() - began) / spent)


def resident() -> int:
    """Bytes of this process that are in memory now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def children(pid: int | str = "self") -> dict[int, str]:
    """The children of a process and their states (Linux); `Z` is a zombie."""
    own = Path(f"/proc/{pid}").resolve().name
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told, _, rest = stat.read_bytes().rpartition(b")")
        except OSError:
            continue
        state, parent = rest.split(None, 2)[:2]
        if parent.decode() == own and told.partition(b"(")[2] not in _SHARED:
            found[int(stat.parent.name)] = state.decode()
    return found


@dataclass(frozen=True)
class Figures:
    """What this process has now."""

    files: int
    threads: int
    zombies: int
    children: int
    resident: int

    @classmethod
    def now(cls) -> "Figures":
        states = children()
        zombies = list(states.values()).count("Z")
        return cls(open_files(), threading.active_count(), zombies, len(states) - zombies, resident())
