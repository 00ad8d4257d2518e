"""The privacy gateway: what leaves the machine leaves under pseudonyms, what comes back to the user comes back real.

Order of events for a call: `outgoing` opens the session's vault, walks the leaves of the payload, replaces what is
personal, saves the vault (or leaves that to `save`), and returns the new payload with the decision. `incoming` restores
or redacts what came back, by who will read it. `redact_record` and `redact_text` do the same for events and logs.

Whatever goes wrong blocks: a payload that was not wholly looked at is None. Nothing here raises for what a payload
holds, and no decision, log line, repr or exception has a value in it.

Importing this module is cheap. Presidio is loaded in a thread, by `warm` or when the first text needs it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

from roxy.contracts.privacy import Ask, Decision, Finding, Mark, Outgoing, Redaction, Zone
from roxy.errors import PrivacyBlocked, RoxyError
from roxy.privacy import encodings
from roxy.privacy.detection.detector import Detector, NotLoaded, Part
from roxy.privacy.detection.engines.chosen import Chosen, Engine
from roxy.privacy.detection.engines.tagger import tagger_for
from roxy.privacy.heard import USER
from roxy.privacy.looking import Looker
from roxy.privacy.memory.calls import Call, Calls
from roxy.privacy.memory.soon import Soon
from roxy.privacy.memory.vaults import Vaults
from roxy.privacy.payloads import LONG, TooLong, size, told
from roxy.privacy.policy.book import PLAIN, Book
from roxy.privacy.policy.consent import Answers, Grants
from roxy.privacy.policy.deciding import Decider, Terms
from roxy.privacy.policy.origin import Origin, Speaker, speaker
from roxy.privacy.policy.places import goes_to_a_link
from roxy.privacy.policy.refusals import blocked, blocked_by, refused, way_around
from roxy.privacy.redact import Redactor
from roxy.privacy.restore import DoubtfulError, StreamRestorer, no_look, restored, would_go
from roxy.privacy.vault import SessionVault, teach

DEADLINE = 10.0
"""Seconds for one payload; a payload that takes longer is blocked."""
MODEL = "model:"
"""How the names of models begin where they are destinations and sources."""
WITHHELD = "[withheld: the privacy check failed]"
"""Stands in a record for what could not be looked at."""
SOON = 0.1
"""Seconds until what was noted is brought to the disk, when nobody asks for it sooner."""
_LATEST = 16
"""So many sessions' values are looked for in a line that belongs to none."""
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class PrivacyGateway:
    """Implements `contracts.privacy.PrivacyGuard`. Everything is safe to call from any task.

    `folder` keeps the vaults (None: in memory only). `names` are the user's own names and those of people near them,
    `known_secrets` the values that must never leave, by the name their mask shows. `recognizers` are more of
    Presidio's `EntityRecognizer`, asked about every text. `book` holds the policies, `grants` what the user answered
    with "always".
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        names: Iterable[str] = (),
        known_secrets: Mapping[str, str] | None = None,
        recognizers: Sequence[Any] = (),
        deadline: float = DEADLINE,
        book: Book = PLAIN,
        grants: Grants | None = None,
    ) -> None:
        self._detector = Detector(names, known_secrets, recognizers)
        self._vaults = Vaults(folder)
        self._looker = Looker(self._detector)
        self._calls = Calls()
        self._deadline = deadline
        self._grants = grants
        self._obeyed = 0
        self._chosen = Chosen()
        self._flushing = Soon(self._vaults.flush, SOON)
        self.obey(book)

    async def warm(self) -> None:
        """Load Presidio and the model of names in a thread, so that no call has to wait for them.

        Raises `UnusableModel` when there is none that can be used; then every call is blocked until there is.
        """
        await asyncio.to_thread(self._detector.load)

    def know(self, *, names: Iterable[str] = (), secrets: Mapping[str, str] | None = None) -> None:
        """Take in more names and secrets, from now on."""
        self._detector.learn(names, secrets or {})

    def obey(self, book: Book) -> None:
        """Decide by these policies from now on, and know the dictionary that is in them."""
        self.book = book
        self._obeyed += 1
        self._records = Terms(judge=book.for_records())
        self._own = frozenset(word.casefold() for word in book.said.dictionary)
        if book.said.dictionary:
            self._detector.learn(book.said.dictionary, {})
        if book.said.names != self._chosen:
            self._chosen = book.said.names
            self._detector.tag_by(tagger_for(self._chosen))

    async def outgoing(
        self,
        payload: Any,
        *,
        destination: str,
        tool: str | None = None,
        schema: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        policy: str | None = None,
        ask: Ask | None = None,
        save: bool = True,
    ) -> Outgoing:
        """Replace what may not leave in the leaves of a JSON `payload`. Never raises for what it finds.

        Without `save` the vault's file is left to a later `save`, for which whoever keeps the answer must wait.

        `schema` is the tool's input schema: its own words (`enum`, `const`) stay, e-mail addresses keep their form
        where it asks for one, and a pseudonym that is longer than it allows blocks. `policy` is what the destination's
        declaration names, `ask` puts questions to the user. A blocked payload is None.
        """
        started, answers = time.perf_counter(), Answers(self._grants, ask)
        judge = self.book.judge(destination, tool, policy)
        redacted, mark = None, Mark()
        facts: Mapping[str, Any]
        try:
            vault = await self._vault(session_id)
            mark = self._mark(vault)
            speaks = _heard(vault)
            # What a model is told grows with each turn, so only calls come again as a whole.
            place = judge, destination, tool, speaks.origin, mark.taught
            call = None if tool is None else self._calls.asked(payload, place, schema, vault)
            left = call and self._calls.find(call, vault)
            if call is not None and left is not None:
                redacted, facts = left.payload(call), _facts(left.redactions)
            else:
                terms = Terms(
                    judge=judge,
                    destination=destination,
                    tool=tool,
                    speaker=speaks,
                    to_a_link=goes_to_a_link(payload),
                    own=self._own,
                )
                redacted, facts = await self._decided(payload, vault, terms, answers, schema=schema, call=call)
            if vault.unsaved and save:
                await self._note(session_id)
        except TimeoutError:
            why = f"The privacy check took longer than {self._seconds:g} s. {self._chosen.quicker}"
            facts = blocked(f"{why} {way_around(destination, judge.policy)}".rstrip())
        except Exception as error:  # noqa: BLE001 - the border: whatever a detector does must block, not pass or crash
            facts = blocked_by(error, way_around(destination, judge.policy))
        ms = (time.perf_counter() - started - answers.waited) * 1000
        decision = Decision(destination, tool, policy=judge.policy, ms=ms, **facts)
        return Outgoing(None if decision.blocked else redacted, decision, mark)

    async def _decided(
        self,
        payload: Any,
        vault: SessionVault,
        terms: Terms,
        answers: Answers,
        *,
        schema: Mapping[str, Any] | None,
        call: Call | None,
    ) -> tuple[Any, Mapping[str, Any]]:
        """The payload as it may leave, looked at again after each round of questions; they are few, and so are they.

        And what there is to say of it in the decision. What need not be decided again is kept for the next `call`.
        """
        source = USER if terms.tool is not None and terms.speaker.origin is Origin.USER else ""
        while True:
            work = partial(self._looker.look, payload, vault, schema=schema, terms=terms, source=source)
            done = await self._run(work, payload)
            if not done.questions:
                break
            await answers.take(done.questions)
            if answers.refusal is not None:
                code, why, of = answers.refusal
                return None, refused(code, why, of, vault)
            terms = replace(terms, answers=answers.given)
        if call is not None and done.settled:
            self._calls.keep(call, done.payload, done.redactions, done.state)
        return done.payload, _facts(done.redactions, done.released)

    def mark(self, session_id: str | None) -> Mark:
        """What is known now. Raises `StoreError` when the session's vault cannot be read."""
        return self._mark(self._vaults.open(session_id))

    def learned(self, since: Mark, session_id: str | None) -> Sequence[str] | None:
        """The values that the session has learned since; None when everything is to be looked at anew.

        A payload in which none of them stands, whatever the case, is redacted as it was then. Raises as `mark`.
        """
        vault = self._vaults.open(session_id)
        if (since.taught, since.vault) != (self._taught, vault.serial):
            return None
        return vault.values_since(since.values)

    async def incoming(
        self, payload: Any, *, source: str, zone: Zone | str = Zone.USER, session_id: str | None = None
    ) -> Any:
        """What came from `source`, for who reads it: real values for `user` and `local`, else pseudonyms.

        Only pseudonyms of this session are turned back; others, and all masks of secrets, stay as they are. In the
        names and keys of a call (`local`) none is. For
        `external` and `record` nothing can block any more: what cannot be looked at is withheld.
        """
        if zone in (Zone.USER, Zone.LOCAL):
            try:
                vault = await self._vault(session_id)
            except RoxyError as error:
                _log.warning("What %s answered keeps its pseudonyms: %s", source, error.code)
                return payload
            said = told(payload)
            if not source.startswith(MODEL):  # what a model says came from elsewhere
                vault.hear(source, said)
            return await self._restored(payload, vault, source, keys=zone == Zone.USER, said=said)
        return await self.redact_record(payload, session_id)

    async def _restored(
        self, payload: Any, vault: SessionVault, source: str, *, keys: bool, said: Sequence[str]
    ) -> Any:
        """Most texts with pseudonyms need no second look; what cannot be looked at keeps them."""
        try:
            with suppress(DoubtfulError):
                return restored(payload, vault, keys=keys, look=no_look, said=said)
            return await self._run(partial(self._restore, payload, vault, keys=keys), payload)
        except Exception as error:  # noqa: BLE001 - the border: whatever a detector does must not put anything back
            _log.warning("What %s answered keeps its pseudonyms: %s", source, type(error).__name__)
            return payload

    def _restore(self, payload: Any, vault: SessionVault, *, keys: bool, most: int | None = None) -> Any:
        return restored(payload, vault, keys=keys, look=partial(would_go, self._detector, vault, most))

    async def redact_record(self, payload: Any, session_id: str | None = None) -> Any:
        """`payload` as events, metrics and run records may keep it: pseudonyms only. Never raises for its content."""
        try:
            vault = await self._vault(session_id)
            work = partial(self._looker.look, payload, vault, terms=self._records, strict=False)
            done = await self._run(work, payload)
            if vault.unsaved:
                await self._note(session_id)
        except Exception as error:  # noqa: BLE001 - the border: a record that was not looked at is withheld
            _log.warning("A record was withheld: %s", type(error).__name__)
            return WITHHELD
        return done.payload

    def redact_text(self, text: str, session_id: str | None = None) -> str:
        """One line of a log as it may be kept. Never waits for Presidio: does without it until it is loaded.

        A line of no session is looked at as all latest sessions would: who writes it may know any of their values.
        New pseudonyms reach the disk with the next call of the session, or with `flush`.
        """
        try:
            known, says = False, list(encodings.unfolded(text))
            for vault in self._vaults.latest(_LATEST) if session_id is None else ():
                if any(map(vault.echoes, says)):
                    text, known = self._line(text, vault), True
            return text if known else self._line(text, self._vaults.open(session_id))
        except Exception:  # noqa: BLE001 - a log line must not end the program, nor be written unseen
            return WITHHELD

    def _line(self, text: str, vault: SessionVault) -> str:
        decider = Decider(self._records, vault)
        return Redactor(self._detector, vault, deep=False, strict=False, decider=decider).text(text)

    def scan(self, text: str, session_id: str | None = None) -> list[Finding]:
        """Everything that is detected, or known in the session, whatever the policy; loads Presidio.

        Raises `PrivacyBlocked` when detection fails.
        """
        try:
            self._detector.load()
            spots = self._detector.find(text, known=self._vaults.open(session_id).echoes(text))
        except Exception as error:  # noqa: BLE001 - the border: a detector may raise anything, with the text in it
            raise PrivacyBlocked(blocked_by(error)["reason"]) from None
        return [Finding(spot.start, spot.end, spot.type, spot.score) for spot in spots]

    def stream(self, session_id: str | None) -> StreamRestorer:
        """A restorer for a text that arrives in pieces: `feed(chunk)` and, at its end, `close()`."""
        return StreamRestorer(self._vaults.open(session_id))

    async def flush(self) -> None:
        """Write what is not on the disk yet."""
        self._flushing.leave()
        for session_id in self._vaults.unsaved():
            await self.save(session_id)

    async def save(self, session_id: str | None) -> None:
        """Have the session's vault on the disk: it survives a power cut. Raises `StoreError` when that fails.

        Takes no time when it is there already, and waits for whoever is bringing it there.
        """
        if self._vaults.due(session_id):
            await asyncio.to_thread(self._vaults.save, session_id)

    async def introduce(self, text: str, *, of: str, to: str) -> None:
        """Let the session `to` know what the session `of` knows of the values in `text`, before it is told the text.

        Raises `StoreError` when a vault cannot be read, `PrivacyBlocked` when it is full.
        """
        teacher, pupil = await self._vault(of), await self._vault(to)
        teach(teacher, pupil, text)

    async def forget(self, session_id: str) -> None:
        """Wipe a session's vault: nobody can turn its pseudonyms back again."""
        await asyncio.to_thread(self._vaults.forget, session_id)

    async def _note(self, session_id: str | None) -> None:
        """Write down what was added, so that it survives this process; a few bytes need no thread.

        Soon it is on the disk, too, together with what other calls add until then, and no call waits for that.
        """
        if not self._vaults.note(session_id):
            await self.save(session_id)
        elif self._vaults.due(session_id):
            self._flushing.ask()

    async def _vault(self, session_id: str | None) -> SessionVault:
        if self._vaults.at_hand(session_id):
            return self._vaults.open(session_id)
        return await asyncio.to_thread(self._vaults.open, session_id)

    async def _run(self, work: Callable[..., _T], payload: Any) -> _T:
        """Do short work here and long work in a thread; load Presidio first when it turns out to be needed.

        Short is what was seen before, and little that is new. The deadline is for the work, not for loading. Raises
        `TimeoutError` when it has passed.
        """
        most = 0 if self._detector.asks_others else LONG
        tries = len(get_args(Part)) + 1 if size(payload) <= LONG else 0
        for _ in range(tries):
            try:
                return work(most=most)
            except NotLoaded as missing:
                await asyncio.to_thread(self._detector.load, missing.part)
            except TooLong:
                break
        await self.warm()
        async with asyncio.timeout(self._seconds):
            return await asyncio.to_thread(work)

    @property
    def _seconds(self) -> float:
        """What one payload may take."""
        own = self._chosen.engine is Engine.ROXY
        return self._deadline if own else max(self._deadline, self._chosen.timeout)

    def _mark(self, vault: SessionVault) -> Mark:
        return Mark(self._taught, vault.serial, len(vault))

    @property
    def _taught(self) -> int:
        return self._detector.taught + self._obeyed


def _facts(redactions: tuple[Redaction, ...], released: tuple[Redaction, ...] = ()) -> Mapping[str, Any]:
    """What there is to say of a payload that may leave."""
    return {"outcome": "redacted" if redactions else "passed", "redactions": redactions, "released": released}


def _heard(vault: SessionVault) -> Speaker:
    """Who speaks; what the person said in this turn is theirs from now on."""
    now = speaker()
    if now.words:
        vault.hear(USER, [now.words])
    return now
