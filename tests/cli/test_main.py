import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from roxy import __version__
from roxy.cli import main
from roxy.cli.groups import Entry

FAKES = Entry("fakes.commands:app", "commands that end in every way")


@pytest.fixture
def commands(monkeypatch):
    monkeypatch.setitem(main.COMMANDS, "fakes", FAKES)


def test_the_version_is_one_line(capsys):
    assert main.invoke(["--version"]) == 0
    assert capsys.readouterr().out == f"roxy {__version__}\n"


def test_help_lists_commands_without_importing_them(capsys, monkeypatch):
    monkeypatch.setitem(main.COMMANDS, "absent", Entry("roxy.no_such_module:app", "does nothing"))
    assert main.invoke(["--help"]) == 0
    assert "does nothing" in capsys.readouterr().out


def test_the_version_loads_nothing_heavy():
    code = (
        "import sys; from roxy.cli.main import invoke; invoke(['--version']);"
        "heavy = {'rich', 'mcp', 'sqlalchemy', 'presidio_analyzer', 'prompt_toolkit', 'httpx', 'starlette', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=90).stdout
    assert out.splitlines()[-1] == "[]"


@pytest.mark.requirement("cli.exit_codes")
@pytest.mark.parametrize(("command", "code"), [("fine", 0), ("used", 2), ("configured", 2), ("broken", 1), ("nope", 2)])
def test_the_exit_code_says_how_it_ended(commands, command, code):
    assert main.invoke(["fakes", command]) == code


def test_a_configuration_error_names_place_reason_and_next_step(commands, capsys):
    main.invoke(["fakes", "configured"])
    assert capsys.readouterr().err == "Error: roxy.yaml:3: unknown key `colour`\nDid you mean `color`?\n"


@pytest.mark.requirement("cli.no_traceback")
def test_a_defect_becomes_a_sentence_without_traceback_or_values(commands, capsys):
    main.invoke(["fakes", "broken"])
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "Traceback" not in err
    assert "secret-value" not in err
    log = Path(os.environ["ROXY_HOME"], "data", "logs", "roxy.log")
    assert str(log) in err
    record = json.loads(log.read_text().splitlines()[-1])
    assert record["error"] == "ZeroDivisionError"
    assert "secret-value" not in log.read_text()


def test_a_log_that_cannot_be_written_still_leaves_the_sentence(commands, capsys, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("ROXY_HOME", str(blocked))
    assert main.invoke(["fakes", "broken"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def complete(words):
    """What a shell is offered after these words."""
    ran = subprocess.run(
        [sys.executable, "-m", "roxy"],
        env={**os.environ, "_ROXY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return ran.stdout.split()


def test_shells_complete_commands_and_the_commands_of_groups():
    assert "sessions" in complete("roxy ses")
    assert {"start", "status", "stop"} <= set(complete("roxy mcp st"))
    assert "--json" in complete("roxy mcp list --j")


def test_debug_shows_the_traceback(commands, capsys):
    main.invoke(["--debug", "fakes", "broken"])
    assert "Traceback" in capsys.readouterr().err


def test_a_mistyped_command_is_met_with_the_nearest_one(commands, capsys):
    assert main.invoke(["faks"]) == 2
    assert "'fakes'" in capsys.readouterr().err


@pytest.fixture
def waiting():
    """Start a command that waits; `ignoring` is the signal that whoever starts it has ignored."""
    program = """
        import signal, sys
        sys.path.insert(0, "tests")
        for number in map(int, sys.argv[1:]):
            signal.signal(number, signal.SIG_IGN)
        from roxy.cli import main
        from roxy.cli.groups import Entry
        main.COMMANDS["fakes"] = Entry("fakes.commands:app", "x")
        sys.exit(main.invoke(["fakes", "waits"]))
    """
    started = []

    def start(*ignoring):
        words = [sys.executable, "-c", dedent(program), *(str(int(number)) for number in ignoring)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"waiting\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + 15), (signal.SIGHUP, 128 + 1)]
)
def test_a_signal_lets_a_command_close_what_it_opened(waiting, number, code):
    process = waiting()
    process.send_signal(number)
    out, err = process.communicate(timeout=90)
    assert process.returncode == code
    assert out == b"closed\n"
    assert b"Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_command_that_runs_in_the_background_for_good_stays_when_its_terminal_goes(waiting, number):
    process = waiting(number)
    process.send_signal(number)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=90)
    assert (process.returncode, out) == (128 + 15, b"closed\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_output_that_cannot_be_written_is_a_sentence():
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "roxy", "--version"], stdout=full, stderr=subprocess.PIPE, timeout=90, check=False
        )
    assert ran.stderr == b"Error: The output cannot be written: No space left on device.\n"
    assert ran.returncode == 1


def test_a_reader_that_has_enough_ends_a_command_in_silence():
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [sys.executable, "-m", "roxy", "--version"], stdout=writing, stderr=subprocess.PIPE, timeout=90, check=False
    )
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, b"")


@pytest.mark.requirement("cli.json")
@pytest.mark.parametrize(
    ("words", "code", "named"),
    [
        (["mcp", "config", "show", "nothing-like-it", "--json"], 2, "config_error"),
        (["mcp", "test", "nothing-like-it", "--json"], 1, "not_found"),
        (["ask", "--json"], 2, "usage_error"),
        (["sessions", "show", "nothing", "--json"], 2, "usage_error"),
        (["mcp", "list", "--json", "--no-such-option"], 2, "usage_error"),
    ],
)
def test_whoever_asks_for_json_is_told_in_json_how_a_command_failed(capsys, commands, words, code, named):
    assert main.invoke(words) == code
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error["code"] == named
    assert set(error) == {"code", "message", "next"}
    assert error["message"]
    assert said.err


def test_json_that_another_program_is_asked_for_is_not_roxys(capsys, commands):
    assert main.invoke(["sessions", "config", "bind", "nothing", "nothing", "--", "x", "--json"]) == 2
    assert capsys.readouterr().out == ""
