"""The words around a request."""

import pytest

from roxy.skills.sentences.hearing import hear


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("um so what's the time", "what is the time"),
        ("Hey Roxy, could you please add milk, thanks a lot", "add milk"),
        ("tell me what day it is today", "what day is it today"),
        ("do you know what the time is", "what is the time"),
        ("I'd like to know where my keys are", "where are my keys"),
        ("no, please stop the music if you can", "stop the music"),
    ],
)
def test_what_says_nothing_about_the_request_is_left_out(said, heard):
    assert heard in [one.text for one in hear(said)]


def test_hesitation_is_left_out_of_what_is_quoted():
    [heard, *_] = hear("remember um that I uh parked here")
    start = heard.text.index("i parked")
    assert heard.quote(start, len(heard.text)) == "I parked here"


@pytest.mark.parametrize("said", ["roxy", "um", "please", "hey"])
def test_something_is_always_left(said):
    assert [one.text for one in hear(said)] == [said]


def test_marks_that_nobody_sees_are_not_compared():
    assert hear("\u202ewhat time is it")[0].text == "what time is it"
