"""One conversation at this door: a line comes in, a slash command or a turn of Roxy answers it."""

from collections.abc import Sequence

from roxy.cli.chat.screen import Screen
from roxy.cli.failures import defect, sentence
from roxy.contracts.skills import Exchange
from roxy.contracts.turns import Utterance
from roxy.daemon.seat import Presence
from roxy.errors import RoxyError, TurnCancelled
from roxy.observe.logs import get_logger

_LAST_LINES = 6

_log = get_logger(__name__)


class Talk:
    """The conversation: where it is said, in which session, and what was suggested as an answer."""

    def __init__(self, presence: Presence, screen: Screen) -> None:
        self.presence = presence
        self.screen = screen
        self.session_id: str | None = None
        self.choices: Sequence[str] = ()
        """Answers that Roxy's last question suggests."""
        self.over = False

    async def say(self, text: str) -> bool:
        """Say something to Roxy and show the reply; whether it succeeded. Whatever fails is told, never raised."""
        try:
            assistant = await self.presence.assistant()
            utterance = Utterance(text=text, session_id=self.session_id, door="cli")
            async with self.screen.working():
                reply = await assistant.turn(utterance, self.screen)
        except TurnCancelled:
            self.screen.hint("Stopped.")
        except RoxyError as error:
            self.screen.problem(sentence(error))
        except Exception as error:  # noqa: BLE001 -- a border: the chat goes on, whatever a turn did
            _log.error("turn.failed", error)
            self.screen.problem(defect(error))
        else:
            self.enter(reply.session_id)
            self.choices = reply.choices
            self.screen.reply(reply)
            return reply.success
        self.choices = ()
        return False

    async def stop(self) -> bool:
        """Stop the turn in flight; False when Roxy knows of none."""
        if self.session_id is None:
            return False
        assistant = await self.presence.assistant()
        return await assistant.cancel(self.session_id)

    def enter(self, session_id: str | None) -> None:
        """Go on in this session; None begins a new one."""
        if session_id != self.session_id:
            self.session_id = session_id
            self.presence.listen_as(session_id)

    async def resume(self, session_id: str) -> None:
        """Go on with a session that is kept, and show its last lines; raises `UsageError` when there is none."""
        assistant = await self.presence.assistant()
        history: Sequence[Exchange] = await assistant.history(session_id)
        self.enter(session_id)
        self.screen.history(history[-_LAST_LINES:])
