"""A person's first day with Roxy, through the real command, line by line."""

import subprocess
import sys

import pytest


def chat(home: dict[str, str], *lines: str, words: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roxy", "chat", *words],
        input="".join(f"{line}\n" for line in lines),
        env=home,
        cwd=home["HOME"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.requirement("chat.piped", "bundled.memory")
def test_what_is_remembered_in_one_chat_is_known_in_the_next(home):
    first = chat(home, "remember that my wifi password is correct horse")
    assert first.returncode == 0, first.stderr
    second = chat(home, "what is my wifi password?")
    assert "correct horse" in second.stdout


@pytest.mark.requirement("dialogue.undo")
def test_undo_takes_back_what_was_remembered(home):
    said = chat(home, "remember that I parked on level 3", "undo that", "where did I park?")
    assert said.returncode == 0, said.stderr
    assert "level 3" not in said.stdout.splitlines()[-1]


@pytest.mark.requirement("bad.not_understood")
def test_an_utterance_nobody_understands_gets_three_things_roxy_can_do(home):
    said = chat(home, "colourless green ideas sleep furiously")
    assert said.returncode == 0
    assert "did not understand" in said.stdout
    assert said.stdout.count("  - ") == 3


@pytest.mark.requirement("dialogue.ask")
def test_a_question_of_a_skill_is_answered_by_the_next_line(home):
    said = chat(home, "remind me to call Bob", "tomorrow at 5", "what are my reminders")
    assert said.returncode == 0, said.stderr
    assert "call Bob" in said.stdout.splitlines()[-1] or "call Bob" in said.stdout.split("17:00")[-1]


@pytest.mark.requirement("chat.piped")
def test_a_line_of_a_megabyte_and_letters_of_every_script_are_answered(home):
    said = chat(home, "x" * 1_000_000, "remember that Zoë likes Ελληνικά and 日本語", "what do you remember about Zoë")
    assert said.returncode == 0, said.stderr
    assert "日本語" in said.stdout


@pytest.mark.requirement("journey.restart", "reminders.missed")
def test_a_reminder_that_came_due_while_nobody_was_there_is_told_at_the_next_start(home):
    chat(home, "remind me in 1 second to water the plants")
    # Starting takes about as long as the reminder: it is told by one of the next starts, and by one only.
    heard = [chat(home, "what time is it").stdout for _ in range(5)]
    assert ["water the plants" in said for said in heard].count(True) == 1
