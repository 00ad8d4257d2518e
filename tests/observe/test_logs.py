import io
import json
import logging
import os
import stat
import subprocess
import sys

import pytest

from roxy.errors import ServerTimeout
from roxy.observe import logs
from roxy.observe.trace import bound

pytestmark = pytest.mark.requirement("observe.logs")


@pytest.fixture(autouse=True)
def _stopped():
    yield
    logs.stop_logging()
    logs.install_redactor(None)


def written(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "roxy.log").read_text(encoding="utf-8").splitlines()]


def test_a_record_is_one_line_of_json_with_the_ids_of_the_turn(tmp_path):
    logs.start_logging(tmp_path, terminal=False)
    with bound(correlation_id="cor_1", session_id="ses_1", hop=2):
        logs.get_logger("roxy.mcp.calling").info("tool.called", server="echo", ms=1.5, ok=True, names=("a", "b"))
    logs.get_logger("roxy").info("outside")
    first, second = written(tmp_path)
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "tool.called",
        "level": "info",
        "logger": "mcp.calling",
        "server": "echo",
        "ms": 1.5,
        "ok": True,
        "names": ["a", "b"],
        "correlation_id": "cor_1",
        "session_id": "ses_1",
        "hop": 2,
    }
    assert "session_id" not in second


def test_before_logging_is_started_nothing_is_written(tmp_path):
    logs.get_logger("roxy").error("lost")
    assert list(tmp_path.iterdir()) == []


def test_what_is_below_the_level_is_not_written(tmp_path):
    logs.start_logging(tmp_path, level="warning", terminal=False)
    logger = logs.get_logger("roxy")
    logger.debug("a")
    logger.info("b")
    assert not (tmp_path / "roxy.log").exists()
    logger.warning("c")
    assert [record["event"] for record in written(tmp_path)] == ["c"]


@pytest.mark.parametrize(
    "text", ["ann@example.com", "my doctor said", "01761234567", "/home/ann/x", "Anna Müller", "x" * 81]
)
def test_a_text_that_is_no_name_is_withheld_until_there_is_a_redactor(tmp_path, text):
    logs.start_logging(tmp_path, terminal=False)
    logs.get_logger("roxy").info("said", text=text, also=[text], thing=object(), id="ses_01jd8k3v9w-7hq2mzx4")
    record = written(tmp_path)[0]
    assert (record["text"], record["also"], record["thing"]) == ("(withheld)", ["(withheld)"], "<object>")
    assert record["id"] == "ses_01jd8k3v9w-7hq2mzx4"


def test_every_text_passes_the_redactor(tmp_path):
    logs.start_logging(tmp_path, terminal=False)
    logs.install_redactor(lambda text: text.replace("Anna", "PERSON_1"))
    logs.get_logger("roxy").info("said", text="Anna was here", name="Anna")
    record = written(tmp_path)[0]
    assert (record["text"], record["name"]) == ("PERSON_1 was here", "PERSON_1")


def test_a_redactor_that_fails_leaks_nothing_and_ends_nobody(tmp_path):
    def broken(text: str) -> str:
        raise RuntimeError(text)

    logs.start_logging(tmp_path, terminal=False)
    logs.install_redactor(broken)
    logs.get_logger("roxy").info("said", text="Anna")
    assert written(tmp_path)[0]["text"] == "(withheld)"


def test_of_an_exception_the_class_and_place_are_kept_and_never_the_message(tmp_path):
    logs.start_logging(tmp_path, terminal=False)
    with pytest.raises(ServerTimeout) as caught:
        raise ServerTimeout("Anna asked for 01761234567")
    logs.get_logger("roxy").error("call.failed", caught.value, server="echo")
    text = (tmp_path / "roxy.log").read_text()
    record = json.loads(text)
    assert (record["error"], record["code"], record["server"]) == ("ServerTimeout", "timeout", "echo")
    assert "test_logs" in record["at"]
    assert "Anna" not in text


def test_what_libraries_say_is_kept_by_place_and_not_by_message(tmp_path, capsys):
    logs.start_logging(tmp_path)
    logging.getLogger("some.library").warning("the key is %s", "hunter2")
    logging.getLogger("some.library").info("nothing")
    record = written(tmp_path)[0]
    assert (record["event"], record["logger"], record["level"]) == ("library.logged", "some.library", "warning")
    assert "hunter2" not in (tmp_path / "roxy.log").read_text()
    assert capsys.readouterr().err == ""


def test_what_roxys_own_modules_log_through_the_standard_library_is_a_constant_and_fields(tmp_path):
    logs.start_logging(tmp_path, terminal=False)
    logging.getLogger("roxy.events.log").warning("events are dropped: %s, %d", "Anna's disk", 3)
    record = written(tmp_path)[0]
    assert (record["event"], record["logger"]) == ("events are dropped: %s, %d", "events.log")
    assert record["args"] == ["(withheld)", 3]


def test_a_person_sees_warnings_on_stderr_and_nothing_below(tmp_path, monkeypatch):
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    logs.start_logging(tmp_path)
    logs.get_logger("roxy.mcp").info("as.usual")
    logs.get_logger("roxy.mcp").warning("server.failed", server="echo")
    assert "server.failed" in seen.getvalue()
    assert "server=echo" in seen.getvalue()
    assert "as.usual" not in seen.getvalue()
    assert "\x1b" not in seen.getvalue()


def test_files_are_the_users_alone_and_rotate(tmp_path):
    before = os.umask(0)
    try:
        logs.start_logging(tmp_path / "logs", max_bytes=2_000, keep=2, terminal=False)
        logger = logs.get_logger("roxy")
        for number in range(100):
            logger.info("counted", number=number)
    finally:
        os.umask(before)
    files = sorted((tmp_path / "logs").iterdir())
    assert [path.name for path in files] == ["roxy.log", "roxy.log.1", "roxy.log.2"]
    assert all(path.stat().st_size <= 2_000 and stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    numbers = [json.loads(line)["number"] for path in reversed(files) for line in path.read_text().splitlines()]
    assert numbers == list(range(numbers[0], 100))


def test_a_file_that_another_roxy_put_aside_is_left(tmp_path):
    logs.start_logging(tmp_path, terminal=False)
    logger = logs.get_logger("roxy")
    logger.info("first")
    (tmp_path / "roxy.log").rename(tmp_path / "roxy.log.1")
    logger.info("second")
    assert [record["event"] for record in written(tmp_path)] == ["second"]


def test_a_log_that_cannot_be_written_ends_nobody(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    logs.start_logging(tmp_path / "file" / "logs", terminal=False)
    logs.get_logger("roxy").error("lost")
    assert capsys.readouterr() == ("", "")


def test_starting_again_changes_the_folder(tmp_path):
    for name in ("one", "two"):
        logs.start_logging(tmp_path / name, terminal=False)
        logs.get_logger("roxy").info("in", folder=name)
    assert [written(tmp_path / name)[0]["folder"] for name in ("one", "two")] == ["one", "two"]


@pytest.mark.requirement("start.no_heavy_imports")
def test_a_command_that_logs_nothing_loads_neither_structlog_nor_prometheus(tmp_path):
    code = (
        "import sys; from pathlib import Path; from roxy.observe import logs, metrics, trace;"
        "logs.start_logging(Path(sys.argv[1])); logs.get_logger('roxy').debug('x');"
        "metrics.turn_ended('roxy', 0.1, success=True); metrics.redacted('PERSON');"
        "print(*[name for name in ('structlog', 'prometheus_client') if name in sys.modules])"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environ, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == ""
    assert list(tmp_path.iterdir()) == []
