"""Vaults: the same value keeps its pseudonym, files are sealed, and what is damaged is said to be."""

import stat
import threading

import pytest

from roxy.errors import PrivacyBlocked, StoreCorrupt, StoreError
from roxy.privacy import vault as vault_module
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.sealing import KEY_FILE, Sealer
from roxy.privacy.vault import SessionVault, Vaults

KEY = b"k" * 32


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "vaults"


def kept(folder, value="ann@example.com", session="s1"):
    vaults = Vaults(folder)
    pseudonym = vaults.open(session).issue(value, "EMAIL_ADDRESS")
    vaults.save(session)
    return pseudonym


@pytest.mark.requirement("privacy.stable")
def test_a_vault_keeps_its_pseudonyms_over_a_restart(folder):
    pseudonym = kept(folder)
    again = Vaults(folder).open("s1")
    assert again.value_of(pseudonym.lower()) == "ann@example.com"
    assert again.issue("ann@example.com", "EMAIL_ADDRESS") == pseudonym
    assert not again.unsaved


def test_a_value_keeps_its_pseudonym_even_when_the_vault_was_never_written(folder):
    first = Vaults(folder).open("s1").issue("Ann", "PERSON")
    assert Vaults(folder).open("s1").issue("Ann", "PERSON") == first
    assert Vaults(folder).open("s2").issue("Ann", "PERSON") != first


def test_files_are_for_the_user_alone_and_show_neither_values_nor_sessions(folder):
    kept(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 2
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b"ann" not in path.read_bytes()
        assert "s1" not in path.name


def test_a_key_that_others_could_read_is_closed_to_them(folder):
    kept(folder)
    (folder / KEY_FILE).chmod(0o644)
    kept(folder)
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600


def test_a_session_without_personal_data_leaves_no_file(folder):
    vaults = Vaults(folder)
    vaults.open("s1")
    vaults.save("s1")
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "exchange", "key"])
def test_a_damaged_vault_is_refused_and_not_overwritten(folder, damage):
    kept(folder)
    kept(folder, session="s2")
    vaults = Vaults(folder)
    first, second = (folder / f"{vaults._name(name)}.vault" for name in ("s1", "s2"))
    data = first.read_bytes()
    if damage == "flip":
        first.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif damage == "exchange":
        first.write_bytes(second.read_bytes())
    elif damage == "key":
        (folder / KEY_FILE).write_bytes(b"x" * 32)
    else:
        first.write_bytes(data[:10] if damage == "cut" else b"")
    before = first.read_bytes()
    with pytest.raises(StoreCorrupt, match="cannot be opened"):
        vaults.open("s1")
    assert first.read_bytes() == before


def test_a_key_of_the_wrong_length_is_refused(folder):
    kept(folder)
    (folder / KEY_FILE).write_bytes(b"short")
    with pytest.raises(StoreCorrupt, match="5 bytes"):
        Vaults(folder).open("s1")


async def test_a_damaged_vault_blocks_what_leaves_and_leaves_what_comes_back_alone(folder):
    pseudonym = kept(folder)
    for path in folder.glob("*.vault"):
        path.write_bytes(b"RXV1 nonsense")
    gateway = PrivacyGateway(folder)
    sent = await gateway.outgoing({"q": "cats"}, destination="x", session_id="s1")
    assert sent.decision.blocked
    assert "begin a new session" in sent.decision.reason
    assert await gateway.incoming(pseudonym, source="x", session_id="s1") == pseudonym
    assert (await gateway.outgoing({"q": "cats"}, destination="x", session_id="s3")).decision.outcome == "passed"


async def test_a_vault_that_cannot_be_written_blocks_what_leaves(folder):
    gateway = PrivacyGateway(folder)
    await gateway.outgoing("mail ann@example.com", destination="x", session_id="s1")
    name = Vaults._name("s1")
    (folder / f"{name}.vault").unlink()
    (folder / f"{name}.vault").mkdir()
    sent = await gateway.outgoing("mail bob@example.com", destination="x", session_id="s1")
    assert sent.decision.blocked
    assert "could not be written" in sent.decision.reason
    (folder / f"{name}.vault").rmdir()
    assert not (await gateway.outgoing("mail bob@example.com", destination="x", session_id="s1")).decision.blocked
    assert len(list(folder.glob("*.vault"))) == 1


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        Vaults(tmp_path / "file" / "vaults").open("s1")


def test_processes_that_begin_at_once_agree_on_one_key(folder):
    keys, barrier = [], threading.Barrier(8, timeout=5)

    def begin():
        barrier.wait()
        keys.append(Sealer(folder).key)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=5)
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_a_forgotten_session_has_neither_memory_nor_file(folder):
    pseudonym = kept(folder)
    vaults = Vaults(folder)
    vaults.open("s1")
    vaults.forget("s1")
    vaults.forget("never seen")
    assert vaults.open("s1").value_of(pseudonym) is None
    assert not list(folder.glob("*.vault"))


def test_sessions_used_longest_ago_are_closed_and_read_again(folder):
    vaults = Vaults(folder)
    pseudonym = vaults.open("s1").issue("Ann", "PERSON")
    vaults.save("s1")
    for number in range(vault_module.KEPT_OPEN + 1):
        vaults.open(f"other {number}")
    assert not vaults.at_hand("s1")
    assert vaults.open("s1").value_of(pseudonym) == "Ann"


def test_a_full_vault_blocks_rather_than_passes(monkeypatch):
    monkeypatch.setattr(vault_module, "MAX_VALUES", 2)
    vault = SessionVault(KEY)
    vault.issue("a1", "ID")
    vault.issue("a2", "ID")
    assert vault.issue("a1", "ID")
    with pytest.raises(PrivacyBlocked, match="limit"):
        vault.issue("a3", "ID")


def test_short_echoes_are_whole_words_and_keep_their_case():
    vault = SessionVault(KEY)
    for value, kind in (("Will", "PERSON"), ("Li Na", "PERSON"), ("+1 555 0100", "PHONE_NUMBER"), ("42", "ID")):
        vault.issue(value, kind)
    text = "will Will willing li na Li Nas +1 555 0100 42"
    assert [text[spot.start : spot.end] for spot in sorted(vault.echoes(text))] == ["Will", "li na", "+1 555 0100"]


def test_nothing_shows_values_in_a_repr():
    vault = SessionVault(KEY)
    vault.issue("Ann", "PERSON")
    assert repr(vault) == "SessionVault(1 values)"
