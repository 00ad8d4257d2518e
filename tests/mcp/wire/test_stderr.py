"""The log of a server."""

import pytest

from roxy.mcp.wire import stderr
from roxy.mcp.wire.stderr import MOST_LINES, StderrLog


def test_lines_are_kept_as_they_come_whatever_the_chunks():
    log = StderrLog("x", None)
    for chunk in (b"fir", b"st\nsecond\r\nthi", b"rd"):
        log.feed(chunk)
    assert log.tail(10) == ["first", "second"]
    log.finish()
    assert log.tail(2) == ["second", "third"]
    assert log.tail(0) == []


def test_a_flood_costs_a_bounded_amount_of_disk_and_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(stderr, "MAX_FILE_BYTES", 10_000)
    log = StderrLog("x", tmp_path)
    for number in range(5_000):
        log.feed(f"line {number} with some words\n".encode())
    log.close()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3 * 10_000
    assert len(list(tmp_path.iterdir())) == 2
    assert len(log.lines) == stderr.KEPT_LINES
    assert log.tail(3) == [f"line {number} with some words" for number in (4997, 4998, 4999)]


def test_a_line_without_an_end_is_cut():
    log = StderrLog("x", None)
    for _ in range(100):
        log.feed(b"x" * 1000)
    assert max(len(line) for line in log.lines) <= stderr.MAX_LINE_CHARS


def test_earlier_runs_can_still_be_read(tmp_path):
    first = StderrLog("x", tmp_path)
    first.add("run one")
    first.close()
    second = StderrLog("x", tmp_path)
    second.add("run two")
    assert second.tail(5) == ["run one", "run two"]
    second.close()


def test_a_name_cannot_leave_the_folder(tmp_path):
    log = StderrLog("../../etc/passwd", tmp_path)
    assert log.path.parent == tmp_path


def test_a_folder_that_cannot_be_written_costs_only_the_file(tmp_path):
    (tmp_path / "file").write_text("")
    log = StderrLog("x", tmp_path / "file")
    log.add("kept in memory")
    assert list(log.lines) == ["kept in memory"]
    log.close()


def test_values_of_the_declaration_are_masked_and_short_ones_are_not():
    log = StderrLog("x", None, secrets=["s3cret" * 2, "true"])
    log.add("key=" + "s3cret" * 2 + " debug=true")
    assert log.tail(1) == ["key=*** debug=true"]


def test_every_line_is_kept_as_the_gateway_gives_it_back(tmp_path):
    log = StderrLog("x", tmp_path, redact=lambda line: line.replace("Mabel", "Person_1"))
    log.feed(b"hello Mabel\n\n")
    log.close()
    assert log.last == "hello Person_1"
    assert "Mabel" not in log.path.read_text(encoding="utf-8")


def test_of_a_flood_the_rest_is_counted_and_not_looked_at(monkeypatch):
    looked_at = []
    log = StderrLog("x", None, redact=lambda line: looked_at.append(line) or line)
    monkeypatch.setattr("roxy.mcp.wire.stderr.time.monotonic", lambda: 1.0)
    log.feed(b"noise\n" * (MOST_LINES + 7))
    monkeypatch.setattr("roxy.mcp.wire.stderr.time.monotonic", lambda: 2.0)
    log.feed(b"quiet again\n")
    assert list(log.lines)[-2:] == [
        f"[Roxy: 7 lines were left out here; there were more than {MOST_LINES} in a second]",
        "quiet again",
    ]
    assert len(looked_at) == MOST_LINES + 1


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
def test_half_a_value_at_a_cut_is_not_kept(size):
    value = "anna.schmidt@example.com"
    for place in range(stderr.MAX_LINE_CHARS - 30, stderr.MAX_LINE_CHARS + 5):
        log = StderrLog("x", None, redact=lambda line: line.replace(value, "EMAIL"))
        raw = f"{'x' * place}{value}{'y' * 9_000} {value}\nnext {value}\n".encode()
        for at in range(0, len(raw), size):
            log.feed(raw[at : at + size])
        (cut, following) = log.lines
        assert "anna" not in cut
        assert len(cut) > stderr.MAX_LINE_CHARS * 0.8
        assert following == "next EMAIL"
