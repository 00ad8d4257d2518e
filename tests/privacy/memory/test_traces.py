"""Traces of secrets: a restart forgets none, and nothing of them can be read back."""

import base64
import codecs
import html
import json
import random
import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.privacy.memory.traces import Traces
from roxy.privacy.vault import SessionVault

KEY = b"k" * 32
LETTERS = string.ascii_letters + string.digits + "!#%&/\\\"' =+"


def restarted(*values, key=KEY):
    """What the next process of the session has of these secrets: what was written down."""
    first, second = Traces(key), Traces(key)
    for value in values:
        first.add("password", value)
    second.load(json.loads(json.dumps(first.rows())))
    return second


def drawn(size, seed=7):
    return "".join(random.Random(seed).choices(LETTERS, k=size - 1)) + "7"


@given(
    st.text(st.characters(codec="utf-8"), min_size=6, max_size=40).filter(lambda value: not value.isalpha()),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_any_secret_is_found_between_any_texts_after_a_restart(value, before, after):
    text = before + value + after
    spans = {(spot.start, spot.end) for spot in restarted(value).find(text)}
    assert any(start <= len(before) and end >= len(before) + len(value) for start, end in spans)


@pytest.mark.parametrize("size", [6, 7, 8, 13, 40])
def test_a_secret_is_found_in_other_case_backwards_and_over_lines(size):
    value = drawn(size)
    half = size // 2
    ways = [value, value[::-1], value[:half] + "\n  " + value[half:], json.dumps(value)[1:-1], f"x{value}9"]
    if size > 7:
        ways += [value.upper(), value.lower(), value.swapcase()[::-1]]
    traces = restarted(value)
    assert [way for way in ways if not list(traces.find(f"it is {way}, they say"))] == []


def test_only_what_was_traced_is_found_and_only_in_its_session():
    value = drawn(12)
    text = f"so {value[:-1]} and {value[1:]} and {drawn(12, 8)} {'x' * 5_000}"
    assert list(restarted(value).find(text)) == []
    assert list(restarted(value).find(f"so {value}"))
    other = Traces(b"o" * 32)
    other.load(restarted(value).rows())
    assert list(other.find(f"so {value}")) == []


def test_nothing_that_is_kept_shows_any_part_of_the_secret():
    value = drawn(24)
    vault = SessionVault(KEY)
    vault.hold("password", value)
    kept = json.dumps(json.loads(vault.dump())["secrets"]) + repr(vault) + repr(vault.traces)
    coded = (value, value.lower(), value[::-1], value.encode().hex(), base64.b64encode(value.encode()).decode()[:-2])
    assert [form for form in (*coded, value[:6], value[-6:]) if form in kept] == []


def test_once_a_text_shows_it_again_it_is_held_and_no_text_is_digested_for_it_any_more():
    value = drawn(16)
    before, after = SessionVault(KEY), SessionVault(KEY)
    before.hold("password", value)
    after.load(before.dump())
    fragment = base64.b64encode(b"\xff\xfe" + value.encode() + b"\xff").decode()
    assert after.values_since(0) == after.echoes(fragment) == []
    (spot,) = after.echoes(f"use {value} there")
    after.hold(spot.kind, value)
    assert after.echoes(fragment)
    assert list(after.traces.find(value)) == []
    assert after.traces.news == 0


@pytest.mark.parametrize(
    "code",
    [
        quote,
        html.escape,
        lambda value: json.dumps(value)[1:-1],
        lambda value: "".join(f"%{byte:02x}" for byte in value.encode()),
        lambda value: "".join(f"&#{ord(letter)};" for letter in value),
        lambda value: codecs.encode(value, "unicode_escape").decode(),
    ],
)
def test_a_vault_knows_it_in_the_codings_of_single_letters_after_a_restart(code):
    value = drawn(14, 3)
    before, after = SessionVault(KEY), SessionVault(KEY)
    before.hold("password", value)
    after.load(before.dump())
    assert {spot.kind for spot in after.echoes(f"is {code(value)} so")} == {"password"}


def test_news_are_told_once_and_rows_of_another_kind_are_refused():
    traces = Traces(KEY)
    traces.add("password", "abc-12345")
    assert traces.news == len(traces.rows(news=True)) == len(traces.rows())
    assert traces.rows(news=True) == []
    assert not traces.add("password", "abc-12345")
    for rows in ([["n", "x", 1, "00", True]], [["n", 0, 1, "00", True]], [["n", 1, 1, "zz", True]], [["n"]], [7]):
        with pytest.raises((ValueError, TypeError)):
            Traces(KEY).load(rows)
