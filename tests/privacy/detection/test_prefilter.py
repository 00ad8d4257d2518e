"""The prefilter changes nothing in what is found: it only leaves out finders that would find nothing."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from roxy.privacy.detection.detector import TABLES
from roxy.privacy.detection.normalise import plain
from roxy.privacy.detection.prefilter import Apart, Cue, Prefilter, Rule, any_of
from roxy.privacy.detection.tables import vendors

RULES = [rule for table in TABLES for rule in table]
PREFILTER = Prefilter(*TABLES)
PIECES = (
    "Ann Lee", "bob", "my name is ", "I'm ", "call ", "phone: ", "tel.\u00a0", "\u2028", "\x1f", "+358 40 1234567",
    "(555) 123-4567 x12", "0044 20 7946 0958", "9320 7126 home", "a.b@example.com", "ann%40example.com",
    "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "219-09-9999", "SSN: ", "1.1.1.1", "2606:4700::1111",
    "born on 3 March 1990", "passport no. ", "AB123456", "account ", "12345678", "driver's licence ", "national id ",
    "I live at 12 Elm Street, Rome", "password is ", "hunter22", "token ", "abc123def456ghi789", "https://u:pw@host/",
    "bearer ", "-----BEGIN RSA PRIVATE KEY-----", "api_key=", '"mobile": "', "'s phone", " lives in ", "\u017fsn ",
    "\u212aey: ", "\u0131d ", "d\u0130al ", "\n", " ", "é", "日本", ".", ",", '"', "=", ":",
)  # fmt: skip


def everything(rules, text):
    return sorted(spot for rule in rules for spot in rule.find(text))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: plain("".join(pieces)).text))
@example("a.b@example.comé2606:4700::1111Ann Lee")
@settings(max_examples=300, deadline=None)
def test_the_rules_that_are_picked_find_all_that_all_rules_find(text):
    assert everything(PREFILTER.pick(text), text) == everything(RULES, text)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_vendors_token_picks_its_rule(data):
    kind, pattern = data.draw(st.sampled_from(vendors.ROWS))
    token = data.draw(st.from_regex(re.compile(pattern.replace("(?<=", "(?:"), re.ASCII), fullmatch=True))
    assert f"vendor {kind}" in {rule.name for rule in PREFILTER.pick(f"see {token}")}


def test_words_stand_for_themselves_in_any_case():
    picks = Prefilter([Rule("c", (any_of(["c++", "d.o.b"]),), lambda _: ())]).pick
    assert [bool(picks(text)) for text in ("C++", "D.O.B", "ccc", "dxoxb", "")] == [True, True, False, False, False]


@pytest.mark.parametrize("text", ["\ud800 call \udfff", "\0", ""])
def test_a_text_that_no_encoding_knows_is_looked_at(text):
    assert everything(PREFILTER.pick(text), text) == everything(RULES, text)


LETTERS = (
    "my name is ", "FIANC\u00c9E ", "my fiance\u0301 ", "i\u2019m ", "I'm ", "met with ", "call\u2028", "call ",
    "tal\u212a to ", "\u0131\u2019m ", "\u0130\u2019m ", "thank\u017f ", "\u00c5sa", "\u4e2d", "\u0301", "\u00b2",
    "\u0663", "\U0001f600", "\u201c", "_", "\ud800", "\n", " ", "x", "\x85", "\x1f",
)  # fmt: skip


@given(st.lists(st.sampled_from(LETTERS) | st.characters(), max_size=10).map("".join))
@example("so I\u2019m Ann")
@settings(max_examples=100, deadline=None)
def test_a_cue_stands_where_python_sees_it_whatever_letters_are_around(text):
    words = r"\b(?:my\ name\ is|my\ fianc\u00e9e?|i['\u2019]m|met\ with|(?:call|talk\ to|thanks))\s+"
    seen = [found.span() for found in re.compile(words, re.IGNORECASE | re.VERBOSE).finditer(f"{text} and so on")]
    assert list(Cue(words).spans(f"{text} and so on")) == seen


def test_needs_that_are_looked_for_one_by_one_pick_what_they_pick_together():
    rules = [rule for table in TABLES if isinstance(table, Apart) for rule in table]
    apart, together = Prefilter(Apart(rules)), Prefilter(rules)
    said = [pattern.split("[")[0] for _, pattern in vendors.ROWS]
    texts = ["", "nothing", *PIECES, "".join(PIECES), "x".join(PIECES).upper(), *(f"{one}{'aB3' * 20}" for one in said)]
    picked = [[rule.name for rule in apart.pick(text)] for text in texts]
    assert picked == [[rule.name for rule in together.pick(text)] for text in texts]
    assert len(set(map(tuple, picked))) > len(said) // 4
