"""Finding what a server has started."""

import os
import signal
import subprocess
import sys

import pytest

from fakes.servers import is_gone
from roxy.mcp.process import survivors as processes

WAIT = "print('up', flush=True); import signal; signal.pause()"


def started(run: str) -> subprocess.Popen:
    child = subprocess.Popen(
        [sys.executable, "-c", WAIT],
        env={**os.environ, processes.MARKER: run},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    child.stdout.readline()
    return child


def test_processes_are_found_by_their_marker_and_by_their_group_and_a_zombie_is_gone():
    mine, other = started("run-mine"), started("run-other")
    try:
        assert processes.survivors(0, "run-mine") == {mine.pid}
        assert processes.survivors(other.pid, "run-mine") == {mine.pid, other.pid}
        assert os.getpid() not in processes.survivors(0, "run")
        processes.send({mine.pid}, signal.SIGKILL)
        os.waitid(os.P_PID, mine.pid, os.WEXITED | os.WNOWAIT)
        assert processes.survivors(0, "run-mine") == set()
        assert is_gone(mine.pid)
    finally:
        for child in (mine, other):
            child.kill()
            child.wait()
            child.stdout.close()


@pytest.mark.skipif(sys.platform != "darwin", reason="asks ps in the way of the BSDs, as there is no /proc")
def test_without_proc_ps_finds_the_same():
    mine = started("run-ps")
    try:
        assert mine.pid in processes.survivors(mine.pid, "run-ps")
        assert mine.pid in processes.survivors(0, "run-ps")
    finally:
        mine.kill()
        mine.wait()
        mine.stdout.close()


def test_no_group_means_nobody_but_those_with_the_marker():
    assert processes.survivors(0, "run-of-nobody") == set()
    assert processes.survivors(1, "run-of-nobody") == set()


def test_signalling_what_has_gone_is_no_error_and_never_hits_ourselves():
    child = started("run-gone")
    child.kill()
    child.wait()
    child.stdout.close()
    processes.send({child.pid, 0, 1, os.getpid()}, signal.SIGKILL)
