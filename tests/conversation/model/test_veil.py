"""What was veiled before against a new look, and what only a provider understands on its way to the gateway."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.contracts.models import (
    Message,
    OpaquePart,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
)
from roxy.conversation.model.offers.offered import Offered
from roxy.conversation.model.seen import Seen
from roxy.conversation.model.texts import opaque, texts, words
from roxy.conversation.model.transcript import Kept
from roxy.conversation.model.veil import Veil
from roxy.errors import ModelUnavailable, PrivacyBlocked, StoreFull
from roxy.privacy.gateway import PrivacyGateway

SESSION = "ses_1"
MAIL = "anna.schmidt@example.com"
PERSON = "Anna Schmidt"
pytestmark = pytest.mark.requirement("models.private")


class Talk:
    """A conversation that one gateway looks at, and models that are asked in it."""

    def __init__(self):
        self.gateway = PrivacyGateway()
        self.seen = Seen(self.gateway)
        self.decisions = []

    def veil(self, provider="openai", *, session_id=SESSION, external=True):
        return Veil(
            "m",
            provider=provider,
            external=external,
            session_id=session_id,
            guard=self.gateway,
            decided=self.decisions.append,
            seen=self.seen,
        )

    async def asked(self, *messages, provider="openai", of="openai", tools=()):
        """What a model of `provider` is sent of messages that one of `of` took part in."""
        kept = [Kept(message=message, provider=of, external=True) for message in messages]
        veil = self.veil(provider)
        return await veil.messages(kept), await veil.tools(tools)

    async def anew(self, payload):
        """What the gateway makes of it now."""
        return (await self.gateway.outgoing(payload, destination="x", session_id=SESSION)).payload


def text(words, **more):
    return Message(role=Role.USER, parts=(TextPart(text=words),), **more)


def tool(description):
    spec = ToolSpec(name="s.t", description=description, parameters={"type": "object", "properties": {}})
    return Offered(spec=spec, server="s", tool="t")


# What somebody says, from pieces that are personal by themselves, only after something else, or not at all.
SAID = st.lists(
    st.sampled_from(
        [
            "Anna Schmidt",
            "Schmidt",
            "Bob Lee",
            "Lee",
            "anna.schmidt@example.com",
            "+358 40 1234567",
            "the roses",
            "my",
            "Marigold",
            "password is",
            "hunter-22-zebra",
            "and",
            "call me",
            "Corina",
            "4111 1111 1111 1111",
        ]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
PART = st.one_of(
    SAID.map(text),
    SAID.map(lambda said: Message(role=Role.TOOL, parts=(ToolResultPart(call_id="c", name="t", content={"a": said}),))),
    st.tuples(SAID, SAID).map(
        lambda both: Message(
            role=Role.ASSISTANT,
            parts=(TextPart(text=both[0]), ToolCallPart(id="c", name="t", arguments={"to": [both[1]]})),
        )
    ),
)
TAUGHT = st.sampled_from([{}, {"names": ["Corina"]}, {"secrets": {"zebra": "hunter-22-zebra"}}])


@pytest.mark.timeout(400)
@settings(max_examples=60, deadline=None)
@given(turns=st.lists(st.tuples(PART, SAID, TAUGHT), min_size=1, max_size=6))
async def test_what_was_veiled_before_is_what_a_new_look_gives(turns):
    talk, said = Talk(), []
    for message, description, taught in turns:
        said.append(message)
        talk.gateway.know(**taught)
        await talk.asked(*said, tools=[tool(description)])
        again, tools_again = await talk.asked(*said, tools=[tool(description)])
        assert [texts(message) for message in again] == [await talk.anew(texts(message)) for message in said]
        assert words(tools_again[0]) == await talk.anew(words(tool(description).spec))


async def test_what_is_known_by_now_is_not_looked_at_again():
    talk = Talk()
    first = text(f"write to {MAIL}")
    await talk.asked(first, tools=[tool("Writes.")])
    before = len(talk.decisions)
    await talk.asked(first, tools=[tool("Writes.")])
    assert len(talk.decisions) == before


async def test_a_value_that_is_learned_later_is_replaced_in_what_was_sent_before():
    talk = Talk()
    early = text("it is marigold-77 now")
    sent, _ = await talk.asked(early)
    assert "marigold-77" in str(sent)
    talk.gateway._vaults.open(SESSION).issue("marigold-77", "ACCOUNT")
    sent, _ = await talk.asked(early)
    assert "marigold-77" not in str(sent)


async def test_a_value_that_is_learned_later_is_replaced_where_it_was_sent_encoded_before():
    talk = Talk()
    early = text("it is " + b"it is marigold-77 now".hex())
    before, _ = await talk.asked(early)
    talk.gateway._vaults.open(SESSION).issue("marigold-77", "ACCOUNT")
    after, _ = await talk.asked(early)
    assert b"marigold-77".hex() in str(before)
    assert b"marigold-77".hex() not in str(after)


async def test_a_secret_that_is_learned_later_leaves_no_more_with_what_was_sent_before():
    talk = Talk()
    secret = "plain-words-nobody-knows"
    early = text(f"it is {secret}")
    await talk.asked(early, tools=[tool(f"Takes {secret}.")])
    talk.gateway.know(secrets={"phrase": secret})
    assert secret not in str(await talk.asked(early, tools=[tool(f"Takes {secret}.")]))


async def test_what_a_message_teaches_is_replaced_in_the_others_of_the_same_request():
    talk = Talk()
    sent, _ = await talk.asked(text("Schmidt-Rot is late"), text("Her name is Anna Schmidt-Rot."))
    assert "Schmidt-Rot" not in str(sent[1])
    assert [texts(message) for message in sent] == [
        await talk.anew(texts(text(said))) for said in ("Schmidt-Rot is late", "Her name is Anna Schmidt-Rot.")
    ]


async def test_a_wiped_vault_leaves_nothing_that_was_veiled_with_it():
    talk = Talk()
    sent, _ = await talk.asked(text(f"write to {MAIL}"))
    await talk.gateway.forget(SESSION)
    sent, _ = await talk.asked(text(f"write to {MAIL}"))
    assert await talk.gateway.incoming(sent[0].text, source="m", session_id=SESSION) == f"write to {MAIL}"


async def test_a_tool_in_which_nothing_was_found_is_looked_at_once_for_all_sessions_until_one_knows_more():
    talk = Talk()
    offered = [tool("Asks marigold-77 about it.")]
    await talk.asked(tools=offered)
    looked = len(talk.decisions)
    other = talk.veil(session_id="ses_2")
    assert await other.tools(offered) == [offered[0].spec]
    assert len(talk.decisions) == looked
    talk.gateway._vaults.open("ses_3").issue("marigold-77", "ACCOUNT")
    assert "marigold" not in str(await talk.veil(session_id="ses_3").tools(offered))
    assert await talk.veil(session_id="ses_2").tools(offered) == [offered[0].spec]
    secret = "marigold-77"
    talk.gateway.know(secrets={"phrase": secret})
    assert secret not in str(await talk.veil(session_id="ses_4").tools(offered))


async def test_what_looks_like_a_pseudonym_in_a_tool_is_looked_at_in_each_session():
    talk = Talk()
    pseudonym = talk.gateway._vaults.open(SESSION).issue(MAIL, "EMAIL_ADDRESS")
    offered = [tool(f"Writes to {pseudonym}.")]
    _, tools = await talk.asked(tools=offered)
    assert pseudonym in str(tools)
    assert pseudonym not in str(await talk.veil(session_id="ses_2").tools(offered))


async def test_a_message_that_is_blocked_is_blocked_again():
    talk = Talk()
    hostile = Message(role=Role.TOOL, parts=(ToolResultPart(call_id="c", name="t", content={"pin": 1234}),))
    for _ in range(2):
        with pytest.raises(PrivacyBlocked):
            await talk.asked(hostile)
    assert [decision.outcome for decision in talk.decisions] == ["blocked", "blocked"]


def foreign(value):
    """One message for each place where a provider may have put something of its own."""
    return [
        text("Fine.", extra={"openai": {"echo": value}}),
        Message(role=Role.ASSISTANT, parts=(TextPart(text="Fine.", extra={"openai": {"echo": [value]}}),)),
        Message(role=Role.ASSISTANT, parts=(TextPart(text="Fine."), OpaquePart(provider="openai", data={"x": value}))),
        Message(role=Role.ASSISTANT, parts=(ReasoningPart(text=f"They are {value}."), TextPart(text="Fine."))),
        Message(
            role=Role.ASSISTANT,
            parts=(
                TextPart(text="Fine."),
                ToolCallPart(id="c", name="t", arguments={}, extra={"openai": {"raw": value}}),
            ),
        ),
    ]


@pytest.mark.parametrize("place", range(len(foreign(""))))
@pytest.mark.parametrize("value", [MAIL, PERSON], ids=["mail", "name"])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_nothing_personal_leaves_in_what_only_a_provider_understands(place, value, provider):
    talk = Talk()
    talk.gateway.know(names=[PERSON])
    sent, _ = await talk.asked(foreign(value)[place], provider=provider)
    assert value not in str(sent)
    assert sent[0].text == "Fine."


@pytest.mark.parametrize("place", range(len(foreign(""))))
async def test_what_holds_nothing_personal_goes_back_to_its_provider_as_it_was_and_to_no_other(place):
    talk = Talk()
    message = foreign("gAAAAABm3Zq-sealed")[place]
    assert (await talk.asked(message))[0] == [message]
    sent, _ = await talk.asked(message, provider="anthropic")
    assert "sealed" not in str(sent)
    assert opaque(sent[0]) == []


async def test_a_value_learned_later_also_ends_what_only_a_provider_understands():
    talk = Talk()
    message = foreign("zebra-hunter-22")[0]
    assert (await talk.asked(message))[0] == [message]
    talk.gateway.know(secrets={"zebra": "zebra-hunter-22"})
    assert "zebra-hunter-22" not in str(await talk.asked(message))


async def test_what_a_provider_put_there_that_is_no_json_is_left_out():
    talk = Talk()
    message = text("Fine.", extra={"openai": {"raw": b"bytes"}})
    assert (await talk.asked(message))[0] == [text("Fine.")]


async def test_an_answer_is_not_kept_when_its_pseudonyms_cannot_be_written():
    talk = Talk()

    async def full(session_id):
        raise StoreFull("The disk is full.")

    talk.gateway.save = full
    with pytest.raises(PrivacyBlocked, match="disk is full"):
        async with talk.veil().saving():
            pass
    async with talk.veil(external=False).saving():
        pass
    with pytest.raises(ModelUnavailable):
        async with talk.veil().saving():
            raise ModelUnavailable("It broke off.", provider="openai")
