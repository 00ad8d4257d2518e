import pytest

from roxy.contracts.calls import ToolInfo
from roxy.contracts.events import EventKind
from roxy.contracts.offers import ResourceInfo
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import Permissions
from roxy.errors import Denied, NeedsInput
from roxy.skills.grants import Turn, covers, guard, meaning
from roxy.store.folders import AllowedFolders
from roxy.testing.doubles import DialogueDouble, FetchDouble, ServersDouble, ToolsDouble, TrustDouble

EVERYTHING = Permissions(
    servers=frozenset({"search"}),
    tools=frozenset({"git.log", "git.push"}),
    folders=frozenset({"granted"}),
    hosts=frozenset({"*.example.com"}),
    server_control=True,
)


class World:
    """Handles over doubles, for one turn after another."""

    def __init__(self, wants=EVERYTHING, *answers, **turn):
        self.trust, self.dialogue, self.events = TrustDouble(), DialogueDouble(list(answers)), []
        self.tools, self.fetch, self.servers = ToolsDouble(), FetchDouble(), ServersDouble()
        for server, tool, read_only in (("search", "find", True), ("git", "log", True), ("git", "push", False)):
            info = ToolInfo(server, tool, annotations={"readOnlyHint": read_only})
            self.tools.tools[server, tool] = (info, "done")
        self.servers.known = {name: ServerStatus(name=name) for name in ("search", "git")}
        self.wants, self.turn = wants, turn

    def handles(self):
        turn = Turn(
            skill="s",
            wants=self.wants,
            trust=self.trust,
            dialogue=self.dialogue,
            audit=self.note,
            session_id="ses",
            **self.turn,
        )
        return guard(turn, mcp=self.tools, folders=AllowedFolders, fetch=self.fetch, servers=self.servers)

    async def note(self, event):
        self.events.append(event)

    @property
    def noted(self):
        return [(event.name, event.data["what"]) for event in self.events]


async def test_a_server_that_cannot_start_is_told_before_anybody_is_asked():
    world = World(EVERYTHING, "always")
    world.servers.known["search"] = ServerStatus(name="search", missing=("SEARCH_KEY",))
    result = await world.handles().mcp.call_tool("search", "find")
    assert (result.code, world.dialogue.questions, world.events) == ("config_error", [], [])
    assert "export SEARCH_KEY=…" in result.error
    del world.servers.known["search"]
    assert (await world.handles().mcp.call_tool("search", "find")).code == "not_found"
    assert world.tools.calls == []


@pytest.mark.requirement("skills.permissions", "skills.audit")
async def test_what_was_not_asked_for_is_denied_without_a_question(tmp_path):
    world = World(Permissions())
    handles = world.handles()
    result = await handles.mcp.call_tool("search", "find", {"q": "my secret"})
    assert (result.success, result.code, result.server, result.tool) == (False, "denied", "search", "find")
    for attempt in (
        handles.mcp.list_tools("search"),
        handles.files.read(str(tmp_path / "x")),
        handles.files.find("*"),
        handles.http.get("https://www.example.com/"),
        handles.servers.start_server("search"),
    ):
        with pytest.raises(Denied, match="does not ask for"):
            await attempt
    with pytest.raises(Denied):
        handles.servers.status("search")
    assert (world.tools.calls, world.fetch.asked, world.dialogue.questions, handles.files.folders()) == ([], [], [], [])
    assert {event.kind for event in world.events} == {EventKind.AUDIT}
    assert [name for name, _ in world.noted] == ["skill.refused"] * 6
    assert "my secret" not in str(world.events)


@pytest.mark.requirement("skills.permissions")
async def test_yes_is_for_one_turn_and_always_for_good():
    world = World(EVERYTHING, "Yes, please.", "always")
    first = world.handles()
    assert (await first.mcp.call_tool("search", "find")).success
    assert (await first.mcp.call_tool("search", "find")).success
    assert len(world.dialogue.questions) == 1
    assert (await world.handles().mcp.call_tool("search", "find")).success
    assert (await world.handles().mcp.call_tool("search", "find")).success
    assert len(world.dialogue.questions) == 2
    assert world.trust.granted("s") == Permissions(servers=frozenset({"search"}))
    assert world.noted == [("skill.confirmed", "the server search"), ("skill.granted", "the server search")]


@pytest.mark.requirement("skills.permissions", "skills.audit")
@pytest.mark.parametrize("answers", [("no",), ("what?", "hm")])
async def test_no_and_what_is_no_answer_twice_are_refusals(answers):
    world = World(EVERYTHING, *answers)
    result = await world.handles().mcp.call_tool("search", "find")
    assert (result.code, world.tools.calls) == ("denied", [])
    assert world.noted == [("skill.refused", "the server search")]
    assert len(world.dialogue.questions) == len(answers)


async def test_a_question_nobody_can_answer_ends_the_turn():
    with pytest.raises(NeedsInput, match="search"):
        await World().handles().mcp.call_tool("search", "find")


@pytest.mark.requirement("skills.permissions")
async def test_a_single_tool_grants_no_other_tool_of_its_server():
    world = World(Permissions(tools=frozenset({"git.log"})), "always")
    handles = world.handles()
    assert (await handles.mcp.call_tool("git", "log")).success
    assert (await handles.mcp.call_tool("git", "push")).code == "denied"
    assert [tool.name for tool in await handles.mcp.list_tools("git")] == ["log"]
    assert world.trust.granted("s").tools == {"git.log"}


@pytest.mark.requirement("skills.permissions")
async def test_a_tool_with_side_effects_asks_each_time_with_all_arguments():
    world = World(EVERYTHING, "yes", "no", "always")
    world.trust.grant("s", EVERYTHING)
    handles = world.handles()
    assert (await handles.mcp.call_tool("git", "push", {"to": "origin", "force": True})).success
    assert (await handles.mcp.call_tool("git", "push", {"to": "fork"})).code == "denied"
    assert (await handles.mcp.call_tool("git", "push")).success
    assert (await world.handles().mcp.call_tool("git", "push", {"to": "elsewhere"})).success
    assert [call.arguments for call in world.tools.calls] == [{"to": "origin", "force": True}, {}, {"to": "elsewhere"}]
    assert len(world.dialogue.questions) == 3
    assert all(part in world.dialogue.questions[0] for part in ("git.push", "to: origin", "force: True"))
    assert world.trust.always("s") == {"tool:git.push"}
    assert "origin" not in str(world.events)


@pytest.mark.parametrize("settled", [{"confirmed": True}, {"assume_yes": True}])
async def test_a_confirmed_intent_and_yes_are_not_asked_about_again(settled):
    world = World(EVERYTHING, **settled)
    world.trust.grant("s", EVERYTHING)
    assert (await world.handles().mcp.call_tool("git", "push")).success
    assert world.dialogue.questions == []


async def test_a_tool_nobody_knows_is_taken_to_have_side_effects():
    world = World(Permissions(servers=frozenset({"search"})), "no")
    world.trust.grant("s", world.wants)
    assert (await world.handles().mcp.call_tool("search", "new_tool")).code == "denied"


async def test_a_server_that_cannot_be_asked_is_a_result_not_an_exception():
    world = World(Permissions(servers=frozenset({"gone"})))
    world.trust.grant("s", world.wants)
    result = await world.handles().mcp.call_tool("gone", "tool")
    assert (result.success, result.code) == (False, "not_found")


@pytest.mark.requirement("skills.permissions")
async def test_files_are_read_in_granted_folders_only(tmp_path):
    world = World()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("inside")
    (tmp_path / "out.txt").write_text("outside")
    with pytest.raises(Denied, match="--folder"):
        await world.handles().files.find("a")
    world.trust.grant("s", Permissions(folders=frozenset({str(tmp_path / "in")})))
    files = world.handles().files
    assert [hit.path for hit in await files.find("a")] == [str(tmp_path / "in" / "a.txt")]
    assert await files.read(str(tmp_path / "in" / "a.txt")) == "inside"
    with pytest.raises(Denied):
        await files.read(str(tmp_path / "in" / ".." / "out.txt"))
    assert [name for name, _ in world.noted] == ["skill.refused"] * 2


async def test_a_folder_that_is_asked_for_by_name_is_asked_about(tmp_path):
    (tmp_path / "a.txt").write_text("inside")
    world = World(Permissions(folders=frozenset({str(tmp_path)})), "yes")
    assert len(await world.handles().files.search("INSIDE")) == 1
    assert str(tmp_path) in world.dialogue.questions[0]
    world.trust.grant("s", Permissions(folders=frozenset({"/"})))
    assert world.handles().files.folders() == []


@pytest.mark.requirement("skills.permissions")
async def test_hosts_are_asked_about_one_by_one():
    world = World(EVERYTHING, "yes")
    http = world.handles().http
    assert (await http.get("https://www.example.com/a")).status == 404
    await http.get("https://www.example.com/b")
    with pytest.raises(Denied):
        await http.get("https://example.org/")
    assert len(world.dialogue.questions) == 1
    assert world.fetch.asked == ["https://www.example.com/a", "https://www.example.com/b"]


async def test_yes_given_beforehand_names_no_host():
    world = World(Permissions(hosts=frozenset({"*"})), assume_yes=True)
    permit = world.handles().http.permit
    assert [await permit("router.local"), await permit("router.local")] == [False, False]
    world.trust.grant("s", Permissions(hosts=frozenset({"router.local"})))
    assert await permit("router.local")


async def test_servers_are_started_only_with_a_yes():
    world = World(EVERYTHING, "no", "always")
    with pytest.raises(Denied):
        await world.handles().servers.start_server("search")
    assert world.servers.known["search"].state is ServerState.STOPPED
    assert await world.handles().servers.start_server("search")
    assert await world.handles().servers.stop_server("search")
    assert world.handles().servers.status("search").name == "search"
    assert world.trust.granted("s").server_control


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("example.com", "example.com", True),
        ("Example.com", "example.com", True),
        ("example.com", "www.example.com", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "badexample.com", False),
        ("*", "anything", True),
    ],
)
def test_host_patterns(pattern, host, covered):
    assert covers(pattern, host) is covered


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Yes!", "yes"), ("no thanks", "no"), ("ALWAYS", "always"), ("don't", "no"), ("maybe", None), ("", None)],
)
def test_answers_are_understood(said, meant):
    assert meaning(said) == meant


async def test_resources_are_read_with_the_permission_for_the_whole_server_and_not_for_one_tool_of_it():
    world = World(EVERYTHING, "always")
    for server in ("search", "git"):
        info = ResourceInfo(server=server, uri="note://1", name="note")
        world.tools.resources[server, "note://1"] = (info, f"from {server}")
    mcp = world.handles().mcp
    assert (await mcp.read_resource("search", "note://1")).text == "from search"
    assert [one.uri for one in await mcp.list_resources("search")] == ["note://1"]
    assert len(world.dialogue.questions) == 1
    refused = await mcp.read_resource("git", "note://1")
    assert (refused.code, refused.text) == ("denied", "")
    with pytest.raises(Denied):
        await mcp.list_resources("git")
    assert world.noted[-1] == ("skill.refused", "the resources of git")
    assert world.tools.reads == [("search", "note://1")]


async def test_without_the_users_yes_no_resource_is_read():
    world = World(EVERYTHING, "no")
    world.tools.resources["search", "note://1"] = (ResourceInfo(server="search", uri="note://1", name="n"), "x")
    assert (await world.handles().mcp.read_resource("search", "note://1")).code == "denied"
    assert (await world.handles().mcp.read_resource("nobody", "note://1")).code == "denied"
    assert world.tools.reads == []
