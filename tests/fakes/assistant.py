"""A small Assistant for the tests of doors: what it does is decided by what it is told."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from roxy.contracts.calls import Code, ToolCallResult, ToolInfo
from roxy.contracts.doors import ModelInfo, SessionInfo
from roxy.contracts.offers import PromptArgument, PromptInfo, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import Exchange, IntentInfo, Permissions, SkillInfo
from roxy.contracts.turns import Notice, NoticeKind, Reply
from roxy.errors import ServerNotFound, TurnCancelled, UsageError

SCHEMA = MappingProxyType({"type": "object"})
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class FakeAssistant:
    """Echoes, waits, asks, fails; every utterance it takes stands in `heard`."""

    def __init__(self):
        self.heard = []
        self.cancelled = []
        self.started = asyncio.Event()
        self.ended = asyncio.Event()
        self.deaf = asyncio.Event()
        self.listeners = []
        self.running = {"echo"}
        self.ill = set()
        self.reads_only = set()
        self.calls = []
        self.summaries = {}
        self.chosen = {}
        self.problems = []
        self.asked_fresh = []
        self.listed = datetime.now(UTC) - timedelta(minutes=7)
        self.changes = []
        self.held = set()
        self.approved = []
        self._turns = {}

    async def turn(self, utterance, listener):
        self.heard.append(utterance)
        session = utterance.session_id or "ses_new"
        self._turns[session] = asyncio.current_task()
        try:
            return await self._act(utterance, session, listener)
        finally:
            self._turns.pop(session, None)
            self.ended.set()

    async def _act(self, utterance, session, listener):
        word = utterance.text.partition(" ")[0]
        if word == "speak":
            listener.heard(Notice(kind=NoticeKind.DELTA, text="Let me see.", session_id=session))
        if word in {"wait", "speak"}:
            listener.heard(Notice(kind=NoticeKind.PROGRESS, text="asking echo …", session_id=session))
            self.started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.append(session)
                raise TurnCancelled("Stopped.") from None
        if word == "say":
            listener.heard(Notice(kind=NoticeKind.SAY, text="just a moment", session_id=session))
        if word == "stream":
            for piece in ("one ", "two ", "three"):
                listener.heard(Notice(kind=NoticeKind.DELTA, text=piece, session_id=session))
            return Reply(text="one two three", session_id=session, route="openai")
        if word == "ask":
            question = Reply(text="Which one?", session_id=session, question=True, choices=("a", "b"))
            return replace(question, success=False, code="needs_input") if utterance.one_shot else question
        if word == "fail":
            raise ZeroDivisionError("private-value")
        if word == "wrong":
            raise ServerNotFound("there is no server 'ech'", server="ech", hint="Did you mean 'echo'?")
        return Reply(
            text=f"you said {utterance.text}",
            session_id=session,
            route="skill:echo",
            skill="echo",
            intent="say",
            tools=("echo.say",),
            ms=1.5,
        )

    async def cancel(self, session_id):
        if (task := self._turns.get(session_id)) is None:
            return False
        task.cancel()
        return True

    @asynccontextmanager
    async def listening(self, listener, *, session_id=None):
        self.listeners.append(listener)
        try:
            yield
        finally:
            self.listeners.remove(listener)
            self.deaf.set()

    def publish(self, text, kind=NoticeKind.REMINDER):
        for listener in self.listeners:
            listener.heard(Notice(kind=kind, text=text, at=NOON))

    def _status(self, name):
        if name not in {"echo", "remote"}:
            raise ServerNotFound(f"there is no server {name!r}", server=name, hint="Declared are: echo, remote.")
        up = name in self.running
        return ServerStatus(
            name=name,
            state=ServerState.RUNNING if up else ServerState.FAILED,
            transport="stdio" if name == "echo" else "http",
            pid=4711 if up else None,
            uptime=3725.0 if up else None,
            tools=2 if up else None,
            listed=self.listed if up else None,
            error="" if up else "401: GITHUB_TOKEN is wrong. Set GITHUB_TOKEN, start it again.",
            next="" if up else "Set GITHUB_TOKEN, start it again.",
            stderr=("a line",) if up else (),
            external=name == "remote",
        )

    async def server_statuses(self):
        return [self._status("echo"), self._status("remote")]

    async def server_problems(self):
        return self.problems

    async def server_status(self, server):
        return self._status(server)

    async def start_server(self, server):
        status = self._status(server)
        if server == "remote":
            return status
        self.running.add(server)
        return self._status(server)

    async def stop_server(self, server):
        self._status(server)
        self.running.discard(server)
        return ServerStatus(name=server)

    async def restart_server(self, server):
        return await self.start_server(server)

    async def check_server(self, server):
        status = self._status(server)
        return (
            replace(status, state=ServerState.DEGRADED, error="It does not answer.") if server in self.ill else status
        )

    async def server_log(self, server, *, lines=100):
        self._status(server)
        return [f"line {number}" for number in range(1, 6)][-lines:]

    async def list_tools(self, server=None, *, fresh=False):
        if server is not None:
            self._status(server)
        self.asked_fresh.append(fresh)
        hints = {name: {"readOnlyHint": True} for name in self.reads_only}
        return [
            ToolInfo(
                "echo",
                "say",
                description="Says the text back.",
                input_schema=SCHEMA,
                annotations=hints.get("say", {}),
            ),
            ToolInfo("echo", "shout", title="Shout", description="Says it loudly.", annotations=hints.get("shout", {})),
        ]

    async def tool_changes(self, server, tool=None, *, session_id=None):
        self._status(server)
        return [one for one in self.changes if tool is None or one.tool == tool]

    async def approve_tools(self, server, digests, *, session_id=None):
        self.approved.append((server, dict(digests)))
        self.held -= set(digests)
        return tuple(digests)

    async def call_tool(self, server, tool, arguments=None, *, timeout=None, session_id=None):
        self.calls.append((server, tool, arguments, timeout))
        if tool in self.held:
            step = f"roxy mcp approve {server} {tool}"
            return ToolCallResult(False, error=f"{tool} changed. {step}", next=step, code=Code.NOT_APPROVED)
        if tool != "say":
            return ToolCallResult(
                False,
                error=f"echo has no tool {tool!r}. Did you mean 'say'?",
                next="Did you mean 'say'?",
                code=Code.NOT_FOUND,
                server=server,
                tool=tool,
            )
        return ToolCallResult(
            True, data={"said": arguments}, text="said it", server=server, tool=tool, route="mcp:stdio", latency_ms=2.5
        )

    async def list_resources(self, server):
        self._status(server)
        return [ResourceInfo(server=server, uri="note://1", name="first", title="First note", mime_type="text/plain")]

    async def list_templates(self, server):
        return [ResourceTemplate(server=server, uri_template="note://{number}", name="note")]

    async def list_prompts(self, server):
        self._status(server)
        arguments = (PromptArgument(name="name", required=True), PromptArgument(name="tone"))
        return [PromptInfo(server=server, name="greet", description="Greets.", arguments=arguments)]

    async def read_resource(self, server, uri, *, timeout=None, session_id=None):
        if uri != "note://1":
            return ReadResult(success=False, error=f"no {uri}", code=Code.NOT_FOUND, server=server, uri=uri)
        contents = [{"uri": uri, "text": "buy milk"}, {"uri": uri, "mimeType": "image/png", "blob": "aGk="}]
        return ReadResult(success=True, text="buy milk", contents=contents, server=server, uri=uri)

    async def get_prompt(self, server, prompt, arguments=None, *, timeout=None, session_id=None):
        if prompt != "greet":
            return PromptResult(success=False, error="no prompt", code=Code.NOT_FOUND, server=server, prompt=prompt)
        message = {"role": "user", "content": {"type": "text", "text": f"Greet {arguments['name']}"}}
        return PromptResult(success=True, text="Greet", messages=[message], server=server, prompt=prompt)

    async def skills(self):
        return [
            SkillInfo(
                name="clock",
                description="The time anywhere.",
                source="bundled",
                intents=(IntentInfo(name="time", examples=("what time is it",)),),
                wants=Permissions(servers=frozenset({"time"})),
            ),
            SkillInfo(name="broken", description="", source="user", problem="skill.py line 3: no such module"),
        ]

    async def sessions(self, *, limit=20):
        return [SessionInfo(id="ses_1", started=NOON, last=NOON, turns=2, title="what time is it")][:limit]

    async def history(self, session_id):
        if session_id != "ses_1":
            raise UsageError(f"There is no session {session_id!r}.", hint="See `roxy sessions list`.")
        return [Exchange("user", "what time is it", NOON), Exchange("roxy", "Noon.", NOON)]

    async def summary(self, session_id):
        return self.summaries.get(session_id, [])

    async def models(self, session_id=None):
        chosen = self.chosen.get(session_id)
        return [
            ModelInfo(name="home", provider="openai", model="small", external=False, chosen=chosen == "home"),
            ModelInfo(name="cloud", provider="anthropic", model="large", chosen=chosen == "cloud"),
            ModelInfo(name="ollama:tiny", provider="openai", model="tiny", external=False, note="Ollama here"),
        ]

    async def choose_model(self, name, session_id=None):
        if name not in {"home", "cloud", "none"}:
            raise UsageError(f"There is no model {name!r}.", hint="Did you mean 'home'?")
        session = session_id or "ses_new"
        self.chosen[session] = name
        return session

    async def metrics(self):
        return "# HELP roxy_turns_total Turns.\nroxy_turns_total 1.0\n"


class Heard:
    """A listener that keeps what it hears; `wait(count)` waits for that many."""

    def __init__(self):
        self.notices = []
        self._more = asyncio.Event()

    def heard(self, notice):
        self.notices.append(notice)
        self._more.set()

    async def wait(self, count):
        while len(self.notices) < count:
            self._more.clear()
            await self._more.wait()
        return self.notices
