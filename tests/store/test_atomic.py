import errno
import os
import stat
from pathlib import Path

import pytest

from fakes.children import python
from roxy.errors import StoreError, StoreFull, StoreReadOnly
from roxy.store.atomic import explain_os_error, place, write_atomic


def test_the_new_content_takes_the_place_of_the_old_with_the_mode_asked_for(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text("old")
    path.chmod(0o644)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    write_atomic(path, b"newer", mode=0o640)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.yaml"]


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(StoreError, match="No such file") as caught:
        write_atomic(tmp_path / "none" / "file", b"")
    assert str(tmp_path / "none") in caught.value.hint


def test_a_folder_in_the_place_of_the_file_is_told_and_nothing_stays_behind(tmp_path):
    (tmp_path / "file" / "inner").mkdir(parents=True)
    with pytest.raises(StoreError, match="Is a directory"):
        write_atomic(tmp_path / "file", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("number", "kind"), [(28, StoreFull), (122, StoreFull), (30, StoreReadOnly), (13, StoreReadOnly), (5, StoreError)]
)
def test_each_refusal_of_the_system_has_its_error(number, kind):
    error = explain_os_error(OSError(number, ""), Path("/data/file"))
    assert type(error) is kind
    assert "/data/file" in error.message
    assert error.hint


def test_a_finished_file_is_placed_only_where_nothing_is(tmp_path):
    staged, path = tmp_path / "staged", tmp_path / "file"
    staged.write_text("new")
    assert place(staged, path)
    staged.unlink()  # `place` gives a second name; the first is its maker's to remove
    staged.write_text("newer")
    assert not place(staged, path)
    assert path.read_text() == "new"


def test_a_file_system_without_links_is_served_by_a_rename(tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    staged, path = tmp_path / "staged", tmp_path / "file"
    staged.write_text("new")
    assert place(staged, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    staged.write_text("newer")
    with pytest.raises(PermissionError):
        place(staged, path)
    assert path.read_text() == "new"


async def test_a_disk_without_room_leaves_the_old_content_and_no_remains(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    code = """
        import resource, sys
        from pathlib import Path
        from roxy.errors import StoreFull
        from roxy.store.atomic import write_atomic

        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_atomic(Path(sys.argv[1]), b"x" * 2000)
        except StoreFull as error:
            print(error)
    """
    child = await python(code, path)
    output, errors = await child.communicate()
    assert errors == b""
    assert b"no room left" in output
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


async def test_a_kill_at_any_moment_leaves_one_whole_version(tmp_path):
    path = tmp_path / "file"
    code = """
        import sys
        from pathlib import Path
        from roxy.store.atomic import write_atomic

        for number in range(100_000):
            write_atomic(Path(sys.argv[1]), str(number % 10).encode() * 50_000)
            print(number, flush=True)
    """
    for confirmations in (1, 7, 20):
        child = await python(code, path)
        for _ in range(confirmations):
            await child.stdout.readline()
        child.kill()
        await child.communicate()
        content = path.read_bytes()
        assert len(content) == 50_000
        assert len(set(content)) == 1
