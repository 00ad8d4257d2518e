"""Roxys that may be killed in the middle of a turn: `lives.py ROXY_HOME [--loaded]`; a line on stdin begins each.

The line is JSON: what is said (`says`), in which `session`, with which more variables (`environ`), while which
`servers` run. The answers are lines, too: `{"begun": true}` when the words are about to be said, `{"reply": …,
"session": …}` when they were answered, and last `{"status": …}`, as `waitpid` gives it. Another line, or the end of
stdin, kills it at once (SIGKILL).

Each life is forked; with `--loaded` everything was loaded before, so that it takes little more than its turn.
"""

import asyncio
import importlib
import json
import os
import pkgutil
import re
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

import roxy
from privacy.hostile.house import Person, logged
from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.orchestrator.opening import opened
from roxy.privacy.detection.detector import Detector

NO_MODULES = re.compile(r"__main__|\.migrations\.|^roxy\.(?:servers|cli|testing)")


async def live(places: Places, told: dict, out: int) -> None:
    environ = {**os.environ, **told["environ"]}
    with logged(places):
        async with opened(load_settings(places, environ), places, environ, long_lived=False) as roxy:
            person = Person(roxy)
            person.session_id = told["session"]
            await asyncio.gather(*map(roxy.start_server, told["servers"]))
            tell(out, begun=True)
            reply = await person.say(told["says"])
    tell(out, reply=reply.text, session=person.session_id)


def tell(out: int, **what: object) -> None:
    os.write(out, json.dumps(what).encode() + b"\n")


def line() -> bytes:
    """The next line of stdin; nothing of the one behind it is taken."""
    said = b""
    while not said.endswith(b"\n") and (letter := os.read(0, 1)):
        said += letter
    return said


def lived(places: Places, told: dict) -> int:
    said, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(said)
        asyncio.run(live(places, told, out))
        os._exit(0)
    os.close(out)
    watched = [said, 0]
    while said in watched:
        ready, _, _ = select.select(watched, [], [])
        if 0 in ready:
            line()
            os.kill(child, signal.SIGKILL)  # it was not waited for yet, so nobody else has its number
            watched.remove(0)
        if said in ready and not (words := os.read(said, 1 << 20)):
            watched.remove(said)
        elif said in ready:
            os.write(1, words)
    os.close(said)
    return os.waitpid(child, 0)[1]


def main(home: str, *options: str) -> None:
    places = Places.from_environment({"ROXY_HOME": home}, Path(home)).ready()
    if options:
        Detector().load()
        for module in pkgutil.walk_packages(roxy.__path__, "roxy."):
            if not NO_MODULES.search(module.name):
                with suppress(ImportError):  # what belongs to an extra
                    importlib.import_module(module.name)
    while told := line():
        tell(1, status=lived(places, json.loads(told)))


if __name__ == "__main__":
    main(*sys.argv[1:])
