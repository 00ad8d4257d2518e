import json

import pytest

from roxy.contracts.connectors import Binding
from roxy.contracts.servers import ServerTransport
from roxy.conversation.connectors.older import targets, without_targets
from roxy.errors import ConfigError


def one(**target) -> Binding:
    (found,) = targets("ses_1", json.dumps({"mcps": {"targets": [{"id": "x", **target}]}}))
    return found


def test_every_key_of_a_target_is_read():
    found = one(transport="stdio", cmd="npx", args=["-y", "a b"], env_keys=["A"], options={"timeout_request": 3})
    assert found == Binding(
        session_id="ses_1",
        connector="x",
        transport=ServerTransport.STDIO,
        command="npx",
        args=("-y", "a b"),
        env_keys=("A",),
        options={"timeout_request": 3},
    )


@pytest.mark.parametrize(
    ("target", "command", "args"),
    [
        ({"cmd": "npx -y 'a b'"}, "npx", ("-y", "a b")),
        ({"cmd": ["npx", "-y"]}, "npx", ("-y",)),
        ({"cmd": ["npx"], "args": ["-y"]}, "npx", ("-y",)),
        ({"cmd": "/opt/my server", "args": []}, "/opt/my server", ()),
        ({"cmd": "server"}, "server", None),
    ],
)
def test_a_command_is_a_program_a_line_or_a_list(target, command, args):
    found = one(**target)
    assert (found.command, found.args, found.transport) == (command, args, ServerTransport.STDIO)


@pytest.mark.parametrize(
    ("target", "transport"),
    [
        ({"cmd": "https://a.example/mcp"}, ServerTransport.HTTP),
        ({"transport": "streamable-http", "options": {"url": "https://a.example/mcp"}}, ServerTransport.HTTP),
        ({"transport": "SSE", "options": {"endpoint": "https://a.example/mcp"}}, ServerTransport.SSE),
    ],
)
def test_an_address_is_found_where_it_stood(target, transport):
    found = one(**target)
    assert (found.endpoint, found.transport, found.command) == ("https://a.example/mcp", transport, None)
    assert found.options == {}


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ("{", "not JSON"),
        ('{"mcps": []}', "must be a list"),
        ('{"mcps": {"targets": {}}}', "must be a list"),
        ('{"mcps": {"targets": ["x"]}}', "must be a mapping"),
        ('{"mcps": {"targets": [{}]}}', "`id`"),
        ('{"mcps": {"targets": [{"id": "x", "comand": "y"}]}}', "Did you mean `cmd`|Known here"),
        ('{"mcps": {"targets": [{"id": "x", "transport": "stdoi"}]}}', "Did you mean `stdio`"),
        ('{"mcps": {"targets": [{"id": "x", "cmd": "a \'b"}]}}', "quotation"),
        ('{"mcps": {"targets": [{"id": "x", "args": "a"}]}}', "list of texts"),
        ('{"mcps": {"targets": [{"id": "x", "cmd": 5}]}}', "list of texts"),
        ('{"mcps": {"targets": [{"id": "x", "options": []}]}}', "`options`"),
        ('{"mcps": {"targets": [{"id": "x", "cmd": "a"}, {"id": "x", "cmd": "b"}]}}', "twice"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_session(metadata, told):
    with pytest.raises(ConfigError, match=told) as refused:
        targets("ses_1", metadata)
    assert "session ses_1" in str(refused.value)


@pytest.mark.parametrize("metadata", ["{}", "[]", '{"mcps": null}', '{"other": 1}', '{"mcps": {}}'])
def test_metadata_without_targets_are_none(metadata):
    assert tuple(targets("ses_1", metadata)) == ()


def test_what_else_stood_in_the_metadata_stays():
    assert without_targets('{"mcps": {}, "mood": "gr\u00fcn"}') == '{"mood": "gr\u00fcn"}'
    assert without_targets('{"mcps": {}}') is None
