import json
import os
from pathlib import Path

import pytest

from fakes.owner import served
from roxy.cli.main import invoke
from roxy.cli.running import run
from roxy.conversation.sessions import Sessions
from roxy.privacy.memory.vaults import Vaults
from roxy.store.database import open_database


@pytest.fixture
def data():
    """The data folder of this test, with the session `work`, in which one turn was begun and one name replaced."""
    folder = Path(os.environ["ROXY_HOME"]) / "data"

    async def talk():
        async with open_database(folder) as database:
            sessions = Sessions(database)
            await sessions.begin_turn(await sessions.establish("work"), "call Anna", "cli", "cor")

    run(talk())
    vaults = Vaults(folder / "vaults")
    vaults.open("work").issue("Anna", "person")
    vaults.save("work")
    return folder


@pytest.mark.requirement("sessions.export_delete")
def test_one_conversation_is_printed_in_real_words(data, tmp_path, capsys):
    assert invoke(["sessions", "export", "work"]) == 0
    assert json.loads(capsys.readouterr().out)["turns"][0]["heard"] == "call Anna"
    assert invoke(["sessions", "export", "work", str(tmp_path / "work.json")]) == 0
    assert json.loads((tmp_path / "work.json").read_text())["id"] == "work"


@pytest.mark.requirement("sessions.export_delete")
def test_one_conversation_is_deleted_with_its_pseudonyms(data, capsys):
    sealed = {entry.name for entry in (data / "vaults").iterdir()}
    assert invoke(["sessions", "delete", "work", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"turns": 1, "events": 0}
    assert len({entry.name for entry in (data / "vaults").iterdir()}) == len(sealed) - 1
    assert invoke(["sessions", "export", "work"]) == 2
    assert "no session 'work'" in capsys.readouterr().err


def test_nothing_is_deleted_without_a_yes_or_while_roxy_runs(data, capsys):
    assert invoke(["sessions", "delete", "work"]) != 0
    with served():
        assert invoke(["sessions", "delete", "work", "--yes"]) == 1
    assert "Another Roxy" in capsys.readouterr().err
    assert invoke(["sessions", "export", "work"]) == 0
