"""Whatever the policy, the payload and who calls: a real value stands only where all the rules let it."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.config.loader import parse
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.policy.places import is_link_key
from roxy.privacy.policy.rules import Action

USERS, SERVERS, OTHERS, NOBODYS = "ann@example.com", "bo@example.com", "cy@example.com", "di@example.com"
MAILS = (USERS, SERVERS, OTHERS, NOBODYS)
KEYS = ("to", "body", "url", "webhook_url", "note")

GATEWAY = PrivacyGateway()  # one, for it loads its models once
SESSIONS = itertools.count()

frames = st.sampled_from(["{}", "{}", "write to {}.", "see https://x.example/?e={} now", "({})", "//h/{}"])
leaves = st.builds(str.format, frames, st.sampled_from(MAILS))
payloads = st.dictionaries(
    st.sampled_from(KEYS), st.one_of(leaves, st.lists(leaves, max_size=2)), min_size=1, max_size=3
)
actions = st.sampled_from(["allow", "allow", "allow", "ask", *(one.value for one in Action)])
rules = st.lists(
    st.fixed_dictionaries(
        {"action": actions},
        optional={"path": st.sampled_from([f"/{key}" for key in KEYS]), "tool": st.sampled_from(["send", "get*"])},
    ),
    min_size=1,
    max_size=2,
)
policies = st.sampled_from(["balanced", "strict", "off"])


def found(payload):
    """Every leaf with its first key."""
    for key, value in payload.items():
        for one in value if isinstance(value, list) else [value]:
            yield key, one


@pytest.mark.requirement("privacy.provenance", "privacy.links", "privacy.policy")
@settings(max_examples=150, deadline=None)
@given(
    payloads, rules, policies, st.sampled_from(["send", "get_page", "other"]), st.tuples(st.booleans(), st.booleans())
)
async def test_a_models_call_shows_a_real_value_only_where_policy_origin_and_place_let_it(
    payload, said, policy, tool, whether
):
    answers, seen = whether  # says yes; what the model sees passed the gateway before
    text = json.dumps({"policy": policy, "destinations": {"mail": {"rules": said}}})
    gateway, session = GATEWAY, f"s{next(SESSIONS)}"
    gateway.obey(Book(check(parse(text, "x"))))
    judge = gateway.book.judge("mail", tool)
    asked = []

    async def ask(question):
        asked.append((question.path.split("/")[1], question.value))
        return "yes" if answers else "no"

    await gateway.incoming([SERVERS], source="mail", session_id=session)
    await gateway.incoming([OTHERS], source="web", session_id=session)
    with speaking(Origin.SKILL, f"I am {USERS}"):
        await gateway.outgoing(list(MAILS) if seen else [], destination="model:m", session_id=session)
    with speaking(Origin.MODEL, f"I am {USERS}"):
        sent = await gateway.outgoing(payload, destination="mail", tool=tool, session_id=session, ask=ask)
    if sent.decision.blocked:
        assert sent.payload is None
        return
    to_a_link = any(is_link_key(key) or "//" in one.split(" ")[0] for key, one in found(payload))
    for key, one in found(sent.payload):
        for mail in MAILS:
            if mail not in one:
                continue
            assert judge.action("EMAIL_ADDRESS", f"/{key}") in (Action.ALLOW, Action.ASK)
            if policy != "off":  # which guards nothing but what was a pseudonym to the model
                assert "//" not in one
                assert not is_link_key(key)
                assert not to_a_link
                own = mail in (USERS, SERVERS) and judge.action("EMAIL_ADDRESS", f"/{key}") is Action.ALLOW
                assert own or ((key, mail) in asked and answers)
    kept = await gateway.incoming(payload, source="mail", zone="record", session_id=session)
    assert not any(mail in json.dumps(kept) for mail in MAILS)
