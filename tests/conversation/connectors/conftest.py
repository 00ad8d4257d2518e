"""A session to bind connectors to, and what the files of a user declare."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from roxy.config.connectors import Declarations
from roxy.config.places import Places
from roxy.conversation.connectors.kept import Connectors
from roxy.store.tables import sessions


@pytest.fixture
def places(tmp_path) -> Places:
    places = Places(**{name: tmp_path / name for name in ("config", "data", "cache", "packaged", "project", "site")})
    places.config.mkdir()
    declared = {"servers": {"github": {"command": "github-server", "args": ["--stdio"], "timeout_request": 20}}}
    (places.config / "mcp_servers.yaml").write_text(json.dumps(declared), encoding="utf-8")
    return places


@pytest.fixture
def declarations(places) -> Declarations:
    return Declarations(places, {})


@pytest.fixture
def kept(database, declarations) -> Connectors:
    return Connectors(database, declarations)


@pytest.fixture
async def session(database):
    """Makes sessions, with metadata when they have some."""

    async def make(name: str = "ses_1", metadata: str | None = None) -> str:
        now = datetime.now(UTC)
        row = {"id": name, "started": now, "last": now, "title": "hello", "metadata": metadata}
        async with database.writing() as connection:
            await connection.execute(insert(sessions).values(**row))
        return name

    return make


@pytest.fixture
def backups(tmp_path) -> Path:
    return tmp_path / "backups"
