"""What every kind of request has in common, and the seams at which the kinds differ.

`roxy.mcp.calling` performs a request in this order: `check`, `held` (an answer that still holds), the gate, `located`,
`misfit`, redaction of `payload`, `send`, `unfit`, `keep`, restoring of `parts`, `result`; whatever goes wrong ends in
`failure`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from roxy.contracts.calls import Code, ProgressCallback, ToolCallResult
from roxy.contracts.offers import CompletionResult, Ended, PromptResult, ReadResult
from roxy.contracts.servers import ServerConfig
from roxy.errors import RoxyError, ServerDisconnected
from roxy.mcp.faults import Unsent
from roxy.observe.logs import get_logger

if TYPE_CHECKING:
    from roxy.mcp.connection import Connection
    from roxy.mcp.supervisor import Supervisor
    from roxy.mcp.wire.peer import RequestOptions

R = TypeVar("R", ToolCallResult, Ended, ReadResult, PromptResult, CompletionResult)
_log = get_logger(__name__)
_CODES = frozenset(Code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a request is to be made; None takes what the server's declaration or the trace says."""

    timeout: float | None = None
    """Seconds for the whole request, starting and repetitions included; progress of it does not lengthen it."""
    session_id: str | None = None
    idempotent: bool = False
    """The caller's word that repeating does no harm."""
    idempotency_key: str = ""
    """Tells a server that was declared with `idempotency: true` that two requests are the same one."""
    retries: int | None = None
    backoff: float | None = None
    hops: int | None = None
    on_progress: ProgressCallback | None = None


class Request(ABC, Generic[R]):
    """One request to one server."""

    method: ClassVar[str]
    """As the protocol has it: `tools/call`, `resources/read`, …"""
    event: ClassVar[str]
    """The name of the event that records it."""
    reads: ClassVar[bool] = True
    """Whether it changes nothing, whatever the server; then it may be repeated."""

    def __init__(self, server: str, name: str, terms: Terms) -> None:
        self.server = server
        self.name = name
        """The tool, the URI, the prompt."""
        self.terms = terms
        self.label = name
        """The name as it may stand in a record: that of a tool or prompt, for a URI may be personal."""
        self.key: tuple[str, ...] | None = None
        """Under which an answer is kept for as long as the server says that it holds; None for no keeping."""
        self.schema: Mapping[str, Any] | None = None
        """The JSON Schema of the payload, once it was located."""
        self.known = False
        """Whether the payload is in the server's own words, which it may hear again as they are."""

    @property
    @abstractmethod
    def what(self) -> str:
        """What is asked for, as the subject of a sentence."""

    @property
    @abstractmethod
    def payload(self) -> Any:
        """What of it may be personal: it is redacted before it leaves."""

    def check(self, config: ServerConfig) -> None:
        """Raise when the declaration does not let it be made."""

    async def located(self, server: "Supervisor") -> None:
        """Find out what is known of what it asks for; the server runs."""

    def misfit(self) -> RoxyError | None:
        """Of a strict server: what is wrong with the payload."""
        return None

    @abstractmethod
    async def send(self, connection: "Connection", payload: Any, options: "RequestOptions") -> Mapping[str, Any]:
        """Send it once; raises `RoxyError`."""

    def unfit(self, answer: Mapping[str, Any]) -> RoxyError | None:  # noqa: ARG002 - most kinds have no schema of their answers
        """Of a strict server: what is wrong with its answer."""
        return None

    def harmless(self, *, agreed: bool) -> bool:
        """Whether it may be sent again when nobody knows what has become of it.

        `agreed`: the server does it only once, however often it comes.
        """
        return self.reads or self.terms.idempotent or agreed

    def repeatable(self, error: BaseException, *, agreed: bool) -> bool:
        """Whether it may be sent again after `error`; a time-out never, for the deadline is that of the whole."""
        return isinstance(error, Unsent) or (isinstance(error, ServerDisconnected) and self.harmless(agreed=agreed))

    @abstractmethod
    def parts(self, answer: Mapping[str, Any]) -> Any:
        """What of the answer is for people: pseudonyms in it are turned back."""

    @abstractmethod
    def result(self, answer: Mapping[str, Any], parts: Any) -> R:
        """The result of an answer, whose parts were turned back."""

    @abstractmethod
    def failure(self, error: str, code: str) -> R:
        """The result of a request that did not succeed."""

    def explained(self, error: RoxyError) -> RoxyError:
        """`error` in the words of this kind of request."""
        return error

    def failed(self, error: BaseException) -> R:
        """The result of a request that `error` ended: the only place where an exception becomes `success=False`."""
        if isinstance(error, RoxyError):
            error = self.explained(error)
            failed = self.failure(str(error), str(error.code if error.code in _CODES else Code.PROTOCOL_ERROR))
            return replace(failed, next=error.hint)
        # The text of a foreign exception may hold what was sent: people see its type, the log its traceback.
        _log.error("call.failed_inside", error, server=self.server)
        why = f"{self.what} could not be asked for: Roxy itself failed ({type(error).__name__})."
        return self.failure(why, Code.PROTOCOL_ERROR)

    @abstractmethod
    def record(self, payload: Any) -> Mapping[str, Any]:
        """What an event says of it; `payload` as it may be recorded, None when it may not."""
