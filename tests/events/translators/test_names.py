import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import patiently
from roxy.events.translators.names import canonical_name, wire_name, wire_names

pytestmark = pytest.mark.requirement("translators.round_trip")

names = st.text(max_size=12) | st.text(alphabet="a_x.-0Fé", max_size=12)


@patiently
@given(names)
def test_a_name_on_the_wire_has_only_characters_that_every_provider_takes(name):
    assert re.fullmatch("[A-Za-z_][A-Za-z0-9_-]{0,63}", wire_name(name))


@patiently
@given(st.text(max_size=6) | st.text(alphabet="a_x.-0Fé", max_size=9))
def test_a_name_comes_back_from_the_wire(name):
    assert canonical_name(wire_name(name)) == name


def test_an_ordinary_name_stays_readable():
    assert wire_name("files.read_file") == "files__read_file"


def test_a_long_name_comes_back_through_the_map_of_the_request():
    long = "a_server_with_a_long_name.and_a_tool_with_an_even_longer_name_than_that_one"
    tools = wire_names([long])
    assert canonical_name(wire_name(long), tools) == long
    assert len(wire_name(long)) == 64


def test_long_names_that_begin_alike_stay_apart():
    assert wire_name("a" * 70 + "b") != wire_name("a" * 70 + "c")


@pytest.mark.parametrize("wire", ["_x110000_", "_xFFFFFF_", "_x_", "___", "_"])
def test_a_name_nobody_here_wrote_is_read_all_the_same(wire):
    assert isinstance(canonical_name(wire), str)
