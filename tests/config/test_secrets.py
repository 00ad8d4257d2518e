import pytest

from roxy.config.secrets import SecretRef, fill, known_secret_values, looks_secret, references, show
from roxy.contracts.servers import ServerConfig

pytestmark = pytest.mark.requirement("config.secrets")

RANDOM = "a1b2" * 6


@pytest.mark.parametrize(
    ("text", "environ", "filled", "missing"),
    [
        ("plain", {}, "plain", []),
        ("${A}", {"A": "x"}, "x", []),
        ("Bearer ${A}", {"A": "x"}, "Bearer x", []),
        ("${A:-d}", {}, "d", []),
        ("${A:-d}", {"A": ""}, "d", []),
        ("${A:-}", {}, "", []),
        ("${A}", {}, "", ["A"]),
        ("${A}${B}", {"A": ""}, "", ["A", "B"]),
        ("$${A}", {"A": "x"}, "${A}", []),
        ("$A ${1} ${}", {"A": "x"}, "$A ${1} ${}", []),
        ("${A}", {"A": "${B}", "B": "x"}, "${B}", []),
    ],
)
def test_references_are_read_from_the_environment(text, environ, filled, missing):
    assert fill(text, environ) == (filled, missing)


def test_references_are_found_with_their_defaults():
    assert references("${A} $${B} ${C:-c}") == [SecretRef("A"), SecretRef("C", "c")]


def test_people_see_whether_a_variable_is_set_and_never_its_value():
    shown = show("Bearer ${A} ${B} ${C:-c}", {"A": RANDOM})
    assert shown == "Bearer ${A} (set) ${B} (not set) ${C:-c} (not set: its default)"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BRAVE_API_KEY", RANDOM),
        ("Authorization", f"Bearer {RANDOM}"),
        ("url", "postgresql://ann:" + "hunter2" + "@db/roxy"),
        ("args", "gh" + "p_" + RANDOM),
        ("description", "my key is " + "s" + "k-" + RANDOM),
        ("DART_TOKEN", "${DART_TOKEN:-" + RANDOM + "}"),
    ],
)
def test_a_secret_that_is_written_out_is_noticed(name, text):
    assert looks_secret(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BRAVE_API_KEY", "${BRAVE_API_KEY}"),
        ("Authorization", "Bearer ${GITHUB_TOKEN}"),
        ("url", "postgresql://ann:${DB_PASSWORD}@db/roxy"),
        ("SSL_KEY", "/etc/ssl/private/key1.pem"),
        ("SORT_KEY", "date"),
        ("description", "Finds keys, tokens and fc-barcelona-supporters"),
        ("args", "@brave/brave-search-mcp-server"),
        ("description", "risk-assessment-2026 of the task-force"),
    ],
)
def test_what_is_no_secret_is_left_alone(name, text):
    assert not looks_secret(name, text)


def test_the_privacy_gateway_learns_the_secrets_of_this_process():
    configs = [
        ServerConfig(name="a", command="x", env={"A_TOKEN": "value-of-a", "MODE": "value-of-mode"}),
        ServerConfig(name="b", transport="http", url="https://b", headers={"Authorization": "Bearer value-of-b"}),
    ]
    environ = {"X_API_KEY": "value-of-x", "HOME": "/home/ann", "SHORT_KEY": "date", "DB": "pg://u:value-of-db@h/d"}
    assert known_secret_values(environ, configs) == {
        "x_api_key": "value-of-x",
        "a_token": "value-of-a",
        "authorization": "value-of-b",
        "db": "value-of-db",
    }
