import resource
import stat
from contextlib import contextmanager

import pytest

from roxy.config.writing import write_private
from roxy.errors import ConfigError


@contextmanager
def full_disk():
    """No file of this process may grow beyond ten bytes, which fails as a full disk does: in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_file_is_the_users_alone(tmp_path):
    write_private(tmp_path / "new" / "a.yaml", "a: ü\n")
    path = tmp_path / "new" / "a.yaml"
    assert path.read_text(encoding="utf-8") == "a: ü\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    folder = tmp_path / "a.yaml"
    folder.mkdir()
    (folder / "inside").write_text("old")
    with pytest.raises(ConfigError, match="unchanged"):
        write_private(folder, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
    assert (folder / "inside").read_text() == "old"


def test_a_symbolic_link_stays_one(tmp_path):
    real, link = tmp_path / "dotfiles.yaml", tmp_path / "roxy.yaml"
    real.write_text("old")
    link.symlink_to(real)
    write_private(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_name_that_the_disk_refuses_is_said_in_words(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_private(tmp_path / ("x" * 300), "text")


def test_a_disk_without_room_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("old")
    with full_disk(), pytest.raises(ConfigError, match="cannot be written"):
        write_private(path, "new " * 100)
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
