"""What the chat shows: replies, notices, tables, and that something is being done.

`PlainScreen` prints plain lines, for pipes; `RichScreen` knows colours and has the spinner. Both are Roxy's ear for
what it says unasked (`heard`), and may be told from the event loop at any time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from roxy.cli import output
from roxy.contracts.skills import Exchange
from roxy.contracts.turns import Notice, NoticeKind, Reply

SPINNER_AFTER = 0.3
"""Seconds that a turn may take before the spinner appears."""

_SIGNS = {
    NoticeKind.SAY: ("", ""),
    NoticeKind.REMINDER: ("⏰ ", "bold yellow"),
    NoticeKind.MISSED: ("⏰ ", "yellow"),
    NoticeKind.PROBLEM: ("! ", "red"),
}


class Screen(Protocol):
    """Where a conversation is shown; it is also the `Listener` of the chat."""

    def heard(self, notice: Notice) -> None:
        """Show what Roxy says unasked, at once."""
        ...

    def reply(self, reply: Reply) -> None:
        """Show a reply, and the answers it suggests when it is a question."""
        ...

    def problem(self, text: str) -> None:
        """Show that something failed."""
        ...

    def hint(self, text: str) -> None:
        """Say something of the chat's own."""
        ...

    def show(self, view: output.View | str) -> None:
        """Show a table or a text."""
        ...

    def history(self, exchanges: Sequence[Exchange]) -> None:
        """Show what was said before."""
        ...

    def working(self) -> AbstractAsyncContextManager[None]:
        """Show that something is being done, for as long as the context is open."""
        ...


class PlainScreen:
    """Plain lines: what is said to stdout, what is beside it to stderr."""

    def heard(self, notice: Notice) -> None:
        """Print it; progress is for those who watch, and the words of a model stand in its reply."""
        if notice.kind not in (NoticeKind.PROGRESS, NoticeKind.DELTA):
            output.line(f"{_SIGNS[notice.kind][0]}{notice.text}")

    def reply(self, reply: Reply) -> None:
        """Print the text."""
        output.line(_with_choices(reply))

    def problem(self, text: str) -> None:
        """Print it in the place of the reply, so that every line has its answer."""
        output.line(text)

    def hint(self, text: str) -> None:
        """Print it to stderr."""
        output.note(text)

    def show(self, view: output.View | str) -> None:
        """Print it."""
        output.show(view, as_json=False, view=lambda shown: shown)

    def history(self, exchanges: Sequence[Exchange]) -> None:
        """Print it to stderr: it is no answer."""
        for exchange in exchanges:
            output.note(f"{exchange.role}: {exchange.text}")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Nobody watches."""
        yield


class RichScreen:
    """A terminal; colours as far as it has them (NO_COLOR and dumb terminals have none)."""

    def __init__(self) -> None:
        self._console = output.console()
        self._doing = ""
        self._status: Any = None
        self._spinners: list[asyncio.Task[None]] = []
        """Of this turn, the latest last: each time words go on, one ends."""
        self._working = False
        self._streamed = output.Stream()

    def heard(self, notice: Notice) -> None:
        """Show it above the prompt or the spinner; progress becomes the spinner's text, a model's words just go on."""
        if notice.kind is NoticeKind.DELTA:
            self._quieten()
            self._streamed.add(notice.text)
            return
        if notice.kind is NoticeKind.PROGRESS:
            self._now_doing(notice.text)
            return
        sign, style = _SIGNS[notice.kind]
        self._print(f"{sign}{notice.text}", style)

    def reply(self, reply: Reply) -> None:
        """Show it; a failure in another colour. What was shown as it came is not shown again."""
        self._print(
            self._streamed.rest(_with_choices(reply)), "bold" if reply.question else "" if reply.success else "yellow"
        )

    def problem(self, text: str) -> None:
        """Show it as what it is."""
        self._print(text, "red")

    def hint(self, text: str) -> None:
        """Say it quietly."""
        self._print(text, "dim")

    def show(self, view: output.View | str) -> None:
        """Show it."""
        if isinstance(view, str):
            self._print(view, "")
        else:
            output.draw(view, self._console)

    def history(self, exchanges: Sequence[Exchange]) -> None:
        """Show it quietly."""
        for exchange in exchanges:
            self._print(f"{'>' if exchange.role == 'user' else ' '} {exchange.text}", "dim")

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A spinner with what is being done, once it takes longer than a moment."""
        self._doing = ""
        self._streamed = output.Stream()
        self._working = True
        self._begin_spinning()
        try:
            yield
        finally:
            self._working = False
            for spinner in self._spinners:
                spinner.cancel()
            await asyncio.gather(*self._spinners, return_exceptions=True)
            self._spinners.clear()

    def _now_doing(self, text: str) -> None:
        """The spinner's text; where words have taken it away, something else is done now, and it comes back."""
        self._doing = text
        if self._status is not None:
            self._status.update(self._text(text, "dim"))
        elif self._working and self._spinners[-1].cancelling():
            self._begin_spinning()

    def _begin_spinning(self) -> None:
        self._spinners.append(asyncio.create_task(self._spin(), name="spinner"))

    async def _spin(self) -> None:
        await asyncio.sleep(SPINNER_AFTER)
        self._streamed.break_line()
        with self._console.status(self._text(self._doing or "thinking …", "dim")) as status:
            self._status = status
            try:
                await asyncio.Event().wait()
            finally:
                self._status = None

    def _quieten(self) -> None:
        """Take the spinner away until something else is done: words would be written into its line."""
        if self._status is not None:
            self._status.stop()
            self._status = None
        if self._spinners:
            self._spinners[-1].cancel()

    def _print(self, text: str, style: str) -> None:
        output.draw(self._text(text, style), self._console)

    def _text(self, text: str, style: str) -> Any:
        # rich is loaded by the console already; nothing but a screen of this kind draws with it.
        from rich.text import Text  # noqa: PLC0415

        return Text(output.clean(text), style=style)


def _with_choices(reply: Reply) -> str:
    """The text, and the answers that a question suggests."""
    return f"{reply.text} ({' / '.join(reply.choices)})" if reply.question and reply.choices else reply.text
