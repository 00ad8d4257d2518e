"""Who said what: each word is found with whoever said it, however many texts there are, until it is forgotten."""

import random

from roxy.privacy.heard import MOST, USER, Heard

SOURCES = (USER, "mail", "shop")


def test_every_word_is_known_to_be_from_all_who_said_it_and_from_nobody_else():
    chance, heard, said = random.Random(7), Heard(), []
    for number in range(600):
        source = chance.choice(SOURCES)
        text = f"Note {number}: " + "word " * chance.randrange(30) + f"Value-{chance.randrange(200)}-end"
        heard.add(source, [text])
        said.append((source, text.casefold()))
        if number % 20 == 0:
            for value in (f"VALUE-{chance.randrange(200)}-END", text[:9], "never said"):
                assert heard.who(value) == {source for source, text in said if value.casefold() in text}


def test_what_stands_at_the_end_of_one_text_and_the_beginning_of_the_next_was_said_by_nobody():
    heard = Heard()
    heard.add("mail", ["my name is Ann", "Lee is a river", "x" * 5, "y" * 5])
    assert heard.who("Ann Lee") == frozenset()
    assert heard.who("AnnLee") == frozenset()
    assert heard.who("xxxxxyyyyy") == frozenset()
    assert heard.who("ann") == {"mail"}


def test_the_oldest_words_of_all_are_forgotten_first_and_the_latest_never():
    heard = Heard()
    heard.add(USER, ["the very first"])
    for number in range(400):
        heard.add("mail", [f"{number:04d}" + "z" * 1_000])
    assert heard.who("the very first") == frozenset()
    assert heard.who("0000zz") == frozenset()
    assert all(heard.who(f"{number:04d}zz") == {"mail"} for number in range(250, 400))
    heard.add(USER, ["the very first"])
    assert heard.who("the very first") == {USER}


def test_of_a_text_longer_than_all_that_is_kept_the_end_is():
    heard = Heard()
    heard.add("mail", ["beginning " + "a" * MOST + " end"])
    assert (heard.who("beginning"), heard.who("a end")) == (frozenset(), {"mail"})


def test_one_letter_was_said_by_nobody():
    heard = Heard()
    heard.add("mail", ["a"])
    assert heard.who("a") == frozenset()
