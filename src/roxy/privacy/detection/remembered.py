"""Results that need not be found again: a mapping of bounded size that forgets what was used longest ago."""

import hashlib
import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Entries that weigh `most` together, each one more than what is said of it. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[K, tuple[V, int]] = {}
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """What was put under `key`; None when nothing was, or when it is forgotten."""
        with self._lock:
            entry = self._kept.pop(key, None)
            if entry is None:
                return None
            self._kept[key] = entry  # the one used last stands last
            return entry[0]

    def put(self, key: K, value: V, weight: int = 0) -> None:
        """Remember `value`, of so many parts."""
        with self._lock:
            self._drop(key)
            self._kept[key] = (value, weight + 1)
            self._weight += weight + 1
            while self._weight > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: K) -> None:
        if key in self._kept:
            self._weight -= self._kept.pop(key)[1]


def digest(text: str) -> bytes:
    """Tells a text from all others, without keeping it."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
