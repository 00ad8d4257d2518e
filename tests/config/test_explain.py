import stat

import pytest

from roxy.config.explain import explain_server, explain_settings, set_server_value, set_setting
from roxy.config.servers import load_servers
from roxy.config.settings import load_settings
from roxy.errors import ConfigError

PACKAGED = """\
servers:
  github:
    transport: http
    url: https://example.com/mcp/
    headers: {Authorization: "Bearer ${GITHUB_TOKEN}", X-Org: "${ORG:-me}"}
  echo:
    command: python
    args: [-m, echo]
startup: {auto_start: [echo], on_demand: [github]}
defaults: {retries: 3}
"""
USERS = """\
# My servers.
servers:
  # the one I like
  github:
    timeout_request: 60   # it is slow

  # my own
  mine: {command: x, args: [1, 2]}  # end of mine
# after all

startup:
  auto_start:
    - mine
"""


@pytest.fixture
def two(desk):
    desk.write("packaged", "mcp_servers.yaml", PACKAGED)
    desk.write("config", "mcp_servers.yaml", USERS)
    return desk


@pytest.mark.requirement("config.explain")
def test_every_value_of_a_server_names_the_file_and_line_it_comes_from(two):
    rows = explain_server(two.places, {"GITHUB_TOKEN": "x", "ROXY_SERVERS__GITHUB__BACKOFF": "2"}, "github")
    packaged, mine = (f"{getattr(two.places, layer)}/mcp_servers.yaml" for layer in ("packaged", "config"))
    assert {row.key: (row.shown, row.origin) for row in rows if row.origin != "Roxy's default"} == {
        "transport": ("http", f"{packaged}:3"),
        "url": ("https://example.com/mcp/", f"{packaged}:4"),
        "headers.Authorization": ("Bearer ${GITHUB_TOKEN} (set)", f"{packaged}:5"),
        "headers.X-Org": ("${ORG:-me} (not set: its default)", f"{packaged}:5"),
        "retries": ("3", f"{packaged}:10"),
        "timeout_request": ("60", f"{mine}:5"),
        "backoff": ("2", "environment ROXY_SERVERS__GITHUB__BACKOFF"),
        "start": ("on demand", f"{packaged}:9"),
    }
    assert {row.key for row in rows} >= {"command", "restart", "idle_stop"}


@pytest.mark.requirement("config.secrets")
def test_explaining_never_shows_a_value_of_the_environment(two):
    secret = "9z" * 12
    environ = {"GITHUB_TOKEN": secret, "ROXY_SERVERS__GITHUB__HEADERS__API_KEY": secret}
    rows = explain_server(two.places, environ, "github")
    assert secret not in repr(rows)
    assert {row.key: row.shown for row in rows}["headers.api_key"] == "(set)"


def test_a_server_that_is_not_declared_has_no_explanation(two):
    with pytest.raises(ConfigError, match=r"no server `githb`. Did you mean `github`\?"):
        explain_server(two.places, {}, "githb")


def test_what_starts_a_server_is_explained(two):
    last = [explain_server(two.places, {}, name)[-1] for name in ("mine", "github", "echo")]
    assert [(row.shown, row.origin.rpartition("/")[2]) for row in last] == [
        ("with Roxy", "mcp_servers.yaml:13"),
        ("on demand", "mcp_servers.yaml:9"),
        ("on demand", "Roxy's default"),
    ]


@pytest.mark.requirement("config.explain")
def test_every_setting_names_where_it_comes_from(desk):
    path = desk.write("config", "roxy.yaml", "user:\n  name: Ann\nskills: {a: {b: [1, 2]}}\n")
    rows = {row.key: row for row in explain_settings(desk.places, {"ROXY_LANGUAGE": "en"}, ["logging.keep=2"])}
    assert rows["user.name"].origin == f"{path}:2"
    assert rows["language"].origin == "environment ROXY_LANGUAGE"
    assert rows["logging.keep"].origin == "command line"
    assert (rows["chat.history"].shown, rows["chat.history"].origin) == ("true", "Roxy's default")
    assert (rows["skills.a.b"].shown, rows["skills.a.b"].origin) == ("[1, 2]", f"{path}:3")


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        (("github", "timeout_request", "90"), "timeout_request: 60   #", "timeout_request: 90   #"),
        (("github", "retries", "0"), "# it is slow\n", "# it is slow\n    retries: 0\n"),
        (("github", "headers.X-A", "b: c"), "# it is slow\n", "# it is slow\n    headers: {X-A: 'b: c'}\n"),
        (("mine", "enabled", "no"), "mine: {command", "mine: {enabled: false, command"),
        (("mine", "args", "[a, 'b,c']"), "args: [1, 2]", "args: [a, 'b,c']"),
        (("mine", "env.A_TOKEN", "${A}"), "mine: {", "mine: {env: {A_TOKEN: '${A}'}, "),
        (("mine", "description", "ümlaut 😀"), "mine: {", "mine: {description: ümlaut 😀, "),
        (("echo", "enabled", "false"), "# end of mine\n", "# end of mine\n  echo: {enabled: false}\n"),
        (("new", "command", "x"), "# end of mine\n", "# end of mine\n  new: {command: x}\n"),
    ],
)
def test_setting_a_value_changes_that_and_nothing_else_in_the_users_file(two, what, old, new):
    path = set_server_value(two.places, {}, *what)
    assert path == two.places.config / "mcp_servers.yaml"
    assert path.read_text(encoding="utf-8") == USERS.replace(old, new, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert what[0] in load_servers(two.places, {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "servers:\n  echo: {retries: 1}\n"),
        ("# nothing yet\n", "# nothing yet\nservers:\n  echo: {retries: 1}\n"),
        ("{}", "{servers: {echo: {retries: 1}}}"),
        ("servers:\n", "servers: {echo: {retries: 1}}\n"),
        ("servers: {}\n", "servers: {echo: {retries: 1}}\n"),
        ("servers:\n  echo:\n", "servers:\n  echo: {retries: 1}\n"),
        ("servers:\n  echo:\n    retries:\n", "servers:\n  echo:\n    retries: 1\n"),
        ("defaults: {}", "defaults: {}\nservers:\n  echo: {retries: 1}\n"),
        ("defaults: {}\r\n", "defaults: {}\r\nservers:\n  echo: {retries: 1}\r\n"),
    ],
)
def test_setting_a_value_works_in_files_that_say_little(desk, before, after):
    desk.write("packaged", "mcp_servers.yaml", PACKAGED)
    path = desk.places.config / "mcp_servers.yaml"
    if before is not None:
        path.parent.mkdir()
        path.write_bytes(before.encode())
    set_server_value(desk.places, {}, "echo", "retries", "1")
    assert path.read_bytes().decode().replace("\r\n", "\n") == after.replace("\r\n", "\n")
    assert load_servers(desk.places, {})["echo"].retries == 1


@pytest.mark.requirement("config.bad")
@pytest.mark.parametrize(
    ("server", "key", "value", "words"),
    [
        ("github", "timeout_requst", "3", r"Did you mean `timeout_request`\?"),
        ("github", "timeout_request", "soon", "a number above 0"),
        ("github", "transport", "stdio", "needs `command`"),
        ("githb", "retries", "3", r"Did you mean `github`\?"),
        ("a.b", "command", "x", "cannot be the name"),
        ("github", "headers.Authorization", "Bearer " + "5g" * 12, "does not belong into a file"),
        ("github", "args.x", "y", "must be a list"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_written(two, server, key, value, words):
    with pytest.raises(ConfigError, match=words):
        set_server_value(two.places, {}, server, key, value)
    assert (two.places.config / "mcp_servers.yaml").read_text(encoding="utf-8") == USERS


def test_what_cannot_be_edited_safely_is_left_to_the_user(desk):
    desk.write("packaged", "mcp_servers.yaml", PACKAGED)
    text = "servers:\n  echo: &same {retries: 1}\n  other: *same\n"
    path = desk.write("config", "mcp_servers.yaml", text)
    with pytest.raises(ConfigError, match="by hand"):
        set_server_value(desk.places, {}, "other", "retries", "2")
    assert path.read_text() == text


@pytest.mark.requirement("user.settings")
def test_a_setting_of_the_user_is_written_and_read_again(desk):
    set_setting(desk.places, {}, "user.name", "Ann: #1")
    set_setting(desk.places, {}, "user.timezone", "Europe/Oslo")
    set_setting(desk.places, {}, "skills.timers.sound", "bell")
    settings = load_settings(desk.places, {})
    assert (settings.user.name, settings.user.timezone) == ("Ann: #1", "Europe/Oslo")
    assert settings.skill("timers") == {"sound": "bell"}
    with pytest.raises(ConfigError, match="a time zone"):
        set_setting(desk.places, {}, "user.timezone", "Nowhere")
    with pytest.raises(ConfigError, match=r"Did you mean `name`\?"):
        set_setting(desk.places, {}, "user.nam", "Bob")
    assert load_settings(desk.places, {}).user.timezone == "Europe/Oslo"
