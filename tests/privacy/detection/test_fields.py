"""Keys and values in texts of several notations, and what stands in a payload beside its label."""

import pytest

from roxy.privacy.detection import fields, keys
from roxy.privacy.detection.prefilter import Prefilter
from roxy.privacy.walk import Walk

PICK = Prefilter(fields.RULES).pick


def found(text):
    spots = [spot for rule in PICK(text) for spot in rule.find(text)]
    return {(text[spot.start : spot.end], spot.type) for spot in spots}


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ('{"passport": {"number": "84RM76687", "country": "X"}}', "84RM76687", "PASSPORT"),
        ('{"attendees": ["Ann Lee", "Bo Ray"]}', "Bo Ray", "PERSON"),
        ('{"name": {"first": "Ann", "last": "Lee"}}', "Lee", "PERSON"),
        ("{'Numéro de téléphone': '0136-849 88'}", "0136-849 88", "PHONE_NUMBER"),
        ('{"telecom": [{"system": "phone", "value": "094-15-98"}]}', "094-15-98", "PHONE_NUMBER"),
        ("Geburtsdatum: 27.09.1951\n", "27.09.1951", "DATE_OF_BIRTH"),
        ("DoB=1951-09-27\n", "1951-09-27", "DATE_OF_BIRTH"),
        ("PASSWD=UW&g47on17\n", "UW&g47on17", "SECRET"),
        ("a=1&password=hunter&x=2", "hunter", "SECRET"),
        ("<surname>Пенджакова</surname>", "Пенджакова", "PERSON"),
        ("name,phone\nAnn Lee,0136 84988\n", "Ann Lee", "PERSON"),
        ('{"guest_name": "A. Jonckheere"}', "A. Jonckheere", "PERSON"),
        ('{"nombre": "舞 中村"}', "舞 中村", "PERSON"),
        ('{"plz": "12345", "ort": "Bonn"}', "12345", "ADDRESS"),
        ('see {"contact": {"mobile": "0829490549"}} there', "0829490549", "PHONE_NUMBER"),
    ],
)
def test_a_field_is_found_in_any_notation(text, value, kind):
    assert (value, kind) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"phone_model": "Pixel 9", "card_type": "visa", "name": "respond"}', '{"family": "Inter", "font_size": 12}',
        '{"token_count": 9, "password_policy": "strong", "key_id": "9e107d9d372bb6826bd81d3542a419d6"}',
        '{"key": "uploads/2024/file1.png"}', '{"first": 10, "last": 20}', '{"customer_id": "cus_123456789"}',
        "def login(password: str) -> None: ...", 'password = os.environ["X"]', '{"location": "header"}',
        '{"number": "1755302400", "ref": "ORD-3074185"}', "name,size\nfile,12\n",
    ],
)  # fmt: skip
def test_fields_about_other_things_hide_nothing(text):
    assert found(text) == set()


@pytest.mark.parametrize("text", ["{" * 50_000, '{"a":' * 20_000, '"\\' * 30_000, "a:" * 30_000, "<a>" * 20_000])
def test_a_text_that_never_closes_is_read_once(text):
    assert found(text) is not None


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("dateOfBirth", "DATE_OF_BIRTH"), ("DOB", "DATE_OF_BIRTH"), ("fødselsnummer", "US_SSN"),
        ("handynummer", "PHONE_NUMBER"),
        ("Führerscheinnummer", "ID"), ("phone_verified", ""), ("card_type", ""), ("file name", ""),
        ("userFullName", "PERSON"),
        ("x-api-key", "KEY"), ("public_key", ""), ("contraseña", "PASSWORD"), ("フリガナ", ""),
        ("电话", "PHONE_NUMBER"),
        ("", ""), ("___", ""),
    ],
)  # fmt: skip
def test_words_of_a_key_mean_the_same_however_they_are_joined(key, said):
    assert keys.meaning(key) == said


def test_a_mask_is_named_after_its_key_only_when_that_says_secret_again():
    for key in ("db_password", "contraseña", "пароль", "X-Api-Key", "a" * 80 + "_password"):
        assert keys.meaning(keys.secret_name(key)) in ("PASSWORD", "KEY", "PIN")


def test_an_object_that_names_its_value_lends_that_name():
    seen = {}
    payload = {"fields": [{"name": "phone", "value": "094-15-98"}, {"name": "colour", "value": "red"}]}
    Walk(lambda leaf: seen.setdefault(leaf.path, leaf).value, lambda key, _: key).rebuild(payload)
    judged = {path: keys.judge(leaf.key, leaf.value, leaf.around) for path, leaf in seen.items()}
    assert [spot.type for spot in judged["/fields/0/value"]] == ["PHONE_NUMBER"]
    assert judged["/fields/1/value"] == []
