"""Known values are found again wherever they stand."""

from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.privacy.detection.replay import Known

WORDS = ("Ann", "ann", "Lee", "358", "40", "1234567", "straße", "STRASSE", "İ", "é", "a@b.org", "日本")
VALUES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


def known(*values):
    made = Known()
    for value in values:
        made.add(value, "ID")
    return made


def found(made, text):
    return sorted(text[spot.start : spot.end] for spot in made.find(text))


def test_values_that_share_words_are_all_found():
    made = known("+358 40 1234567", "+358 40 7654321", "ann@example.org", "bob@example.org")
    text = "+358 40 7654321, +358 40 123456, bob@example.org, ANN@EXAMPLE.ORG, 358 40"
    assert found(made, text) == ["+358 40 7654321", "ANN@EXAMPLE.ORG", "bob@example.org"]


def test_a_telling_value_is_found_inside_a_word_and_any_other_only_as_a_whole_word():
    made = known("+358 40 1234567", "Ann@example.org", "C01X00T47", "Virtanen", "87654321")
    assert found(made, "1+358 40 12345678") == ["+358 40 1234567"]
    assert found(made, "xanN@Example.orgy _c01x00t47_") == ["anN@Example.org", "c01x00t47"]
    assert found(made, "Virtanens xVirtanen 876543210") == []
    assert found(made, "ßİAnn@example.orgß Virtanen 87654321") == ["87654321", "Ann@example.org", "Virtanen"]


@given(st.lists(VALUES, min_size=1, max_size=80), st.text("aßİé1@ ", max_size=4), st.text("aßİé1@ ", max_size=4))
@settings(max_examples=200, deadline=None)
def test_every_telling_value_is_found_whatever_stands_beside_it(values, before, after):
    made = known(*values)
    for value in values:
        if len(value) >= 9 and not value.isalpha():
            assert value in found(made, before + value + after)


@given(st.lists(VALUES, max_size=6), st.lists(VALUES, max_size=8))
@settings(max_examples=200, deadline=None)
def test_every_known_value_is_found_between_spaces(values, others):
    made = known(*values)
    for value in values:
        text = " ; ".join([*others, value, *others])
        assert value in found(made, text)


def test_a_long_text_that_is_remembered_shows_also_what_was_learned_since():
    made = known("Ann Lee 1")
    text = "Ann Lee 1 met Bob Roe 2. " + "x " * 2_000
    assert found(made, text) == found(made, text) == ["Ann Lee 1"]
    made.add("Bob Roe 2", "ID")
    made.add("Carl Doe 3", "ID")
    assert found(made, text) == found(made, text) == ["Ann Lee 1", "Bob Roe 2"]


def test_a_value_without_words_is_nothing_to_look_for():
    assert found(known("", "--"), "a -- b") == []
