"""Dates of birth and passports after the words that announce them, each beside a date or number that is neither."""

import pytest

from roxy.privacy.detection.detector import Detector

DETECTOR = Detector()


def found(text, kind):
    spots = DETECTOR.find(text, deep=False, named=False)
    return [text[spot.start : spot.end] for spot in spots if spot.type == kind]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("He was born on 9-Feb-1974", "9-Feb-1974"),
        ("DOB: 19740209", "19740209"),
        ("date of birth (9 February 1974)", "9 February 1974"),
        ("born in Porto Alegre, Brazil, on 09.02.1974", "09.02.1974"),
        ("Ann Lee (b. 9 February 1974)", "9 February 1974"),
        ("Ann Lee, * 09.02.1974", "09.02.1974"),
        ("Mein Geburtstag ist der 9. Februar 1974", "9. Februar 1974"),
        ("mon anniversaire est le 9 février 1974", "9 février 1974"),
        ("mi cumpleaños es el 9 de febrero de 1974", "9 de febrero de 1974"),
        ("il mio compleanno è il 9 febbraio 1974", "9 febbraio 1974"),
        ("Nasci em 09/02/1974", "09/02/1974"),
        ("mijn verjaardag is 9 februari 1974", "9 februari 1974"),
        ("urodziłem się 9 lutego 1974", "9 lutego 1974"),
        ("min födelsedag är 9 februari 1974", "9 februari 1974"),
        ("min fødselsdag er 9. februar 1974", "9. februar 1974"),
        ("syntymäaikani on 9.2.1974", "9.2.1974"),
        ("set date_of_birth to 1974-02-09", "1974-02-09"),
    ],
)
def test_a_date_of_birth_is_found_whole(text, date):
    assert found(text, "DATE_OF_BIRTH") == [date]


@pytest.mark.parametrize(
    "text",
    [
        "(* 2024-02-09 *)",
        "* 2024-02-09 fixed the end of the line",
        "f(n. 3, s. 4)",
        "the idea was born 3 versions ago",
        "NATO 2024 in Washington",
        "met on 9 February 1974",
        "a pack of 24 for the birthday",
        "geb. 3. Auflage",
    ],
)
def test_other_dates_are_left_alone(text):
    assert found(text, "DATE_OF_BIRTH") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I gave him my passport, number K20445566, and left", "K20445566"),
        ("Passport (no. 20AB45566)", "20AB45566"),
        ("the passport (K20445566, until May)", "K20445566"),
        ("passport number of Ann Lee is K20445566", "K20445566"),
        ("passport issued in Lyon, no. K20445566", "K20445566"),
        ("passport 20 AB 45566", "20 AB 45566"),
        ("passport no. ZE 2044556", "ZE 2044556"),
        ("mein Reisepass hat die Nummer C20X45T66", "C20X45T66"),
        ("mon passeport porte le numéro 20AB45566", "20AB45566"),
        ("pasaporte n.º AAB204455", "AAB204455"),
        ("passaporto n. YA2044556", "YA2044556"),
        ("mój paszport ma numer ZE2044556", "ZE2044556"),
        ("mitt passnummer är 20445566", "20445566"),
        ("passin numero on FP2044556", "FP2044556"),
        ("mijn paspoort met nummer NW2X4X5X6", "NW2X4X5X6"),
    ],
)
def test_a_passports_number_is_found_whole(text, number):
    assert found(text, "PASSPORT") == [number]


@pytest.mark.parametrize(
    "text",
    [
        "passport photo 35 x 45 mm",
        "passport control opens at 0900, gate 12",
        "passport.js 0.7.0",
        "passport renewal costs 85 EUR",
        "a passion 20445566 strong",
        "pass nr 3 of 4",
        "passi 12",
    ],
)
def test_other_numbers_near_a_passport_are_left_alone(text):
    assert found(text, "PASSPORT") == []
