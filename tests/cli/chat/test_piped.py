import subprocess
import sys

import pytest

from fakes.owner import served


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


def chat(text, *arguments):
    """Talk to Roxy over a pipe in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "roxy", *arguments], input=text, capture_output=True, timeout=90, check=False
    )


@pytest.mark.requirement("chat.piped")
def test_every_line_is_answered_and_the_end_of_the_input_ends_it(owner):
    ran = chat("hi\n\n  café  \n/nope\nlast without a line break".encode())
    assert ran.stdout.decode().splitlines() == [
        "you said hi",
        "you said café",
        "There is no command /nope. Did you mean /new?",
        "you said last without a line break",
    ]
    assert ran.returncode == 0
    assert ran.stderr == b""


@pytest.mark.requirement("chat.piped")
def test_bytes_that_are_no_utf8_and_a_line_of_a_megabyte_survive(owner):
    ran = chat(b"\xff\xfe\n" + "é".encode() * 500_000 + b"\nhi\n", "chat")
    first, second, third = ran.stdout.decode().splitlines()
    assert first == "you said \ufffd\ufffd"
    assert second == "you said " + "é" * 500_000
    assert third == "you said hi"


def test_the_lines_of_one_pipe_are_one_session(owner):
    chat(b"hi\nthere\n")
    assert [utterance.session_id for utterance in owner.heard] == [None, "ses_new"]


def test_a_session_is_resumed_by_its_id(owner):
    ran = chat(b"hi\n", "chat", "--session", "ses_1")
    assert owner.heard[0].session_id == "ses_1"
    assert b"user: what time is it" in ran.stderr


def test_a_session_that_is_not_there_ends_with_two(owner):
    ran = chat(b"hi\n", "chat", "--session", "nope")
    assert ran.returncode == 2
    assert owner.heard == []


def test_quit_ends_before_the_input_does(owner):
    assert chat(b"/quit\nhi\n").returncode == 0
    assert owner.heard == []


def test_voice_is_said_not_to_be_installed():
    ran = chat(b"", "chat", "--voice")
    assert ran.returncode == 2
    assert b"not installed" in ran.stderr


def test_a_pipe_that_is_closed_at_once_is_a_chat_without_words(owner):
    ran = chat(b"")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
