"""A data folder in which something is wrong: one clear message with the path and the next step, and nothing is lost."""

import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from fakes.program import Conversation, places_of, roxy, roxy_like_anybody, roxy_on_full_disk
from roxy.store.database import FILE

PAGE = 4096


@pytest.fixture
def home(fresh_home) -> dict[str, str]:
    """Nothing is there that a test does not put there."""
    return fresh_home


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    """A home in which something was remembered, made once."""
    folder = tmp_path_factory.mktemp("pristine")
    home = {**os.environ, "HOME": str(folder), "ROXY_HOME": str(folder / "roxy")}
    assert roxy(home, "ask", "remember that the boat is called Albatross").returncode == 0
    return folder / "roxy"


@pytest.fixture
def database(home, pristine) -> Path:
    shutil.copytree(pristine, home["ROXY_HOME"])
    return places_of(home).data / FILE


def truncate(file: Path) -> None:
    os.truncate(file, PAGE + 900)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for at in range(PAGE, len(content), 97):
        content[at] ^= 0xFF
    file.write_bytes(content)


def zero_a_page(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[3 * PAGE : 4 * PAGE] = bytes(PAGE)
    file.write_bytes(content)


def write_text(file: Path) -> None:
    file.write_text("This is a letter, and no database.\n" * 300)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def is_plain(result, *words: str, code: int = 2) -> None:
    """It ended with `code` and a message of a few lines that names all of `words`, and says nothing else."""
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert "inside Roxy" not in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 3, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.requirement("store.bad", "cli.no_traceback", "cli.exit_codes")
@pytest.mark.parametrize("damage", [truncate, flip, zero_a_page, write_text, empty])
def test_a_damaged_database_is_kept_and_named_with_the_way_out(home, database, damage):
    damage(database)
    before = database.read_bytes()
    is_plain(roxy(home, "ask", "what do you remember"), str(database), "damaged", "roxy data restore FILE")
    assert database.read_bytes() == before
    assert [copy.read_bytes() for copy in database.parent.glob(f"{FILE}.damaged-*Z")] == [before]


@pytest.mark.requirement("store.bad", "cli.no_traceback")
def test_every_door_says_so_and_a_backup_brings_it_back(home, database, tmp_path):
    backup = tmp_path / "backup.db"
    assert roxy(home, "data", "backup", backup).returncode == 0
    write_text(database)
    for words in (["chat"], ["data", "export"], ["sessions", "list"]):
        is_plain(roxy(home, *words), str(database))
    assert roxy(home, "mcp", "list").returncode == 0
    doctor = roxy(home, "doctor")
    assert (doctor.returncode, "damaged" in doctor.stdout) == (1, True)
    assert roxy(home, "data", "restore", backup, "--yes").returncode == 0
    assert "Albatross" in roxy(home, "ask", "what do you remember").stdout


@pytest.mark.requirement("store.bad")
def test_a_folder_in_the_place_of_the_database_is_called_one(home, database):
    database.unlink()
    database.mkdir()
    is_plain(roxy(home, "ask", "what time is it"), f"{database} is a folder")


@pytest.mark.requirement("store.bad", "cli.no_traceback")
@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may write anywhere")
@pytest.mark.parametrize("words", [["ask", "remember that x is y"], ["chat"], ["data", "backup"]])
def test_a_read_only_data_folder_ends_in_a_message_and_changes_nothing(home, database, words):
    before = database.read_bytes()
    database.parent.chmod(0o500)
    try:
        is_plain(roxy_like_anybody(home, *words), str(database.parent), "Make", "ROXY_HOME")
    finally:
        database.parent.chmod(0o700)
    assert database.read_bytes() == before


@pytest.mark.requirement("store.bad", "cli.no_traceback")
@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may read anything")
@pytest.mark.parametrize("name", ["", "data", "config"])
def test_a_folder_that_may_not_be_entered_is_named(home, database, name):
    closed = Path(home["ROXY_HOME"]) / name
    closed.chmod(0o000)
    try:
        is_plain(roxy_like_anybody(home, "ask", "what time is it"), str(closed))
    finally:
        closed.chmod(0o700)


@pytest.mark.requirement("store.bad", "cli.no_traceback")
def test_a_full_disk_takes_no_new_thing_and_keeps_the_old(home, database):
    for limit in (0, 1000, PAGE, 30_000):
        full = roxy_on_full_disk(home, limit, "ask", "remember that the cat is called Mog")
        assert full.returncode in {1, 2}, f"all of it found room in {limit} bytes"
        assert str(database.parent) in full.stdout + full.stderr
        assert "Traceback" not in full.stderr
        assert "inside Roxy" not in full.stdout + full.stderr
    said = roxy(home, "ask", "what do you remember").stdout
    assert "Albatross" in said
    assert "Mog" not in said
    with sqlite3.connect(database) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    opened.close()


@pytest.mark.requirement("store.bad")
def test_a_chat_on_a_full_disk_says_so_and_goes_on(home, database):
    said = roxy_on_full_disk(home, 50_000, "chat", said="remember that the cat is called Mog\n" * 30 + "/servers\n")
    assert "no room left" in said.stdout + said.stderr
    assert "brave_search" in said.stdout
    assert "Traceback" not in said.stderr
    is_plain(roxy_on_full_disk(home, 0, "chat"), str(database.parent))


@pytest.mark.requirement("store.bad")
def test_the_first_start_on_a_full_disk_leaves_nothing_half_made(home):
    data = places_of(home).data
    is_plain(roxy_on_full_disk(home, 50_000, "ask", "what time is it"), str(data / FILE), "no room left")
    assert not list(data.iterdir())
    assert "It" in roxy(home, "ask", "what time is it").stdout


@pytest.mark.requirement("store.bad", "config.bad", "cli.no_traceback")
@pytest.mark.parametrize("name", ["", "config", "data", "cache"])
def test_a_file_in_the_place_of_a_folder_is_named(home, name):
    place = Path(home["ROXY_HOME"]) / name
    place.parent.mkdir(exist_ok=True)
    place.write_text("I am in the way.")
    is_plain(roxy(home, "ask", "what time is it"), str(place))
    assert place.read_text() == "I am in the way."


@pytest.mark.requirement("store.bad")
def test_what_can_be_made_again_is_made_again(home, database):
    cached = places_of(home).cache / "skills.json"
    for content in (b"{{{", b"[]", b'{"a": 1}', os.urandom(2000)):
        cached.write_bytes(content)
        assert roxy(home, "ask", "what is 2 plus 2").returncode == 0
    assert json.loads(cached.read_text())


@pytest.mark.requirement("store.bad")
def test_a_chat_whose_database_or_trust_is_damaged_meanwhile_answers_every_line(home, database):
    with Conversation(home, "chat") as chat:
        chat.say("what do you remember")
        chat.expect("Albatross")
        write_text(places_of(home).trust_file)
        chat.say("search the web for boats")
        chat.expect("trust.yaml")
        write_text(database)
        for said in ("what do you remember", "remember that x is y", "what do you remember", "what time is it"):
            chat.say(said)
        rest = chat.leave()  # a line that is never answered would let the end of the input wait for ever
        assert f"Error: {database} is damaged" in rest
        assert "inside Roxy" not in rest
        assert chat.process.returncode == 0
