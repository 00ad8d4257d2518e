"""What a model is told about its task: a file of `config/prompts`, or the user's own file of that name."""

from dataclasses import dataclass
from datetime import datetime

from roxy.config.places import Places
from roxy.conversation.profile import ProfileKeeper

ASSISTANT = "assistant.md"
SUMMARY = "summary.md"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Calling it gives the text of this day. Only the day changes in it, so that providers can cache what follows."""

    places: Places
    profile: ProfileKeeper
    file: str = ASSISTANT

    def __call__(self) -> str:
        """The text, with what it says in braces filled in."""
        user = self.profile.current
        folders = (self.places.config, self.places.packaged)
        path = next(path for folder in folders if (path := folder / "prompts" / self.file).is_file())
        text = path.read_text(encoding="utf-8")
        day = datetime.now(user.timezone)
        told = {"today": f"{day:%A}, {day.date().isoformat()}", "timezone": str(user.timezone), "units": user.units}
        for name, value in told.items():
            text = text.replace(f"{{{name}}}", value)
        return text.strip()
