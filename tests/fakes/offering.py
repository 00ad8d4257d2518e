"""How tests declare the server of `offering_server`, on stdio and over HTTP, in both eras."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.offering_server import make
from fakes.web import serving
from roxy.contracts.servers import ServerConfig

WAYS = ("stdio legacy", "stdio modern", "http legacy", "http modern")
SERVER = Path(__file__).with_name("offering_server.py")


@contextmanager
def offering(
    way: str, *, hints: dict | None = None, env: dict | None = None, **settings: Any
) -> Iterator[ServerConfig]:
    """The declaration of a server that is reached in this way, for as long as the context is open."""
    transport, era = way.split()
    chosen: dict[str, Any] = {"name": "offering", "external": False, "protocol": era, "backoff": 0.05, **settings}
    if transport == "stdio":
        yield ServerConfig(command=sys.executable, args=["-B", str(SERVER)], env=env or {}, **chosen)
    else:
        with serving(make(hints=hints).streamable_http_app()) as url:
            yield ServerConfig(transport="http", url=f"{url}/mcp", **chosen)
