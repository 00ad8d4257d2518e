"""The clock: time, date, weekday, week number, days until and since, here and anywhere, and how far zones are apart.

What needs a table (places, holidays, dateutil) is loaded by the answers that use it: "what time is it" needs none.
"""

from datetime import date, datetime
from typing import ClassVar

from roxy import RoxySkill, SkillContext, SkillResult

from . import faces


class Clock(RoxySkill):
    """Answers what the clock and the calendar say."""

    intents: ClassVar[tuple[str, ...]] = (
        "time", "date", "weekday", "week_number", "days_until", "days_since", "difference", "leap_year",
    )  # fmt: skip

    async def execute(self, context: SkillContext) -> SkillResult:
        """Answer one turn."""
        place = str(context.parameters.get("place") or context.parameters.get("perhaps", ""))
        if context.intent == "time" and not place:
            return _result(f"It's {faces.clock(context.now, context.user.locale)}.", context.now)
        if context.intent == "date" and not place and not context.parameters.get("day"):
            return _result(f"It's {faces.day(context.now, context.user.locale)}.", context.now.date())
        from . import answers  # noqa: PLC0415 - loads dateutil, which the two answers above do without

        return answers.answer(context)


def _result(text: str, value: datetime | date) -> SkillResult:
    return SkillResult(True, text, value.isoformat())
