"""Issues and pull requests through GitHub's own MCP server; its tools answer with JSON.

The repository is what was said (`owner/name`, spoken "owner slash name", or an address on github.com), completed by the
settings `owner` and `repo`; when nothing tells it, the user is asked.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Any

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.calls import Code, ToolCallResult

NEEDS = (
    "GitHub needs the server github in mcp_servers.yaml and a personal access token from "
    "https://github.com/settings/tokens in the environment variable GITHUB_TOKEN."
)
_ADVICE = {
    Code.CONFIG_ERROR: " A personal access token comes from https://github.com/settings/tokens.",
    **dict.fromkeys((Code.NOT_FOUND, Code.NOT_RUNNING, Code.UNAVAILABLE), f" {NEEDS}"),
}
"""What follows the error of a server that is not there or cannot be reached, by the result's code."""

_NAME = re.compile(r"^(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)$")
_REPO_AND_TITLE = re.compile(r"^(?P<repo>\S+?(?:\s+slash\s+\S+?)?)(?::\s*|\s+)(?!slash\b)(?P<title>\S.*)$")
_COUNT = 10
_BODY = 600


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository on GitHub."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


class GitHubSkill(RoxySkill):
    """Issues and pull requests."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Do what the intent says; a failed call passes its code and error on."""
        said, title = _parts(context)
        repo = await _repo(context, said)
        if repo is None:
            told = "Say the repository as owner/name, or set skills.github.owner and skills.github.repo in roxy.yaml."
            return SkillResult(False, told, error=told, code="invalid_arguments")
        if context.intent == "create":
            return await _create(context, repo, title)
        return await _READING[context.intent](context, repo)


def _parts(context: SkillContext) -> tuple[str, str]:
    """Repository and title as they were said; without a word such as "titled" both came as one."""
    said, title = str(context.parameters.get("repo") or ""), str(context.parameters.get("title") or "")
    both = _REPO_AND_TITLE.match(said) if context.intent == "create" and not title else None
    return (both["repo"], both["title"]) if both else (said, title)


async def _repo(context: SkillContext, said: str) -> Repo | None:
    said = said or str(context.config.get("repo") or "")
    return repo_of(
        said or await context.ask("Which repository? Say it as owner/name."), context.config.get("owner", "")
    )


def repo_of(said: str, owner: str = "") -> Repo | None:
    """The repository that was said; None when it has no owner."""
    text = re.sub(r"\s+(?:slash|/)\s+", "/", said.strip().rstrip(".,?!"))
    text = re.sub(r"^(?:https?://)?(?:www\.)?github\.com/", "", text).removesuffix(".git")
    text = re.sub(r"/(?:issues|pulls|pull)(?:/.*)?$", "", text)
    if owner and "/" not in text:
        text = f"{owner}/{text.replace(' ', '-')}"
    found = _NAME.match(text)
    return Repo(found["owner"], found["name"]) if found else None


async def _call(context: SkillContext, repo: Repo, tool: str, **arguments: Any) -> ToolCallResult:
    reading = tool != "issue_write"
    given = {"owner": repo.owner, "repo": repo.name, **arguments}
    return await context.mcp.call_tool("github", tool, given, idempotent=reading)


def _failed(doing: str, result: ToolCallResult) -> SkillResult:
    told = f"I could not {doing}: {result.error}{_ADVICE.get(Code(result.code), '')}"
    return SkillResult(False, told, error=result.error, code=result.code)


async def _issues(context: SkillContext, repo: Repo) -> SkillResult:
    state = str(context.parameters.get("state", "open"))
    chosen = {} if state == "all" else {"state": state.upper()}
    order = {"orderBy": "CREATED_AT", "direction": "DESC"}
    result = await _call(context, repo, "list_issues", **chosen, **order, perPage=_COUNT)
    if not result.success:
        return _failed(f"list the issues of {repo}", result)
    data = result.data if isinstance(result.data, Mapping) else {}
    issues = _dicts(data.get("issues", result.data))
    total = int(data.get("totalCount", len(issues)))
    return _listed(context, repo, issues, f"{'' if state == 'all' else f'{state} '}issue", total)


async def _pulls(context: SkillContext, repo: Repo) -> SkillResult:
    state = str(context.parameters.get("state", "open"))
    result = await _call(context, repo, "list_pull_requests", state=state, perPage=_COUNT)
    if not result.success:
        return _failed(f"list the pull requests of {repo}", result)
    pulls = _dicts(result.data)
    return _listed(context, repo, pulls, f"{'' if state == 'all' else f'{state} '}pull request")


def _dicts(data: Any) -> list[Mapping[str, Any]]:
    return [one for one in data if isinstance(one, Mapping)] if isinstance(data, Sequence) else []


def _listed(
    context: SkillContext, repo: Repo, found: Sequence[Mapping[str, Any]], what: str, total: int | None = None
) -> SkillResult:
    """A short list; `total` is how many there are in all, None when the server does not say."""
    path = "pull" if what.endswith("pull request") else "issues"
    items = [
        {
            "number": one.get("number"),
            "title": str(one.get("title", "")),
            "url": one.get("html_url") or f"https://github.com/{repo}/{path}/{one.get('number')}",
        }
        for one in found
    ]
    data = {"repo": str(repo), "total": total, "items": items}
    if not items:
        return SkillResult(True, f"{repo} has no {what}s.", data)
    count = total if total is not None else len(items)
    more = "" if total is None or total <= len(items) else f", the newest {len(items)}"
    lines = [
        f"- #{item['number']} {item['title']} ({_by(one, context.now)})\n  {item['url']}"
        for item, one in zip(items, found, strict=True)
    ]
    return SkillResult(True, "\n".join([f"{repo} has {count} {what}{'' if count == 1 else 's'}{more}:", *lines]), data)


def _by(one: Mapping[str, Any], now: datetime) -> str:
    """Who opened it and when: "octocat, 3 days ago"."""
    user = one.get("user")
    who = str(user.get("login", "")) if isinstance(user, Mapping) else ""
    try:
        days = (now - datetime.fromisoformat(str(one.get("created_at")))).days
    except (TypeError, ValueError):
        return who or "unknown"
    when = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
    return f"{who}, {when}" if who else when


async def _issue(context: SkillContext, repo: Repo) -> SkillResult:
    number = int(context.parameters["number"])
    result = await _call(context, repo, "issue_read", method="get", issue_number=number)
    return _shown(context, repo, result, f"issue {number}", f"issues/{number}")


async def _pull(context: SkillContext, repo: Repo) -> SkillResult:
    number = int(context.parameters["number"])
    result = await _call(context, repo, "pull_request_read", method="get", pullNumber=number)
    return _shown(context, repo, result, f"pull request {number}", f"pull/{number}")


def _shown(context: SkillContext, repo: Repo, result: ToolCallResult, what: str, path: str) -> SkillResult:
    if not result.success:
        return _failed(f"show {what} of {repo}", result)
    one: Mapping[str, Any] = result.data if isinstance(result.data, Mapping) else {}
    url = str(one.get("html_url") or f"https://github.com/{repo}/{path}")
    body = shorten(" ".join(str(one.get("body") or "").split()), _BODY, placeholder=" …")
    lines = [f"#{one.get('number', '?')} {one.get('title', '')}", _state(one, context.now), body, url]
    return SkillResult(True, "\n".join(filter(None, lines)), {"repo": str(repo), "url": url, "item": dict(one)})


def _state(one: Mapping[str, Any], now: datetime) -> str:
    """One line: "merged, by hubot, today, 3 files changed, bug"."""
    state = "merged" if one.get("merged") else str(one.get("state", "")).lower()
    size = f"{one['changed_files']} files changed" if one.get("changed_files") else ""
    labels = [str(label) for label in one.get("labels") or ()]
    return ", ".join(filter(None, [state, f"by {_by(one, now)}", size, *labels]))


async def _create(context: SkillContext, repo: Repo, title: str) -> SkillResult:
    title = title or (await context.ask("What is the title of the issue?")).strip()
    result = await _call(context, repo, "issue_write", method="create", title=title)
    if not result.success:
        return _failed(f"open the issue in {repo}", result)
    url = str(result.data.get("url", "")) if isinstance(result.data, Mapping) else ""
    return SkillResult(True, f"Opened “{title}” in {repo}: {url}".rstrip(": "), {"repo": str(repo), "url": url})


_READING: Mapping[str, Callable[[SkillContext, Repo], Awaitable[SkillResult]]] = {
    "issues": _issues,
    "pulls": _pulls,
    "issue": _issue,
    "pull": _pull,
}
