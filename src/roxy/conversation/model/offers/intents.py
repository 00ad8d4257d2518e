"""The intents of skills as tools: what is said in a sentence is an argument."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from roxy.contracts.models import ToolSpec
from roxy.contracts.skills import IntentInfo, SkillInfo
from roxy.conversation.model.offers.offered import Offered

_TYPES = {"number": "number", "integer": "integer"}


def offered_intents(skills: Sequence[SkillInfo], servers: Collection[str]) -> Iterable[Offered]:
    """The intents of all skills that are in use."""
    for skill in skills:
        if skill.problem or not skill.approved:
            continue
        # A server and a skill may share a name; the server's tools have the older right to it.
        prefix = f"{skill.name}-skill" if skill.name in servers else skill.name
        for intent in skill.intents:
            yield Offered(
                spec=_spec(prefix, skill, intent),
                skill=skill.name,
                intent=intent.name,
                public=skill.source == "bundled",
            )


def _spec(prefix: str, skill: SkillInfo, intent: IntentInfo) -> ToolSpec:
    about = intent.description or skill.description
    examples = "; ".join(intent.examples[:2])
    description = f"{about} Phrases: {examples}." if examples else about
    properties = {name: _slot(slot if isinstance(slot, Mapping) else {}) for name, slot in intent.slots.items()}
    parameters: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if intent.required:
        parameters["required"] = list(intent.required)
    return ToolSpec(name=f"{prefix}.{intent.name}", description=description, parameters=parameters)


def _slot(slot: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(str(slot.get("type")), "string")}
    if slot.get("description"):
        schema["description"] = str(slot["description"])
    values = slot.get("values")
    if isinstance(values, Mapping | list | tuple) and values:
        schema["enum"] = [str(value) for value in values]
    return schema
