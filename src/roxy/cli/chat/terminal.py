"""The chat at a terminal: a prompt with history and completion, and Ctrl-C.

Ctrl-C stops the turn in flight, a second one leaves; at the prompt it empties the line, and twice at an empty one (or
Ctrl-D) leaves. What Roxy says unasked appears above the prompt.
"""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Any

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from roxy.cli.chat import slash
from roxy.cli.chat.talk import Talk
from roxy.cli.failures import INTERRUPTED
from roxy.errors import RoxyError

PROMPT = "> "

_LONGEST_KEPT = 10_000
"""Characters; a longer line is not kept in the history."""


async def converse(talk: Talk, history: Path | None, *, shown: Callable[[], None]) -> None:
    """Prompt and answer until the user leaves; `shown` is called when a prompt comes up.

    `history` is the file of lines typed, None keeps them for this chat only. Leaving by Ctrl-C in the middle of a turn
    raises `typer.Exit(130)`.
    """
    session: PromptSession[str] = PromptSession(
        history=_history(history), completer=SlashCompleter(talk), reserve_space_for_menu=5
    )
    interrupts = _Interrupts()
    warned = False
    with interrupts:
        while not talk.over:
            try:
                line = await _prompt(session, shown, interrupts)
            except EOFError:
                return
            except KeyboardInterrupt:
                if warned:
                    return
                warned = True
                talk.screen.hint("Press Ctrl-C again, or Ctrl-D, to leave.")
                continue
            warned = False
            ended = await interrupts.during(_answer(talk, line), talk.stop)
            if ended is _Ended.LEFT:
                raise typer.Exit(INTERRUPTED)
            if ended is _Ended.STOPPED:
                talk.screen.hint("Stopped.")


async def ask(question: str, guess: str) -> str:
    """Ask one question at the terminal; raises `EOFError` or `KeyboardInterrupt` when the user leaves."""
    session: PromptSession[str] = PromptSession()
    return await session.prompt_async(f"{question} [{guess}] " if guess else f"{question} ", handle_sigint=False)


async def _prompt(session: PromptSession[str], shown: Callable[[], None], interrupts: "_Interrupts") -> str:
    """One line; what is printed meanwhile appears above it. Raises `KeyboardInterrupt` for Ctrl-C at an empty line."""
    while True:
        with patch_stdout(raw=True), interrupts.leading_to(lambda: session.app.exit(exception=KeyboardInterrupt())):
            try:
                return await session.prompt_async(
                    PROMPT, pre_run=shown, handle_sigint=False, set_exception_handler=False
                )
            except KeyboardInterrupt:
                if not session.default_buffer.text:
                    raise


async def _answer(talk: Talk, line: str) -> None:
    # A terminal may send bytes that are no UTF-8; they arrive as lone surrogates.
    text = line.encode(errors="replace").decode().strip()
    if text.startswith("/"):
        await slash.take(talk, text)
    elif text:
        await talk.say(text)


class _Ended(Enum):
    """How an answer ended."""

    DONE = auto()
    STOPPED = auto()
    LEFT = auto()


class _Interrupts:
    """Where SIGINT leads, for as long as the context is open. While the prompt is up, Ctrl-C is a key and no signal."""

    def __init__(self) -> None:
        self._lead: Callable[[], None] | None = None

    def __enter__(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._caught)

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)

    def _caught(self) -> None:
        if self._lead is not None:
            self._lead()

    @contextmanager
    def leading_to(self, what: Callable[[], None]) -> Iterator[None]:
        """Call `what` at each interrupt, for as long as the context is open."""
        before, self._lead = self._lead, what
        try:
            yield
        finally:
            self._lead = before

    async def during(self, work: Coroutine[Any, Any, None], stop: Callable[[], Awaitable[bool]]) -> _Ended:
        """Do `work`; the first interrupt asks `stop` to end it, the second cancels it.

        `stop` may know of nothing to stop yet, in the first turn of a session; then the first cancels it too.
        """
        task = asyncio.create_task(work, name="answer")
        stopping: list[asyncio.Task[None]] = []

        async def ask_to_stop() -> None:
            try:
                stopped = await stop()
            except RoxyError:
                stopped = False
            if not stopped:
                task.cancel()

        def interrupt() -> None:
            if stopping:
                task.cancel()
            stopping.append(asyncio.create_task(ask_to_stop(), name="stop"))

        with self.leading_to(interrupt):
            try:
                await asyncio.wait({task})
            finally:
                for helper in (task, *stopping):
                    helper.cancel()
                await asyncio.gather(task, *stopping, return_exceptions=True)
        if not task.cancelled():
            task.result()
            return _Ended.DONE
        return _Ended.LEFT if len(stopping) > 1 else _Ended.STOPPED


class SlashCompleter(Completer):
    """Completes slash commands, their arguments, and the answers that a question suggests."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """None: arguments are asked of Roxy, which only the other method can await."""
        del document, complete_event
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """What the word before the cursor may become."""
        del complete_event
        before = document.text_before_cursor
        word = before.rpartition(" ")[2] if before.startswith("/") else before
        for choice in await self._words(before):
            if choice.startswith(word):
                about = slash.COMMANDS[choice].help if choice in slash.COMMANDS else ""
                yield Completion(choice, start_position=-len(word), display_meta=about)

    async def _words(self, before: str) -> Sequence[str]:
        if not before.startswith("/"):
            return self._talk.choices
        name, space, argument = before.partition(" ")
        if not space:
            return list(slash.COMMANDS)
        command = slash.COMMANDS.get(name)
        if command is None or command.completes is None or " " in argument:
            return ()
        try:
            return await command.completes(await self._talk.presence.assistant())
        except RoxyError:
            return ()  # a completion that cannot be had is none


class _KeptHistory(FileHistory):
    """Lines typed, in a file that only the user may read."""

    def store_string(self, string: str) -> None:
        """Keep a line, unless it is very long."""
        if len(string) <= _LONGEST_KEPT:
            super().store_string(string.encode(errors="replace").decode())


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    return _KeptHistory(str(path))
