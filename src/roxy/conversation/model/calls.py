"""A model's tool calls are made: those of one answer at the same time, each through the guards that skills have.

Whatever a call does becomes a result for the model, an error too. Only what ends the turn goes up: the user said stop,
or a question was asked where nobody can answer; then the other calls are stopped as well.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any

from roxy.contracts.calls import ToolCaller, ToolCallResult
from roxy.contracts.models import ToolCallPart, ToolResultPart
from roxy.contracts.privacy import Finding
from roxy.contracts.skills import SkillResult
from roxy.conversation.contexts import Contexts, Narrated
from roxy.conversation.dialogue import Exchange
from roxy.conversation.model.approval import Approvals
from roxy.conversation.model.offers.offered import Offered
from roxy.conversation.model.pieces import beginning
from roxy.conversation.model.record import Record, Where
from roxy.errors import NeedsInput, RoxyError, TurnCancelled, UsageError
from roxy.privacy.policy.origin import Origin, speaking
from roxy.skills.manager import Match, SkillManager

LONGEST = 20_000
"""Characters of one result; more would push the conversation out of the model's sight."""
Scan = Callable[..., Sequence[Finding]]
"""Tells what is personal in a text of a session (`session_id`)."""
_REFUSALS = (NeedsInput, TurnCancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The turn in which calls are made."""

    exchange: Exchange
    text: str
    turn_id: str
    offered: Mapping[str, Offered]


class Calls:
    """Makes the calls."""

    def __init__(
        self,
        *,
        skills: SkillManager,
        contexts: Contexts,
        servers: ToolCaller,
        approvals: Approvals,
        record: Record,
        scan: Scan,
    ) -> None:
        self._skills = skills
        self._contexts = contexts
        self._servers = servers
        self._approvals = approvals
        self._record = record
        self._scan = scan

    async def make(self, calls: Sequence[ToolCallPart], turn: Turn, results: list[ToolResultPart]) -> None:
        """Add the results to `results`, in the order of the calls; all of them run at the same time.

        When the turn ends in the middle, those of the calls that were done by then are added all the same: what has
        been done must not look as if it had not, or the next model does it again.
        """
        tasks = [asyncio.create_task(self._made(call, turn), name=f"model calls {call.name}") for call in calls]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            results += [one for one in ended if isinstance(one, ToolResultPart)]

    async def _made(self, call: ToolCallPart, turn: Turn) -> ToolResultPart:
        offered = turn.offered.get(call.name)
        route = turn.exchange.route
        where = Where(server=offered.server, tool=offered.tool) if offered else Where(server="", tool="")
        self._record.called(call, where, route=route)
        try:
            if offered is None:
                raise _unknown(call.name, turn.offered)
            content, failed = await self._content(call, offered, turn)
        except _REFUSALS:
            raise
        except RoxyError as error:
            content, failed = str(error), True
        content = await self._short(content, turn.exchange.session_id)
        result = ToolResultPart(call_id=call.id, name=call.name, content=content, is_error=failed)
        self._record.returned(result, where, route=route)
        return result

    async def _content(self, call: ToolCallPart, offered: Offered, turn: Turn) -> tuple[Any, bool]:
        """What the tool answered, and whether that is a failure."""
        exchange = turn.exchange
        if offered.own is not None:
            exchange.tools.append(call.name)
            with speaking(Origin.MODEL):
                return await offered.own.call(call.arguments, exchange), False
        if offered.skill:
            exchange.tools.append(call.name)
            exchange.progress(f"asking {offered.skill} …")
            match = self._match(offered, call.arguments, turn.text)
            with speaking(Origin.MODEL):
                done = await self._contexts.run(match, exchange, text=turn.text, turn_id=turn.turn_id, by_model=True)
            return _of_skill(done), not done.success
        await self._approvals.permit(offered, call.arguments, exchange)
        narrated = Narrated(self._servers, exchange)
        with speaking(Origin.MODEL):
            result = await narrated.call_tool(offered.server, offered.tool, call.arguments)
        return _of_server(result), not result.success

    async def _short(self, content: Any, session_id: str) -> Any:
        """`content`, or its beginning; cut before anybody has looked at it, so nothing personal may be cut in two."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        if len(text) <= LONGEST:
            return content
        scan = partial(self._scan, session_id=session_id)
        begun = await asyncio.to_thread(beginning, text, LONGEST, scan)
        return f"{begun}\n[cut here: {len(begun)} of {len(text)} characters are shown]"

    def _match(self, offered: Offered, arguments: Mapping[str, Any], text: str) -> Match:
        """The intent as if its sentence had been said; raises `UsageError` for arguments it does not take."""
        loaded = self._skills.loaded(offered.skill)
        if loaded is None:
            raise UsageError(f"The skill {offered.skill} is not in use any more.")
        intent = loaded.folder.intent(offered.intent)
        declared: Mapping[str, Any] = offered.spec.parameters["properties"]
        values = {name: _typed(name, value, declared) for name, value in arguments.items() if value not in (None, "")}
        if missing := [name for name in offered.spec.parameters.get("required", ()) if name not in values]:
            raise UsageError(f"{' and '.join(missing)} must be given.")
        return Match(skill=offered.skill, intent=intent, parameters=values, score=1.0, understood=text, loaded=loaded)


def _typed(name: str, value: Any, declared: Mapping[str, Any]) -> Any:
    """A slot's value as the skill expects it."""
    if name not in declared:
        raise UsageError(f"There is no argument {name!r}; there are: {', '.join(declared) or 'none'}.")
    schema = declared[name]
    if "enum" in schema and str(value) not in schema["enum"]:
        raise UsageError(f"{name} must be one of: {', '.join(schema['enum'])}.")
    try:
        match schema["type"]:
            case "integer":
                return int(value)
            case "number":
                number = float(value)
                return int(number) if number.is_integer() else number
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{name} must be a number.") from None
    return str(value)


def _unknown(name: str, offered: Mapping[str, Offered]) -> UsageError:
    near = get_close_matches(name, offered, n=3)
    return UsageError(f"There is no tool {name}.", hint=f"Did you mean {' or '.join(near)}?" if near else "")


def _of_skill(done: SkillResult) -> Any:
    if not done.success:
        return done.error or done.response_text
    return {"said": done.response_text, "data": _json(done.data)} if done.data is not None else done.response_text


def _of_server(result: ToolCallResult) -> Any:
    if not result.success:
        return f"{result.error} ({result.code})"
    return _json(result.structured) if result.structured is not None else result.text or _json(result.data)


def _json(value: Any) -> Any:
    """`value` as plain JSON: what a skill returns may hold times and the like."""
    return json.loads(json.dumps(value, default=str))
