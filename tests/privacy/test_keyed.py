"""Keyed digests are HMAC-SHA256, so that what an older Roxy gave out stays what it is."""

import hashlib
import hmac

import pytest

from roxy.privacy import keyed


@pytest.mark.parametrize("key", [b"k" * 32, b"", b"x" * 64, b"long" * 40])
def test_digests_are_hmac_with_sha256(key):
    for data in (b"", b"one", b"two" * 100):
        assert keyed.digest(key, data) == hmac.digest(key, data, hashlib.sha256)
