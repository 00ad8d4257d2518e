"""Surrogates and stems: what fits a schema's demands, comes back, and tells who is the same person."""

import ipaddress
import re
import uuid
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.errors import PrivacyBlocked
from roxy.privacy import surrogates
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.vaults import Vaults
from roxy.privacy.restore import StreamRestorer, restore_text
from roxy.privacy.vault import SessionVault

KEY = b"k" * 32
CARD = "4111 1111 1111 1111"
IBAN = "DE89 3704 0044 0532 0130 00"


def luhn(number):
    digits = [int(digit) for digit in reversed(number)]
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(digits)) % 10 == 0


def iban_is_right(number):
    return int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1


@pytest.mark.requirement("privacy.surrogates", "privacy.restore")
@pytest.mark.parametrize("time", ["T10:00:00Z", "T00:00:00Z", "T23:59:59.5+02:00"])
async def test_a_day_of_birth_with_a_time_behind_it_comes_back(time):
    gateway = PrivacyGateway()
    whole = {"properties": {"born": {"format": "date"}, "at": {"format": "date-time"}}}
    was = {"born": "1984-02-03", "at": f"1984-02-03{time}"}
    sent = await gateway.outgoing(was, destination="x", schema=whole, session_id="s1")
    assert sent.payload["at"] == sent.payload["born"] + time
    assert await gateway.incoming(sent.payload, source="x", session_id="s1") == was
    stream = gateway.stream("s1")
    assert "".join([*map(stream.feed, sent.payload["at"]), stream.close()]) == was["at"]


@pytest.mark.requirement("privacy.surrogates", "privacy.restore")
async def test_a_stand_in_that_would_not_be_found_again_beside_other_letters_does_not_leave():
    gateway = PrivacyGateway()
    whole = {"properties": {"dob": {"format": "date"}, "code": {"pattern": "^x[0-9-]{10}$"}}}
    await gateway.outgoing({"dob": "1984-02-03"}, destination="x", schema=whole, session_id="s1")
    sent = await gateway.outgoing({"code": "x1984-02-03"}, destination="x", schema=whole, session_id="s1")
    assert sent.payload is None


@pytest.mark.requirement("privacy.surrogates")
@pytest.mark.parametrize(
    ("key", "value", "schema", "right"),
    [
        ("email", "ann@example.com", {"format": "email"}, lambda one: one.endswith("@redacted.invalid")),
        ("phone", "+358 40 123 4567", {"format": "phone"}, lambda one: re.fullmatch(r"\+1\d{3}55501\d\d", one)),
        ("phone", "5551234567", {"pattern": r"^\d{10}$"}, lambda one: re.fullmatch(r"\d{3}55501\d\d", one)),
        ("card", CARD, {"pattern": r"^[\d ]{12,19}$"}, lambda one: one.startswith("999999") and luhn(one)),
        ("dob", "1980-02-03", {"format": "date"}, lambda one: date.fromisoformat(one).year < 1000),
        ("ip", "81.2.69.142", {"format": "ipv4"}, lambda one: ipaddress.ip_address(one).is_reserved is not None),
        ("iban", IBAN, {"pattern": "^[A-Z]{2}[0-9 ]{12,30}$"}, lambda one: one[:2] == "XX" and iban_is_right(one)),
        ("ssn", "219-09-9999", {"pattern": r"^\d{3}-\d{2}-\d{4}$"}, lambda one: one.startswith("000-")),
        ("full_name", "Ann Lee", {"pattern": "^[A-Za-z ]+$"}, lambda one: one.startswith("Rxname ")),
        ("full_name", "Ann Lee", {"format": "uuid"}, lambda one: uuid.UUID(one).version == 8),
    ],
)
async def test_where_a_schema_demands_a_form_the_stand_in_has_it_and_comes_back(key, value, schema, right):
    gateway = PrivacyGateway()
    whole = {"properties": {key: {"type": "string", **schema}}}
    sent = await gateway.outgoing({key: value}, destination="x", schema=whole, session_id="s1")
    assert not sent.decision.blocked, sent.decision.reason
    assert sent.payload[key] != value
    assert right(sent.payload[key])
    again = await gateway.outgoing(sent.payload, destination="x", schema=whole, session_id="s1")
    assert (again.payload, again.decision.outcome) == (sent.payload, "passed")
    back = f"[{sent.payload[key]}] and **{sent.payload[key]}**, twice"
    told = await gateway.incoming(back, source="x", session_id="s1")
    assert told == f"[{value}] and **{value}**, twice"


@pytest.mark.requirement("privacy.surrogates")
@pytest.mark.parametrize(
    ("schema", "blocked"),
    [
        ({"pattern": "^[A-Z][a-z]{2} [A-Z][a-z]{2}$"}, True),
        ({"maxLength": 8}, True),
        ({"pattern": "(?<!x)y"}, False),
        ({"format": "date"}, False),
    ],
)
async def test_where_nothing_fits_the_call_is_blocked_if_the_value_itself_had_fitted(schema, blocked):
    gateway = PrivacyGateway()
    whole = {"properties": {"full_name": schema}}
    sent = await gateway.outgoing({"full_name": "Ann Lee"}, destination="x", schema=whole, session_id="s1")
    assert sent.decision.blocked == blocked
    assert "Ann" not in f"{sent.payload} {sent.decision.reason}"


async def test_what_looks_like_a_surrogate_and_was_not_given_out_is_an_ordinary_value():
    gateway = PrivacyGateway()
    text = "call +12125550123 or 212-555-0123"
    sent = await gateway.outgoing(text, destination="x", session_id="s1")
    assert sent.decision.counts() == {"PHONE_NUMBER": 2}
    assert await gateway.incoming(sent.payload, source="x", session_id="s1") == text


def test_a_session_that_has_used_up_a_range_is_blocked_and_others_are_not(monkeypatch):
    vault = SessionVault(KEY)
    monkeypatch.setattr(surrogates, "_MAKERS", {"ipv4": lambda _: "192.0.2.7"})
    vault.issue("8.8.8.8", "IP_ADDRESS", form="ipv4")
    with pytest.raises(PrivacyBlocked, match="used up"):
        vault.issue("9.9.9.9", "IP_ADDRESS", form="ipv4")
    assert vault.issue("9.9.9.9", "IP_ADDRESS")


FORMS = sorted(surrogates._MAKERS)


@pytest.mark.requirement("privacy.surrogates")
@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMS), st.text(max_size=12), st.integers(0, 9))
def test_every_surrogate_is_found_again_whole(form, value, attempt):
    made = surrogates.make(form, KEY, value, attempt)
    text = f"say “{made}”, {made}."
    assert [text[start:end] for start, end in surrogates.spans(text)] == [made, made]


def kept():
    vault = SessionVault(KEY)
    made = [vault.issue(f"value of {form}", "ID", form=form) for form in FORMS]
    return vault, " ".join([*made, f"x{made[0]}", f"1{made[-1]}9", made[3] + "7", ", ".join(made)])


@pytest.mark.requirement("privacy.surrogates")
def test_a_stream_cut_anywhere_gives_the_same_text_with_surrogates_in_it():
    vault, text = kept()
    whole = restore_text(text, vault)
    assert whole != text
    stream = StreamRestorer(vault)
    assert "".join([*map(stream.feed, text), stream.close()]) == whole
    for cut in range(len(text)):
        stream = StreamRestorer(vault)
        assert stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.close() == whole


def test_surrogates_are_kept_over_a_restart(tmp_path):
    vaults = Vaults(tmp_path)
    made = {form: vaults.open("s1").issue("value", "ID", form=form) for form in FORMS}
    vaults.save("s1")
    again = Vaults(tmp_path).open("s1")
    assert {form: again.issue("value", "ID", form=form) for form in FORMS} == made
    assert not again.unsaved
    assert restore_text(made["card"], again) == "value"


def stem(pseudonym):
    return pseudonym[: pseudonym.index("-rx") + 10]


@pytest.mark.requirement("privacy.stems")
def test_forms_of_one_person_begin_alike_and_each_comes_back_as_it_was():
    vault = SessionVault(KEY)
    forms = ["Alice Smith", "Alice", "ALICE", "Smith", "Smith, Alice", "alice smith"]
    made = [vault.issue(form, "PERSON") for form in forms]
    assert len(set(made)) == len(forms)
    assert len(set(map(stem, made))) == 1
    assert restore_text(" | ".join(made).lower(), vault) == " | ".join(forms)


@pytest.mark.requirement("privacy.stems")
def test_another_person_of_the_same_first_name_has_another_beginning():
    vault = SessionVault(KEY)
    smith, jones, alice = (vault.issue(name, "PERSON") for name in ("Alice Smith", "Alice Jones", "Alice"))
    assert stem(smith) != stem(jones)
    assert stem(alice) == stem(smith)
    assert stem(vault.issue("Smith", "ID")) != stem(smith)


def test_stems_are_the_same_after_a_restart(tmp_path):
    vaults = Vaults(tmp_path)
    first = vaults.open("s1").issue("Alice", "PERSON")
    vaults.save("s1")
    assert stem(Vaults(tmp_path).open("s1").issue("Alice Smith", "PERSON")) == stem(first)


def test_a_name_without_letters_has_a_pseudonym_too():
    vault = SessionVault(KEY)
    assert vault.issue("4 2", "PERSON") != vault.issue("4 3", "PERSON")
