"""A long text is cut between words, and never through a value, whether it was found or is known."""

import pytest

from roxy.conversation.model.pieces import AROUND, beginning
from roxy.errors import PrivacyBlocked
from roxy.privacy.gateway import PrivacyGateway

VALUES = (
    "anna.schmidt@example.com", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "+358 40 712 3456", "219-09-9999",
)  # fmt: skip
LONGEST = 900


@pytest.fixture(scope="module")
def gateway():
    return PrivacyGateway()


@pytest.mark.requirement("privacy.hostile")
@pytest.mark.parametrize("value", VALUES)
def test_no_cut_leaves_half_of_a_value(gateway, value):
    for place in range(LONGEST - len(value) - 2, LONGEST + 2):
        text = f"{'word ' * 300}"[: place - 1] + f" {value} {'more ' * 300}"
        cut = beginning(text, LONGEST, gateway.scan)
        assert text.startswith(cut)
        assert LONGEST - 40 < len(cut) <= LONGEST
        assert value in cut or value.split()[0][:4] not in cut


def test_a_value_that_only_the_session_knows_is_not_cut_either(gateway):
    gateway._vaults.open("s").issue("zk-77 41-x", "ID")
    text = f"{'word ' * 178}zk-77 41-x {'more ' * 300}"
    for longest in range(892, 900):
        assert "zk" not in beginning(text, longest, lambda part: gateway.scan(part, "s"))


def test_what_is_short_stays_as_it_is_and_what_has_no_words_is_cut_all_the_same(gateway):
    assert beginning("anna", 4, gateway.scan) == "anna"
    assert beginning("x" * 2_000, LONGEST, gateway.scan) == "x" * (LONGEST - AROUND)
    assert beginning("one two three", 7, gateway.scan) == "one two"


def test_where_nobody_can_look_nothing_near_the_cut_is_left():
    def scan(_):
        raise PrivacyBlocked("it cannot be looked at")

    assert beginning("word " * 300, LONGEST, scan) == ("word " * 300)[: LONGEST - AROUND]
