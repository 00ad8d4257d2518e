"""What servers' certificates are checked against: the system's, or those that `SSL_CERT_FILE` and `_DIR` name."""

import functools
import os
import ssl

import httpx2


def certificates() -> ssl.SSLContext:
    """The context for every connection; reading the certificates takes 20 ms and more, so they are read once."""
    return _read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.lru_cache(maxsize=4)
def _read(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx2.create_ssl_context()
