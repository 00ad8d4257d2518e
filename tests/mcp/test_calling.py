"""The path of a call: redaction, events, limits."""

import asyncio
import json

import pytest

from fakes.privacy import NAME, PSEUDONYM, KeptEvents, OneNameGuard
from fakes.servers import echo
from roxy.contracts.events import EventKind
from roxy.mcp.servers import MCPServerManager
from roxy.observe import metrics, trace


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.fixture
def events() -> KeptEvents:
    return KeptEvents()


def manager(config, guard, events, **options) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=guard, events=events, **options)


async def test_what_goes_to_an_external_server_is_redacted_and_what_comes_back_is_restored(events):
    guard = OneNameGuard()
    async with manager(echo(external=True), guard, events) as servers:
        result = await servers.call_tool("echo", "say", {"text": f"for {NAME}"}, session_id="s1")
        assert (result.text, result.data, result.redactions) == (f"for {NAME}", f"for {NAME}", 1)
        assert result.content[0]["text"] == f"for {NAME}"
        [asked] = guard.asked
        assert (asked["destination"], asked["tool"], asked["session_id"]) == ("echo", "say", "s1")
        assert asked["schema"]["required"] == ["text"]


@pytest.mark.requirement("privacy.path")
async def test_the_server_really_gets_the_pseudonym(events, tmp_path):
    file = tmp_path / PSEUDONYM
    file.write_text("called before\n")
    async with manager(echo(external=True), OneNameGuard(), events) as servers:
        result = await servers.call_tool("echo", "flaky", {"file": str(tmp_path / NAME)})
        assert result.text == "second time lucky"
        assert file.read_text().splitlines() == ["called before", "called"]


async def test_the_record_of_a_call_holds_the_redacted_arguments_and_the_decision(events):
    async with manager(echo(external=True), OneNameGuard(), events) as servers:
        with trace.bound(correlation_id="cor_1", hop=2):
            await servers.call_tool("echo", "say", {"text": f"for {NAME}"}, session_id="s1")
    [called] = events.of(EventKind.TOOL_CALL)
    assert called.name == "tool.called"
    assert called.data["arguments"] == {"text": f"for {PSEUDONYM}"}
    assert (called.data["server"], called.data["tool"], called.data["success"]) == ("echo", "say", True)
    assert (called.data["attempts"], called.data["redactions"], called.route) == (1, 1, "mcp:stdio")
    assert (called.session_id, called.correlation_id, called.hop) == ("s1", "cor_1", 2)
    [decided] = events.of(EventKind.DECISION)
    assert (decided.name, decided.data["counts"]) == ("privacy.redacted", {"PERSON": 1})
    assert NAME not in json.dumps([dict(event.data) for event in events.events])


async def test_a_call_that_stays_here_is_not_redacted_but_its_record_is(events):
    guard = OneNameGuard()
    async with manager(echo(external=False), guard, events) as servers:
        assert (await servers.call_tool("echo", "say", {"text": NAME})).text == NAME
    assert guard.asked == []
    [called] = events.of(EventKind.TOOL_CALL)
    assert called.data["arguments"] == {"text": PSEUDONYM}
    assert events.of(EventKind.DECISION) == []


async def test_without_a_guard_no_arguments_are_recorded(events):
    async with manager(echo(external=True), None, events) as servers:
        await servers.call_tool("echo", "say", {"text": NAME})
    assert events.of(EventKind.TOOL_CALL)[0].data["arguments"] is None


async def test_a_blocked_call_never_reaches_the_server_and_says_why(events, tmp_path):
    file = tmp_path / "called"
    async with manager(echo(external=True), OneNameGuard(blocks="detection failed"), events) as servers:
        result = await servers.call_tool("echo", "flaky", {"file": str(file)})
    assert (result.code, result.attempts) == ("privacy_blocked", 0)
    assert "detection failed" in result.error
    assert not file.exists()
    assert events.of(EventKind.DECISION)[0].name == "privacy.blocked"
    assert events.of(EventKind.TOOL_CALL)[0].data["arguments"] is None


async def test_redaction_happens_once_however_often_the_call_is_sent(events, tmp_path):
    guard = OneNameGuard()
    async with manager(echo(external=True), guard, events) as servers:
        result = await servers.call_tool("echo", "flaky_read", {"file": str(tmp_path / "f")})
        assert result.attempts == 2
    assert len(guard.asked) == 1


async def test_the_words_of_a_failing_tool_are_restored_too(events):
    async with manager(echo(external=True), OneNameGuard(), events) as servers:
        result = await servers.call_tool("echo", "refuse", {"text": NAME})
        assert result.code == "tool_error"
        assert NAME in result.error
        assert PSEUDONYM not in result.error


@pytest.mark.requirement("mcp.never_raises")
async def test_a_guard_that_breaks_ends_the_call_without_sending_it(events, tmp_path):
    class Broken(OneNameGuard):
        async def outgoing(self, payload, **_):
            raise RuntimeError(f"cannot look at {payload}")

    async with manager(echo(external=True), Broken(), events) as servers:
        result = await servers.call_tool("echo", "flaky", {"file": str(tmp_path / NAME)})
        assert not result.success
        assert NAME not in result.error
    assert list(tmp_path.iterdir()) == []


async def test_a_cancelled_call_leaves_a_record(events):
    async with manager(echo(external=True), OneNameGuard(), events) as servers:
        await servers.start_server("echo")
        call = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 20}))
        await servers.call_tool("echo", "say", {"text": "x"})
        call.cancel()
        await asyncio.wait({call})
    assert [event.data["code"] for event in events.of(EventKind.TOOL_CALL)] == ["", "cancelled"]


@pytest.mark.requirement("mcp.queue")
async def test_calls_beyond_the_declared_queue_are_refused_as_overloaded(events):
    async with manager(echo(max_in_flight=3, max_waiting=2), None, events) as servers:
        await servers.start_server("echo")
        calls = [asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 0.5})) for _ in range(6)]
        results = await asyncio.gather(*calls)
        assert [result.code for result in results].count("overloaded") == 1
        assert [result.code for result in results].count("") == 5


async def test_repeated_time_outs_open_the_circuit_and_starting_anew_closes_it(events):
    async with manager(echo(breaker_after=2), None, events) as servers:
        await servers.start_server("echo")
        for _ in range(2):
            assert (await servers.call_tool("echo", "sleep", {"seconds": 20}, timeout=0.1)).code == "timeout"
        refused = await servers.call_tool("echo", "say", {"text": "x"})
        assert refused.code == "unavailable"
        assert refused.latency_ms < 100
        assert "roxy mcp restart echo" in refused.error
        await servers.restart_server("echo")
        assert (await servers.call_tool("echo", "say", {"text": "x"})).success


async def test_the_hop_and_the_session_of_the_trace_are_taken(events):
    async with manager(echo(), None, events) as servers:
        with trace.bound(session_id="s9", hop=4):
            assert (await servers.call_tool("echo", "meta")).data["dev.roxy/hops"] == 5
    assert events.events[0].session_id == "s9"


async def test_a_call_is_counted_in_the_metrics_of_the_process(events):
    async with manager(echo(name="counted", external=True), OneNameGuard(), events) as servers:
        await servers.call_tool("counted", "say", {"text": NAME})
        await servers.call_tool("counted", "fail")
    lines = [line for line in metrics.text().splitlines() if 'roxy_server="counted"' in line and "_count" in line]
    assert any('error_type=""' in line for line in lines)
    assert any('error_type="tool_error"' in line for line in lines)
    assert 'network_transport="pipe"' in lines[0]
