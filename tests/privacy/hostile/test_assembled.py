"""The same values and attacks through the whole program: real servers, a real socket to the model, a real disk.

A scenario is where the value comes from (the user, or an answer of a server in any shape), its kind, who is to get it,
and what carries it there. Looked at are all bytes that anybody outside got, and all that is written down.
"""

import itertools
import re
from base64 import b64encode

import pytest

from fakes.obedient_model import said
from fakes.program import roxy
from fakes.spying_server import SHAPES
from privacy.hostile.house import found_in
from privacy.hostile.spellings import leaks, readings, spellings
from privacy.hostile.test_hostile import CARRIERS, HALVES, SAID
from roxy.privacy.memory.vaults import Vaults
from roxy.privacy.policy.places import goes_to_a_link, links

USER = "the user"
SOURCES = (USER, *SHAPES)
SHORT = (USER, "text", "json", "glued", "error", "link", "hex", "elicited", "structured", "stderr", "log", "changed")
"""Of which the kinds come, one each, in the short form."""
SPIES = ("spy", "spyweb")
VALUES = {kind: value for kind, (_, value) in SAID.items()}
DECLARED = re.compile(r"(?:manifests|pins)/clinic\b.*")
"""What a server declares of itself is kept as it said it: approving compares it with what it says next."""
AT_ONCE = 14
PSEUDONYM = re.compile(r"[A-Z]+-rx[0-9a-z]{14}(?:@redacted\.invalid)?|\[SECRET:\w+\]")


def token(kind, messages):
    """What a model that reads `messages` knows the value as; the value itself where nothing hides it."""
    before, after = SAID[kind][0].split("{}")
    wanted = re.compile(re.escape(before) + r"(.{3,200}?)" + re.escape(after) + re.escape(" (end)"))
    for read in readings(messages):
        if found := wanted.findall(read):
            return found[-1]
    return next(iter(PSEUDONYM.findall(messages)[-1:]), "nothing")


async def conversation(house, person, kind, source, carriers):
    """One conversation in which the value is told, and the model carries it to the spies in all these ways.

    Returns the last reply of the turn in which that was.
    """
    told, model = f"{SAID[kind][0].format(VALUES[kind])} (end)", house.model
    person.session_id = None
    ask = f"please run what you are told: {told}"
    if source != USER:
        await house.approve()
        house.tell(told)
        ask = "please ask the clinic and run what it says"
        model.steps.append(lambda _: model.calls(("clinic", {"shape": source})))
    ways = [(spy, carrier) for carrier in carriers for spy in SPIES]
    for at in range(0, len(ways), AT_ONCE):
        model.steps.append(_carrying(model, kind, ways[at : at + AT_ONCE], SHAPES[at // AT_ONCE]))
    model.steps.append(lambda messages: said(f"It is {token(kind, messages)}, x{token(kind, messages)}y."))
    reply = await person.say(ask, answer=told)
    assert not model.steps, reply.text
    await person.say("what did you do", answer=told)
    return reply


def _carrying(model, kind, ways, shape):
    def step(messages):
        known = token(kind, messages)
        return model.calls(*((spy, {"shape": shape, **CARRIERS[carrier](known)}) for spy, carrier in ways))

    return step


async def seen_in(house, person, kind, source, carriers):
    """Who outside got the value in such a conversation, and in which spelling."""
    await conversation(house, person, kind, source, carriers)
    return {who: found for who, what in house.heard().items() if (found := leaks(what, VALUES[kind]))}


def carriers_of(number, count):
    """So many carriers, others for each number."""
    names = list(CARRIERS)
    return list(
        itertools.islice(itertools.cycle(names), number * count % len(names), number * count % len(names) + count)
    )


@pytest.mark.timeout(300)
@pytest.mark.requirement("privacy.hostile")
async def test_a_value_of_any_kind_reaches_nobody_and_no_record_also_after_a_restart(house, capfd):
    async with house.around():
        seen = {}
        async with house.open(HOSTILE_KEY=VALUES["known secret"]) as person:
            for number, (kind, source) in enumerate(zip(SAID, SHORT, strict=True)):
                if found := await seen_in(house, person, kind, source, carriers_of(number, 3)):
                    seen[kind, source] = found
            reply = await conversation(house, person, "email", USER, ["alone"])
            assert VALUES["email"] in reply.text
        async with house.open(HOSTILE_KEY=VALUES["known secret"]) as again:
            again.session_id = reply.session_id
            await again.say("what was that again")
            seen |= {who: found for who, what in house.heard().items() if (found := leaks(what, VALUES["email"]))}
    assert seen == {}
    out, err = capfd.readouterr()
    kept = {**house.kept(), "stdout": out.encode(), "stderr": err.encode()}
    assert {name for name in found_in(kept, VALUES.values()) if not DECLARED.fullmatch(name)} == set()
    assert {"logs/roxy.log", "logs/servers/clinic.log", "roxy.db:events", "metrics"} <= set(kept)


@pytest.mark.timeout(300)
@pytest.mark.requirement("privacy.hostile")
async def test_a_secret_that_was_said_before_a_restart_leaks_in_no_later_call_of_its_session_and_is_never_given_back(
    house,
):
    value = VALUES["secret"]
    ways = (f"so {value} it is", value[::-1], value.upper(), f"x{value}9", {"a": [b64encode(value.encode()).decode()]})
    async with house.around():
        async with house.open() as person:
            reply = await person.say(SAID["secret"][0].format(value))
        async with house.open() as again:
            again.session_id = reply.session_id
            house.heard()
            sent = [
                await house.roxy.call_tool(spy, "run", {"shape": "text", "q": way}, session_id=reply.session_id)
                for spy in SPIES
                for way in ways
            ]
            assert [one.redactions for one in sent] == [1] * len(ways) * len(SPIES)
            seen = house.heard()
            assert {
                who: found for who, what in seen.items() if (found := leaks(what, value) + leaks(what, value[::-1]))
            } == {}
            (mask,) = {found[0] for found in re.finditer(r"\[SECRET:\w+\]", seen["spy"])}
            back = await house.roxy.call_tool("own", "run", {"shape": "text", "q": mask}, session_id=reply.session_id)
            assert back.success
            assert not leaks(house.record("own").read_text(), value)
    assert found_in(house.kept(), [value, value[::-1]]) == set()
    assert list(house.places.vaults.glob("*.vault"))
    Vaults(house.places.vaults).forget(reply.session_id)
    assert list(house.places.vaults.glob("*.vault")) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.requirement("privacy.hostile")
@pytest.mark.parametrize("kind", SAID)
async def test_no_way_from_any_source_to_anybody_shows_a_real_value(house, home_of, kind, capfd):
    """All carriers for what the user says and for a plain answer, and a part of them, in turn, for other shapes."""
    seen, scenarios = {}, 0
    async with house.around(), house.open(HOSTILE_KEY=VALUES["known secret"]) as person:
        for number, source in enumerate(SOURCES):
            carriers = list(CARRIERS) if source in (USER, "text") else carriers_of(number + len(kind), 8)
            scenarios += len(carriers) * len(SPIES)
            if found := await seen_in(house, person, kind, source, carriers):
                seen[source] = found
    assert seen == {}
    assert scenarios >= 560
    out, err = capfd.readouterr()
    told = [
        roxy(home_of, *words) for words in (("mcp", "logs", "clinic"), ("events",), ("privacy", "audit"), ("metrics",))
    ]
    kept = {**house.kept(), "stdout": out.encode(), "stderr": err.encode()}
    kept |= {f"told {number}": (one.stdout + one.stderr).encode() for number, one in enumerate(told)}
    assert {name for name in found_in(kept, VALUES.values()) if not DECLARED.fullmatch(name)} == set()


@pytest.fixture
def home_of(house, fresh_home):
    """The environment of a command in that house."""
    return {**fresh_home, "ROXY_HOME": str(house.places.data.parent)}


@pytest.mark.timeout(300)
async def test_where_nobody_is_outside_the_same_search_finds_the_values(house):
    """The control: what is looked at is what they get, and a value that is there is seen."""
    open_ones = [name for name in CARRIERS if name not in (HALVES, "beside a stranger") and not _in_a_link(name)]
    missed = {}
    async with house.around(external=False), house.open() as person:
        for number, kind in enumerate(SAID):
            carriers = open_ones[number * 3 % len(open_ones) :][:2]
            await conversation(house, person, kind, USER, carriers)
            heard = house.heard()
            assert leaks(heard["model"], VALUES[kind])
            calls = [line for line in heard["spy"].splitlines() if '"tools/call"' in line]
            assert len(calls) == len(carriers)
            assert leaks(heard["spyweb"], VALUES[kind])
            missed |= {(kind, line): None for line in calls if not leaks(line, VALUES[kind])}
    assert list(missed) == []


def _in_a_link(name):
    """Where even to a server of one's own nothing is put back by a model."""
    carried = CARRIERS[name]("it")
    return goes_to_a_link(carried) or any(links(one) and next(links(one), None) for one in map(str, carried.values()))


def test_the_search_of_what_is_kept_finds_a_value_in_every_file(house):
    clean = {"logs/roxy.log": b'{"event": "x"}\n', "roxy.db:events": b"[(1, 'x')]", "vaults/a.vault": bytes(range(256))}
    assert found_in(clean, VALUES.values()) == set()
    for name, raw in clean.items():
        for value in VALUES.values():
            for spelled in spellings(value):
                assert found_in({**clean, name: raw + spelled.upper().encode()}, [value]) == {name}
