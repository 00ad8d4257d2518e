"""Tasks in Dart through its MCP server, `dart-mcp-server`; its tools answer with JSON.

Completing a task is two calls: the open tasks are searched by title, and the one that is meant gets the status that
means done. When Dart refuses that status, its own statuses are told.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.calls import Code, ToolCallResult

NEEDS = (
    "Tasks need the server dart in mcp_servers.yaml, Node for npx, and a token from your profile on "
    "https://app.dartai.com in the environment variable DART_TOKEN."
)
_ADVICE = {
    Code.CONFIG_ERROR: " A token is in your profile on https://app.dartai.com, npx comes with Node.",
    **dict.fromkeys((Code.NOT_FOUND, Code.NOT_RUNNING, Code.UNAVAILABLE, Code.DISCONNECTED), f" {NEEDS}"),
}
"""What follows the error of a server that is not there or does not start, by the result's code."""

_COUNT = 20
_CHOICES = 6
_DATE = 10


class TasksSkill(RoxySkill):
    """Tasks in Dart."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Do what the intent says; a failed call passes its code and error on."""
        return await _INTENTS[context.intent](context)


def _failed(doing: str, result: ToolCallResult) -> SkillResult:
    told = f"I could not {doing}: {result.error}{_ADVICE.get(Code(result.code), '')}"
    return SkillResult(False, told, error=result.error, code=result.code)


async def _found(context: SkillContext, **filters: Any) -> ToolCallResult:
    """A page of tasks: `{"count": …, "results": [{"id", "title", "status", "dueAt", "htmlUrl", …}]}`."""
    return await context.mcp.call_tool("dart", "list_tasks", {"limit": _COUNT, **filters}, idempotent=True)


def _tasks(result: ToolCallResult) -> list[Mapping[str, Any]]:
    data = result.data.get("results") if isinstance(result.data, Mapping) else None
    return [task for task in data if isinstance(task, Mapping)] if isinstance(data, Sequence) else []


async def _list(context: SkillContext) -> SkillResult:
    done = context.parameters.get("state") == "done"
    text = str(context.parameters.get("text") or "")
    filters: dict[str, Any] = {"title": text} if text else {"isCompleted": done}
    if context.config.get("assignee"):
        filters["assignee"] = str(context.config["assignee"])
    result = await _found(context, **filters)
    if not result.success:
        return _failed("list the tasks", result)
    return _told(result, f"tasks with “{text}”" if text else f"{'finished' if done else 'open'} tasks", looked_for=text)


def _told(result: ToolCallResult, what: str, *, looked_for: str) -> SkillResult:
    tasks = _tasks(result)
    data = {"tasks": [_data(task) for task in tasks]}
    if not tasks:
        return SkillResult(not looked_for, f"There are no {what}.", data, code="not_found" if looked_for else "")
    total = int(result.data.get("count", len(tasks)))
    more = f", the first {len(tasks)}" if total > len(tasks) else ""
    return SkillResult(True, "\n".join([f"{total} {what}{more}:", *(f"- {_line(task)}" for task in tasks)]), data)


def _data(task: Mapping[str, Any]) -> dict[str, Any]:
    return {name: task.get(name) for name in ("id", "title", "status", "dueAt", "htmlUrl")}


def _line(task: Mapping[str, Any]) -> str:
    due = f"due {str(task['dueAt'])[:_DATE]}" if task.get("dueAt") else ""
    about = ", ".join(part for part in (str(task.get("status") or ""), due) if part)
    url = f"\n  {task['htmlUrl']}" if task.get("htmlUrl") else ""
    return f"{task.get('title', '')}{f' ({about})' if about else ''}{url}"


async def _add(context: SkillContext) -> SkillResult:
    title = str(context.parameters["title"])
    arguments = {"title": title}
    arguments |= {name: str(context.config[name]) for name in ("dartboard", "assignee") if context.config.get(name)}
    result = await context.mcp.call_tool("dart", "create_task", arguments)
    if not result.success:
        return _failed("add the task", result)
    item = result.data.get("item") if isinstance(result.data, Mapping) else None
    task = item if isinstance(item, Mapping) else {"title": title}
    url = f": {task['htmlUrl']}" if task.get("htmlUrl") else ""
    return SkillResult(True, f"Added the task “{title}” to Dart{url}", _data(task))


async def _complete(context: SkillContext) -> SkillResult:
    title = str(context.parameters["title"])
    result = await _found(context, title=title, isCompleted=False)
    if not result.success:
        return _failed("find the task", result)
    tasks = _tasks(result)
    exact = [task for task in tasks if str(task.get("title", "")).casefold() == title.casefold()]
    wanted = exact or tasks
    if not wanted:
        told = f"There is no open task with “{title}” in its title."
        return SkillResult(False, told, error=told, code="not_found")
    task = wanted[0] if len(wanted) == 1 else await _one_of(context, wanted[:_CHOICES])
    if task is None:
        return SkillResult(False, "I do not know which task that is, so I left them all.", code="not_understood")
    status = str(context.config.get("done", "Done"))
    result = await context.mcp.call_tool("dart", "update_task", {"id": task["id"], "status": status}, idempotent=True)
    if result.success:
        return SkillResult(True, f"“{task['title']}” is done.", _data({**task, "status": status}))
    return await _refused(context, result, status)


async def _refused(context: SkillContext, result: ToolCallResult, status: str) -> SkillResult:
    """The answer when the task could not be completed; with the space's own statuses when it has none of that name."""
    failed = _failed("complete the task", result)
    if result.code != Code.TOOL_ERROR:
        return failed
    known = await context.mcp.call_tool("dart", "get_config", {}, idempotent=True)
    statuses = known.data.get("statuses") if known.success and isinstance(known.data, Mapping) else None
    if not statuses or status in statuses:
        return failed
    hint = f" Dart has the statuses {', '.join(map(str, statuses))}: set skills.tasks.done in roxy.yaml to one of them."
    return SkillResult(False, failed.response_text + hint, error=failed.error, code=failed.code)


async def _one_of(context: SkillContext, tasks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The task the user means, by number or by words of its title."""
    lines = "\n".join(f"{number}. {task.get('title', '')}" for number, task in enumerate(tasks, 1))
    numbers = [str(number) for number in range(1, len(tasks) + 1)]
    answer = (await context.ask(f"Which one?\n{lines}", choices=numbers)).strip(" .!").casefold()
    if answer in numbers:
        return tasks[int(answer) - 1]
    fits = [task for task in tasks if answer and answer in str(task.get("title", "")).casefold()]
    return fits[0] if len(fits) == 1 else None


_INTENTS: Mapping[str, Callable[[SkillContext], Awaitable[SkillResult]]] = {
    "list": _list,
    "add": _add,
    "complete": _complete,
}
