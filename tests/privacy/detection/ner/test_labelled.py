"""A lone word is no person where its key says that it is a thing, and a value of common words is none anywhere."""

import pytest

from roxy.privacy.detection.ner.labelled import is_thing, sort_of
from roxy.privacy.detection.spots import Spot

COMMON = {"deep", "focus", "oat", "latte", "amber", "rose"}
CALLED = {"ann", "oslo"}


class Lists:
    """Knows six words and two names."""

    def are_words(self, value, kind):
        return COMMON.issuperset(value.lower().split())

    def is_no_place(self, value):
        return self.are_words(value, "LOCATION")

    def is_called(self, word):
        return word.lower() in CALLED


def thing(text, value, key="", kind="PERSON"):
    start = text.rindex(value)
    return is_thing(text, Spot(start, start + len(value), kind), key, Lists())


@pytest.mark.parametrize(
    ("key", "sort"),
    [
        ("dish", "thing"),
        ("deviceName", "thing"),
        ("drug_a", "thing"),
        ("ingredients", "thing"),
        ("categories", "thing"),
        ("zutaten", "thing"),
        ("title", "vague"),
        ("search_query", "vague"),
        ("thing", "thing"),
        ("vague", "vague"),
        ("contact", ""),
        ("recipient_name", ""),
        ("", ""),
        ("42", ""),
    ],
)
def test_keys_tell_of_things_or_of_anything_or_of_people(key, sort):
    assert sort_of(key) == sort


@pytest.mark.parametrize(
    ("text", "value", "key"),
    [
        ('{"dish": "Carbonara"}', "Carbonara", ""),
        ('{"dish":"Carbonara"}', "Carbonara", ""),
        ('{"q": "{\\"dish\\": \\"Carbonara\\"}"}', "Carbonara", ""),
        ("UPDATE t SET colour = 'Dusty Pink' WHERE id = 7", "Dusty Pink", ""),
        ('{"sql": "UPDATE t SET colour = \'Dusty Pink\'"}', "Dusty Pink", ""),
        ('{"opening": "Queen\'s Gambit"}', "Queen's Gambit", ""),
        ('{"spices": ["Salt", "Ginger", "Basil"]}', "Basil", ""),
        ("Carbonara", "Carbonara", "thing"),
        ("Sea Salt, Rosemary", "Rosemary", "thing"),
        ("Celeste", "Celeste", "vague"),
        ("Deep Focus", "Deep Focus", ""),
        ('{"anything": "Oat Latte"}', "Oat Latte", ""),
    ],
)
def test_what_its_key_calls_a_thing_is_one(text, value, key):
    assert thing(text, value, key)


@pytest.mark.parametrize(
    ("text", "value", "key"),
    [
        ('{"to": "Celeste"}', "Celeste", ""),
        ('{"dish": "Carbonara", "cook": "Celeste"}', "Celeste", ""),
        ('{"spices": ["Salt"], "cook": "Basil"}', "Basil", ""),
        ('{"meal": "Dinner with Celeste and her mother"}', "Celeste", ""),
        ("Dinner with Celeste", "Celeste", "thing"),
        ("Ann", "Ann", "vague"),
        ("Celeste Moreau", "Celeste Moreau", "vague"),
        ("Celeste", "Celeste", ""),
        ("Rose likes Amber", "Amber", ""),
    ],
)
def test_people_stay_people_beside_things_and_under_other_keys(text, value, key):
    assert not thing(text, value, key)


def test_a_key_far_before_the_spot_is_not_looked_for():
    assert not thing('{"dish": "' + "Pasta " * 90 + 'Carbonara"}', "Carbonara")
