"""The manager against a real server on stdio: starting, calling, failing, stopping."""

import asyncio
import json
import os
import signal
import sys

import pytest

from fakes.raw_http import empty, raw_http, silence
from fakes.servers import echo, is_gone, open_files, until
from roxy.contracts.servers import ServerConfig, ServerState
from roxy.errors import RoxyError, ServerNotFound
from roxy.mcp.servers import MCPServerManager


def manager(*configs: ServerConfig, **options) -> MCPServerManager:
    return MCPServerManager({config.name: config for config in configs}, privacy=None, **options)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.mark.requirement("mcp.on_demand")
async def test_a_server_starts_at_its_first_call():
    async with manager(echo()) as servers:
        assert servers.status("echo").state is ServerState.STOPPED
        result = await servers.call_tool("echo", "say", {"text": "hi"})
        assert (result.success, result.text, result.data, result.route) == (True, "hi", "hi", "mcp:stdio")
        assert (result.server, result.tool, result.attempts, result.code) == ("echo", "say", 1, "")
        assert result.latency_ms > 0
        status = servers.status("echo")
        assert (status.state, status.protocol) == (ServerState.RUNNING, "2026-07-28")
        assert status.tools > 10
        assert status.pid
        assert status.uptime >= 0


async def test_structured_content_becomes_the_data_of_a_result():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "add", {"a": 2, "b": 3})
        assert result.data == result.structured == {"sum": 5}


async def test_json_text_becomes_the_data_of_a_result_without_structured_content():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "say", {"text": '{"a": [1]}'})
        assert (result.data, result.structured) == ({"a": [1]}, None)


async def test_a_tool_that_fails_ends_the_call_with_its_own_words():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "fail")
        assert (result.success, result.code, result.error) == (False, "tool_error", "it went wrong")
        assert result.content[0]["text"] == "it went wrong"


async def test_arguments_that_do_not_fit_are_named_without_their_values():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "add", {"a": "Zacharias"})
        assert result.code == "invalid_arguments"
        assert "a does not fit type integer" in result.error
        assert "Zacharias" not in result.error


async def test_an_unknown_tool_is_not_found_and_the_nearest_is_named():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "sayy")
        assert result.code == "not_found"
        assert "Did you mean say?" in result.error


async def test_an_unknown_server_is_not_found_and_the_nearest_is_named():
    async with manager(echo()) as servers:
        result = await servers.call_tool("ehco", "say")
        assert result.code == "not_found"
        assert "Did you mean echo?" in result.error
        with pytest.raises(ServerNotFound):
            servers.status("ehco")


@pytest.mark.requirement("mcp.parallel_start")
async def test_auto_start_servers_start_together_and_a_slow_one_delays_nobody():
    seen = []
    slow = echo("--start-delay", "1", name="slow", auto_start=True)
    broken = echo("--exit", "3", name="broken", auto_start=True, restart="never")
    configs = [echo(name="quick", auto_start=True), slow, broken, echo(name="lazy")]
    async with manager(*configs, on_change=lambda status: seen.append((status.name, status.state))) as servers:
        started = await servers.start_auto_start_servers()
        assert started == {"quick": True, "slow": True, "broken": False}
        assert seen.index(("quick", ServerState.RUNNING)) < seen.index(("slow", ServerState.RUNNING))
        assert servers.status("lazy").state is ServerState.STOPPED
        assert "exited with code 3" in servers.status("broken").error
        assert "cannot start: no licence" in servers.status("broken").stderr


@pytest.mark.requirement("mcp.on_demand")
async def test_many_callers_start_a_server_once(tmp_path):
    started = tmp_path / "started"
    async with manager(echo("--started", str(started), protocol="legacy")) as servers:
        calls = [servers.call_tool("echo", "say", {"text": str(n)}) for n in range(20)]
        results = await asyncio.gather(*calls)
        assert [r.text for r in results] == [str(n) for n in range(20)]
        assert len(started.read_text().splitlines()) == 1


@pytest.mark.requirement("bad.server")
async def test_a_command_that_is_not_there_is_a_configuration_error():
    config = ServerConfig(name="nope", command="no-such-command-anywhere", where="servers.yaml:3")
    async with manager(config) as servers:
        result = await servers.call_tool("nope", "x")
        assert result.code == "config_error"
        assert "servers.yaml:3" in result.error
        assert "no-such-command-anywhere" in result.error
        assert await servers.start_server("nope") is False
        assert "not found" in servers.status("nope").error


async def test_a_missing_folder_is_named():
    async with manager(echo(cwd="/no/such/folder")) as servers:
        result = await servers.call_tool("echo", "say", {"text": "x"})
        assert result.code == "config_error"
        assert "/no/such/folder" in result.error


async def test_missing_environment_variables_are_named_and_nothing_is_started(tmp_path):
    started = tmp_path / "started"
    async with manager(echo("--started", str(started), missing=["BRAVE_API_KEY"])) as servers:
        result = await servers.call_tool("echo", "say", {"text": "x"})
        assert result.code == "config_error"
        assert "export BRAVE_API_KEY=" in result.error
        assert not started.exists()


@pytest.mark.requirement("mcp.never_raises", "bad.server")
async def test_a_server_that_dies_in_a_call_ends_it_with_disconnected_and_is_restarted():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "die", {"code": 7})
        assert (result.code, result.attempts) == ("disconnected", 1)
        assert "exited with code 7" in result.error
        assert (await servers.call_tool("echo", "say", {"text": "back"})).text == "back"
        assert servers.status("echo").restarts == 1
        assert "about to die" in servers.status("echo").stderr


async def test_a_server_killed_from_outside_ends_every_call_in_flight():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        calls = [asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 20})) for _ in range(5)]
        await servers.call_tool("echo", "say", {"text": "all five are on their way"})
        os.kill(servers.status("echo").pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            results = await asyncio.gather(*calls)
        assert {r.code for r in results} == {"disconnected"}
        assert "signal 9" in results[0].error


@pytest.mark.requirement("mcp.retry")
async def test_a_call_whose_outcome_is_unknown_is_not_repeated(tmp_path):
    file = tmp_path / "calls"
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "flaky", {"file": str(file)})
        assert (result.code, result.attempts) == ("disconnected", 1)
        assert file.read_text() == "called\n"


@pytest.mark.parametrize(("tool", "idempotent"), [("flaky", True), ("flaky_read", False)])
@pytest.mark.requirement("mcp.retry")
async def test_a_call_that_may_be_repeated_is_repeated(tmp_path, tool, idempotent):
    async with manager(echo()) as servers:
        file = str(tmp_path / "calls")
        result = await servers.call_tool("echo", tool, {"file": file}, idempotent=idempotent)
        assert (result.text, result.error, result.attempts) == ("second time lucky", "", 2)


async def test_no_retries_means_one_attempt(tmp_path):
    async with manager(echo()) as servers:
        file = str(tmp_path / "calls")
        result = await servers.call_tool_with_retry("echo", "flaky_read", {"file": file}, max_retries=0)
        assert (result.code, result.attempts) == ("disconnected", 1)


@pytest.mark.requirement("mcp.deadline")
async def test_a_slow_tool_ends_with_timeout_and_the_server_is_told():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        result = await servers.call_tool("echo", "sleep", {"seconds": 20}, timeout=0.3)
        assert result.code == "timeout"
        assert 300 <= result.latency_ms < 10_000
        assert servers.status("echo").state is ServerState.DEGRADED
        told = await servers.call_tool("echo", "cancelled")
        assert len(told.data) == 1
        assert servers.status("echo").state is ServerState.RUNNING


async def test_the_cancellation_of_the_caller_reaches_the_server():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        call = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 20}))
        await servers.call_tool("echo", "say", {"text": "the other one is on its way"})
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len((await servers.call_tool("echo", "cancelled")).data) == 1
        assert servers.metrics["tools_failed"] == 1


@pytest.mark.requirement("mcp.deadline")
async def test_a_frozen_server_costs_the_deadline_and_is_stopped_all_the_same():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        pid = servers.status("echo").pid
        os.kill(pid, signal.SIGSTOP)
        large = {"text": "x" * 1_000_000}
        result = await servers.call_tool("echo", "say", large, timeout=0.5)
        assert result.code == "timeout"
        assert result.latency_ms < 10_000
        async with asyncio.timeout(20):
            await servers.stop_server("echo")
        assert is_gone(pid)


@pytest.mark.parametrize("session", [False, True])
@pytest.mark.requirement("mcp.no_orphans")
async def test_stopping_leaves_no_process_behind_grandchildren_included(session):
    async with manager(echo("--ignore-term", "--ignore-eof")) as servers:
        child = (await servers.call_tool("echo", "spawn", {"session": session})).data["pid"]
        pid = servers.status("echo").pid
        assert not is_gone(child)
        async with asyncio.timeout(20):
            await servers.stop_server("echo")
        assert is_gone(pid)
        assert is_gone(child)
        assert servers.status("echo").state is ServerState.STOPPED
        assert servers.status("echo").pid is None


@pytest.mark.requirement("mcp.owner_task")
async def test_leaving_the_manager_in_another_task_stops_everything():
    servers = manager(echo(), echo(name="other"))
    await asyncio.create_task(servers.__aenter__())
    await asyncio.gather(servers.start_server("echo"), servers.start_server("other"))
    pids = [servers.status(name).pid for name in ("echo", "other")]
    await asyncio.create_task(servers.__aexit__(None, None, None))
    assert all(is_gone(pid) for pid in pids)


async def test_stopping_while_it_starts_leaves_nothing_behind(tmp_path):
    started = tmp_path / "started"
    async with manager(echo("--hang", "init", "--started", str(started))) as servers:
        start = asyncio.create_task(servers.start_server("echo"))
        await until(lambda: started.exists() and started.read_text())
        await servers.stop_server("echo")
        assert await start is False
        assert is_gone(int(started.read_text().split()[0]))


async def test_a_server_that_hangs_at_its_start_costs_the_time_for_starting():
    async with manager(echo("--hang", "init", timeout_start=1.5)) as servers:
        assert await servers.start_server("echo") is False
        assert "did not answer within 1.5 s" in servers.status("echo").error


async def test_a_server_that_hangs_while_it_lists_its_tools_is_degraded():
    async with manager(echo("--hang", "list", timeout_connection=0.5)) as servers:
        assert await servers.start_server("echo") is True
        assert servers.status("echo").state is ServerState.DEGRADED
        assert "did not list its tools" in servers.status("echo").error


@pytest.mark.requirement("bad.server")
async def test_garbage_on_stdout_is_skipped_and_shown_in_the_log():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "garbage", {"lines": 1000})
        assert result.text == "clean"
        shown = [line for line in servers.log_tail("echo") if "not a message" in line]
        assert 1 <= len(shown) <= 10


async def test_a_long_message_arrives_in_linear_time():
    async with manager(echo(max_message_bytes=32_000_000)) as servers:
        await servers.start_server("echo")
        result = await servers.call_tool("echo", "big", {"size": 16_000_000})
        assert len(result.text) == 16_000_000
        assert result.latency_ms < 5000


async def test_a_message_over_the_limit_ends_with_message_too_large_and_the_server_goes_on():
    async with manager(echo(max_message_bytes=1_000_000)) as servers:
        result = await servers.call_tool("echo", "endless")
        assert result.code == "message_too_large"
        assert "max_message_bytes" in result.error
        assert (await servers.call_tool("echo", "say", {"text": "again"})).text == "again"


@pytest.mark.requirement("mcp.size")
async def test_an_answer_over_the_limit_costs_its_call_alone():
    async with manager(echo(max_message_bytes=1_000_000)) as servers:
        await servers.start_server("echo")
        pid = servers.status("echo").pid
        other = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 0.5}))
        for size in (1_200_000, 4_000_000, 900_000):
            result = await servers.call_tool("echo", "big", {"size": size})
            assert result.code == ("message_too_large" if size > 1_000_000 else "")
        assert (await other).success
        assert servers.status("echo").pid == pid


async def test_half_a_message_and_an_exit_end_the_call():
    async with manager(echo()) as servers:
        assert (await servers.call_tool("echo", "half")).code == "disconnected"
        assert (await servers.call_tool("echo", "say", {"text": "x"})).text == "x"


async def test_a_bad_content_block_is_dropped_and_the_rest_stays():
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "mixed")
        assert (result.success, result.text) == (True, "good\nalso good")


@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_bad_tools_are_dropped_and_the_rest_is_listed(era):
    async with manager(echo("--bad-tools", "--era", era)) as servers:
        names = [tool.name for tool in await servers.list_tools("echo")]
        assert "say" in names
        assert "no_schema" not in names
        assert len(names) == len(set(names)) > 10


@pytest.mark.requirement("mcp.environment")
async def test_only_harmless_variables_and_the_declared_ones_reach_a_server(monkeypatch):
    monkeypatch.setenv("SOMEBODYS_PASSWORD", "not for servers")
    async with manager(echo(env={"DECLARED": "yes"})) as servers:
        seen = (await servers.call_tool("echo", "env")).data
        assert seen["DECLARED"] == "yes"
        assert "PATH" in seen
        assert "SOMEBODYS_PASSWORD" not in seen
        assert "ROXY_HOME" not in seen


async def test_a_server_runs_in_its_folder_and_in_a_process_group_of_its_own(tmp_path):
    async with manager(echo(cwd=str(tmp_path))) as servers:
        seen = (await servers.call_tool("echo", "whoami")).data
        assert seen["cwd"] == str(tmp_path.resolve())
        assert seen["pgid"] == seen["pid"] == servers.status("echo").pid


@pytest.mark.requirement("mcp.own_folder")
async def test_a_server_without_a_folder_gets_one_of_its_own_that_only_the_user_can_read(tmp_path):
    async with manager(echo(), echo(name="other", cwd=str(tmp_path)), work_dir=tmp_path / "work") as servers:
        servers.register_variant("s1", echo())
        own = (await servers.call_tool("echo", "whoami")).data["cwd"]
        varied = (await servers.call_tool("echo", "whoami", session_id="s1")).data["cwd"]
        assert (own, varied) == (str(tmp_path / "work" / "echo"), str(tmp_path / "work" / "echo@s1"))
        assert os.stat(own).st_mode & 0o777 == 0o700  # noqa: PTH116 - one look, in an async test
        assert (await servers.call_tool("other", "whoami")).data["cwd"] == str(tmp_path)
        assert servers.status("echo").state is ServerState.RUNNING


async def test_a_folder_that_cannot_be_made_is_the_reason_why_its_server_does_not_start(tmp_path):
    (tmp_path / "work").write_text("a file")
    async with manager(echo(), work_dir=tmp_path / "work") as servers:
        result = await servers.call_tool("echo", "say", {"text": "x"})
        assert result.code == "config_error"
        assert str(tmp_path / "work") in result.error


async def test_tools_that_are_switched_off_are_neither_listed_nor_called():
    async with manager(echo(enabled_tools=["say", "add"], disabled_tools=["add"])) as servers:
        assert [tool.name for tool in await servers.list_tools("echo")] == ["say"]
        assert (await servers.call_tool("echo", "add", {"a": 1})).code == "denied"
        assert (await servers.call_tool("echo", "fail")).code == "denied"
        assert (await servers.call_tool("echo", "say", {"text": "x"})).success


async def test_a_disabled_server_is_stopped_and_refuses_calls_until_it_is_enabled():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        pid = servers.status("echo").pid
        await servers.disable("echo")
        assert is_gone(pid)
        assert (await servers.call_tool("echo", "say", {"text": "x"})).code == "not_running"
        assert await servers.start_server("echo") is False
        with pytest.raises(RoxyError):
            await servers.list_tools("echo")
        await servers.enable("echo")
        assert (await servers.call_tool("echo", "say", {"text": "x"})).success


async def test_the_last_known_tools_stay_when_the_server_is_stopped():
    async with manager(echo(), echo(name="never")) as servers:
        assert servers.get_tools("echo") == ()
        await servers.list_tools("echo")
        await servers.stop_server("echo")
        say = next(tool for tool in servers.get_tools("echo") if tool.name == "say")
        assert (say.full_name, say.read_only, say.input_schema["required"]) == ("echo.say", True, ["text"])
        assert {tool.server for tool in servers.known_tools()} == {"echo"}


async def test_a_changed_list_of_tools_is_taken_over_at_most_once_a_second():
    async with manager(echo("--era", "legacy")) as servers:
        await servers.call_tool("echo", "changed", {"name": "extra"})
        await until(lambda: "extra" in {tool.name for tool in servers.get_tools("echo")})


async def test_an_idle_server_is_stopped_and_started_again_by_the_next_call():
    stopped = asyncio.Event()

    def heard(status):
        if status.state is ServerState.STOPPED:
            stopped.set()

    async with manager(echo(idle_stop=0.3), on_change=heard) as servers:
        await servers.call_tool("echo", "say", {"text": "x"})
        pid = servers.status("echo").pid
        await stopped.wait()
        assert is_gone(pid)
        assert servers.status("echo").error == ""
        assert (await servers.call_tool("echo", "say", {"text": "y"})).text == "y"


@pytest.mark.requirement("mcp.variants")
async def test_a_session_has_its_own_variant_beside_the_shared_server():
    async with manager(echo(env={"WHO": "shared"})) as servers:
        servers.register_variant("s1", echo(env={"WHO": "mine"}))
        mine = await servers.call_tool("echo", "env", session_id="s1")
        shared = await servers.call_tool("echo", "env", session_id="s2")
        assert (mine.data["WHO"], shared.data["WHO"]) == ("mine", "shared")
        await servers.forget_session("s1")
        assert (await servers.call_tool("echo", "env", session_id="s1")).data["WHO"] == "shared"


async def test_a_call_through_too_many_assistants_is_stopped():
    async with manager(echo()) as servers:
        assert (await servers.call_tool("echo", "meta", hops=3)).data["dev.roxy/hops"] == 4
        assert (await servers.call_tool("echo", "meta", hops=8)).code == "loop_detected"


async def test_a_running_server_can_be_restarted_and_declared_anew_only_when_stopped():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        pid = servers.status("echo").pid
        assert await servers.restart_server("echo")
        assert is_gone(pid)
        with pytest.raises(RoxyError, match="stop echo"):
            servers.register_server(echo())
        await servers.stop_server("echo")
        servers.register_server(echo(description="new"))
        assert servers.status("echo").description == "new"


async def test_health_is_asked_of_the_server_itself():
    async with manager(echo("--era", "legacy"), echo(name="modern")) as servers:
        assert await servers.health_check("echo") is False
        await asyncio.gather(servers.start_server("echo"), servers.start_server("modern"))
        assert await servers.health_check("echo") is True
        assert await servers.health_check("modern") is True
        os.kill(servers.status("echo").pid, signal.SIGKILL)
        assert await servers.health_check("echo") is False


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (503, False), (404, False), (None, False)])
async def test_health_is_asked_at_the_url_of_the_declaration_and_what_is_wrong_is_told_without_it(status, well):
    async def answered(request, writer):
        if status is None:
            writer.close()
        else:
            writer.write(empty(status))

    async with raw_http(answered) as asked:
        config = echo("--era", "legacy", health_check=f"{asked.url}/health?key=ours", timeout_connection=10)
        async with manager(config) as servers:
            await servers.start_server("echo")
            assert await servers.health_check("echo") is well
            found = servers.status("echo")
            assert found.state == ("running" if well else "degraded")
            assert "ours" not in (found.error or "")
            assert (str(status) in (found.error or "")) == (not well and status is not None)
    assert [request.path for request in asked.requests] == ["/health?key=ours"]


async def test_a_health_url_that_nobody_answers_in_time_is_ill():
    async def silent(request, writer):
        await silence()

    async with raw_http(silent) as asked, manager(echo(health_check=asked.url, timeout_connection=0.3)) as servers:
        await servers.start_server("echo")
        assert await servers.health_check("echo") is False
        assert "did not answer the health check within 0.3 s" in str(servers.status("echo").error)


async def test_the_log_is_kept_in_a_file_without_the_values_of_the_environment(tmp_path):
    secret = "-".join(["very", "secret"] * 2)
    config = ServerConfig(
        name="printer",
        command=sys.executable,
        args=["-c", "import os, sys; sys.stderr.write('key ' + os.environ['KEY'] + '\\n')"],
        env={"KEY": secret},
        external=False,
    )
    async with manager(config, log_dir=tmp_path) as servers:
        await servers.start_server("printer")
        assert servers.log_tail("printer", 1) == ["key ***"]
        assert secret not in (tmp_path / "printer.log").read_text()


async def test_metrics_count_calls_and_uptime():
    async with manager(echo()) as servers:
        await servers.call_tool("echo", "say", {"text": "x"})
        await servers.call_tool("echo", "fail")
        metrics = servers.metrics
        assert (metrics["tools_called"], metrics["tools_succeeded"], metrics["tools_failed"]) == (2, 1, 1)
        assert metrics["total_latency_ms"] > 0
        assert metrics["server_uptime_seconds"]["echo"] > 0
        json.dumps(metrics)


async def test_declarations_can_be_read_from_a_file(tmp_path):
    file = tmp_path / "servers.yaml"
    server = {"transport": "stdio", "command": sys.executable, "args": list(echo().args), "external": False}
    file.write_text(json.dumps({"servers": {"echo": server}, "startup": {"auto_start": ["echo"]}}))
    async with MCPServerManager(file, privacy=None) as servers:
        assert await servers.start_auto_start_servers() == {"echo": True}
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"


async def test_starting_and_stopping_again_and_again_leaks_nothing():
    async with manager(echo("--era", "legacy", protocol="legacy")) as servers:
        await servers.restart_server("echo")
        await servers.stop_server("echo")
        tasks, files = len(asyncio.all_tasks()), open_files()
        for _ in range(10):
            await servers.start_server("echo")
            await servers.stop_server("echo")
        assert len(asyncio.all_tasks()) == tasks
        assert open_files() == files


async def test_a_flood_on_stderr_costs_other_servers_nothing_much():
    async with manager(echo(), echo(name="neighbour")) as servers:
        await servers.start_server("neighbour")
        flood = asyncio.create_task(servers.call_tool("echo", "flood", {"lines": 50_000}))
        slowest = 0.0
        while not flood.done():
            slowest = max(slowest, (await servers.call_tool("neighbour", "say", {"text": "x"})).latency_ms)
        assert (await flood).success
        assert slowest < 500


@pytest.mark.requirement("mcp.variants")
async def test_a_server_declared_anew_ends_its_calls_and_the_next_call_takes_the_new_one():
    async with asyncio.timeout(20), manager(echo(env={"WHO": "old"})) as servers:
        old = (await servers.call_tool("echo", "whoami")).data["pid"]
        slow = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 0.5}))
        await until(lambda: servers._find("echo").gate.in_flight)
        servers.redeclare("echo", echo(env={"WHO": "new"}))
        assert (await servers.call_tool("echo", "env")).data["WHO"] == "new"
        assert (await slow).text == "slept"
        await until(lambda: is_gone(old))
        servers.redeclare("echo", None)
        assert (await servers.call_tool("echo", "env")).code == "not_found"


@pytest.mark.requirement("mcp.no_orphans")
async def test_a_variant_that_was_replaced_leaves_no_process_behind():
    async with asyncio.timeout(20), manager() as servers:
        servers.register_variant("s1", echo())
        first = (await servers.call_tool("echo", "whoami", session_id="s1")).data["pid"]
        slow = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 30}, session_id="s1"))
        await until(lambda: servers._find("echo", "s1").gate.in_flight)
        servers.register_variant("s1", echo())
        second = (await servers.call_tool("echo", "whoami", session_id="s1")).data["pid"]
        assert not is_gone(first)
        await servers.stop_all()
        assert is_gone(first)
        assert is_gone(second)
        assert not (await slow).success


async def test_arguments_that_do_not_fit_never_reach_a_strict_server():
    async with asyncio.timeout(20), manager(echo(name="easy"), echo(name="strict", strict=True)) as servers:
        assert (await servers.call_tool("strict", "add", {"a": 1, "b": 2})).data == {"sum": 3}
        results = [await servers.call_tool(name, "add", {"a": "x"}) for name in ("easy", "strict")]
        assert [(result.code, result.attempts) for result in results] == [
            ("invalid_arguments", 1),
            ("invalid_arguments", 0),
        ]
