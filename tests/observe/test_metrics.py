import threading

import pytest
from prometheus_client.parser import text_string_to_metric_families

from roxy.observe.metrics import OTHER, Metrics

pytestmark = pytest.mark.requirement("observe.metrics")


def samples(metrics: Metrics, name: str) -> dict[tuple[tuple[str, str], ...], float]:
    families = text_string_to_metric_families(metrics.text())
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {tuple(sorted(sample.labels.items())): sample.value for sample in found}


def test_a_tool_call_carries_the_names_of_the_conventions():
    metrics = Metrics()
    metrics.request_ended("tools/call", "echo", "say", transport="stdio", protocol="2026-07-28", seconds=0.3)
    metrics.request_ended("tools/call", "echo", "say", transport="http", protocol="", seconds=0.3, error_type="timeout")
    good, failed = samples(metrics, "mcp_client_operation_duration_seconds_count")
    assert dict(good) == {
        "mcp_method_name": "tools/call",
        "gen_ai_operation_name": "execute_tool",
        "gen_ai_tool_name": "say",
        "roxy_server": "echo",
        "mcp_protocol_version": "2026-07-28",
        "network_transport": "pipe",
        "network_protocol_name": "",
        "error_type": "",
    }
    assert {**dict(failed), "x": ""}.items() >= {"network_transport": "tcp", "error_type": "timeout"}.items()


def test_the_buckets_are_those_of_the_conventions():
    metrics = Metrics()
    metrics.request_ended("tools/call", "echo", "say", transport="module", protocol="", seconds=0.3)
    buckets = {
        dict(labels)["le"]: value
        for labels, value in samples(metrics, "mcp_client_operation_duration_seconds_bucket").items()
    }
    assert list(buckets)[:5] == ["0.01", "0.02", "0.05", "0.1", "0.2"]
    assert (buckets["0.2"], buckets["0.5"], buckets["300.0"], buckets["+Inf"]) == (0, 1, 1, 1)


def test_a_session_carries_the_names_of_the_conventions_and_how_it_ended():
    metrics = Metrics()
    metrics.session_ended("echo", transport="http", protocol="2025-11-25", seconds=61.0)
    metrics.session_ended("echo", transport="http", protocol="2025-11-25", seconds=2.0, error_type="disconnected")
    metrics.session_ended("echo", transport="module", protocol="", seconds=2.0, error_type="something new")
    good, failed, odd = samples(metrics, "mcp_client_session_duration_seconds_count")
    assert dict(good) == {
        "roxy_server": "echo",
        "mcp_protocol_version": "2025-11-25",
        "network_transport": "tcp",
        "network_protocol_name": "http",
        "error_type": "",
    }
    assert dict(failed)["error_type"] == "disconnected"
    assert dict(odd)["error_type"] == OTHER
    total = samples(metrics, "mcp_client_session_duration_seconds_sum")
    assert sum(total.values()) == 65.0


def test_turns_redactions_and_restarts_are_counted():
    metrics = Metrics()
    metrics.turn_ended("skill:clock", 0.01, success=True)
    metrics.turn_ended("roxy", 0.01, success=False)
    metrics.redacted("PERSON", 3)
    metrics.redacted("PERSON")
    metrics.blocked("BINARY")
    metrics.blocked("")
    metrics.server_restarted("echo")
    assert samples(metrics, "roxy_turn_duration_seconds_count") == {
        (("route", "skill:clock"), ("success", "true")): 1,
        (("route", "roxy"), ("success", "false")): 1,
    }
    assert samples(metrics, "roxy_redactions_total") == {(("type", "PERSON"),): 4}
    assert samples(metrics, "roxy_privacy_blocks_total") == {(("type", "BINARY"),): 1, (("type", ""),): 1}
    assert samples(metrics, "roxy_server_restarts_total") == {(("server", "echo"),): 1}


def test_a_label_takes_a_bounded_number_of_values():
    metrics = Metrics()
    for number in range(700):
        metrics.request_ended("tools/call", "echo", f"tool{number}", transport="stdio", protocol="", seconds=0.1)
    metrics.request_ended(
        "tools/call", "echo", "tool0", transport="stdio", protocol="", seconds=0.1, error_type="made up: ann@x.com"
    )
    counts = samples(metrics, "mcp_client_operation_duration_seconds_count")
    by_tool: dict[str, float] = {}
    for labels, value in counts.items():
        name = dict(labels)["gen_ai_tool_name"]
        by_tool[name] = by_tool.get(name, 0) + value
    assert len(by_tool) == 501
    assert by_tool[OTHER] == 200
    assert {dict(labels)["error_type"] for labels in counts} == {"", OTHER}


def test_nothing_is_lost_when_many_threads_note_at_once():
    metrics = Metrics()

    def work() -> None:
        for _ in range(1_500):
            metrics.redacted("EMAIL_ADDRESS")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert samples(metrics, "roxy_redactions_total") == {(("type", "EMAIL_ADDRESS"),): 6_000}


def test_a_scrape_of_a_quiet_process_tells_of_the_process():
    assert "process_start_time_seconds" in Metrics().text()


def test_what_a_model_took_and_cost_carries_the_names_of_the_conventions():
    metrics = Metrics()
    metrics.model_asked(
        "gemini", "m1", answered_by="m1-2026", seconds=2.0, first_chunk=0.3, per_chunk=0.02, tokens=(100, 7)
    )
    metrics.model_asked("openai", "m2", answered_by="", seconds=0.1, error_type="model_refused")
    model = {
        "gen_ai_operation_name": "generate_content",
        "gen_ai_provider_name": "gcp.gemini",
        "gen_ai_request_model": "m1",
        "gen_ai_response_model": "m1-2026",
    }
    refused = {**dict.fromkeys(model, ""), "gen_ai_operation_name": "chat", "gen_ai_provider_name": "openai"}
    durations = samples(metrics, "gen_ai_client_operation_duration_seconds_sum")
    assert {tuple(sorted(labels)): value for labels, value in durations.items()} == {
        tuple(sorted({**model, "error_type": ""}.items())): 2.0,
        tuple(sorted({**refused, "gen_ai_request_model": "m2", "error_type": "model_refused"}.items())): 0.1,
    }
    first = samples(metrics, "gen_ai_client_operation_time_to_first_chunk_seconds_sum")
    between = samples(metrics, "gen_ai_client_operation_time_per_output_chunk_seconds_sum")
    assert (list(first.values()), list(between.values())) == ([0.3], [0.02])
    tokens = samples(metrics, "gen_ai_client_token_usage_sum")
    assert {dict(labels)["gen_ai_token_type"]: value for labels, value in tokens.items()} == {"input": 100, "output": 7}
