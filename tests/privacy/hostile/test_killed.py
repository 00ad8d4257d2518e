"""A Roxy that is killed in the middle of a turn: nobody saw a value, nothing that is left shows one, and it goes on."""

import asyncio
import json
import os
import random
import re
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from fakes.obedient_model import said
from fakes.servers import passed, until
from privacy.hostile.house import KEY, found_in
from privacy.hostile.spellings import leaking
from privacy.hostile.test_assembled import PSEUDONYM, SPIES, VALUES
from privacy.hostile.test_hostile import CARRIERS, SAID

pytestmark = pytest.mark.requirement("privacy.hostile", "privacy.stable")

LIVES = Path(__file__).with_name("lives.py")
TESTS = Path(__file__).resolve().parents[2]
KILLS = 10
MASKS = {"secret": "[SECRET:password]", "known secret": "[SECRET:hostile_key]"}
LONGEST = 60.0
"""Seconds until a life is killed that has not come to where it should be killed."""
MOMENTS = ("first request", "second request", "third request", "a spy got it", "sometime")


class Mortal:
    """Where lives begin, one after the other."""

    def __init__(self, process, house, dice):
        self.process, self.house, self.dice = process, house, dice
        self.took = 1.0
        """Seconds from the first word to the reply, when nobody is killed."""
        self.reached = {moment: asyncio.Event() for moment in MOMENTS}

    async def lives(self, says, session=None, *, moment=""):
        """All that it told; killed at that moment."""
        told = {"says": says, "session": session, "environ": {**KEY, "HOSTILE_KEY": VALUES["known secret"]}}
        told["servers"] = ["clinic", *SPIES] if moment else []
        self.process.stdin.write(json.dumps(told).encode() + b"\n")
        await self.process.stdin.drain()
        answer, killing = {}, None
        try:
            async with asyncio.timeout(150):
                while "status" not in answer:
                    line = await self.process.stdout.readline()
                    assert line, "there are no more lives"
                    answer |= json.loads(line)
                    if moment and killing is None:
                        killing = asyncio.create_task(self._kill(moment))
        finally:
            if killing is not None:
                killing.cancel()
                await asyncio.wait({killing})
        return answer

    async def _kill(self, moment):
        if moment == "sometime":
            await passed(self.dice.uniform(0, self.took))
        elif moment == "a spy got it":
            await self._a_spy_got_it()
        else:
            async with asyncio.timeout(LONGEST):
                await self.reached[moment].wait()
            await passed(self.dice.uniform(0, 0.1) ** 2 * 10)
        self.process.stdin.write(b"kill\n")
        await self.process.stdin.drain()

    async def _a_spy_got_it(self):
        """Until a spy has written down a call; it is another process, which sets no event here."""
        before = self._calls()
        async with asyncio.timeout(LONGEST):
            await until(lambda: self._calls() > before)

    def _calls(self):
        records = [self.house.record(spy) for spy in SPIES]
        return sum(record.read_bytes().count(b"tools/call") for record in records if record.exists())


@asynccontextmanager
async def mortal(house, dice, *options):
    """Everything that Roxy may leave behind is below the folder of the house."""
    for name in ("cwd", "temporary"):
        (house.folder / name).mkdir()
    environ = {
        **os.environ,
        "ROXY_HOME": str(house.places.data.parent),
        "TMPDIR": str(house.folder / "temporary"),
        "PYTHONPATH": os.pathsep.join([*map(str, (TESTS, TESTS.parent / "src"))]),
    }
    with (house.folder / "stderr").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-B", LIVES, environ["ROXY_HOME"], *options,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=errors,
            env=environ, cwd=house.folder / "cwd",
        )  # fmt: skip
    try:
        yield Mortal(process, house, dice)
    finally:
        process.stdin.close()
        async with asyncio.timeout(30):
            await process.wait()


def script(house, mortal, kinds, carriers):
    """What the model does in a turn: ask the clinic, carry both values to the spies, and say one."""
    model, (kind, of_clinic) = house.model, kinds

    def at(moment, answer):
        def step(messages):
            mortal.reached[moment].set()
            return answer(messages)

        return step

    def carry(messages):
        ways = [(spy, carrier) for carrier in carriers for spy in SPIES]
        known = [known_in(one, messages) for one in kinds]
        return model.calls(*((spy, CARRIERS[carrier](one)) for one in known for spy, carrier in ways))

    house.tell(f"{SAID[of_clinic][0].format(VALUES[of_clinic])} (end)")
    for event in mortal.reached.values():
        event.clear()
    model.steps.clear()
    model.steps += [
        at("first request", lambda _: model.calls(("clinic", {"shape": "text"}))),
        at("second request", carry),
        at("third request", lambda messages: said(f"It is {known_in(kind, messages)}.")),
    ]


def known_as(house, kind, since):
    """As what the model was told a value of that kind; nothing when it was not."""
    told = [json.dumps(asked.body["messages"], ensure_ascii=False) for asked in house.model.asked[since:]]
    found = {known for one in told if (known := known_in(kind, one))}
    assert len(found) <= 1, "one value, one pseudonym"
    return next(iter(found), "")


def known_in(kind, messages):
    """The same in one request."""
    before = re.escape(SAID[kind][0].split("{}")[0])
    return next(iter(re.findall(f"{before}({PSEUDONYM.pattern})", messages)[-1:]), "")


def session_in(house):
    """The session that was talked in last, as the database has it; None before any was kept."""
    with closing(sqlite3.connect(house.places.data / "roxy.db")) as database:
        found = database.execute("SELECT id FROM sessions ORDER BY last DESC LIMIT 1").fetchone()
    return found and found[0]


def left(house):
    """All that was left anywhere."""
    beside = [house.folder / "stderr", *(house.folder / "cwd").rglob("*"), *(house.folder / "temporary").rglob("*")]
    found = {str(path.relative_to(house.folder)): path.read_bytes() for path in beside if path.is_file()}
    return {**house.kept(), **found}


def seen_by(house):
    """Who got which value, and how."""
    heard = {who: leaking(what, VALUES.values()) for who, what in house.heard().items() if what}
    return {who: found for who, found in heard.items() if found}


async def killed_and_again(house, mortal, kinds, moment, carriers, *, again=None):
    """One life that is killed at that moment, and one (`again`) that goes on in its session; how far the first came."""
    script(house, mortal, kinds, carriers)
    kind, of_clinic = kinds
    before = len(house.model.asked)
    words = f"{SAID[kind][0].format(VALUES[kind])} (end)"
    first = await mortal.lives(f"please run what you are told: {words}", moment=moment)
    assert seen_by(house) == {}, moment
    known = {one: known_as(house, one, before) for one in kinds}
    session, came = session_in(house) if "begun" in first else None, len(house.model.asked) - before

    before = len(house.model.asked)
    house.model.steps.clear()
    house.model.steps.append(
        lambda messages: said(f"It is {known_in(kind, messages)}, it was {known[kind]} and {known[of_clinic]}.")
    )
    reply = await (again or mortal.lives)(f"what was that again: {words}", session)
    assert seen_by(house) == {}, moment
    if session and known[kind]:
        assert known_as(house, kind, before) == known[kind], moment
    assert reply["reply"].count(shown(kind)) == (2 if session and known[kind] else 1), (moment, reply)
    assert not (session and known[of_clinic]) or shown(of_clinic) in reply["reply"], (moment, reply)
    return came, first["status"]


def shown(kind):
    """What the user sees where a model says a value."""
    return MASKS.get(kind, VALUES[kind])


@pytest.mark.timeout(300)
async def test_a_kill_in_a_turn_shows_no_value_and_the_session_goes_on_with_its_pseudonyms(house):
    async def again(says, session):
        async with house.open(HOSTILE_KEY=VALUES["known secret"]) as person:
            person.session_id = session
            return {"reply": (await person.say(says)).text}

    async with house.around(), mortal(house, random.Random(7)) as lives:
        came, status = await killed_and_again(
            house, lives, ("email", "phone"), "second request", ["plain", "a query"], again=again
        )
    assert came >= 2
    assert status == signal.SIGKILL
    assert found_in(left(house), VALUES.values()) == set()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", SAID)
async def test_kills_at_any_moment_of_a_turn_show_nobody_a_value(house, kind):
    dice, kinds = random.Random(kind), list(SAID)
    stages = Counter()
    async with house.around(), mortal(house, dice, "--loaded") as lives:
        for _ in range(KILLS):
            moment = dice.choice(MOMENTS)
            carriers = dice.sample(list(CARRIERS), 2)
            of_clinic = dice.choice([one for one in kinds if one != kind])
            came, status = await killed_and_again(house, lives, (kind, of_clinic), moment, carriers)
            stages[came, status] += 1
            assert found_in(left(house), VALUES.values()) == set(), moment
    sys.stdout.write(f"\n{kind}: killed {sum(stages.values())} times, by requests and status: {dict(stages)}\n")
    assert sum(count for (_, status), count in stages.items() if status == signal.SIGKILL) >= KILLS * 2 // 3
