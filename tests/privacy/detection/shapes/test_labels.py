"""Values that are named by something else than their key: forms, answers, tables, pairs, flags."""

import json

import pytest

from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.shapes.labels import columns, label, pair
from roxy.privacy.walk import Leaf, Walk

DETECTOR = Detector()


def found(text):
    return [text[spot.start : spot.end] for spot in DETECTOR.find(text, deep=False, named=False)]


def keyed(payload):
    leaves: dict[object, str] = {}

    def leaf(at: Leaf):
        leaves[at.value] = at.key
        return at.value

    Walk(leaf, lambda key, _: key).rebuild(payload)
    return leaves


@pytest.mark.parametrize(
    "payload",
    [
        {"element": "Phone number field", "ref": "e7", "text": "07911244098"},
        {"selector": "#phone", "value": "07911244098"},
        {"selector": "input[name='phone']", "value": "07911244098"},
        {"question": "What is your phone number?", "answer": "07911244098"},
        {"type": "mobile", "number": "07911244098"},
        {"columns": ["id", "phone"], "rows": [[1, "07911244098"]]},
        {"headers": ["id", "phone"], "data": [["1", "07911244098"]]},
        {"values": [["Item", "Phone"], ["Lamp", "07911244098"]]},
        {"values": [["Phone", "07911244098"]]},
        {"columns": ["id", "phone"], "values": [1, "07911244098"]},
    ],
)
def test_what_names_a_value_counts_as_its_key(payload):
    assert found(json.dumps(payload)) == ["07911244098"]


@pytest.mark.parametrize(
    "payload",
    [
        {"element": "Article number field", "ref": "e7", "text": "20445566"},
        {"question": "How many?", "answer": "20445566"},
        {"type": "invoice", "number": "20445566"},
        {"columns": ["id", "count"], "rows": [[1, "20445566"]]},
        {"columns": ["phone", "count"], "rows": [["", "20445566"]]},
        {"values": [["Item", "Count"], ["Lamp", "20445566"]]},
        {"values": [["Phone", "20445566", "3"], ["Lamp", "20445567", "4"]]},
    ],
)
def test_what_names_something_else_does_not(payload):
    assert found(json.dumps(payload)) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("item\tphone\nLamp\t07911244098\n", ["07911244098"]),
        ("item;phone\nLamp;07911244098\n", ["07911244098"]),
        ('"item","phone"\n"Lamp","07911244098"\n', ["07911244098"]),
        ("name\tcount\nLamp\t20445566\n", []),
        ("tool add --phone 07911244098 --count 20445566", ["07911244098"]),
        ("tool add --dob '9 February 1974' --since 1974-02-09", ["9 February 1974"]),
        ("dob ge '1974-02-09' and made ge '1974-02-10'", ["1974-02-09"]),
        ("WHERE dob BETWEEN '1974-02-09' AND '1974-03-09'", ["1974-02-09", "1974-03-09"]),
        ("**DOB**: 1974-02-09, **Due**: 1974-02-10", ["1974-02-09"]),
    ],
)
def test_columns_flags_and_filters_name_their_values(text, values):
    assert found(text) == values


def test_the_walk_gives_the_cells_of_a_table_the_names_of_their_columns():
    payload = {"values": [["Item", "Phone"], ["Lamp", "07911244098"], ["Sofa", "07911244099"]]}
    assert keyed(payload)["07911244098"] == keyed(payload)["07911244099"] == "Phone"
    assert keyed({"fields": ["Item", "Phone"], "rows": [["Lamp", "07911244098"]]})["07911244098"] == "Phone"
    assert keyed({"values": [["Item", "Count"], ["Lamp", "07911244098"]]})["07911244098"] == "values"
    assert keyed({"values": [["Item", "Phone"], ["Lamp", "x", "07911244098"]]})["07911244098"] == "values"


def test_a_row_of_values_names_no_columns():
    assert columns(["Item", "Phone"]) == ("Item", "Phone")
    assert columns(["Item", "07911244098"]) == columns(["Item", 3]) == columns(["Phone"]) == columns([]) == ()


def test_a_pair_is_a_name_and_a_value_with_digits():
    assert pair(["Phone", "07911244098"], "rows") == ("rows", "Phone")
    assert (
        pair(["Phone", "Mail"], "rows") == pair(["12 Elm", "14 Elm"], "rows") == pair(["Lamp", "20445566"], "x") == ()
    )


def test_an_object_that_says_nothing_about_its_value_has_no_label():
    assert label({"type": "text", "value": "x"}, {"type": "text", "value": "x"}.__getitem__) == ""
    assert label({"phone": 1, "count": 2}, {"phone": 1, "count": 2}.__getitem__) == ""
