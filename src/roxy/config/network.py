"""Proxies and own certificates, as the environment usually names them, for the processes that Roxy starts.

What Roxy fetches itself goes through httpx, which reads these variables. A server that is started gets a small
environment, so they are handed on by name; Node needs two more words to heed them.
"""

from collections.abc import Mapping

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_HANDED_ON = (
    *_PROXIES,
    "NO_PROXY",
    *(name.lower() for name in (*_PROXIES, "NO_PROXY")),
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NODE_USE_ENV_PROXY",
)


def network_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a started server must be told of the network; nothing where nothing is set.

    Node's `fetch` heeds proxy variables only with `NODE_USE_ENV_PROXY` (Node 22.21 and 24), and takes certificates
    from `NODE_EXTRA_CA_CERTS` in place of OpenSSL's `SSL_CERT_FILE`.
    """
    found = {name: environ[name] for name in _HANDED_ON if environ.get(name)}
    if any(name.upper() in _PROXIES for name in found):
        found.setdefault("NODE_USE_ENV_PROXY", "1")
    if "SSL_CERT_FILE" in found:
        found.setdefault("NODE_EXTRA_CA_CERTS", found["SSL_CERT_FILE"])
    return found
