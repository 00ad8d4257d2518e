import dataclasses
import os
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.config.layers import approve_project, merge, project_state
from roxy.config.loader import Node, leaves, parse
from roxy.config.places import Places
from roxy.config.schema import Section
from roxy.config.settings import SCHEMA, Settings, load_settings
from roxy.errors import ConfigError

layering = pytest.mark.requirement("config.layers")
bad = pytest.mark.requirement("config.bad")


def test_without_any_file_roxy_has_defaults(desk):
    assert load_settings(desk.places, desk.environ) == Settings()


def test_the_packaged_file_says_what_the_defaults_are(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path)
    assert load_settings(places, {}) == Settings()


def test_the_schema_and_the_settings_name_the_same_keys():
    assert [field.name for field in dataclasses.fields(Settings)] == list(SCHEMA.keys)
    for name, kind in SCHEMA.keys.items():
        if isinstance(kind, Section):
            assert [field.name for field in dataclasses.fields(getattr(Settings(), name))] == list(kind.keys)


@layering
def test_each_layer_wins_over_those_below_it(desk):
    chosen = []
    for layer, level in [("packaged", "error"), ("site", "warning"), ("project", "info"), ("config", "debug")]:
        desk.write(layer, "roxy.yaml", f"logging: {{level: {level}}}\n")
        approve_project(desk.places)
        chosen.append(load_settings(desk.places, desk.environ).logging.level)
    desk.environ["ROXY_LOGGING__LEVEL"] = "warning"
    chosen.append(load_settings(desk.places, desk.environ).logging.level)
    chosen.append(load_settings(desk.places, desk.environ, ["logging.level=error"]).logging.level)
    assert chosen == ["error", "warning", "info", "debug", "warning", "error"]


@layering
def test_mappings_are_merged_and_lists_replaced(desk):
    desk.write("site", "roxy.yaml", "user: {name: Ann, units: metric}\nskill_folders: [/a, /b]\n")
    desk.write("config", "roxy.yaml", "user: {units: imperial}\nskill_folders: [/c]\n")
    settings = load_settings(desk.places, desk.environ)
    assert (settings.user.name, settings.user.units, settings.skill_folders) == ("Ann", "imperial", ("/c",))


@layering
def test_a_section_with_everything_commented_out_changes_nothing(desk):
    desk.write("site", "roxy.yaml", "user: {name: Ann}\n")
    desk.write("config", "roxy.yaml", "user:\n  # name: Bob\nlogging:\n  level:\n")
    settings = load_settings(desk.places, desk.environ)
    assert (settings.user.name, settings.logging.level) == ("Ann", "info")


TREES = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)


def tree(value) -> Node:
    if isinstance(value, dict):
        return Node({key: tree(child) for key, child in value.items()}, "")
    return Node(value, "", str(value))


def plain(node):
    return {key: plain(child) for key, child in node.value.items()} if node.is_mapping else node.value


MAPPINGS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


@layering
@given(MAPPINGS, MAPPINGS)
def test_after_merging_all_of_the_upper_layer_is_there_and_no_key_of_the_lower_is_gone(low, high):
    result = merge(tree(low), tree(high))
    assert set(plain(result)) == {*low, *high}
    for path, leaf in leaves(tree(high)):
        found = result
        for key in path:
            found = found.value[key]
        assert found.is_mapping if leaf.is_mapping else found == leaf
    assert plain(merge(tree(low), tree(low))) == low
    assert plain(merge(tree(low), tree({}))) == low


@layering
def test_bare_text_from_the_environment_is_read_as_what_is_expected(desk):
    desk.write("config", "roxy.yaml", "skills:\n  my-timer: {sound: bell}\n")
    desk.environ |= {
        "ROXY_CHAT__HISTORY": "off",
        "ROXY_LOGGING__KEEP": "2",
        "ROXY_LANGUAGE": "en",
        "ROXY_FILES__FOLDERS": "~/a, ~/b c",
        "ROXY_SKILL_FOLDERS": "[/x]",
        "ROXY_SKILLS__MY_TIMER__SOUND": "gong",
        "ROXY_SKILLS__MY_TIMER__ENABLED": "no",
        "ROXY_HOME": "/is/no/setting",
        "ROXY_PYTHON": "is none either",
    }
    settings = load_settings(desk.places, desk.environ)
    assert (settings.chat.history, settings.logging.keep) == (False, 2)
    assert (settings.files.folders, settings.skill_folders) == (("~/a", "~/b c"), ("/x",))
    assert settings.skill("my-timer") == {"sound": "gong", "enabled": False}
    assert not settings.skill_enabled("my-timer")
    assert settings.skill_enabled("another")


def test_references_are_read_from_the_environment(desk):
    desk.write("config", "roxy.yaml", "user: {name: '${WHO:-Ann}'}\nlogging: {keep: '${KEEP}'}\n")
    settings = load_settings(desk.places, {"KEEP": "7"})
    assert (settings.user.name, settings.logging.keep) == ("Ann", 7)


def test_a_skill_whose_variable_is_not_set_finds_none_and_stops_nobody(desk):
    desk.write("config", "roxy.yaml", "skills: {weather: {key: '${WEATHER_KEY}', days: 3, also: [x, '${Y:-y}']}}\n")
    assert load_settings(desk.places, {}).skill("weather") == {"key": None, "days": 3, "also": ["x", "y"]}


@bad
@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("user:\n  nam: Ann\n", 2, ["`user.nam`", "Did you mean `name`?"]),
        ("chta: {}\n", 1, ["`chta`", "Did you mean `chat`?"]),
        ("user: Ann\n", 1, ["`user` must be a mapping, and is text"]),
        ("user:\n  name: [Ann]\n", 2, ["`user.name` must be text, and is a list"]),
        ("chat:\n  history: maybe\n", 2, ["`chat.history` must be true or false, and is text"]),
        ("logging:\n  keep: '3'\n", 2, ["a whole number of at least 0, and is text"]),
        ("logging:\n  keep: true\n", 2, ["and is true or false"]),
        ("logging:\n  keep: -1\n", 2, ["a whole number of at least 0"]),
        ("logging:\n  keep: 1.5\n", 2, ["a whole number"]),
        ("logging:\n  keep: .nan\n", 2, ["a whole number"]),
        ("logging:\n  keep: .inf\n", 2, ["a whole number"]),
        ("logging:\n  level: inf\n", 2, ["one of debug, info, warning, error", "Did you mean `info`?"]),
        ("files:\n  folders: ~/a\n", 2, ["`files.folders` must be a list, and is text"]),
        ("files:\n  folders:\n    - {a: b}\n", 3, ["`files.folders[0]` must be text, and is a mapping"]),
        ("skills: [a]\n", 1, ["`skills` must be a mapping, and is a list"]),
        ("skills:\n  a: 1\n", 2, ["`skills.a` must be a mapping, and is a number"]),
        ("skills:\n  a:\n    enabled: soon\n", 3, ["`skills.a.enabled` must be true or false"]),
        ("user:\n  timezone: Europe/Berln\n", 2, ["a time zone", "Did you mean `Europe/Berlin`?"]),
        ("user:\n  timezone: ../../etc/passwd\n", 2, ["a time zone"]),
        ("user:\n  name: ${NOBODY}\n", 2, ["NOBODY, which is not set", "${NOBODY:-"]),
        ("- a\n", 1, ["`the file` must be a mapping, and is a list"]),
        ("just text\n", 1, ["must be a mapping"]),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_the_right_word(desk, text, line, words):
    path = desk.write("config", "roxy.yaml", text)
    with pytest.raises(ConfigError) as error:
        load_settings(desk.places, desk.environ)
    assert error.value.where == f"{path}:{line}"
    assert error.value.exit_code == 2
    for word in words:
        assert word in str(error.value)


@bad
@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ROXY_LOGING__LEVEL", "info", "`loging` is not a section"),
        ("ROXY_LOGGING__LEVL", "info", "Did you mean `level`?"),
        ("ROXY_LOGGING__LEVEL", "loud", "one of debug"),
        ("ROXY_LOGGING__KEEP", "many", "a whole number"),
        ("ROXY_SKILL_FOLDERS", "[a", "not valid YAML"),
        ("ROXY_USER", "Ann", "must be a mapping"),
    ],
)
def test_what_is_wrong_in_the_environment_names_the_variable_and_not_its_value(desk, variable, value, words):
    with pytest.raises(ConfigError) as error:
        load_settings(desk.places, desk.environ | {variable: value})
    assert f"environment {variable}" in error.value.where
    assert words in str(error.value)


@bad
@pytest.mark.parametrize("word", ["logging.level", "=x", "a..b=c", "nothing.known=1"])
def test_what_is_wrong_on_the_command_line_says_so(desk, word):
    with pytest.raises(ConfigError) as error:
        load_settings(desk.places, desk.environ, [word])
    assert error.value.where == "command line"


@pytest.mark.requirement("config.secrets")
def test_a_secret_that_is_written_out_is_refused_without_showing_it(desk):
    secret = "q7" * 12
    desk.write("config", "roxy.yaml", f"skills:\n  weather:\n    api_key: {secret}\n")
    with pytest.raises(ConfigError, match=r"write \$\{API_KEY\} here") as error:
        load_settings(desk.places, desk.environ)
    assert secret not in str(error.value)
    assert error.value.where.endswith("roxy.yaml:3")


@pytest.mark.requirement("config.project")
def test_a_project_counts_once_it_is_approved_and_again_after_it_changed(desk):
    assert project_state(desk.places) == "none"
    assert not approve_project(desk.places)
    desk.write("project", "roxy.yaml", "user: {name: Project}\n")
    seen = [(project_state(desk.places), load_settings(desk.places, desk.environ).user.name)]
    approve_project(desk.places)
    seen.append((project_state(desk.places), load_settings(desk.places, desk.environ).user.name))
    desk.write("project", "mcp_servers.yaml", "servers: {evil: {command: sh}}\n")
    seen.append((project_state(desk.places), load_settings(desk.places, desk.environ).user.name))
    approve_project(desk.places)
    seen.append((project_state(desk.places), load_settings(desk.places, desk.environ).user.name))
    assert seen == [("new", ""), ("approved", "Project"), ("changed", ""), ("approved", "Project")]


@pytest.mark.requirement("config.project")
def test_an_unapproved_project_cannot_even_be_wrong(desk):
    desk.write("project", "roxy.yaml", "not: [valid\n")
    assert load_settings(desk.places, desk.environ) == Settings()


@pytest.mark.requirement("user.settings")
def test_what_the_user_told_wins_over_what_the_system_says(desk):
    desk.write("config", "roxy.yaml", "user: {name: Ann, timezone: Asia/Tokyo, locale: de_DE, units: imperial}\n")
    profile = load_settings(desk.places, desk.environ).profile({"LANG": "fr_FR.UTF-8"})
    assert (profile.name, profile.timezone, profile.locale, profile.units) == (
        "Ann",
        ZoneInfo("Asia/Tokyo"),
        "de_DE",
        "imperial",
    )


@pytest.mark.requirement("user.settings")
@pytest.mark.parametrize(
    ("environ", "locale", "units"),
    [
        ({"LANG": "en_US.UTF-8"}, "en_US", "imperial"),
        ({"LANG": "de_DE.UTF-8@euro"}, "de_DE", "metric"),
        ({"LANG": "en_US.UTF-8", "LC_MEASUREMENT": "de_DE.UTF-8"}, "en_US", "metric"),
        ({"LANG": "de_DE", "LC_ALL": "en_US"}, "en_US", "imperial"),
        ({"LANG": "C.UTF-8"}, "en_US", "metric"),
        ({}, "en_US", "metric"),
    ],
)
def test_locale_and_units_are_guessed_from_the_system(environ, locale, units):
    profile = Settings().profile(environ)
    assert (profile.locale, profile.units) == (locale, units)


@pytest.mark.parametrize("zone", ["Europe/Oslo", "No/Where", ":/etc/nothing"])
def test_there_is_always_a_time_zone(zone):
    done = subprocess.run(
        [sys.executable, "-c", "from roxy.config.settings import Settings; print(Settings().profile().timezone)"],
        env={**os.environ, "TZ": zone, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stderr == ""
    # A zone that does not exist leaves that of the system, whichever it is.
    found = ZoneInfo(done.stdout.strip())
    assert zone != "Europe/Oslo" or found.key == zone


@pytest.mark.requirement("start.no_heavy_imports")
def test_loading_the_settings_loads_nothing_heavy(desk):
    code = (
        "import os, sys; from pathlib import Path; from roxy.config.places import Places;"
        "from roxy.config.settings import load_settings;"
        "load_settings(Places.from_environment(os.environ, Path.cwd()), os.environ);"
        "print(*[name for name in ('rapidfuzz','tzlocal','structlog','platformdirs','mcp','asyncio')"
        " if name in sys.modules])"
    )
    environ = {**os.environ, "ROXY_HOME": str(desk.places.config), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=90, check=True
    )
    assert done.stdout.strip() == ""


def test_a_scalar_document_is_a_tree():
    assert parse("5", "a.yaml") == Node(5, "a.yaml:1", "5")
