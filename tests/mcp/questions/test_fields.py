"""The fields of a form: how they are asked for, and what answers mean."""

import pytest

from roxy.errors import UsageError
from roxy.mcp.questions.fields import MAX_FIELDS, fields_of, plain


def field(schema, name="value", *, required=True):
    [found] = fields_of({"properties": {name: schema}, "required": [name] if required else []})
    return found


CHOICES = [
    {"type": "string", "enum": ["s", "m"], "enumNames": ["Small", "Medium"]},
    {"type": "string", "oneOf": [{"const": "s", "title": "Small"}, {"const": "m", "title": "Medium"}]},
]


@pytest.mark.parametrize(
    ("schema", "said", "meant"),
    [
        ({"type": "string"}, "Ada", "Ada"),
        ({}, "Ada", "Ada"),
        ({"type": "string", "format": "email"}, "a@b.org", "a@b.org"),
        ({"type": "string", "format": "date"}, "2026-03-31", "2026-03-31"),
        ({"type": "string", "format": "date-time"}, "2026-03-31T09:30:00Z", "2026-03-31T09:30:00Z"),
        ({"type": "string", "format": "uri"}, "https://example.com", "https://example.com"),
        ({"type": "integer", "minimum": 1, "maximum": 8}, " 8 ", 8),
        ({"type": "number"}, "2,5", 2.5),
        ({"type": "boolean"}, "Yes.", True),
        ({"type": "boolean"}, "no", False),
        (CHOICES[0], "medium", "m"),
        (CHOICES[0], "S", "s"),
        (CHOICES[1], "2", "m"),
        ({"type": "array", "items": {"enum": ["a", "b", "c"]}}, "a, c, a", ["a", "c"]),
        ({"type": "array", "items": {"anyOf": [{"const": "x", "title": "Ex"}]}}, "ex", ["x"]),
    ],
)
def test_an_answer_becomes_a_value_of_the_type_of_its_field(schema, said, meant):
    found = field(schema).value(said)
    assert (found, type(found)) == (meant, type(meant))


@pytest.mark.parametrize(
    ("schema", "said", "wanted"),
    [
        ({"type": "string", "minLength": 2, "maxLength": 3}, "long", "2 to 3 characters"),
        ({"type": "string", "format": "email"}, "nobody", "an e-mail address"),
        ({"type": "string", "format": "date"}, "tomorrow", "2026-03-31"),
        ({"type": "string", "format": "uri"}, "two words", "https://example.com"),
        ({"type": "string", "format": "date-time"}, "2026-03-31", "09:30"),
        ({"type": "integer"}, "2.5", "a whole number"),
        ({"type": "integer"}, "1e400", "a whole number"),
        ({"type": "number"}, "nan", "a number"),
        ({"type": "number", "minimum": 1}, "0", "at least 1"),
        ({"type": "number", "maximum": 1}, "2", "at most 1"),
        ({"type": "boolean"}, "perhaps", "yes or no"),
        (CHOICES[0], "large", "Small, Medium"),
        (CHOICES[1], "3", "Small, Medium"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1}, "", "at least 1"),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 1}, "a,b", "at most 1"),
    ],
)
def test_an_answer_that_does_not_fit_says_what_is_wanted(schema, said, wanted):
    with pytest.raises(UsageError, match=wanted):
        field(schema).value(said)


def test_a_pattern_of_the_server_is_not_run_for_it_could_take_for_ever():
    assert field({"type": "string", "pattern": "(a+)+$"}).value("a" * 40 + "!") == "a" * 40 + "!"


@pytest.mark.requirement("mcp.elicitation_secrets")
@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("password", {}),
        ("userPassword", {}),
        ("api_key", {}),
        ("apiKey", {}),
        ("x", {"title": "API key"}),
        ("x", {"description": "The access token of your account"}),
        ("x", {"format": "password"}),
        ("pin", {}),
        ("clientSecret", {}),
        ("x", {"title": "One-time code"}),
        ("x", {"title": "Passphrase"}),
    ],
)
def test_a_field_that_looks_like_a_secret_is_noticed(name, schema):
    assert field(schema, name).secret


@pytest.mark.parametrize("name", ["name", "keyboard", "passenger", "spin", "opinion", "tokenizer", "guests"])
def test_other_fields_are_not(name):
    assert not field({}, name).secret


def test_a_warning_against_giving_secrets_asks_for_none():
    warned = "Your favorite number (do not give us your phone number, pin, or other sensitive info)"
    assert not field({"type": "integer", "description": warned}).secret
    assert not field({"description": "Your name. Don't enter passwords!"}).secret
    assert field({"description": "Your pin (do not give us your phone number)"}).secret
    assert field({"title": "Password", "description": "Never share it."}).secret


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {},
        {"properties": {}},
        {"properties": {"a": "text"}},
        {"properties": {"a": {"type": "object"}}},
        {"properties": {"a": {"type": "array", "items": {"type": "string"}}}},
        {"properties": {f"f{number}": {} for number in range(MAX_FIELDS + 1)}},
    ],
)
def test_a_form_that_is_none_is_refused(schema):
    with pytest.raises(UsageError):
        fields_of(schema)


def test_a_question_shows_the_choices_the_default_and_what_may_be_left_out():
    assert field(CHOICES[0]).question() == "value?\n  1. Small\n  2. Medium"
    shown = field({"title": "Size", "description": "of the shirt", "enum": ["s"], "default": "s"}).question()
    assert shown.startswith("Size (of the shirt)?")
    assert "“default” for s" in shown
    assert "“skip”" in field({}, required=False).question()


def test_what_a_server_writes_cannot_move_the_cursor_or_turn_the_text_round():
    assert plain("a\x1b[2Jb\u202ec\u200bd\r\n") == "a[2Jbcd"
    assert plain(5) == ""
    assert len(plain("x" * 10_000)) < 2_100
