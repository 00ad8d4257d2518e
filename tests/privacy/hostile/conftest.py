"""The house that the proofs with real processes share."""

import shutil

import pytest

from privacy.hostile.house import House
from roxy.config.places import Places


@pytest.fixture
def house(tmp_path, kept_cache, empty_database):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path / "roxy")}, tmp_path).ready()
    shutil.copytree(kept_cache, places.cache, dirs_exist_ok=True)
    shutil.copy2(empty_database, places.data)
    return House(places, tmp_path)
