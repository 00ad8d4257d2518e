"""One conversation with everything in it, written by hand in Roxy's words."""

from roxy.contracts.models import Message, ReasoningPart, Role, TextPart, ToolCallPart, ToolResultPart, ToolSpec

SPECS = [
    ToolSpec(
        name="weather.today",
        description="The weather of a place.",
        parameters={"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    ),
    ToolSpec(name="lights", description="Switch the lights.", parameters={"type": "object", "properties": {}}),
]


def text(words):
    return TextPart(text=words)


TALK = [
    Message(role=Role.SYSTEM, parts=(text("You are Roxy."),)),
    Message(role=Role.USER, parts=(text("Weather in Bern and Rome, and lights on."),)),
    Message(
        role=Role.ASSISTANT,
        parts=(
            text("I look."),
            ToolCallPart(id="c1", name="weather.today", arguments={"place": "Bern"}),
            ToolCallPart(id="c2", name="weather.today", arguments={"place": "Rome"}),
            ToolCallPart(id="c3", name="lights"),
        ),
    ),
    Message(
        role=Role.TOOL,
        parts=(
            ToolResultPart(call_id="c1", name="weather.today", content="rain"),
            ToolResultPart(call_id="c2", name="weather.today", content="sun"),
            ToolResultPart(call_id="c3", name="lights", content="no power", is_error=True),
        ),
    ),
    Message(role=Role.ASSISTANT, parts=(text("Rain in Bern, sun in Rome; the lights failed."),)),
    Message(role=Role.USER, parts=(text("Thanks."),)),
]


def thinking(provider, block):
    """The talk, with a thought of this provider's before the calls."""
    talk = list(TALK)
    thought = ReasoningPart(text="Which tools?", extra={provider: block})
    talk[2] = Message(role=Role.ASSISTANT, parts=(thought, *TALK[2].parts))
    return talk
