"""Reminders and alarms: set, list, cancel, move, snooze."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.skills import NOT_MINE, Reminder

from .clocks import Clock, moments
from .durations import Span, after, read_duration, settle
from .finding import Found, find, named
from .moments import Parts, PastTimeError, Reader, TooFarError, When
from .phrases import NotUnderstoodError, Request, split, understand_time
from .speech import Speech
from .words import skip, tokens

ALARM = "alarm"
"""The text of an alarm that was given none."""
_EXAMPLES = "Say it like “tomorrow at 5”, “in an hour and a half” or “every weekday at 8”."
_FILLER = ("a", "about", "an", "my", "the", "please", "reminder", "reminders", "alarm", "alarms", "one", "to")
_YOURS = {
    "my": "your",
    "me": "you",
    "mine": "yours",
    "myself": "yourself",
    "our": "your",
    "i": "you",
    "i'm": "you're",
    "am": "are",
}
_DUTY = re.compile(r"^(?:i|we) (?:have|need|want|must|should|ought|got|am going|gotta)(?: to)? ", re.IGNORECASE)
_SNOOZE_MINUTES = 10
_TRIES = 2
_ALARMS = re.compile(r"\balarms?\b", re.IGNORECASE)
_NEXT = re.compile(r"\bnext\b|\bwhen(?:'s| is|s)?\b|\bwhat time\b", re.IGNORECASE)
_MANY = 5
_JUST_NOW = timedelta(minutes=15)
"""What was set longer ago is not meant by "make it 10"."""


class Reminding(RoxySkill):
    """Answers everything about reminders and alarms."""

    intents: ClassVar[tuple[str, ...]] = (
        "set_reminder", "set_alarm", "list_reminders", "cancel_reminder", "move_reminder", "change_latest", "snooze",
    )  # fmt: skip

    async def execute(self, context: SkillContext) -> SkillResult:
        """Answer one turn about reminders; what was not understood is said with examples of what is."""
        answers = {
            "set_reminder": _set, "set_alarm": _set, "list_reminders": _list, "cancel_reminder": _cancel,
            "move_reminder": _move, "change_latest": _change_latest, "snooze": _snooze,
        }  # fmt: skip
        speech = Speech(context.user.locale)
        try:
            return await answers[context.intent](context, speech)
        except NotUnderstoodError as error:
            why = f"I did not understand “{error.words}” as a time."
            return SkillResult(False, f"{why} {_EXAMPLES}", error=why, code="invalid_arguments")
        except TooFarError:
            why = "That time is further away than the calendar goes."
            return SkillResult(False, f"{why} {_EXAMPLES}", error=why, code="invalid_arguments")
        except PastTimeError as past:
            why = f"That was {speech.moment(past.moment, context.now)}, which has already passed."
            following = (
                f" The next one would be {speech.moment(past.following, context.now)}: ask for that if you like."
                if past.following
                else ""
            )
            return SkillResult(False, f"{why}{following}", error=why, code="invalid_arguments")


def _reader(context: SkillContext, speech: Speech, *, alarm: bool = False) -> Reader:
    return Reader(context.now, month_first=speech.month_first, alarm=alarm)


async def _set(context: SkillContext, speech: Speech) -> SkillResult:
    alarm = context.intent == "set_alarm"
    reader = _reader(context, speech, alarm=alarm)
    request = _request(context, reader)
    what = request.what
    if not what and not alarm:
        what = split(f"to {await context.ask('What shall I remind you of?')}", reader).what
    deed = f"{request.link} {_yours(what)}" if request.link else f"of “{_yours(what)}”"
    if not request.parts.named:
        request = Request(
            what,
            await _ask_when(
                context, reader, "When shall the alarm ring?" if alarm else f"When shall I remind you {deed}?"
            ),
        )
    when = reader.resolve(request.parts)
    item = await context.reminders.add(what or ALARM, when.due, rule=when.rule)
    promise = ("alarm set" if not what else f"alarm “{what}” set") if alarm else f"I'll remind you {deed}"
    return SkillResult(True, f"OK, {promise} {_when(when, speech, context.now)}.", _data([item]))


def _request(context: SkillContext, reader: Reader) -> Request:
    """What was asked for. The time may stand in a slot of its own, within what is to be done, or in both."""
    said_when = str(context.parameters.get("when", ""))
    what = str(context.parameters.get("what", ""))
    if said_when and not what and not _is_time(said_when, reader):
        # "I have to call the plumber at 9, remind me"
        return split(_DUTY.sub("to ", said_when), reader)
    given = understand_time(said_when, reader) if said_when else None
    if context.intent == "set_alarm" and what:
        what = re.sub(r"^(?:up|me up|me)\b", "", what).strip() or what
        return split(re.sub(r"^(?:for|to)\s+", "", what), reader, given=given, bare=True)
    return split(what, reader, given=given)


def _is_time(said: str, reader: Reader) -> bool:
    try:
        understand_time(said, reader)
    except NotUnderstoodError:
        return False
    return True


async def _ask_when(context: SkillContext, reader: Reader, question: str) -> Parts:
    """Ask until a time is understood, twice at most."""
    for attempt in range(_TRIES):
        answer = await context.ask(question)
        try:
            return understand_time(answer, reader)
        except NotUnderstoodError:
            if attempt == _TRIES - 1:
                raise
            question = f"I did not understand “{answer}” as a time. {_EXAMPLES}"
    raise AssertionError


def _when(when: When, speech: Speech, now: datetime) -> str:
    """The time as it was understood; of a recurring one also its first time."""
    first = speech.moment(when.due, now)
    return f"{speech.again(when.rule, when.due)}, first {first}" if when.rule else first


def _yours(what: str) -> str:
    """What the user said of themselves, said to them: "my mum" becomes "your mum"."""
    return re.sub(
        r"[A-Za-z']+", lambda found: _YOURS.get(found[0].lower(), found[0]) if found[0] != "AM" else found[0], what
    )


async def _waiting(context: SkillContext) -> list[Reminder]:
    """The pending reminders, or only the alarms when those were spoken of."""
    items = [item for item in await context.reminders.pending() if item.kind == "reminder"]
    alarms = [item for item in items if item.text == ALARM]
    return alarms if alarms and _ALARMS.search(context.user_input) else items


async def _list(context: SkillContext, speech: Speech) -> SkillResult:
    items = await _waiting(context)
    said = named(str(context.parameters.get("which", "")), filler=("for", *_FILLER))
    if not items:
        hint = (
            "“wake me at 7” sets one" if _kind(context) == "alarm" else "“remind me to call Bob tomorrow at 5” sets one"
        )
        return SkillResult(True, f"You have no {_kind(context)}s; {hint}.", [])
    if not said and _NEXT.search(context.user_input):
        return SkillResult(
            True, f"Your next {_kind(context)}: {_told(items[0], speech, context.now)}.", _data(items[:1])
        )
    if said:
        chosen = find(said, items, _reader(context, speech)).items
        if not chosen:
            return SkillResult(True, f"You have no {_kind(context)} for {said}.", [])
        numbers = {item.id: number for number, item in enumerate(items, 1)}
        return SkillResult(True, _lines(chosen, numbers, speech, context.now), _data(chosen))
    return SkillResult(
        True,
        _lines(items, {item.id: number for number, item in enumerate(items, 1)}, speech, context.now),
        _data(items),
    )


def _kind(context: SkillContext) -> str:
    return "alarm" if _ALARMS.search(context.user_input) else "reminder"


def _lines(items: Sequence[Reminder], numbers: dict[str, int], speech: Speech, now: datetime) -> str:
    told = [f"{numbers[item.id]}. {_told(item, speech, now)}" for item in items]
    kind = "alarm" if all(item.text == ALARM for item in items) else "reminder"
    head = f"You have one {kind}:" if len(told) == 1 else f"You have {len(told)} {kind}s:"
    return "\n".join([head, *told])


def _told(item: Reminder, speech: Speech, now: datetime) -> str:
    """`call Bob, tomorrow, Sunday 22 November, at 17:00`."""
    due = item.due.astimezone(now.tzinfo)
    times = speech.moment(due, now)
    return (
        f"{_yours(item.text)}, {speech.again(item.rule, due)} (next {times})"
        if item.rule
        else f"{_yours(item.text)}, {times}"
    )


async def _choose(context: SkillContext, speech: Speech) -> tuple[Found, str]:
    """The reminders that are meant, after a question when it is not clear; or why there are none."""
    items = await _waiting(context)
    if not items:
        return Found(()), f"You have no {_kind(context)}s."
    reader = _reader(context, speech)
    said = named(str(context.parameters.get("which", "")), filler=_FILLER)
    found = find(said, items, reader)
    if not found.items:
        told = "; ".join(_told(item, speech, context.now) for item in items)
        return found, f"I found no reminder for “{said}”. You have: {told}."
    if len(found.items) > 1 and not found.every:
        told = "; ".join(f"{number}. {_told(item, speech, context.now)}" for number, item in enumerate(found.items, 1))
        answer = await context.ask(f"Which one? {told}.", choices=[item.text for item in found.items])
        chosen = find(named(answer, filler=_FILLER), found.items, reader)
        if len(chosen.items) != 1 and not chosen.every:
            return Found(()), "I left all reminders as they are."
        return chosen, ""
    return found, ""


async def _cancel(context: SkillContext, speech: Speech) -> SkillResult:
    found, why = await _choose(context, speech)
    if why:
        return SkillResult(False, why, error=why, code="not_found")
    for item in found.items:
        await context.reminders.cancel(item.id)
    if len(found.items) > _MANY:
        return SkillResult(True, f"OK, I cancelled all {len(found.items)} of them.", _data(found.items))
    told = "; ".join(_told(item, speech, context.now) for item in found.items)
    many = f" {len(found.items)} reminders" if len(found.items) > 1 else ""
    return SkillResult(True, f"OK, I cancelled{many}: {told}.", _data(found.items))


async def _move(context: SkillContext, speech: Speech) -> SkillResult:
    found, why = await _choose(context, speech)
    if not why and len(found.items) > 1:
        why = "I can move one reminder at a time."
    if why:
        return SkillResult(False, why, error=why, code="not_found")
    item = found.items[0]
    due = _shifted(item, context) or _moved(str(context.parameters.get("when", "")), item, context, speech)
    moved = await context.reminders.move(item.id, due)
    return SkillResult(True, f"OK, moved: {_told(moved, speech, context.now)}.", _data([moved]))


def _shifted(item: Reminder, context: SkillContext) -> datetime | None:
    """The new time when it was said by how much later or earlier; None when it was not."""
    later, earlier = (str(context.parameters.get(name, "")) for name in ("later", "earlier"))
    if not later and not earlier:
        return None
    found = read_duration(tokens(later or earlier), 0)
    if found is None:
        raise NotUnderstoodError(later or earlier)
    due = item.due.astimezone(context.now.tzinfo)
    there = after(due, found[0])
    return there if later else due - (there - due)


async def _change_latest(context: SkillContext, speech: Speech) -> SkillResult:
    """A length of time counts from now for a timer; a time of day is what it says."""
    pending = [
        item for item in await context.reminders.pending() if item.created and context.now - item.created <= _JUST_NOW
    ]
    if not pending:
        return SkillResult(False, "There is no timer or reminder that I could change.", code=NOT_MINE)
    item = max(pending, key=lambda one: one.created or one.due)
    due = _changed(str(context.parameters["to"]), item, context, speech)
    moved = await context.reminders.move(item.id, due)
    told = _told(moved, speech, context.now)
    if item.kind == "timer":
        name = f"the {item.text} timer" if item.text else "the timer"
        told = f"{name}, until {speech.clock(due, context.now)}"
    return SkillResult(True, f"OK, changed: {told}.", _data([moved]))


def _changed(said: str, item: Reminder, context: SkillContext, speech: Speech) -> datetime:
    found = read_duration(tokens(said), 0)
    if not found and item.kind == "timer":
        found = read_duration(tokens(f"{said} minutes"), 0)
    due = after(context.now, found[0]) if found else _moved(said, item, context, speech)
    if due <= context.now:
        raise NotUnderstoodError(said)
    return due


def _moved(said: str, item: Reminder, context: SkillContext, speech: Speech) -> datetime:
    """The new time. A time of day alone keeps the day, a day alone the time of day."""
    reader = _reader(context, speech)
    parts = understand_time(said, reader)
    due = item.due.astimezone(context.now.tzinfo)
    if parts.named <= {"clock", "part"} and parts.clock:
        walls = moments(due.date(), parts.clock, parts.part)
        coming = [moment for wall in walls if (moment := settle(wall, context.now)) > context.now]
        return min(coming, key=lambda moment: abs(moment - due)) if coming else reader.resolve(parts).due
    if parts.named == {"days"}:
        parts = parts.having(clock=Clock(due.hour, due.minute, due.second)) or parts
    return reader.resolve(parts).due


async def _snooze(context: SkillContext, speech: Speech) -> SkillResult:
    """The last one that fired, once more. A recurring one keeps its times: a reminder for once is added."""
    fired = await context.reminders.last_fired(1)
    if not fired:
        why = "Nothing has gone off yet that I could snooze."
        return SkillResult(False, why, error=why, code="not_found")
    item = fired[0]
    minutes = context.parameters.get("minutes")
    said = f"{minutes} minutes" if minutes else str(context.parameters.get("length", ""))
    due = _snoozed(said, context, speech)
    if item.rule:
        again = await context.reminders.add(item.text, due, kind=item.kind)
    else:
        again = await context.reminders.move(item.id, due)
    name = _yours(item.text) if item.text else "the timer"
    return SkillResult(True, f"OK, snoozed: {name}, {speech.moment(due, context.now)}.", _data([again]))


def _snoozed(said: str, context: SkillContext, speech: Speech) -> datetime:
    if not said:
        minutes = int(context.config.get("snooze_minutes", _SNOOZE_MINUTES))
        return after(context.now, Span(seconds=60 * minutes))
    line = tokens(said)
    found = read_duration(line, skip(line, 0, "for", "another"))
    if found and found[1] == len(line):
        return after(context.now, found[0])
    reader = _reader(context, speech)
    return reader.resolve(understand_time(said, reader)).due


def _data(items: Sequence[Reminder]) -> list[dict[str, str]]:
    return [{"id": item.id, "text": item.text, "due": item.due.isoformat(), "rule": item.rule} for item in items]
