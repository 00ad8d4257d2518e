"""A server's question, as the user is asked it."""

import pytest

from roxy.errors import NeedsInput
from roxy.mcp.questions.elicitation import elicited
from roxy.testing.doubles import DialogueDouble

FORM = {
    "message": "A table?",
    "requestedSchema": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "title": "Name"},
            "guests": {"type": "integer", "minimum": 1, "default": 2},
            "note": {"type": "string"},
        },
        "required": ["name"],
    },
}
ONE = {"message": "Who?", "requestedSchema": {"properties": {"name": {"type": "string"}}, "required": ["name"]}}
PAGE = {"mode": "url", "message": "Sign in.", "url": "https://login.example.com/start?id=7", "elicitationId": "e1"}


@pytest.mark.requirement("mcp.elicitation")
async def test_each_field_is_one_question_and_all_answers_are_shown_before_they_go():
    person = DialogueDouble(answers=["Ada", "3", "by the window", "yes"])
    answer = await elicited("inn", FORM, person)
    assert answer == {"action": "accept", "content": {"name": "Ada", "guests": 3, "note": "by the window"}}
    assert person.questions[0] == "The server inn asks: A table?\nName?"
    assert all("inn" in question for question in person.questions)
    assert person.questions[-1].endswith("Name: Ada\n  guests: 3\n  note: by the window\nSend it?")


@pytest.mark.requirement("mcp.elicitation_defaults")
async def test_defaults_take_the_place_of_what_is_left_out():
    answer = await elicited("inn", FORM, DialogueDouble(answers=["Ada", "default", "skip", "yes"]))
    assert answer["content"] == {"name": "Ada", "guests": 2}
    answer = await elicited("inn", FORM, DialogueDouble(answers=["Ada", "skip", "", "yes"]))
    assert answer["content"] == {"name": "Ada", "guests": 2}


async def test_a_wrong_answer_is_asked_for_again_and_in_the_end_it_is_left():
    person = DialogueDouble(answers=["Ada", "many", "0", "4", "skip", "yes"])
    assert (await elicited("inn", FORM, person))["content"]["guests"] == 4
    assert person.questions[2].startswith("guests needs a whole number. ")
    person = DialogueDouble(answers=["Ada", "many", "many", "many"])
    assert await elicited("inn", FORM, person) == {"action": "cancel"}


@pytest.mark.requirement("mcp.elicitation")
@pytest.mark.parametrize(("said", "action"), [("no", "decline"), ("Decline", "decline"), ("cancel", "cancel")])
async def test_the_user_may_decline_or_leave_at_any_field(said, action):
    assert await elicited("inn", ONE, DialogueDouble(answers=[said])) == {"action": action}
    assert await elicited("inn", FORM, DialogueDouble(answers=["Ada", said])) == {"action": action}


async def test_a_no_to_a_question_of_yes_or_no_is_its_answer():
    asked = {"message": "Hot?", "requestedSchema": {"properties": {"hot": {"type": "boolean"}}, "required": ["hot"]}}
    answer = await elicited("inn", asked, DialogueDouble(answers=["no"]))
    assert answer == {"action": "accept", "content": {"hot": False}}
    assert await elicited("inn", asked, DialogueDouble(answers=["decline"])) == {"action": "decline"}


async def test_what_is_not_sent_in_the_end_is_declined():
    assert await elicited("inn", FORM, DialogueDouble(answers=["Ada", "2", "skip", "no"])) == {"action": "decline"}


@pytest.mark.requirement("mcp.elicitation_secrets")
async def test_a_password_is_never_asked_for_and_the_user_hears_of_it():
    asked = {"message": "Log in", "requestedSchema": {"properties": {"user": {}, "password": {"type": "string"}}}}
    person = DialogueDouble(answers=["Ada", "hunter2"])
    assert await elicited("inn", asked, person) == {"action": "decline"}
    assert person.questions == []
    assert "password" in person.said[0]
    assert "declined" in person.said[0]


async def test_a_form_that_is_none_is_declined_with_a_word_to_the_user():
    person = DialogueDouble()
    assert await elicited("inn", {"message": "x", "requestedSchema": {}}, person) == {"action": "decline"}
    assert "inn" in person.said[0]


@pytest.mark.requirement("mcp.elicitation_url")
@pytest.mark.parametrize(
    ("said", "action"), [("yes", "accept"), ("no", "decline"), ("hm", "decline"), ("cancel", "cancel")]
)
async def test_a_page_is_shown_with_its_whole_address_and_only_named(said, action):
    person = DialogueDouble(answers=[said])
    assert await elicited("inn", PAGE, person) == {"action": action}
    [question] = person.questions
    assert PAGE["url"] in question
    assert "on login.example.com" in question


@pytest.mark.requirement("mcp.elicitation_url")
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://bank.example@evil.example/",
        "https://",
        "https://[",
        "https://a.example/ b",
        "https://a.example/\u202e",
        None,
    ],
)
async def test_an_address_that_is_no_plain_web_page_is_declined(url):
    person = DialogueDouble(answers=["yes"])
    assert await elicited("inn", {**PAGE, "url": url}, person) == {"action": "decline"}
    assert person.questions == []
    assert person.said


@pytest.mark.requirement("mcp.elicitation_nobody")
@pytest.mark.parametrize("person", [None, DialogueDouble()])
async def test_where_nobody_can_answer_it_is_told_what_was_asked(person):
    with pytest.raises(NeedsInput, match=r"(?s)inn asks: A table.*Name.*guests.*note"):
        await elicited("inn", FORM, person)
    with pytest.raises(NeedsInput, match=r"https://login\.example\.com/start\?id=7"):
        await elicited("inn", PAGE, person)
