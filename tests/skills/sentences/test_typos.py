"""Slips of the keyboard."""

import pytest

from roxy.skills.sentences.typos import corrected

KNOWN = ["what", "time", "timer", "reminder", "list", "lists", "clock"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("wht time", "what time"), ("my remindr", "my reminder"), ("a tmier", "a timer"), ("my remminder", "my reminder")],
)
def test_one_letter_is_put_right(said, meant):
    assert meant in corrected(said, KNOWN)


@pytest.mark.parametrize("said", ["lost", "block", "the lights", "time", "42 tmr", "word " * 20 + "wht"])
def test_other_words_and_long_talk_are_left_alone(said):
    assert corrected(said, KNOWN) == []
