import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.contracts.models import Message, Role, ToolCallPart, ToolResultPart
from roxy.conversation.longterm.extract import bulleted, lines, rolled, transcript
from roxy.conversation.model.transcript import Kept, said


def turn(number, *messages):
    return [Kept(message=one.message, turn_id=f"t{number}", turn=number) for one in messages]


def called(*names, failed=()):
    parts = tuple(ToolCallPart(id=name, name=name, arguments={"place": "Bern"}) for name in names)
    results = tuple(
        ToolResultPart(call_id=name, name=name, content="what it found", is_error=name in failed) for name in names
    )
    return [
        Kept(message=Message(role=Role.ASSISTANT, parts=parts)),
        Kept(message=Message(role=Role.TOOL, parts=results)),
    ]


def test_a_line_says_who_asked_what_which_tools_were_called_with_what_outcome_and_what_was_answered():
    kept = [
        *turn(1, said(Role.USER, "Weather?"), *called("weather", "lights", failed=["lights"])),
        *turn(1, said(Role.ASSISTANT, "Rain.")),
        *turn(2, said(Role.USER, "Thanks " + "a lot " * 100)),
    ]
    first, second = lines(kept)
    assert first == ('- User: “Weather?” → weather(place="Bern") done → lights(place="Bern") failed → Roxy: “Rain.”')
    assert second.endswith(" a…”")
    assert len(second) < 200


@pytest.mark.requirement("privacy.hostile")
@pytest.mark.parametrize("number", ["4111 1111 1111 1111", "+358 40 712 3456", "GB82 1234 5698 7654 32"])
def test_no_line_ends_in_the_beginning_of_a_number(number):
    for length in range(100, 170):
        heard = ("word " * 40)[: length - 1].strip() + f" {number} and so on " + "and so on " * 20
        (line,) = lines(turn(1, said(Role.USER, heard)))
        assert number in line or not re.search(r"\d", line.removeprefix("- User:"))
        assert line.endswith("…”")
    assert lines(turn(1, said(Role.USER, "it was 4111 …"))) == ["- User: “it was 4111 …”"]


def test_turns_in_which_something_forgotten_was_told_have_no_line_and_are_not_read():
    kept = [*turn(1, said(Role.USER, "I live in Xanten")), *turn(2, said(Role.USER, "Hello"))]
    assert lines(kept, {"t1"}) == ["- User: “Hello”"]
    assert transcript(kept, {"t1"}, 1000) == "User: Hello"


def test_a_model_reads_a_piece_of_each_result():
    told = transcript(turn(1, said(Role.USER, "Weather?"), *called("weather")), (), 1000)
    assert told == 'User: Weather?\nRoxy calls weather(place="Bern")\nweather answered: what it found'


def test_older_lines_are_shortened_first_then_counted():
    new = [f"- User: “{number} {'word ' * 30}”" for number in range(10)]
    shortened = rolled("", new, 1_200)
    assert len(shortened.splitlines()) == 10
    assert shortened.splitlines()[-1] == new[-1]
    counted = rolled("", new, 400)
    assert counted.startswith("- (")
    again = rolled(counted, ["- User: “new”"], 400)
    left_out = int(again.split()[1].removeprefix("("))
    assert left_out + len(again.splitlines()) - 1 == 11


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=300), max_size=8), st.integers(100, 2_000))
def test_a_summary_never_grows_beyond_its_bound_but_for_the_newest_line(before, new, most):
    told = [f"- {' '.join(one.split())}" for one in new]
    text = rolled(before, told, most)
    assert len(text) <= max(most, len(told[-1]) + 50 if told else len(before))


@given(st.text(max_size=3_000), st.integers(50, 1_000))
def test_what_a_model_wrote_becomes_lines_within_the_bound(written, most):
    text = bulleted(written, most)
    assert len(text) <= most
    assert all(line.startswith("- ") for line in text.split("\n") if text)


def test_numbers_bullets_and_empty_lines_of_a_model_become_plain_lines():
    assert bulleted("Sure:\n\n* one\n  - two\n• three", 100) == "- Sure:\n- one\n- two\n- three"
