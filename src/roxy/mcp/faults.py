"""From what the SDK, the HTTP client and the operating system raise to Roxy's own exceptions.

The SDK wraps what happens in its task groups into nested exception groups; `leaf` takes the cause out. The codes of
JSON-RPC errors are those of the specification and of the SDK (-32000 connection closed, -32001 time-out); -31001 is
Roxy's own, for a call that has passed through too many hops.
"""

import httpx2
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
from roxy.mcp.transports import http

TOO_MANY_HOPS = -31001
_LAST_WORDS = 300
_EVENT_LIMIT = "byte limit"  # httpx2's words for an event that is too long


class Unsent(ServerDisconnected):
    """The server could not be reached, so the request never left: repeating it is safe, whatever it does."""


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
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        return _timeout(config)
    if isinstance(error, httpx2.HTTPError):
        return _from_http_client(error, config)
    if isinstance(error, ValidationError | RuntimeError | ValueError):
        # The SDK raises RuntimeError for structured content that does not fit the tool's own output schema.
        why = "an answer that is not valid MCP" if isinstance(error, ValidationError) else str(error).splitlines()[0]
        return ServerProtocolError(f"The server {config.name} sent something unexpected: {why}", server=config.name)
    return fault or _ended(config, _short(error))


def unreachable(config: ServerConfig, why: str = "") -> Unsent:
    """The server could not be reached at its address."""
    host = httpx2.URL(config.url or "").host  # never the whole URL: its query may hold a key
    return Unsent(
        f"The server {config.name} cannot be reached at {host}" + (f" ({why})." if why else "."),
        server=config.name,
        hint="Check its `url` and that it is running.",
    )


def refused(config: ServerConfig, status: int) -> RoxyError:
    """The server answered the handshake with an HTTP error; one of the server's own (5xx) may pass."""
    said = f"The server {config.name} refused the connection with HTTP status {status}."
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return Unsent(said, server=config.name, hint="Try again later.")
    hint = "Check its `url`."
    if status in {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN}:
        hint = "Check the token in its `headers`."
    return ServerNotRunning(said, server=config.name, hint=hint)


def not_started(config: ServerConfig, fault: RoxyError, last_line: str = "") -> ServerNotRunning:
    """The connection ended before it was made: nothing was sent, and another attempt would most likely end so too.

    `last_line` is what a program said last on its stderr, redacted.
    """
    said = f" Its last words: {last_line[:_LAST_WORDS]}" if last_line else ""
    return ServerNotRunning(
        f"The server {config.name} did not start: {fault.message}{said}",
        server=config.name,
        hint=fault.hint or f"See: roxy mcp logs {config.name}",
    )


def too_large(config: ServerConfig) -> MessageTooLarge:
    """A message was over the limit of the server."""
    return MessageTooLarge(
        f"The server {config.name} sent a message of more than {config.max_message_bytes} bytes.",
        server=config.name,
        hint="Ask the tool for less, or raise `max_message_bytes` of the server.",
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
    code, said = error.code, error.message.strip()
    if code == http.FAULT:
        return _from_http(error, config)
    if _is_too_large(said):
        return too_large(config)
    if code == mcp_types.CONNECTION_CLOSED or http.BROKEN in said:
        return fault or _ended(config)
    if code in _ASKS:
        return NeedsInput(said or f"The server {config.name} asks for input.")
    kind, what = _KINDS.get(code, (ToolFailed, "failed"))
    return kind(f"The server {config.name} {what}: {said or f'error {code}'}", server=config.name)


def _from_http_client(error: httpx2.HTTPError, config: ServerConfig) -> RoxyError:
    if isinstance(error, httpx2.HTTPStatusError):
        return refused(config, error.response.status_code)
    if isinstance(error, httpx2.ConnectError):
        return unreachable(config, str(error))
    if isinstance(error, httpx2.SSEError) and _EVENT_LIMIT in str(error):
        return too_large(config)
    return _ended(config, _short(error))


def _is_too_large(said: str) -> bool:
    return http.TOO_LARGE in said or (said.startswith("SSE stream failed") and _EVENT_LIMIT in said)


def _timeout(config: ServerConfig) -> ServerTimeout:
    return ServerTimeout(f"The server {config.name} did not answer in time.", server=config.name)


def _ended(config: ServerConfig, why: str = "") -> ServerDisconnected:
    because = f" ({why})" if why else ""
    return ServerDisconnected(f"The connection to the server {config.name} ended{because}.", server=config.name)


def _from_http(error: MCPError, config: ServerConfig) -> RoxyError:
    kind = error.data.get("kind") if isinstance(error.data, dict) else ""
    if kind == "unsent":
        return unreachable(config, error.message)
    if kind == "too_large":
        return too_large(config)
    if kind == "encoding":
        return ServerProtocolError(f"The server {config.name} cannot be read: {error.message}.", server=config.name)
    return ServerDisconnected(
        f"The connection to the server {config.name} broke ({error.message}).", server=config.name
    )


def _short(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
