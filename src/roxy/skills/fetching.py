"""HTTP for skills: GET with a limit of bytes, redirects followed hop by hop, nothing inside the own network unasked.

Every hop is checked before it is made: the scheme, the host against what the user granted, and the addresses the host
has. Private and loopback addresses are fetched from only when the user granted that very name, so that no page on the
web can lead a skill into the home network. Where no proxy stands between, the address that was connected is checked
once more before anything of the answer is read, since names can change between two look-ups.
"""

import asyncio
import ipaddress
import os
import socket
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import httpx

from roxy import __version__
from roxy.contracts.skills import HttpReply
from roxy.errors import Denied, RoxyError, UsageError
from roxy.skills.grants import Allow

MAX_BYTES = 5 * 1024 * 1024
_MAX_HOPS = 8
_SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization", "x-api-key"))
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


async def fetch(url: str, *, headers: Mapping[str, str] | None, timeout: float, allow: Allow) -> HttpReply:
    """GET `url` within `timeout` seconds, redirects included; the text is cut off after `MAX_BYTES`.

    Raises `Denied` for what `allow` refuses and for private addresses that were not granted by name, `UsageError` for
    what is no web address, `RoxyError` when the host cannot be reached.
    """
    sent = {"User-Agent": f"Roxy/{__version__}", **(headers or {})}
    try:
        async with asyncio.timeout(timeout), httpx.AsyncClient(follow_redirects=False, timeout=timeout) as client:
            for _ in range(_MAX_HOPS):
                reply, onward = await _hop(client, url, sent, allow)
                if onward is None:
                    return reply
                if _origin(onward) != _origin(url):
                    sent = {name: value for name, value in sent.items() if name.lower() not in _SECRET_HEADERS}
                url = onward
    except TimeoutError as error:
        raise RoxyError(f"{_host(url)} did not answer within {timeout:g} seconds.", hint="Try again later.") from error
    except httpx.HTTPError as error:
        why = str(error) or type(error).__name__
        raise RoxyError(
            f"{_host(url)} could not be reached: {why}.", hint="Check the address and the network."
        ) from error
    raise RoxyError(f"{_host(url)} redirects in a circle.")


async def _hop(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], allow: Allow
) -> tuple[HttpReply, str | None]:
    """One request, and where it redirects to."""
    host = _host(url)
    named = await allow(host)
    proxied = any(os.environ.get(name) for name in _PROXIES)
    if not named:
        await _refuse_private(host, urlsplit(url).port, resolve=not proxied)
    async with client.stream("GET", url, headers=dict(headers)) as response:
        if not named and not proxied:
            _refuse_peer(host, response)
        text = await _text(response)
        onward = urljoin(url, response.headers["location"]) if response.has_redirect_location else None
        return HttpReply(status=response.status_code, text=text, headers=dict(response.headers)), onward


async def _text(response: httpx.Response) -> str:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) >= MAX_BYTES:
            break
    return bytes(read[:MAX_BYTES]).decode(response.encoding or "utf-8", errors="replace")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError as error:
        raise UsageError(f"{url} is not a web address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{url} is not a web address", hint="It must begin with https:// or http://.")
    return host


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


async def _refuse_private(host: str, port: int | None, *, resolve: bool) -> None:
    addresses = [host.strip("[]")]
    if resolve:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
        except OSError as error:
            raise RoxyError(f"{host} was not found: {error.strerror}.", hint="Check the address.") from error
        addresses = [str(entry[4][0]) for entry in found]
    if any(is_private(address) for address in addresses):
        raise _private(host)


def _refuse_peer(host: str, response: httpx.Response) -> None:
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    if peer and is_private(str(peer[0])):
        raise _private(host)


def _private(host: str) -> Denied:
    return Denied(
        f"{host} is inside your own network, and was not granted by name.",
        hint="Allow it with: roxy skills grant SKILL --host " + host,
    )


def is_private(address: str) -> bool:
    """Whether an IP address is anything but a public one; a name is not an address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address == "localhost" or address.endswith(".localhost")
    inner = getattr(found, "ipv4_mapped", None)
    return not (inner or found).is_global
