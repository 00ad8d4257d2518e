import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.config import layers
from roxy.config.connectors import Declarations
from roxy.config.loader import Node
from roxy.config.places import Places
from roxy.contracts.connectors import Binding, Connector
from roxy.contracts.servers import ServerConfig, ServerTransport
from roxy.errors import ConfigError

YAML = """
servers:
  tracker:
    command: tracker
    args: [a, b]
    env: {LANG: C, TEAM: red}
    timeout_request: 20
    description: from the file
defaults: {retries: 7}
"""
BASE = {"command": "x", "external": False}


@pytest.fixture
def declarations(desk) -> Declarations:
    desk.write("config", "mcp_servers.yaml", YAML)
    return Declarations(desk.places, desk.environ)


def origins(resolved) -> dict[str, str]:
    return {value.key: value.origin for value in resolved.values}


@pytest.mark.requirement("connectors.resolve")
def test_every_layer_wins_over_those_below_and_every_value_names_its_own(desk, declarations):
    desk.environ["ROXY_SERVERS__TRACKER__TIMEOUT_START"] = "9"
    desk.environ["ROXY_SERVERS__TRACKER__ENV__TEAM"] = "blue"
    desk.environ["TRACKER_TOKEN"] = "value"
    connector = Connector(name="tracker", args=("c",), env_keys=("TRACKER_TOKEN",), options={"timeout_start": 5})
    binding = Binding(
        session_id="ses_1", connector="tracker", label="mine", command="other", options={"env": {"HUE": "1"}}
    )
    found = declarations.resolve("tracker", connector, binding)
    config = found.config
    assert (config.name, config.command, config.args) == ("mine", "other", ("c",))
    assert config.env == {"LANG": "C", "TEAM": "blue", "TRACKER_TOKEN": "value", "HUE": "1"}
    assert (config.timeout_start, config.timeout_request, config.retries) == (9.0, 20.0, 7)
    file = str(desk.places.config / "mcp_servers.yaml")
    assert {key: place for key, place in origins(found).items() if place != "Roxy's default"} == {
        "command": "binding ses_1/mine",
        "args": "connector tracker",
        "env.LANG": f"{file}:6",
        "env.TEAM": "environment ROXY_SERVERS__TRACKER__ENV__TEAM",
        "env.TRACKER_TOKEN": "connector tracker",
        "env.HUE": "binding ses_1/mine",
        "timeout_start": "environment ROXY_SERVERS__TRACKER__TIMEOUT_START",
        "timeout_request": f"{file}:7",
        "description": f"{file}:8",
        "retries": f"{file}:9",
    }
    assert "value" not in {value.shown for value in found.values}


@pytest.mark.requirement("connectors.resolve")
def test_every_setting_of_a_server_has_a_value_with_an_origin(declarations):
    found = declarations.resolve("tracker", Connector(name="tracker"))
    keys = {value.key.partition(".")[0] for value in found.values}
    own = {"name", "auto_start", "missing", "where", "headers"}  # there are none
    assert keys == {field.name for field in fields(ServerConfig)} - own
    assert all(value.origin for value in found.values)


def test_names_of_variables_replace_those_of_the_connector_as_a_list(declarations, desk):
    desk.environ |= {"ONE": "1", "TWO": "2"}
    connector = Connector(name="x", command="x", env_keys=("ONE",))
    binding = Binding(session_id="s", connector="x", env_keys=("TWO",))
    assert declarations.config("x", connector, binding).env == {"TWO": "2"}
    assert declarations.config("x", connector, replace(binding, env_keys=())).env == {}


def test_a_variable_that_is_not_set_is_missing_and_stops_nothing(declarations):
    config = declarations.config("x", Connector(name="x", command="x", env_keys=("NOT_THERE",)))
    assert (config.missing, config.env) == (("NOT_THERE",), {})


def test_a_connector_can_disable_and_be_strict_but_says_nothing_of_them_by_default(declarations):
    connector = Connector(name="tracker")
    assert declarations.config("tracker", connector).enabled
    config = declarations.config("tracker", replace(connector, enabled=False, strict=True))
    assert (config.enabled, config.strict) == (False, True)


def test_the_environment_speaks_of_connectors_too_and_alone_declares_nothing(desk):
    desk.environ |= {"ROXY_SERVERS__ONLY_HERE__TIMEOUT_REQUEST": "3", "ROXY_SERVERS__NEW__COMMAND": "new"}
    declarations = Declarations(desk.places, desk.environ)
    assert list(declarations.servers) == ["new"]
    connector = Connector(name="only-here", command="x")
    assert declarations.config("only-here", connector).timeout_request == 3.0


def test_what_cannot_run_is_refused_with_the_place_that_says_so(declarations):
    with pytest.raises(ConfigError, match=r"connector x.*needs `command`"):
        declarations.config("x", Connector(name="x", options={"description": "nothing"}))
    with pytest.raises(ConfigError, match=r"connector x.*must be a number"):
        declarations.config("x", Connector(name="x", command="x", options={"timeout_request": "soon"}))


def test_an_address_takes_its_transport_along(declarations):
    connector = Connector(name="x", transport=ServerTransport.SSE, url="https://a.example/sse")
    binding = Binding(session_id="s", connector="x", endpoint="https://b.example/sse")
    config = declarations.config("x", connector, binding)
    assert (config.transport, config.url) == (ServerTransport.SSE, "https://b.example/sse")


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "timeout_request": st.integers(1, 99),
        "timeout_start": st.integers(1, 99),
        "retries": st.integers(0, 9),
        "description": st.text(st.characters(codec="ascii", exclude_characters="$\0"), max_size=5),
        "enabled_tools": st.lists(st.sampled_from("abc"), max_size=3),
        "env": st.dictionaries(st.sampled_from(["A", "B", "C"]), st.sampled_from(["1", "2"]), max_size=3),
    },
)


def resolved(tmp_path_factory, file, connector, binding, environ=None):
    """The settings of a server of which a file, a connector, a binding and the environment say something."""
    folder = tmp_path_factory.mktemp("layers")
    places = Places(**{name: folder / name for name in ("config", "data", "cache", "packaged", "project", "site")})
    places.config.mkdir()
    text = json.dumps({"servers": {"x": {**BASE, **file}}})
    (places.config / "mcp_servers.yaml").write_text(text, encoding="utf-8")
    return Declarations(places, environ or {}).resolve(
        "x", Connector(name="x", options=connector), Binding(session_id="s", connector="x", options=binding)
    )


def expected(*layers_: dict) -> dict:
    merged: dict = {}
    for layer in layers_:
        merged = {**merged, **layer, "env": {**merged.get("env", {}), **layer.get("env", {})}}
    return merged


@pytest.mark.requirement("connectors.resolve")
@settings(max_examples=25, deadline=None)
@given(file=OPTIONS, connector=OPTIONS, binding=OPTIONS)
def test_later_layers_win_mappings_go_deep_and_lists_replace(tmp_path_factory, file, connector, binding):
    found = resolved(tmp_path_factory, file, connector, binding)
    said = expected(file, connector, binding)
    for key, value in said.items():
        got = getattr(found.config, key)
        assert got == (tuple(value) if isinstance(value, list) else value)
    places = origins(found)
    for key in ("timeout_request", "retries", "description", "enabled_tools"):
        names = [name for name, layer in (("b", binding), ("c", connector), ("f", file)) if key in layer]
        start = {"b": "binding s/x", "c": "connector x", "f": "/"}[names[0]] if names else "Roxy's default"
        assert places[key].startswith(start)


@settings(max_examples=25, deadline=None)
@given(file=OPTIONS, options=OPTIONS)
def test_a_layer_that_says_the_same_twice_says_it_once(tmp_path_factory, file, options):
    once = resolved(tmp_path_factory, file, options, {})
    twice = resolved(tmp_path_factory, file, options, options)
    assert replace(once.config, where="") == replace(twice.config, where="")


@settings(max_examples=25, deadline=None)
@given(file=OPTIONS, options=OPTIONS)
def test_the_order_in_which_a_layer_says_things_does_not_matter(tmp_path_factory, file, options):
    turned = dict(reversed(options.items()))
    one, other = (resolved(tmp_path_factory, file, said, {}) for said in (options, turned))
    assert one.config == other.config
    assert origins(one).keys() == origins(other).keys()


@settings(max_examples=25, deadline=None)
@given(first=OPTIONS, second=OPTIONS)
def test_keys_that_only_one_layer_speaks_of_do_not_depend_on_which(tmp_path_factory, first, second):
    second = {key: value for key, value in second.items() if key not in first}
    one = resolved(tmp_path_factory, {}, first, second).config
    other = resolved(tmp_path_factory, {}, second, first).config
    assert replace(one, where="") == replace(other, where="")


def maps(below):
    """Layers agree on what is a mapping, since one schema reads them all."""
    values = st.fixed_dictionaries({}, optional={"a": LEAVES, "b": LEAVES, "below": below})
    return values.map(lambda value: Node(value, ""))


LEAVES = st.integers(0, 3).map(lambda value: Node(value, ""))
MAPS = maps(maps(maps(LEAVES)))


@pytest.mark.requirement("connectors.resolve")
@given(one=MAPS, two=MAPS, three=MAPS)
def test_merging_is_associative_idempotent_and_has_the_empty_layer_as_its_neutral(one, two, three):
    empty = Node({}, "")
    assert layers.merge(layers.merge(one, two), three) == layers.merge(one, layers.merge(two, three))
    assert layers.merge(one, one) == one
    assert layers.merge(empty, one) == one == layers.merge(one, empty)
