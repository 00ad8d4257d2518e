"""A skill that can be run: its description, and its code from the first time it is needed."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roxy.contracts.skills import IntentInfo, SkillContext, SkillResult
from roxy.errors import Denied, NeedsInput, RoxyError, SkillError, TurnCancelled
from roxy.skills.code import SkillCode, load_code, python_of
from roxy.skills.folder import SkillFolder, snapshot

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class LoadedSkill:
    """One version of one skill. Whoever runs it holds on to it; a reload makes another one."""

    folder: SkillFolder
    source: str = "bundled"
    files: Mapping[str, bytes] | None = field(default=None, repr=False)
    """What was hashed when it was approved; None (bundled) takes the folder as it is at the first use."""
    _code: SkillCode | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """The skill's name."""
        return self.folder.name

    def code(self) -> SkillCode:
        """Its code, loaded now when it was not; raises `SkillError`."""
        with self._lock:
            if self._code is None:
                files = snapshot(self.folder.path) if self.files is None else self.files
                self._code = load_code(
                    self.name, self.folder.path, files, [intent.name for intent in self.folder.intents]
                )
            return self._code

    def is_current(self, read: "LoadedSkill") -> bool:
        """Whether `read`, the same folder read anew, holds the code that this version runs (or has not yet run)."""
        if self.files is not None:
            return self.files == read.files
        return self._code is None or self._code.files == python_of(snapshot(self.folder.path))

    async def run(self, intent: str, context: SkillContext, *, assume_yes: bool = False) -> SkillResult:
        """Answer one turn. Questions nobody can answer and cancellation go up; whatever else it raises is a failure.

        An intent that declares `confirm: true` asks first (not with `assume_yes`); a no ends the turn before it runs.
        """
        try:
            skill = self.code().skill_for(intent)
            info = self.folder.intent(intent)
            if info.confirm and not assume_yes and not await confirmed(info, context):
                return declined()
            return checked(self.name, await skill.execute(context))
        except (NeedsInput, TurnCancelled):
            raise
        except RoxyError as error:
            if isinstance(error, SkillError):
                log.exception("skill %s failed", self.name)
            return SkillResult(False, str(error), error=error.message, code=error.code)
        except Exception:
            # The border between Roxy and other people's code: whatever a skill raises ends this turn and no more.
            log.exception("skill %s raised while it answered %s", self.name, intent)
            return failed(self.name)


def checked(name: str, result: Any) -> SkillResult:
    """`result` when a skill returned what it must; else a failure that says so."""
    if isinstance(result, SkillResult):
        return result
    kind = type(result).__name__
    log.error("skill %s returned %s instead of a SkillResult", name, kind)
    return failed(name, f"it returned {kind} instead of a SkillResult")


def failed(name: str, why: str = "it raised an error") -> SkillResult:
    """The answer when a skill broke."""
    text = f"The skill “{name}” failed: {why}. The log has the details."
    return SkillResult(False, text, error=text, code=SkillError.code)


def declined() -> SkillResult:
    """The answer when the user said no."""
    return SkillResult(False, "All right, I leave it.", error="the user said no", code=Denied.code)


async def confirmed(intent: IntentInfo, context: SkillContext) -> bool:
    """Ask before an intent that asks first, with everything that was understood."""
    return await context.confirm(confirmation(intent, context.parameters))


def confirmation(intent: IntentInfo, parameters: Mapping[str, Any]) -> str:
    """The question before an intent that asks first."""
    what = intent.description.rstrip(".") or intent.name.replace("_", " ").capitalize()
    given = ", ".join(f"{slot.replace('_', ' ')}: {value}" for slot, value in parameters.items())
    return f"{what}{f' ({given})' if given else ''} — shall I?"
