import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest

from roxy import errors
from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.doors import ApprovalsDoor, Assistant, ServersDoor, SessionInfo
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import Exchange, IntentInfo, Permissions, SkillInfo
from roxy.contracts.turns import Notice, NoticeKind, Reply, Utterance
from roxy.daemon.client import Attached
from roxy.daemon.wire import CALLS, decode, encode, error_from_wire, error_to_wire

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

VALUES = [
    Utterance(text="é\n\udcff", session_id="s", one_shot=True),
    Notice(kind=NoticeKind.MISSED, text="tea", at=NOON),
    Reply(text="ok", session_id="s", tools=("a.b",), choices=("yes",), ms=1.5),
    ServerStatus(name="x", state=ServerState.FAILED, stderr=("one", "two"), uptime=2.5),
    ToolInfo("s", "t", input_schema={"type": "object", "a": [1, None]}, output_schema=None),
    ToolCallResult(True, data={"deep": [{"x": 1}]}, content=({"type": "text", "text": "t"},), structured=None),
    SkillInfo(
        name="n",
        description="d",
        source="user",
        intents=(IntentInfo(name="i", sentences=("a",), slots={"x": 1}, confirm=False),),
        wants=Permissions(hosts=frozenset({"b", "a"}), server_control=True),
    ),
    SessionInfo(id="s", started=NOON, last=NOON, title="t"),
    Exchange("user", "hi", NOON),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_survives_the_wire(value):
    assert decode(type(value), json.loads(encode(value))) == value


def test_an_encoded_value_is_one_line():
    assert encode({"a": "x\ny\u2028"}).count(b"\n") == 1


def test_a_field_of_a_newer_version_is_left_out_and_a_missing_one_takes_its_default():
    assert decode(Exchange, {"role": "user", "text": "t", "at": NOON.isoformat(), "mood": "new"}).text == "t"
    assert decode(Reply, {"text": "t", "session_id": "s"}).tools == ()


def test_what_lacks_a_needed_field_is_refused():
    with pytest.raises(TypeError):
        decode(Utterance, {"session_id": "s"})


ERRORS = [
    errors.ConfigError("m", where="f:1", hint="h"),
    errors.OwnedElsewhere("m", pid=7),
    errors.ServerNotFound("m", server="x", hint="h"),
    errors.SkillError("m", skill="s"),
    errors.NeedsInput("Which?"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_the_wire_with_all_it_carries(error):
    back = error_from_wire(json.loads(encode(error_to_wire(error))))
    assert type(back) is type(error)
    assert vars(back) == vars(error)
    assert str(back) == str(error)


@pytest.mark.parametrize("name", ["Exception", "os", "NotYetInvented", "ClassVar"])
def test_an_error_of_an_unknown_class_is_still_told(name):
    back = error_from_wire({"type": name, "message": "m", "hint": "h"})
    assert type(back) is errors.RoxyError
    assert back.message == "m"


def test_every_method_of_an_assistant_is_on_the_wire():
    asked = (*vars(Assistant), *vars(ServersDoor), *vars(ApprovalsDoor))
    methods = {name for name in asked if not name.startswith("_")}
    assert methods == CALLS | {"turn", "listening"}
    assert methods <= set(dir(Attached))


def test_arguments_of_calls_need_no_decoding():
    plain = {str, int, float, bool, None, Any}
    for name in CALLS:
        hints = get_type_hints(getattr(Assistant, name))
        hints.pop("return")
        for hint in hints.values():
            parts = set(getattr(hint, "__args__", ())) or {hint}
            assert parts <= plain | {type(None), Mapping[str, Any], Mapping[str, str]}, name
