"""The conformance run passes nothing that was not checked."""

from collections import Counter

import pytest

from conformance.client import PLAYS
from conformance.run import Outcome, Scenario, verdict

NEEDED = Scenario("2026-07-28", "tools_call", required=True)
OPTIONAL = Scenario("2026-07-28", "json-schema-2020-12-preservation", required=False)
AUTH = Scenario("2026-07-28", "auth/metadata-default", required=True)


def outcome(scenario=NEEDED, code=0, **checks):
    return Outcome(scenario, code, Counter(checks), "")


@pytest.mark.parametrize(
    ("seen", "passed"),
    [
        (outcome(SUCCESS=2, SKIPPED=1), True),
        (outcome(), False),
        (outcome(SKIPPED=3), False),
        (outcome(SUCCESS=2, FAILURE=1), False),
        (outcome(SUCCESS=2, WARNING=1), False),
        (outcome(code=1, SUCCESS=2), False),
    ],
)
def test_a_scenario_passes_when_something_was_checked_and_all_of_it_was_well(seen, passed):
    assert seen.passed is passed


@pytest.mark.requirement("mcp.conformance")
@pytest.mark.parametrize(
    ("seen", "good"),
    [
        ([outcome(SUCCESS=1)], True),
        ([], False),
        ([outcome(OPTIONAL, SUCCESS=1), outcome(AUTH, SUCCESS=1)], False),
        ([outcome(SUCCESS=1), outcome(OPTIONAL, FAILURE=1), outcome(AUTH, FAILURE=1)], True),
        ([outcome(SUCCESS=1), outcome(FAILURE=1)], False),
    ],
)
def test_a_revision_passes_when_something_was_required_outside_auth_and_all_of_it_passed(seen, good):
    assert verdict("2026-07-28", seen) is good


def test_a_row_says_what_was_counted():
    assert "ok     tools_call" in outcome(SUCCESS=2).row()
    assert "2 success, 1 failure" in outcome(SUCCESS=2, FAILURE=1).row()
    assert "(not scored)" in outcome(OPTIONAL, SUCCESS=1).row()


def test_the_client_plays_what_is_scored():
    assert {"tools_call", "request-metadata", "sep-2322-client-request-state", "http-standard-headers"} <= set(PLAYS)
