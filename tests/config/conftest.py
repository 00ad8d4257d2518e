"""Places of one's own, and a way to write files into them."""

import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from roxy.config.places import Places


@dataclass
class Desk:
    """Folders of one test, and what its environment holds."""

    places: Places
    environ: dict[str, str]

    def write(self, layer: str, name: str, text: str) -> Path:
        path = getattr(self.places, layer) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path


@pytest.fixture
def desk(tmp_path) -> Desk:
    names = ("config", "data", "cache", "packaged", "project", "site")
    return Desk(Places(**{name: tmp_path / name for name in names}), {"PATH": os.environ["PATH"]})
