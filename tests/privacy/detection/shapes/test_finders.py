"""What each finder takes, and what looks alike and is left alone; numbers are made here with right check digits."""

import random
import re
import socket
import time

import pytest
from stdnum.de import idnr
from stdnum.nl import bsn
from stdnum.pl import pesel

from roxy.privacy.detection import patterns
from roxy.privacy.detection.prefilter import Prefilter
from roxy.privacy.detection.recognizers import Recognizers
from roxy.privacy.detection.shapes import cued, national, phones, streets

CHANCE = random.Random(5)


def found(rules, text):
    spots = [spot for rule in Prefilter(rules).pick(text) for spot in rule.find(text)]
    return {text[spot.start : spot.end] for spot in spots}


def with_right_digits(check, size):
    while True:
        number = "".join(CHANCE.choices("0123456789", k=size))
        if check.is_valid(number):
            return number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Telefon 0829490549.", "0829490549"),
        ("Il mio numero di telefono è 472 40 856.", "472 40 856"),
        ("mon numéro est le 34/228-8187", "34/228-8187"),
        ("Puhelinnumeroni on 040 1234567", "040 1234567"),
        ("ask at (06)52/938-1634 now", "(06)52/938-1634"),
        ("it is 020 7946 0958 here", "020 7946 0958"),
        ("You can reach Eufemia on 0176717103 after six", "0176717103"),
        ("Call 051 7533428 or 0341790744.", "0341790744"),
        ("电话 85387289", "85387289"),
        ("00420 798 246 741", "00420 798 246 741"),
    ],
)
def test_phones_are_found_as_each_country_writes_them(text, value):
    assert value in found(phones.RULES, text)


@pytest.mark.parametrize(
    "text",
    [
        "ISBN 0-306-40615-2", "invoice 004-2850401-1651729", "on 01-02-2024 or 2024/05/06", "call 20240101",
        "text 1612345678",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479", "score 21-14 21-19", "12.5 13.75 19.25", "order 123-4567890-1234567",
    ],
)  # fmt: skip
def test_other_digits_in_groups_are_no_phone(text):
    assert found(phones.RULES, text) == set()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("send it to 12 Elm Street, Springfield, IL 62704 please", "12 Elm Street, Springfield, IL 62704"),
        ("3253 Navy Shoal Apt. 282, Durdufurt, MN 81376", "3253 Navy Shoal Apt. 282, Durdufurt, MN 81376"),
        ("Kernstr. 5/1\n12345 Berlin", "Kernstr. 5/1\n12345 Berlin"),
        ("49, rue Wagner, 52119 Laine", "49, rue Wagner, 52119 Laine"),
        ("ul. Szkolna 5/7, 00-123 Warszawa", "ul. Szkolna 5/7, 00-123 Warszawa"),
        ("Calle de Alcalá 33, 28014 Madrid", "Calle de Alcalá 33, 28014 Madrid"),
        ("Mannerheimintie 12 A, 00100 Helsinki", "Mannerheimintie 12 A, 00100 Helsinki"),
        ("ул. Ленина, д. 5, 123456", "ул. Ленина, д. 5, 123456"),
        ("in Vlašimská 876, 576 75 Potštát it is", "Vlašimská 876, 576 75 Potštát"),
        ("PSC 1234, Box 5678\nAPO AP 12345", "PSC 1234, Box 5678\nAPO AP 12345"),
        ("P.O. Box 42, Rome", "P.O. Box 42, Rome"),
    ],
)
def test_streets_and_boxes_are_found_with_what_follows_them(text, value):
    assert value in found(streets.RULES, text)


@pytest.mark.parametrize(
    "text",
    ["step 3 Open the Park view", "at 5 PM Main Street", "Chapter 3 The Long Road", "Strategy 2025",
        "Ring 3", "Marketing 12",
     "I have 2 Big Green Fields to see", "type 5 errors on page 3", "via API v2", "Plan 9, Scene 4"],
)  # fmt: skip
def test_numbers_beside_other_words_are_no_streets(text):
    assert found(streets.RULES, text) == set()


@pytest.mark.parametrize(("word", "check", "size"), [("BSN", bsn, 9), ("PESEL", pesel, 11), ("Steuer-ID", idnr, 11)])
def test_a_national_number_is_found_beside_its_name_only(word, check, size):
    number = with_right_digits(check, size)
    assert number in found(national.RULES, f"my {word} is {number}")
    assert number in found(national.RULES, f"{number} ({word})")
    assert found(national.RULES, f"row {number} of it") == set()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("529.982.247-25 and 529.982.247-24", {"529.982.247-25"}),  # a Brazilian CPF with right and wrong digits
        ("756.9217.0769.85", {"756.9217.0769.85"}),
        ("AB 12 34 56 C", {"AB 12 34 56 C"}),
        ("12345678Z and 12345678A", {"12345678Z"}),
        ("to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT", {"1BoatSLRHtKNngkdXEeobR76b53LETtpyT"}),
        ("to 1BoatSLRHtKNngkdXEeobR76b53LETtpyU", set()),
    ],
)
def test_a_shape_with_a_checksum_needs_no_name(text, values):
    assert found(national.RULES, text) == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ich bin am 27.09.1951 geboren.", "27.09.1951"),
        ("née le 3 mars 1990", "3 mars 1990"),
        ("travelling on passport 84RM76687", "84RM76687"),
        ("Reisepass Nr. C01X00T47", "C01X00T47"),
        ("her medical record number is 58988870", "58988870"),
        ("number plate AB12 CDE parked", "AB12 CDE"),
        ("Meine Adresse ist Holmstykket 3A, 9886 Idafoss, Telefon 1", "Holmstykket 3A, 9886 Idafoss"),
        ("driver's license W578-6668-7111 expires", "W578-6668-7111"),
    ],
)
def test_words_in_several_languages_announce_a_value(text, value):
    assert value in found(cued.RULES, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("paid with card 4222222222222 today", "4222222222222"),
        ("Maestro 6304000000000000", "6304000000000000"),
        ("ssh root@33.122.160.117", "33.122.160.117"),
        ("fc14:7a78:196a:8d84:5ec8:e9d8:8049:e97a", "fc14:7a78:196a:8d84:5ec8:e9d8:8049:e97a"),
        ("please use 8.8.4.4", "8.8.4.4"),
    ],
)
def test_short_cards_and_hosts_are_found(text, value):
    assert value in found(patterns.RULES, text)


@pytest.mark.parametrize(
    "text",
    ["EAN 4222222222222", "invoice 342-4528489-8936269", "upgrade from 16.1.10.2 to 18.24.25.1", "kernel 5.15.0.91",
     "image: app:7.25.0.11-rc.1", "redis://u:pw@cache.local:6379"],
)  # fmt: skip
def test_article_numbers_versions_and_hosts_of_urls_are_left_alone(text):
    assert found(patterns.RULES, text) == set()


@pytest.mark.parametrize(
    "piece",
    ["1 A", "12 Aa ", "Str. 5 ", "rue A ", ", A", "\n1", "1 Street, ", "A-", "call 1 ", "reach A ", "12-",
        "+1 (", "born ",
     "AB 12 ", "passport ", "my number is ", "P.O. Box 1 ", "中市", "a1b2c3d4e5f6 ", "<a", "a.b/"],
)  # fmt: skip
def test_a_hostile_text_takes_time_in_proportion_to_its_length(piece):
    def cost(size):
        begun = time.process_time()
        for rule in patterns.RULES:
            list(rule.find(piece * (size // len(piece))))
        return time.process_time() - begun

    assert cost(16_000) < 16 * cost(4_000) + 1.0  # four times is linear, sixteen times is quadratic


def test_presidios_recognizers_ask_no_network(monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    text = "mail ann" + "@" + "example.co.uk now"
    assert any(spot.type == "EMAIL_ADDRESS" for spot in Recognizers().find(text, text, []))


def test_no_finder_leaves_a_value_that_has_no_letter_or_digit():
    text = "call +1 (555) 123-4567, 12 Elm Street, born 1.2.1980, AB 12 34 56 C"
    assert all(re.search(r"\w", value) for value in found(patterns.RULES, text))
