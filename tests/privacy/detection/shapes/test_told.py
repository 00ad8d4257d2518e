"""What a value must look like to be what its key says."""

import json

import pytest

from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.keys import judge


def kinds(key, value, *beside):
    return [spot.type for spot in judge(key, value, (*beside, ""))]


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("reach_me", "07911244098", "PHONE_NUMBER"),
        ("from_number", "07911244098", "PHONE_NUMBER"),
        ("rueckrufnummer", "015120445566", "PHONE_NUMBER"),
        ("nr_tel", "512440981", "PHONE_NUMBER"),
        ("puh", "0402440981", "PHONE_NUMBER"),
        ("callback", "07911244098", "PHONE_NUMBER"),
        ("geb_datum", "09.02.1974", "DATE_OF_BIRTH"),
        ("fec_nac", "09/02/1974", "DATE_OF_BIRTH"),
        ("birthday", "9 February", "DATE_OF_BIRTH"),
        ("nr_paszportu", "ZE2044556", "PASSPORT"),
        ("passport", "NPRHK2CF6", "PASSPORT"),
        ("country_of_residence", "Galway", "LOCATION"),
        ("residence", "Galway", "LOCATION"),
        ("residence", "12 Elm Street, Galway", "ADDRESS"),
    ],
)
def test_a_value_of_the_right_shape_is_believed(key, value, kind):
    assert kinds(key, value) == [kind]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("callback", "https://example.net/cb/20445566"),
        ("callback", "handle_20445566"),
        ("from_number", "100"),
        ("dial", "2024-02-09"),
        ("call_to", "1722470400"),
        ("sms", "204455 is the code, and 12 are left"),
        ("birthday", "in 3 days"),
        ("passport", "required"),
        ("address", "$2 WHERE id = $3"),
        ("country_of_residence", "tbd"),
    ],
)
def test_a_value_of_another_shape_is_left_alone(key, value):
    assert kinds(key, value) == []


@pytest.mark.parametrize("key", ["to", "recipient", "destinataire"])
def test_the_recipient_of_a_message_is_a_phone_number_and_that_of_a_report_is_not(key):
    assert kinds(key, "07911244098", key, "body") == ["PHONE_NUMBER"]
    assert kinds(key, "07911244098", key, "format") == []
    assert kinds(key, "1722470400", key, "body") == []
    assert kinds(key, "2024-02-09", key, "body") == []


def test_a_document_is_somebodys_where_a_person_stands_beside_it():
    assert kinds("document_number", "20AB45566", "document_number", "last_name") == ["PASSPORT"]
    assert kinds("document_number", "20AB45566", "document_number", "pages") == []
    assert kinds("document_number", "INV-204455", "document_number", "last_name") == []


def test_the_date_in_an_object_about_a_birth_is_the_date_of_birth():
    assert [spot.type for spot in judge("date", "1974-02-09", ("date", "place", "birth"))] == ["DATE_OF_BIRTH"]
    assert judge("date", "1974-02-09", ("date", "place", "launch")) == []


def test_a_key_in_a_text_is_read_as_the_key_of_a_payload():
    text = json.dumps({"rueckrufnummer": "015120445566"})
    (spot,) = Detector().find(text, deep=False, named=False)
    assert text[spot.start : spot.end] == "015120445566"
