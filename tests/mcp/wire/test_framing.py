"""Bytes to messages and back."""

import json

import pytest

from roxy.errors import InvalidArguments
from roxy.mcp.wire.framing import claimed, decoded, encoded, stripped


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (b'{"big": 123456789012345678901234567890}', {"big": 123456789012345678901234567890}),
        ('{"a": "ü \U0001f600"}'.encode(), {"a": "ü \U0001f600"}),
        (rb'{"a": "\ud800"}', {"a": "\ud800"}),
        (b'{"a": Infinity}', {"a": float("inf")}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[]", []),
    ],
)
def test_what_is_json_is_read_exactly(text, value):
    assert decoded(text) == value


@pytest.mark.parametrize(
    "text",
    [b"", b"debug {", b'{"a": ', b"{'a': 1}", b"5", b'"text"', b"\xff\xfe", b'{"a": "\xff"}', b"[" * 100_000, b"{}{}"],
)
def test_what_is_none_or_is_nested_without_end_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the parsers' own words
        decoded(text)


def test_nesting_is_read_up_to_a_depth_that_everyone_can_walk_through():
    assert decoded(b'{"a":' * 150 + b"1" + b"}" * 150)
    with pytest.raises(ValueError, match="recursion"):
        decoded(b'{"a":' * 250 + b"1" + b"}" * 250)


def test_the_byte_order_mark_and_blanks_are_taken_off():
    assert stripped(b"\xef\xbb\xbf{}\r") == b"{}"


def test_a_message_is_one_line_whatever_is_in_it():
    message = {"jsonrpc": "2.0", "params": {"text": "two\nlines\r\u2028 ü", "n": [1.5, None]}}
    line = encoded(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == message


@pytest.mark.parametrize("value", [object(), "\ud800", {"a": {1, 2}.__iter__}])
def test_what_json_cannot_hold_is_refused_without_its_value(value):
    with pytest.raises(InvalidArguments) as refused:
        encoded({"secret": value})
    assert "secret" not in str(refused.value)


def test_what_holds_itself_is_refused():
    ring: dict = {}
    ring["ring"] = ring
    with pytest.raises(InvalidArguments):
        encoded(ring)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        (b'{"jsonrpc": "2.0", "id": 17, "res', 17),
        (b'{"id":"a-1","jsonrpc":"2.0","result":{', "a-1"),
        (b'{"result": {"id": 5, "x": NaNN}, "jsonrpc": "2.0", "id": 18}', 18),
        (b'{"result": {"rows": [{"id": 5, "x":', None),
        (b'{"jsonrpc": "2.0", "result": {"id": 5}', None),
        (b'{"jsonrpc": "2.0", "method": "x", "params": {"jsonrpc": "2.0", "id": 5, ', None),
        (b"DEBUG id: 17", None),
    ],
)
def test_the_id_of_an_unreadable_answer_is_told_only_beyond_doubt(text, answers):
    assert claimed(text) == answers
