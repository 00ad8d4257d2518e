import stat

import pytest
import yaml

from roxy.cli.chat import first_start
from roxy.config.places import Places

GUESSES = {"name": "Ada", "timezone": "Europe/Berlin", "units": "metric"}


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "config", tmp_path / "data", tmp_path / "cache", tmp_path / "packaged", tmp_path / ".roxy")


async def introduced(*answers):
    """What is written and told when the user answers this."""
    left, written, told = list(answers), [], []

    async def ask(question, guess):
        if not left:
            raise EOFError
        return left.pop(0)

    await first_start.introduce(GUESSES, ask=ask, tell=told.append, write=written.append)
    [document] = written
    return document, told


async def test_enter_takes_what_was_guessed():
    assert (await introduced("", "", ""))[0] == GUESSES


async def test_answers_are_understood_in_whatever_case_and_by_city():
    document, _ = await introduced("Grace Hopper", "new york", "IMP")
    assert document == {"name": "Grace Hopper", "timezone": "America/New_York", "units": "imperial"}


async def test_an_answer_that_is_none_is_asked_again_with_the_nearest_name():
    document, told = await introduced("Bo", "Europe/Berln", "Europe/Paris", "cubits", "metric")
    assert document["timezone"] == "Europe/Paris"
    assert any("Did you mean Europe/Berlin?" in line for line in told)


async def test_who_cannot_be_understood_twice_gets_the_guess():
    assert (await introduced("Bo", "Mars", "Venus", ""))[0]["timezone"] == "Europe/Berlin"


async def test_who_leaves_in_the_middle_keeps_what_was_said():
    assert (await introduced("Bo"))[0] == {**GUESSES, "name": "Bo"}


@pytest.mark.requirement("user.settings")
def test_it_is_asked_once_and_the_rest_of_the_file_stays(places):
    path = places.config / "roxy.yaml"
    places.config.mkdir()
    path.write_text("# mine\nlanguage: en")
    assert first_start.is_due(places)
    first_start.write_user(places, {"name": 'A "b": #c', "timezone": "Europe/Berlin"})
    assert not first_start.is_due(places)
    text = path.read_text()
    assert text.startswith("# mine\n")
    assert yaml.safe_load(text) == {"language": "en", "user": {"name": 'A "b": #c', "timezone": "Europe/Berlin"}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_due_on_a_machine_without_any_settings(places):
    assert first_start.is_due(places)
    first_start.write_user(places, GUESSES)
    assert not first_start.is_due(places)
