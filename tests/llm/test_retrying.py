from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.llm.retrying import Patience, asked_to_wait

pytestmark = pytest.mark.requirement("models.faults")
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:20 GMT"}, 20),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "Sun, 99 Foo 2026"}, None),
    ],
)
def test_what_a_server_asks_for_is_read_as_seconds_or_a_date(headers, seconds):
    assert asked_to_wait(headers, NOW) == seconds


@given(st.text())
def test_no_header_breaks_the_reading(word):
    waited = asked_to_wait({"retry-after": word}, NOW)
    assert waited is None or waited >= 0


def test_waits_grow_and_end():
    patience = Patience(attempts=4, base=1.0)
    waits = [patience.wait(attempt, None, left=100) or 0 for attempt in (1, 2, 3)]
    assert [0.75 * 2**n <= wait <= 1.25 * 2**n for n, wait in enumerate(waits)] == [True] * 3
    assert patience.wait(4, None, left=100) is None


def test_a_wait_beyond_the_bound_or_the_deadline_is_no_use():
    patience = Patience(longest=30)
    assert patience.wait(1, 30, left=100) == 30
    assert patience.wait(1, 31, left=100) is None
    assert patience.wait(1, 10, left=10) is None
