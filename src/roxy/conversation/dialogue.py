"""A skill, or a model, talks with the user in the middle of its turn.

The order of events: the skill runs in a task of its own; `ask` puts the question into the outbox and waits. The turn
that started the skill takes the question from the outbox and ends with it as its reply. The next utterance of that
session at that door is handed to `answer`, the skill goes on, and that utterance's turn waits at the same outbox for
the next question or the end. `cancel` ends the skill wherever it is. A model that works with several tools at once may
have several questions; they are asked one after the other.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from roxy.contracts.skills import SkillResult
from roxy.contracts.turns import Listener, Notice, NoticeKind, Utterance
from roxy.conversation.words import Words
from roxy.errors import NeedsInput, TurnCancelled
from roxy.skills.manager import Match

_YES_OR_NO = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Question:
    """What a skill asks."""

    text: str
    choices: Sequence[str] = ()


class Exchange:
    """One skill or model at work and the user it talks with; implements the contracts' `Dialogue`.

    `listener` is replaced at each utterance, for the door may listen through a new one. `tools` collects what is
    called, as `server.tool`; `route`, `skill` and `intent` tell who answers.
    """

    def __init__(self, utterance: Utterance, *, session_id: str, words: Words, listener: Listener) -> None:
        self.session_id = session_id
        self.route = ""
        self.skill: str | None = None
        self.intent: str | None = None
        self.shown = ""
        """What a model has said since the last utterance, as the door was shown it."""
        self.tools: list[str] = []
        self.door = utterance.door
        self.assume_yes = utterance.assume_yes
        self.listener = listener
        self._one_shot = utterance.one_shot
        self._words = words
        self._outbox: asyncio.Queue[Question | SkillResult | Exception] = asyncio.Queue()
        self._answer: asyncio.Future[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._asking = asyncio.Lock()

    def answered_by(self, match: Match | None) -> None:
        """A skill answers; None for Roxy's own words."""
        self.tools.clear()
        if match is None:
            self.route, self.skill, self.intent = "", None, None
        else:
            self.route, self.skill, self.intent = f"skill:{match.skill}", match.skill, match.intent.name

    @property
    def waiting(self) -> bool:
        """Whether a question is open."""
        return self._answer is not None

    def start(self, work: Coroutine[None, None, SkillResult], *, ended: Callable[[], None]) -> None:
        """Let the skill run; `ended` is called when it has."""

        async def run() -> None:
            try:
                self._outbox.put_nowait(await work)
            except (asyncio.CancelledError, TurnCancelled):
                self._outbox.put_nowait(SkillResult(success=False, response_text="OK, I stopped.", code="cancelled"))
            except NeedsInput as question:
                text = question.message
                self._outbox.put_nowait(SkillResult(success=False, response_text=text, code=NeedsInput.code))
            except Exception as error:  # noqa: BLE001 -- a border: lost here, it would let the turn wait for ever
                self._outbox.put_nowait(error)
            finally:
                ended()

        self._task = asyncio.create_task(run(), name=f"skill of {self.session_id}")

    async def next(self) -> Question | SkillResult:
        """The skill's next question, or its result; raises what kept it from running, such as a damaged store."""
        came = await self._outbox.get()
        if isinstance(came, Exception):
            raise came
        return came

    def answer(self, text: str) -> None:
        """Hand the user's words to the skill that waits for them."""
        self.shown = ""
        future, self._answer = self._answer, None
        if future is not None and not future.done():
            future.set_result(text)

    async def cancel(self) -> None:
        """End the skill wherever it is, and wait until it has."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=5)

    # What the skill sees of it:

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:
        """Ask; returns the next utterance of this session at this door. `NeedsInput` where nobody can answer."""
        if self._one_shot:
            raise NeedsInput(question)
        async with self._asking:
            future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self._answer = future
            self._outbox.put_nowait(Question(question, choices))
            try:
                return await future
            finally:
                self._answer = None

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no; what is neither is asked once more, and then counts as no."""
        if self.assume_yes:
            return True
        for again in ("", "Sorry, yes or no? "):
            meaning = self._words.meaning(await self.ask(again + question, choices=_YES_OR_NO))
            if meaning in {"yes", "always", "no"}:
                return meaning != "no"
        return False

    async def say(self, text: str) -> None:
        """Say something before the turn ends."""
        self.listener.heard(Notice(kind=NoticeKind.SAY, text=text, session_id=self.session_id))

    def delta(self, text: str) -> None:
        """Show the next words of a model."""
        if text:
            self.shown += text
            self.listener.heard(Notice(kind=NoticeKind.DELTA, text=text, session_id=self.session_id))

    def progress(self, text: str) -> None:
        """Tell the door what is being done just now."""
        self.listener.heard(Notice(kind=NoticeKind.PROGRESS, text=text, session_id=self.session_id))
