"""What the privacy gateway finds and decides. Nothing here ever holds the value that was found."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

_SHOWN = 300
"""Characters of a value that a question shows."""


class Zone(StrEnum):
    """Who reads what comes back, which decides whether pseudonyms are turned into real values."""

    USER = "user"
    """The person at a door: real values."""
    LOCAL = "local"
    """A server declared `external: false`: real values."""
    EXTERNAL = "external"
    """Everything that leaves the machine's trust: pseudonyms."""
    RECORD = "record"
    """Logs, events, metrics, run records: pseudonyms, always."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of text that is personal: offsets are code points, `score` is between 0 and 1."""

    start: int
    end: int
    type: str
    """`PERSON`, `EMAIL_ADDRESS`, `PHONE_NUMBER`, `SECRET`, … (Presidio's names where it has one)."""
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Redaction:
    """One value that was replaced: where and what kind, and a keyed digest that tells equal values from others."""

    type: str
    path: str
    """JSON Pointer of the leaf (RFC 6901); empty for a bare text."""
    digest: str
    action: Literal["pseudonym", "mask", "hash", "allow", "block"] = "pseudonym"
    """`mask` and `hash` are one way; `allow`: it left as it is, by a rule of the user's or by their answer; `block`: it
    kept the whole payload from leaving."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this real value leave? Put to the user alone; the value is in no repr."""

    destination: str
    tool: str
    path: str
    """JSON Pointer of the leaf."""
    type: str
    value: str = field(repr=False)
    sources: tuple[str, ...] = ()
    """The servers it came from, when it did not come from the user."""
    rememberable: bool = False
    """Whether "always" may be answered: only for what came from the user or from that very server."""
    needed: bool = False
    """Whether the tool is of no use without it: then nothing is sent where nobody can be asked."""

    @property
    def what(self) -> str:
        """What `always` holds for: this type at this argument of this tool, at every place of a list."""
        path = "/".join("*" if part.isdigit() else part for part in self.path.split("/"))
        return f"{self.destination}.{self.tool} {path} {self.type}"

    @property
    def text(self) -> str:
        """The question, with the real value."""
        came = f" It came from {', '.join(self.sources)}, not from you." if self.sources else ""
        shown = json.dumps(self.value[:_SHOWN], ensure_ascii=False)
        if len(self.value) > _SHOWN:
            shown += f" … ({len(self.value):,} characters)"
        always = " (always: whatever of this type stands there, from now on)" if self.rememberable else ""
        return (
            f"{self.destination}.{self.tool} asks for a real value in {self.path} ({self.type}).{came}\n"
            f"  {shown}\nMay it leave as it is?{always}"
        )


Ask = Callable[[Question], Awaitable[Literal["yes", "always", "no"]]]
"""Puts a question to the user; raises `NeedsInput` where nobody can be asked after all."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gateway did with one payload; the caller records it."""

    destination: str
    tool: str | None = None
    outcome: Literal["passed", "redacted", "blocked"] = "passed"
    redactions: tuple[Redaction, ...] = ()
    reason: str = ""
    """Why it was blocked, and how to allow it; empty otherwise."""
    policy: str = "balanced"
    ms: float = 0.0
    released: tuple[Redaction, ...] = ()
    """Personal values that left as they are, by a rule of the user's or by their answer."""
    code: str = ""
    """Why it was blocked, as a code: `privacy_blocked`, `denied`, `needs_input`."""
    stopped: tuple[Redaction, ...] = ()
    """The value that kept the payload from leaving, when it was one."""

    @property
    def blocked(self) -> bool:
        """Whether the payload may not leave."""
        return self.outcome == "blocked"

    def counts(self) -> dict[str, int]:
        """How many values of each type were replaced."""
        counted: dict[str, int] = {}
        for redaction in self.redactions:
            counted[redaction.type] = counted.get(redaction.type, 0) + 1
        return counted


class Mark(NamedTuple):
    """What a gateway knew at some time: the same payload gives the same result as long as it has learned nothing."""

    taught: int = 0
    """How often it was told of names and secrets."""
    vault: int = 0
    """Which vault of the session was open; it is another one after it was wiped or read again."""
    values: int = 0
    """How many values that vault held."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A payload that may leave (None when it is blocked) and the decision that made it so."""

    payload: Any
    decision: Decision
    mark: Mark = field(default_factory=Mark)
    """What was known before the payload was looked at, and perhaps taught something."""


class PrivacyGuard(Protocol):
    """The gateway as the path of a tool call sees it."""

    async def outgoing(
        self,
        payload: Any,
        *,
        destination: str,
        tool: str | None = None,
        schema: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        policy: str | None = None,
        ask: Ask | None = None,
    ) -> Outgoing:
        """Replace what is personal in the leaves of a JSON `payload`; never raises for what it finds.

        `policy` is what the destination's own declaration names; `ask` puts questions to the user.
        """
        ...

    async def incoming(
        self, payload: Any, *, source: str, zone: Zone | str = Zone.USER, session_id: str | None = None
    ) -> Any:
        """Put real values back into `payload` where `zone` may see them, else replace what is personal."""
        ...


class Keeper(Protocol):
    """Keeps which pseudonyms stand for what."""

    async def save(self, session_id: str | None) -> None:
        """Have all that it keeps of a session on the disk; raises `StoreError`."""
        ...


class LateKeeper(Protocol):
    """A keeper that is opened when it is first needed."""

    @property
    def now(self) -> Keeper | None:
        """It, once it is open."""
        ...
