"""The policies are read at the start, and taken over when their file changes."""

import asyncio
import os

import pytest

from conversation.conftest import Ear
from fakes.servers import eventually
from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.errors import ConfigError
from roxy.orchestrator.opening import opened


@pytest.fixture
def places(tmp_path) -> Places:
    return Places.from_environment({"ROXY_HOME": str(tmp_path / "roxy")}, tmp_path).ready()


def write(places, text):
    staged = places.config / "staged.tmp"
    staged.write_text(text)
    staged.replace(places.config / "privacy.yaml")


def opening(places):
    environ = {"ROXY_HOME": str(places.config.parent), "PATH": os.environ["PATH"]}
    return opened(load_settings(places, environ), places, environ, long_lived=True)


@pytest.mark.requirement("privacy.policy_file")
async def test_a_bad_file_ends_the_start_before_anything_is_opened(places):
    write(places, "policy: none\n")
    with pytest.raises(ConfigError) as caught:
        async with opening(places):
            pass
    assert caught.value.where.endswith("privacy.yaml:1")
    assert not (places.data / "roxy.db").exists()


@pytest.mark.requirement("privacy.policy")
async def test_a_change_of_the_file_holds_while_roxy_runs_and_a_bad_one_is_told_and_changes_nothing(places):
    ear = Ear()
    async with asyncio.timeout(60), opening(places) as roxy, roxy.listening(ear):
        gateway = await roxy._rooms.gateway.get()
        await roxy._rooms.watching.started.wait()

        async def leaves(text):
            sent = await gateway.outgoing(text, destination="web", session_id="s1")
            return sent.payload == text

        assert not await leaves("mail ann@example.com")
        write(places, "policy: off\n")
        await eventually(lambda: leaves("mail ann@example.com"))
        write(places, "policy: of\n")

        async def told():
            return any("privacy.yaml:1" in notice.text for notice in ear.notices)

        await eventually(told)
        assert await leaves("mail ann@example.com")
        assert any("privacy.yaml" in problem for problem in await roxy.server_problems())
        write(places, "dictionary: [Quuxalot]\n")

        async def back():
            return not await leaves("so Quuxalot went") and not await leaves("mail ann@example.com")

        await eventually(back)
