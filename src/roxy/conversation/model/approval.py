"""The user is asked before a model's tool changes anything: yes, no, or always for this tool.

A tool that its server calls read-only runs at once. Every other call is shown with all its arguments, real values, each
call by itself. Every answer is an audit event, without the values, and on the disk before the call goes on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roxy.config.trust import TrustFile
from roxy.contracts.events import Event, EventKind
from roxy.conversation.dialogue import Exchange
from roxy.conversation.model.offers.offered import Offered
from roxy.conversation.words import Words
from roxy.errors import Denied
from roxy.skills.grants import CHOICES, Audit

HOLDER = "(model)"
"""Whose grants these are in the file of grants: no skill can have this name."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """Asks, and remembers what need not be asked again."""

    trust: TrustFile
    audit: Audit
    words: Words

    async def permit(self, offered: Offered, arguments: Mapping[str, Any], exchange: Exchange) -> None:
        """Return when the call may be made; raises `Denied` when the user said no, `NeedsInput` where nobody can."""
        name = offered.spec.name
        what = f"tool:{name}"
        if not offered.read_only:
            await self.consent(what, _question(name, arguments, exchange), exchange)

    async def consent(self, what: str, question: str, exchange: Exchange) -> None:
        """Ask before `what`, unless the user said always; raises as `permit` does."""
        if what in self.trust.always(HOLDER):
            return
        answer = "yes" if exchange.assume_yes else await self._answer(question, exchange)
        if answer == "always":
            self.trust.set_always(HOLDER, what)
        event = {"yes": "model.confirmed", "always": "model.granted"}.get(answer, "model.refused")
        data = {"what": what, "route": exchange.route}
        await self.audit(Event(kind=EventKind.AUDIT, name=event, data=data, session_id=exchange.session_id))
        if answer == "no":
            raise Denied("The user said no to this call, so it was not made.")

    async def _answer(self, question: str, exchange: Exchange) -> str:
        for again in ("", "Please answer yes, no or always. "):
            meaning = self.words.meaning(await exchange.ask(again + question, choices=CHOICES))
            if meaning in CHOICES:
                return str(meaning)
        return "no"


def _question(name: str, arguments: Mapping[str, Any], exchange: Exchange) -> str:
    # As JSON: a value with line breaks in it must not look like a part of the question.
    shown = "".join(f"\n  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return f"The model ({exchange.route}) wants to run {name} with{':' if shown else ' no arguments.'}{shown}\nMay it?"
