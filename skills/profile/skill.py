"""What Roxy knows of the user: name, time zone, units; told, and changed by saying so."""

from zoneinfo import available_timezones

from roxy import RoxySkill, SkillContext, SkillResult

_LONGEST_NAME = 60
_CALLED = {
    "pacific": "America/Los_Angeles", "mountain": "America/Denver", "central": "America/Chicago",
    "eastern": "America/New_York", "uk": "Europe/London", "british": "Europe/London", "german": "Europe/Berlin",
    "central european": "Europe/Berlin", "indian": "Asia/Kolkata", "japanese": "Asia/Tokyo",
}  # fmt: skip


class Profile(RoxySkill):
    """Answers by the table of intents below."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Tell or change one thing."""
        match context.intent:
            case "call_me":
                return await _call_me(context, str(context.parameters["name"]))
            case "no_name":
                await context.profile.change(name="")
                return SkillResult(success=True, response_text="I forgot your name.")
            case "set_zone":
                user = await context.profile.change(timezone=_zone(str(context.parameters["zone"])))
                return SkillResult(success=True, response_text=f"Your time zone is now {user.timezone.key}.")
            case "units":
                user = await context.profile.change(units=str(context.parameters["units"]))
                return SkillResult(success=True, response_text=f"I will use {user.units} units.")
            case _:
                return _tell(context)


def _zone(said: str) -> str:
    """The zone that is meant: by its name, its city, or what people call it; as it was said when there is none.

    The names of zones have no spaces: "America/New York" is said, America/New_York is meant.
    """
    wanted = said.strip(" .!").casefold().removeprefix("the ").removesuffix(" time")
    if wanted in _CALLED:
        return _CALLED[wanted]
    wanted = wanted.replace(" ", "_")
    zones = sorted(available_timezones())
    cities = {name.rpartition("/")[2].casefold(): name for name in zones}
    return ({name.casefold(): name for name in zones} | cities).get(wanted, said.replace(" ", "_"))


async def _call_me(context: SkillContext, name: str) -> SkillResult:
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME:
        return SkillResult(
            success=False,
            response_text=f"That is too long for a name: I take up to {_LONGEST_NAME} letters.",
            code="invalid_arguments",
        )
    user = await context.profile.change(name=name)
    return SkillResult(success=True, response_text=f"OK, I'll call you {user.name}.", data={"name": user.name})


def _tell(context: SkillContext) -> SkillResult:
    user = context.user
    name = f"I call you {user.name}." if user.name else "I do not know your name. Say “call me …”."
    zone = f"Your time zone is {user.timezone.key}."
    units = f"You use {user.units} units."
    text = {"name": name, "zone": zone}.get(context.intent, f"{name} {zone} {units}")
    data = {"name": user.name, "timezone": user.timezone.key, "locale": user.locale, "units": user.units}
    return SkillResult(success=True, response_text=text, data=data)
