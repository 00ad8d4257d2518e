"""What a server asks of the user or of Roxy: elicitation, sampling, roots; in both eras through one handler.

In the legacy eras these are requests of the server; in the modern one they come inside an `input_required` result, and
the request is sent again with the answers (specification 2026-07-28, "multi round-trip requests"). Without a handler
nothing is offered to the server, and what it asks for nevertheless ends in `NeedsInput` or in a refusal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Protocol

import mcp_types
from pydantic import BaseModel, ValidationError

from roxy.errors import NeedsInput, RoxyError, ServerProtocolError

ELICITATION = "elicitation/create"
SAMPLING = "sampling/createMessage"
ROOTS = "roots/list"
MAX_ROUNDS = 8
MAX_REQUESTS = 16
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.25
_DECLARED: Mapping[str, Mapping[str, Any]] = {
    ELICITATION: {"elicitation": {"form": {}, "url": {}}},
    SAMPLING: {"sampling": {}},
    ROOTS: {"roots": {}},
}


class InputHandler(Protocol):
    """Answers what a server asks; only what is among its `kinds` is offered to the server."""

    @property
    def kinds(self) -> Collection[str]:
        """The methods that are answered."""
        ...

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result as the specification has it for `method`.

        It may raise a `RoxyError`, `NeedsInput` above all: then the server is refused, or the call that needs the
        answer ends.
        """
        ...


def capabilities(on_input: InputHandler | None) -> dict[str, Any]:
    """What is declared to a server: everything that the handler answers, or nothing."""
    kinds = on_input.kinds if on_input else ()
    return {name: dict(what) for kind in kinds for name, what in _DECLARED[kind].items()}


def callbacks(on_input: InputHandler | None) -> dict[str, Any]:
    """The callbacks of a `ClientSession` for the requests of a legacy server."""
    if on_input is None:
        return {}

    async def answered(method: str, params: BaseModel | None, kind: type[BaseModel]) -> Any:
        asked = params.model_dump(by_alias=True, mode="json", exclude_none=True) if params else {}
        try:
            return kind.model_validate(await on_input(method, asked))
        except RoxyError as refused:
            return mcp_types.ErrorData(code=mcp_types.INVALID_REQUEST, message=refused.message)
        except ValidationError:
            return mcp_types.ErrorData(code=mcp_types.INTERNAL_ERROR, message="The client has no valid answer")

    async def elicited(_: Any, params: BaseModel) -> Any:
        return await answered(ELICITATION, params, mcp_types.ElicitResult)

    async def sampled(_: Any, params: BaseModel) -> Any:
        return await answered(SAMPLING, params, mcp_types.CreateMessageResult)

    async def rooted(_: Any) -> Any:
        return await answered(ROOTS, None, mcp_types.ListRootsResult)

    offered = {
        ELICITATION: ("elicitation_callback", elicited),
        SAMPLING: ("sampling_callback", sampled),
        ROOTS: ("list_roots_callback", rooted),
    }
    return dict(offered[kind] for kind in on_input.kinds)


async def completed(
    server: str,
    result: dict[str, Any],
    send: Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]],
    on_input: InputHandler | None,
) -> dict[str, Any]:
    """Send a request again until its `result` is complete; `send` gets what is added to the params in this round.

    Each round is a request of its own, with a new id. The server's `requestState` is given back as it came. Raises
    `NeedsInput` when there is nobody to ask, `ServerProtocolError` when the server never has enough.
    """
    pause = _FIRST_PAUSE
    for number in range(MAX_ROUNDS + 1):
        kind = result.get("resultType", "complete")
        if kind == "complete":
            return result
        if kind != "input_required":
            raise ServerProtocolError(f"The server {server} answered with a result of an unknown type.", server=server)
        if number == MAX_ROUNDS:
            break
        added: dict[str, Any] = {}
        if "requestState" in result:
            added["requestState"] = result["requestState"]
        asked = result.get("inputRequests")
        if asked:
            added["inputResponses"] = await _answers(server, asked, on_input)
            pause = _FIRST_PAUSE
        else:  # the server only wants to be asked again
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        result = await send(added)
    raise ServerProtocolError(f"The server {server} asked for input more than {MAX_ROUNDS} times.", server=server)


async def _answers(server: str, asked: Any, on_input: InputHandler | None) -> dict[str, Any]:
    """One after the other, for whoever answers is most likely one person."""
    if not isinstance(asked, dict) or len(asked) > MAX_REQUESTS:
        raise ServerProtocolError(f"The server {server} asks for input in a way that is not MCP.", server=server)
    answers: dict[str, Any] = {}
    for key, request in asked.items():
        method = request.get("method") if isinstance(request, dict) else None
        if not isinstance(method, str) or method not in _DECLARED:
            raise ServerProtocolError(f"The server {server} asks for something that is no input.", server=server)
        params = request.get("params")
        params = params if isinstance(params, dict) else {}
        if on_input is None or method not in on_input.kinds:
            raise NeedsInput(_said(server, params))
        answers[key] = dict(await on_input(method, params))
    return answers


def _said(server: str, params: Mapping[str, Any]) -> str:
    message = params.get("message")
    asks = f": {message}" if isinstance(message, str) and message else "."
    return f"The server {server} asks for input{asks}"
