import os
import stat
from pathlib import Path

import pytest

from roxy.config.places import Places, private_folder
from roxy.errors import ConfigError

as_a_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def test_roxy_home_puts_everything_of_the_user_under_one_folder(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "home")}, tmp_path)
    assert [places.config, places.data, places.cache] == [
        tmp_path / "home" / name for name in ("config", "data", "cache")
    ]


def test_a_relative_roxy_home_counts_from_the_current_folder(tmp_path):
    assert Places.from_environment({"ROXY_HOME": "here"}, tmp_path).data == tmp_path / "here" / "data"


def test_without_roxy_home_the_platform_says_where(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    places = Places.from_environment({}, tmp_path)
    assert tmp_path in places.config.parents
    assert len({places.config, places.cache}) == 2


def test_what_travels_with_roxy_is_found_from_the_package(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path)
    assert (places.packaged / "roxy.yaml").is_file()
    assert places.bundled_skills.name == "skills"


def test_folders_are_made_for_the_user_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        places = Places.from_environment({"ROXY_HOME": str(tmp_path / "deep" / "home")}, tmp_path).ready()
    finally:
        os.umask(before)
    for folder in (places.config, places.data, places.cache, places.data.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_a_folder_that_others_can_read_is_closed_to_them(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    private_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="ROXY_HOME") as error:
        private_folder(tmp_path / "file" / "data")
    assert str(tmp_path / "file") in str(error.value)


@as_a_user
def test_a_read_only_home_is_named(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be made"):
            private_folder(tmp_path / "data")
    finally:
        tmp_path.chmod(0o700)


def test_making_no_folder_needs_no_folder():
    assert Places.from_environment({"ROXY_HOME": "/nowhere/at/all"}, Path("/")).logs == Path(
        "/nowhere/at/all/data/logs"
    )
