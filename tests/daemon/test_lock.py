import os
import signal
import subprocess
import sys

import pytest

from roxy.daemon.lock import own, owner_of
from roxy.errors import OwnedElsewhere, StoreReadOnly

HOLDER = """
import sys, signal
from pathlib import Path
from roxy.daemon.lock import own
with own(Path(sys.argv[1]), door="daemon"):
    print("held", flush=True)
    signal.pause()
"""


@pytest.fixture
def holder(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_owner_is_refused_and_told_who_it_is(tmp_path, holder):
    with pytest.raises(OwnedElsewhere) as raised, own(tmp_path, door="chat"):
        pass
    assert raised.value.pid == holder.pid
    assert "roxy daemon stop" in raised.value.hint


def test_a_killed_owners_lock_is_free_at_once(tmp_path, holder):
    assert owner_of(tmp_path).pid == holder.pid
    holder.send_signal(signal.SIGKILL)
    holder.wait(timeout=90)
    assert owner_of(tmp_path) is None
    with own(tmp_path, door="chat"):
        assert owner_of(tmp_path).pid == os.getpid()


def test_an_owner_tells_its_door_and_where_it_listens(tmp_path):
    with own(tmp_path, door="chat") as owned:
        assert owner_of(tmp_path).socket == ""
        owned.listening_on("/somewhere/a/long/path.sock")
        assert owner_of(tmp_path).socket == "/somewhere/a/long/path.sock"
        owned.listening_on("")
        assert owner_of(tmp_path).socket == ""
        assert owner_of(tmp_path).door == "chat"
    assert owner_of(tmp_path) is None


def test_a_folder_nobody_ever_owned_has_no_owner(tmp_path):
    assert owner_of(tmp_path) is None


def test_garbage_in_the_lock_file_stops_nobody(tmp_path):
    (tmp_path / "roxy.lock").write_bytes(b"\xff{not json")
    assert owner_of(tmp_path) is None
    with own(tmp_path, door="daemon"):
        assert owner_of(tmp_path).pid == os.getpid()


def test_the_lock_file_is_the_users_alone(tmp_path):
    with own(tmp_path, door="chat"):
        assert (tmp_path / "roxy.lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreReadOnly, match=str(tmp_path)), own(tmp_path, door="chat"):
        pass
