"""What of a strict server's answer does not fit its own schema."""

import pytest

from roxy.contracts.calls import ToolCall, ToolInfo
from roxy.mcp.results import misfit, unfit

SUM = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}
CALL = ToolCall("echo", "add", {"a": "Zacharias"})


def tool(output=None, **more) -> ToolInfo:
    return ToolInfo("echo", "add", output_schema=output, **more)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"structuredContent": {"sum": 5}}, ""),
        ({"structuredContent": {"sum": "Zacharias"}}, "sum does not fit type integer"),
        ({"structuredContent": {}}, "sum is missing"),
        ({"structuredContent": 5}, "it does not fit type object"),
        ({}, "it is missing"),
        ({"isError": True}, ""),
    ],
)
def test_a_structured_answer_that_does_not_fit_is_told_without_its_values(answer, said):
    wrong = unfit(CALL, tool(SUM), answer)
    assert (wrong is None) == (not said)
    if wrong is not None:
        assert (wrong.code, said in wrong.message, "Zacharias" in str(wrong)) == ("protocol_error", True, False)


def test_without_an_output_schema_everything_fits():
    assert unfit(CALL, tool(), {}) is None
    assert unfit(CALL, None, {}) is None


@pytest.mark.requirement("mcp.strict")
@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:1/schema.json"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"type": "nonsense"},
    ],
)
def test_a_schema_that_leads_elsewhere_or_nowhere_is_not_followed_and_holds_nothing_up(schema):
    assert unfit(CALL, tool(schema), {"structuredContent": {"a": 1}}) is None
    assert misfit(CALL, tool(input_schema=schema)) is None


def test_a_name_that_only_the_answer_knows_is_not_told():
    schema = {"type": "object", "additionalProperties": {"type": "object", "properties": {"age": {"type": "integer"}}}}
    wrong = unfit(CALL, tool(schema), {"structuredContent": {"Zacharias": {"age": "old"}}})
    assert "Zacharias" not in str(wrong)
    assert "*.age does not fit type integer" in wrong.message
