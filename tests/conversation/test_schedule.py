import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from fakes.children import python
from fakes.figures import slowness
from roxy.contracts.skills import Reminders
from roxy.contracts.turns import NoticeKind
from roxy.conversation.notices import NoticeBoard
from roxy.conversation.schedule import KEPT, Schedule
from roxy.conversation.undo import Journal, Undo
from roxy.errors import StoreFull, UsageError
from roxy.store.database import open_database
from roxy.store.tables import reminders

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 27, 7, 0, tzinfo=BERLIN)  # the Friday before summer time


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now.astimezone(UTC)

    def forward(self, **time):
        self.now = (self.now.astimezone(UTC) + timedelta(**time)).astimezone(BERLIN)


class Door:
    """Hears, and lets the test wait for what it heard."""

    def __init__(self):
        self.notices = asyncio.Queue()

    def heard(self, notice):
        self.notices.put_nowait(notice)

    async def next(self):
        async with asyncio.timeout(20):
            return await self.notices.get()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def door():
    return Door()


@asynccontextmanager
async def _running(database, clock, *doors, look_every=2.0):
    """A schedule that fires, with `doors` listening."""
    board = NoticeBoard()
    async with Schedule(database, board, now=clock, look_every=look_every) as schedule:
        board.on_arrival(schedule.wake)
        async with asyncio.timeout(20):
            if not doors:
                yield schedule
            else:
                async with board.listening(doors[0], session_id="s1"):
                    yield schedule


def _turn(schedule, turn="t1", session="s1") -> Reminders:
    return schedule.for_turn(session, Journal(session, turn))


async def _settled(schedule):
    """Let the schedule look once more."""
    looked, look = asyncio.Event(), schedule._look

    async def watched():
        seconds = await look()
        looked.set()
        return seconds

    schedule._look = watched
    schedule.wake()
    async with asyncio.timeout(20):
        await looked.wait()
    schedule._look = look


@pytest.mark.requirement("reminders.once")
async def test_a_reminder_fires_when_it_is_due_and_only_once(database, clock, door):
    async with _running(database, clock, door) as schedule:
        turn = _turn(schedule)
        added = await turn.add("call mum", START + timedelta(minutes=10))
        clock.forward(minutes=9, seconds=59)
        await _settled(schedule)
        assert door.notices.empty()
        clock.forward(seconds=1)
        schedule.wake()
        notice = await door.next()
        assert (notice.kind, notice.text, notice.session_id) == (NoticeKind.REMINDER, "Reminder: call mum", "s1")
        assert notice.at.isoformat() == "2026-03-27T07:10:00+01:00"
        await _settled(schedule)
        clock.forward(hours=5)
        await _settled(schedule)
        assert door.notices.empty()
        assert await turn.pending() == []
        (fired,) = await turn.last_fired()
        assert (fired.id, fired.fired) == (added.id, notice.at)


async def test_a_timer_fires_to_the_second_by_the_real_clock(database, door):
    def now():
        return datetime.now(UTC)

    async with _running(database, now, door, look_every=60) as schedule:
        due = now() + timedelta(seconds=0.3)
        await _turn(schedule).add("pasta", due, kind="timer")
        notice = await door.next()
        assert 0 <= (now() - due).total_seconds() < slowness()
        assert notice.text == "Your pasta timer is done."


async def test_several_are_listed_soonest_first_with_the_time_of_their_zone(database, clock):
    turn = _turn(Schedule(database, NoticeBoard(), now=clock))
    await turn.add("later", START + timedelta(hours=2))
    await turn.add("", START + timedelta(minutes=5), kind="timer")
    await turn.add("lunch", datetime(2026, 3, 27, 12, tzinfo=ZoneInfo("America/New_York")))
    pending = await turn.pending()
    assert [(item.text, item.kind, item.due.isoformat()) for item in pending] == [
        ("", "timer", "2026-03-27T07:05:00+01:00"),
        ("later", "reminder", "2026-03-27T09:00:00+01:00"),
        ("lunch", "reminder", "2026-03-27T12:00:00-04:00"),
    ]
    assert pending[0].session_id == "s1"
    assert pending[0].created == START


@pytest.mark.requirement("reminders.missed")
async def test_what_nobody_heard_is_told_in_one_notice_when_a_door_begins_to_listen(database, clock, door):
    board = NoticeBoard()
    async with Schedule(database, board, now=clock) as schedule:
        board.on_arrival(schedule.wake)
        turn = _turn(schedule)
        await turn.add("call mum", START + timedelta(minutes=1))
        await turn.add("pasta", START + timedelta(minutes=2), kind="timer")
        clock.forward(minutes=1)
        await _settled(schedule)
        clock.forward(minutes=1)
        await _settled(schedule)
        assert await turn.pending() == []
        async with board.listening(door):
            notice = await door.next()
            assert notice.kind is NoticeKind.MISSED
            assert notice.text == ("While you were away: “call mum” (today at 7:01), your pasta timer (today at 7:02).")
            await _settled(schedule)
        async with board.listening(door):
            await _settled(schedule)
            assert door.notices.empty()


@pytest.mark.requirement("reminders.missed")
async def test_what_came_due_while_roxy_was_off_is_told_at_the_next_start(database, clock, door):
    async with _running(database, clock, door) as schedule:
        await _turn(schedule).add("call mum", START + timedelta(hours=1))
        await _turn(schedule).add("still to come", START + timedelta(days=30))
    clock.forward(days=2)
    async with _running(database, clock, door) as schedule:
        notice = await door.next()
        assert (notice.kind, notice.text) == (
            NoticeKind.MISSED,
            "While you were away: “call mum” (on Friday 27 March at 8:00).",
        )
        await _settled(schedule)
    async with _running(database, clock, door) as schedule:
        await _settled(schedule)
        assert door.notices.empty()
        assert [item.text for item in await _turn(schedule).pending()] == ["still to come"]


async def test_every_day_at_eight_stays_eight_over_the_change_to_summer_time(database, clock, door):
    async with _running(database, clock, door) as schedule:
        turn = _turn(schedule)
        await turn.add("pills", START.replace(hour=8), rule="FREQ=DAILY")
        heard = []
        for _ in range(4):
            clock.now = (await turn.pending())[0].due
            schedule.wake()
            heard.append((await door.next()).at)
            await _settled(schedule)
        assert [time.isoformat()[5:16] for time in heard] == [
            "03-27T08:00",
            "03-28T08:00",
            "03-29T08:00",
            "03-30T08:00",
        ]
        assert heard[1].utcoffset() != heard[2].utcoffset()


async def test_a_recurring_one_that_was_missed_for_days_is_told_once_and_goes_on(database, clock, door):
    async with _running(database, clock) as schedule:
        await _turn(schedule).add("pills", START.replace(hour=8), rule="FREQ=DAILY")
    clock.forward(days=3)
    async with _running(database, clock, door) as schedule:
        assert (await door.next()).text == "While you were away: “pills” (on Friday 27 March at 8:00)."
        # Three days of 24 hours later it is not 7:00 but 8:00: today's is not late.
        assert (await door.next()).kind is NoticeKind.REMINDER
        await _settled(schedule)
        assert door.notices.empty()
        (pending,) = await _turn(schedule).pending()
        assert pending.due.isoformat() == "2026-03-31T08:00:00+02:00"


async def test_a_rule_with_a_count_ends(database, clock, door):
    async with _running(database, clock, door) as schedule:
        turn = _turn(schedule)
        await turn.add("twice", START.replace(hour=8), rule="FREQ=DAILY;COUNT=2")
        for _ in range(2):
            clock.now = (await turn.pending())[0].due
            schedule.wake()
            await door.next()
            await _settled(schedule)
        assert await turn.pending() == []


async def test_a_recurring_one_that_is_moved_keeps_its_time_of_day_afterwards(database, clock, door):
    async with _running(database, clock, door) as schedule:
        turn = _turn(schedule)
        added = await turn.add("pills", START.replace(hour=8), rule="FREQ=DAILY")
        moved = await turn.move(added.id, START.replace(hour=8, minute=20))
        assert (moved.due.minute, moved.rule) == (20, "FREQ=DAILY")
        clock.now = moved.due
        schedule.wake()
        await door.next()
        await _settled(schedule)
        assert [item.due.isoformat()[:16] for item in await turn.pending()] == ["2026-03-28T08:00"]


async def test_one_that_fired_can_be_snoozed(database, clock, door):
    async with _running(database, clock, door) as schedule:
        turn = _turn(schedule)
        await turn.add("call mum", START)
        await door.next()
        await _settled(schedule)
        (fired,) = await turn.last_fired()
        await turn.move(fired.id, START + timedelta(minutes=10))
        clock.forward(minutes=10)
        schedule.wake()
        assert (await door.next()).text == "Reminder: call mum"


async def test_a_cancelled_one_never_fires(database, clock, door):
    async with _running(database, clock, door) as schedule:
        turn = _turn(schedule)
        added = await turn.add("call mum", START + timedelta(minutes=1))
        assert await turn.cancel(added.id)
        assert not await turn.cancel(added.id)
        assert not await turn.cancel("rem_x")
        clock.forward(hours=1)
        await _settled(schedule)
        assert door.notices.empty()
        with pytest.raises(UsageError, match="no reminder"):
            await turn.move(added.id, START)


@pytest.mark.requirement("dialogue.undo")
async def test_adding_cancelling_and_moving_can_be_undone(database, clock):
    schedule, undo = Schedule(database, NoticeBoard(), now=clock), Undo(database)
    added = await _turn(schedule, "t1").add("call mum", START + timedelta(hours=1))
    await _turn(schedule, "t2").move(added.id, START + timedelta(hours=2))
    await _turn(schedule, "t3").cancel(added.id)
    turn = _turn(schedule, "t4")
    assert await undo.undo_last("s1") == "The reminder “call mum” is on again."
    assert [item.due.hour for item in await turn.pending()] == [9]
    assert await undo.undo_last("s1") == "The reminder “call mum” is at its old time again."
    assert [item.due.hour for item in await turn.pending()] == [8]
    assert await undo.undo_last("s1") == "I took the reminder “call mum” off again."
    assert await turn.pending() == []


async def test_a_reminder_that_fired_meanwhile_is_not_undone(database, clock, door):
    async with _running(database, clock, door) as schedule:
        await _turn(schedule).add("call mum", START)
        await door.next()
        await _settled(schedule)
        assert "changed since" in await Undo(database).undo_last("s1")


async def test_a_clock_that_jumps_ahead_fires_and_one_that_jumps_back_does_not_repeat(database, clock, door):
    async with _running(database, clock, door, look_every=0.02) as schedule:
        await _turn(schedule).add("call mum", START + timedelta(minutes=30))
        clock.forward(minutes=30, seconds=20)  # nobody wakes the schedule: it looks at the clock by itself
        assert (await door.next()).text == "Reminder: call mum"
        clock.forward(hours=-1)
        await _settled(schedule)
        clock.forward(hours=1)
        await _settled(schedule)
        assert door.notices.empty()


@pytest.mark.requirement("reminders.once")
async def test_one_that_another_process_adds_is_seen_and_fired_by_the_owner_alone(tmp_path, door):
    code = """
        import asyncio, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from roxy.conversation.notices import NoticeBoard
        from roxy.conversation.schedule import Schedule
        from roxy.conversation.undo import Journal
        from roxy.store.database import open_database

        async def main():
            async with open_database(Path(sys.argv[1])) as database:
                turn = Schedule(database, NoticeBoard()).for_turn("other", Journal("other", "t1"))
                await turn.add("from elsewhere", datetime.now(UTC))

        asyncio.run(main())
    """
    async with open_database(tmp_path) as database, _running(database, lambda: datetime.now(UTC), door) as schedule:
        child = await python(code, tmp_path)
        assert await child.communicate() == (b"", b"")
        added = asyncio.get_running_loop().time()
        assert (await door.next()).text == "Reminder: from elsewhere"
        assert asyncio.get_running_loop().time() - added < 3
        await _settled(schedule)
        assert door.notices.empty()


async def test_a_kill_between_firing_and_telling_tells_it_at_the_next_start(database, clock, door):
    async with _running(database, clock) as schedule:
        await _turn(schedule).add("call mum", START)
        await _settled(schedule)  # fired, and nobody listened: what a kill before the telling leaves, too
    async with _running(database, clock, door):
        assert (await door.next()).kind is NoticeKind.MISSED


async def test_a_store_that_fails_is_told_once_and_the_schedule_goes_on(database, clock, door):
    async with _running(database, clock, door, look_every=0.01) as schedule:
        await _settled(schedule)
        look, failures, often = schedule._look, [], asyncio.Event()

        async def failing():
            failures.append(1)
            if len(failures) == 5:
                often.set()
            raise StoreFull("There is no room.", hint="Free some.")

        schedule._look = failing
        notice = await door.next()
        assert notice.kind is NoticeKind.PROBLEM
        assert "There is no room. Free some." in notice.text
        await often.wait()
        assert door.notices.empty()
        schedule._look = look
        await _turn(schedule).add("call mum", START)
        assert (await door.next()).text == "Reminder: call mum"


async def test_a_door_that_fails_does_not_end_the_reminders(database, clock, door):
    class Broken:
        def heard(self, notice):
            raise BrokenPipeError

    board = NoticeBoard()
    async with Schedule(database, board, now=clock) as schedule:
        board.on_arrival(schedule.wake)
        async with board.listening(Broken(), session_id="s1"):
            await _turn(schedule).add("call mum", START)
            await _settled(schedule)
        async with board.listening(door):
            assert (await door.next()).kind is NoticeKind.MISSED


async def test_what_is_over_is_dropped_after_a_month(database, clock, door):
    async with _running(database, clock, door) as schedule:
        await _turn(schedule).add("old", START)
        await door.next()
        await _settled(schedule)
        clock.forward(days=KEPT.days + 1)
        await _turn(schedule).add("new", clock.now)
        await door.next()
        async with database.reading() as connection:
            assert (await connection.execute(select(func.count()).select_from(reminders))).scalar_one() == 1


async def test_a_rule_or_time_that_is_none_is_refused(database, clock):
    turn = _turn(Schedule(database, NoticeBoard(), now=clock))
    with pytest.raises(UsageError, match="cannot be kept"):
        await turn.add("x", START, rule="every day")
    with pytest.raises(ValueError, match="time zone"):
        await turn.add("x", datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    with pytest.raises(UsageError, match="too far away"):
        await turn.add("x", datetime(9999, 1, 1, tzinfo=BERLIN))
    assert await turn.pending() == []


async def test_a_zone_this_machine_does_not_know_does_not_stop_the_others(database, clock, door):
    async with _running(database, clock, door) as schedule:
        await _turn(schedule).add("call mum", START + timedelta(minutes=1))
        async with database.writing() as connection:
            await connection.execute(update(reminders).values(zone="Atlantis/Capital"))
        clock.forward(minutes=1)
        schedule.wake()
        assert (await door.next()).text == "Reminder: call mum"
