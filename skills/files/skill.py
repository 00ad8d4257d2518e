"""Find files by name or content and show their beginning, in allowed folders only; `context.files` enforces which."""

import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.skills import FileHit

GRANT = "roxy skills grant files --folder ~/Documents"
_KINDS = {
    "pdf": "*.pdf", "word": "*.doc*", "excel": "*.xls*", "csv": "*.csv", "text": "*.txt", "markdown": "*.md",
    "python": "*.py", "json": "*.json", "yaml": "*.y*ml", "html": "*.htm*", "jpg": "*.jp*g", "jpeg": "*.jp*g",
    "png": "*.png", "mp3": "*.mp3", "zip": "*.zip",
}  # fmt: skip
_LEADING = re.compile(r"^(the|my|a|an|all|any|file|document)\s+", re.IGNORECASE)
_SHOWN = 10
_CHOICES = 5
_MAX_BYTES = 20_000_000
_KILO = 1024
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def size_of(number: int) -> str:
    """Bytes for people: "812 bytes", "3.4 kB", "12 MB"."""
    if number < _KILO:
        return f"{number} bytes"
    units = ("bytes", "kB", "MB", "GB", "TB")
    step = min(len(units) - 1, int(math.log(number, _KILO)))
    amount, unit = number / _KILO**step, units[step]
    return f"{amount:.1f} {unit}" if amount < _SHOWN else f"{amount:.0f} {unit}"


def age_of(at: datetime, now: datetime) -> str:
    """How long ago, in its largest unit: "5 minutes ago", "3 days ago"."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < _MINUTE:
        return "just now"
    steps = ((_MINUTE, "minute"), (_HOUR, "hour"), (_DAY, "day"), (30 * _DAY, "month"), (365 * _DAY, "year"))
    length, unit = [step for step in steps if seconds >= step[0]][-1]
    count = seconds // length
    return f"{count} {unit}{'' if count == 1 else 's'} ago"


class FilesSkill(RoxySkill):
    """Files in allowed folders."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Do what the intent says; without an allowed folder every answer is how to allow one (code `denied`)."""
        if not context.files.folders():
            told = f"No folder is allowed yet, so I cannot see any file. Allow one in a terminal: {GRANT}"
            return SkillResult(False, told, error=told, code="denied")
        return await _INTENTS[context.intent](context)


async def _find(context: SkillContext) -> SkillResult:
    name = _name(context)
    found = await context.files.find(_KINDS.get(name.casefold(), name), limit=_SHOWN + 1)
    return _told(context, found, f"named {name}")


def _name(context: SkillContext) -> str:
    return _LEADING.sub("", str(context.parameters.get("name") or context.parameters["file"]))


async def _search(context: SkillContext) -> SkillResult:
    text = str(context.parameters["text"])
    found = await context.files.search(text, limit=_SHOWN + 1)
    return _told(context, found, f"with “{text}” in it")


async def _read(context: SkillContext) -> SkillResult:
    name = _name(context)
    found = await context.files.find(Path(name).name, limit=_SHOWN)
    exact = [hit for hit in found if name in {hit.path, Path(hit.path).name}]
    wanted = exact or list(found)
    if not wanted:
        return _told(context, [], f"named {name}")
    hit = wanted[0] if len(wanted) == 1 else await _one_of(context, wanted[:_CHOICES])
    if hit is None:
        return SkillResult(False, "I do not know which file that is, so I read none.", code="not_understood")
    lines = (await context.files.read(hit.path, max_bytes=_MAX_BYTES)).splitlines()
    limit = int(context.config.get("lines", 20))
    head = "\n".join(lines[:limit])
    more = f"\n… and {len(lines) - limit} more lines." if len(lines) > limit else ""
    title = f"{hit.path} ({size_of(hit.size)}, {age_of(hit.modified, context.now)}):"
    return SkillResult(True, f"{title}\n{head or 'It is empty.'}{more}", {"path": hit.path, "text": head})


async def _one_of(context: SkillContext, found: Sequence[FileHit]) -> FileHit | None:
    """The file the user means, by number or by a part of its path."""
    lines = "\n".join(f"{number}. {hit.path}" for number, hit in enumerate(found, 1))
    numbers = [str(number) for number in range(1, len(found) + 1)]
    answer = (await context.ask(f"Which one?\n{lines}", choices=numbers)).strip(" .!").casefold()
    if answer in numbers:
        return found[int(answer) - 1]
    fits = [hit for hit in found if answer and answer in hit.path.casefold()]
    return fits[0] if len(fits) == 1 else None


async def _folders(context: SkillContext) -> SkillResult:
    folders = list(context.files.folders())
    return SkillResult(True, "\n".join(["I may read:", *(f"- {folder}" for folder in folders)]), {"folders": folders})


def _told(context: SkillContext, found: Sequence[FileHit], what: str) -> SkillResult:
    """The hits for people; `data` has all of them."""
    if not found:
        where = ", ".join(context.files.folders())
        return SkillResult(False, f"There is no file {what} in {where}.", {"files": []}, code="not_found")
    shown = found[:_SHOWN]
    title = f"{len(shown)} file{'' if len(shown) == 1 else 's'} {what}"
    title += ", the first of more:" if len(found) > _SHOWN else ":"
    lines = [f"- {_line(hit, context.now)}" for hit in shown]
    data = {"files": [{"path": hit.path, "size": hit.size, "line": hit.line, "excerpt": hit.excerpt} for hit in shown]}
    return SkillResult(True, "\n".join([title, *lines]), data)


def _line(hit: FileHit, now: datetime) -> str:
    where = f"{hit.path}:{hit.line}" if hit.line else hit.path
    excerpt = f"\n  {hit.excerpt.strip()}" if hit.excerpt else ""
    return f"{where} ({size_of(hit.size)}, {age_of(hit.modified, now)}){excerpt}"


_INTENTS: Mapping[str, Callable[[SkillContext], Awaitable[SkillResult]]] = {
    "find": _find,
    "search": _search,
    "read": _read,
    "folders": _folders,
}
