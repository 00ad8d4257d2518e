"""A Roxy that is killed while a model is asked: what the model was told can be turned back by the next one."""

import asyncio
import json
import re
import sys

import pytest

from fakes import models
from fakes.program import places_of, roxy

MAIL = "mabel.quill@example.org"


def _configure(home, url):
    known = f"cloud: {{provider: openai, model: m, base_url: '{url}/v1', api_key: '${{KEY}}', external: true}}"
    text = f"models: {{default: cloud, known: {{{known}}}}}\nrouter: {{policy: model-first}}\n"
    (places_of(home).config / "roxy.yaml").write_text(text, encoding="utf-8")


@pytest.mark.requirement("sessions.crash", "models.private")
async def test_a_kill_before_the_pseudonyms_are_saved_loses_none_that_a_model_was_told(home):
    home = home | {"KEY": models.KEY}
    words = models.Reply([models.chat_text("I ")[0], models.Stall()])
    async with asyncio.timeout(60), models.model_server(words) as server:
        _configure(home, server.url)
        said = f"write a poem for {MAIL}"
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "roxy", "ask", said, env=home, stdout=asyncio.subprocess.DEVNULL
        )
        await server.arrived.wait()
        asked.kill()
        await asked.wait()
        told = server.asked[0].body["messages"][-1]["content"]
        assert MAIL not in told
        pseudonym = re.search(r"for (\S+)$", told)[1]
        # However far it came: as if the kill had been before a byte of it was written.
        for vault in (places_of(home).data / "vaults").glob("*.vault"):
            vault.unlink()

        server.script = [models.Reply(models.chat_text("It is for ", pseudonym))]
        listed = await asyncio.to_thread(roxy, home, "sessions", "list", "--json")
        [session] = json.loads(listed.stdout)
        again = await asyncio.to_thread(roxy, home, "ask", "who is it for", "--session", session["id"])
        assert again.returncode == 0, again.stderr
        assert again.stdout.strip() == f"It is for {MAIL}"
