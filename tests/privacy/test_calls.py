"""The gateway in the path of a real tool call: what the server sees, what the caller gets, what is recorded."""

import asyncio

import pytest

from fakes.servers import echo
from roxy.mcp.servers import MCPServerManager
from roxy.privacy.gateway import PrivacyGateway

TEXT = "Dear Ann, your number is 555-123-4567 and your password is " + "x7kQ29"


class Unrestored(PrivacyGateway):
    """Shows the caller what the server has seen."""

    async def incoming(self, payload, **_):
        return payload


class Failing:
    """A detector that is down."""

    supported_entities = ("X",)

    def analyze(self, *_):
        raise RuntimeError


class Sink:
    def __init__(self):
        self.events = []

    def record(self, event):
        self.events.append(event)

    async def audit(self, event):
        self.events.append(event)


async def call(gateway, *, external=True, events=None):
    servers = {"echo": echo(external=external)}
    async with asyncio.timeout(30), MCPServerManager(servers, privacy=gateway, events=events) as manager:
        return await manager.call_tool("echo", "say", {"text": TEXT}, session_id="s1")


@pytest.mark.requirement("privacy.path")
async def test_an_external_server_sees_pseudonyms():
    result = await call(Unrestored())
    assert result.success, result.error
    assert "PERSON-rx" in result.text
    assert not [value for value in ("Ann", "4567", "x7kQ29") if value in result.text]
    assert result.redactions == 3


@pytest.mark.requirement("privacy.restore")
async def test_the_caller_gets_real_values_back_and_the_secret_stays_masked():
    result = await call(PrivacyGateway())
    assert "Dear Ann, your number is 555-123-4567" in result.text
    assert "[SECRET:password]" in result.text


async def test_a_server_of_ones_own_sees_real_values():
    result = await call(Unrestored(), external=False)
    assert "Dear Ann" in result.text


@pytest.mark.requirement("privacy.record")
async def test_events_tell_what_was_replaced_and_never_with_what():
    sink = Sink()
    await call(PrivacyGateway(), events=sink)
    decided = [event for event in sink.events if event.name == "privacy.redacted"]
    assert decided[0].data["counts"] == {"PERSON": 1, "PHONE_NUMBER": 1, "SECRET": 1}
    assert not [value for value in ("Dear Ann", "4567", "x7kQ29") if value in repr(sink.events)]


@pytest.mark.requirement("privacy.fail_closed")
async def test_when_detection_is_down_the_call_is_blocked_before_it_is_sent():
    result = await call(PrivacyGateway(recognizers=[Failing()]))
    assert (result.success, result.code, result.attempts) == (False, "privacy_blocked", 0)
    assert "RuntimeError" in result.error
