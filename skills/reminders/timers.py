"""Timers: set, ask how long is left, lengthen, shorten, cancel."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.skills import NOT_MINE, Reminder

from .durations import after, read_duration
from .finding import Found, find, named
from .moments import PastTimeError, Reader, TooFarError
from .speech import Speech, length, listed
from .words import skip, tokens

_FILLER = (
    "a", "an", "another", "at", "called", "for", "going", "in", "it", "labelled", "labeled", "lasting", "long", "my",
    "named", "new", "of", "off", "on", "please", "set", "that", "the", "timer", "to", "until", "which", "with", "name",
    "me", "us",
)  # fmt: skip
_LONGEST = timedelta(days=366)
_MANY = 5
_ANY_KIND = re.compile(r"\bones?\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?<!\S)[-\u2212]\s?\d|\bminus\b")
_HELP = "For example: “set a timer for 10 minutes” or “set a pasta timer for eight and a half minutes”."


class Timers(RoxySkill):
    """Answers everything about timers."""

    intents: ClassVar[tuple[str, ...]] = ("set_timer", "timer_left", "extend_timer", "shorten_timer", "cancel_timer")

    async def execute(self, context: SkillContext) -> SkillResult:
        """Answer one turn about timers."""
        if context.intent == "set_timer":
            return await _set(context)
        running = [item for item in await context.reminders.pending() if item.kind == "timer"]
        said = named(str(context.parameters.get("which", "")), filler=_FILLER)
        found = find(said, running, Reader(context.now)) if running else Found(())
        if not found.items:
            return _none(said, running, context)
        if context.intent == "timer_left":
            return _left(context, found)
        return await _deal(context, found if len(found.items) == 1 or found.every else await _which(context, found))


async def _deal(context: SkillContext, chosen: Found) -> SkillResult:
    if context.intent == "cancel_timer":
        return await _cancel(context, chosen)
    return await _change(context, chosen, longer=context.intent == "extend_timer")


def _none(said: str, running: Sequence[Reminder], context: SkillContext) -> SkillResult:
    if _ANY_KIND.search(context.user_input) and "timer" not in context.user_input.lower():
        # "Cancel the second one" may be said of a reminder.
        return SkillResult(False, "There is no such timer.", code=NOT_MINE)
    if not running:
        return SkillResult(False, "No timer is running.", error="no timer is running", code="not_found")
    why = f"There is no timer “{said}”."
    there = listed([f"{_called(item)} ({length(item.due - context.now)} left)" for item in running])
    return SkillResult(False, f"{why} Running: {there}.", error=why, code="not_found")


async def _set(context: SkillContext) -> SkillResult:
    said = f"{context.parameters.get('name', '')} timer {_length_said(context)}"
    if _NEGATIVE.search(said):
        return _refused("A timer cannot run backwards.")
    try:
        name, due = _read(said, context)
        if due is None:
            answer = await context.ask(f"How long shall {f'the {name} timer' if name else 'the timer'} run?")
            due = _read(f"timer for {answer}", context)[1]
    except (TooFarError, OverflowError, ValueError):
        due, name = context.now + _LONGEST + timedelta(1), ""
    except PastTimeError as past:
        return _refused(f"{Speech(context.user.locale).clock(past.moment)} has already passed.")
    if due is None:
        return _refused("I did not understand how long.")
    if due - context.now > _LONGEST:
        return _refused("A timer can run for a year at most.")
    if due <= context.now:
        return _refused("A timer of no time at all makes no sense.")
    item = await context.reminders.add(name, due, kind="timer")
    head = f"{name} timer" if name else "timer"
    return SkillResult(
        True, f"OK, {head} set: {length(due - context.now)}, until {_clock(context, due)}.", _data([item])
    )


def _length_said(context: SkillContext) -> str:
    return str(context.parameters.get("length") or context.parameters.get("lasting", ""))


def _refused(why: str) -> SkillResult:
    return SkillResult(False, f"{why} {_HELP}", error=why, code="invalid_arguments")


def _read(said: str, context: SkillContext) -> tuple[str, datetime | None]:
    """The timer's name and when it ends; None when no time is in `said`."""
    line = tokens(said)
    for at in range(len(line)):
        found = read_duration(line, at)
        if found is None:
            continue
        before, behind = said[: line[at].start], said[line[found[1] - 1].end :]
        names = (named(part, filler=_FILLER) for part in (before, behind))
        return " ".join(name for name in names if name), after(context.now, found[0])
    reader = Reader(context.now, alarm=True)
    for at in range(len(line)):
        parts, end = reader.read(line, at)
        if parts.named and end == len(line) and not parts.recurrence:
            return named(said[: line[at].start], filler=_FILLER), reader.resolve(parts).due
    return named(said, filler=_FILLER), None


async def _which(context: SkillContext, found: Found) -> Found:
    """Ask which of several timers is meant; an answer that names none leaves them all alone."""
    names = [f"{_called(item)} ({length(item.due - context.now)} left)" for item in found.items]
    answer = await context.ask(
        f"Which one: {listed(names, joint='or')}?", choices=[item.text or _called(item) for item in found.items]
    )
    chosen = find(named(answer, filler=("the", "timer", "please", "one")), found.items, Reader(context.now))
    return chosen if len(chosen.items) == 1 or chosen.every else Found(())


def _left(context: SkillContext, found: Found) -> SkillResult:
    times = [(item, item.due - context.now) for item in found.items]
    told = [f"{length(left)} left on {_called(item)}, until {_clock(context, item.due)}" for item, left in times]
    text = f"{told[0]}." if len(told) == 1 else f"{len(told)} timers are running: {'; '.join(told)}."
    return SkillResult(True, text, _data(found.items))


async def _cancel(context: SkillContext, found: Found) -> SkillResult:
    if not found.items:
        return SkillResult(False, "I left all timers running.", error="no timer was chosen", code="not_found")
    for item in found.items:
        await context.reminders.cancel(item.id)
    names = [f"{_called(item)} ({length(item.due - context.now)} left)" for item in found.items]
    if len(names) > _MANY:
        return SkillResult(True, f"OK, I cancelled all {len(names)} timers.", _data(found.items))
    return SkillResult(True, f"OK, I cancelled {listed(names)}.", _data(found.items))


async def _change(context: SkillContext, found: Found, *, longer: bool) -> SkillResult:
    if len(found.items) != 1:
        return SkillResult(
            False, "I left all timers as they are. Name one at a time.", error="no timer was chosen", code="not_found"
        )
    said = str(context.parameters.get("amount", ""))
    line = tokens(said)
    amount = read_duration(line, skip(line, 0, "another", "by")) or read_duration(line, 0)
    if amount is None:
        why = f"I did not understand “{said}” as a length of time."
        return SkillResult(
            False, f"{why} Say for example “add 2 minutes to the timer”.", error=why, code="invalid_arguments"
        )
    item = found.items[0]
    by = after(context.now, amount[0]) - context.now
    due = item.due + by if longer else item.due - by
    if due <= context.now:
        why = f"Only {length(item.due - context.now)} are left on {_called(item)}, so I cannot take {length(by)} off."
        return SkillResult(False, f"{why} Say “cancel the timer” to end it.", error=why, code="invalid_arguments")
    moved = await context.reminders.move(item.id, due)
    text = f"OK, {_called(item)} now has {length(due - context.now)} left, until {_clock(context, due)}."
    return SkillResult(True, text, _data([moved]))


def _called(item: Reminder) -> str:
    """`the pasta timer`, or by its length when it has no name: `the 10 minute timer`."""
    if item.text:
        return f"the {item.text} timer"
    if item.created is None:
        return "the timer"
    return f"the {length(item.due - item.created)} timer".replace("s timer", " timer")


def _clock(context: SkillContext, due: datetime) -> str:
    local = due.astimezone(context.now.tzinfo)
    speech = Speech(context.user.locale)
    return speech.clock(local, context.now) if local.date() == context.now.date() else speech.moment(local, context.now)


def _data(items: Sequence[Reminder]) -> list[dict[str, str]]:
    return [{"id": item.id, "name": item.text, "due": item.due.isoformat()} for item in items]
