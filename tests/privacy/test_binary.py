"""Binary data in a text: blocked in a call, named in a text for a model, allowed by policy."""

import base64
import random

import pytest

from roxy.config.loader import parse
from roxy.privacy.binary import is_binary
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check

RAW = random.Random(7).randbytes(3_000)
PICTURE = base64.b64encode(RAW).decode()


@pytest.mark.parametrize(
    ("text", "binary"),
    [
        (PICTURE, True),
        (base64.urlsafe_b64encode(RAW).decode(), True),
        (base64.encodebytes(RAW).decode(), True),
        ("data:image/png;base64,iVBORw0KGgo=", True),
        (" DATA:audio/wav;base64,AA", True),
        ("data:text/plain,hello", False),
        ("data:,hello", False),
        (base64.b64encode(b"a long letter about nothing. " * 30).decode(), False),
        ("word " * 200, False),
        ("a" * 400, False),
        ("0123456789abcdef" * 8, False),
    ],
)
def test_what_is_binary_is_told_from_text(text, binary):
    assert is_binary(text) is binary


@pytest.mark.requirement("privacy.fail_closed")
async def test_a_call_with_binary_data_is_blocked_until_the_policy_allows_it():
    sent = await PrivacyGateway().outgoing({"file": PICTURE}, destination="web", tool="put", session_id="s1")
    assert sent.decision.blocked
    assert "allow the type BINARY" in sent.decision.reason
    said = "destinations: {web: {rules: [{tool: put, path: /file, types: BINARY, action: allow}]}}"
    gateway = PrivacyGateway(book=Book(check(parse(said, "x"))))
    sent = await gateway.outgoing({"file": PICTURE}, destination="web", tool="put", session_id="s1")
    assert sent.payload == {"file": PICTURE}
    assert [one.type for one in sent.decision.released] == ["BINARY"]


async def test_a_model_is_told_that_there_was_something():
    sent = await PrivacyGateway().outgoing(["look", PICTURE], destination="model:m", session_id="s1")
    assert sent.payload == ["look", "[ITEM hidden]"]
