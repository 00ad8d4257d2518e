"""What an MCP server offers beside tools: resources, their templates, prompts, and completions of what is typed.

Contents and messages stay under their wire names, as the content of a tool call does.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from roxy.errors import without_hint


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceInfo:
    """A resource as its server lists it."""

    server: str
    uri: str
    name: str
    title: str = ""
    description: str = ""
    mime_type: str = ""
    size: int | None = None
    """Bytes, before any encoding, when the server says so."""
    annotations: Mapping[str, Any] = field(default_factory=dict)
    """The server's hints under their wire names (`audience`, `priority`, `lastModified`); untrusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTemplate:
    """Resources of one pattern: `uri_template` is an RFC 6570 template whose variables can be completed."""

    server: str
    uri_template: str
    name: str
    title: str = ""
    description: str = ""
    mime_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptArgument:
    """A value that a prompt takes; values are text."""

    name: str
    title: str = ""
    description: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptInfo:
    """A prompt as its server lists it."""

    server: str
    name: str
    title: str = ""
    description: str = ""
    arguments: Sequence[PromptArgument] = ()

    @property
    def full_name(self) -> str:
        """`server.prompt`, the only unambiguous name."""
        return f"{self.server}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a request ended. It is returned, never raised, for whatever a server does."""

    success: bool
    error: str = ""
    """What happened, why, and the next step; empty on success."""
    next: str = ""
    """The next step alone, with which `error` ends; empty when there is none."""
    code: str = ""
    """One of `Code`; empty on success."""
    server: str = ""
    latency_ms: float = 0.0
    """Wall time of the whole request, with redaction and retries."""
    attempts: int = 0
    """How often it was sent; 0 for an answer that was still good from before."""
    route: str = ""
    """What carried it: `mcp:stdio`, `mcp:http`, …"""
    redactions: int = 0
    """How many values were replaced before it left."""

    @property
    def why(self) -> str:
        """What happened and why: `error` without the next step."""
        return without_hint(self.error, self.next)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult(Ended):
    """How the reading of a resource ended."""

    uri: str = ""
    text: str = ""
    """The texts of the contents, joined by line breaks."""
    contents: Sequence[Mapping[str, Any]] = ()
    """The contents under their wire names: each with `uri` and `text`, or `blob` in Base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptResult(Ended):
    """A prompt with its arguments filled in."""

    prompt: str = ""
    description: str = ""
    text: str = ""
    """The texts of the messages, joined by empty lines."""
    messages: Sequence[Mapping[str, Any]] = ()
    """The messages under their wire names: `role` and `content`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionResult(Ended):
    """What could be meant by what was typed so far."""

    values: Sequence[str] = ()
    """At most 100, the best first."""
    total: int | None = None
    """How many there are altogether, when the server says so."""
    more: bool = False


ResourceCallback = Callable[[str], Awaitable[None]]
"""Hears the URI of a resource that has changed, or may have."""
