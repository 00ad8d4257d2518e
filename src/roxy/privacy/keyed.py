"""Keyed digests: HMAC with SHA-256 (RFC 2104, FIPS 198-1), with a key taken in once and not for each digest."""

import hashlib
from functools import lru_cache
from typing import Any

_BLOCK = 64


def digest(key: bytes, data: bytes) -> bytes:
    """The 32 bytes that only who has the key can tell from `data`."""
    inner, outer = (half.copy() for half in _halves(key))
    inner.update(data)
    outer.update(inner.digest())
    return bytes(outer.digest())


@lru_cache(maxsize=300)
def _halves(key: bytes) -> tuple[Any, Any]:
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
