"""Streets of several countries, in small letters, too, each beside words that name no street."""

import pytest

from roxy.privacy.detection.detector import Detector

DETECTOR = Detector()


def addresses(text):
    spots = DETECTOR.find(text, deep=False, named=False)
    return [text[spot.start : spot.end] for spot in spots if spot.type == "ADDRESS"]


@pytest.mark.parametrize(
    "address",
    [
        "Lale Cad. No:14 D:3, 34710 Ankara",
        "Gül Sk. No:7, 06420 Ankara",
        "No. 14/2, Temple Salai, Chennai 600004",
        "7-12-3 Momiji-dori, Sendai",
        "Momiji 3-chome 14",
        "14 quiet elm ln",
        "14 elm street apt 3",
        "koivukatu 14b",
        "rua das oliveiras 14, 1250-096 Lisboa",
        "os. zielone 14/3, 31-147 Kraków",
    ],
)
def test_a_street_is_found(address):
    assert addresses(f"it went to {address}")[0].startswith(address.partition(",")[0])


@pytest.mark.parametrize(
    "text",
    [
        "5 miles down the road",
        "a 2 lane road",
        "14 people left by the lane",
        "10 min drive, then a 4 wheel drive",
        "In 2024, Wall Street fell",
        "the 3-ch file and the 2-ku one",
        "at 12:30 No. 7 left",
        "seat 14 in row 3",
    ],
)
def test_other_numbers_near_words_for_streets_are_left_alone(text):
    assert addresses(text) == []
