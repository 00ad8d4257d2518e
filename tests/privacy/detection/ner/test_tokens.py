"""Text is cut into sentences and words that names consist of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.privacy.detection.ner.tokens import MOST_TOKENS, TOKEN, sentences


def words(text):
    return [sentence.words for sentence in sentences(text)]


def test_a_name_with_apostrophe_or_hyphen_is_one_word_and_its_possessive_another():
    assert words("Ask Miles O'Brien's son Jean-Luc") == [["Ask", "Miles", "O'Brien", "'s", "son", "Jean-Luc"]]


def test_paths_identifiers_addresses_and_links_are_one_word_each():
    text = "see main.py, user_name /etc/hosts.d src/a/b.rs run() https://example.com/x?y=1 jo@example.com @types"
    assert words(text) == [[*text.replace("py,", "py ,").split()]]


def test_two_names_parted_by_a_stroke_are_two_words():
    assert words("Smith/Jones") == [["Smith", "/", "Jones"]]


def test_a_full_stop_ends_a_sentence_but_not_after_an_abbreviation():
    assert words("Dr. Ada left. Bob S. Lee stayed.") == [
        ["Dr", ".", "Ada", "left", "."],
        ["Bob", "S", ".", "Lee", "stayed", "."],
    ]


def test_a_line_break_is_a_word_and_an_empty_line_ends_a_sentence():
    assert words("\nBest,\n  Kay\n\n\nHello\n") == [["Best", ",", "\n", "Kay"], ["Hello", "\n"]]


def test_each_chinese_character_is_a_word_and_marks_stay_with_their_letters():
    assert words("请王小明 राम さん") == [["请", "王", "小", "明", "राम", "さん"]]


def test_starts_are_places_in_the_whole_text():
    text = "xx Anna met Bob\nin Łódź."
    [sentence] = sentences(text, 3)
    assert [text[at : at + len(word)] for word, at in zip(*sentence, strict=True)] == sentence.words


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a.", "A.b", "@", ".", "~/", "/a", "a@a.", "_", "http://", "\u0301", "1,"]
)
def test_no_text_is_dear_to_cut_and_no_sentence_endless(piece):
    text = piece * (40_000 // len(piece))
    assert max(len(sentence.words) for sentence in sentences(text)) <= MOST_TOKENS + 2


def test_surrogates_and_control_characters_are_words_like_others():
    assert words("\ud800 \x00 \u2028x") == [["\ud800", "\x00", "x"]]


PIECES = (
    "Ann.",
    "a.b",
    "St.",
    "O'Brien's",
    "(x)",
    "日本",
    "A.",
    "--",
    "\u00a0",
    "\t",
    "/a/b",
    "e\u0301",
    "!",
    "",
    "1.5",
)


@given(st.lists(st.sampled_from((*PIECES, " ", "\n", " \n ", "\n\n")), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_a_text_that_is_read_piece_by_piece_has_the_words_that_it_has_in_one(text):
    found = [word for sentence in sentences(text) for word in sentence.words if word != "\n"]
    assert found == [match[0] for match in TOKEN.finditer(text) if match[0][0] != "\n"]
