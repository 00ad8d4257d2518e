"""The calculator: arithmetic in symbols and words, going on from the last result, and conversion of units."""

from roxy import RoxySkill, SkillContext, SkillResult

from .arithmetic import CannotCalculateError, calculate, is_rounded, shown
from .wording import bare, to_symbols

_LAST = "last"
_CONVERSIONS = "Say for example “how many feet in 3 miles” or “20 celsius in fahrenheit”."
_LONGEST_KEPT = 200
_EXAMPLES = "Say for example “what is 15% of 80” or “two plus two times three”."


class Calculator(RoxySkill):
    """Answers with the result; what it cannot calculate it says, with an example of what it can."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Answer one turn."""
        if context.intent == "convert":
            return _convert(context)
        return await _calculate(context, go_on=context.intent == "go_on")


async def _calculate(context: SkillContext, *, go_on: bool) -> SkillResult:
    said = context.understood or str(context.parameters.get("expression", ""))
    last = str(await context.store.get(_LAST, "")) if go_on else ""
    if go_on and not last:
        why = "There is no result yet to go on from."
        return SkillResult(False, f"{why} {_EXAMPLES}", error=why, code="not_found")
    try:
        value = calculate(to_symbols(said, last=f"({last})" if last else ""))
    except CannotCalculateError as error:
        return SkillResult(False, f"{error} {_EXAMPLES}", error=str(error), code="invalid_arguments")
    text = shown(value)
    await context.store.put(_LAST, str(value) if len(str(value)) < _LONGEST_KEPT else "")
    about = "about " if is_rounded(value) else ""
    return SkillResult(
        True, f"{_echo(said, last)} = {about}{text}", {"result": text.replace(",", ""), "exact": not about}
    )


def _echo(said: str, last: str) -> str:
    """What was calculated, as it was said."""
    text = bare(said)
    text = text.replace(" %", "%")
    return f"{shown(calculate(last))} → {text}" if last else text


def _convert(context: SkillContext) -> SkillResult:
    from .units import CannotConvertError, convert, figure, split  # noqa: PLC0415 - arithmetic needs no table of units

    given = context.parameters.get("quantity"), context.parameters.get("to")
    asked = (str(given[0]), str(given[1])) if all(given) else split(context.understood or context.user_input)
    if asked is None:
        why = "I did not understand what to convert."
        return SkillResult(False, f"{why} {_CONVERSIONS}", error=why, code="invalid_arguments")
    try:
        number, unit, quantity = convert(*asked)
    except CannotConvertError as error:
        text = str(error)
        hint = "" if "money" in text or "for example" in text else f" {_CONVERSIONS}"
        return SkillResult(False, f"{text}{hint}", error=text, code="invalid_arguments")
    return SkillResult(True, f"{quantity} = {figure(number)} {unit}", {"result": number, "unit": unit})
