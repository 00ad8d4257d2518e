"""What only the words, keys and things around it tell: user names, devices, cards, codes, numbers that are said."""

import random
import string

import pytest

from roxy.privacy.detection.detector import Detector

DETECTOR = Detector()


def noise(size, letters=string.ascii_letters + string.digits):
    return "".join(random.Random(size).choices(letters, k=size))


def found(text):
    spots = DETECTOR.find(text, deep=False, named=False)
    return {(spot.type, text[spot.start : spot.end]) for spot in spots}


PASSWORD = noise(7) + "!" + noise(5)
HEX = noise(32, "0123456789abcdef")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        # User names.
        ('{"telegram_username": "grazyna_d"}', "USERNAME", "grazyna_d"),
        ('{"assignee": "mohit91"}', "USERNAME", "mohit91"),
        ("on github I am mohit91.", "USERNAME", "mohit91"),
        ("my username is maria, thanks", "USERNAME", "maria"),
        ("RT @sanna_v: thank you", "USERNAME", "@sanna_v"),
        ("ssh wiebke@81.2.69.142 'ls'", "USERNAME", "wiebke"),
        ('81.2.69.142 - bekele [12/Oct/2024] "GET /"', "USERNAME", "bekele"),
        # What belongs to one person.
        ("MAC of my phone is d4:22:ae:49:30:12", "ID", "d4:22:ae:49:30:12"),
        ("VIN 1GR44L3255D675532, silver", "ID", "1GR44L3255D675532"),
        ("My home is at -29.36918, 8.98321, knock", "ADDRESS", "-29.36918, 8.98321"),
        ('{"car_registration": "XX 476 KE"}', "ID", "XX 476 KE"),
        # Records.
        ("BEGIN:VCARD\nN:Thongchai;Anca;;;\nTEL;TYPE=CELL:0764 3829\nEND:VCARD", "PERSON", "Thongchai"),
        ("BEGIN:VCARD\nN:Thongchai;Anca;;;\nTEL;TYPE=CELL:0764 3829\nEND:VCARD", "PHONE_NUMBER", "0764 3829"),
        ('ATTENDEE;CN="Ann Lee":mailto:x', "PERSON", "Ann Lee"),
        ("| Name | Phone |\n|---|---|\n| Ann Lee | 09544835692 |\n", "PHONE_NUMBER", "09544835692"),
        ("INSERT INTO p (full_name, dob) VALUES ('Ann Lee', '1990-02-03')", "DATE_OF_BIRTH", "1990-02-03"),
        ("SELECT 1 FROM u WHERE u.full_name ILIKE '%Geraghty%'", "PERSON", "Geraghty"),
        # Numbers as they are said, in odd groups, over the end of a line.
        ("dial oh seven nine double two four seven three nine two six", "PHONE_NUMBER", ""),
        ("my IP address is 45 dot 136 dot 61 dot 97", "IP_ADDRESS", "45 dot 136 dot 61 dot 97"),
        ("my IP address is 89[.]196[.]70[.]111", "IP_ADDRESS", "89[.]196[.]70[.]111"),
        ("my IP address is 94.41.\n186.206", "IP_ADDRESS", "94.41.\n186.206"),
        ("my IBAN is GB82-WEST 1234 - 5698.7654 32", "IBAN_CODE", "GB82-WEST 1234 - 5698.7654 32"),
        ("write to ann . lee @ example . org soon", "EMAIL_ADDRESS", "ann . lee @ example . org"),
        ("born in Bristol on July 3rd 1985", "DATE_OF_BIRTH", "July 3rd 1985"),
        ("keep getting address 10.218.6.131 blocked", "IP_ADDRESS", "10.218.6.131"),
        ('{"text": "x\\n+49 151 48232445 | y"}', "PHONE_NUMBER", "+49 151 48232445"),
        # Secrets by what carries them.
        (f"la password del wifi è {PASSWORD}", "SECRET", PASSWORD),
        ("the pin for my bank card is 3041", "SECRET", "3041"),
        ("your verification code is 493 201", "SECRET", "493 201"),
        (f"Cookie: theme=dark; sessionid={HEX}", "SECRET", HEX),
        (f"db.internal:5432:app:app_rw:{PASSWORD}", "SECRET", PASSWORD),
        (f"https://x.org/reset?token={HEX}", "SECRET", HEX),
        (f'app.config["SECRET_KEY"] = "{HEX}"', "SECRET", HEX),
        (f"use acme_live_{noise(30)} for it", "SECRET", f"acme_live_{noise(30)}"),
        ("Recovery phrase: " + "apple " * 11 + "pear", "SECRET", "apple " * 11 + "pear"),
        (f"kind: Secret\ndata:\n  pw: {HEX}\n", "SECRET", HEX),
    ],
)
def test_what_the_words_around_it_tell_is_found(text, kind, value):
    assert any(kind == one and value in what for one, what in found(text))


@pytest.mark.parametrize(
    "text",
    [
        "handle errors in the username field",
        "my twitter account is suspended",
        "npm install lodash@4.17.21 and @types/node",
        "meeting moved to 10:08 because the beamer is broken",
        "1 2 3 4 5 6 7 8 9",
        "one two three four five six seven eight nine ten",
        "12\n34\n5678\n9012\n3456\n7890\n",
        "2024-05-01 10.33 and 03/07/2024",
        '{"tile": "12/2200/1343", "mac": "00:00:00:00:00:00"}',
        "the code for this page is 404 lines long",
        "feature-live-the-long-name-of-a-branch-that-nobody-likes",
        "| Qty | Price |\n|---|---|\n| 3 | 4.50 |\n",
        "the area of the plate is 10 square metres",
        '{"session_id": "0b5c9e9e-3f0a-4e0c-9a5e-1f2d3c4b5a69", "action": "screenshot"}',
    ],
)
def test_what_only_looks_alike_is_left_alone(text):
    assert not found(text)
