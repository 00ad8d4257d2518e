"""The part of the manager that asks for what servers offer beside tools; see `roxy.mcp.servers`."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from roxy.contracts.offers import (
    CompletionResult,
    Ended,
    PromptInfo,
    PromptResult,
    ReadResult,
    ResourceCallback,
    ResourceInfo,
    ResourceTemplate,
)
from roxy.errors import ServerNotFound
from roxy.mcp.calling import Caller
from roxy.mcp.offers import listed
from roxy.mcp.requests.offers import (
    CompletionRequest,
    I,
    ListRequest,
    PromptRequest,
    ReadRequest,
    SubscribeRequest,
    Typed,
)
from roxy.mcp.requests.request import R, Request, Terms
from roxy.mcp.supervisor import Supervisor
from roxy.observe import trace


class Offers:
    """Lists, reads, prompts, completions and subscriptions. All of it goes the path that tool calls go."""

    _caller: Caller

    @abstractmethod
    def _find(self, server: str, session_id: str | None = None) -> Supervisor:
        """The server of this name; raises `ServerNotFound`."""

    async def list_resources(
        self, server: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> Sequence[ResourceInfo]:
        """The resources of `server`, which is started when needed; empty when it has none. Raises `RoxyError`."""
        return await self._list(ListRequest(server, "resources", listed.resource, self._given(timeout, session_id)))

    async def list_templates(
        self, server: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> Sequence[ResourceTemplate]:
        """Its resource templates; empty when it has none. Raises `RoxyError`."""
        terms = self._given(timeout, session_id)
        return await self._list(ListRequest(server, "resourceTemplates", listed.template, terms))

    async def list_prompts(
        self, server: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> Sequence[PromptInfo]:
        """Its prompts; empty when it has none. Raises `RoxyError`."""
        return await self._list(ListRequest(server, "prompts", listed.prompt, self._given(timeout, session_id)))

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource; an answer that its server said holds for a while is not asked for again within it."""
        return await self._ask(ReadRequest(server, uri, self._given(timeout, session_id)))

    async def get_prompt(
        self,
        server: str,
        prompt: str,
        arguments: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> PromptResult:
        """Have a prompt filled in."""
        return await self._ask(PromptRequest(server, prompt, arguments or {}, self._given(timeout, session_id)))

    async def complete(
        self,
        server: str,
        ref: Mapping[str, str],
        argument: str,
        value: str,
        *,
        context: Mapping[str, str] | None = None,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> CompletionResult:
        """What could be meant by `value` for an argument of a prompt or a variable of a template.

        `ref` is `{"type": "ref/prompt", "name": …}` or `{"type": "ref/resource", "uri": TEMPLATE}`; `context` holds the
        other arguments that are known.
        """
        terms = self._given(timeout, session_id)
        return await self._ask(CompletionRequest(server, Typed(ref, argument, value, context or {}), terms))

    async def subscribe(
        self,
        server: str,
        uri: str,
        callback: ResourceCallback,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> Ended:
        """Let `callback` hear of changes of a resource until `unsubscribe`, over every connection to its server.

        After a new connection it is called once: the resource may have changed meanwhile.
        """
        return await self._ask(SubscribeRequest(server, uri, callback, self._given(timeout, session_id)))

    async def unsubscribe(self, server: str, uri: str, *, session_id: str | None = None) -> bool:
        """End all subscriptions to a resource; False when there are none. Raises `ServerNotFound`."""
        found = self._find(server, session_id or trace.current().session_id)
        return await found.subscriptions.remove(found.connection, uri)

    async def _list(self, request: ListRequest[I]) -> Sequence[I]:
        await self._ask(request)
        if request.error is not None:
            raise request.error
        return request.items

    async def _ask(self, request: Request[R]) -> R:
        try:
            server = self._find(request.server, request.terms.session_id)
        except ServerNotFound as unknown:
            return request.failed(unknown)
        return await self._caller.call(request, server)

    def _given(self, timeout: float | None, session_id: str | None) -> Terms:
        return self._terms(Terms(timeout=timeout, session_id=session_id))

    def _terms(self, terms: Terms) -> Terms:
        """The session of the trace, where none is named."""
        around = trace.current()
        if terms.session_id is None and around.session_id is not None:
            return replace(terms, session_id=around.session_id)
        return terms
