import json
import subprocess
import sys

import pytest

from fakes.owner import served
from fakes.servers import declared_echo
from roxy.cli.main import invoke

HEAVY = {"mcp", "mcp_types", "pydantic", "presidio_analyzer", "sqlalchemy", "httpx", "starlette"}


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


@pytest.mark.requirement("mcp.tools_known")
def test_tools_that_are_known_are_listed_without_loading_what_speaks_to_servers(declare, capsys):
    declare(mine=declared_echo())
    assert invoke(["mcp", "tools", "mine", "--refresh"]) == 0
    assert "--refresh" not in capsys.readouterr().err
    declare(mine={**declared_echo(), "timeout_request": 7})  # what each call goes by is no reason to ask again
    code = (
        "import sys; from roxy.cli.main import invoke; code = invoke(['mcp', 'tools', 'mine']);"
        f"print(code, sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert "mine.say" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 []"
    assert "s ago; --refresh asks again." in done.stderr


def test_a_known_list_says_how_old_it_is_and_refresh_asks_the_server(owner, capsys):
    assert invoke(["mcp", "tools", "echo"]) == 0
    assert capsys.readouterr().err == "Listed 7m ago; --refresh asks again.\n"
    assert invoke(["mcp", "tools", "echo", "--refresh"]) == 0
    assert capsys.readouterr().err == ""
    assert owner.asked_fresh == [False, True]


def test_the_tools_as_json_are_a_list_and_nothing_else_is_said(owner, capsys):
    assert invoke(["mcp", "tools", "echo", "--json"]) == 0
    out, err = capsys.readouterr()
    assert [tool["name"] for tool in json.loads(out)] == ["say", "shout"]
    assert err == ""


def test_a_server_that_could_not_be_asked_is_named_beside_the_tools_of_the_others(owner, capsys):
    assert invoke(["mcp", "tools"]) == 0
    out, err = capsys.readouterr()
    assert "echo.say" in out
    assert "Not asked: 401: GITHUB_TOKEN is wrong. See: roxy mcp test remote\n" in err


def test_the_tools_of_a_disabled_server_are_shown_with_what_enables_it(declare, capsys):
    declare(mine=declared_echo())
    assert invoke(["mcp", "tools", "mine"]) == 0
    declare(mine=declared_echo(enabled=False))
    capsys.readouterr()
    assert invoke(["mcp", "tools", "mine"]) == 0
    out, err = capsys.readouterr()
    assert "mine.say" in out
    assert "roxy mcp enable mine" in err


def test_a_server_that_nobody_declared_ends_with_the_nearest_name(declare, capsys):
    declare(mine=declared_echo())
    assert invoke(["mcp", "tools", "mein"]) == 1
    assert "Did you mean" in capsys.readouterr().err


def test_search_shows_at_most_as_many_as_were_asked_for(owner, capsys):
    assert invoke(["mcp", "search", "say it", "--limit", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
