"""Slots of the type `url` take web addresses and nothing else, and give them back as they were typed."""

import pytest

from roxy.skills.sentences.grammar import Grammar, SlotKind
from roxy.skills.sentences.templates import SlotSpec, compile_template


@pytest.fixture
def grammar():
    slots = {"url": SlotSpec(kind=SlotKind.URL), "name": SlotSpec()}
    found = Grammar()
    for at, template in enumerate(("(read|open) [the page] {url}", "open the file {name}")):
        found.put(f"s{at}", [compile_template(template, intent="i", slots=slots, lists={}, rules={})])
    return found


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/A-long_name/?q=1&r=2#here",
        "HTTP://localhost:8000",
        "http://[::1]:8000/",
        "http://192.0.2.1/x",
        "www.example.org",
        "example.org/path",
        "bücher.example",
    ],
)
def test_an_address_is_given_back_as_it_was_typed(grammar, url):
    hits = grammar.hits(f"Please read the page {url}!")
    assert [dict(hit.parameters) for hit in hits] == [{"url": url}]


@pytest.mark.parametrize("text", ["the paper", "3.5", "https://", "http://[x", "a. b", "example.org and more", "e.g.,"])
def test_what_is_no_address_does_not_match(grammar, text):
    assert grammar.hits(f"read {text}") == []


def test_a_file_with_a_dot_goes_to_the_sentence_that_names_it(grammar):
    assert [hit.skill for hit in grammar.hits("open the file notes.txt")] == ["s1"]


def test_an_address_counts_as_understood_not_as_free_text(grammar):
    assert grammar.hits("read https://example.org")[0].score == 1.0
