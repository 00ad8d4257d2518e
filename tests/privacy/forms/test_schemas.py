"""What tools' schemas say of a leaf, as the programs write them that make schemas; and what then leaves fits them."""

import time
from datetime import date
from typing import Annotated, Literal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from roxy.privacy.forms.schemas import Document
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.surrogates import misfit

MAIL = r"^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
LOOKING_AHEAD = r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
E164 = {"type": "string", "format": "e164", "pattern": r"^\+[1-9]\d{6,14}$"}
EMAIL = {"type": "string", "format": "email", "pattern": MAIL}
PERSONAL = ("ann@example.com", "4111111111111111", "Ann Lee", "1980-02-03", "02/03/1980", "736-5000", "1212736500")


def kind(name, address):
    return {"type": "object", "properties": {"kind": {"type": "string", "const": name}, "address": address}}


ZOD = {
    "type": "object",
    "properties": {
        "email": {"anyOf": [EMAIL, {"type": "null"}]},
        "old": {"type": "string", "format": "email", "pattern": LOOKING_AHEAD},
        "to": {"type": "array", "items": EMAIL},
        "way": {"oneOf": [kind("sms", E164), kind("mail", EMAIL)]},
        "record": {"type": "object", "additionalProperties": EMAIL},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, EMAIL], "items": False},
        "either": {"anyOf": [E164, EMAIL]},
        "again": {"$ref": "#/properties/to/items"},
        "card": {"anyOf": [{"type": "integer", "maximum": 2**53 - 1}, {"type": "null"}]},
        "full_name": {"type": "string", "maxLength": 20},
        "dob": {"type": "string", "pattern": r"^\d{2}/\d{2}/\d{4}$"},
        "phone": {"type": "string", "pattern": r"^\(\d{3}\) \d{3}-\d{4}$"},
        "short": {"allOf": [{"type": "string", "format": "email"}, {"maxLength": 30}]},
        "born": {"type": "string", "format": "date-time"},
        "account_number": {"type": "string", "pattern": "^[0-9]{8,12}$"},
    },
    "additionalProperties": False,
}
ARGUMENTS = {
    "email": "ann@example.com",
    "old": "ann@example.com",
    "to": ["ann@example.com", "bob@example.com"],
    "way": {"kind": "mail", "address": "ann@example.com"},
    "record": {"x": "ann@example.com"},
    "pair": ["mail", "ann@example.com"],
    "either": "ann@example.com",
    "again": "ann@example.com",
    "card": 4111111111111111,
    "full_name": "Ann Lee",
    "dob": "02/03/1980",
    "phone": "(212) 736-5000",
    "short": "ann@example.com",
    "account_number": "12345678",
}


class Contact(BaseModel):
    full_name: Annotated[str, Field(max_length=20)]
    email: Annotated[str, Field(pattern=MAIL)] | None = None
    date_of_birth: date | None = None
    phone: Annotated[int, Field(gt=0, lt=2**31)] | None = None


class Mail(BaseModel):
    kind: Literal["mail"]
    to: list[Contact]
    by_name: dict[str, Contact] = {}


class Call(BaseModel):
    kind: Literal["call"]
    to: Contact


class Arguments(BaseModel):
    what: Annotated[Mail | Call, Field(discriminator="kind")]
    sender: Contact


ANN = {"full_name": "Ann Lee", "email": "ann@example.com", "date_of_birth": "1980-02-03", "phone": 12127365000 // 10}


async def left(schema, payload):
    gateway = PrivacyGateway()
    sent = await gateway.outgoing(payload, destination="x", schema=schema, session_id="s1")
    assert not sent.decision.blocked, sent.decision.reason
    assert await gateway.incoming(sent.payload, source="x", session_id="s1") == payload
    again = await gateway.outgoing(sent.payload, destination="x", schema=schema, session_id="s1")
    assert again.payload == sent.payload
    return sent.payload


@pytest.mark.requirement("privacy.surrogates")
async def test_what_leaves_fits_the_schemas_that_programs_write():
    sent = await left(ZOD, ARGUMENTS)
    jsonschema.validate(sent, ZOD, format_checker=jsonschema.FormatChecker())
    assert not any(value in str(sent) for value in PERSONAL)
    assert sent["way"]["kind"] == "mail"


@pytest.mark.requirement("privacy.surrogates")
@pytest.mark.parametrize("what", [{"kind": "mail", "to": [ANN], "by_name": {"a": ANN}}, {"kind": "call", "to": ANN}])
async def test_nested_models_optional_fields_and_unions_are_followed(what):
    sent = await left(Arguments.model_json_schema(), {"what": what, "sender": ANN})
    told = Arguments.model_validate(sent)
    assert told.what.kind == what["kind"]
    assert not any(value in str(sent) for value in PERSONAL)


async def test_a_part_of_a_value_is_replaced_by_what_the_whole_fits():
    schema = {"properties": {"born": {"format": "date-time"}, "dob": {"format": "date-time"}}}
    sent = await left(schema, {"dob": "1980-02-03T00:00:00.000+02:00"})
    assert not misfit(sent["dob"], schema["properties"]["dob"])
    assert "1980" not in sent["dob"]


@pytest.mark.requirement("privacy.surrogates")
async def test_what_depends_on_names_and_on_other_properties_is_followed():
    schema = {
        "type": "object",
        "patternProperties": {"^mail_[0-9]+$": EMAIL, "^x_": {"type": "string", "maxLength": 30}},
        "properties": {"way": {"enum": ["mail", "sms", "post"]}, "to": {"type": "string"}, "cc": EMAIL},
        "if": {"properties": {"way": {"const": "mail"}}, "required": ["way"]},
        "then": {"properties": {"to": EMAIL}},
        "else": {"properties": {"to": E164}},
        "dependentSchemas": {"cc": {"properties": {"backup": {"$ref": "#/$defs/mail"}}}},
        "allOf": [
            {
                "if": {"required": ["way"], "not": {"required": ["nobody"]}},
                "then": {"properties": {"extra": EMAIL}},
                "else": {"properties": {"extra": {"type": "integer"}}},
            }
        ],
        "$defs": {"mail": EMAIL},
    }
    mails = {"way": "mail", "to": "ann@example.com", "cc": "ann@example.com", "backup": "bob@example.com"}
    mails |= {"mail_1": "ann@example.com", "x_": "ann@example.com", "extra": "ann@example.com"}
    for payload in (mails, {"way": "sms", "to": "+12127365000"}):
        sent = await left(schema, payload)
        jsonschema.validate(sent, schema, format_checker=jsonschema.FormatChecker())
        assert not any(value in str(sent) for value in ("ann@", "bob@", "7365000"))


async def test_where_nothing_fits_what_a_condition_demands_the_call_is_blocked_with_the_reason():
    schema = {
        "if": {"properties": {"way": {"const": "mail"}}},
        "then": {"properties": {"to": {"type": "string", "pattern": "^[a-z]+@example\\.com$"}}},
    }
    sent = await PrivacyGateway().outgoing(
        {"way": "mail", "to": "ann@example.com"}, destination="x", schema=schema, session_id="s1"
    )
    assert sent.decision.blocked
    assert "/to" in sent.decision.reason
    assert "pattern" in sent.decision.reason


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"$ref": "#/$defs/a/b~1c"}, "x", {"maxLength": 3}),
        ({"$ref": "#/$defs/list/1"}, "x", {"maxLength": 4}),
        ({"$ref": "#/$defs/nowhere"}, "x", {}),
        ({"$ref": "https://example.org/x.json"}, "x", {}),
        ({"$ref": "#/$defs/circle"}, "x", {}),
        ({"anyOf": [{"const": "a"}, {"const": "x", "title": "t"}]}, "x", {"const": "x", "title": "t"}),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string", "maxLength": 2}]}, 7,
         {"type": "integer", "maximum": 5}),
        ({"oneOf": [{"format": "date"}, {"format": "email"}]}, "a@b.c", {"format": "email"}),
        ({"oneOf": [{"type": "null"}, {"type": "object"}]}, "x", {}),
        ({"allOf": [{"maxLength": 9}], "maxLength": 5}, "x", {"maxLength": 5}),
        ({"$ref": "#named"}, "x", {"$anchor": "named", "maxLength": 6}),
        ({"$ref": "#nobody"}, "x", {}),
        ({"if": {"pattern": "^a"}, "then": {"maxLength": 7}, "else": {"maxLength": 8}}, "xa", {"maxLength": 8}),
        ({"if": {"not": {}}, "then": {"format": "date"}, "else": {"format": "email"}}, "a@b.c", {"format": "email"}),
        ({"if": True, "then": {"maxLength": 7}}, "x", {"maxLength": 7}),
        ({"anyOf": "none", "allOf": 3, "$ref": 5, "type": ["strange", 1]}, "x", {"type": ["strange", 1]}),
    ],
)  # fmt: skip
def test_what_is_said_of_a_leaf_is_told_and_nothing_is_fetched(schema, value, said):
    definitions = {"a": {"b/c": {"maxLength": 3}}, "list": [{}, {"maxLength": 4}], "circle": {"$ref": "#/$defs/circle"}}
    definitions["named"] = {"$anchor": "named", "maxLength": 6}
    assert Document({"$defs": definitions}).of_leaf(schema, value) == said


def test_a_schema_made_to_be_followed_for_ever_ends():
    wide = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 50, "allOf": [{"$ref": "#/$defs/a"}] * 50}}}
    document = Document(wide)
    started = time.process_time()
    document.of_leaf({"$ref": "#/$defs/a"}, "x")
    document.of_property({"$ref": "#/$defs/a"}, {"x": 1}, "x")
    document.of_item({"$ref": "#/$defs/a"}, ["x"], 0)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "pattern", ["(?=x)" + "(a+)+" * 20 + "b$", "(?<!x)(?:(?:a|a)*)*$c", "(?=" * 500, "[^]", "(?<n>a"]
)
def test_a_pattern_made_to_take_for_ever_never_fits(pattern):
    started = time.process_time()
    assert misfit("a" * 60 + "d", {"pattern": pattern})
    assert time.process_time() - started < 5


NAMES = st.sampled_from(["type", "properties", "items", "anyOf", "allOf", "$ref", "enum", "const", "format", "pattern",
                         "additionalProperties", "prefixItems", "maximum", "maxLength", "multipleOf", "x"])  # fmt: skip
ONE = PrivacyGateway()
WILD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["#", "#/x", "string", "email", "^a$"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(NAMES, WILD, max_size=5))
async def test_no_schema_however_wrong_stops_a_call_that_has_nothing_personal(schema):
    payload = {"x": "hello", "items": [1, {"x": 2.5}, "there"], "type": True}
    sent = await ONE.outgoing(payload, destination="d", schema=schema)
    assert sent.payload == payload
