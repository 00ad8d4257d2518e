"""The gateway in the path of a real tool call: what the server sees, what the caller gets, what is recorded."""

import asyncio

import pytest

from fakes.servers import echo
from roxy.config.loader import parse
from roxy.config.trust import TrustFile
from roxy.contracts.privacy import Zone
from roxy.errors import NeedsInput
from roxy.mcp.questions import release
from roxy.mcp.questions.person import answering
from roxy.mcp.servers import MCPServerManager
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.consent import HOLDER
from roxy.privacy.policy.file import check
from roxy.privacy.policy.origin import Origin, speaking

TEXT = "Dear Ann, your number is 555-123-4567 and your password is " + "x7kQ29"


class Unrestored(PrivacyGateway):
    """Shows the caller what the server has seen."""

    async def incoming(self, payload, *, zone=Zone.USER, **more):
        return payload if zone == Zone.USER else await super().incoming(payload, zone=zone, **more)


class Failing:
    """A detector that is down."""

    supported_entities = ("X",)

    def analyze(self, *_):
        raise RuntimeError


class Sink:
    def __init__(self):
        self.events = []

    def record(self, event):
        self.events.append(event)

    async def audit(self, event):
        self.events.append(event)


async def call(gateway, *, external=True, events=None):
    servers = {"echo": echo(external=external)}
    async with asyncio.timeout(30), MCPServerManager(servers, privacy=gateway, events=events) as manager:
        return await manager.call_tool("echo", "say", {"text": TEXT}, session_id="s1")


@pytest.mark.requirement("privacy.path")
async def test_an_external_server_sees_pseudonyms():
    result = await call(Unrestored())
    assert result.success, result.error
    assert "PERSON-rx" in result.text
    assert not [value for value in ("Ann", "4567", "x7kQ29") if value in result.text]
    assert result.redactions == 3


@pytest.mark.requirement("privacy.restore")
async def test_the_caller_gets_real_values_back_and_the_secret_stays_masked():
    result = await call(PrivacyGateway())
    assert "Dear Ann, your number is 555-123-4567" in result.text
    assert "[SECRET:password]" in result.text


async def test_a_server_of_ones_own_sees_real_values():
    result = await call(Unrestored(), external=False)
    assert "Dear Ann" in result.text


@pytest.mark.requirement("privacy.record")
async def test_events_tell_what_was_replaced_and_never_with_what():
    sink = Sink()
    await call(PrivacyGateway(), events=sink)
    decided = [event for event in sink.events if event.name == "privacy.redacted"]
    assert decided[0].data["counts"] == {"PERSON": 1, "PHONE_NUMBER": 1, "SECRET": 1}
    assert not [value for value in ("Dear Ann", "4567", "x7kQ29") if value in repr(sink.events)]


@pytest.mark.requirement("privacy.fail_closed")
async def test_when_detection_is_down_the_call_is_blocked_before_it_is_sent():
    result = await call(PrivacyGateway(recognizers=[Failing()]))
    assert (result.success, result.code, result.attempts) == (False, "privacy_blocked", 0)
    assert "RuntimeError" in result.error


class Reader:
    """A person who answers what the test says."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def ask(self, question, *, choices=()):
        if not self.answers:
            raise NeedsInput(question)
        self.asked.append((question, list(choices)))
        return self.answers.pop(0)

    async def confirm(self, question):
        return (await self.ask(question)) == "yes"

    async def say(self, text):
        self.asked.append((text, []))


MAIL = "ann@example.com"
SAID = f"say {MAIL}"
ASKS = "destinations: {echo: {rules: [{tool: say, path: /text, types: EMAIL_ADDRESS, action: ask}]}}"


async def said(person, *, origin=Origin.MODEL, words=SAID, text=MAIL, policy=ASKS, events=None, **settings):
    gateway = Unrestored(book=Book(check(parse(policy, "privacy.yaml"))))
    servers = {"echo": echo(**{"external": True, **settings})}
    async with asyncio.timeout(30), MCPServerManager(servers, privacy=gateway, events=events) as manager:
        with answering(person), speaking(origin, words):
            return await manager.call_tool("echo", "say", {"text": text}, session_id="s1")


@pytest.mark.requirement("privacy.ask", "privacy.record")
async def test_the_person_is_asked_with_the_real_value_and_neither_question_nor_record_keeps_it():
    sink, person = Sink(), Reader("yes")
    result = await said(person, events=sink)
    assert result.text == MAIL
    [(question, choices)] = person.asked
    assert MAIL in question
    assert choices == ["yes", "always", "no"]
    kinds = [(event.kind, event.name) for event in sink.events]
    assert kinds.index(("audit", "privacy.allowed")) < kinds.index(("decision", "privacy.passed"))
    assert MAIL not in repr(sink.events)
    [called] = [event for event in sink.events if event.kind == "tool_call"]
    assert "EMAIL-rx" in repr(called.data)


@pytest.mark.requirement("privacy.ask")
@pytest.mark.parametrize(
    ("person", "code"),
    [(Reader("no"), "denied"), (Reader("perhaps"), "denied"), (Reader(), "needs_input"), (None, "needs_input")],
)
async def test_without_a_yes_nothing_is_sent_and_the_result_says_why_without_the_value(person, code):
    result = await said(person)
    assert (result.success, result.code, result.attempts) == (False, code, 0)
    assert MAIL not in result.error


class Silent(Reader):
    """A person who is asked and does not answer until the test says so."""

    def __init__(self, *answers):
        super().__init__(*answers)
        self.reached, self.goes_on = asyncio.Event(), asyncio.Event()

    async def ask(self, question, *, choices=()):
        self.reached.set()
        await self.goes_on.wait()
        return await super().ask(question, choices=choices)


@pytest.mark.requirement("privacy.ask")
async def test_a_question_that_nobody_answers_ends_the_call_without_the_value(monkeypatch):
    monkeypatch.setattr(release, "ANSWER_SECONDS", 0.05)
    result = await said(Silent("yes"))
    assert (result.success, result.code, result.attempts) == (False, "needs_input", 0)
    assert MAIL not in result.error
    assert "privacy.yaml" in result.error


@pytest.mark.requirement("privacy.ask")
async def test_two_sessions_that_are_asked_at_once_have_each_their_own_answer(tmp_path):
    grants = TrustFile(tmp_path / "trust.yaml")
    gateway = Unrestored(book=Book(check(parse(ASKS, "privacy.yaml"))), grants=grants)
    people = {"s1": Silent("always"), "s2": Silent("no")}

    async def asked(manager, session):
        with answering(people[session]), speaking(Origin.MODEL, SAID):
            return await manager.call_tool("echo", "say", {"text": MAIL}, session_id=session)

    async with asyncio.timeout(60), MCPServerManager({"echo": echo(external=True)}, privacy=gateway) as manager:
        calls = [asyncio.create_task(asked(manager, session)) for session in people]
        for person in people.values():
            await person.reached.wait()
        for person in people.values():
            person.goes_on.set()
        first, second = await asyncio.gather(*calls)
        assert first.text == MAIL
        assert second.code == "denied"
        assert (await asked(manager, "s2")).text == MAIL  # what one answered with always, no session is asked again
    assert grants.always(HOLDER) == {"echo.say /text EMAIL_ADDRESS"}


async def test_a_server_of_ones_own_may_name_a_policy_and_is_then_looked_at():
    assert (await said(None, external=False, policy="{}", origin=Origin.USER)).text == MAIL
    assert "EMAIL-rx" in (await said(None, external=False, policy="{}", origin=Origin.USER, privacy="balanced")).text


@pytest.mark.requirement("privacy.links", "privacy.strangers")
async def test_a_models_call_of_a_server_of_ones_own_carries_no_stranger_and_its_record_no_real_value():
    sink = Sink()
    assert (await said(None, external=False, events=sink)).text == MAIL
    assert MAIL not in repr(sink.events)
    refused = await said(None, external=False, text="PERSON-rx0123456789abcd")
    assert (refused.code, refused.attempts) == ("privacy_blocked", 0)
