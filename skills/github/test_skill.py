"""GitHub on the bench.

Names and arguments of the tools are those of github/github-mcp-server (`pkg/github/__toolsnaps__/*.snap`), the shapes
of the answers those of its `pkg/github/minimal_types.go`: `list_issues` gives `{issues, totalCount, pageInfo}` and
`list_pull_requests` a list, of objects with `number title body state user{login} labels created_at`; `issue_write`
gives `{id, url}`. All of them come as one text of JSON.
"""

import pytest

from roxy.contracts.calls import Code, ToolCallResult
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.web")

ISSUE = {
    "number": 42,
    "title": "The door squeaks",
    "body": "It does.\n\nEvery morning.",
    "state": "OPEN",
    "user": {"login": "octocat"},
    "labels": ["bug", "doors"],
    "assignees": [],
    "created_at": "2026-02-27T12:00:00Z",
}
PULL = {
    "number": 7,
    "title": "Oil the door",
    "state": "closed",
    "draft": False,
    "merged": True,
    "html_url": "https://github.com/octocat/hello-world/pull/7",
    "user": {"login": "hubot"},
    "changed_files": 3,
    "created_at": "2026-03-02T08:00:00Z",
}


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        yield bench


async def test_open_issues_are_listed_with_titles_and_links(bench):
    answer = {"issues": [ISSUE], "totalCount": 31, "pageInfo": {"hasNextPage": True}}
    bench.tool("github", "list_issues", returns=answer)
    reply = await bench.say("list the open issues of octocat/hello-world")
    assert reply.text.splitlines() == [
        "octocat/hello-world has 31 open issues, the newest 1:",
        "- #42 The door squeaks (octocat, 3 days ago)",
        "  https://github.com/octocat/hello-world/issues/42",
    ]
    assert reply.calls[0].arguments == {
        "owner": "octocat",
        "repo": "hello-world",
        "state": "OPEN",
        "orderBy": "CREATED_AT",
        "direction": "DESC",
        "perPage": 10,
    }
    assert reply.calls[0].idempotent


async def test_all_issues_are_asked_for_without_a_state(bench):
    bench.tool("github", "list_issues", returns={"issues": [], "totalCount": 0})
    reply = await bench.say("list all issues of octocat/hello-world")
    assert reply.text == "octocat/hello-world has no issues."
    assert "state" not in reply.calls[0].arguments


async def test_pull_requests_are_listed(bench):
    bench.tool("github", "list_pull_requests", returns=[PULL])
    reply = await bench.say("show me the closed PRs in octocat/hello-world")
    assert reply.text.splitlines()[0] == "octocat/hello-world has 1 closed pull request:"
    assert reply.data["items"] == [
        {"number": 7, "title": "Oil the door", "url": "https://github.com/octocat/hello-world/pull/7"}
    ]
    assert reply.calls[0].arguments["state"] == "closed"


async def test_one_issue_is_shown(bench):
    bench.tool("github", "issue_read", returns=ISSUE)
    reply = await bench.say("show issue 42 of octocat/hello-world")
    assert reply.text.splitlines() == [
        "#42 The door squeaks",
        "open, by octocat, 3 days ago, bug, doors",
        "It does. Every morning.",
        "https://github.com/octocat/hello-world/issues/42",
    ]
    assert reply.calls[0].arguments == {
        "owner": "octocat",
        "repo": "hello-world",
        "method": "get",
        "issue_number": 42,
    }


async def test_one_pull_request_is_shown(bench):
    bench.tool("github", "pull_request_read", returns=PULL)
    reply = await bench.say("show pull request 7 in octocat/hello-world")
    assert reply.text.splitlines()[1] == "merged, by hubot, today, 3 files changed"
    assert reply.calls[0].arguments["pullNumber"] == 7


@pytest.mark.parametrize(
    "said",
    [
        "list the issues of octocat slash hello-world",
        "list the issues in the repo https://github.com/octocat/hello-world",
        "list the issues of github.com/octocat/hello-world/issues",
    ],
)
async def test_a_repository_may_be_said_in_many_ways(bench, said):
    bench.tool("github", "list_issues", returns={"issues": [], "totalCount": 0})
    reply = await bench.say(said)
    assert reply.data["repo"] == "octocat/hello-world"


async def test_the_settings_complete_the_repository(bench):
    bench.tool("github", "list_issues", returns={"issues": [], "totalCount": 0})
    bench.config.update(owner="octocat", repo="hello-world")
    assert (await bench.say("show my github issues")).data["repo"] == "octocat/hello-world"
    assert (await bench.say("list the issues of roxy")).data["repo"] == "octocat/roxy"


async def test_a_repository_nobody_named_is_asked_for(bench):
    bench.tool("github", "list_issues", returns={"issues": [], "totalCount": 0})
    bench.answers("octocat/hello-world")
    reply = await bench.say("list the issues")
    assert reply.questions == ["Which repository? Say it as owner/name."]
    assert reply.data["repo"] == "octocat/hello-world"


async def test_a_repository_without_an_owner_is_refused(bench):
    reply = await bench.say("list the issues of roxy")
    assert (reply.code, reply.calls) == ("invalid_arguments", [])
    assert "skills.github.owner" in reply.text


async def test_an_issue_is_opened_after_a_yes_with_everything_in_sight(bench):
    answer = {"id": "1", "url": "https://github.com/octocat/hello-world/issues/43"}
    bench.tool("github", "issue_write", returns=answer, read_only=False)
    bench.answers("yes")
    reply = await bench.say("create an issue in octocat/hello-world titled The window too")
    assert len(reply.questions) == 1
    assert "octocat/hello-world" in reply.questions[0]
    assert "The window too" in reply.questions[0]
    assert reply.text == (
        "Opened “The window too” in octocat/hello-world: https://github.com/octocat/hello-world/issues/43"
    )
    assert reply.calls[0].arguments == {
        "owner": "octocat",
        "repo": "hello-world",
        "method": "create",
        "title": "The window too",
    }
    assert not reply.calls[0].idempotent


@pytest.mark.parametrize(
    "said",
    [
        "open a new issue in octocat/hello-world: Crash at start",
        "open an issue in octocat/hello-world Crash at start",
        "file an issue in octocat slash hello-world: Crash at start",
        "raise an issue on octocat/hello-world called Crash at start",
    ],
)
async def test_repository_and_title_are_told_apart(bench, said):
    bench.tool("github", "issue_write", returns={"id": "1", "url": "u"}, read_only=False)
    bench.answers("yes")
    arguments = (await bench.say(said)).calls[0].arguments
    assert (arguments["owner"], arguments["repo"], arguments["title"]) == ("octocat", "hello-world", "Crash at start")


async def test_without_a_yes_no_issue_is_opened(bench):
    bench.tool("github", "issue_write", returns={}, read_only=False)
    bench.answers("no")
    reply = await bench.say("create an issue in octocat/hello-world titled The window too")
    assert (reply.success, reply.calls) == (False, [])


async def test_a_missing_title_is_asked_for(bench):
    bench.tool("github", "issue_write", returns={"id": "1", "url": "u"}, read_only=False)
    bench.answers("yes", "The window too")
    reply = await bench.say("create an issue in octocat/hello-world")
    assert reply.calls[0].arguments["title"] == "The window too"


async def test_without_the_server_the_answer_says_what_to_set(bench):
    reply = await bench.say("list the issues of octocat/hello-world")
    assert (reply.success, reply.code) == (False, "not_found")
    for part in ("mcp_servers.yaml", "GITHUB_TOKEN", "https://github.com/settings/tokens"):
        assert part in reply.text


async def test_an_error_of_github_is_passed_on(bench):
    bench.tool("github", "issue_read", returns=ToolCallResult(False, error="404 Not Found", code=Code.TOOL_ERROR))
    reply = await bench.say("show issue 1 of octocat/hello-world")
    assert (reply.code, reply.text) == ("tool_error", "I could not show issue 1 of octocat/hello-world: 404 Not Found")


async def test_a_missing_key_is_told_before_a_permission_is_asked_for():
    async with skill_bench(__file__) as bench:
        bench.withdraw()
        bench.add_server("github", missing=["GITHUB_TOKEN"])
        reply = await bench.say("list the issues of octocat/hello-world")
    assert (reply.code, reply.questions, reply.calls) == ("config_error", [], [])
    assert "export GITHUB_TOKEN=…" in reply.text
