"""Vaults and their files: the same value keeps its pseudonym, files are sealed, and what is damaged is said to be."""

import json
import stat
import threading

import pytest

from roxy.errors import StoreCorrupt, StoreError
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory import vaults as vaults_module
from roxy.privacy.memory.sealing import KEY_FILE, Sealer
from roxy.privacy.memory.vaults import Vaults


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
    for number in range(vaults_module.KEPT_OPEN + 1):
        vaults.open(f"other {number}")
    assert not vaults.at_hand("s1")
    assert vaults.open("s1").value_of(pseudonym) == "Ann"


def appended(folder, values=("bob@example.com",), session="s1"):
    """Values that are added to the vault's file, without waiting for the disk."""
    vaults = Vaults(folder)
    made = []
    for value in values:
        made.append(vaults.open(session).issue(value, "EMAIL_ADDRESS"))
        assert vaults.note(session)
    return made


@pytest.mark.requirement("privacy.stable")
def test_what_is_added_to_a_vault_is_appended_and_outlives_the_process(folder):
    first = kept(folder)
    [path] = folder.glob("*.vault")
    node, size = path.stat().st_ino, path.stat().st_size
    made = appended(folder, [f"bob{number}@example.com" for number in range(5)])
    assert path.stat().st_ino == node
    assert path.stat().st_size > size
    again = Vaults(folder).open("s1")
    assert [again.value_of(one) for one in (first, *made)] == [
        "ann@example.com",
        *(f"bob{number}@example.com" for number in range(5)),
    ]
    assert len(again) == 6
    assert b"bob" not in path.read_bytes()


def test_a_part_that_a_power_cut_has_torn_is_left_out_and_the_next_save_writes_all(folder):
    first, (second, third) = kept(folder), appended(folder, ["bob@example.com", "cleo@example.com"])
    [path] = folder.glob("*.vault")
    whole = path.read_bytes()
    for torn in (whole[:-1], whole[:-60], whole[:-20] + b"\0" * 20, whole + b"\0\0"):
        path.write_bytes(torn)
        vaults = Vaults(folder)
        vault = vaults.open("s1")
        assert vault.value_of(first) == "ann@example.com"
        assert vault.value_of(second) == "bob@example.com"
        assert vault.issue("cleo@example.com", "EMAIL_ADDRESS") == third
        vault.issue("dora@example.com", "EMAIL_ADDRESS")
        assert not vaults.note("s1")
        vaults.save("s1")
        assert len(Vaults(folder).open("s1")) == 4


@pytest.mark.requirement("privacy.stable")
@pytest.mark.parametrize("rest", ["missing", "zeros"])
def test_a_vault_that_is_torn_at_any_byte_of_what_was_added_opens_with_all_before_that_and_the_loss_is_said(
    folder, rest, caplog
):
    """As a file system leaves it when the power fails: less was written, or zeros stand where it should be."""
    known = [kept(folder)]
    [path] = folder.glob("*.vault")
    sizes = [path.stat().st_size]
    vaults = Vaults(folder)
    for value in ("bob@example.com", "cleo@example.com", "dora@example.com"):
        known.append(vaults.open("s1").issue(value, "EMAIL_ADDRESS"))
        assert vaults.note("s1")
        sizes.append(path.stat().st_size)
    whole = path.read_bytes()
    for torn in range(sizes[0], len(whole) + 1):
        path.write_bytes(whole[:torn] + (b"\0" * (len(whole) - torn) if rest == "zeros" else b""))
        caplog.clear()
        vault = Vaults(folder).open("s1")
        count = sum(size <= torn for size in sizes)
        assert [vault.value_of(one) is not None for one in known] == [place < count for place in range(4)], torn
        lost = torn < len(whole) if rest == "zeros" else torn not in sizes
        assert (["left out" in one.message for one in caplog.records] == [True]) is lost, torn
        assert vault.issue("dora@example.com", "EMAIL_ADDRESS") == known[3]
    for torn in range(sizes[0]):
        path.write_bytes(whole[:torn])
        with pytest.raises(StoreCorrupt, match="cannot be opened"):
            Vaults(folder).open("s1")


@pytest.mark.parametrize("damage", ["changed", "exchanged", "left out"])
def test_parts_that_were_changed_in_the_middle_are_refused(folder, damage):
    kept(folder)
    [path] = folder.glob("*.vault")
    sizes = [path.stat().st_size]
    vaults = Vaults(folder)
    for value in ("bob@example.com", "cleo@example.com", "dora@example.com"):
        vaults.open("s1").issue(value, "EMAIL_ADDRESS")
        assert vaults.note("s1")
        sizes.append(path.stat().st_size)
    data = path.read_bytes()
    base, bob, cleo, dora = (data[start:end] for start, end in zip([0, *sizes], sizes, strict=False))
    changed = bob[:-1] + bytes([bob[-1] ^ 1])
    orders = {
        "changed": (base, changed, cleo, dora),
        "exchanged": (base, cleo, bob, dora),
        "left out": (base, cleo, dora),
    }
    path.write_bytes(b"".join(orders[damage]))
    with pytest.raises(StoreCorrupt, match="cannot be opened"):
        Vaults(folder).open("s1")


def test_a_file_that_another_process_has_written_since_is_not_appended_to(folder):
    kept(folder)
    mine, other = Vaults(folder), Vaults(folder)
    for vaults, value in ((mine, "bob@example.com"), (other, "cleo@example.com")):
        vaults.open("s1").issue(value, "EMAIL_ADDRESS")
    assert other.note("s1")
    assert not mine.note("s1")
    mine.save("s1")
    assert len(Vaults(folder).open("s1")) == 2


def test_a_file_of_very_many_parts_is_written_anew(folder, monkeypatch):
    monkeypatch.setattr(vaults_module, "_MOST_PARTS", 3)
    kept(folder)
    appended(folder, ["bob@example.com", "cleo@example.com"])
    vaults = Vaults(folder)
    vaults.open("s1").issue("dora@example.com", "EMAIL_ADDRESS")
    assert not vaults.note("s1")
    vaults.save("s1")
    assert vaults.note("s1")
    vaults.open("s1").issue("edda@example.com", "EMAIL_ADDRESS")
    assert vaults.note("s1")
    assert len(Vaults(folder).open("s1")) == 5


def test_a_vault_of_the_first_version_is_read_and_written_anew(folder):
    vaults = Vaults(folder)
    vaults.open("s1")
    sealer, name = Sealer(folder), Vaults._name("s1")
    content = json.dumps(
        {"version": 2, "values": [["EMAIL-rx" + "0" * 14, "ann@example.com", "EMAIL_ADDRESS", "", []]]}
    )
    nonce = b"n" * 12
    sealed = sealer._cipher.encrypt(nonce, content.encode(), name.encode())
    (folder / f"{name}.vault").write_bytes(b"RXV1" + nonce + sealed)
    vaults = Vaults(folder)
    assert vaults.open("s1").value_of("EMAIL-rx" + "0" * 14) == "ann@example.com"
    vaults.open("s1").issue("bob@example.com", "EMAIL_ADDRESS")
    assert not vaults.note("s1")
    vaults.save("s1")
    assert len(Vaults(folder).open("s1")) == 2


def test_where_a_value_came_from_is_told_again_when_more_is_known_of_it(folder):
    kept(folder)
    vaults = Vaults(folder)
    vaults.open("s1").issue("ann@example.com", "EMAIL_ADDRESS", source="shop")
    assert vaults.note("s1")
    again = Vaults(folder).open("s1")
    assert again.sources("ann@example.com") == {"shop"}
    assert len(again) == 1


async def test_what_left_can_be_turned_back_after_a_kill(folder):
    gateway = PrivacyGateway(folder)
    await gateway.outgoing("mail ann@example.com", destination="x", session_id="s1")
    sent = await gateway.outgoing("mail bob@example.com", destination="x", session_id="s1")
    assert (await PrivacyGateway(folder).incoming(sent.payload, source="x", session_id="s1")) == "mail bob@example.com"
    await gateway.flush()
    await gateway.forget("s1")
    assert await PrivacyGateway(folder).incoming(sent.payload, source="x", session_id="s1") == sent.payload


def test_a_vault_that_cannot_be_appended_to_is_written_whole_when_it_can_be_again(folder):
    kept(folder)
    [path] = folder.glob("*.vault")
    vaults = Vaults(folder)
    pseudonym = vaults.open("s1").issue("bob@example.com", "EMAIL_ADDRESS")
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match="could not be written"):
        vaults.note("s1")
    path.rmdir()
    assert not vaults.note("s1")
    assert vaults.unsaved() == ["s1"]
    vaults.save("s1")
    assert Vaults(folder).open("s1").value_of(pseudonym) == "bob@example.com"
    assert len(Vaults(folder).open("s1")) == 2
