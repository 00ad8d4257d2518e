import json
import os
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from fakes.owner import served
from fakes.postgres import MISSING, binaries
from roxy.cli.main import invoke
from roxy.cli.running import run
from roxy.store.database import FILE, open_database
from roxy.store.tables import notebook


@pytest.fixture
def data():
    """The data folder of this test, with one note in it."""
    folder = Path(os.environ["ROXY_HOME"]) / "data"
    _put(folder, "first")
    return folder


def _put(folder, key):
    async def put():
        async with open_database(folder) as database, database.writing() as connection:
            await connection.execute(insert(notebook).values(skill="test", key=key, value='"milk"'))

    run(put())


def _keys(folder):
    async def keys():
        async with open_database(folder) as database, database.reading() as connection:
            return (await connection.execute(select(notebook.c.key).order_by(notebook.c.key))).scalars().all()

    return run(keys())


def test_a_backup_is_made_while_roxy_runs_and_restored_when_it_does_not(data, tmp_path, capsys):
    with served():
        assert invoke(["data", "backup", str(tmp_path / "copy.db"), "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"backup": str(tmp_path / "copy.db")}
        assert invoke(["data", "restore", str(tmp_path / "copy.db"), "--yes"]) == 1
        assert "Another Roxy" in capsys.readouterr().err
    _put(data, "second")
    assert invoke(["data", "restore", str(tmp_path / "copy.db"), "--yes"]) == 0
    assert "kept as" in capsys.readouterr().out
    assert _keys(data) == ["first"]


def test_a_backup_without_a_name_gets_one_in_the_current_folder(data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert invoke(["data", "backup"]) == 0
    (made,) = tmp_path.glob("roxy-*.db")
    assert capsys.readouterr().out == f"Backed up to {made}.\n"


@pytest.mark.requirement("data.export_delete")
def test_everything_is_exported_as_one_document_with_the_profile(data, tmp_path, capsys):
    config = data.parent / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "roxy.yaml").write_text("user: {name: Ada}\n")
    assert invoke(["data", "export"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["profile"] == {"name": "Ada"}
    assert document["notes"] == {"test": {"first": "milk"}}
    assert invoke(["data", "export", str(tmp_path / "out.json")]) == 0
    out, err = capsys.readouterr()
    assert (out, "Exported" in err) == ("", True)
    assert json.loads((tmp_path / "out.json").read_text())["notes"] == document["notes"]


@pytest.mark.requirement("data.export_delete")
def test_deleting_everything_empties_the_data_folder_and_the_profile(data, capsys):
    config = data.parent / "config"
    config.mkdir(parents=True, exist_ok=True)
    (config / "roxy.yaml").write_text("# mine\nuser:\n  name: Ada\n  units: metric\nchat: {}\n")
    (data / f"{FILE}.damaged-1").write_text("old")
    (data / "logs").mkdir()
    (data / "logs" / "roxy.log").write_text("old")
    assert invoke(["data", "delete", "--yes"]) == 0
    assert "everything" not in capsys.readouterr().err
    assert {entry.name for entry in data.iterdir()} <= {"roxy.lock"}
    assert "Ada" not in (config / "roxy.yaml").read_text()
    assert "# mine" in (config / "roxy.yaml").read_text()
    assert invoke(["data", "export"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["profile"], document["notes"]) == ({}, {})


def test_one_kind_is_deleted_and_counted(data, capsys):
    assert invoke(["data", "delete", "memory", "notes", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"memory": 0, "notes": 1}
    assert _keys(data) == []


def test_the_pseudonyms_of_conversations_go_with_them(data, capsys):
    (data / "vaults").mkdir()
    (data / "vaults" / "ses.vault").write_text("sealed")
    assert invoke(["data", "delete", "memory", "--yes"]) == 0
    assert (data / "vaults" / "ses.vault").exists()
    assert invoke(["data", "delete", "conversations", "--yes"]) == 0
    assert list((data / "vaults").iterdir()) == []
    assert "conversations: 0 deleted" in capsys.readouterr().out


def test_a_database_elsewhere_is_exported_and_emptied_but_not_copied(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ROXY_STORE__URL", f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
    assert invoke(["data", "export"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"] == {}
    assert invoke(["data", "backup"]) == 2
    assert "pg_dump" in capsys.readouterr().err
    assert invoke(["data", "delete", "--yes"]) == 0
    monkeypatch.delenv("ROXY_STORE__URL")
    assert _keys(data) == ["first"]


def test_nothing_is_deleted_without_a_yes_or_with_a_wrong_name(data, capsys):
    assert invoke(["data", "delete"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert invoke(["data", "delete", "memories", "--yes"]) == 2
    assert "conversations, memory, notes" in capsys.readouterr().err
    assert _keys(data) == ["first"]


def test_nothing_is_deleted_under_a_running_roxy(data, capsys):
    with served():
        assert invoke(["data", "delete", "--yes"]) == 1
        assert "roxy daemon stop" in capsys.readouterr().err
    assert _keys(data) == ["first"]


@pytest.mark.requirement("store.bad")
def test_a_damaged_database_ends_with_code_2_and_the_way_back(data, capsys):
    (data / FILE).write_bytes(b"damaged" * 1000)
    assert invoke(["data", "export"]) == 2
    error = capsys.readouterr().err
    assert "is damaged" in error
    assert "roxy data restore" in error
    assert "Traceback" not in error


def test_a_server_whose_programs_are_not_there_is_not_backed_up_and_they_are_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ROXY_STORE__URL", "postgresql+asyncpg://roxy@127.0.0.1/roxy")
    for words, tool in (
        (["backup", str(tmp_path / "x")], "pg_dump"),
        (["restore", str(tmp_path / "x"), "--yes"], "pg_restore"),
    ):
        assert invoke(["data", *words]) == 2
        assert tool in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_server_that_cannot_be_reached_leaves_no_backup_and_shows_no_password(monkeypatch, tmp_path, capsys):
    folder = binaries()
    if folder is None:
        pytest.skip(MISSING)
    monkeypatch.setenv("PATH", str(folder))
    word = "7drowssap"[::-1]
    monkeypatch.setenv("ROXY_STORE__URL", f"postgresql+asyncpg://roxy:{word}@/roxy?host={tmp_path}")
    assert invoke(["data", "backup", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert "pg_dump failed" in said
    assert word not in said
    assert not list(tmp_path.glob("*x*"))
