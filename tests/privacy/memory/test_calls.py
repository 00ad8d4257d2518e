"""What left in place of whole calls: as a new look would have it, and nothing is remembered that may change."""

import random

import pytest

from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.calls import Calls
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import PolicyFile
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.policy.rules import PRESETS, Action, Policy

SCHEMA = {"type": "object"}
MAIL = "ann@example.com"


@pytest.fixture
def gateway():
    return PrivacyGateway()


async def sent(gateway, payload, **more):
    return await gateway.outgoing(
        payload, **({"destination": "x", "tool": "t", "schema": SCHEMA, "session_id": "s"} | more)
    )


def remembered(gateway):
    return [left for left, _ in gateway._calls._kept._kept.values()]


async def settled(gateway, payload, **more):
    """The third time: by then the call is remembered with all that it taught."""
    for _ in range(2):
        await sent(gateway, payload, **more)
    return await sent(gateway, payload, **more)


async def test_who_changes_what_left_or_what_was_given_changes_nothing_for_the_next_one(gateway):
    payload = {"to": [MAIL], "note": {"n": [1, 2]}}
    out = await settled(gateway, payload)
    expected = {"to": list(out.payload["to"]), "note": {"n": [1, 2]}}
    out.payload["to"].append("else")
    out.payload["note"]["n"].clear()
    again = await sent(gateway, payload)
    assert again.payload == expected
    payload["note"]["n"].append(MAIL)
    assert MAIL not in str((await sent(gateway, payload)).payload)
    assert remembered(gateway)


async def test_values_that_are_equal_but_not_alike_stay_what_they_are(gateway):
    for value in (1, True, 1.0, "1", None, [1], (1,), {"a": 1}):
        out = await settled(gateway, {"v": value})
        assert type(out.payload["v"]) is type(value)
        assert out.payload == {"v": value}


async def test_with_another_schema_the_same_arguments_are_looked_at_anew(gateway):
    assert (await settled(gateway, {"to": MAIL})).payload["to"].startswith("EMAIL-rx")
    form = {"type": "object", "properties": {"to": {"type": "string", "format": "email"}}}
    assert (await sent(gateway, {"to": MAIL}, schema=form)).payload["to"].endswith("@redacted.invalid")
    choice = {"type": "object", "properties": {"to": {"enum": [MAIL]}}}
    assert (await sent(gateway, {"to": MAIL}, schema=choice)).payload["to"] == MAIL
    assert (await sent(gateway, {"to": MAIL})).payload["to"].startswith("EMAIL-rx")


async def test_a_yes_is_for_one_call_also_when_the_same_one_comes_again(gateway):
    asked = []

    async def ask(question):
        asked.append(question.value)
        return "yes"

    gateway.obey(Book(PolicyFile(policies={**PRESETS, "mine": Policy(name="mine", other=Action.ASK)}, policy="mine")))
    for _ in range(3):
        with speaking(Origin.SKILL):
            out = await sent(gateway, {"to": MAIL}, ask=ask)
        assert out.payload == {"to": MAIL}
        assert [one.action for one in out.decision.released] == ["allow"]
    assert asked == [MAIL] * 3


async def test_what_leaves_by_a_rule_is_told_each_time(gateway):
    for _ in range(3):
        out = await sent(gateway, {"to": MAIL}, policy="off")
        assert out.payload == {"to": MAIL}
        assert [(one.type, one.action) for one in out.decision.released] == [("EMAIL_ADDRESS", "allow")]


async def test_what_a_person_may_say_again_a_model_may_not(gateway):
    stranger = "PERSON-rx" + "0" * 14
    assert not (await settled(gateway, {"to": stranger})).decision.blocked
    with speaking(Origin.MODEL):
        assert (await sent(gateway, {"to": "PERSON-rx" + "1" * 14})).decision.blocked


async def test_another_policy_another_destination_and_new_words_are_decided_anew(gateway):
    payload = {"who": "the part of Quorlix"}
    assert (await settled(gateway, payload)).payload == payload
    gateway.know(names=["Quorlix"])
    assert "Quorlix" not in str((await sent(gateway, payload)).payload)
    city = {"where": "in Lisbon"}
    assert (await settled(gateway, city)).payload == city
    assert (await sent(gateway, city, policy="strict")).payload != city
    gateway.obey(Book(PolicyFile(policy="strict")))
    assert (await sent(gateway, city)).payload != city


async def test_a_value_that_was_learned_since_blocks_its_bytes_in_a_call_that_passed_before(gateway):
    payload = {"bytes": list(b"the part Quorlix was sent")}
    assert (await settled(gateway, payload)).payload == payload
    gateway._vaults.open("s").issue("Quorlix", "PERSON")
    assert (await sent(gateway, payload)).decision.blocked


async def test_no_value_is_kept(gateway):
    for policy in ("balanced", "strict", "off"):
        await settled(gateway, {"to": MAIL, "note": "the weather in spring"}, policy=policy)
    kept = remembered(gateway)
    assert kept
    assert all(MAIL.encode() not in left.written for left in kept)
    assert all(left.redactions for left in kept)
    await settled(gateway, {"note": "nothing personal"})
    assert b"" in {left.written for left in remembered(gateway)}
    assert MAIL not in repr(remembered(gateway))


@pytest.mark.parametrize("value", [b"raw", {1: "a"}, {1, 2}, object()])
async def test_what_is_no_json_blocks_each_time(gateway, value):
    for _ in range(3):
        assert (await sent(gateway, {"v": value})).decision.blocked
    assert not remembered(gateway)


@pytest.mark.requirement("privacy.stable")
async def test_a_long_talk_leaves_as_it_would_if_no_call_was_remembered(gateway):
    other, chance = PrivacyGateway(), random.Random(11)
    other._vaults._master = gateway._vaults._master
    people = [f"{name}.{number}@example.org" for name in ("ann", "bruno") for number in range(6)]
    words = ["see you there", "part zk-7741", "call +358 40 1234567", "in Lisbon", "pay 4111 1111 1111 1111", "Ann Lee"]
    for _ in range(150):
        payload = {
            "to": chance.choice(people[: chance.randrange(1, 12)]),
            "body": " ".join(chance.choices([*words, *people[:3]], k=chance.randrange(1, 3))),
            chance.choice(["n", "note"]): chance.choice([1, 5, 4111111111111111, "ok"]),
        }
        other._calls = Calls()
        one, two = await sent(gateway, payload), await sent(other, payload)
        assert one.payload == two.payload
        assert one.decision.redactions == two.decision.redactions
        assert one.decision.outcome == two.decision.outcome
    assert remembered(gateway)
