"""Which tools a model is offered."""

import asyncio

import pytest

from roxy.contracts.calls import ToolInfo
from roxy.contracts.servers import ServerConfig
from roxy.contracts.skills import IntentInfo, SkillInfo
from roxy.conversation.model.offer import Offer
from roxy.errors import ServerUnavailable


class Park:
    """Servers by name: their tools; `asked` are those that were started for their tools."""

    def __init__(self, *, auto=(), broken=(), silent=(), about=None, **tools):
        self.tools = tools
        self.auto = auto
        self.broken = broken
        self.silent = silent
        self.about = about or {}
        self.known = set()
        self.own = {}
        self.asked = []

    async def refresh(self, session_id=None):
        pass

    def startable(self, session_id=None):
        return {
            name: ServerConfig(
                name=name,
                transport="stdio",
                command="x",
                auto_start=name in self.auto,
                description=self.about.get(name, ""),
            )
            for name in (*self.tools, *self.own.get(session_id, ()))
        }

    def binds(self, server, session_id):
        return server in self.own.get(session_id, ())

    def at_hand(self, server, session_id=None):
        tools = {**self.tools, **self.own.get(session_id, {})}
        return [ToolInfo(server, name) for name in tools[server]] if server in self.known else ()

    async def known_tools(self, server, session_id=None):
        self.asked.append(server)
        if server in self.broken:
            raise ServerUnavailable("it is down", server=server)
        if server in self.silent:
            await asyncio.Event().wait()
        self.known.add(server)
        return self.at_hand(server, session_id)


class Shelf:
    def __init__(self, *skills):
        self.all = skills

    def skills(self):
        return self.all


def skill(name, *intents, **more):
    return SkillInfo(name=name, description=f"Does {name}.", source="bundled", intents=intents, **more)


def names(offered):
    return [one.spec.name for one in offered]


async def test_an_intent_is_a_tool_with_its_slots_as_schema():
    slots = {
        "length": {"type": "number", "description": "how long"},
        "unit": {"type": "choice", "values": ["miles", "metres"]},
        "what": {"type": "text"},
    }
    convert = IntentInfo(name="convert", slots=slots, description="Convert.", examples=("5 miles in metres",))
    [offered] = await Offer(Shelf(skill("units", convert)), Park()).tools("hello")
    assert offered.spec.name == "units.convert"
    assert "5 miles in metres" in offered.spec.description
    assert offered.spec.parameters["properties"] == {
        "length": {"type": "number", "description": "how long"},
        "unit": {"type": "string", "enum": ["miles", "metres"]},
        "what": {"type": "string"},
    }


async def test_a_skill_with_a_problem_is_not_offered_and_one_named_like_a_server_keeps_apart():
    shelf = Shelf(skill("echo", IntentInfo(name="say")), skill("bad", IntentInfo(name="x"), problem="broken"))
    offered = await Offer(shelf, Park(echo=["say"], auto=["echo"])).tools("hello")
    assert names(offered) == ["echo-skill.say", "echo.say"]


async def test_a_server_is_started_for_its_tools_only_when_the_words_speak_of_it_or_it_starts_with_roxy():
    park = Park(mail=["send"], maps=["route"], notes=["add"], auto=["notes"], about={"maps": "Routes between cities"})
    offer = Offer(Shelf(), park)
    assert names(await offer.tools("hello")) == ["notes.add"]
    assert names(await offer.tools("which route do I take")) == ["notes.add", "maps.route"]
    assert park.asked == ["notes", "maps"]
    assert names(await offer.tools("hello")) == ["maps.route", "notes.add"]


async def test_a_server_that_fails_or_stays_silent_holds_nobody_up():
    park = Park(bad=["x"], slow=["y"], good=["z"], auto=["bad", "slow", "good"], broken=["bad"], silent=["slow"])
    offer = Offer(Shelf(), park, patience=0.05)
    async with asyncio.timeout(20):
        assert names(await offer.tools("hello")) == ["good.z"]
        await offer.tools("hello again")
        await offer.aclose()
    assert park.asked.count("slow") == 1


async def test_of_too_many_tools_those_that_were_used_and_those_that_fit_are_offered_then_some_of_everybody():
    park = Park(a=[f"tool{number}" for number in range(9)], b=["weather", "tides"], c=["post"])
    park.known = {"a", "b", "c"}
    offer = Offer(Shelf(), park, most=4)
    assert names(await offer.tools("how is the weather", {"a.tool8"})) == ["a.tool0", "a.tool8", "b.weather", "c.post"]


async def test_a_tool_that_is_held_is_not_offered():
    park = Park(a=["x"])
    park.known = {"a"}
    park.at_hand = lambda server, session_id: [ToolInfo(server, "x", held=True), ToolInfo(server, "y")]
    assert names(await Offer(Shelf(), park).tools("hello")) == ["a.y"]


@pytest.mark.requirement("connectors.bindings")
async def test_what_one_session_binds_is_started_for_it_unasked_and_offered_to_no_other():
    park = Park(notes=["add"])
    park.own = {"ses_1": {"mine": ["look"]}}
    offer = Offer(Shelf(), park)
    assert names(await offer.tools("hello", session_id="ses_1")) == ["mine.look"]
    assert names(await offer.tools("hello", session_id="ses_2")) == []
    assert park.asked == ["mine"]


async def test_what_must_be_given_is_told_and_nothing_is_told_where_nothing_must_be():
    slots = {"text": {"type": "text"}, "list": {"type": "text"}}
    shelf = Shelf(skill("lists", IntentInfo(name="add", slots=slots, required=("text",)), IntentInfo(name="show")))
    add, show = await Offer(shelf, Park()).tools("hello")
    assert add.spec.parameters["required"] == ["text"]
    assert "required" not in show.spec.parameters
