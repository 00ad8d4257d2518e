"""Binary data in a text: blocked in a call, a pseudonym or a word in a text for a model, allowed by policy."""

import base64
import gzip
import json
import random
import re

import pytest

from roxy.config.loader import parse
from roxy.privacy.binary import is_binary, spans
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check
from roxy.privacy.policy.origin import Origin, speaking

RAW = random.Random(7).randbytes(3_000)
LETTER = b"a long letter about nothing. " * 120


def b64(raw):
    return base64.b64encode(raw).decode()


PICTURE = b64(RAW)
SMALL = b64(b"\x89PNG\r\n\x1a\n" + RAW[:60])


@pytest.mark.parametrize(
    ("text", "binary"),
    [
        (PICTURE, True),
        (base64.urlsafe_b64encode(RAW).decode(), True),
        (base64.encodebytes(RAW).decode(), True),
        (RAW.hex(), True),
        (b64(LETTER + RAW), True),
        (b64(b"%PDF-1.4\n" + LETTER), True),
        (SMALL, True),
        ("data:image/png;base64,iVBORw0KGgo=", True),
        (" DATA:audio/wav;base64,AA", True),
        ("data:text/plain;base64," + b64(RAW), True),
        ("".join(map(chr, RAW[:200])), True),
        ("data:text/plain,hello", False),
        ("data:,hello", False),
        ("data:image/svg+xml;utf8,<svg><text>hello</text></svg>", False),
        (b64(LETTER), False),
        (b64(gzip.compress(LETTER, mtime=0)), False),
        (b64("a letter".encode("utf-16") * 40), False),
        (b64(RAW[:60]), False),
        ("word " * 200, False),
        ("We all want to see the old towns of Vienna and Prague by train as we own no car at all " * 8, False),
        ("a" * 400, False),
        ("0123456789abcdef" * 8, False),
        ("A4b" * 20 + " " + "word " * 60, False),
        ("-" * 400, False),
        ("\n".join(RAW[at : at + 32].hex() for at in range(0, 640, 32)), False),
        ("\n".join(b64(RAW[at : at + 24]) for at in range(0, 640, 24)), False),
        ("/Users/Somebody/Library" * 20, False),
    ],
)
def test_what_is_binary_is_told_from_text(text, binary):
    assert is_binary(text) is binary


@pytest.mark.parametrize(
    ("payload", "binary"),
    [
        ({"type": "image", "data": b64(RAW[:90]), "mimeType": "image/png"}, True),
        ({"type": "base64", "media_type": "audio/wav", "data": b64(RAW[:90])}, True),
        ({"uri": "file:///a.bin", "blob": b64(RAW[:90])}, True),
        ({"image_base64": b64(RAW[:90])}, True),
        ({"cursor": b64(RAW[:90]), "page": 2}, False),
        ({"data": b64(RAW[:90])}, False),
        ({"mimeType": "text/plain", "blob": b64(b"a letter about nothing")}, False),
    ],
)
async def test_what_is_declared_to_be_data_is_binary_however_short_it_is(payload, binary):
    sent = await PrivacyGateway().outgoing(payload, destination="web", tool="put", session_id="s1")
    assert sent.decision.blocked is binary


@pytest.mark.parametrize(
    "text",
    [
        "see ![a cat](data:image/png;base64,iVBORw0KGgo=) there",
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
        f"here it is: {PICTURE}. Thanks",
        json.dumps({"image": PICTURE, "n": 1}),
        json.dumps(json.dumps({"image": base64.encodebytes(RAW).decode()})),
        "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(RAW).decode() + "-----END CERTIFICATE-----",
    ],
    ids=["Markdown", "HTML", "prose", "JSON", "JSON in JSON", "a certificate"],
)
async def test_binary_data_within_a_text_is_found_and_the_words_beside_it_stay(text):
    [(start, end)] = spans(text)
    assert re.fullmatch(r"[\w+/=\\:;,\s-]+", text[start:end])
    sent = await PrivacyGateway().outgoing({"x": text}, destination="web", tool="put", session_id="s1")
    assert sent.decision.blocked
    told = await PrivacyGateway().outgoing(text, destination="model:m", session_id="s1")
    assert told.payload.startswith(text[:start])
    assert told.payload.endswith(text[end:])


async def test_a_signed_token_and_a_private_key_are_secrets_and_no_binary_data():
    parts = [
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"RS256"}', b'{"sub":"1"}', RAW[:256])
    ]
    key = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{base64.encodebytes(RAW).decode()}-----END RSA PRIVATE {'KEY'}-----"
    for text in (".".join(parts), key):
        sent = await PrivacyGateway().outgoing({"x": text}, destination="web", tool="put", session_id="s1")
        assert {one.type for one in sent.decision.redactions} == {"SECRET"}


@pytest.mark.requirement("privacy.fail_closed")
async def test_a_call_with_binary_data_is_blocked_until_the_policy_allows_it_with_the_line_that_the_reason_gives():
    sent = await PrivacyGateway().outgoing({"files": [PICTURE]}, destination="my web", tool="put", session_id="s1")
    assert sent.decision.blocked
    assert "/files/0" in sent.decision.reason
    line = sent.decision.reason.partition("privacy.yaml: ")[2]
    gateway = PrivacyGateway(book=Book(check(parse(line, "x"))))
    sent = await gateway.outgoing({"files": [PICTURE]}, destination="my web", tool="put", session_id="s1")
    assert sent.payload == {"files": [PICTURE]}
    assert [one.type for one in sent.decision.released] == ["BINARY"]


@pytest.mark.parametrize(
    ("action", "shape"), [("mask", "[ITEM hidden]"), ("hash", "ITEM-hx"), ("pseudonymise", "[ITEM")]
)
async def test_binary_data_may_be_replaced_by_something_for_good(action, shape):
    said = f"destinations: {{web: {{rules: [{{types: BINARY, action: {action}}}]}}}}"
    gateway = PrivacyGateway(book=Book(check(parse(said, "x"))))
    sent = await gateway.outgoing({"file": PICTURE}, destination="web", tool="put", session_id="s1")
    assert sent.payload["file"].startswith(shape)


async def test_binary_data_may_be_asked_for_and_the_question_does_not_show_all_of_it():
    asked = []

    async def yes(question):
        asked.append(question)
        return "yes"

    said = "destinations: {web: {rules: [{tool: put, types: BINARY, action: ask}]}}"
    gateway = PrivacyGateway(book=Book(check(parse(said, "x"))))
    sent = await gateway.outgoing({"file": PICTURE}, destination="web", tool="put", session_id="s1", ask=yes)
    assert sent.payload == {"file": PICTURE}
    assert "4,000 characters" in asked[0].text
    assert len(asked[0].text) < 600


async def test_what_a_server_gave_itself_it_may_have_back_from_a_model_and_no_other_may():
    gateway, cursor = PrivacyGateway(), b64(RAW[:400])
    with speaking(Origin.MODEL, "go on"):
        await gateway.incoming({"next": cursor}, source="list", session_id="s1")
        told = await gateway.outgoing({"next": cursor}, destination="model:m", session_id="s1")
        assert cursor not in told.payload["next"]
        call = await gateway.incoming(told.payload, source="model:m", zone="local", session_id="s1")
        sent = await gateway.outgoing(call, destination="list", tool="page", session_id="s1")
        assert sent.payload == {"next": cursor}
        sent = await gateway.outgoing(call, destination="evil", tool="page", session_id="s1")
        assert sent.decision.blocked


async def test_a_model_is_told_that_there_was_something():
    sent = await PrivacyGateway().outgoing(["look", PICTURE], destination="model:m", session_id="s1")
    assert sent.payload == ["look", "[ITEM hidden]"]
