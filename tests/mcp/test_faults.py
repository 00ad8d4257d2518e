"""What the SDK and the transports raise, in Roxy's words."""

import pytest
from mcp import MCPError

from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerDisconnected
from roxy.mcp.faults import leaf, translated
from roxy.mcp.wire.channel import FAULT

FAR = ServerConfig(name="far", transport="http", url="https://far.example/mcp?key=hidden")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MCPError(-32602, "bad"), "invalid_arguments"),
        (MCPError(-32601, "what?"), "not_found"),
        (MCPError(-32603, "oops"), "tool_error"),
        (MCPError(-32000, "Connection closed"), "disconnected"),
        (MCPError(-32000, "Bad Request: try later"), "tool_error"),
        (MCPError(-32001, "late"), "timeout"),
        (MCPError(-32021, "needs elicitation"), "needs_input"),
        (MCPError(-31001, "ring"), "loop_detected"),
        (MCPError(-32700, "Failed to parse: {"), "protocol_error"),
        (MCPError(FAULT, "gone", {"kind": "unsent"}), "disconnected"),
        (MCPError(FAULT, "HTTP status 500", {"kind": "broken", "status": 500}), "disconnected"),
        (MCPError(FAULT, "long", {"kind": "too_large"}), "message_too_large"),
        (MCPError(FAULT, "gzip", {"kind": "encoding"}), "protocol_error"),
        (MCPError(FAULT, "HTTP status 401", {"kind": "refused", "status": 401}), "not_running"),
        (MCPError(FAULT, "HTTP status 400", {"kind": "refused", "status": 400}), "protocol_error"),
        (RuntimeError("Invalid structured content returned by tool t"), "protocol_error"),
        (TimeoutError(), "timeout"),
        (OSError("broken pipe"), "disconnected"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_error_has_its_code_and_names_the_server_and_no_key(error, code):
    said = translated(ExceptionGroup("outer", [ExceptionGroup("inner", [error])]), FAR)
    assert said.code == code
    assert "far" in str(said) or code == "needs_input"
    assert "hidden" not in str(said)


def test_what_the_transport_knows_of_an_end_is_told_rather_than_the_end():
    fault = ServerDisconnected("The server far exited with code 3.", server="far")
    assert translated(MCPError(-32000, "Connection closed"), FAR, fault) is fault


def test_the_cause_of_nested_groups_is_the_first_leaf():
    cause = KeyError("x")
    assert leaf(BaseExceptionGroup("a", [BaseExceptionGroup("b", [cause]), OSError()])) is cause
