import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes.owner import served
from roxy.cli.main import invoke

SLOW = """
import asyncio, os, signal, sys
from contextlib import asynccontextmanager
from pathlib import Path
sys.path.insert(0, "tests")
from fakes.assistant import FakeAssistant
from functools import partial
from roxy.daemon import running

running.serving = partial(running.serving, grace=300)  # whoever ends sooner did not wait for it
for number in map(int, sys.argv[2:]):
    signal.signal(number, signal.SIG_IGN)

@asynccontextmanager
async def opener():
    yield FakeAssistant()

def ready():
    print("ready", flush=True)

caught = asyncio.run(running.run_daemon(Path(sys.argv[1]), opener, ready=ready))
print(f"ended by {caught.name}", flush=True)
"""


def roxy(home, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "roxy", *arguments],
        env=home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def daemon(tmp_path):
    """A daemon with a FakeAssistant in a process of its own."""
    with _started(tmp_path) as process:
        yield process


@contextmanager
def _started(folder, *ignoring):
    command = [sys.executable, "-c", SLOW, str(folder), *(str(int(number)) for number in ignoring)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def waiting_turn(folder):
    """A turn that is in flight in the daemon of `folder`, in a process of its own."""
    program = """
import asyncio, sys
from pathlib import Path
from roxy.contracts.turns import Utterance
from roxy.daemon.client import attach
from roxy.errors import RoxyError

class Ear:
    def heard(self, notice):
        print("in flight", flush=True)

async def main():
    attached = await attach(Path(sys.argv[1]))
    try:
        print((await attached.turn(Utterance(text="wait", session_id="s"), Ear())).text)
    except RoxyError as error:
        print(type(error).__name__, flush=True)

asyncio.run(main())
"""
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "in flight\n"
    return process


@pytest.mark.requirement("owner.socket")
def test_the_daemon_starts_serves_other_commands_and_stops(home):
    try:
        started = roxy(home, "daemon", "start")
        assert started.returncode == 0, started.stderr
        status = json.loads(roxy(home, "daemon", "status", "--json").stdout)
        assert status["running"] is True
        assert status["door"] == "daemon"
        assert "already" in roxy(home, "daemon", "start").stdout
        document = json.loads(roxy(home, "mcp", "list", "--json").stdout)
        assert [server["name"] for server in document]
    finally:
        stopped = roxy(home, "daemon", "stop")
    assert stopped.returncode == 0
    after = roxy(home, "daemon", "status", "--json")
    assert after.returncode == 1
    assert json.loads(after.stdout) == {"running": False}
    assert not (Path(home["ROXY_HOME"]) / "data" / "roxy.sock").exists()


def test_a_daemon_that_cannot_start_says_why_and_keeps_the_code_of_a_wrong_configuration(home):
    settings = Path(home["ROXY_HOME"]) / "config" / "roxy.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text("colour: red\n")
    ran = roxy(home, "daemon", "start")
    assert ran.returncode == 2
    assert "roxy.yaml:1" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_second_daemon_is_refused_with_the_first_ones_process(home, daemon, tmp_path):
    data = Path(home["ROXY_HOME"]) / "data"
    data.parent.mkdir(exist_ok=True)
    data.symlink_to(tmp_path, target_is_directory=True)
    ran = roxy(home, "daemon", "run")
    assert ran.returncode == 1
    assert str(daemon.pid) in ran.stderr


def test_sigterm_ends_an_idle_daemon_with_zero(daemon):
    daemon.send_signal(signal.SIGTERM)
    out, _ = daemon.communicate(timeout=90)
    assert out == "ended by SIGTERM\n"
    assert daemon.returncode == 0


def test_a_daemon_outlives_the_terminal_of_a_shell_that_began_it_with_nohup(tmp_path):
    with _started(tmp_path, signal.SIGHUP) as daemon:
        daemon.send_signal(signal.SIGHUP)
        daemon.send_signal(signal.SIGTERM)
        out, _ = daemon.communicate(timeout=90)
    assert out == "ended by SIGTERM\n"


def test_sigterm_waits_for_the_turn_in_flight_and_the_second_does_not(daemon, tmp_path):
    turn = waiting_turn(tmp_path)
    with turn:
        daemon.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.wait(timeout=1)
        assert turn.poll() is None
        daemon.send_signal(signal.SIGTERM)
        out, _ = daemon.communicate(timeout=90)
        assert out == "ended by SIGTERM\n"
        told, _ = turn.communicate(timeout=90)
    assert told in {"TurnCancelled\n", "OwnerGone\n"}


def test_a_chat_is_not_stopped_from_outside(capsys):
    with served(door="chat"):
        assert invoke(["daemon", "stop"]) == 1
    assert "/quit" in capsys.readouterr().err


def test_without_a_daemon_stop_has_nothing_to_do(capsys):
    assert invoke(["daemon", "stop"]) == 0
