"""Marks are no part of a name, and the town behind a street is part of the address."""

import pytest

from roxy.privacy.detection.ner.decode import Span
from roxy.privacy.detection.ner.edges import apart, bare, is_told_by_capitals, tells, whole_addresses


def spans(text, *pieces):
    return [Span(text.index(piece), text.index(piece) + len(piece), label, 0.8) for piece, label in pieces]


def test_quotes_and_dashes_round_a_name_are_left():
    text = 'a - "Anna B." !'
    [span] = spans(text, ('- "Anna B." !', "PER"))
    assert text[bare(text, span).start : bare(text, span).end] == "Anna B."


@pytest.mark.parametrize("mark", ['"', "'"])
def test_values_of_a_list_are_names_of_their_own(mark):
    text = f"[{mark}Ann Lee{mark}, {mark}Bo{mark},{mark}D'Arcy Fay{mark}]"
    pieces = [text[span.start : span.end] for span in apart(text, Span(2, len(text) - 2, "PER", 0.8))]
    assert pieces == ["Ann Lee", "Bo", "D'Arcy Fay"]


def test_nothing_but_marks_stays_as_it_is():
    assert bare("--", Span(0, 2, "PER", 0.8)) == Span(0, 2, "PER", 0.8)


@pytest.mark.parametrize(
    "text", ["Vivo en Calle Mayor 3 y mi", "Calle Mayor 3, gracias", "en Calle Mayor 3\n\nHola 5", "Calle Mayor 3"]
)
def test_everyday_words_beside_an_address_are_left(text):
    span = bare(text, Span(0, len(text), "ADR", 0.8))
    assert text[span.start : span.end] == "Calle Mayor 3"


@pytest.mark.parametrize(
    ("text", "piece", "told"),
    [
        ("Zet de lamp op twintig graden.", "twintig graden", False),
        ("Tell Anna and maria lopez", "Anna", True),
        ("Tell Anna and maria lopez", "maria lopez", False),
        ("my name is maria lopez", "maria lopez", True),
        ("maple", "maple", False),
        ("Das ist 张伟", "张伟", True),
    ],
)
def test_a_name_has_a_capital_where_its_text_has_and_a_bare_word_in_small_letters_tells_nothing(text, piece, told):
    [span] = spans(text, (piece, "PER"))
    assert is_told_by_capitals(text, span) is told


@pytest.mark.parametrize("between", [", ", " ", "\n", ",\n  "])
def test_a_town_right_behind_a_street_belongs_to_the_address(between):
    text = f"1 Elm Road{between}Dublin"
    [whole] = whole_addresses(text, spans(text, ("1 Elm Road", "ADR"), ("Dublin", "LOC")))
    assert (text[whole.start : whole.end], whole.label) == (text, "ADR")


def test_a_town_further_on_and_a_name_stay_by_themselves():
    text = "1 Elm Road or Dublin, Anna"
    pieces = spans(text, ("1 Elm Road", "ADR"), ("Dublin", "LOC"), ("Anna", "PER"))
    assert list(whole_addresses(text, pieces)) == pieces


@pytest.mark.parametrize(
    ("piece", "says"), [("floor 3", False), ("219 09 9999", False), ("10115", True), ("9 Elm", True)]
)
def test_an_address_says_where(piece, says):
    assert tells(piece, Span(0, len(piece), "ADR", 0.4)) is says
    assert tells(piece, Span(0, len(piece), "PER", 0.4))
