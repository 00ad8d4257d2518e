"""What a process costs: files, threads, zombies, memory."""

import threading
from dataclasses import dataclass
from pathlib import Path

from fakes.servers import open_files


def resident() -> int:
    """Bytes of this process that are in memory now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def children(pid: int | str = "self") -> dict[int, str]:
    """The children of a process and their states (Linux); `Z` is a zombie."""
    own = Path(f"/proc/{pid}").resolve().name
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_bytes().rpartition(b")")[2].split(None, 2)[:2]
        except OSError:
            continue
        if parent.decode() == own:
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
