"""One bad item does not lose the whole answer."""

import pytest

from roxy.errors import ServerProtocolError
from roxy.mcp.wire.tolerance import MAX_DEPTH, Dropped, call_result, prompt_result, read_result, usable_items

GOOD = {"name": "good", "inputSchema": {"type": "object"}}


@pytest.fixture
def dropped():
    return Dropped("echo")


@pytest.mark.requirement("mcp.tolerance")
def test_bad_tools_are_dropped_and_counted_and_the_good_ones_stay_as_they_are(dropped):
    bad = [{"name": "no schema"}, {"inputSchema": {}}, "text", None, 7, {**GOOD, "name": 1}, {**GOOD, "name": ""}]
    good = [GOOD, {**GOOD, "name": "also", "unknown": {"x": 1}}]
    assert usable_items("tools", [good[0], *bad, good[1]], dropped) == good
    assert dropped == {"tools": len(bad)}


@pytest.mark.parametrize(
    "wrong", [{"outputSchema": "none"}, {"annotations": [1]}, {"title": 5}, {"description": None}, {"_meta": "x"}]
)
def test_an_optional_member_of_a_wrong_type_is_taken_away_and_the_tool_stays(dropped, wrong):
    assert usable_items("tools", [{**GOOD, **wrong}], dropped) == [GOOD]
    assert not dropped


def nested(depth: int) -> dict:
    schema: dict = {"type": "object"}
    for _ in range(depth):
        schema = {"properties": schema}
    return schema


def test_a_schema_without_end_loses_the_tool_and_an_output_schema_only_itself(dropped):
    assert usable_items("tools", [{**GOOD, "inputSchema": nested(MAX_DEPTH - 2)}], dropped)
    assert usable_items("tools", [{**GOOD, "inputSchema": nested(MAX_DEPTH + 1)}], dropped) == []
    assert usable_items("tools", [{**GOOD, "outputSchema": nested(100)}], dropped) == [GOOD]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("resources", {"name": "n", "uri": "a:b"}, {"name": "n"}),
        ("resourceTemplates", {"name": "n", "uriTemplate": "a:{b}"}, {"name": "n", "uri": "a:b"}),
        ("prompts", {"name": "n", "arguments": []}, {"title": "n"}),
    ],
)
def test_bad_items_of_other_lists_are_dropped(dropped, kind, good, bad):
    assert usable_items(kind, [bad, good], dropped) == [good]
    assert dropped == {kind: 1}


TEXT = {"type": "text", "text": "good"}
IMAGE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
EMBEDDED = {"type": "resource", "resource": {"uri": "a:b", "text": "t"}}
LINK = {"type": "resource_link", "uri": "a:b", "name": "n"}


def test_bad_content_blocks_are_dropped_and_counted(dropped):
    bad = [
        {"type": "hologram"},
        {"type": "image"},
        7,
        {"type": []},
        {"text": "x"},
        {"type": "resource", "resource": {}},
    ]
    result = {"content": [TEXT, *bad, IMAGE, EMBEDDED, LINK], "isError": False, "_meta": {}}
    assert call_result(result, dropped) == {**result, "content": [TEXT, IMAGE, EMBEDDED, LINK]}
    assert dropped == {"content": len(bad)}


def test_an_answer_that_needs_no_mending_is_not_touched(dropped):
    result = {"content": [TEXT], "structuredContent": {"a": 1}}
    assert call_result(result, dropped) is result
    assert not dropped


@pytest.mark.parametrize(
    ("result", "content", "is_error"),
    [
        ({"structuredContent": 5}, [], False),
        ({"content": "text", "structuredContent": 5}, [], False),
        ({"content": [TEXT], "isError": "yes"}, [TEXT], False),
        ({"content": [TEXT, 5], "isError": True}, [TEXT], True),
    ],
)
def test_content_is_always_a_list_and_is_error_always_true_or_false(dropped, result, content, is_error):
    mended = call_result(result, dropped)
    assert (mended["content"], mended["isError"]) == (content, is_error)


def test_an_answer_with_nothing_in_it_is_no_answer(dropped):
    with pytest.raises(ServerProtocolError, match="echo answered with neither"):
        call_result({}, dropped)


def test_bad_contents_and_messages_are_dropped(dropped):
    contents = [{"uri": "a:b", "text": "t"}, {"uri": "a:b"}, {"text": "t"}, {"uri": "a:c", "blob": "aGk="}]
    assert read_result({"contents": contents}, dropped)["contents"] == [contents[0], contents[3]]
    messages = [{"role": "user", "content": TEXT}, {"role": "system", "content": TEXT}, {"role": "user", "content": {}}]
    assert prompt_result({"messages": messages}, dropped)["messages"] == messages[:1]
    assert read_result({}, dropped)["contents"] == []
    assert dropped == {"content": 5}


def test_a_flood_of_bad_items_does_not_fill_the_log(dropped, caplog):
    for _ in range(10_000):
        dropped.report("content", 1)
    assert dropped["content"] == 10_000
    assert len(caplog.records) < 20
