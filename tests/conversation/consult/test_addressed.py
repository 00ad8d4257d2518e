"""Words for another session."""

import pytest

from roxy.conversation.consult.addressed import Consult, addressed


@pytest.mark.parametrize(
    "text",
    [
        "ask session work: what is open?",
        "Ask the session work what is open?",
        "please ask my session work, what is open?",
    ],
)
def test_the_name_and_the_question_are_told_apart(text):
    assert addressed(text) == Consult("work", "what is open?")


@pytest.mark.parametrize("text", ["ask session work", "ask session", "ask Bob about the session", "task session a b"])
def test_other_words_are_for_nobody_else(text):
    assert addressed(text) is None
