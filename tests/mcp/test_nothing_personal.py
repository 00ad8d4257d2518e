"""Calls with personal values and secrets over every transport, and nothing of them in anything that is written.

What is written are the log at its most talkative level, the events, the metrics, the manifests, and the servers'
stderr.
"""

import asyncio
import logging
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer

from fakes.web import serving
from fakes.ws_server import ws_app
from roxy.config.loader import parse
from roxy.contracts.servers import ServerConfig
from roxy.events.log import EventLog
from roxy.mcp.servers import MCPServerManager
from roxy.observe import logs, metrics
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.policy.book import PLAIN, Book
from roxy.privacy.policy.file import check
from roxy.store.database import open_database

BLABBING = Path(__file__).resolve().parents[1] / "fakes" / "blabbing_server.py"
TOKEN = "gh" + "p_" + "c3D4" * 9
OWN_KEY = "own" + "-key-" + "7Q" * 8
SEEDED = ("Vogelsang", "quill@example.com", "901820", TOKEN, OWN_KEY)
ARGUMENTS = {"text": f"Vogelsang, quill@example.com, +49 30 901820, {TOKEN}, {OWN_KEY}"}
RELEASING = "destinations: {far: {rules: [{types: [PERSON, EMAIL_ADDRESS, PHONE_NUMBER], action: allow}]}}"
"""The user lets this server have real values: then it has them in its mouth, too."""
TRANSPORTS = ("stdio", "http", "sse", "websocket", "module")


def make(services: Any = None) -> MCPServer:
    """A server that fails in as many ways as the SDK has."""
    server = MCPServer("blab", version="1")

    @server.tool()
    def echo(text: str) -> str:
        """Echo the text back."""
        return text

    @server.tool()
    def fail(text: str) -> str:
        """Raise with the text."""
        raise ValueError(text)

    @server.tool()
    async def slow(text: str) -> str:
        """Never answer."""
        await asyncio.Event().wait()
        return text

    @server.tool()
    def warn(text: str) -> str:
        """Log the text as a library would."""
        logging.getLogger("some.library").warning("it is about %s", text)
        return text

    return server


create = make


@asynccontextmanager
async def living(transport: str):
    """The declaration of a server that is there for as long as the context is open."""
    if transport == "stdio":
        yield {"command": sys.executable, "args": ["-B", str(BLABBING)], "env": {"OWN_KEY": OWN_KEY}}
        return
    if transport == "module":
        yield {"transport": "module", "module": "test_nothing_personal_module"}
        return
    app, path = {
        "http": lambda: (make().streamable_http_app(), "/mcp"),
        "sse": lambda: (make().sse_app(), "/sse"),
        "websocket": lambda: (ws_app(make()), "/ws"),
    }[transport]()
    with serving(app) as url:
        base = url.replace("http", "ws") if transport == "websocket" else url
        yield {"transport": transport, "url": f"{base}{path}?key={OWN_KEY}", "headers": {"X-Key": OWN_KEY}}


@pytest.fixture
def module(monkeypatch):
    """This file as the module of a module server."""
    monkeypatch.setitem(sys.modules, "test_nothing_personal_module", SimpleNamespace(create=create))


@pytest.fixture
def debug_log(tmp_path, module):
    folder = tmp_path / "logs"
    folder.mkdir()
    logs.start_logging(folder, level="debug")
    yield folder
    logs.stop_logging()
    logs.install_redactor(None)


async def drive(manager: MCPServerManager, redact_waits: float) -> int:
    """Everything that can be asked and that can go wrong, with the seeded values in it."""
    tools = [tool.name for tool in await manager.list_tools("far")]
    calls = 0
    for tool in [*tools, "Vogelsang_901820"]:
        timeout = redact_waits if tool in {"slow", "half"} else 20.0
        await manager.call_tool("far", tool, ARGUMENTS, timeout=timeout, session_id="ses_test")
        calls += 1
    await manager.call_tool("far", "echo", {"quill@example.com": 1}, session_id="ses_test")
    await manager.call_tool("far", "echo", {"text": {"Vogelsang": object()}}, session_id="ses_test")
    await manager.call_tool("quill@example.com", "echo", ARGUMENTS)
    await manager.read_resource("far", "file:///home/Vogelsang/notes.txt", session_id="ses_test")
    await manager.get_prompt("far", "Vogelsang", {"text": ARGUMENTS["text"]}, session_id="ses_test")
    cancelled = asyncio.create_task(manager.call_tool("far", tools[0], ARGUMENTS, session_id="ses_test"))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait({cancelled})
    return calls


@pytest.mark.requirement("observe.nothing_personal")
@pytest.mark.parametrize("trust", ["external", "inner", "released"])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_nothing_personal_is_written_whatever_happens_to_a_call(tmp_path, debug_log, capfd, transport, trust):
    book = Book(check(parse(RELEASING, "privacy.yaml"))) if trust == "released" else PLAIN
    gateway = PrivacyGateway(tmp_path / "vaults", names=["Vogelsang"], known_secrets={"OWN_KEY": OWN_KEY}, book=book)
    await gateway.warm()
    logs.install_redactor(gateway.redact_text)

    async def redacted(event):
        kept = await gateway.redact_record({"data": event.data, "extra": event.extra}, event.session_id)
        return replace(event, data=kept["data"], extra=kept["extra"], redacted=True)

    async with (
        asyncio.timeout(60),
        living(transport) as declared,
        open_database(tmp_path / "data") as database,
        EventLog(database, redact=redacted) as events,
    ):
        config = ServerConfig(name="far", external=trust != "inner", backoff=0.01, **declared)
        async with MCPServerManager(
            {"far": config},
            privacy=gateway,
            events=events,
            log_dir=tmp_path / "servers",
            redact=gateway.redact_text,
            manifests=tmp_path / "manifests",
        ) as manager:
            calls = await drive(manager, 0.5)
        await events.flush()
        recorded = [event for event in await events.recent(limit=500) if event.name == "tool.called"]
        decisions = [event for event in await events.recent(limit=500) if event.kind == "decision"]
    assert len(recorded) >= calls
    allowed = [one for event in decisions for one in event.data["redactions"] if one["action"] == "allow"]
    assert bool(allowed) == (trust == "released")
    logs.stop_logging()
    texts = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    out, err = capfd.readouterr()
    texts |= {"metrics": metrics.text().encode(), "stdout": out.encode(), "stderr": err.encode()}
    assert {name.partition("/")[0] for name in texts} >= {"data", "manifests", "metrics"}
    if transport == "stdio":
        assert b"was called with" in texts["servers/far.log"]
    leaked = {(name, word) for name, text in texts.items() for word in SEEDED if word.encode() in text}
    assert leaked == set()
