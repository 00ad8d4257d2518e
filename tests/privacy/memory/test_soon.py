"""What was noted is on the disk soon, nobody waits for that, and who asks for it waits until it is there."""

import asyncio
import threading

import pytest

from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.sealing import Sealer
from roxy.privacy.memory.soon import Soon


class SlowDisk(Sealer):
    """A folder on a disk that has nothing on it until it is let."""

    def __init__(self, folder):
        super().__init__(folder)
        self.asked = threading.Event()
        self.goes_on = threading.Event()
        self.flushes = 0

    def flush(self, name):
        self.asked.set()
        if not self.goes_on.wait(30):
            raise AssertionError("nobody let the disk go on")
        super().flush(name)
        self.flushes += 1


@pytest.fixture
async def gateway(tmp_path):
    gateway = PrivacyGateway(tmp_path / "vaults")
    await sent(gateway, "ann@example.com")  # the first part of a file is on the disk at once
    return gateway


@pytest.fixture
def disk(gateway, tmp_path):
    gateway._vaults._sealer = slow = SlowDisk(tmp_path / "vaults")
    yield slow
    slow.goes_on.set()


async def sent(gateway, value):
    out = await gateway.outgoing({"q": f"mail {value}"}, destination="x", tool="t", session_id="s")
    assert value not in str(out.payload)


async def until(event):
    assert await asyncio.to_thread(event.wait, 30)


async def test_calls_wait_for_no_disk_and_what_they_noted_gets_there_together(gateway, disk):
    for number in range(20):
        await sent(gateway, f"bob{number}@example.com")
    await until(disk.asked)  # without anybody asking for it
    assert gateway._vaults.unsaved() == ["s"]
    disk.goes_on.set()
    async with asyncio.timeout(30):
        await gateway.save("s")
    assert not gateway._vaults.unsaved()
    assert 1 <= disk.flushes < 20


async def test_who_saves_waits_until_the_flush_that_somebody_else_began_is_done(gateway, disk):
    await sent(gateway, "bob@example.com")
    await until(disk.asked)
    saves = [asyncio.create_task(gateway.save("s")) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(save.done() for save in saves)
    assert disk.flushes == 0
    disk.goes_on.set()
    async with asyncio.timeout(30):
        await asyncio.gather(*saves)
    assert disk.flushes == 1
    assert not gateway._vaults.due("s")


async def test_what_is_noted_during_a_flush_is_for_the_next_one(gateway, disk):
    await sent(gateway, "bob@example.com")
    await until(disk.asked)
    await sent(gateway, "carl@example.com")
    disk.goes_on.set()
    async with asyncio.timeout(30):
        await gateway.save("s")
    assert disk.flushes == 2
    assert not gateway._vaults.unsaved()


async def test_a_disk_that_fails_is_told_to_who_saves(gateway, tmp_path):
    await sent(gateway, "bob@example.com")
    [path] = (tmp_path / "vaults").glob("*.vault")
    path.unlink()
    path.symlink_to(path)  # opening it fails
    gateway._vaults.flush()
    assert gateway._vaults.unsaved() == ["s"]
    with pytest.raises(Exception, match="could not be"):
        await gateway.save("s")


def test_a_loop_that_ended_before_its_time_came_keeps_no_other_one_from_it():
    done = threading.Event()
    soon = Soon(done.set, 0)

    async def ask(*, wait):
        soon.ask()
        if wait:
            await until(done)

    asyncio.run(ask(wait=False))
    asyncio.run(ask(wait=True))
    assert done.is_set()


async def test_what_need_not_be_done_any_more_is_not_done():
    done = threading.Event()
    soon = Soon(done.set, 0)
    soon.ask()
    soon.leave()
    later = threading.Event()
    Soon(later.set, 0.01).ask()
    await until(later)
    assert not done.is_set()
