"""Every exception Roxy raises, drawn as a tree.

    RoxyError                     something a person can be told in one sentence
    ├── ConfigError               a file or setting is wrong; nothing was started (exit code 2)
    ├── UsageError                the words of a command are wrong (exit code 2)
    ├── StoreError                the local data cannot be read or written
    │   ├── StoreCorrupt          the database is damaged; the file was kept
    │   ├── StoreFull             the disk has no room left
    │   ├── StoreReadOnly         the folder or file may not be written
    │   └── StoreTooNew           a newer Roxy has written this data
    ├── OwnedElsewhere            another Roxy owns the data folder
    ├── OwnerGone                 the Roxy that was answering ended before it was done
    ├── Denied                    the user did not allow it
    │   └── NotApproved           it changed, or was never approved
    ├── NeedsInput                a question was asked where nobody can answer
    ├── TurnCancelled             the user said stop
    ├── SkillError                a skill cannot be loaded, or failed
    ├── PrivacyBlocked            the gateway would not let it leave
    ├── UnusableModel             the model that finds names is missing or broken; what it was to look at is blocked
    ├── ModelError                a language model did not answer
    │   ├── ModelUnavailable      it cannot be reached, is overloaded, or answers nonsense
    │   ├── ModelRefused          the key is missing, wrong, or may not use the model
    │   ├── ModelTimeout          no whole answer within the deadline
    │   ├── ContextTooLong        the conversation does not fit, even trimmed
    │   └── BudgetExceeded        the session's budget is used up
    └── ServerError               an MCP server did not do what it was asked
        ├── ServerNotFound        no such server, or no such tool on it
        ├── ServerNotRunning      it is stopped, and may not be started by this call
        ├── ServerUnavailable     it failed repeatedly; the circuit is open
        ├── ServerOverloaded      its queue is full
        ├── ServerDisconnected    the connection ended in the middle
        ├── ServerTimeout         no answer within the deadline
        ├── ServerProtocolError   it answered something that is not MCP
        ├── MessageTooLarge       its message is over `max_message_bytes`
        ├── InvalidArguments      the arguments do not fit the tool's schema
        ├── ToolFailed            the tool ran and said it failed
        └── LoopDetected          the call has passed through too many hops

Each class carries a stable `code` (those of `ToolCallResult.code` where a call can end so), a message that says
what happened and why, and a `hint`: the next step, in words one can follow. Inside Roxy these are raised and never
swallowed; `mcp/results.py`, `conversation/turn.py`, `daemon.py` and `cli/` are the borders that turn them into results
and sentences.
"""

from typing import ClassVar


class RoxyError(Exception):
    """Something went wrong that a person can be told in one sentence."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def without_hint(told: str, hint: str) -> str:
    """What `str(error)` told before its `hint`, which is the next step."""
    return told.removesuffix(hint).rstrip() if hint else told


class ConfigError(RoxyError):
    """A configuration file or setting is wrong. `where` is `file:line` when it is known."""

    code = "config_error"
    exit_code = 2

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {super().__str__()}" if self.where else super().__str__()


class UsageError(RoxyError):
    """The words of a command are wrong."""

    code = "usage_error"
    exit_code = 2


class StoreError(RoxyError):
    """The local data cannot be read or written."""

    code = "store_error"
    exit_code = 2


class StoreCorrupt(StoreError):
    """The database is damaged; the damaged file was kept beside it."""

    code = "store_corrupt"


class StoreFull(StoreError):
    """The disk has no room left; what was confirmed before is kept."""

    code = "store_full"


class StoreReadOnly(StoreError):
    """The data folder or the database may not be written."""

    code = "store_read_only"


class StoreTooNew(StoreError):
    """A newer Roxy has written this database."""

    code = "store_too_new"


class OwnedElsewhere(RoxyError):
    """Another Roxy owns the data folder. `pid` is its process id when it is known."""

    code = "owned_elsewhere"

    def __init__(self, message: str, *, pid: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.pid = pid


class OwnerGone(RoxyError):
    """The Roxy that owns the data folder ended, or hung up, before it was done."""

    code = "disconnected"


class Denied(RoxyError):
    """The user did not allow it."""

    code = "denied"


class NotApproved(Denied):
    """It changed since it was approved, or never was."""

    code = "not_approved"


class NeedsInput(RoxyError):
    """A question was asked where nobody can answer; `message` is the question."""

    code = "needs_input"


class TurnCancelled(RoxyError):
    """The user said stop, or the door closed, before the turn ended."""

    code = "cancelled"


class SkillError(RoxyError):
    """A skill cannot be loaded, or failed while it ran. `skill` is its name."""

    code = "skill_error"

    def __init__(self, message: str, *, skill: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.skill = skill


class PrivacyBlocked(RoxyError):
    """The privacy gateway would not let it leave; the hint says how to allow it.

    `kind`, `path` and `digest` tell what stopped it, as a record may keep it.
    """

    code = "privacy_blocked"

    def __init__(self, message: str, *, hint: str = "", kind: str = "", path: str = "", digest: str = "") -> None:
        super().__init__(message, hint=hint)
        self.kind, self.path, self.digest = kind, path, digest


class UnusableModel(RoxyError):
    """The model that finds names is missing, damaged, or not made for this version; the hint says what to install."""

    code = "unusable_model"


class ModelError(RoxyError):
    """A language model did not answer. `provider` says whose it is."""

    code = "model_error"

    def __init__(self, message: str, *, provider: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.provider = provider


class ModelUnavailable(ModelError):
    """It cannot be reached, is overloaded, or answers what is no answer."""

    code = "model_unavailable"


class ModelRefused(ModelError):
    """The key is missing or wrong, or may not use this model."""

    code = "model_refused"


class ModelTimeout(ModelError):
    """There was no whole answer within the deadline."""

    code = "model_timeout"


class ContextTooLong(ModelError):
    """The conversation does not fit into the model's context, even trimmed."""

    code = "context_too_long"


class BudgetExceeded(ModelError):
    """The session's budget of tokens or rounds is used up."""

    code = "budget_exceeded"


class ServerError(RoxyError):
    """An MCP server did not do what it was asked. `server` is its name."""

    code = "protocol_error"

    def __init__(self, message: str, *, server: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.server = server


class ServerNotFound(ServerError):
    """There is no such server, or no such tool on it."""

    code = "not_found"


class ServerNotRunning(ServerError):
    """The server is stopped or disabled and may not be started by this call."""

    code = "not_running"


class ServerUnavailable(ServerError):
    """The server failed repeatedly; the circuit is open for a while."""

    code = "unavailable"


class ServerOverloaded(ServerError):
    """The server's queue of waiting calls is full."""

    code = "overloaded"


class ServerDisconnected(ServerError):
    """The connection ended in the middle; the outcome of a call in flight is unknown."""

    code = "disconnected"


class ServerTimeout(ServerError):
    """There was no answer within the deadline."""

    code = "timeout"


class ServerProtocolError(ServerError):
    """The server answered something that is not MCP."""

    code = "protocol_error"


class MessageTooLarge(ServerError):
    """A message was longer than the server's `max_message_bytes`."""

    code = "message_too_large"


class InvalidArguments(ServerError):
    """The arguments do not fit the tool's input schema."""

    code = "invalid_arguments"


class ToolFailed(ServerError):
    """The tool ran and said that it failed."""

    code = "tool_error"


class LoopDetected(ServerError):
    """The call has passed through too many hops."""

    code = "loop_detected"
