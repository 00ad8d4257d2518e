"""The system skill on the bench."""

import pytest

from roxy.contracts.skills import Permissions, SkillInfo
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.system")


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        bench.add_server("system", "running", transport="module", tools=7, uptime=7_200.0)
        bench.add_server("brave_search", "failed", error="BRAVE_API_KEY is not set.", stderr=["one", "two"])
        bench.add_server("github")
        yield bench


async def test_servers_are_listed_with_state_and_reason(bench):
    reply = await bench.say("which servers are there?")
    assert reply.text.splitlines() == [
        "Servers:",
        "- system is running (for 2 hours, 7 tools)",
        "- brave_search has failed: BRAVE_API_KEY is not set",
        "- github is stopped",
    ]
    assert [server["name"] for server in (await bench.say("which servers are running")).data["servers"]] == ["system"]
    assert [server["name"] for server in (await bench.say("what servers have failed")).data["servers"]] == [
        "brave_search"
    ]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("is the github server running", "github"),
        ("status of brave search", "brave_search"),
        ("is brave up", "brave_search"),
        ("how is the system server doing", "system"),
        ("is the Brave-Search server ok?", "brave_search"),
    ],
)
async def test_one_server_is_found_by_what_people_call_it(bench, said, name):
    assert (await bench.say(said)).data["name"] == name


async def test_a_server_that_is_not_declared_is_told_with_those_that_are(bench):
    reply = await bench.say("is the weather server running")
    assert reply.code == "not_found"
    assert reply.text == ("There is no server weather in mcp_servers.yaml. There is: system, brave_search, github.")


async def test_a_name_that_fits_two_servers_starts_neither(bench):
    bench.add_server("github_work")
    bench.add_server("github_home")
    reply = await bench.say("start the git server")
    assert "Say which one." in reply.text
    assert bench.servers.known["github"].state == "stopped"


async def test_why_it_failed_is_told_with_its_last_lines(bench):
    reply = await bench.say("why did brave search fail?")
    assert reply.text.splitlines() == [
        "brave_search: BRAVE_API_KEY is not set.",
        "The last it wrote:",
        "  one",
        "  two",
        "More is in: roxy mcp logs brave_search",
    ]
    assert (await bench.say("what is wrong with the github server")).text == "github has not failed: it is stopped."


async def test_a_server_is_started(bench):
    reply = await bench.say("start the github server")
    assert reply.text == "github is running now."
    assert bench.servers.known["github"].state == "running"
    assert (await bench.say("start github")).text == "github is running already."


async def test_a_start_that_fails_tells_the_reason(bench):
    bench.servers.failing["github"] = "GITHUB_TOKEN is not set."
    reply = await bench.say("start the github server")
    assert (reply.success, reply.code) == (False, "not_running")
    assert reply.text == "github did not start: GITHUB_TOKEN is not set."


@pytest.mark.parametrize(("answer", "state"), [("yes", "stopped"), ("no", "running")])
async def test_stopping_asks_first(bench, answer, state):
    bench.answers(answer)
    reply = await bench.say("stop the system server")
    assert reply.questions == ["Shall I stop the server system?"]
    assert bench.servers.known["system"].state == state


async def test_what_does_not_run_is_not_stopped(bench):
    reply = await bench.say("stop the github server")
    assert (reply.text, reply.questions) == ("github is not running.", [])


async def test_a_server_is_restarted(bench):
    reply = await bench.say("restart brave search")
    assert reply.text == "brave_search is running again."
    assert bench.servers.known["brave_search"].state == "running"


async def test_tools_are_counted_and_the_command_that_shows_them_is_told(bench):
    reply = await bench.say("which tools are there")
    assert reply.data["tools"] == {"system": 7, "brave_search": None, "github": None}
    assert "- github: not known yet" in reply.text
    reply = await bench.say("what tools does the system server have")
    assert reply.text == "system has 7 tools. To see them: roxy mcp tools system"
    assert "was not asked" in (await bench.say("what tools does github have")).text


async def test_skills_are_listed_with_what_is_wrong(bench):
    bench.about.listed.append(
        SkillInfo(name="broken", description="Breaks.", source="user", problem="skill.py, line 3")
    )
    reply = await bench.say("which skills do you have")
    assert "- broken: not usable: skill.py, line 3" in reply.text
    assert "- system: Tells which MCP servers" in reply.text


async def test_the_permissions_of_a_skill_are_told(bench):
    wants = Permissions(folders=frozenset(["granted"]))
    bench.about.listed.append(SkillInfo(name="files", description="Finds files.", source="bundled", wants=wants))
    bench.about.listed.append(SkillInfo(name="clock", description="Tells the time.", source="bundled"))
    reply = await bench.say("what is the files skill allowed to do?")
    assert reply.text == "files may nothing so far. It asks to read folders you allow by name."
    assert (await bench.say("what may the system skill do")).data["granted"] == ["start and stop servers"]
    assert "asks for nothing" in (await bench.say("what can the clock skill do")).text
    assert (await bench.say("what can the magic skill do")).code == "not_found"


@pytest.mark.parametrize("said", ["who are you", "what's your name?", "which version are you", "are you a robot"])
async def test_roxy_says_who_she_is(bench, said):
    reply = await bench.say(said)
    assert reply.text.startswith("I am Roxy 0.")
    assert reply.data["version"]
