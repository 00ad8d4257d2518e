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
from pathlib import Path
from typing import Any, TypeVar

from roxy.contracts.privacy import Decision, Finding, Mark, Outgoing, Redaction, Zone
from roxy.errors import PrivacyBlocked, RoxyError
from roxy.privacy.detection.detector import Detector, NotLoaded
from roxy.privacy.redact import Redactor
from roxy.privacy.restore import StreamRestorer, restore_text
from roxy.privacy.vault import SessionVault, Vaults
from roxy.privacy.walk import Leaf, Walk

DEADLINE = 10.0
"""Seconds for one payload; a payload that takes longer is blocked."""
WITHHELD = "[withheld: the privacy check failed]"
"""Stands in a record for what could not be looked at."""
_LONG = 4_000
"""Characters from which on detection runs in a thread."""

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class PrivacyGateway:
    """Implements `contracts.privacy.PrivacyGuard`. Everything is safe to call from any task.

    `folder` keeps the vaults (None: in memory only). `names` are the user's own names and those of people near them,
    `known_secrets` the values that must never leave, by the name their mask shows. `recognizers` are more of
    Presidio's `EntityRecognizer`, asked about every text.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        names: Iterable[str] = (),
        known_secrets: Mapping[str, str] | None = None,
        recognizers: Sequence[Any] = (),
        deadline: float = DEADLINE,
    ) -> None:
        self._detector = Detector(names, known_secrets, recognizers)
        self._vaults = Vaults(folder)
        self._deadline = deadline

    async def warm(self) -> None:
        """Load Presidio in a thread, so that no call has to wait for it."""
        await asyncio.to_thread(self._detector.load)

    def know(self, *, names: Iterable[str] = (), secrets: Mapping[str, str] | None = None) -> None:
        """Take in more names and secrets, from now on."""
        self._detector.learn(names, secrets or {})

    async def outgoing(
        self,
        payload: Any,
        *,
        destination: str,
        tool: str | None = None,
        schema: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        save: bool = True,
    ) -> Outgoing:
        """Replace what is personal in the leaves of a JSON `payload`. Never raises for what it finds.

        Without `save` the vault's file is left to a later `save`, for which whoever keeps the answer must wait.

        `schema` is the tool's input schema: its own words (`enum`, `const`) stay, e-mail addresses keep their form
        where it asks for one, and a pseudonym that is longer than it allows blocks. A blocked payload is None.
        """
        started = time.perf_counter()
        redactions: tuple[Redaction, ...] = ()
        reason = ""
        redacted = None
        mark = Mark()
        try:
            vault = await self._vault(session_id)
            mark = self._mark(vault)
            redacted, redactions = await self._run(lambda: self._redact(payload, vault, schema=schema), _size(payload))
            if vault.unsaved and save:
                await self.save(session_id)
        except TimeoutError:
            reason = f"The privacy check took longer than {self._deadline:g} s. Send less at once, or try again."
        except RoxyError as error:
            reason = str(error)
        except Exception as error:  # noqa: BLE001 - the border: whatever a detector does must block, not pass or crash
            reason = _failed(error)
        outcome = "blocked" if reason else "redacted" if redactions else "passed"
        ms = (time.perf_counter() - started) * 1000
        decision = Decision(destination, tool, outcome, () if reason else redactions, reason, ms=ms)  # type: ignore[arg-type]
        return Outgoing(None if reason else redacted, decision, mark)

    def mark(self, session_id: str | None) -> Mark:
        """What is known now. Raises `StoreError` when the session's vault cannot be read."""
        return self._mark(self._vaults.open(session_id))

    def learned(self, since: Mark, session_id: str | None) -> Sequence[str] | None:
        """The values that the session has learned since; None when everything is to be looked at anew.

        A payload in which none of them stands, whatever the case, is redacted as it was then. Raises as `mark`.
        """
        vault = self._vaults.open(session_id)
        if (since.taught, since.vault) != (self._detector.taught, vault.serial):
            return None
        return vault.values_since(since.values)

    async def incoming(
        self, payload: Any, *, source: str, zone: Zone | str = Zone.USER, session_id: str | None = None
    ) -> Any:
        """What came from `source`, for who reads it: real values for `user` and `local`, else pseudonyms.

        Only pseudonyms of this session are turned back; others, and all masks of secrets, stay as they are. For
        `external` and `record` nothing can block any more: what cannot be looked at is withheld.
        """
        if zone in (Zone.USER, Zone.LOCAL):
            try:
                vault = await self._vault(session_id)
            except RoxyError as error:
                _log.warning("What %s answered keeps its pseudonyms: %s", source, error.code)
                return payload
            return _restore(payload, vault)
        return await self.redact_record(payload, session_id)

    async def redact_record(self, payload: Any, session_id: str | None = None) -> Any:
        """`payload` as events, metrics and run records may keep it: pseudonyms only. Never raises for its content."""
        try:
            vault = await self._vault(session_id)
            redacted, _ = await self._run(lambda: self._redact(payload, vault, strict=False), _size(payload))
            if vault.unsaved:
                await self.save(session_id)
        except Exception as error:  # noqa: BLE001 - the border: a record that was not looked at is withheld
            _log.warning("A record was withheld: %s", type(error).__name__)
            return WITHHELD
        return redacted

    def redact_text(self, text: str, session_id: str | None = None) -> str:
        """One line of a log as it may be kept. Never waits for Presidio: does without it until it is loaded.

        New pseudonyms reach the disk with the next call of the session, or with `flush`.
        """
        try:
            return Redactor(self._detector, self._vaults.open(session_id), presidio=False, strict=False).text(text)
        except Exception:  # noqa: BLE001 - a log line must not end the program, nor be written unseen
            return WITHHELD

    def scan(self, text: str) -> list[Finding]:
        """Everything that is detected, whatever the policy; loads Presidio when the text needs it.

        Raises `PrivacyBlocked` when detection fails.
        """
        try:
            try:
                spots = self._detector.find(text)
            except NotLoaded:
                self._detector.load()
                spots = self._detector.find(text)
        except Exception as error:  # noqa: BLE001 - the border: a detector may raise anything, with the text in it
            raise PrivacyBlocked(_failed(error)) from None
        return [Finding(spot.start, spot.end, spot.type, spot.score) for spot in spots]

    def stream(self, session_id: str | None) -> StreamRestorer:
        """A restorer for a text that arrives in pieces: `feed(chunk)` and, at its end, `close()`."""
        return StreamRestorer(self._vaults.open(session_id))

    async def flush(self) -> None:
        """Write what is not on the disk yet."""
        for session_id in self._vaults.unsaved():
            await self.save(session_id)

    async def save(self, session_id: str | None) -> None:
        """Write the session's vault when something was added. Raises `StoreError` when it cannot be written."""
        await asyncio.to_thread(self._vaults.save, session_id)

    async def forget(self, session_id: str) -> None:
        """Wipe a session's vault: nobody can turn its pseudonyms back again."""
        await asyncio.to_thread(self._vaults.forget, session_id)

    async def _vault(self, session_id: str | None) -> SessionVault:
        if self._vaults.at_hand(session_id):
            return self._vaults.open(session_id)
        return await asyncio.to_thread(self._vaults.open, session_id)

    async def _run(self, work: Callable[[], _T], size: int) -> _T:
        """Do short work here and long work in a thread; load Presidio first when it turns out to be needed.

        The deadline is for the work, not for loading. Raises `TimeoutError` when it has passed.
        """
        if size > _LONG or self._detector.asks_others:
            await self.warm()
            async with asyncio.timeout(self._deadline):
                return await asyncio.to_thread(work)
        try:
            return work()
        except NotLoaded:
            await self.warm()
            return work()

    def _mark(self, vault: SessionVault) -> Mark:
        return Mark(self._detector.taught, vault.serial, len(vault))

    def _redact(
        self,
        payload: Any,
        vault: SessionVault,
        *,
        schema: Mapping[str, Any] | None = None,
        strict: bool = True,
    ) -> tuple[Any, tuple[Redaction, ...]]:
        while True:
            known = len(vault)
            redactor = Redactor(self._detector, vault, strict=strict)
            redacted = Walk(redactor.leaf, redactor.key).rebuild(payload, schema)
            # A value that a later leaf taught may stand in an earlier one, where nothing gave it away.
            if not _stands_in(redacted, vault.values_since(known)):
                return redacted, tuple(redactor.redactions)


def _failed(error: Exception) -> str:
    """Only the name of what went wrong: its text may quote the payload."""
    return (
        f"The privacy check failed ({type(error).__name__}), so nothing was sent. "
        "Run `roxy doctor`, or declare the server `external: false` if it may see real values."
    )


def _stands_in(payload: Any, values: Sequence[str]) -> bool:
    """Whether any of `values` may stand somewhere in the words and numbers of a payload."""
    if not values:
        return False
    told: list[str] = []
    waiting = [payload]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            told.extend(map(str, item))
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        else:
            told.append(str(item))
    said = "\n".join(told).casefold()
    return any(value.casefold() in said for value in values)


def _size(payload: Any) -> int:
    """Roughly how much text there is; stops counting once it is long."""
    size, waiting = 0, [payload]
    while waiting and size <= _LONG:
        item = waiting.pop()
        size += len(item) if isinstance(item, str) else 10
        if isinstance(item, Mapping):
            waiting.extend(list(item.values())[:_LONG])
        elif isinstance(item, list | tuple):
            waiting.extend(item[:_LONG])
    return size


def _restore(payload: Any, vault: SessionVault) -> Any:
    """Put real values back into the text leaves; what is no JSON stays as it is."""

    def leaf(found: Leaf) -> Any:
        return restore_text(found.value, vault) if isinstance(found.value, str) else found.value

    return Walk(leaf, lambda key, _: restore_text(key, vault), lenient=True).rebuild(payload)
