"""What leaves became: the same as a new look gives, and nothing is remembered that could have changed."""

import pytest

from roxy.contracts.privacy import Redaction
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.calls import Calls
from roxy.privacy.memory.leaves import Became, Leaves
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import PolicyFile
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.policy.rules import PRESETS, Action, Policy
from roxy.privacy.vault import SessionVault

TOKEN = "gh" + "p_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
KEY = b"k" * 32


async def sent(gateway, payload, **more):
    return await gateway.outgoing(payload, **({"destination": "x", "tool": "t", "session_id": "s"} | more))


async def test_what_comes_again_leaves_as_it_did_with_the_same_decision():
    gateway = PrivacyGateway()
    payload = {
        "to": "ann@example.com",
        "body": f"Ann Lee, {TOKEN}, call +358 40 1234567",
        "list": ["ann@example.com"] * 2,
    }
    first, second, third = [await sent(gateway, payload) for _ in range(3)]
    assert first.payload == second.payload == third.payload
    assert first.decision.redactions == second.decision.redactions == third.decision.redactions
    assert first.decision.redactions
    assert first.payload is not second.payload


async def test_a_value_that_was_learned_since_is_replaced_in_a_text_that_passed_before():
    gateway = PrivacyGateway()
    before = {"note": "the part zk-7741 was sent"}
    assert (await sent(gateway, before)).payload == before
    pseudonym = gateway._vaults.open("s").issue("zk-7741", "ID")
    assert (await sent(gateway, before)).payload == {"note": f"the part {pseudonym} was sent"}


@pytest.mark.parametrize(
    "text",
    [
        "tell part zk%2D7741 now",
        "tell part ZK-7741 now",
        "tell part \uff5ak-7741 now",
        "dGhlIHBhcnQgemstNzc0MSB3YXMgc2VudA==",
    ],
)
async def test_it_is_found_in_whatever_way_it_is_written(text):
    gateway = PrivacyGateway()
    assert (await sent(gateway, {"note": text})).payload == {"note": text}
    gateway._vaults.open("s").issue("zk-7741", "ID")
    again = await sent(gateway, {"note": text})
    assert again.payload == (await sent(PrivacyGatewayThatForgets(gateway), {"note": text})).payload
    assert again.payload != {"note": text}


class PrivacyGatewayThatForgets:
    """The same gateway with nothing remembered of leaves."""

    def __init__(self, gateway):
        self._gateway = gateway

    async def outgoing(self, *args, **named):
        self._gateway._looker._leaves = Leaves()
        self._gateway._calls = Calls()
        return await self._gateway.outgoing(*args, **named)


async def test_a_secret_that_was_found_since_is_replaced_in_any_coding():
    gateway = PrivacyGateway()
    hidden = "".join(f"\\u{ord(letter):04x}" for letter in "q7Zk-91xPw-42")
    payload = {"note": f"it says {hidden} there"}
    assert (await sent(gateway, payload)).payload == payload
    await sent(gateway, {"password": "q7Zk-91xPw-42"})
    assert hidden not in (await sent(gateway, payload)).payload["note"]


async def test_names_secrets_and_policies_that_are_new_count_at_once():
    gateway = PrivacyGateway()
    payload = {"note": "the garden, the part zk-7741 and k3y-of-mine-77"}
    assert (await sent(gateway, payload)).payload == payload
    gateway.know(names=["zk-7741"])
    named = (await sent(gateway, payload)).payload["note"]
    assert "zk-7741" not in named
    gateway.know(secrets={"mine": "k3y-of-mine-77"})
    assert "k3y-of-mine-77" not in (await sent(gateway, payload)).payload["note"]
    lives = {"city": "Oslo"}
    assert (await sent(gateway, lives)).payload == lives
    gateway.obey(Book(PolicyFile(policy="strict", policies=dict(PRESETS))))
    assert "Oslo" not in (await sent(gateway, lives)).payload["city"]


async def test_no_session_destination_or_place_gets_what_another_became():
    gateway = PrivacyGateway()
    open_hearted = Policy(name="open", other=Action.ALLOW, guards=False)
    gateway.obey(Book(PolicyFile(policies={**PRESETS, "open": open_hearted})))
    payload = {"a": "ann@example.com", "b": "ann@example.com"}
    mine = await sent(gateway, payload)
    other = await sent(gateway, payload, session_id="s2")
    assert mine.payload != other.payload
    assert (await sent(gateway, payload, policy="open")).payload == payload
    assert (await sent(gateway, payload)).payload == mine.payload
    assert [one.path for one in mine.decision.redactions] == ["/a", "/b"]
    swapped = await sent(gateway, {"b": "ann@example.com", "a": "ann@example.com"})
    assert [one.path for one in swapped.decision.redactions] == ["/b", "/a"]


async def test_a_form_that_a_schema_demands_is_no_other_form():
    gateway = PrivacyGateway()
    schema = {"properties": {"to": {"type": "string", "format": "email"}}}
    plain = (await sent(gateway, {"to": "ann@example.com"})).payload["to"]
    formed = (await sent(gateway, {"to": "ann@example.com"}, schema=schema)).payload["to"]
    assert plain.startswith("EMAIL-")
    assert formed.endswith(".invalid")
    assert (await sent(gateway, {"to": "ann@example.com"})).payload["to"] == plain


async def test_where_a_value_came_from_is_asked_each_time():
    """An answer of the user's holds for one call: it is put again for the next one."""
    gateway, asked = PrivacyGateway(), []

    async def ask(question):
        asked.append(question.path)
        return "yes" if len(asked) == 1 else "no"

    payload = {"to": "ann@example.com"}
    with speaking(Origin.SKILL):
        first = await sent(gateway, payload, tool="send_mail", ask=ask)
        second = await sent(gateway, payload, tool="send_mail", ask=ask)
    assert first.payload == payload
    assert second.decision.blocked
    assert asked == ["/to", "/to"]


async def test_a_pseudonym_that_nobody_gave_out_ends_a_models_call_each_time():
    gateway = PrivacyGateway()
    payload = {"q": "EMAIL-rx" + "7" * 14}
    assert not (await sent(gateway, payload)).decision.blocked  # a person may write what they like
    with speaking(Origin.MODEL):
        for _ in range(2):
            assert (await sent(gateway, {"q": "PHONE-rx" + "7" * 14})).decision.blocked


def test_the_entries_are_bounded_and_those_used_longest_ago_go_first():
    leaves, vault = Leaves(most=10_000), SessionVault(KEY)
    for number in range(100):
        leaves.keep(f"text {number}", "place", vault, Became("x" * 100, (), (), vault.state))
    assert leaves.find("text 0", "place", vault) is None
    assert leaves.find("text 99", "place", vault).text == "x" * 100
    assert leaves.find("text 99", "another place", vault) is None
    assert leaves.find("text 99", "place", SessionVault(KEY)) is None


def test_no_text_is_in_a_repr_or_in_a_key():
    leaves, vault = Leaves(), SessionVault(KEY)
    entry = Became("said", (Redaction("PERSON", "/a", "d"),), (), vault.state)
    leaves.keep("Ann was here", "place", vault, entry)
    assert "said" not in repr(entry)
    assert not any("Ann" in repr(key) for key in leaves._kept._kept)
