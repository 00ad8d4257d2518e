"""What all tests share: a home of one's own, so that no test ever sees the user's."""

import asyncio
import gc
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fakes.figures import resident
from fakes.postgres import MISSING, binaries, postgres
from roxy.config.places import Places, private_folder
from roxy.skills.finding import SkillSource
from roxy.skills.manager import SkillManager
from roxy.store.database import FILE, open_database

ROOT = Path(__file__).resolve().parents[1]

# Made-up cases are the same in every run, and may take as long as a busy machine takes; those who hunt for new ones say
# `--hypothesis-profile=hunt`.
settings.register_profile(
    "suite",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("hunt", settings.get_profile("suite"), derandomize=False)
settings.load_profile("suite")


def pytest_configure():
    """In the background of a shell signals are ignored, and would be by all that the tests start and interrupt."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


def pytest_collection_finish():
    """The modules of all tests stay to the end: no need to look through them for garbage again and again."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Of `-n auto`: half as many again as there are cores, for tests wait for the processes that they started."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + (cores + 1) // 2


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Every test has its own ROXY_HOME, and knows none of the secrets of the person who runs it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ROXY_HOME", str(folder))
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_TOKEN", "_SECRET")) or (name.startswith("ROXY_") and name != "ROXY_HOME"):
            monkeypatch.delenv(name)


_resident = 0
_GROWN = 400_000_000


@pytest.fixture(autouse=True)
def _no_garbage_for_ever():
    """Each Roxy that is opened keeps all there is out of garbage collection, for it is the only one of its process.

    Here hundreds are, and what earlier ones were made of would stay: two gigabytes of it in a run of the suite.
    """
    global _resident  # noqa: PLW0603 - one figure of the process
    yield
    if sys.platform == "linux" and resident() > _resident + _GROWN:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        _resident = resident()


@pytest.fixture(scope="session")
def kept_cache(tmp_path_factory) -> Path:
    """The cache folder of a Roxy that has run before: the bundled skills are compiled, which takes half a second."""
    folder = tmp_path_factory.mktemp("cache")
    asyncio.run(_compiled(folder))
    return folder


async def _compiled(folder: Path) -> None:
    bundled = Places.from_environment({"ROXY_HOME": str(folder)}, folder).bundled_skills
    async with SkillManager([SkillSource("bundled", bundled, trusted=True)], cache=folder, packages=False):
        pass


@pytest.fixture
def fresh_home(tmp_path) -> dict[str, str]:
    """The environment of a command that runs in a home and a folder of its own, in which nothing is yet."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(tmp_path),
        "ROXY_HOME": str(tmp_path / "roxy"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONWARNINGS": "default,ignore::DeprecationWarning:typer",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "ROXY_PYTHON": sys.executable,
    }


@pytest.fixture
def home(fresh_home, kept_cache) -> dict[str, str]:
    """The same where Roxy has run before, and kept nothing but its cache."""
    root = private_folder(Path(fresh_home["ROXY_HOME"]))
    shutil.copytree(kept_cache, root / "cache")
    return fresh_home


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL server for all tests of this process, with one database that is at the head: `current`."""
    folder = binaries()
    if folder is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    with postgres(folder) as server:
        server.sql("CREATE DATABASE current")
        asyncio.run(_migrated(server.url("current")))
        yield server


async def _migrated(url: str) -> None:
    async with open_database(Path("unused"), url):
        pass


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A SQLite file that is at the head, to be copied: to make one takes twenty times as long."""
    folder = tmp_path_factory.mktemp("store")
    asyncio.run(_made(folder))
    return folder / FILE


async def _made(folder: Path) -> None:
    async with open_database(folder):
        pass


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request) -> str:
    """What `store.url` may be: empty (SQLite in the data folder), or a PostgreSQL database of this test's own."""
    if request.param == "sqlite":
        yield ""
        return
    server = request.getfixturevalue("postgres_server")
    name = server.lent()
    yield server.url(name)
    server.returned(name)


@pytest.fixture
async def database(tmp_path, store_url, empty_database):
    """An open database; each test with it runs on SQLite and on PostgreSQL."""
    shutil.copy2(empty_database, tmp_path)
    async with open_database(tmp_path, store_url) as opened:
        yield opened
