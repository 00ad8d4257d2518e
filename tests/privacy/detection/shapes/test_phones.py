"""Phone numbers as people write and announce them, each beside a number that is none."""

import pytest

from roxy.privacy.detection.detector import Detector

DETECTOR = Detector()


def phones(text):
    spots = DETECTOR.find(text, deep=False, named=False)
    return [text[spot.start : spot.end] for spot in spots if spot.type == "PHONE_NUMBER"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("She gave me this number: 612 440 981.", ["612 440 981"]),
        ("Unsere neue Nummer: 0151 20445566", ["0151 20445566"]),
        ("mój numer to 512440981", ["512440981"]),
        ("rappelle le 0612440981", ["0612440981"]),
        ("llámame al 612440981", ["612440981"]),
        ("chiamami al 3472440981", ["3472440981"]),
        ("zadzwoń do mnie: 512440981", ["512440981"]),
        ("soita numeroon 0402440981", ["0402440981"]),
        ("ring mig på 0702440981", ["0702440981"]),
        ("liga-me para o 912440981", ["912440981"]),
        ("my number is 07911244098, that's 07911244098", ["07911244098", "07911244098"]),
        ("could you add 07911244098 to the group", ["07911244098"]),
        ("Ann Lee, 07911244098", ["07911244098"]),
        ("ann@example.org, 612440981", ["612440981"]),
        ("Ann | 612440981 | ann@example.org", ["612440981"]),
    ],
)
def test_a_number_to_call_is_found(text, numbers):
    assert phones(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "Please quote this number: 612440981",
        "Bestellung: diese Nummer: 585262",
        "The new number 3067425 replaces the old part",
        "Order 07911244098 was sent to the group",
        "log entry 07911244098 written",
        "article 0612440981 is out of stock",
        "call sub_20445566 at once",
        "group 0000000000 is empty",
        "ann@example.org, 1722470400",
        "numbers 3 4 5 on line 7",
    ],
)
def test_a_number_of_a_thing_is_left_alone(text):
    assert phones(text) == []
