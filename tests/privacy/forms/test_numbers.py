"""Numbers that stand for personal numbers: a number stays one, fits the schema, and comes back as the very same."""

import json
import math

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roxy.config.loader import parse
from roxy.contracts.privacy import Zone
from roxy.errors import PrivacyBlocked
from roxy.privacy.forms import numbers
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.vaults import Vaults
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.restore import StreamRestorer, restore_text
from roxy.privacy.vault import SessionVault

CARD = 4111111111111111
KEYS = ("card_number", "phone", "ssn", "dob", "account_number", "national_id")


async def send(gateway, payload, schema=None, **more):
    return await gateway.outgoing(payload, destination="x", schema=schema, session_id="s1", **more)


def whole(schema):
    return {"properties": {"phone": schema}}


def same(one, other):
    return type(one) is type(other) and one == other


@pytest.mark.requirement("privacy.numbers")
@pytest.mark.parametrize(
    "value",
    [CARD, float(CARD), 2**53 + 1, 2**70 + 3, 358401234567, 1985, -219099999, 19800203, 12345.5, 1.5e300, 10**40],
)
async def test_a_personal_number_leaves_as_another_one_and_comes_back_as_the_very_same(value):
    gateway = PrivacyGateway()
    sent = await send(gateway, {"ssn": value, "list": [{"national_id": value}]})
    left = sent.payload["ssn"]
    assert type(left) is type(value)
    assert str(int(left)).startswith("99999")
    assert left < 2**53
    assert sent.payload["list"][0]["national_id"] == left
    again = await send(gateway, sent.payload)
    assert (again.payload, again.decision.outcome) == (sent.payload, "passed")
    # A server may read every number as a double, and write it as it likes.
    for echoed in (sent.payload, {"ssn": int(left), "list": [{"national_id": float(left)}]}):
        back = await gateway.incoming(json.loads(json.dumps(echoed)), source="x", session_id="s1")
        assert same(back["ssn"], value)
        assert same(back["list"][0]["national_id"], value)


@pytest.mark.requirement("privacy.numbers")
async def test_in_text_it_comes_back_as_whole_digits_only(tmp_path):
    gateway = PrivacyGateway()
    made = (await send(gateway, {"card": CARD, "ssn": float(CARD - 1)})).payload
    card, other = made["card"], int(made["ssn"])
    text = f'{card}, [{card}] {{"card":{card},"x":{other}.0}} 1{card} {card}1 x{card} {card}-2 {other}'
    told = await gateway.incoming(text, source="x", session_id="s1")
    assert told == (f'{CARD}, [{CARD}] {{"card":{CARD},"x":{CARD - 1}.0}} 1{card} {card}1 x{card} {card}-2 {CARD - 1}')
    # Known from now on, as text and as a number, whatever its key.
    assert str(CARD) not in str((await send(gateway, {"note": f"paid {CARD}", "n": CARD})).payload)


@pytest.mark.requirement("privacy.numbers")
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"maximum": 2**31 - 1}, 93207126),
        ({"format": "int32"}, 93207126),
        ({"minimum": 1_000_000_000, "maximum": 9_999_999_999, "multipleOf": 5}, 5551234565),
        ({"exclusiveMinimum": 10**15}, CARD),
        ({"exclusiveMaximum": 10**8, "minimum": 10**7}, 93207126),
        ({"minimum": 10**7, "maximum": 10**8, "exclusiveMaximum": True}, 93207126),
        ({"multipleOf": 0.5}, 93207126),
        ({"multipleOf": 7}, 7 * 93207126),
        ({"minimum": "no number", "maximum": None, "multipleOf": 0}, 93207126),
        ({"maximum": 10}, 93207126),  # what the value itself does not fit is not demanded
    ],
)
async def test_it_fits_what_the_tool_takes(schema, value):
    sent = await send(PrivacyGateway(), {"phone": value}, whole({"type": "integer", **schema}))
    left = sent.payload["phone"]
    assert left != value
    assert str(left).startswith("999")
    if schema.get("exclusiveMaximum") is True:
        schema = {**schema, "exclusiveMaximum": schema["maximum"]}
    if not isinstance(schema.get("minimum"), str) and schema.get("maximum") != 10:
        jsonschema.validate(left, {"type": "integer", **schema})
    assert await PrivacyGateway().incoming(sent.payload, source="x", session_id="s1") == sent.payload


@pytest.mark.requirement("privacy.numbers", "privacy.fail_closed")
@pytest.mark.parametrize(
    ("payload", "schema", "words"),
    [
        ({"phone": 5551234}, {"maximum": 9_999_999}, "fits what the tool takes (maximum 9999999)"),
        ({"phone": 5551234}, {"minimum": 5_551_000, "maximum": 5_552_000}, "minimum 5551000, maximum 5552000"),
        ({"account_number": 123}, {}, "fewer than 4 digits"),
        ({"pin": 1234}, {}, "secret or masked"),
    ],
)
async def test_where_no_number_can_stand_for_it_the_call_is_blocked_and_told_how_to_allow_it(payload, schema, words):
    (key,) = payload
    sent = await send(PrivacyGateway(), payload, {"properties": {key: schema}})
    assert sent.payload is None
    assert words in sent.decision.reason
    assert f"/{key}" in sent.decision.reason
    assert ("mcp_servers.yaml" if key == "pin" else "privacy.yaml") in sent.decision.reason
    assert str(payload[key]) not in sent.decision.reason


@pytest.mark.parametrize("action", ["mask", "hash", "block"])
async def test_what_the_policy_masks_is_no_number_so_it_blocks(action):
    said = f"policy: own\npolicies: {{own: {{base: strict, types: {{PHONE_NUMBER: {action}}}}}}}"
    gateway = PrivacyGateway(book=Book(check(parse(said, "privacy.yaml"))))
    assert (await send(gateway, {"phone": 358401234567})).payload is None
    record = await gateway.redact_record({"phone": 358401234567, "pin": 1234}, "s1")
    assert str(record["phone"]).startswith("99999")
    assert record["pin"] == "[SECRET:pin]"


async def test_the_tools_own_numbers_and_those_that_nobody_owns_stay():
    schema = {"properties": {"phone": {"enum": [112000, 911000]}, "ssn": {"const": 123456789}}}
    payload = {"phone": 112000, "ssn": 123456789, "id": 3074185296, "year": 1985, "flag": True}
    assert (await send(PrivacyGateway(), payload, schema)).payload == payload


async def test_another_session_and_another_vault_do_not_know_it():
    gateway = PrivacyGateway()
    sent = await send(gateway, {"phone": 358401234567})
    assert await gateway.incoming(sent.payload, source="x", session_id="s2") == sent.payload
    other = await gateway.outgoing({"phone": 358401234567}, destination="x", session_id="s2")
    assert other.payload != sent.payload


async def test_a_short_number_is_put_back_nowhere_where_it_would_leave_unseen():
    gateway = PrivacyGateway()
    sent = await send(gateway, {"birth_year": 1985})
    back = await gateway.incoming({"n": sent.payload["birth_year"]}, source="model:m", zone=Zone.LOCAL, session_id="s1")
    assert back == {"n": 1985}
    assert (await send(gateway, back)).payload == {"n": sent.payload["birth_year"]}


@pytest.mark.parametrize("value", [CARD, float(CARD), -CARD])
async def test_a_model_puts_none_into_a_link_whatever_the_policy(value):
    gateway = PrivacyGateway(book=Book(check(parse("destinations: {shop: {policy: 'off'}}", "privacy.yaml"))))
    made = (await send(gateway, {"card": value})).payload["card"]
    said = {"url": f"https://shop.example/?c={int(made)}", "amount": made}
    with speaking(Origin.MODEL, "buy it"):
        call = await gateway.incoming(said, source="model:m", zone=Zone.LOCAL, session_id="s1")
        sent = await gateway.outgoing(call, destination="shop", tool="get", session_id="s1")
    assert str(CARD) not in str(sent.payload)


def test_numbers_are_kept_over_a_restart(tmp_path):
    vaults = Vaults(tmp_path)
    form = numbers.form_for({}, CARD)
    made = vaults.open("s1").issue(str(CARD), "CREDIT_CARD", form=form)
    vaults.save("s1")
    again = Vaults(tmp_path).open("s1")
    assert again.issue(str(CARD), "CREDIT_CARD", form=form) == made
    assert restore_text(f"paid with {made}.", again) == f"paid with {CARD}."


def test_a_stream_cut_anywhere_gives_the_same_text_with_numbers_in_it():
    vault = SessionVault(b"k" * 32)
    made = [
        vault.issue(str(CARD + n), "CREDIT_CARD", form=numbers.form_for({"maximum": 10 ** (9 + n)}, 1)) for n in (0, 6)
    ]
    text = f"{made[0]} {made[1]}{made[0]} {made[1]}.5 -{made[0]} {made[1]}, 1{made[1]} {made[0]}"
    once = restore_text(text, vault)
    assert str(CARD) in once
    for cut in range(len(text) + 1):
        stream = StreamRestorer(vault)
        assert stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.close() == once
    stream = StreamRestorer(vault)
    assert "".join([*map(stream.feed, text), stream.close()]) == once


def test_a_session_that_has_used_up_a_range_is_blocked():
    vault = SessionVault(b"k" * 32)
    form = f"{numbers.NUMBER}:99990000:3:1"
    assert len({vault.issue(str(value), "ACCOUNT", form=form) for value in (10_001, 10_002, 10_003)}) == 3
    with pytest.raises(PrivacyBlocked, match="used up"):
        vault.issue("10004", "ACCOUNT", form=form)


NUMBERS = st.one_of(
    st.integers(1000, 10**20),
    st.integers(-(10**20), -1000),
    st.integers(1000, 10**6),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda one: abs(one) >= 1000),
    st.sampled_from([CARD, float(CARD), 19800203, 358401234567]),
)
LIMITS = st.integers(-(10**3), 10**17)


@pytest.mark.requirement("privacy.numbers")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(KEYS), NUMBERS), min_size=1, max_size=6))
async def test_any_numbers_come_back_as_they_were_and_differ_where_they_differed(pairs):
    gateway = PrivacyGateway()
    payload = [{key: value} for key, value in pairs]
    sent = await send(gateway, payload)
    left = [next(iter(one.values())) for one in sent.payload]
    for (_, value), made in zip(pairs, left, strict=True):
        assert type(made) is type(value)
        assert not same(made, value)
    by_written = {}
    for (_, value), made in zip(pairs, left, strict=True):
        assert by_written.setdefault(str(value), made) == made
    assert len(set(by_written.values())) == len(by_written)
    assert (await send(gateway, sent.payload)).payload == sent.payload
    back = await gateway.incoming(sent.payload, source="x", session_id="s1")
    assert all(map(same, (one for item in back for one in item.values()), (value for _, value in pairs)))


@pytest.mark.requirement("privacy.numbers")
@settings(max_examples=60, deadline=None)
@given(
    st.integers(10**4, 10**17),
    st.fixed_dictionaries(
        {}, optional={"minimum": LIMITS, "maximum": LIMITS, "exclusiveMinimum": LIMITS, "exclusiveMaximum": LIMITS,
                      "multipleOf": st.sampled_from([1, 2, 5, 10, 0.1, 25, 1000])},
    ),
)  # fmt: skip
def test_whatever_the_limits_what_stands_in_keeps_them_where_the_value_did(value, limits):
    form = numbers.form_for(limits, value)
    valid = jsonschema.Draft202012Validator({"type": "integer", **limits}).is_valid
    assume(form and valid(value))
    for number in (0, 1, 2**72 - 1):
        made = numbers.make(form, number)
        assert valid(int(made)), (limits, made)
        assert numbers.stands(made)


def test_what_is_read_as_a_number_is_one():
    assert [numbers.read(text) for text in ("0401", "+1", "x", "true", "[1]", "")] == [None] * 6
    assert same(numbers.read("12.0"), 12.0)
    assert not math.isnan(numbers.read("1e3"))
