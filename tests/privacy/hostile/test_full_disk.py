"""A disk that is full in the middle of a turn: nobody sees a value, nothing half written shows one, and it goes on."""

import re
import resource
from contextlib import contextmanager

import pytest

from privacy.hostile.house import found_in, records
from privacy.hostile.spellings import leaking
from privacy.hostile.test_assembled import DECLARED, SPIES, VALUES, carriers_of, conversation
from privacy.hostile.test_hostile import SAID
from roxy.errors import RoxyError
from roxy.store import backup
from roxy.store.database import FILE

pytestmark = pytest.mark.requirement("privacy.hostile", "privacy.fail_closed", "store.bad")

SIZES = (0, 150, 400, 2_000, 6_000, 20_000, 60_000, 150_000, 300_000, 400_000)
"""Bytes over which no file grows: from none at all to where only the database has no room."""


@contextmanager
def full(size):
    """No file of this process grows over `size`, which is how a full disk looks from within; servers run beside it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def talked_on_a_full_disk(house, person, kind, size, carriers):
    """What the user was told in a conversation that begins while there is room and goes on when there is none."""
    await person.say("hello")
    before, target = len(person.shown), house.folder / f"backup {kind} {size}" / "roxy.db"
    target.parent.mkdir()
    with full(size):
        try:
            await conversation(house, person, kind, "the user", carriers)
        except (AssertionError, RoxyError) as ended:  # the turn ended before the model was through
            person.shown.append(str(ended))
        try:
            backup.backup(house.places.data / FILE, target, beside=house.places.vaults)
            assert found_in(records(target), VALUES.values()) == set()
        except RoxyError as ended:
            person.shown.append(str(ended))
            assert list(target.parent.iterdir()) == []
    house.model.steps.clear()
    return person.shown[before:]


async def check(house, kinds, sizes, capfd):
    told = []
    async with house.around(), house.open(HOSTILE_KEY=VALUES["known secret"]) as person:
        await house.started(*SPIES)
        for number, kind in enumerate(kinds):
            for size in sizes:
                person.session_id = None
                told += await talked_on_a_full_disk(house, person, kind, size, carriers_of(number, 3))
                seen = house.heard()
                assert {who: leaking(what, VALUES.values()) for who, what in seen.items()} == {who: {} for who in seen}
        reply = await conversation(house, person, "email", "the user", ["alone"])
        assert VALUES["email"] in reply.text
    assert [one for one in told if re.search("no room|full|could not be written", one)]
    out, err = capfd.readouterr()
    kept = {**house.kept(), "stdout": out.encode(), "stderr": err.encode()}
    assert {name for name in found_in(kept, VALUES.values()) if not DECLARED.fullmatch(name)} == set()


@pytest.mark.timeout(300)
async def test_a_full_disk_in_a_turn_shows_nobody_a_value_and_is_said(house, capfd):
    await check(house, ["email"], [0], capfd)


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_wherever_the_disk_gets_full_nobody_sees_a_value(house, capfd):
    await check(house, SAID, SIZES, capfd)
