"""A summary without a model: who asked what, which tools were called with what outcome, what was answered.

One line a turn. What tools answered is not quoted: it comes from elsewhere, it is long, and the answer says what
mattered. A summary has at most so many characters: older lines are shortened first, then the oldest are counted instead
of told.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from textwrap import shorten

from roxy.contracts.models import Role, TextPart, ToolCallPart, ToolResultPart
from roxy.conversation.model.transcript import Kept

_SAID = 160
_SHORT = 90
_ARGUMENTS = 60
_MOST_CALLS = 6
_MORE = "…"
_NUMBERS = re.compile(r"(?:(?:\A|\s)\S*\d\S*)+\Z")
_LEFT_OUT = re.compile(r"^- \((\d+) earlier lines are left out\)$")


def lines(kept: Sequence[Kept], forgotten: Collection[str] = ()) -> list[str]:
    """A line for each turn, but none for `forgotten` ones: there something was told that was forgotten since."""
    turns = groupby(kept, key=lambda one: one.turn_id)
    return [_line(list(of_turn)) for turn_id, of_turn in turns if turn_id not in forgotten]


def rolled(before: str, new: Sequence[str], most: int) -> str:
    """The lines of the summary `before` and the new ones, in at most `most` characters; the newest one always stays."""
    old = before.splitlines()
    left_out = 0
    if old and (counted := _LEFT_OUT.match(old[0])):
        left_out, old = int(counted[1]), old[1:]
    told = [line for line in [*old, *new] if line.strip()]
    if _length(told) > most:
        told = [*(_shortened(line, _SHORT) for line in told[:-1]), *told[-1:]]
    while len(told) > 1 and _length(told) + len(_left_out(left_out)) + 1 > most:
        told.pop(0)
        left_out += 1
    return "\n".join([_left_out(left_out), *told] if left_out else told)


def bulleted(text: str, most: int) -> str:
    """What a model wrote as lines of a summary, in at most `most` characters."""
    found = (line.strip().lstrip("-*•").strip() for line in text.splitlines())
    told: list[str] = []
    for line in (f"- {line}" for line in found if line):
        if _length([*told, line]) > most:
            break
        told.append(line)
    return "\n".join(told)


def _line(kept: Sequence[Kept]) -> str:
    asked = " ".join(one.message.text for one in kept if one.message.role is Role.USER)
    answers = [text for one in kept if one.message.role is Role.ASSISTANT and (text := one.message.text.strip())]
    steps = [f"User: {_quoted(asked)}", *_calls(kept)]
    if answers:
        steps.append(f"Roxy: {_quoted(answers[-1])}")
    return f"- {' → '.join(steps)}"


def _calls(kept: Sequence[Kept]) -> list[str]:
    parts = [part for one in kept for part in one.message.parts]
    failed = {part.call_id: part.is_error for part in parts if isinstance(part, ToolResultPart)}
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    told = [
        f"{call.name}({_arguments(call.arguments)}) {'failed' if failed.get(call.id, True) else 'done'}"
        for call in calls[:_MOST_CALLS]
    ]
    return [*told, f"{len(calls) - _MOST_CALLS} more calls"] if len(calls) > _MOST_CALLS else told


def _arguments(arguments: Mapping[str, object]) -> str:
    if not arguments:
        return ""
    told = ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False, default=str)}" for name, value in arguments.items()
    )
    return _shortened(told, _ARGUMENTS)


def _quoted(text: str) -> str:
    return f"“{_shortened(text, _SAID)}”"


def _shortened(text: str, most: int) -> str:
    """At most so many characters, without the beginning of a number at the end: nobody would know it for one."""
    whole = " ".join(text.split())
    if len(whole) <= most:
        return whole
    return _NUMBERS.sub("", shorten(whole, most, placeholder=_MORE).removesuffix(_MORE)) + _MORE


def _left_out(count: int) -> str:
    return f"- ({count} earlier lines are left out)"


def _length(told: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in told)


def transcript(kept: Sequence[Kept], forgotten: Collection[str], most: int) -> str:
    """The turns as a model reads them to summarise them: longer than `lines`, with a piece of each result."""
    told = [said for one in kept if one.turn_id not in forgotten for said in _told(one)]
    while len(told) > 1 and _length(told) > most:
        told.pop(0)
    return "\n".join(told)[-most:]


def _told(kept: Kept) -> list[str]:
    who = {Role.USER: "User", Role.ASSISTANT: "Roxy"}.get(kept.message.role, "Tool")
    told = []
    for part in kept.message.parts:
        match part:
            case TextPart() if part.text.strip():
                told.append(f"{who}: {_shortened(part.text, 4 * _SAID)}")
            case ToolCallPart():
                told.append(f"Roxy calls {part.name}({_arguments(part.arguments)})")
            case ToolResultPart():
                content = part.content if isinstance(part.content, str) else json.dumps(part.content, default=str)
                outcome = "failed" if part.is_error else "answered"
                told.append(f"{part.name} {outcome}: {_shortened(content, 2 * _SAID)}")
    return told
