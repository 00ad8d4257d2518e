"""One bad item does not lose the whole answer."""

import pytest

from roxy.mcp.wire.lenient import mended

GOOD = {"name": "good", "inputSchema": {"type": "object"}}


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-11-25", "2026-07-28"])
def test_bad_tools_are_dropped_in_every_revision(version):
    bad = [{"name": "no schema"}, {"inputSchema": {"type": "object"}}, "text", None, {"name": 1, "inputSchema": {}}]
    mixed = {"tools": [GOOD, *bad, {**GOOD, "name": "also"}], "nextCursor": "n"}
    found = mended(mixed, version)
    assert [tool["name"] for tool in found["tools"]] == ["good", "also"]
    assert found["nextCursor"] == "n"


def test_a_tool_with_a_bad_output_schema_stays_without_it():
    tool = {**GOOD, "outputSchema": "no schema"}
    assert mended({"tools": [tool]}, "2025-11-25")["tools"] == [GOOD]


@pytest.mark.parametrize("version", ["2024-11-05", "2025-11-25", "2026-07-28"])
def test_bad_content_blocks_are_dropped(version):
    text = {"type": "text", "text": "good"}
    result = {"content": [text, {"type": "hologram"}, {"type": "image"}, 7], "isError": False}
    assert mended(result, version) == {"content": [text], "isError": False}


@pytest.mark.parametrize("answer", [{}, {"tools": [GOOD]}, {"content": []}, {"contents": [{"bad": 1}]}, {"tools": 5}])
def test_what_needs_no_mending_is_left_alone(answer):
    assert mended(answer, "2025-11-25") is answer
