"""Lists, reads, prompts, completions and subscriptions, as requests."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from roxy.contracts.offers import CompletionResult, Ended, PromptResult, ReadResult, ResourceCallback
from roxy.errors import InvalidArguments, RoxyError, ServerNotFound, ToolFailed
from roxy.mcp.offers.subscriptions import Subscriber
from roxy.mcp.requests.request import Request, Terms

if TYPE_CHECKING:
    from roxy.mcp.connection import Connection
    from roxy.mcp.supervisor import Supervisor
    from roxy.mcp.wire.peer import RequestOptions

I = TypeVar("I")  # noqa: E741 - an item of a list
_METHODS = {
    "resources": "resources/list",
    "resourceTemplates": "resources/templates/list",
    "prompts": "prompts/list",
}
_FOR_PEOPLE = ("title", "description")
_NAMED_BY = {"resources": "uri", "prompts": "name"}
_MOST_VALUES = 100  # as many as the specification allows in one completion


class ListRequest(Request[Ended], Generic[I]):
    """A list; `items` and `error` tell how it ended."""

    event = "offers.listed"

    def __init__(self, server: str, kind: str, made: Callable[[str, Mapping[str, Any]], I], terms: Terms) -> None:
        super().__init__(server, kind, terms)
        self.key = (self.method,)
        self.items: Sequence[I] = ()
        self.error: RoxyError | None = None
        self._made = made
        self._said: dict[str, frozenset[str]] = {}

    @property
    def method(self) -> str:  # type: ignore[override] # one class for three methods
        """The method of this list."""
        return _METHODS[self.name]

    @property
    def what(self) -> str:
        """The list."""
        return f"The list of {'resource templates' if self.name == 'resourceTemplates' else self.name} of {self.server}"

    @property
    def payload(self) -> Mapping[str, Any]:
        """Nothing is asked but the list."""
        return {}

    async def located(self, server: "Supervisor") -> None:
        """What is listed is known as the server's own words from then on."""
        self._said = server.said

    async def send(
        self,
        connection: "Connection",
        payload: Any,  # noqa: ARG002 - nothing is asked but the list
        options: "RequestOptions",
    ) -> Mapping[str, Any]:
        """All pages."""
        answer = await connection.ask(lambda peer: peer.listed(self.name, options))
        if (word := _NAMED_BY.get(self.name)) is not None:
            self._said[self.name] = frozenset(item[word] for item in answer[self.name])
        return answer

    def parts(self, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Titles and descriptions; names and URIs are for the server, which knows them by no other words."""
        return [{word: item[word] for word in _FOR_PEOPLE if word in item} for item in answer[self.name]]

    def result(self, answer: Mapping[str, Any], parts: Any) -> Ended:
        """The items."""
        listed = zip(answer[self.name], parts, strict=True)
        self.items = tuple(self._made(self.server, {**item, **words}) for item, words in listed)
        return Ended(success=True, server=self.server)

    def failed(self, error: BaseException) -> Ended:
        """Lists are raised for, since there is nothing to give back."""
        ended = super().failed(error)
        self.error = error if isinstance(error, RoxyError) else RoxyError(ended.error)
        return ended

    def failure(self, error: str, code: str) -> Ended:
        """There is no list."""
        return Ended(success=False, error=error, code=code, server=self.server)

    def record(self, payload: Any) -> Mapping[str, Any]:  # noqa: ARG002 - nothing was said
        """Which list."""
        return {"method": self.method}


class _OfResource(Request[Any]):
    """What is about one resource. A URI that the server itself has listed goes to it as it is."""

    def __init__(self, server: str, uri: str, terms: Terms) -> None:
        super().__init__(server, uri, terms)
        self.label = self.method  # the URI may be personal
        self._listed: Sequence[Mapping[str, Any]] = ()

    @property
    def what(self) -> str:
        """The resource."""
        return f"The resource {self.name} of {self.server}"

    @property
    def payload(self) -> Mapping[str, Any]:
        """The URI."""
        return {"uri": self.name}

    async def located(self, server: "Supervisor") -> None:
        """See whether the server has listed it."""
        self.known = self.name in server.said.get("resources", ())
        self._listed = _kept(server, "resources")

    def explained(self, error: RoxyError) -> RoxyError:
        """A server that is asked for a URI and does not accept it, has no such resource (both codes are in use)."""
        if not isinstance(error, InvalidArguments | ServerNotFound):
            return error
        hint = _nearest(self.name, [one["uri"] for one in self._listed]) or f"See: roxy mcp resources {self.server}"
        return ServerNotFound(f"{self.what} was not found.", server=self.server, hint=hint)

    def record(self, payload: Any) -> Mapping[str, Any]:
        """The URI."""
        return {"resource": (payload or {}).get("uri")}


class ReadRequest(_OfResource):
    """`resources/read`."""

    method = "resources/read"
    event = "resource.read"

    def __init__(self, server: str, uri: str, terms: Terms) -> None:
        super().__init__(server, uri, terms)
        self.key = (self.method, uri)

    async def send(self, connection: "Connection", payload: Any, options: "RequestOptions") -> Mapping[str, Any]:
        """Read it."""
        return await connection.ask(lambda peer: peer.read_resource(payload["uri"], options))

    def parts(self, answer: Mapping[str, Any]) -> Any:
        """The contents."""
        return answer["contents"]

    def result(self, answer: Mapping[str, Any], parts: Any) -> ReadResult:  # noqa: ARG002 - all that is told stands in its contents
        """The contents, and their texts."""
        text = "\n".join(one["text"] for one in parts if isinstance(one.get("text"), str))
        return ReadResult(success=True, server=self.server, uri=self.name, text=text, contents=tuple(parts))

    def failure(self, error: str, code: str) -> ReadResult:
        """Nothing was read."""
        return ReadResult(success=False, error=error, code=code, server=self.server, uri=self.name)


class SubscribeRequest(_OfResource):
    """Subscribing to the changes of a resource."""

    method = "resources/subscribe"
    event = "resource.subscribed"

    def __init__(self, server: str, uri: str, callback: ResourceCallback, terms: Terms) -> None:
        super().__init__(server, uri, terms)
        self._subscriber = Subscriber(uri, callback)
        self._server: Supervisor | None = None

    async def located(self, server: "Supervisor") -> None:
        """The subscription is kept by the server's supervisor."""
        await super().located(server)
        self._server = server

    async def send(
        self,
        connection: "Connection",
        payload: Any,
        options: "RequestOptions",  # noqa: ARG002 - subscriptions are Roxy's own, and renewed without a caller
    ) -> Mapping[str, Any]:
        """Subscribe."""
        if self._server is not None:
            await self._server.subscriptions.add(connection, payload["uri"], self._subscriber)
        return {}

    def parts(self, answer: Mapping[str, Any]) -> Any:
        """Nothing is said."""
        return answer

    def result(self, answer: Mapping[str, Any], parts: Any) -> Ended:  # noqa: ARG002 - nothing is said
        """It is subscribed to."""
        return Ended(success=True, server=self.server)

    def failure(self, error: str, code: str) -> Ended:
        """It is not."""
        return Ended(success=False, error=error, code=code, server=self.server)


class PromptRequest(Request[PromptResult]):
    """`prompts/get`."""

    method = "prompts/get"
    event = "prompt.filled"

    def __init__(self, server: str, prompt: str, arguments: Mapping[str, str], terms: Terms) -> None:
        super().__init__(server, prompt, terms)
        self._arguments = dict(arguments)
        self._listed: Sequence[Mapping[str, Any]] = ()

    async def located(self, server: "Supervisor") -> None:
        """See what prompts it has listed."""
        self._listed = _kept(server, "prompts")

    @property
    def what(self) -> str:
        """The prompt by its full name."""
        return f"The prompt {self.server}.{self.name}"

    @property
    def payload(self) -> Mapping[str, Any]:
        """The arguments."""
        return self._arguments

    async def send(self, connection: "Connection", payload: Any, options: "RequestOptions") -> Mapping[str, Any]:
        """Have it filled in."""
        return await connection.ask(lambda peer: peer.get_prompt(self.name, payload, options))

    def parts(self, answer: Mapping[str, Any]) -> Any:
        """The messages, and what they are about."""
        said = answer.get("description")
        return {"description": said if isinstance(said, str) else "", "messages": answer["messages"]}

    def result(self, answer: Mapping[str, Any], parts: Any) -> PromptResult:  # noqa: ARG002 - all that is told stands in its parts
        """The messages, and their texts."""
        contents = [message["content"] for message in parts["messages"]]
        text = "\n\n".join(one["text"] for one in contents if one.get("type") == "text")
        return PromptResult(success=True, server=self.server, prompt=self.name, text=text, **parts)

    def failure(self, error: str, code: str) -> PromptResult:
        """It was not filled in."""
        return PromptResult(success=False, error=error, code=code, server=self.server, prompt=self.name)

    def explained(self, error: RoxyError) -> RoxyError:
        """What is wrong by the list of the server's prompts, and the next step."""
        if not isinstance(error, InvalidArguments | ServerNotFound | ToolFailed):
            return error
        hint = error.hint or f"See: roxy mcp prompts {self.server}"
        names = [one["name"] for one in self._listed]
        if names and self.name not in names:
            why = f"The server {self.server} has no prompt {self.name!r}."
            return ServerNotFound(why, server=self.server, hint=_nearest(self.name, names) or hint)
        if missing := self._missing():
            why = f"{self.what} needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not given."
            return InvalidArguments(why, server=self.server, hint=hint)
        error.hint = hint
        return error

    def _missing(self) -> Sequence[str]:
        takes = next((one.get("arguments") for one in self._listed if one["name"] == self.name), None)
        needed = (one["name"] for one in takes or () if isinstance(one, Mapping) and one.get("required") is True)
        return [name for name in needed if name not in self._arguments]

    def record(self, payload: Any) -> Mapping[str, Any]:
        """The prompt and its arguments."""
        return {"prompt": self.label, "arguments": payload}


def _kept(server: "Supervisor", kind: str) -> Sequence[Mapping[str, Any]]:
    """What it has listed of this kind, in this run or an earlier one."""
    manifest = server.catalog.manifest
    return manifest.more.get(kind, ()) if manifest else ()


def _nearest(given: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(given, known, n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody is typing, and where."""

    ref: Mapping[str, str]
    """A prompt or a template, as the protocol refers to it."""
    argument: str
    value: str
    context: Mapping[str, str]
    """The other arguments that are known."""


class CompletionRequest(Request[CompletionResult]):
    """`completion/complete`."""

    method = "completion/complete"
    event = "completion.asked"

    def __init__(self, server: str, typed: Typed, terms: Terms) -> None:
        super().__init__(server, typed.ref.get("name") or typed.ref.get("uri") or "", terms)
        self._ref = dict(typed.ref)
        self._argument = typed.argument
        self._payload = {"value": typed.value, "context": dict(typed.context)}

    @property
    def what(self) -> str:
        """The argument that is typed."""
        return f"The completion of {self._argument} for {self.name} of {self.server}"

    @property
    def payload(self) -> Mapping[str, Any]:
        """What was typed, and what stands in the other arguments."""
        return self._payload

    async def send(self, connection: "Connection", payload: Any, options: "RequestOptions") -> Mapping[str, Any]:
        """Ask for the completion."""
        given: dict[str, Any] = {"ref": self._ref, "argument": {"name": self._argument, "value": payload["value"]}}
        if payload["context"]:
            given["context"] = {"arguments": payload["context"]}
        return await connection.ask(lambda peer: peer.request(self.method, given, options))

    def parts(self, answer: Mapping[str, Any]) -> list[str]:
        """The values that are texts."""
        found = _completion(answer).get("values")
        values = found if isinstance(found, list) else []
        return [value for value in values if isinstance(value, str)][:_MOST_VALUES]

    def result(self, answer: Mapping[str, Any], parts: Any) -> CompletionResult:
        """The values, and how many more there are."""
        found = _completion(answer)
        total = found.get("total")
        return CompletionResult(
            success=True,
            server=self.server,
            values=tuple(parts),
            total=total if isinstance(total, int) and not isinstance(total, bool) else None,
            more=found.get("hasMore") is True,
        )

    def failure(self, error: str, code: str) -> CompletionResult:
        """There is none."""
        return CompletionResult(success=False, error=error, code=code, server=self.server)

    def record(self, payload: Any) -> Mapping[str, Any]:
        """What was completed; what was typed counts as an argument."""
        return {"argument": self._argument, "arguments": payload}


def _completion(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    found = answer.get("completion")
    return found if isinstance(found, dict) else {}
