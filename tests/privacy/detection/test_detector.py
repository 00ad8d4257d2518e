"""What is found in texts, and what is left alone."""

import contextlib
import logging
import time

import pytest
import tldextract

from roxy.errors import PrivacyBlocked
from roxy.privacy.detection.detector import Detector, NotLoaded
from roxy.privacy.detection.spots import FLOOR
from roxy.privacy.policy.rules import FREE
from roxy.privacy.redact import Redactor
from roxy.privacy.vault import SessionVault


@pytest.fixture(scope="module")
def detector():
    made = Detector(["Zoë van den Berg"], {"BRAVE_API_KEY": "correct" + "-horse-9?"})
    made.load()
    return made


def found(detector, text, **more):
    return [(text[spot.start : spot.end], spot.type) for spot in detector.find(text, **more) if _replaced(spot)]


def _replaced(spot):
    """Whether the preset `balanced` replaces it."""
    return spot.score >= FLOOR and spot.type not in FREE


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("my name is Ann Lee and I am here", "Ann Lee", "PERSON"),
        ("my name is bob", "bob", "PERSON"),
        ("call Marie-Claire tomorrow", "Marie-Claire", "PERSON"),
        ("Lunch with Jörg von der Au at noon", "Jörg von der Au", "PERSON"),
        ("what is Ann Lee's phone number", "Ann Lee", "PERSON"),
        ("I met Carol Danvers, Carol Danvers lives in Rome", "Carol Danvers", "PERSON"),
        ("tell my sister Nina that", "Nina", "PERSON"),
        ("zoë van den berg is home", "zoë van den berg", "PERSON"),
        ("so Berg said", "Berg", "PERSON"),
        ("Sophie.", "Sophie", "PERSON"),
        ("Sophie:", "Sophie", "PERSON"),
        ("write to o.k@mail.example.co.uk.", "o.k@mail.example.co.uk", "EMAIL_ADDRESS"),
        ("?email=ann%40example.com&x=1", "ann%40example.com", "EMAIL_ADDRESS"),
        ("https://x.com/?email=ann@example.com", "ann@example.com", "EMAIL_ADDRESS"),
        ("jo\u200bhn@example.com", "jo\u200bhn@example.com", "EMAIL_ADDRESS"),
        ("ring me on 9320 7126", "9320 7126", "PHONE_NUMBER"),
        ("(555) 123-4567 x12", "(555) 123-4567 x12", "PHONE_NUMBER"),
        ("0044 20 7946 0958", "0044 20 7946 0958", "PHONE_NUMBER"),
        ("pay with 4111 1111 1111 1111 now", "4111 1111 1111 1111", "CREDIT_CARD"),
        ("378282246310005", "378282246310005", "CREDIT_CARD"),
        ("IBAN GB82 WEST 1234 5698 7654 32 and more", "GB82 WEST 1234 5698 7654 32", "IBAN_CODE"),
        ("SSN is 219 09 9999", "219 09 9999", "US_SSN"),
        ("from 1.1.1.1 port 80", "1.1.1.1", "IP_ADDRESS"),
        ("2606:4700::1111 answered", "2606:4700::1111", "IP_ADDRESS"),
        ("she was born on 3 March 1990 in Oslo", "3 March 1990", "DATE_OF_BIRTH"),
        ("passport number 123456789", "123456789", "PASSPORT"),
        ("I live at 221B Baker Street, London and like it", "221B Baker Street, London", "ADDRESS"),
        ("account no. 12345678", "12345678", "ACCOUNT"),
        ("name: Ann Lee\nphone: 9320 7126\n", "Ann Lee", "PERSON"),
        ('{"contact": "{\\"mobile\\": \\"9320 7126\\"}"}', "9320 7126", "PHONE_NUMBER"),
    ],
)
def test_what_is_personal_is_found(detector, text, value, kind):
    assert (value, kind) in found(detector, text)


@pytest.mark.parametrize(
    "text",
    [
        "what is the weather in Paris tomorrow at 5",
        "open main.py and README.md in src/app/server.rs",
        "6f1c0e0e-5f9f-4c59-8c0a-a50a8b2f7b9a 0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33",
        "ba54125e-922c-15f9-9eb6-f0341ef5695e ba54125e922c15f99eb6f0341ef5695e",  # adds up as an IBAN, but for letters
        "bump version to 2.3.1.0",
        "created_at 1755302400, 2026-08-12T09:00:00Z, build 1.2.3.4, v10.20.30.40, react@18.2.0",
        "hosted-eu-20260812-09 ORD-3074185 product 3074185296 EM7729683",
        "10.0.0.1 127.0.0.1 192.168.1.7 ::1 fe80::1 std::vector ace::bed 12:30:45",
        "call me later, call Monday, email support, text file 20240101 note",
        "the password is required and the token expired",
        "git@github.com:octo/hello.git",
        "sort_key: title, max_tokens: 200, next_page_token: CAUQAA, primary_key: id, key: value",
        "password: ${DB_PASSWORD} and api_key: <your key>",
        "room 12, floor 3, 100 people, 3.14159265, 1,234,567.89",
    ],
)
def test_what_is_not_personal_is_left_alone(detector, text):
    assert found(detector, text) == []


@pytest.mark.parametrize(
    ("key", "around", "value", "kind"),
    [
        ("fullName", (), "ann lee", "PERSON"),
        ("name", ("name", "email"), "Ann", "PERSON"),
        ("name", (), "Ann Lee", "PERSON"),
        ("mobile_phone", (), "93207126", "PHONE_NUMBER"),
        ("dob", (), "03.02.1980", "DATE_OF_BIRTH"),
        ("shipping-address", (), "Elm 5, Rome", "ADDRESS"),
        ("location", (), "Elm Street 5, 12345 Rome", "ADDRESS"),
        ("cardNumber", (), "1234 5678 9012 3456", "CREDIT_CARD"),
        ("passportNo", (), "AB123456", "PASSPORT"),
        ("X-Api-Key", (), "abcd" + "efgh", "SECRET"),
        ("Authorization", (), "Basic dTpw", "SECRET"),
        ("db_password", (), "tiger", "SECRET"),
    ],
)
def test_the_name_of_a_key_tells_what_its_value_is(detector, key, around, value, kind):
    assert found(detector, value, key=key, around=around) == [(value, kind)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "get_weather"), ("name", "README.md"), ("name", "Weekly Report"), ("name", "Paris"),
        ("owner", "octocat"), ("location", "Paris"), ("address", "Rome"), ("location", "New York, NY"),
        ("ip_address", "10.0.0.1"), ("token_type", "bearer"),
        ("next_page_token", "abcdefgh12"),
        ("key", "title"), ("project_name", "Night Train"), ("version", "1.2.3.4"), ("email_type", "work"),
    ],
)  # fmt: skip
def test_a_key_that_names_something_else_hides_nothing(detector, key, value):
    assert found(detector, value, key=key) == []


def test_the_name_of_a_task_is_not_a_person(detector):
    assert found(detector, "Buy Milk", key="name", around=("name", "status", "dueAt")) == []
    assert found(detector, "Ann Lee", key="name", around=("name", "note")) == [("Ann Lee", "PERSON")]


def test_own_names_are_found_with_a_capital_only_where_they_are_parts(detector):
    assert found(detector, "berg and Zoë", named=False) == [("Zoë", "PERSON")]


def test_what_own_patterns_cannot_explain_waits_for_presidio():
    fresh = Detector()
    text = "the driver permit C1234567"
    with pytest.raises(NotLoaded):
        fresh.find(text)
    assert fresh.find(text, deep=False) == []
    fresh.load()
    assert found(fresh, text) == [("C1234567", "ID")]


def test_presidio_has_no_network_and_no_voice(detector, caplog):
    assert tldextract.extract.suffix_list_urls == ()
    with caplog.at_level(logging.DEBUG):
        detector.find("passport 123456789, licence A1234567, 020 7946 0958")
    assert caplog.records == []


def test_a_pattern_that_takes_too_long_is_a_failure():
    from presidio_analyzer import Pattern, PatternRecognizer  # noqa: PLC0415 - the heavy import of this one test

    from roxy.privacy.detection import recognizers  # noqa: PLC0415 - as above

    slow = PatternRecognizer("SLOW", patterns=[Pattern("slow", r"(a|aa|a.)+$b", 0.5)], supported_language="en")
    stubborn = Detector(recognizers=[slow])
    stubborn.load()
    with pytest.raises(recognizers.PatternTimeout):
        stubborn.find("a" * 60)


HOSTILE = (
    "a", "1", "1 ", "a@", "a.", "A1", "(", "a: ", "Ann ", "\\", "-", "::", '"k":"', "x=", "/", "%41", "%25", "&#65;",
    "&amp;", "\u200b", "\uff11", "\n", "1\n", "a@\n", "AAAA", "6a", "QUJD" * 12 + "\n", "EMAIL-rx0123456789abcd",
    "[SECRET:", "-rx", "name is ", "Call Ann Lee ", "tel. ", "{", "<a>", "(at)", "e\u0301",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_text_of_any_kind_takes_time_in_proportion(detector, piece):
    times = []
    for size in (5_000, 20_000):
        began = time.process_time()
        with contextlib.suppress(PrivacyBlocked):
            redactor = Redactor(detector, SessionVault(b"k" * 32))
            redactor.text((piece * (size // len(piece) + 1))[:size])
        times.append(time.process_time() - began)
    assert times[1] < 12 * times[0] + 0.4


@pytest.mark.parametrize("key", ["dish", "title", "name", "location"])
def test_two_common_words_are_nobody_and_no_place_whatever_the_key(detector, key):
    assert found(detector, "Oat Latte", key=key) == []
    assert found(detector, f'{{"{key}": "Oat Latte"}}') == []


def test_a_name_is_found_under_the_same_keys(detector):
    assert found(detector, "Wiebke Hartog", key="name") == [("Wiebke Hartog", "PERSON")]
    assert found(detector, '{"name": "Grace Hall"}') == [("Grace Hall", "PERSON")]


def test_a_font_is_no_family(detector):
    assert found(detector, "Noto Serif", key="family") == []
    assert found(detector, "Hartog", key="family") == [("Hartog", "PERSON")]
    assert found(detector, "van Dyck", key="family", around=("family", "given", "name")) == [("van Dyck", "PERSON")]
