"""The walk over a payload: every leaf once, with its path and its company."""

import pytest

from roxy.errors import PrivacyBlocked
from roxy.privacy.walk import MAX_DEPTH, Leaf, Walk


def seen(payload, schema=None):
    leaves: list[Leaf] = []

    def leaf(found):
        leaves.append(found)
        return found.value

    built = Walk(leaf, lambda key, _: key).rebuild(payload, schema)
    return leaves, built


def test_every_leaf_has_its_json_pointer_and_nearest_key():
    payload = {"a": [{"b/c": 1}, ["x", None]], "~": True, "": "e"}
    leaves, built = seen(payload)
    assert [(leaf.path, leaf.key, leaf.value) for leaf in leaves] == [
        ("/a/0/b~1c", "b/c", 1),
        ("/a/1/0", "a", "x"),
        ("/", "", "e"),
    ]
    assert built == payload
    assert built is not payload


def test_a_leaf_knows_the_keys_around_it():
    leaves, _ = seen({"person": {"name": "Ann", "dob": "x"}})
    assert leaves[0].around == ("name", "dob", "person")


def test_a_leaf_knows_what_the_schema_says_about_it():
    schema = {"properties": {"to": {"items": {"format": "email"}}, "n": True}}
    leaves, _ = seen({"to": ["x"], "n": "y", "other": "z"}, schema)
    assert [leaf.schema for leaf in leaves] == [{"format": "email"}, None, None]


def test_a_bare_text_is_a_leaf_without_a_path():
    leaves, _ = seen("hello")
    assert [(leaf.path, leaf.key) for leaf in leaves] == [("", "")]


def test_as_deep_as_allowed_passes_and_one_deeper_blocks():
    payload: object = "x"
    for _ in range(MAX_DEPTH):
        payload = [payload]
    assert seen(payload)[1] == payload
    with pytest.raises(PrivacyBlocked, match="deeper"):
        seen([payload])


def test_a_key_is_looked_at_before_what_is_under_it_may_be_refused_by_its_path():
    def personal(key, _):
        raise PrivacyBlocked("A key is personal.")

    with pytest.raises(PrivacyBlocked, match="A key is personal"):
        Walk(lambda leaf: leaf.value, personal).rebuild({"Ann": object()})


def test_the_repr_of_a_leaf_does_not_show_its_value():
    assert "Ann" not in repr(Leaf("Ann", "/a"))


def test_a_list_of_the_bytes_of_a_text_is_told_as_the_text_and_may_be_replaced():
    text = "to ann@example.org"
    told = []

    def octets(leaf):
        told.append((leaf.path, leaf.key, leaf.value))
        return "hidden" if leaf.key == "hide" else None

    payload = {
        "hide": list(text.encode()),
        "keep": list(text.encode()),
        "few": [104, 105],
        "mixed": [*b"abcdefgh", "x"],
    }
    payload |= {"large": [*b"abcdefgh", 256], "bool": [True] * 9, "none": [255, 216, 255, 224, 0, 16, 74, 70, 73]}
    built = Walk(lambda leaf: leaf.value, lambda key, _: key, octets).rebuild(payload)
    assert told == [("/hide", "hide", text), ("/keep", "keep", text)]
    assert built == {**payload, "hide": "hidden"}
