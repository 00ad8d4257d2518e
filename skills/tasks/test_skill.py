"""Dart tasks on the bench.

Names and arguments of the tools are those of dart-mcp-server 0.2.2 (`dist/tools.js`, `dist/index.js`); the shapes of
the answers are the models of dart-tools 0.4 which it passes on as JSON: `list_tasks` gives `PaginatedConciseTaskList`
(`count`, `results`), `create_task` and `update_task` give `WrappedTask` (`item`), `get_config` gives
`UserSpaceConfiguration` (`statuses`, …). None of its tools says that it only reads.
"""

import pytest

from roxy.contracts.calls import Code, ToolCallResult
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.web")


def task(id, title, **more):
    return {
        "id": id,
        "title": title,
        "htmlUrl": f"https://app.dartai.com/t/{id}",
        "status": "To-do",
        "dartboard": "General/Tasks",
        "type": "Task",
        "parentId": None,
        "dueAt": None,
        **more,
    }


BANK = task("aaaaaaaaaaaa", "Call the bank", dueAt="2026-03-05T09:00:00+01:00")
PLANTS = task("bbbbbbbbbbbb", "Water the plants")


def page(*tasks, count=None):
    return {"count": len(tasks) if count is None else count, "next": None, "previous": None, "results": list(tasks)}


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        bench.tool("dart", "list_tasks", returns=page(BANK, PLANTS, count=30), read_only=False)
        bench.tool("dart", "update_task", returns={"item": BANK}, read_only=False)
        yield bench


async def test_open_tasks_are_listed_without_a_question(bench):
    reply = await bench.say("show my tasks")
    assert reply.text.splitlines() == [
        "30 open tasks, the first 2:",
        "- Call the bank (To-do, due 2026-03-05)",
        "  https://app.dartai.com/t/aaaaaaaaaaaa",
        "- Water the plants (To-do)",
        "  https://app.dartai.com/t/bbbbbbbbbbbb",
    ]
    assert reply.calls[0].arguments == {"limit": 20, "isCompleted": False}
    assert reply.questions == []


async def test_finished_tasks_and_tasks_by_title_are_listed(bench):
    bench.config["assignee"] = "anna@example.org"
    bench.tool("dart", "list_tasks", returns=page(), read_only=False)
    reply = await bench.say("list the finished tasks")
    assert (reply.success, reply.text) == (True, "There are no finished tasks.")
    assert reply.calls[0].arguments == {"limit": 20, "isCompleted": True, "assignee": "anna@example.org"}
    reply = await bench.say("find the task about taxes")
    assert (reply.success, reply.code) == (False, "not_found")
    assert reply.calls[0].arguments["title"] == "taxes"


async def test_a_task_is_added_after_a_yes(bench):
    bench.tool("dart", "create_task", returns={"item": BANK}, read_only=False)
    bench.config["dartboard"] = "General/Tasks"
    bench.answers("yes")
    reply = await bench.say("add a task call the bank")
    assert len(reply.questions) == 1
    assert "call the bank" in reply.questions[0]
    assert reply.text == "Added the task “call the bank” to Dart: https://app.dartai.com/t/aaaaaaaaaaaa"
    assert reply.calls[0].arguments == {"title": "call the bank", "dartboard": "General/Tasks"}


async def test_without_a_yes_no_task_is_added(bench):
    bench.answers("no")
    assert (await bench.say("add a task call the bank")).calls == []


async def test_a_task_is_completed_by_its_title(bench):
    reply = await bench.say("mark the task call the bank as done")
    assert reply.text == "“Call the bank” is done."
    assert reply.calls[0].arguments == {"limit": 20, "title": "call the bank", "isCompleted": False}
    assert reply.calls[1].arguments == {"id": "aaaaaaaaaaaa", "status": "Done"}


@pytest.mark.parametrize(("answer", "wanted"), [("2", "bbbbbbbbbbbb"), ("plants", "bbbbbbbbbbbb"), ("neither", None)])
async def test_of_several_tasks_the_user_says_which(bench, answer, wanted):
    bench.answers(answer)
    reply = await bench.say("complete the task the")
    assert reply.questions == ["Which one?\n1. Call the bank\n2. Water the plants"]
    assert reply.success is (wanted is not None)
    assert [call.arguments["id"] for call in reply.calls[1:]] == ([wanted] if wanted else [])


async def test_a_task_that_is_not_there_is_told(bench):
    bench.tool("dart", "list_tasks", returns=page(), read_only=False)
    reply = await bench.say("complete the task fly to the moon")
    assert (reply.code, reply.text) == ("not_found", "There is no open task with “fly to the moon” in its title.")


async def test_a_status_that_dart_does_not_know_is_told_with_those_it_knows(bench):
    refused = ToolCallResult(False, error='API error: 400 {"status": "unknown"}', code=Code.TOOL_ERROR)
    bench.tool("dart", "update_task", returns=refused, read_only=False)
    bench.tool("dart", "get_config", returns={"statuses": ["Offen", "Erledigt"]}, read_only=False)
    reply = await bench.say("complete the task call the bank")
    assert reply.code == "tool_error"
    assert "Offen, Erledigt: set skills.tasks.done in roxy.yaml" in reply.text
    bench.config["done"] = "Erledigt"
    assert "skills.tasks.done" not in (await bench.say("complete the task call the bank")).text


async def test_without_the_server_the_answer_says_what_to_set():
    async with skill_bench(__file__) as bench:
        reply = await bench.say("show my tasks")
    assert (reply.success, reply.code) == (False, "not_found")
    for part in ("mcp_servers.yaml", "DART_TOKEN", "https://app.dartai.com"):
        assert part in reply.text


async def test_a_missing_key_is_told_before_a_permission_is_asked_for():
    async with skill_bench(__file__) as bench:
        bench.withdraw()
        bench.add_server("dart", missing=["DART_TOKEN"])
        reply = await bench.say("show my tasks")
    assert (reply.code, reply.questions, reply.calls) == ("config_error", [], [])
    assert "export DART_TOKEN=…" in reply.text
