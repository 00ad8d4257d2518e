"""Faults are measured in a process that is as Roxy's own."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _nothing_old_is_looked_through_for_garbage() -> Iterator[None]:
    """Roxy keeps what it loads at its start out of garbage collection, which would hold up everything for 0.1 s."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
