import dataclasses

import pytest

from roxy.config.layers import approve_project
from roxy.config.places import Places
from roxy.config.servers import SERVER, load_server_file, load_servers, strays
from roxy.contracts.servers import ProtocolEra, RestartPolicy, ServerConfig, ServerTransport
from roxy.errors import ConfigError

bad = pytest.mark.requirement("config.bad")

ECHO = "servers:\n  echo:\n    command: python\n    args: [echo.py]\n"


@pytest.mark.requirement("mcp.ready_servers")
def test_the_packaged_servers_stand_ready_and_none_starts_by_itself(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path)
    servers = load_servers(places, {})
    assert {name: list(config.missing) for name, config in servers.items()} == {
        "system": [],
        "brave_search": ["BRAVE_API_KEY"],
        "firecrawl": ["FIRECRAWL_API_KEY"],
        "github": ["GITHUB_TOKEN"],
        "dart": ["DART_TOKEN"],
    }
    assert [name for name, config in servers.items() if config.auto_start] == []
    assert [name for name, config in servers.items() if not config.external] == ["system"]


@pytest.mark.requirement("mcp.ready_servers")
def test_a_packaged_server_gets_what_its_variable_holds(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path)
    servers = load_servers(places, {"BRAVE_API_KEY": "value-b", "GITHUB_TOKEN": "value-g"})
    assert servers["brave_search"].env == {"BRAVE_API_KEY": "value-b"}
    assert servers["github"].headers == {"Authorization": "Bearer value-g"}
    assert servers["github"].missing == ()


def test_every_key_of_a_server_reaches_its_config(desk):
    path = desk.write(
        "config",
        "mcp_servers.yaml",
        """\
        servers:
          all:
            transport: stdio
            command: python
            args: [-m, server, --port, 8080, --flag, true, 1:30]
            env: {MODE: on, LEVEL: 3, GONE: "${GONE}", KEPT: "${KEPT:-yes}"}
            cwd: /srv
            url: https://example.com
            headers: {X-A: b}
            module: some.module
            external: false
            protocol: legacy
            timeout_start: 120
            timeout_connection: 1.5
            timeout_request: 5
            retries: 0
            backoff: 0.5
            health_check: https://example.com/health
            health_interval: 10
            restart: never
            max_starts: 3
            start_window: 20
            breaker_after: 2
            breaker_pause: 7.5
            idle_stop: 300
            enabled: false
            enabled_tools: [a]
            disabled_tools: [b]
            max_message_bytes: 4096
            privacy: strict
            description: Everything at once
        startup: {auto_start: [all]}
        """,
    )
    assert load_servers(desk.places, {})["all"] == ServerConfig(
        name="all",
        transport=ServerTransport.STDIO,
        command="python",
        args=("-m", "server", "--port", "8080", "--flag", "true", "1:30"),
        env={"MODE": "on", "LEVEL": "3", "KEPT": "yes"},
        cwd="/srv",
        url="https://example.com",
        headers={"X-A": "b"},
        module="some.module",
        external=False,
        protocol=ProtocolEra.LEGACY,
        timeout_start=120,
        timeout_connection=1.5,
        timeout_request=5,
        retries=0,
        backoff=0.5,
        health_check="https://example.com/health",
        health_interval=10,
        restart=RestartPolicy.NEVER,
        max_starts=3,
        start_window=20,
        breaker_after=2,
        breaker_pause=7.5,
        idle_stop=300,
        enabled=False,
        enabled_tools=("a",),
        disabled_tools=("b",),
        max_message_bytes=4096,
        privacy="strict",
        description="Everything at once",
        auto_start=True,
        missing=("GONE",),
        where=f"{path}:2",
    )


@pytest.mark.requirement("mcp.own_folder")
def test_a_server_that_a_project_declares_starts_in_the_projects_folder_unless_it_says_another(tmp_path):
    project = tmp_path / "project"
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "home")}, project)
    places.project.mkdir(parents=True)
    (places.project / "mcp_servers.yaml").write_text(
        "servers:\n  near: {command: ./server.py}\n  told: {command: ./server.py, cwd: /srv}\n"
    )
    places.ready()
    (places.config / "mcp_servers.yaml").write_text("servers:\n  mine: {command: /bin/server}\n  near: {retries: 1}\n")
    approve_project(places)
    servers = load_servers(places, {})
    assert (servers["near"].cwd, servers["near"].retries) == (str(project), 1)
    assert (servers["told"].cwd, servers["mine"].cwd) == ("/srv", None)


def test_the_schema_and_the_contract_name_the_same_keys():
    told = {"name", "auto_start", "missing", "where"}
    assert set(SERVER.keys) == {field.name for field in dataclasses.fields(ServerConfig)} - told


def test_defaults_hold_for_servers_that_say_nothing_else(desk):
    desk.write(
        "config",
        "mcp_servers.yaml",
        "defaults: {retries: 1, restart: always, idle_stop: 9}\n"
        "servers:\n  a: {command: x}\n  b: {command: x, retries: 5, idle_stop: null}\n",
    )
    servers = load_servers(desk.places, {})
    assert [(config.retries, config.restart, config.idle_stop) for config in servers.values()] == [
        (1, RestartPolicy.ALWAYS, 9),
        (5, RestartPolicy.ALWAYS, None),
    ]


@pytest.mark.requirement("config.layers")
def test_the_user_changes_one_key_of_a_packaged_server(desk):
    desk.write("packaged", "mcp_servers.yaml", ECHO + "startup: {on_demand: [echo]}\n")
    desk.write("config", "mcp_servers.yaml", "servers: {echo: {timeout_request: 3}}\nstartup: {auto_start: [echo]}\n")
    config = load_servers(desk.places, {"ROXY_SERVERS__ECHO__RETRIES": "7"})["echo"]
    assert (config.command, config.timeout_request, config.retries, config.auto_start) == ("python", 3, 7, True)


def test_what_carries_the_messages_follows_from_what_is_given(desk):
    desk.write(
        "config",
        "mcp_servers.yaml",
        "servers:\n  a: {url: https://x}\n  b: {module: m}\n  c: {command: x, url: y}\n"
        "  d: {url: 'ws://x'}\n  e: {url: 'WSS://x'}\n  f: {url: 'wss://x', transport: websocket}\n",
    )
    found = [config.transport for config in load_servers(desk.places, {}).values()]
    assert found == ["http", "module", "stdio", "websocket", "websocket", "websocket"]


@bad
@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("servers:\n  a:\n    command: x\n    timeout_requst: 3\n", 4, ["Did you mean `timeout_request`?"]),
        ("servers:\n  a:\n    command: x\n    transport: studio\n", 4, ["one of stdio", "Did you mean `stdio`?"]),
        ("servers:\n  a:\n    command: [x]\n", 3, ["must be text, and is a list"]),
        ("servers:\n  a:\n    command: x\n    env: [A=b]\n", 4, ["must be a mapping, and is a list"]),
        ("servers:\n  a:\n    command: x\n    timeout_request: 0\n", 4, ["a number above 0"]),
        ("servers:\n  a:\n    command: x\n    timeout_request: soon\n", 4, ["a number above 0, and is text"]),
        ("servers:\n  a: {args: [x]}\n", 2, ["needs `command`"]),
        ("servers:\n  a: {transport: http, command: x}\n", 2, ["needs `url`"]),
        ("servers:\n  a: {transport: http, url: 'ws://x'}\n", 2, ["transport http, but its `url` is ws://"]),
        ("servers:\n  a: {transport: websocket, url: 'https://x'}\n", 2, ["transport websocket", "is https://"]),
        ("servers:\n  a.b: {command: x}\n", 2, ["cannot be the name of a server"]),
        ("servers:\n  a: python\n", 2, ["must be a mapping, and is text"]),
        ("servers:\n  - a\n", 1, ["must be a mapping, and is a list"]),
        ("server:\n  a: {command: x}\n", 1, ["Did you mean `servers`?"]),
        (ECHO + "startup:\n  auto_start: [ehco]\n", 6, ["`ehco`", "Did you mean `echo`?"]),
        (ECHO + "startup:\n  on_demand:\n    - echo\n    - ehco\n", 8, ["`ehco`"]),
        (ECHO + "startup:\n  autostart: []\n", 6, ["Did you mean `auto_start`?"]),
        (ECHO + "defaults: {command: x}\n", 5, ["not a known setting"]),
        ("servers:\n  a:\n    url: ${NO_URL}\n    transport: http\n", 2, ["NO_URL, which is not set"]),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_the_right_word(desk, text, line, words):
    path = desk.write("config", "mcp_servers.yaml", text)
    with pytest.raises(ConfigError) as error:
        load_servers(desk.places, {})
    assert error.value.where == f"{path}:{line}"
    for word in words:
        assert word in str(error.value)


@pytest.mark.requirement("config.secrets")
@pytest.mark.parametrize("where", ["env: {MY_TOKEN: '%s'}", "headers: {Authorization: 'Bearer %s'}", "args: ['gh%s']"])
def test_a_secret_in_a_declaration_is_refused_without_showing_it(desk, where):
    secret = "p_" + "4f" * 16 if "args" in where else "4f" * 16
    desk.write("config", "mcp_servers.yaml", f"servers:\n  a:\n    command: x\n    {where % secret}\n")
    with pytest.raises(ConfigError, match="looks like a secret") as error:
        load_servers(desk.places, {})
    assert secret not in str(error.value)
    assert error.value.where.endswith("mcp_servers.yaml:4")


def test_one_file_alone_can_be_loaded(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(ECHO + "startup: {auto_start: [echo]}\n")
    servers = load_server_file(path, {})
    assert [(config.name, config.auto_start, config.where) for config in servers.values()] == [
        ("echo", True, f"{path}:2")
    ]
    path.write_text("")
    assert load_server_file(path, {}) == {}
    with pytest.raises(ConfigError, match="no such file"):
        load_server_file(tmp_path / "none.yaml", {})


def test_variables_for_a_server_that_there_is_not_are_told_with_the_nearest_name():
    environ = {
        "ROXY_SERVERS__GITHBU__ENABLED": "false",
        "ROXY_SERVERS__BRAVE_SEARCH__ENABLED": "false",
        "ROXY_SERVERS__NEW__COMMAND": "x",
        "ROXY_SERVERS__NEW__ENABLED": "true",
        "ROXY_CHAT__X": "y",
    }
    [(variable, said)] = strays(environ, ["github", "brave-search"]).items()
    assert variable == "ROXY_SERVERS__GITHBU__ENABLED"
    assert "Did you mean `github`?" in said


@pytest.mark.requirement("mcp.names")
@pytest.mark.parametrize("name", ["roxy", "Roxy", "session", "sessions", "skill", "SKILLS", "System"])
def test_names_of_roxys_own_cannot_be_taken(desk, name):
    path = desk.write("config", "mcp_servers.yaml", f"servers:\n  {name}: {{command: x}}\n")
    with pytest.raises(ConfigError) as wrong:
        load_servers(desk.places, {})
    assert f"`{name}` is a name of Roxy's own." in str(wrong.value)
    assert wrong.value.where == f"{path}:2"


@pytest.mark.requirement("mcp.names")
def test_the_bundled_server_can_be_set_but_not_replaced(desk):
    desk.write("config", "mcp_servers.yaml", "servers: {system: {timeout_request: 5, module: roxy.servers.system}}\n")
    assert load_servers(desk.places, {})["system"].timeout_request == 5
    stdio = "{transport: stdio, command: x, module: roxy.servers.system}"
    for instead in (stdio, "{transport: stdio, command: x}", "{module: evil.system}", "{url: 'http://x'}"):
        desk.write("config", "mcp_servers.yaml", f"servers: {{system: {instead}}}\n")
        with pytest.raises(ConfigError, match="a name of Roxy's own"):
            load_servers(desk.places, {})


def test_a_server_on_demand_stops_after_five_idle_minutes_unless_it_is_told_otherwise(desk):
    desk.write("config", "mcp_servers.yaml", "servers: {a: {command: x}, b: {command: x, idle_stop: null}}\n")
    servers = load_servers(desk.places, {})
    assert (servers["a"].idle_stop, servers["b"].idle_stop) == (300, None)
