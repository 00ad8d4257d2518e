"""Sees that a skill (or another file in a few folders) was saved, within a tenth of a second, and says so.

watchfiles waits in a thread of its own; folders that do not exist yet are looked for every two seconds. The task that
runs `watch_folders` owns the watch and ends with its cancellation.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from watchfiles import Change, awatch

log = logging.getLogger(__name__)

_SETTLE_MS = 100
"""A save is often several writes; this long the watch gathers them at most."""
_STEP_MS = 40
_LOOK_AGAIN_MS = 2_000
_PASSED_OVER = ("__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache")


def _counts(_change: Change, path: str) -> bool:
    return not any(f"/{name}" in path for name in _PASSED_OVER) and not path.endswith((".pyc", "~", ".swp"))


async def watch_folders(
    roots: Iterable[Path], saved: Callable[[set[Path]], Awaitable[None]], *, started: asyncio.Event
) -> None:
    """Call `saved` with the paths that changed, until cancelled, and with all `roots` whenever a watch begins.

    `started` is set when the first watch stands: what is saved from then on is seen.
    """
    wanted = {root.absolute() for root in roots}
    while True:
        present = {root for root in wanted if root.is_dir()}
        if present:
            await _watch(present, wanted, saved, started)
        else:
            started.set()
            await asyncio.sleep(_LOOK_AGAIN_MS / 1000)


async def _watch(
    present: set[Path], wanted: set[Path], saved: Callable[[set[Path]], Awaitable[None]], started: asyncio.Event
) -> None:
    """Watch until a folder of `wanted` comes or goes."""
    batches = awatch(
        *present,
        watch_filter=_counts,
        debounce=_SETTLE_MS,
        step=_STEP_MS,
        rust_timeout=_LOOK_AGAIN_MS,
        yield_on_timeout=True,
    )
    async with contextlib.aclosing(batches):
        first = asyncio.ensure_future(anext(batches))
        # One turn of the loop lets awatch begin: from here on nothing is missed, and what came before is told now.
        await asyncio.sleep(0)
        started.set()
        await _tell(saved, wanted)
        await _tell(saved, _paths(await first))
        async for changes in batches:
            await _tell(saved, _paths(changes))
            if {root for root in wanted if root.is_dir()} != present:
                return


def _paths(changes: Iterable[tuple[Change, str]]) -> set[Path]:
    return {Path(path) for _, path in changes}


async def _tell(saved: Callable[[set[Path]], Awaitable[None]], paths: set[Path]) -> None:
    if not paths:
        return
    try:
        await saved(paths)
    except Exception:
        # The border: a file that cannot be read must not end the watch over all the others.
        log.exception("reading what was saved failed")
