"""Which tools of one server may be used: those in the form that was approved; every other one is held.

Order of events: what the server lists is judged before anybody sees it. By default what it offers for the first time is
approved with that; what differs from its approved form is held from then on, until the user approves what is offered
now, or it is again as it was. What a server no longer offers stays approved, so that a tool cannot be changed by going
and coming back. When what was approved cannot be read, or what is new cannot be kept, everything it is about is held:
nobody knows whether it is as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roxy.contracts.servers import ServerConfig, Trust
from roxy.errors import NotApproved, StoreError
from roxy.mcp.known import forms
from roxy.mcp.known.forms import Item
from roxy.mcp.known.pins import PinFile, Pins, Waiting, Why
from roxy.observe.logs import get_logger

MOST_GONE = 10_000
"""How many tools that a server no longer offers are remembered; when there are more, new ones are not used unseen."""
_BUNDLED = "roxy."
_log = get_logger(__name__)
_REASONS = {
    Why.CHANGED: "changed since you approved it",
    Why.NEW: "was not approved yet",
    Why.MOVED: "is new, and the server is reached in another way than the one that you approved",
    Why.HIDING: "was not approved yet, and hides characters that nobody sees",
    Why.UNKNOWN: "may be another one than you approved",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """The tools that a server lists, by name."""

    identity: str
    """How it is reached."""
    digests: Mapping[str, str]
    forms: Mapping[str, Item]
    """As it sent them."""


class Approvals:
    """The approvals of one server; `file` keeps them (None: as long as this object lives)."""

    def __init__(self, config: ServerConfig, file: PinFile | None) -> None:
        self.config = config
        # Roxy's own servers change with Roxy, and nothing of them is ever held.
        self._own = (config.module or "").startswith(_BUNDLED)
        self._file = None if self._own else file
        self._pins: Pins | None = None
        self._loaded = self._file is None
        self.problem = ""
        """Why what was approved cannot be read or kept; empty when it can."""

    def holds(self, tool: str, digest: str) -> bool:
        """Whether a tool of this form may not be used."""
        if self._all or (self._file is None and self._pins is None):
            return False
        pins = self._known()
        return pins is None or pins.digests.get(tool) != digest

    @property
    def at_rest(self) -> bool:
        """Whether nothing that is listed can be held, which is told without looking at the list."""
        pins = self._known()
        if self._all or (self._file is None and pins is None):
            return True
        return not self.problem and pins is not None and not pins.waiting

    def approved(self, tool: str) -> Item | None:
        """The form in which a tool was approved; None when it never was."""
        pins = self._known()
        return pins.forms.get(tool) if pins else None

    def waiting(self, tool: str, digest: str) -> Waiting | None:
        """What is known of a held tool, if it is still the one that is offered."""
        pins = self._known()
        found = pins.waiting.get(tool) if pins else None
        return found if found is not None and found.digest == digest else None

    def why(self, tool: str, digest: str) -> str:
        """Why a tool is held, as the end of a sentence that begins with its name."""
        found, before = self.waiting(tool, digest), self.approved(tool)
        reason = found.why if found else Why.UNKNOWN if before is None else Why.CHANGED
        if reason is Why.UNKNOWN:
            return f"{_REASONS[reason]}: {self.problem or 'the file of what you approved is gone'}"
        if found is None or before is None:
            return _REASONS[reason]
        return f"{_REASONS[reason]}: {' and '.join(forms.differences(before, found.form)) or 'its name'}"

    def refusal(self, tool: str, digest: str) -> NotApproved:
        """The error for a call of a held tool, with what to do."""
        server = self.config.name
        return NotApproved(
            f"The tool {server}.{tool} {self.why(tool, digest)}. It is held, and nothing was sent.",
            hint=f"To see it: roxy mcp diff {server} {tool} - to use it as it is now: roxy mcp approve {server} {tool}",
        )

    def settled(self, offered: Offered) -> bool:
        """Whether a list needs no judgement, since every tool is as it was approved."""
        if self._all and self._file is None:
            return True
        pins = self._known()
        return pins is not None and not self.problem and _is_all(pins, offered)

    def judge(self, offered: Offered, *, listed_before: bool) -> Sequence[str]:
        """Judge a list, and keep what it means; the names that are held from now on. Waits for the disk.

        `listed_before`: a list of this server was kept, so something must have been approved of it.
        """
        before = self._known()
        if self._file is None:
            self._pins = self._judged(before, offered, lost=False)
            return _newly(before, self._pins, offered)
        try:
            with self._file.locked():
                self._load()
                lost = bool(self.problem) or (self._pins is None and listed_before)
                now = self._judged(self._pins, offered, lost=lost)
                if not self.problem and now != self._pins:
                    self._file.save(now)
        except StoreError as error:
            # What cannot be kept was not approved: after a restart nobody would know in which form.
            _log.error("pins.not_kept", error, server=self.config.name)
            self.problem = error.message.rstrip(".")
            now = _without(self._pins, self._judged(self._pins, offered, lost=False), offered)
        self._pins = now
        return _newly(before, now, offered)

    def approve(self, chosen: Mapping[str, Item], offered: Offered) -> None:
        """Approve the forms `chosen` of what is offered; on the disk when this returns. Raises `StoreError`."""
        if self._file is None:
            self._pins = self._with(self._pins, chosen, offered)
            return
        with self._file.locked():
            self._load()
            now = self._with(self._pins, chosen, offered)
            self._file.save(now)
            self._pins, self.problem = now, ""

    @property
    def _all(self) -> bool:
        """Whether nothing is held."""
        return self._own or self.config.trust is Trust.ALWAYS

    def _known(self) -> Pins | None:
        if not self._loaded:
            self._load()
        return self._pins

    def _load(self) -> None:
        if self._file is None:
            return
        self._loaded = True
        try:
            self._pins, self.problem = self._file.load(), ""
        except (OSError, ValueError) as damaged:
            _log.error("pins.not_read", damaged, server=self.config.name)
            self._pins = None
            what = damaged.strerror if isinstance(damaged, OSError) else "it is damaged"
            self.problem = f"{self._file.path} cannot be read: {what}"

    def _judged(self, pins: Pins | None, offered: Offered, *, lost: bool) -> Pins:
        known = pins or Pins(server=self.config.name, identity=offered.identity)
        digests, approved, waiting = dict(known.digests), known.forms, dict(known.waiting)
        fresh: dict[str, Item] = {}
        for name, digest in offered.digests.items():
            if digests.get(name) == digest:
                waiting.pop(name, None)
                continue
            why = Why.UNKNOWN if lost and not self._all else self._why(known, name, offered)
            if why is None:
                waiting.pop(name, None)
                digests[name], fresh[name] = digest, offered.forms[name]
            else:
                waiting[name] = Waiting(digest, why, offered.forms[name])
        held = any(name in waiting for name in offered.digests)
        now = replace(known, digests=digests, waiting=waiting, identity=known.identity if held else offered.identity)
        return _bounded(replace(now, forms={**approved, **fresh} if fresh else approved), offered)

    def _why(self, known: Pins, name: str, offered: Offered) -> Why | None:
        """Why a tool that is not approved in this form is held; None when it is approved with this."""
        if self._all:
            return None
        if name in known.digests:
            return Why.CHANGED
        if self.config.trust is Trust.STRICT:
            return Why.NEW
        if len(known.digests) > len(offered.digests) + MOST_GONE:
            return Why.NEW  # else a server could have a tool forgotten by offering very many others for a while
        before = known.waiting.get(name)
        if before is not None and before.why is not Why.HIDING:
            return before.why
        if known.identity != offered.identity:
            return Why.MOVED
        return Why.HIDING if forms.smuggling(offered.forms[name]) else None

    def _with(self, pins: Pins | None, chosen: Mapping[str, Item], offered: Offered) -> Pins:
        # Where nothing was known, what was not chosen goes on to be held.
        known = pins or self._judged(None, offered, lost=True)
        waiting = {name: one for name, one in known.waiting.items() if name not in chosen}
        return replace(
            known,
            digests={**known.digests, **{name: offered.digests[name] for name in chosen}},
            forms={**known.forms, **chosen},
            waiting=waiting,
            identity=known.identity if any(name in waiting for name in offered.digests) else offered.identity,
        )


def _is_all(pins: Pins, offered: Offered) -> bool:
    if pins.identity != offered.identity or not pins.waiting.keys().isdisjoint(offered.digests):
        return False
    return all(pins.digests.get(name) == digest for name, digest in offered.digests.items())


def _newly(before: Pins | None, now: Pins, offered: Offered) -> Sequence[str]:
    """The names that were not held before in this form."""
    told = before.waiting if before else {}
    return tuple(
        name
        for name, one in now.waiting.items()
        if name in offered.digests and (name not in told or told[name].digest != one.digest)
    )


def _without(before: Pins | None, now: Pins, offered: Offered) -> Pins:
    """`now` with nothing approved that was not so before."""
    known = before.digests if before else {}
    fresh = {name for name, digest in now.digests.items() if known.get(name) != digest}
    waiting = {name: Waiting(now.digests[name], Why.UNKNOWN, offered.forms[name]) for name in fresh}
    digests = {name: digest for name, digest in now.digests.items() if name not in fresh} | {
        name: known[name] for name in fresh if name in known
    }
    return replace(now, digests=digests, waiting={**now.waiting, **waiting})


def _bounded(pins: Pins, offered: Offered) -> Pins:
    """Without the oldest of what waits and is not offered any more, when that is more than anybody needs."""
    away = [name for name in pins.waiting if name not in offered.digests]
    dropped = set(away[:-MOST_GONE])
    return replace(pins, waiting={name: one for name, one in pins.waiting.items() if name not in dropped})
