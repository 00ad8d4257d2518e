"""The model of names is not believed about keys, paths, ids and programs, and is about people and places."""

import pytest

from roxy.privacy.detection.shapes.doubt import believable
from roxy.privacy.detection.spots import Spot


def believed(text, value, kind):
    start = text.index(value)
    return believable(text, Spot(start, start + len(value), kind))


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ('{"Ville": "Rome"}', "Ville", "PERSON"),
        ("PORT=612\nFAX=073", "FAX", "ADDRESS"),
        ("Sha: ba6384\nLang: x", "Sha", "PERSON"),
        ("torvalds/linux", "torvalds", "PERSON"),
        ("HttpClient(3)", "HttpClient", "PERSON"),
        ("Traceback (most recent", "Traceback", "PERSON"),
        ("serial 1, batch 607-9988313", "batch 607-9988313", "ADDRESS"),
        ("closed by port 1170", "port 1170", "ADDRESS"),
        ("The driver lives", "The driver", "PERSON"),
        ("in EUR only", "EUR", "LOCATION"),
        ("- ANNEX.htm << File", "ANNEX.htm", "PERSON"),
        ("our domain is annlee.com.", "annlee.com.", "PERSON"),
        ("Mark the task as done", "Mark", "PERSON"),
        ("Mix 250 g flour, then rest", "Mix 250 g flour, then rest", "ADDRESS"),
        ('{"timezone": "Europe/Berlin"}', "Europe/Berlin", "LOCATION"),
        ("Getting Started(1)", "Getting Started", "PERSON"),
        ("wifi is down on the second floor", "wifi is down", "LOCATION"),
        ("import fastapi", "import fastapi", "LOCATION"),
        ("Kore 7, 32 GB memory, 1 TB disk", "Kore 7, 32 GB memory, 1 TB disk", "ADDRESS"),
        ("Scene Dusk: lamp 30 %, blinds 5", "Scene Dusk: lamp 30 %, blinds 5", "ADDRESS"),
    ],
)
def test_what_is_no_name_is_doubted(text, value, kind):
    assert not believed(text, value, kind)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Ann: hello there", "Ann", "PERSON"),
        ("Mark said so", "Mark", "PERSON"),
        ("from Berlin", "Berlin", "LOCATION"),
        ("ask ann lee about it", "ann lee", "PERSON"),
        ("fly to Rome.", "Rome", "LOCATION"),
        ("at Holmstykket 3A, 9886 Idafoss", "Holmstykket 3A, 9886 Idafoss", "ADDRESS"),
        ('{"to": "Ann"}', "Ann", "PERSON"),
        ("Ann Lee/HOU/ACME@ACME", "Ann Lee", "PERSON"),
        ("Photo/Ann B. Lee", "Ann B. Lee", "PERSON"),
        ("площа Лінія, 67204", "площа Лінія, 67204", "ADDRESS"),
    ],
)
def test_people_and_places_are_believed(text, value, kind):
    assert believed(text, value, kind)
