"""Loads what finds personal data before a call has to wait for it, and tells what is wrong with it."""

from typing import TYPE_CHECKING

from roxy.contracts.turns import Notice, NoticeKind
from roxy.conversation.notices import NoticeBoard
from roxy.errors import UnusableModel
from roxy.observe.logs import get_logger

if TYPE_CHECKING:  # what it loads is what must be loaded late
    from roxy.privacy.gateway import PrivacyGateway

_log = get_logger(__name__)


class Warming:
    """Warms a gateway. A model of names that cannot be used is told to the door that listens, or to the next one."""

    def __init__(self, notices: NoticeBoard) -> None:
        self._notices = notices
        self._untold = ""
        notices.on_arrival(self._tell)

    async def warm(self, gateway: "PrivacyGateway") -> None:
        """Load all that finds personal data."""
        self._untold = ""
        try:
            await gateway.warm()
        except UnusableModel as error:
            _log.error("privacy.model_unusable", error)
            self._untold = f"Names cannot be looked for, so calls to external servers are blocked. {error}"
            self._tell()

    def _tell(self) -> None:
        if self._untold and self._notices.publish(Notice(kind=NoticeKind.PROBLEM, text=self._untold)):
            self._untold = ""
