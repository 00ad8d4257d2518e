"""What all tests share: a home of one's own, so that no test ever sees the user's."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Every test has its own ROXY_HOME, and knows none of the secrets of the person who runs it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ROXY_HOME", str(folder))
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_TOKEN", "_SECRET")) or (name.startswith("ROXY_") and name != "ROXY_HOME"):
            monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path) -> dict[str, str]:
    """The environment of a command that runs in a home and a folder of its own."""
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
