import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.skills.sentences.hearing import MAX_CHARS, hear, normal


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("What time is it?", "what time is it"),
        ("Hey Roxy, what's the time, please?", "what is the time"),
        ("whats  the\ttime", "what is the time"),
        ("Roxy, could you please stop, thanks", "stop"),
        ("don\u2019t", "do not"),
        ("set a 10min to-do timer at 5:30pm", "set a 10 min to do timer at 5:30 pm"),
        ("what is .5 + (2 * 3)?", "what is .5 + (2 * 3)"),
    ],
)
def test_casing_punctuation_politeness_and_contractions_do_not_matter(said, compared):
    assert hear(said)[0].text == compared


def test_the_words_as_they_were_said_stay_a_variant():
    assert "can you say please" in [heard.text for heard in hear("can you say please")]


@pytest.mark.parametrize("said", ["", "   ", "?!…", "x" * (MAX_CHARS + 1)])
def test_nothing_is_heard_in_silence_and_in_floods(said):
    assert hear(said) == []


@pytest.mark.parametrize("said", ["please", "hey roxy", "thank you", "Roxy"])
def test_something_is_left_of_mere_politeness(said):
    assert hear(said)


@pytest.mark.parametrize(
    ("said", "part", "quoted"),
    [
        ("note I'm allergic to São-Tomé nuts.", "i am allergic to são tomé nuts", "I'm allergic to São-Tomé nuts"),
        ('note "Buy 2 kg."', "buy 2 kg", "Buy 2 kg."),
        ("note (a) - b", "(a) - b", "(a) - b"),
        ("what's up", "is up", "is up"),
        ("when is John's birthday", "john", "John"),
    ],
)
def test_a_part_is_quoted_in_the_speakers_own_words(said, part, quoted):
    heard = hear(said)[0]
    start = heard.text.index(part)
    assert heard.quote(start, start + len(part)) == quoted


@given(st.text(max_size=60))
def test_any_text_can_be_heard_and_quoted_whole(text):
    for heard in hear(text):
        assert heard.text == heard.text.strip()
        assert isinstance(heard.quote(0, len(heard.text)), str)


@given(st.text(max_size=40))
def test_the_compared_form_is_stable(text):
    once = normal(text)
    assert "  " not in once
    assert once == once.strip()
