"""Whatever cannot be looked at or kept does not leave; the reason says what to do, and has no value in it."""

import base64
import gzip
import logging
import random
import resource
from urllib.parse import quote

import pytest
from presidio_analyzer import Pattern, PatternRecognizer

from roxy.config.loader import parse
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.sealing import KEY_FILE
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.policy.rules import LOCAL
from roxy.privacy.walk import MAX_CHARACTERS, MAX_DEPTH, MAX_LEAVES

CANARY = "canary.aino@example.com"
RAW = random.Random(3).randbytes(900)


def nested(times):
    value = CANARY
    for _ in range(times):
        value = [value]
    return value


def wrapped(text, times, wrap):
    for _ in range(times):
        text = wrap(text)
    return text


def b64(raw):
    return base64.b64encode(raw).decode()


class Failing:
    """A detector that is down, and says so with the text in it."""

    supported_entities = ("X",)

    def analyze(self, text, *_):
        raise RuntimeError(text)


SLOW = PatternRecognizer("SLOW", patterns=[Pattern("slow", r"(a|aa|a.)+$b", 0.5)], supported_language="en")
NO_MAIL = "policies: {own: {types: {EMAIL_ADDRESS: block}}}\npolicy: own"
PDF = b"%PDF-1.4\n" + CANARY.encode() * 9
ALLOWED = "privacy.yaml: destinations: {web: {rules: [{tool: put, path: "
UNSEEN = [
    ("a detector that fails", {"x": CANARY}, {"recognizers": [Failing()]}, "roxy doctor"),
    ("a pattern without end", {"x": "a" * 60, "y": CANARY}, {"recognizers": [SLOW]}, "roxy doctor"),
    ("too many characters", {"x": CANARY * (MAX_CHARACTERS // 20)}, {}, "in smaller parts"),
    ("too many values", [0.5] * (MAX_LEAVES + 1), {}, "in smaller parts"),
    ("too deep", nested(MAX_DEPTH + 1), {}, "flatter"),
    ("encoded too often", {"x": wrapped(CANARY, 6, lambda said: b64(said.encode()))}, {}, "as plain text"),
    ("codes in codes", {"x": wrapped(CANARY, 7, lambda said: quote(said, safe=""))}, {}, "as plain text"),
    ("a key that is no text", {7: CANARY}, {}, "text keys"),
    ("a personal key", {CANARY: 1}, {}, "privacy.yaml: destinations: {web: {policy: off}}"),
    ("a secret in a key", {f"sk_live_{'4f' * 12}": 1}, {}, "leave it away"),
    ("an object of Python's", {"x": {CANARY}}, {}, "Send text"),
    ("bytes", {"x": CANARY.encode()}, {}, "Send it as text"),
    ("an image", {"mimeType": "image/png", "data": b64(RAW[:80])}, {}, f"{ALLOWED}/data, types: BINARY"),
    ("sound", {"data": f"data:audio/wav;base64,{b64(RAW)}"}, {}, f"{ALLOWED}/data, types: BINARY"),
    ("a PDF", {"resource": {"blob": b64(PDF)}}, {}, f"{ALLOWED}/resource/blob, types: BINARY"),
    ("something in a text", {"x": f"{CANARY} {b64(RAW)}"}, {}, f"{ALLOWED}/x, types: BINARY"),
    ("compressed without end", {"x": f"see {b64(gzip.compress(b'a' * 3_000_000))[:2_000]}"}, {}, "in smaller parts"),
    ("a number that is a secret", {"pin": 8812}, {}, "declared `external: false` in mcp_servers.yaml"),
    ("a type that is blocked", {"x": CANARY}, {"book": NO_MAIL}, f"{ALLOWED}/x, types: EMAIL_ADDRESS, action: allow}}"),
]  # fmt: skip


@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize(("payload", "settings", "step"), [one[1:] for one in UNSEEN], ids=[one[0] for one in UNSEEN])
async def test_what_cannot_be_looked_at_does_not_leave_and_the_reason_says_what_to_do(payload, settings, step, caplog):
    book = {"book": Book(check(parse(settings["book"], "x")))} if "book" in settings else {}
    gateway = PrivacyGateway(**{**settings, **book})
    with caplog.at_level(logging.DEBUG), speaking(Origin.SKILL, ""):
        sent = await gateway.outgoing(payload, destination="web", tool="put", session_id="s1")
    assert sent.payload is None
    assert sent.decision.code == "privacy_blocked"
    assert step in sent.decision.reason
    assert len(sent.decision.reason) < 400
    assert "canary" not in sent.decision.reason + repr(sent) + caplog.text


@pytest.mark.parametrize("kind", ["EMAIL_ADDRESS", "BINARY"])
async def test_the_line_that_a_reason_gives_allows_it_whatever_the_names_are(kind):
    for destination, tool, key in (("my: web", "put#1", "a b"), ("no", "8", "x/y"), ("web", "put", "to")):
        said = f'policies: {{own: {{types: {{{kind}: block}}}}}}\npolicy: "own"'
        payload = {key: [CANARY if kind == "EMAIL_ADDRESS" else b64(RAW)]}
        gateway = PrivacyGateway(book=Book(check(parse(said, "x"))))
        sent = await gateway.outgoing(payload, destination=destination, tool=tool, session_id="s1")
        line = sent.decision.reason.partition("privacy.yaml: ")[2]
        gateway.obey(Book(check(parse(f"{said}\n{line}", "x"))))
        assert (await gateway.outgoing(payload, destination=destination, tool=tool, session_id="s1")).payload == payload


def damage(folder):
    [path] = folder.glob("*.vault")
    path.write_bytes(b"nonsense")


def cut_the_key(folder):
    (folder / KEY_FILE).write_bytes(b"short")


@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize("harm", [damage, cut_the_key])
async def test_a_vault_that_cannot_be_read_keeps_everything_from_leaving(tmp_path, harm):
    await PrivacyGateway(tmp_path).outgoing({"x": CANARY}, destination="web", session_id="s1")
    harm(tmp_path)
    sent = await PrivacyGateway(tmp_path).outgoing({"x": CANARY}, destination="web", session_id="s1")
    assert sent.payload is None
    assert "Nothing was sent" in sent.decision.reason
    assert "canary" not in sent.decision.reason


@pytest.mark.requirement("privacy.fail_closed")
async def test_a_disk_that_is_full_keeps_what_is_new_from_leaving_until_there_is_room(tmp_path):
    gateway = PrivacyGateway(tmp_path)

    async def sent(text, session):
        return await gateway.outgoing({"x": text}, destination="web", session_id=session)

    assert (await sent(f"to {CANARY}", "s1")).decision.outcome == "redacted"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        full = [await sent("to new.canary@example.com", session) for session in ("s1", "s2")]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    for one in full:
        assert one.payload is None
        assert "no room left" in one.decision.reason
        assert "canary" not in one.decision.reason
    after = await sent("to new.canary@example.com", "s1")
    again = await PrivacyGateway(tmp_path).incoming(after.payload, source="web", session_id="s1")
    assert again == {"x": "to new.canary@example.com"}


FORMS = {"zip": {"pattern": "^[0-9]{5}$"}, "name": {"maxLength": 10}, "both": {"maxLength": 30}}
IN_PLACES = [
    ({"zip": "90210"}, FORMS),
    ({"name": "Ann Lee"}, FORMS),
    ({"both": "Ann Lee, ann@example.com"}, FORMS),
    ({"people": [{"name": "Ann Lee"}]}, {"people": {"items": {"properties": FORMS}}}),
    ({CANARY: "x"}, {}),
    ({"ssn": 219099999}, {"ssn": {"type": "integer", "minimum": 200_000_000, "maximum": 300_000_000}}),
]


@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize(("payload", "properties"), IN_PLACES)
async def test_the_line_that_a_reason_gives_works_where_nothing_could_stand_in(payload, properties):
    gateway, to = PrivacyGateway(), {"destination": "web", "tool": "put", "schema": {"properties": properties}}
    sent = await gateway.outgoing(payload, **to, session_id="s1")
    assert sent.decision.blocked
    assert sent.decision.stopped
    gateway.obey(Book(check(parse(sent.decision.reason.partition("privacy.yaml: ")[2], "x"))))
    assert (await gateway.outgoing(payload, **to, session_id="s1")).payload == payload


@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize(
    ("destination", "policy", "way"),
    [
        ("web", None, "A server that may see everything is declared `external: false`"),
        ("web", LOCAL, "flatter form."),
        ("model:large", None, "A model of your own sees everything once it is declared `external: false`"),
        ("session:s2", None, "flatter form."),
    ],
)
async def test_the_way_round_the_check_is_told_to_whom_it_is_open(destination, policy, way):
    sent = await PrivacyGateway().outgoing(nested(MAX_DEPTH + 1), destination=destination, policy=policy)
    assert (way in sent.decision.reason, "external" in sent.decision.reason) == (True, "external" in way)


async def test_a_reason_is_not_taken_for_a_secret_where_it_is_recorded():
    gateway = PrivacyGateway()
    for payload in ({"password": 12345678}, {"pin": 8812}, {"secret": {"zip": "x", CANARY: 1}}):
        reason = (await gateway.outgoing(payload, destination="web", tool="put", session_id="s1")).decision.reason
        assert reason
        assert await gateway.redact_record(reason, "s1") == reason
