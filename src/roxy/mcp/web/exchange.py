"""What both HTTP transports share: one request to a server, and what may go wrong with it.

Order of events: `Web` holds the declared headers and the HTTP clients of one server, which take proxies and
certificates from the usual environment variables; `ask` sends one request and gives its response as soon as the
headers are there; `pieces` and `whole` read the body, decompressed in small bounded steps. Nothing here has a deadline
of its own but for reaching the server: whoever asks has one for the whole.

What goes wrong is a `Fault`, and its `kind` tells what may be done about it: `unsent` never reached the server and may
be repeated; after `broken` the outcome is unknown; `too_large` and `encoding` are answers that cannot be taken;
`refused` is an HTTP status.
"""

import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Self

import httpx2

import roxy
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError
from roxy.mcp.web.lanes import Lanes
from roxy.mcp.wire.channel import FAULT

_MAX_REDIRECTS = 3
_PIECE = 64 * 1024
_GZIP = 31
"""zlib's number for the gzip format."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


class Fault(Exception):  # noqa: N818 - what happened is the name
    """One request that failed; `kind` as the module says, `status` the HTTP status when there was one."""

    def __init__(self, kind: str, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.kind = kind
        self.why = why
        self.status = status

    def answer(self, request_id: str | int) -> dict[str, Any]:
        """The JSON-RPC error that stands for the answer that will not come."""
        data: dict[str, Any] = {"kind": self.kind}
        if self.status is not None:
            data["status"] = self.status
        return {"jsonrpc": "2.0", "id": request_id, "error": {"code": FAULT, "message": self.why, "data": data}}


class Web:
    """The HTTP client of one server; an async context manager."""

    def __init__(self, config: ServerConfig) -> None:
        self.url = address(config)
        self.limit = config.max_message_bytes
        self._headers = {
            "user-agent": f"roxy/{roxy.__version__}",
            **declared_headers(config),
            "accept-encoding": "gzip",  # what comes back is bounded after decompression
        }
        timeout = httpx2.Timeout(config.timeout_connection, read=None)
        self._lanes = Lanes(timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lanes.aclose()

    @asynccontextmanager
    async def ask(
        self, method: str, url: httpx2.URL, headers: Mapping[str, str], body: bytes | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """Send one request; the response has its headers and not yet its body. Raises `Fault`."""
        request = httpx2.Request(method, url, headers={**self._headers, **headers}, content=body)
        async with self._lanes.lane() as client:
            response = await _sent(client, request)
            try:
                yield response
            except httpx2.TransportError as broken:
                raise Fault("broken", _said(broken)) from broken
            finally:
                await response.aclose()

    async def whole(self, response: httpx2.Response) -> bytes | bytearray:
        """The body of a response; raises `Fault`."""
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > self.limit:
            raise Fault("too_large", f"a message of {length} bytes")
        body = bytearray()
        async for piece in pieces(response):
            body += piece
            if len(body) > self.limit:
                raise Fault("too_large", f"a message of more than {self.limit} bytes")
        return body


async def _sent(client: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    if client.cookies:
        client.cookies.set_cookie_header(request)
    try:
        for _ in range(_MAX_REDIRECTS):
            response = await client.send(request, stream=True, follow_redirects=False)
            following = response.next_request
            if following is None:
                return response
            await response.aclose()
            if following.method != request.method or not _stays(request.url, following.url):
                raise _astray(response.status_code, following.url)
            request = following
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as unreachable:
        raise Fault("unsent", _said(unreachable)) from unreachable
    except httpx2.TransportError as broken:
        raise Fault("broken", _said(broken)) from broken
    raise _astray(response.status_code, request.url)


async def pieces(response: httpx2.Response) -> AsyncGenerator[bytes]:
    """The body as it arrives, decompressed, in pieces of at most 64 KiB when it was compressed."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in {"", "identity"}:
        async for chunk in response.aiter_raw():
            yield chunk
        return
    if coding not in {"gzip", "x-gzip"}:
        raise Fault("encoding", "it answered with compression that was not asked for")
    unpacking = zlib.decompressobj(_GZIP)
    async for chunk in response.aiter_raw():
        packed = chunk
        while packed and not unpacking.eof:
            try:
                piece = unpacking.decompress(packed, _PIECE)  # bounded: a small bomb would fill the memory at once
            except zlib.error:
                raise Fault("encoding", "its compression is damaged") from None
            packed = unpacking.unconsumed_tail
            if piece:
                yield piece


def content_type(response: httpx2.Response) -> str:
    """The media type of a response, without its parameters, in lower case."""
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


def checked_status(response: httpx2.Response) -> None:
    """Raise `Fault` for a status that says that the request was not done, or may not have been."""
    status = response.status_code
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Fault("unsent", "it asks to be left alone for a while, HTTP status 429", status)
    kind = "broken" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"
    raise Fault(kind, f"HTTP status {status}", status)


def same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether two addresses have the same scheme, host and port."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _stays(here: httpx2.URL, there: httpx2.URL) -> bool:
    """A redirect is followed where it stays with the server that the headers were declared for, or adds TLS to it."""
    if there.userinfo and there.userinfo != here.userinfo:
        return False
    upgraded = here.host == there.host and here.scheme == "http" and here.port is None and there.port is None
    return same_origin(here, there) or (upgraded and there.scheme == "https")


def _astray(status: int, url: httpx2.URL) -> Fault:
    shown = url.copy_with(userinfo=b"", query=None, fragment=None)  # the query may hold a key
    return Fault("refused", f"HTTP status {status}, it points to {shown}", status)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def declared_headers(config: ServerConfig) -> dict[str, str]:
    """The declared headers, with names in lower case; raises `ConfigError` for one that cannot be sent."""
    headers = {name.lower(): value.strip() for name, value in config.headers.items()}
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ConfigError(
                f"The header {name!r} of the server {config.name} has a character that HTTP cannot carry.",
                where=config.where,
                hint="Use plain ASCII in `headers`.",
            )
    return headers


def address(config: ServerConfig) -> httpx2.URL:
    """Where the server is; raises `ConfigError` when that is no address of the web."""
    try:
        url = httpx2.URL(config.url or "")
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme in {"http", "https"} and url.host:
        return url
    raise ConfigError(
        f"The `url` of the server {config.name} is no address that begins with http:// or https://.",
        where=config.where,
    )
