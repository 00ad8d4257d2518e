"""The assembled program with everybody around it who must not see a value: real processes, real sockets, a real disk.

`clinic` has the user's records and may tell them; `spy` (stdio) and `spyweb` (streamable HTTP) want them; a model in
the cloud does whatever anybody says; `own` is the user's own server. All of them write down every byte they get.
"""

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from fakes.models import model_server
from fakes.obedient_model import ObedientModel
from privacy.hostile.spellings import spellings
from roxy.config.settings import load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.turns import NoticeKind, Utterance
from roxy.observe import logs, metrics
from roxy.orchestrator.opening import opened

SPYING = Path(__file__).resolve().parents[2] / "fakes" / "spying_server.py"
OUTSIDE = ("clinic", "spy", "spyweb")
STORE = ("roxy.db", "roxy.db-wal", "roxy.db-shm")
"""What the user's own store is: real values may stand there, in its own tables."""
OWN = ("sessions", "turns", "model_messages", "memory", "summaries", "notebook", "reminders", "undo")
"""The beginnings of the names of the tables in which the user's own words stand; all others are records."""


KEY = {"MODEL_KEY": "k" * 12}


@contextmanager
def logged(places):
    """With everything in the log that can be."""
    logs.start_logging(places.logs, level="debug", terminal=False)
    try:
        yield
    finally:
        logs.stop_logging()


class House:
    """A home, and who is around it; `open` begins Roxy in it."""

    def __init__(self, places, folder):
        self.places = places
        self.folder = folder
        self.model = ObedientModel()
        self.roxy = None
        self._read = {}

    def record(self, server):
        return self.folder / f"{server}.record"

    def tell(self, text):
        """What the clinic says from now on."""
        (self.folder / "tells").write_text(text, encoding="utf-8")

    @asynccontextmanager
    async def around(self, **settings):
        """The servers that are not Roxy's to start, and the declarations."""
        async with model_server(server=self.model), _web(self.record("spyweb")) as port:
            self._declare(port, **settings)
            yield self

    def _declare(self, port, *, external=True, privacy="", beside=None, models=None):
        """`beside`: the addresses of more servers, each with the tool `t`; `models`: more models, by their names."""
        self.tell("nothing")
        shared = {"external": external, "timeout_request": 30, "backoff": 0.01}
        servers = {name: {**shared, **self._on_stdio(name)} for name in ("clinic", "spy")}
        servers["clinic"]["args"] += ["--tells", str(self.folder / "tells")]
        servers["spy"] |= {"sampling": "ask", "roots": [str(self.folder)]}
        servers["spyweb"] = {**shared, "transport": "http", "url": f"http://127.0.0.1:{port}/mcp"}
        servers["own"] = {**shared, **self._on_stdio("own"), "external": False}
        more = {name: {**shared, "transport": "http", "url": url} for name, url in (beside or {}).items()}
        servers |= more
        document = {"servers": servers, "startup": {"auto_start": list(servers)}}
        (self.places.config / "mcp_servers.yaml").write_text(json.dumps(document), encoding="utf-8")
        if privacy:
            (self.places.config / "privacy.yaml").write_text(privacy, encoding="utf-8")
        known = {"cloud": {"provider": "openai", "base_url": f"{self.model.url}/v1"}, **(models or {})}
        asked = {"model": "m", "api_key": "${MODEL_KEY}", "external": external}
        known = {name: {**model, **asked} for name, model in known.items()}
        roxy = {
            "models": {"default": "cloud", "known": known},
            "router": {"policy": "model-first", "max_rounds": 60, "budget_tokens": 0},
            "events": {"sample_pieces": 1},
        }
        (self.places.config / "roxy.yaml").write_text(json.dumps(roxy), encoding="utf-8")
        trust = TrustFile(self.places.trust_file)
        for server in servers:
            trust.set_always("(model)", f"tool:{server}.{'t' if server in more else 'run'}")

    def _on_stdio(self, name):
        return {"command": sys.executable, "args": ["-B", str(SPYING), str(self.record(name))]}

    @asynccontextmanager
    async def open(self, **environ):
        """Roxy, from its start to its end."""
        environ = {**os.environ, **KEY, **environ}
        with logged(self.places):
            async with opened(load_settings(self.places, environ), self.places, environ, long_lived=False) as self.roxy:
                yield Person(self.roxy)

    async def started(self, *servers):
        """They run from here on; a turn waits only so long for those that it wants."""
        async with asyncio.timeout(60):
            await asyncio.gather(*map(self.roxy.start_server, servers))

    async def approve(self):
        """Whatever the clinic says of itself by now."""
        changes = await self.roxy.tool_changes("clinic")
        if changes:
            await self.roxy.approve_tools("clinic", {one.tool: one.digest for one in changes})

    def heard(self):
        """What everybody outside got since this was asked last."""
        found = {}
        for server in OUTSIDE:
            path = self.record(server)
            raw = path.read_bytes() if path.exists() else b""
            found[server] = raw[self._read.get(server, 0) :].decode("utf-8", "replace")
            self._read[server] = len(raw)
        found["model"] = self.model.seen[self._read.get("model", 0) :]
        self._read["model"] = len(self.model.seen)
        return found

    def kept(self):
        """Every file of the home that is no store of the user's own, the store's records, and the figures."""
        found = {}
        for folder in (self.places.data, self.places.config, self.places.cache):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.name not in STORE:
                    found[str(path.relative_to(self.places.data if folder == self.places.data else self.folder))] = (
                        path.read_bytes()
                    )
        return {**found, **records(self.places.data / "roxy.db"), "metrics": metrics.text().encode()}


def records(database):
    """What stands in the tables of a database that are not the user's own."""
    found = {}
    with closing(sqlite3.connect(database)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in (name for name in names if not name.startswith(OWN)):
            rows = opened.execute(f"SELECT * FROM {name}").fetchall()
            found[f"{database.name}:{name}"] = repr(rows).encode()
    return found


def found_in(kept, values):
    """The names of those of the files in which one of the values stands, in whatever spelling."""
    spelled = {one for value in values for one in spellings(value)}
    said = {name: raw.decode("utf-8", "replace").casefold() for name, raw in kept.items()}
    return {name for name, text in said.items() if any(one in text for one in spelled)}


class Person:
    """Somebody who talks, and answers whatever is asked."""

    def __init__(self, roxy):
        self._roxy = roxy
        self.session_id = None
        self.shown = []
        self.pieces = []
        """What a model said, as it came."""

    def heard(self, notice):
        self.shown.append(notice.text)
        if notice.kind == NoticeKind.DELTA:
            self.pieces.append(notice.text)

    async def say(self, text, *, answer=""):
        """Say it, and answer what is asked meanwhile: yes, but no real value may leave; `answer` to a free question."""
        reply = await self._said(text)
        while reply.question:
            self.shown.append(reply.text)
            real = "asks for a real value" in reply.text
            reply = await self._said("no" if real else "yes" if "yes" in reply.choices else answer)
        self.shown.append(reply.text)
        return reply

    async def _said(self, text):
        async with asyncio.timeout(60):
            reply = await self._roxy.turn(Utterance(text=text, session_id=self.session_id, door="test"), self)
        self.session_id = reply.session_id
        return reply


@asynccontextmanager
async def _web(record):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", SPYING, record, "--http",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            port = int(await process.stdout.readline())
        yield port
    finally:
        process.stdin.close()
        await process.wait()
