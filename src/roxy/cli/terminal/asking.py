"""Asks the person at the terminal what a server wants to know, in the middle of a command.

Questions stand on stderr, so that stdout stays the command's answer. Enter takes what is proposed, Ctrl-D cancels the
question, Ctrl-C ends the command. Where stdin, stdout or stderr is no terminal nobody is asked.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence

from roxy.cli import output
from roxy.cli.terminal.waiting import hidden
from roxy.contracts.skills import Dialogue

_YES = frozenset({"y", "yes"})
_NO = frozenset({"", "n", "no", "cancel"})
_FEW = 3


def person(*, quiet: bool = False) -> Dialogue | None:
    """Who sits at this terminal; None when nobody does, or when a program reads along (`quiet`)."""
    there = not quiet and all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return AtTerminal() if there else None


class AtTerminal:
    """Implements `Dialogue`: one question at a time, whoever asks."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._told = False

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:
        """Ask; an end of the input is `cancel`."""
        async with self._turn:
            with hidden():
                if not self._told:
                    self._told = True
                    output.note("(Enter takes what is proposed; “decline” says no; “cancel” or Ctrl-D leaves it.)")
                output.note(question)
                return await _read("> " if len(choices) > _FEW or not choices else f"[{'/'.join(choices)}] > ", choices)

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no; Enter is no."""
        for again in ("", "Please answer yes or no. "):
            said = (await self.ask(again + question, choices=("yes", "no"))).strip().casefold()
            if said in _YES | _NO:
                return said in _YES
        return False

    async def say(self, text: str) -> None:
        """Say it beside the answer."""
        with hidden():
            output.note(text)


async def _read(prompt: str, choices: Sequence[str]) -> str:
    """A line from the terminal."""
    # prompt_toolkit takes a while to load, and most calls ask nothing.
    from prompt_toolkit import PromptSession  # noqa: PLC0415 - see above
    from prompt_toolkit.completion import WordCompleter  # noqa: PLC0415 - as above

    completer = WordCompleter(list(choices), ignore_case=True, sentence=True) if choices else None
    session: PromptSession[str] = PromptSession(completer=completer, reserve_space_for_menu=5)
    try:
        return await session.prompt_async(prompt, handle_sigint=False, set_exception_handler=False)
    except EOFError:
        return "cancel"
    except KeyboardInterrupt:
        signal.raise_signal(signal.SIGINT)  # as anywhere else in a command: it ends the whole
        await asyncio.Event().wait()  # … which cancels this
        raise
