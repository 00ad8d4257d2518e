"""The gateway as its callers see it: what leaves, what comes back, and what blocks."""

import asyncio
import base64
import logging
import socket
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import LocalRecognizer, RecognizerResult

from roxy.contracts.privacy import PrivacyGuard, Zone
from roxy.errors import PrivacyBlocked
from roxy.privacy.gateway import WITHHELD, PrivacyGateway

PERSONAL = {
    "to": "ann@example.com",
    "body": "Hello Ann, call +358 40 123 4567 or 555-123-4567.",
    "contact": {"full_name": "Ann Lee", "dob": "1980-02-03", "address": "12 Main St\nSpringfield"},
    "days": 3,
    "ok": True,
    "none": None,
}
REAL = ("ann@example.com", "Ann", "4567", "Lee", "1980", "Main", "Springfield")


class Double(LocalRecognizer):
    """A recognizer that does what the test says."""

    def __init__(self, act):
        self._act = act
        super().__init__(supported_entities=["EMPLOYEE"], supported_language="en")

    def load(self):
        pass

    def analyze(self, text, entities, nlp_artifacts=None):
        return self._act(text)


@pytest.fixture
def gateway():
    return PrivacyGateway()


async def send(gateway, payload, **more):
    return await gateway.outgoing(payload, destination="search", session_id="s1", **more)


PERSONS = st.lists(
    st.sampled_from(["Anna Schmidt", "mabel.quill@example.org", "4711-9931", "8812-3344"]), min_size=1, max_size=3
)


@pytest.mark.timeout(300)
@pytest.mark.requirement("privacy.restore")
@settings(max_examples=60, deadline=None)
@given(persons=PERSONS, order=st.permutations(range(6)), nested=st.booleans())
async def test_a_value_that_one_part_gives_away_is_readable_in_none(persons, order, nested):
    gateway = PrivacyGateway()
    bare = [f"order {person} now" for person in persons]  # a number alone is nobody's
    telling = [{"full_name" if person.istitle() else "phone": person} for person in persons]
    parts = [*bare, *telling]
    parts = [parts[at] for at in order if at < len(parts)]
    payload = {"parts": [[part] for part in parts]} if nested else parts
    sent = await send(gateway, payload)
    names = [value for part in parts if isinstance(part, dict) for value in part.values()]
    text = repr(sent.payload)
    assert not [name for name in names if name in text]
    assert await gateway.incoming(sent.payload, source="search", session_id="s1") == payload
    again = await send(gateway, payload)
    assert again.payload == sent.payload


async def test_a_later_part_of_a_payload_teaches_what_stands_in_an_earlier_one(gateway):
    sent = await send(gateway, {"subject": "order 4711-9931 now", "person": {"phone": "4711-9931"}})
    assert sent.decision.outcome == "redacted"
    assert "4711" not in repr(sent.payload)
    record = await gateway.redact_record(["order 4711-9931 now", {"phone": "4711-9931"}], "s2")
    assert "4711" not in repr(record)


@pytest.mark.parametrize(
    "written",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
        lambda text: text.encode().hex(),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        "\u200b".join,
    ],
    ids=["base64", "base64 twice", "hexadecimal", "%xx", "zero-width"],
)
async def test_a_later_part_teaches_also_what_stands_encoded_in_an_earlier_one(gateway, written):
    payload = {"subject": written("order 4711-9931 now"), "person": {"phone": "4711-9931"}}
    sent = await send(gateway, payload)
    assert {one.path for one in sent.decision.redactions} == {"/subject", "/person/phone"}
    assert await gateway.incoming(sent.payload, source="search", session_id="s1") == payload


async def test_pseudonyms_are_saved_when_the_caller_says_so(tmp_path):
    gateway = PrivacyGateway(tmp_path)
    sent = await send(gateway, "write to ann@example.com", save=False)
    other = PrivacyGateway(tmp_path)
    assert await other.incoming(sent.payload, source="x", session_id="s1") == sent.payload
    await gateway.save("s1")
    other = PrivacyGateway(tmp_path)
    assert await other.incoming(sent.payload, source="x", session_id="s1") == "write to ann@example.com"


def guard(gateway) -> PrivacyGuard:
    return gateway


@pytest.mark.requirement("privacy.restore")
async def test_what_is_personal_leaves_as_pseudonyms_and_comes_back_to_the_user(gateway):
    sent = await send(guard(gateway), PERSONAL)
    assert sent.decision.outcome == "redacted"
    assert not any(value in repr(sent.payload) for value in REAL)
    assert (sent.payload["days"], sent.payload["ok"], sent.payload["none"]) == (3, True, None)
    assert await gateway.incoming(sent.payload, source="search", session_id="s1") == PERSONAL


async def test_a_person_whom_only_the_sentence_gives_away_leaves_as_a_pseudonym_and_a_town_as_it_is(gateway):
    text = "The report by Ilse Vandermeer and Kofi Boateng arrived in Bruges."
    sent = await gateway.outgoing({"text": text}, destination="web", session_id="s1")
    assert sent.decision.counts() == {"PERSON": 2}
    assert not {"Ilse", "Vandermeer", "Kofi", "Boateng"} & set(sent.payload["text"].split())
    assert sent.payload["text"].endswith(" arrived in Bruges.")
    assert await gateway.incoming(sent.payload, source="web", session_id="s1") == {"text": text}


async def test_a_local_server_gets_real_values_and_an_external_reader_or_a_record_never(gateway):
    sent = (await send(gateway, PERSONAL)).payload
    assert await gateway.incoming(sent, source="x", zone=Zone.LOCAL, session_id="s1") == PERSONAL
    for zone in ("external", "record"):
        kept = await gateway.incoming(PERSONAL, source="x", zone=zone, session_id="s1")
        assert kept == sent


@pytest.mark.requirement("privacy.stable")
async def test_the_same_value_has_the_same_pseudonym_in_every_call_of_a_session(gateway):
    first = (await send(gateway, "mail ann@example.com")).payload
    again = (await send(gateway, {"to": ["ann@example.com"]})).payload
    assert again["to"][0] in first
    other = (await gateway.outgoing("mail ann@example.com", destination="search", session_id="s2")).payload
    assert other != first


async def test_a_pseudonym_of_another_session_stays_as_it_is(gateway):
    foreign = (await send(gateway, "mail ann@example.com")).payload
    await gateway.outgoing("mail bob@example.com", destination="search", session_id="s2")
    assert await gateway.incoming(foreign, source="search", session_id="s2") == foreign


async def test_a_pseudonym_of_another_session_sent_out_is_escaped_and_comes_back_as_it_was(gateway):
    foreign = (await send(gateway, "mail ann@example.com")).payload
    sent = await gateway.outgoing(foreign, destination="search", session_id="s2")
    assert sent.decision.counts() == {"LITERAL": 1}
    assert await gateway.incoming(sent.payload, source="search", session_id="s2") == foreign


async def test_redacting_what_is_redacted_changes_nothing(gateway):
    once = (await send(gateway, PERSONAL)).payload
    twice = await send(gateway, once)
    assert twice.payload == once
    assert twice.decision.outcome == "passed"


async def test_weather_and_search_pass_unchanged(gateway):
    payload = {
        "location": "Paris, France",
        "query": "best hiking trails near Lake Bled in October 2026",
        "url": "https://example.com/a/b?page=2&q=cats",
        "date": "2026-10-03",
        "repo": "octo/hello-world",
        "sha": "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33",
        "id": "6f1c0e0e-5f9f-4c59-8c0a-a50a8b2f7b9a",
        "since": "1755302400",
        "ts": 1755302400123,
        "version": "1.2.3.4",
        "file": "src/main.py",
        "next_page_token": "CAUQAA",
        "order": "ORD-3074185",
    }
    sent = await send(gateway, payload)
    assert (sent.payload, sent.decision.outcome) == (payload, "passed")


@pytest.mark.requirement("privacy.secrets")
async def test_a_secret_is_masked_and_never_put_back(gateway):
    word = "x7!" + "kQ29"
    sent = await send(gateway, {"password": word, "text": f"my password is {word}"})
    assert word not in repr(sent)
    assert sent.payload["password"] == "[SECRET:password]"
    assert {redaction.action for redaction in sent.decision.redactions} == {"mask"}
    assert await gateway.incoming(sent.payload, source="search", session_id="s1") == sent.payload
    assert (await send(gateway, sent.payload)).payload == sent.payload


@pytest.mark.requirement("privacy.record")
async def test_a_decision_tells_type_path_and_digest_and_never_the_value(gateway):
    sent = await send(gateway, {"a/b": [{"m~n": "ann@example.com"}, "ann@example.com"]}, tool="find")
    first, second = sent.decision.redactions
    assert (first.type, first.path) == ("EMAIL_ADDRESS", "/a~1b/0/m~0n")
    assert second.path == "/a~1b/1"
    assert first.digest == second.digest
    assert "ann" not in repr(sent.decision)
    assert (sent.decision.destination, sent.decision.tool) == ("search", "find")


async def test_a_value_that_is_known_is_replaced_where_no_detector_would_find_it(gateway):
    await send(gateway, {"full_name": "Zoltan Xu"})
    record = await gateway.redact_record({"log": "so zoltan xu it was, and Zoltan Xu again"}, "s1")
    assert "xu" not in record["log"].lower().split("rx")[0]
    assert "zoltan" not in record["log"].lower()


@pytest.mark.parametrize(
    "payload",
    [b"ann", {"a": object()}, {1: "x"}, {"a": {"b": {3}}}, {"ann@example.com": 1}, ["x"] * 60_000, "x" * 1_100_000],
    ids=["bytes", "object", "number as key", "set", "personal key", "too many", "too long"],
)
async def test_what_cannot_be_looked_at_is_blocked_with_a_reason(gateway, payload):
    sent = await send(gateway, payload)
    assert sent.payload is None
    assert sent.decision.blocked
    assert "ann@" not in sent.decision.reason
    assert "check failed" not in sent.decision.reason
    assert len(sent.decision.reason) < 300


async def test_a_payload_that_is_too_deep_or_contains_itself_is_blocked(gateway):
    endless: list = []
    endless.append(endless)
    sent = await send(gateway, endless)
    assert "deeper" in sent.decision.reason
    back = await gateway.incoming(endless, source="search", session_id="s1")
    assert isinstance(back, list)


@pytest.mark.parametrize(
    "payload", [{"card": {"pan": 4111111111111111}}, {"x": 4111111111111111}, {"phone": 358401234567}]
)
async def test_a_personal_number_never_leaves_and_never_becomes_text(gateway, payload):
    sent = await send(gateway, payload)
    assert sent.decision.outcome == "redacted"
    for kept in (sent.payload, await gateway.redact_record(payload, "s1")):
        assert kept != payload
        assert repr(kept).strip("{}").rpartition(": ")[2].isdigit()


@pytest.mark.requirement("privacy.secrets")
async def test_a_secret_number_blocks_and_is_masked_in_records(gateway):
    sent = await send(gateway, {"pin": 1234})
    assert sent.decision.blocked
    assert "/pin" in sent.decision.reason
    assert "external: false" in sent.decision.reason
    assert await gateway.redact_record({"pin": 1234}, "s1") == {"pin": "[SECRET:pin]"}


async def test_ordinary_numbers_keep_value_and_type(gateway):
    payload = {"n": 5, "price": 12.5, "id": 3074185296, "epoch": 1755302400123, "max_tokens": 1000, "phone_count": 2}
    sent = await send(gateway, payload)
    assert sent.payload == payload
    assert [type(value) for value in sent.payload.values()] == [int, float, int, int, int, int]


@pytest.mark.requirement("privacy.fail_closed")
async def test_a_failing_recognizer_blocks_and_its_words_reach_nobody(caplog):
    def fail(text):
        raise RuntimeError(f"cannot read {text}")

    gateway = PrivacyGateway(recognizers=[Double(fail)])
    with caplog.at_level(logging.DEBUG):
        sent = await send(gateway, {"q": "quite harmless"})
        assert await gateway.redact_record({"q": "quite harmless"}, "s1") == WITHHELD
        with pytest.raises(PrivacyBlocked) as caught:
            gateway.scan("quite harmless")
    assert sent.decision.blocked
    assert "RuntimeError" in sent.decision.reason
    assert "harmless" not in sent.decision.reason + str(caught.value) + caplog.text
    assert gateway.redact_text("quite harmless", "s1") == WITHHELD


@pytest.mark.requirement("privacy.fail_closed")
async def test_a_check_that_takes_too_long_blocks():
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(_text):
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(timeout=5)
        return []

    gateway = PrivacyGateway(recognizers=[Double(wait)], deadline=0.2)
    await gateway.warm()
    async with asyncio.timeout(5):
        sent = await send(gateway, "a word")
    release.set()
    assert "longer than 0.2 s" in sent.decision.reason


async def test_recognizers_of_ones_own_are_asked_about_every_text():
    def found(text):
        at = text.find("E-17")
        return [RecognizerResult("EMPLOYEE", at, at + 4, 0.9)] if at >= 0 else []

    gateway = PrivacyGateway(recognizers=[Double(found)])
    sent = await send(gateway, "who is E-17 ?")
    assert "E-17" not in sent.payload
    assert sent.decision.counts() == {"EMPLOYEE": 1}
    assert await gateway.incoming(sent.payload, source="x", session_id="s1") == "who is E-17 ?"


async def test_the_schema_keeps_the_tools_own_words_and_the_form_of_addresses(gateway):
    schema = {
        "properties": {
            "to": {"type": "string", "format": "email"},
            "cc": {"type": "array", "items": {"format": "email"}},
            "who": {"enum": ["Ann Lee", "Bob Ray"]},
        }
    }
    payload = {"to": "ann@example.com", "cc": ["bob@example.com"], "who": "Ann Lee", "full_name": "Ann Lee"}
    sent = await send(gateway, payload, schema=schema)
    assert sent.payload["to"].endswith("@redacted.invalid")
    assert sent.payload["cc"][0].endswith("@redacted.invalid")
    assert sent.payload["who"] == "Ann Lee"
    assert sent.payload["full_name"] != "Ann Lee"
    assert (await send(gateway, sent.payload, schema=schema)).payload == sent.payload
    assert await gateway.incoming(sent.payload, source="x", session_id="s1") == payload


async def test_a_pseudonym_longer_than_the_schema_allows_blocks(gateway):
    sent = await send(gateway, {"to": "a@example.com"}, schema={"properties": {"to": {"maxLength": 15}}})
    assert sent.decision.blocked
    assert "15" in sent.decision.reason


async def test_names_and_secrets_can_be_learned_later(gateway):
    word = "correct-" + "horse"
    before = await send(gateway, f"ask about Zed and {word}")
    gateway.know(names=["Zed Quux"], secrets={"Home Key": word})
    after = await send(gateway, f"then about Zed and {word}")
    assert word in before.payload
    assert after.decision.outcome == "redacted"
    assert "[SECRET:home_key]" in after.payload


async def test_a_session_that_is_forgotten_cannot_be_turned_back(tmp_path):
    gateway = PrivacyGateway(tmp_path / "vaults")
    sent = (await send(gateway, "mail ann@example.com")).payload
    await gateway.forget("s1")
    assert await gateway.incoming(sent, source="x", session_id="s1") == sent


async def test_calls_of_no_session_restore_in_this_process_and_leave_no_file(tmp_path):
    gateway = PrivacyGateway(tmp_path / "vaults")
    sent = await gateway.outgoing("mail ann@example.com", destination="x")
    assert await gateway.incoming(sent.payload, source="x") == "mail ann@example.com"
    assert not (tmp_path / "vaults").exists()


async def test_a_log_line_is_redacted_without_loading_presidio_and_its_pseudonyms_can_be_flushed(tmp_path):
    gateway = PrivacyGateway(tmp_path / "vaults")
    line = gateway.redact_text("sent to ann@example.com", "s1")
    assert "ann" not in line
    await gateway.flush()
    restarted = PrivacyGateway(tmp_path / "vaults")
    assert await restarted.incoming(line, source="x", session_id="s1") == "sent to ann@example.com"


async def test_many_calls_at_once_agree_on_the_pseudonyms(gateway):
    text = "mail ann@example.com and bob@example.com " * 200
    async with asyncio.timeout(20):
        sent = await asyncio.gather(*(send(gateway, text) for _ in range(6)))
    assert len({result.payload for result in sent}) == 1


@pytest.mark.requirement("privacy.no_network")
async def test_detection_never_touches_the_network(monkeypatch):
    attempts = []

    def refuse(*args, **_kwargs):
        attempts.append(args)
        raise OSError("no network in this test")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    gateway = PrivacyGateway()
    await gateway.warm()
    everything = (
        "ann@example.co.uk x@y.z DE89 3704 0044 0532 0130 00 4111 1111 1111 1111 1.1.1.1 2606:4700::1111 "
        "219-09-9999 https://example.com/a 020 7946 0958 AB123456C 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 943 476 5919"
    )
    sent = await send(gateway, everything)
    assert {"EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD", "IP_ADDRESS", "US_SSN"} <= set(sent.decision.counts())
    assert attempts == []


def test_importing_the_gateway_loads_neither_presidio_nor_spacy_nor_cryptography():
    code = (
        "import sys, roxy.privacy.gateway\n"
        "heavy = {'presidio_analyzer', 'spacy', 'cryptography', 'phonenumbers', 'tldextract', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"


async def test_text_without_anything_to_explain_never_loads_presidio():
    code = (
        "import asyncio, sys\n"
        "from roxy.privacy.gateway import PrivacyGateway\n"
        "payload = {'query': 'call Ann at 555-123-4567 or ann@example.com', 'ts': '2026-01-02T03:04:05Z'}\n"
        "sent = asyncio.run(PrivacyGateway().outgoing(payload, destination='x'))\n"
        "print(sent.decision.outcome, 'presidio_analyzer' in sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    assert out.decode().split() == ["redacted", "False"]


def test_scan_tells_offsets_and_types(gateway):
    text = "Dear Ann, ｊｏｈｎ＠example.com wrote; card 4111-1111-1111-1111."  # noqa: RUF001 - full-width on purpose
    found = [(text[finding.start : finding.end], finding.type) for finding in gateway.scan(text)]
    assert found == [
        ("Ann", "PERSON"),
        ("ｊｏｈｎ＠example.com", "EMAIL_ADDRESS"),  # noqa: RUF001 - as above
        ("4111-1111-1111-1111", "CREDIT_CARD"),
    ]


async def test_a_list_of_the_bytes_of_something_personal_blocks_a_call_and_is_replaced_in_a_record(gateway):
    payload = {"data": list(b"to ann@example.com"), "pixels": [12, 200, 34, 56, 78, 90, 12, 34]}
    sent = await send(gateway, payload)
    assert sent.payload is None
    assert "/data" in sent.decision.reason
    kept = await gateway.redact_record(payload, "s1")
    assert kept["data"].startswith("to EMAIL-rx")
    assert kept["pixels"] == payload["pixels"]
    harmless = {"data": list(b"the quick brown fox")}
    assert (await send(gateway, harmless)).payload == harmless
