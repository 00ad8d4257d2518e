from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from roxy.cli import output
from roxy.cli.mcp import statuses
from roxy.contracts.servers import ServerState, ServerStatus

BUSY = ServerStatus(
    name="a_server_with_quite_a_long_name",
    state=ServerState.DEGRADED,
    transport="stdio",
    protocol="2026-07-28",
    era="modern",
    pid=1234567,
    uptime=93_784.0,
    restarts=12,
    error="The tool a_server.search did not answer within 30 s. If it needs longer, give a longer time-out.",
    tools=25,
    calls=123_456,
    failed_calls=7,
    p50_ms=3.21,
    p95_ms=12_345.0,
    in_flight=32,
    waiting=12,
    listed=datetime.now(UTC) - timedelta(hours=2),
    dropped={"tools": 2, "content": 1},
    where="/home/somebody/.config/roxy/mcp_servers.yaml:12",
    stderr=("one", "two"),
)
WELL = ServerStatus(name="quiet", transport="module", last_error="It ended. See: the log", last_error_at=BUSY.listed)


def drawn(view, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    output.show(None, as_json=False, view=lambda _: view())
    return capsys.readouterr().out


@pytest.mark.requirement("mcp.status")
@pytest.mark.parametrize("width", [60, 70, 80, 100, 200])
@pytest.mark.parametrize("view", [statuses.doing, statuses.servers])
def test_the_tables_fit_every_terminal_and_keep_names_states_and_errors(capsys, monkeypatch, width, view):
    out = drawn(lambda: view([BUSY, WELL]), capsys, monkeypatch, width)
    assert max(len(line) for line in out.splitlines()) <= width
    words = " ".join(out.split())
    for word in ("a_server_with_quite_a_long_name", "degraded", "quiet", "stopped"):
        assert word in words
    assert "did not" in words


def test_a_wide_terminal_shows_everything(capsys, monkeypatch):
    out = drawn(lambda: statuses.doing([BUSY, WELL]), capsys, monkeypatch, 200)
    for word in ("stdio modern", "1234567", "1.1d", "12", "123456", "3.2ms/12.3s", "32+12", "It ended. (2.0h ago)"):
        assert word in out


def test_columns_in_which_nothing_stands_are_left_out(capsys, monkeypatch):
    out = drawn(lambda: statuses.doing([replace(WELL, last_error="", last_error_at=None)]), capsys, monkeypatch, 80)
    assert out.split("\n")[0].split() == ["server", "state", "by", "last", "error"]


def test_one_server_is_told_in_full_within_sixty_columns(capsys, monkeypatch):
    out = drawn(lambda: statuses.server(BUSY), capsys, monkeypatch, 60)
    assert max(len(line) for line in out.splitlines()) <= 60
    words = " ".join(out.split())
    for said in (
        "2026-07-28 (modern)",
        "1 day, 2:03:04",
        "25, listed 2.0h ago",
        "123456: 123449 done, 7 failed",
        "3.2ms in the middle (p50), 12.3s at p95",
        "32 under way, 12 waiting",
        "2 tools, 1 content",
        "give a longer time-out.",
    ):
        assert said in words


def test_an_error_that_is_over_is_told_with_its_age(capsys, monkeypatch):
    out = drawn(lambda: statuses.server(WELL), capsys, monkeypatch, 80)
    assert "It ended. See: the log (2.0h ago)" in out
    assert "\nerror" not in out


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0s"), (59, "59s"), (60, "1m"), (3599, "60m"), (5400, "1.5h"), (36_000, "10h"), (864_000, "10d")],
)
def test_lengths_of_time_are_short(seconds, said):
    assert statuses.duration(seconds) == said


def test_states_have_colours_where_there_are_colours(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = drawn(lambda: statuses.doing([BUSY]), capsys, monkeypatch, 80)
    assert "\x1b[33mdegraded" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[33m" not in drawn(lambda: statuses.doing([BUSY]), capsys, monkeypatch, 80)
