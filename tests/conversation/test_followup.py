"""What an utterance means that goes on from the one before."""

import pytest

from roxy.conversation.followup import Before, completions


def before(text, *slots):
    return Before(text, "skill", "intent", slots)


@pytest.mark.parametrize(
    ("last", "slots", "said", "whole"),
    [
        ("what time is it in Tokyo", ("Tokyo",), "and in Paris?", "what time is it in Paris"),
        ("what time is it in Tokyo", ("Tokyo",), "what about New York", "what time is it in New York"),
        ("what is 15% of 80", (), "and 20%?", "what is 20% of 80"),
        ("5 miles in km", (), "and 10 miles", "10 miles in km"),
        ("add milk to the shopping list", ("milk",), "and eggs", "add eggs to the shopping list"),
        ("add milk to the shopping list", ("milk",), "butter too", "add butter to the shopping list"),
        ("what time is it", (), "and in Rome", "what time is it in Rome"),
    ],
)
def test_what_is_new_takes_the_place_of_what_it_is_like(last, slots, said, whole):
    assert completions(said, before(last, *slots))[0] == whole


@pytest.mark.parametrize("said", ["", "?", "and", "Paris", "and then we went home and slept for a whole week"])
def test_what_does_not_go_on_is_left_alone(said):
    assert completions(said, before("what time is it in Tokyo", "Tokyo")) == []
