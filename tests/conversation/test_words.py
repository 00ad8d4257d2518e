"""The words that work everywhere."""

from pathlib import Path

import pytest

from roxy.conversation.words import Words
from roxy.errors import ConfigError

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.of_language(CONFIG, "en")


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("stop", "stop"),
        ("Never mind.", "stop"),
        ("cancel, please", "stop"),
        ("cancel that, please", "cancel"),
        ("hey Roxy, stop!", "stop"),
        ("Undo that", "undo"),
        ("take that back", "undo"),
        ("Yes please", "yes"),
        ("don\u2019t", "no"),
        ("always", "always"),
    ],
)
def test_a_whole_utterance_of_these_words_has_their_meaning(words, said, meaning):
    assert words.meaning(said) == meaning


@pytest.mark.parametrize(
    "said", ["stop the pasta timer", "cancel my reminder to call bob", "", "never", "undo the knot"]
)
def test_an_utterance_that_says_more_is_left_to_the_skills(words, said):
    assert words.meaning(said) is None


def test_a_language_without_words_is_refused_with_the_ones_there_are():
    with pytest.raises(ConfigError, match="no sentences for the language 'tlh'") as caught:
        Words.of_language(CONFIG, "tlh")
    assert "en" in caught.value.hint
