"""From what the SDK, the transports and the operating system raise to Roxy's own exceptions.

The SDK wraps what happens in its task groups into nested exception groups; `leaf` takes the cause out. The codes of
JSON-RPC errors are those of the specification and of the SDK (-32000 connection closed, -32001 time-out); -31001 is
Roxy's own, for a call that has passed through too many hops.
"""

import re
from http import HTTPStatus
from urllib.parse import urlsplit

import mcp_types
from mcp import MCPError
from pydantic import ValidationError

from roxy.contracts.servers import ServerConfig
from roxy.errors import (
    InvalidArguments,
    LoopDetected,
    MessageTooLarge,
    NeedsInput,
    RoxyError,
    ServerDisconnected,
    ServerNotFound,
    ServerNotRunning,
    ServerProtocolError,
    ServerTimeout,
    ToolFailed,
)
from roxy.mcp.process import paths
from roxy.mcp.questions.fields import plain
from roxy.mcp.wire.channel import FAULT

TOO_MANY_HOPS = -31001
ASKS_CREDENTIALS = {401, 403, 407}
"""The HTTP statuses that only other credentials change."""
_LAST_WORDS = 300
_SDKS_OWN = re.compile(r"\AMCP error -?\d+: ")
"""What the TypeScript SDK puts before the words of a server: its own code."""
_MOST_PAGES = 5


class Unsent(ServerDisconnected):
    """The server could not be reached, so the request never left: repeating it is safe, whatever it does."""


class Refused(ServerNotRunning):
    """The server answered with an HTTP status that asks for another address or other credentials."""

    def __init__(self, message: str, *, server: str, hint: str, status: int) -> None:
        super().__init__(message, server=server, hint=hint)
        self.status = status


def leaf(error: BaseException) -> BaseException:
    """The first cause inside nested exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def translated(error: BaseException, config: ServerConfig, fault: RoxyError | None = None) -> RoxyError:
    """`error` as an exception of Roxy; `fault` is what the transport knows about the end of the connection."""
    error = leaf(error)
    if isinstance(error, RoxyError):
        return error
    if isinstance(error, MCPError):
        return _from_rpc(error, config, fault)
    if isinstance(error, TimeoutError):
        return _timeout(config)
    if isinstance(error, ValidationError | RuntimeError | ValueError):
        # The SDK raises RuntimeError for structured content that does not fit the tool's own output schema.
        why = "an answer that is not valid MCP" if isinstance(error, ValidationError) else str(error).splitlines()[0]
        return ServerProtocolError(f"The server {config.name} sent something unexpected: {why}", server=config.name)
    return fault or _ended(config, _short(error))


def unreachable(config: ServerConfig, why: str = "") -> Unsent:
    """The server could not be reached at its address."""
    host = urlsplit(config.url or "").hostname  # never the whole URL: its query may hold a key
    return Unsent(
        f"The server {config.name} cannot be reached at {host}" + (f" ({why})." if why else "."),
        server=config.name,
        hint="Check its `url` and that it is running.",
    )


def refused(config: ServerConfig, status: int, why: str = "") -> RoxyError:
    """The server answered the handshake with an HTTP error; one of the server's own (5xx) may pass."""
    said = f"The server {config.name} refused the connection with {why or f'HTTP status {status}'}."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        return Unsent(said, server=config.name, hint="Try again later.")
    hint = "Check its `url`."
    if status in ASKS_CREDENTIALS:
        hint = "Check the token in its `headers`."
    return Refused(said, server=config.name, hint=hint, status=status)


def says_less(last: RoxyError) -> bool:
    """Whether the failure of a transport that was only tried because another had failed tells less than that one's."""
    return isinstance(last, ServerProtocolError) or (isinstance(last, Refused) and last.status not in ASKS_CREDENTIALS)


def not_started(config: ServerConfig, fault: RoxyError, last_line: str = "") -> ServerNotRunning:
    """The connection ended before it was made: nothing was sent, and another attempt would most likely end so too.

    `last_line` is what a program said last on its stderr, redacted.
    """
    said = f" Its last words: {last_line[:_LAST_WORDS]}" if last_line else ""
    its_own = f"The server {config.name} "
    why = f"it {fault.message.removeprefix(its_own)}" if fault.message.startswith(its_own) else fault.message
    hint = fault.hint or f"See: roxy mcp logs {config.name}"
    if lost := paths.astray(config):
        why += f" There is no {lost} in {config.cwd or 'the folder of Roxy'}, where it starts."
        hint = f"Give {lost} its whole path, or say in which folder the server starts: {paths.to_set_folder(config)}"
    return ServerNotRunning(f"The server {config.name} did not start: {why}{said}", server=config.name, hint=hint)


def too_large(config: ServerConfig) -> MessageTooLarge:
    """A message was over the limit of the server."""
    return MessageTooLarge(
        f"The server {config.name} sent a message of more than {config.max_message_bytes} bytes.",
        server=config.name,
        hint="Ask the tool for less, or raise `max_message_bytes` of the server.",
    )


def endless(config: ServerConfig) -> ServerDisconnected:
    """A message went on and on; the request that it answers was told, and the others may be made again."""
    return ServerDisconnected(
        f"The connection to the server {config.name} was ended: a message had no end.", server=config.name
    )


_Kind = type[ToolFailed | ServerNotFound | InvalidArguments | ServerProtocolError | ServerTimeout | LoopDetected]
_KINDS: dict[int, tuple[_Kind, str]] = {
    mcp_types.INVALID_PARAMS: (InvalidArguments, "does not accept the arguments"),
    mcp_types.METHOD_NOT_FOUND: (ServerNotFound, "does not know this request"),
    mcp_types.PARSE_ERROR: (ServerProtocolError, "sent or received something unreadable"),
    mcp_types.INVALID_REQUEST: (ServerProtocolError, "refused the request"),
    mcp_types.REQUEST_TIMEOUT: (ServerTimeout, "did not answer in time"),
    TOO_MANY_HOPS: (LoopDetected, "refused the call, which has passed through too many assistants"),
}
_ASKS = {mcp_types.MISSING_REQUIRED_CLIENT_CAPABILITY, mcp_types.URL_ELICITATION_REQUIRED}


def _from_rpc(error: MCPError, config: ServerConfig, fault: RoxyError | None) -> RoxyError:
    code, said = error.code, _SDKS_OWN.sub("", error.message.strip())
    if code == FAULT:
        return _from_channel(error, config)
    if code == mcp_types.CONNECTION_CLOSED and said == "Connection closed":
        return fault or _ended(config)  # with other words it is an error of the server's own
    if code in _ASKS:
        return _needed(error, config)
    kind, what = _KINDS.get(code, (ToolFailed, "failed"))
    return kind(f"The server {config.name} {what}: {said or f'error {code}'}", server=config.name)


def _needed(error: MCPError, config: ServerConfig) -> NeedsInput:
    """What a server asks for with an error, instead of asking: often pages that are to be opened first."""
    data = error.data if isinstance(error.data, dict) else {}
    asked = data.get("elicitations")
    listed = asked if isinstance(asked, list) else []
    pages = [one["url"] for one in listed if isinstance(one, dict) and isinstance(one.get("url"), str)]
    said = plain(error.message) or f"The server {config.name} asks for input."
    shown = "".join(f"\n  {plain(url)}" for url in pages[:_MOST_PAGES])
    return NeedsInput(f"{said}\nThe server {config.name} wants you to open:{shown}" if shown else said)


def _timeout(config: ServerConfig) -> ServerTimeout:
    return ServerTimeout(f"The server {config.name} did not answer in time.", server=config.name)


def _ended(config: ServerConfig, why: str = "") -> ServerDisconnected:
    because = f" ({why})" if why else ""
    return ServerDisconnected(f"The connection to the server {config.name} ended{because}.", server=config.name)


def _from_channel(error: MCPError, config: ServerConfig) -> RoxyError:
    data = error.data if isinstance(error.data, dict) else {}
    kind, status = data.get("kind"), data.get("status")
    if kind == "unsent":
        return unreachable(config, error.message)
    if kind == "too_large":
        return too_large(config)
    if kind in {"encoding", "unreadable"}:
        return ServerProtocolError(f"The server {config.name} cannot be read: {error.message}.", server=config.name)
    if kind == "refused":
        if status in ASKS_CREDENTIALS:
            return refused(config, status)
        return ServerProtocolError(
            f"The server {config.name} refused the request: {error.message}.",
            server=config.name,
            hint="Check its `url`.",
        )
    return ServerDisconnected(
        f"The connection to the server {config.name} broke ({error.message}).", server=config.name
    )


def _short(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
