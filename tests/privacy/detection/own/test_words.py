"""The user's own words are found in the forms in which people write them, and little else is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.privacy.detection.own.words import OwnWords

OWN = OwnWords(
    [
        "Anneli Kärkkäinen",
        "Quux Alot",
        "Ann-Marie O'Quux Lee",
        "Rosenweg 17b, 8049 Zürich",
        "12 Main Street",
        "Apt 4, Hauptstraße 5",
        "Will",
        "Bo",
        "+358 40 123 4567",
        "ann@example.com",
        "1984-02-03",
        "X1234567",
        "7731",
    ]
)


def found(text):
    return [(text[spot.start : spot.end], spot.type) for spot in OWN.find(text)]


@pytest.mark.requirement("privacy.dictionary")
@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("so quux  alot left", "quux  alot", "PERSON"),
        ("QUUX ALOT", "QUUX ALOT", "PERSON"),
        ("from Alot, Quux:", "Alot, Quux", "PERSON"),
        ("by alot quux", "alot quux", "PERSON"),
        ("Q. Alot came", "Q. Alot", "PERSON"),
        ("ask q.alot", "q.alot", "PERSON"),
        ("Quux A. came", "Quux A.", "PERSON"),
        ("#QuuxAlot", "QuuxAlot", "PERSON"),
        ("at https://x.example/quux-alot", "quux-alot", "PERSON"),
        ("by @alotquux", "alotquux", "PERSON"),
        ("cv_anneli_karkkainen.pdf", "anneli_karkkainen", "PERSON"),
        ("Kaerkkaeinen", "Kaerkkaeinen", "PERSON"),
        ("Kärkkäiselle", "Kärkkäiselle", "PERSON"),
        ("Annelin koira", "Annelin", "PERSON"),
        ("Anneli Kärkkäisen koira", "Kärkkäisen", "PERSON"),
        ("Herr ALOT!", "ALOT", "PERSON"),
        ("Ann Marie OQuux Lee", "Ann Marie OQuux Lee", "PERSON"),
        ("ann-marie lee", "ann-marie lee", "PERSON"),
        ("Will said", "Will", "PERSON"),
        ("bo said", "bo", "PERSON"),
        ("rosenweg 17 B", "rosenweg 17 B", "ADDRESS"),
        ("Rosenweg 17b 8049 Zuerich", "Rosenweg 17b 8049 Zuerich", "ADDRESS"),
        ("in 8049 Zürich", "8049 Zürich", "ADDRESS"),
        ("near Rosenweg.", "Rosenweg", "ADDRESS"),
        ("at 12 Main St.", "12 Main St", "ADDRESS"),
        ("Hauptstr. 5", "Hauptstr. 5", "ADDRESS"),
        ("HAUPTSTRASSE 5", "HAUPTSTRASSE 5", "ADDRESS"),
        ("call 040 1234567 now", "040 1234567", "PHONE_NUMBER"),
        ("call +358401234567", "+358401234567", "PHONE_NUMBER"),
        ("Ann@Example.com", "Ann@Example.com", "EMAIL_ADDRESS"),
        ("born 1984/02/03", "1984/02/03", "DATE_OF_BIRTH"),
        ("no x1234567", "x1234567", "ID"),
        ("pin 7731", "7731", "ID"),
    ],
)
def test_a_word_of_the_dictionary_is_found_as_people_write_it(text, value, kind):
    assert (value, kind) in found(text)


@pytest.mark.requirement("privacy.dictionary")
@pytest.mark.parametrize(
    "text",
    [
        "weather in Zürich",
        "Wall Street fell",
        "the Main problem",
        "Apt 4",
        "I will go",
        "I want a lot",
        "alotment",
        "Marien",
        "5 or 17b or 8049",
        "2040123456789",
        "177311",
        "abot",
        "annlet",
        "",
    ],
)
def test_what_is_only_part_of_a_word_or_everybodys_is_not(text):
    assert found(text) == []


@pytest.mark.requirement("privacy.dictionary")
def test_words_can_be_added_and_one_letter_is_none():
    own = OwnWords(["x"])
    assert list(own.find("x and Zoë Berg")) == []
    own.add(["\u201cZoë Berg\u201d"])
    assert [(spot.start, spot.end) for spot in own.find("x and zoe berg")] == [(6, 14)]
    assert [(spot.start, spot.end) for spot in own.find("x и ZOË BERG")] == [(4, 12)]


@pytest.mark.parametrize(
    "word", ["..!", "a.b*c(", "\\d+", "🙂🙂", "\u0130pek I\u015f\u0131k", "12", "x" * 99, "5 5", "Flat 2", "a 1"]
)
def test_any_word_can_be_in_the_dictionary_and_is_found_as_it_is_written(word):
    spots = list(OwnWords([word]).find(f"so {word}, yes"))
    assert bool(spots) == any(char.isalnum() for char in word)


@settings(max_examples=60)
@given(st.lists(st.text(min_size=2, max_size=30), max_size=4))
def test_no_word_of_the_dictionary_keeps_roxy_from_starting(words):
    list(OwnWords(words).find(" ".join(words)))


def test_a_thousand_words_are_found_too():
    own = OwnWords(f"Name{number} Quux{chr(97 + number % 26)}, Street {number}" for number in range(1_000))
    assert [spot.type for spot in own.find("so at street 977 there")] == ["ADDRESS"]
