"""A model writes a better summary, behind the turn that needed one.

The model that answered the turn is asked, when the turn is over, so that neither waits for the other; an external one
sees pseudonyms, as always. Whatever goes wrong (it is slow, it fails, the session is over its budget, Roxy leaves)
leaves the summary that was made without it. Nothing that was forgotten meanwhile comes back: a summary that has changed
since is left alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, cast

from roxy.contracts.models import ChatModel, ChatRequest, Finished, Role, StopReason
from roxy.conversation.longterm.extract import bulleted, transcript
from roxy.conversation.longterm.summaries import Summaries
from roxy.conversation.model.past import Fold
from roxy.conversation.model.record import Record
from roxy.conversation.model.transcript import said
from roxy.conversation.model.veil import Veil
from roxy.errors import RoxyError
from roxy.observe.logs import get_logger

PATIENCE = 60.0
"""Seconds that a model may take."""
_READ = 24_000
"""Characters of the turns that a model reads at most."""
_ANSWER = 1_000
"""Tokens of its answer."""

_log = get_logger(__name__)


class Summariser:
    """Lets models write summaries, one after the other in each session."""

    def __init__(
        self, summaries: Summaries, record: Record, prompt: Callable[[], str], *, patience: float = PATIENCE
    ) -> None:
        self._summaries = summaries
        self._record = record
        self._prompt = prompt
        self._patience = patience
        self._writing: dict[str, asyncio.Task[None]] = {}

    def begin(self, fold: Fold, model: ChatModel, veil: Veil) -> None:
        """Write behind the turn; one that is being written of an older state of the session is given up."""
        session_id = fold.now.session_id
        if older := self._writing.get(session_id):
            older.cancel()
        task = asyncio.create_task(self._write(fold, model, veil), name=f"summary of {session_id}")
        self._writing[session_id] = task
        task.add_done_callback(lambda done: self._done(session_id, done))

    async def written(self) -> None:
        """Wait for what is being written."""
        while self._writing:
            await asyncio.wait(self._writing.values())
            await asyncio.sleep(0)  # what is done is taken out just after

    async def aclose(self) -> None:
        """Give up what is being written."""
        for task in self._writing.values():
            task.cancel()
        await self.written()

    def _done(self, session_id: str, task: asyncio.Task[None]) -> None:
        if self._writing.get(session_id) is task:
            del self._writing[session_id]

    async def _write(self, fold: Fold, model: ChatModel, veil: Veil) -> None:
        try:
            async with asyncio.timeout(self._patience):
                finished = await self._asked(fold, model, veil)
                real = await veil.real(finished.message)
            text = bulleted(real.text, fold.most)
            if text and finished.stop is StopReason.END:
                spent = finished.usage.input_tokens + finished.usage.output_tokens
                await self._summaries.rewrite(fold.now, text, source=veil.name, tokens=spent)
            self._record.summarised(finished.usage, route=veil.provider, model=veil.name)
        except TimeoutError:
            _log.warning("summary.not_written", model=veil.name, code="timeout")
        except RoxyError as error:
            _log.warning("summary.not_written", model=veil.name, code=error.code)
        except Exception as error:  # noqa: BLE001 - a border: nobody waits for this task, and there is a summary already
            _log.error("summary.not_written", model=veil.name, code=type(error).__name__)

    async def _asked(self, fold: Fold, model: ChatModel, veil: Veil) -> Finished:
        before = f"The notes so far:\n{fold.before.text}\n\n" if fold.before and fold.before.text else ""
        turns = transcript(fold.kept, fold.forgotten, _READ)
        kept = [said(Role.SYSTEM, self._prompt()), said(Role.USER, f"{before}What came after:\n{turns}")]
        request = ChatRequest(messages=await veil.messages(kept), max_output_tokens=_ANSWER, timeout=self._patience)
        async with veil.saving(), aclosing(cast("Any", model.stream(request))) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
        raise RoxyError("The summary broke off.")
