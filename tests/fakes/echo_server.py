"""A real MCP server on stdio, written against the wire and not the SDK: it starts in no time and misbehaves on demand.

    python echo_server.py [--era dual|legacy|modern] [--probe answer|die|silent|wedge|twice] [--hang init|list]
                          [--speaks REVISION] [--start-delay S] [--exit CODE] [--ignore-term] [--ignore-eof]
                          [--bad-tools] [--quiet] [--alone FILE] [--started FILE] [--extra FILE] [--lists FILE]
                          [--changes FILE]

Its tools are the methods `do_…` below.
"""

import argparse
import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
NOTHING = {"type": "object", "properties": {}}
FORM = {"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}, "required": ["name"]}
TOOLS = {
    "say": ("Say it again", TEXT, {"readOnlyHint": True}),
    "add": ("Add two numbers", {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}, {}),
    "flaky": ("Dies the first time", {"type": "object", "properties": {"file": {"type": "string"}}}, {}),
    "flaky_read": ("Dies the first time", {"type": "object", "required": ["file"]}, {"readOnlyHint": True}),
}
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
)
HIDING = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], env={}, "
    "stdout=subprocess.PIPE, start_new_session=True); child.stdout.readline(); print(child.pid, flush=True)"
)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--era", default="dual")
    parser.add_argument("--probe", default="answer")
    parser.add_argument("--speaks", help="the revision that is answered to `initialize`")
    parser.add_argument("--hang", default="")
    parser.add_argument("--start-delay", type=float, default=0)
    parser.add_argument("--exit", type=int)
    parser.add_argument("--ignore-term", action="store_true")
    parser.add_argument("--ignore-eof", action="store_true")
    parser.add_argument("--bad-tools", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--alone", help="leave when another process holds this file")
    parser.add_argument("--started", help="append a line to this file at every start")
    parser.add_argument("--extra", help="a file with a JSON list of names of further tools")
    parser.add_argument("--lists", help="append a line to this file at every list of tools")
    parser.add_argument("--changes", help="a JSON file, read at every list: what is otherwise in its tools, by name")
    return parser.parse_args()


class Server:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.refused = False
        self.lock = threading.Lock()
        self.cancelled: list[object] = []
        self.subscribed: set[str] = set()
        self.extra: list[str] = json.loads(Path(options.extra).read_text()) if options.extra else []
        self.wedged = False
        self.deaf = False
        self.listed = 0
        self.sleeping = 0
        self.answers: queue.Queue = queue.Queue()

    def write(self, message: dict) -> None:
        with self.lock:
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    def reply(self, request: dict, result: dict) -> None:
        if self.modern(request):
            result = {"resultType": "complete"} | result
            if request["method"] in {"tools/list", "server/discover"}:
                result = {"ttlMs": 0, "cacheScope": "private", **result}
        self.write({"jsonrpc": "2.0", "id": request["id"], "result": result})

    def error(self, request: dict, code: int, message: str, data: object = None) -> None:
        error = {"code": code, "message": message, **({"data": data} if data is not None else {})}
        self.write({"jsonrpc": "2.0", "id": request["id"], "error": error})

    @staticmethod
    def modern(request: dict) -> bool:
        return "io.modelcontextprotocol/protocolVersion" in request.get("params", {}).get("_meta", {})

    def take(self, message: dict) -> None:
        if "method" in message:
            self.handle(message)
        else:
            self.answers.put(message.get("result") or message.get("error"))

    def handle(self, message: dict) -> None:
        if self.wedged:
            return
        method = message.get("method", "")
        if method == "notifications/cancelled":
            self.cancelled.append(message["params"]["requestId"])
        elif method == "server/discover":
            self.discover(message)
        elif method == "initialize":
            self.initialize(message)
        elif method == "ping":
            self.reply(message, {})
        elif method == "tools/list":
            self.list_all(message)
        elif method == "tools/call":
            threading.Thread(target=self.call, args=(message,), daemon=True).start()
        elif "id" in message:
            self.other(message)

    def other(self, message: dict) -> None:
        if message["method"] in {"resources/subscribe", "resources/unsubscribe"}:
            self.subscribed ^= {message["params"]["uri"]}
            self.reply(message, {})
        else:
            self.error(message, -32601, "Method not found")

    def list_all(self, message: dict) -> None:
        self.listed += 1
        if self.options.lists:
            with Path(self.options.lists).open("a") as file:
                file.write("listed\n")
        if self.options.hang != "list":
            self.reply(message, {"tools": self.tools()})

    def discover(self, message: dict) -> None:
        probe = self.options.probe
        if probe == "die":
            os._exit(1)
        if probe == "wedge":
            self.wedged = True
        elif probe == "twice" and not self.refused:
            self.refused = True
            self.error(message, -32022, "Unsupported", {"supported": ["2026-07-28"]})
        elif self.options.hang == "init" or probe == "silent":
            return
        elif self.options.era == "legacy":
            self.error(message, -32601, "Method not found")
        else:
            found = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}
            self.reply(message, found)

    def initialize(self, message: dict) -> None:
        if self.options.hang == "init":
            return
        if self.options.era == "modern":
            self.error(message, -32022, "Unsupported", {"supported": ["2026-07-28"], "requested": "2025-11-25"})
            return
        result = {
            "protocolVersion": self.options.speaks or message["params"]["protocolVersion"],
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "echo", "version": "1"},
        }
        self.reply(message, result)

    def tools(self) -> list:
        plain = [name.removeprefix("do_") for name in vars(Server) if name.startswith("do_")]
        rows = {name: (name, NOTHING, {}) for name in [*plain, *self.extra]} | TOOLS
        tools: list = [
            {"name": name, "description": about, "inputSchema": schema, "annotations": hints}
            for name, (about, schema, hints) in rows.items()
        ]
        changes = json.loads(Path(self.options.changes).read_text()) if self.options.changes else {}
        tools = [tool | changes.get(tool["name"], {}) for tool in tools if changes.get(tool["name"], {}) is not None]
        if self.options.bad_tools:
            tools[1:1] = [{"name": "no_schema"}, {"name": 5, "inputSchema": {"type": "object"}}, "not a tool"]
        return tools

    def call(self, request: dict) -> None:
        params = request["params"]
        method = getattr(self, "do_" + params["name"], None)
        if method is None:
            self.error(request, -32602, f"Unknown tool {params['name']}")
            return
        result = method(request, **params.get("arguments", {}))
        if isinstance(result, str):
            result = {"content": [{"type": "text", "text": result}]}
        if result is not None:
            self.reply(request, result)

    def do_say(self, request, text):
        return str(text)

    def do_add(self, request, a=None, b=0):
        if not isinstance(a, int):
            return {"content": [{"type": "text", "text": "bad arguments"}], "isError": True}
        answer = {"sum": a + b}
        return {"content": [{"type": "text", "text": json.dumps(answer)}], "structuredContent": answer}

    def do_fail(self, request):
        return {"content": [{"type": "text", "text": "it went wrong"}], "isError": True}

    def do_refuse(self, request, text):
        self.error(request, -32603, f"no room for {text}")

    def do_sleep(self, request, seconds, until=""):
        """Until the time has passed, or the file `until` is there."""
        self.sleeping += 1
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not (until and Path(until).exists()):
            time.sleep(min(left, 0.02) if until else left)
        self.sleeping -= 1
        return "slept"

    def do_sleeping(self, request):
        return str(self.sleeping)

    def do_die(self, request, code=1):
        sys.stderr.write("about to die\n")
        sys.stderr.flush()
        os._exit(code)

    def do_big(self, request, size):
        return "x" * size

    def do_endless(self, request):
        with self.lock:
            while True:
                sys.stdout.write("x" * 65536)
                sys.stdout.flush()

    def do_env(self, request):
        return json.dumps(dict(os.environ))

    def do_whoami(self, request):
        return json.dumps({"pid": os.getpid(), "cwd": str(Path.cwd()), "pgid": os.getpgid(0)})

    def do_spawn(self, request, *, session=False):
        child = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=session)
        child.stdout.readline()
        return json.dumps({"pid": child.pid})

    def do_hide(self, request):
        """A process in a session of its own, with nothing in its environment, whose parent has left."""
        left = subprocess.run([sys.executable, "-c", HIDING, STUBBORN], stdout=subprocess.PIPE, check=True)
        return json.dumps({"pid": int(left.stdout)})

    def do_hold(self, request):
        """A process that holds this one's stdout and stderr open."""
        child = subprocess.Popen([sys.executable, "-c", STUBBORN.replace("print('up', flush=True)", "pass")])
        return json.dumps({"pid": child.pid})

    def do_noise(self, request, to="stdout"):
        """Write to one of them for as long as anybody reads it."""
        pipe, line = (sys.stdout if to == "stdout" else sys.stderr), "noise " * 20 + "\n"
        threading.Thread(target=lambda: [pipe.write(line) for _ in iter(int, 1)], daemon=True).start()
        return "noisy"

    def do_garbage(self, request, lines=3):
        with self.lock:
            for number in range(lines):
                sys.stdout.write(f"debug {number} {{not json\n")
            sys.stdout.buffer.flush()
            sys.stdout.flush()
            sys.stdout.buffer.write(b"\xff\xfe binary \x00\n\r\n")
            sys.stdout.buffer.write(b"\xef\xbb\xbf")
            sys.stdout.buffer.flush()
        return "clean"

    def do_mixed(self, request):
        blocks = [{"type": "text", "text": "good"}, {"type": "hologram", "beam": 1}, {"type": "image"}]
        return {"content": [*blocks, {"type": "text", "text": "also good"}]}

    def do_meta(self, request):
        return json.dumps(request["params"].get("_meta", {}))

    def do_cancelled(self, request):
        return json.dumps(self.cancelled)

    def do_flaky(self, request, file):
        path = Path(file)
        with path.open("a") as log:
            log.write("called\n")
        if len(path.read_text().splitlines()) == 1:
            os._exit(7)
        return "second time lucky"

    do_flaky_read = do_flaky

    def do_changed(self, request, name="extra"):
        self.extra.append(name)
        for _ in range(50):
            self.write({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
        return "changed"

    def do_half(self, request):
        with self.lock:
            sys.stdout.write('{"jsonrpc": "2.0", "id": 1, "res')
            sys.stdout.flush()
            os._exit(0)

    def do_listed(self, request):
        return json.dumps(self.listed)

    def do_stutter(self, request):
        with self.lock:
            sys.stdout.write('{"jsonrpc": "2.0", "id": 1, "res')
            sys.stdout.flush()
            time.sleep(300)

    def do_broken(self, request):
        with self.lock:
            sys.stdout.write(f'{{"jsonrpc": "2.0", "id": {request["id"]}, "result": {{"content": [{{"type": "te\n')
            sys.stdout.flush()

    def do_storm(self, request, method, params, count):
        line = json.dumps({"jsonrpc": "2.0", "method": method, "params": params}) + "\n"
        for _ in range(0, count, 100):
            with self.lock:
                sys.stdout.write(line * 100)
        return "calm"

    def do_rows(self, request, count):
        rows = [{"id": n, "name": f"row {n}", "tags": ["a", "b"]} for n in range(count)]
        return {"content": [], "structuredContent": {"rows": rows}}

    def do_deaf(self, request):
        self.deaf = True
        return "deaf from now on"

    def do_drip(self, request, drops, pause, word="drop"):
        token = request["params"].get("_meta", {}).get("progressToken")
        for number in range(1, drops + 1):
            told = {"progressToken": token, "progress": number, "total": drops, "message": f"{word} {number}"}
            self.write({"jsonrpc": "2.0", "method": "notifications/progress", "params": told})
            time.sleep(pause)
        return "dripped"

    def do_touch(self, request, uri):
        if uri in self.subscribed:
            self.write({"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {"uri": uri}})
        return "touched" if uri in self.subscribed else "nobody"

    def do_keyed(self, request, file):
        key = request["params"].get("_meta", {}).get("dev.roxy/idempotency-key")
        path = Path(file)
        with path.open("a") as log:
            log.write(f"{key}\n")
        if len(path.read_text().splitlines()) == 1:
            os._exit(7)
        return "second time lucky"

    def do_ask(self, request, method="elicitation/create"):
        params = {"message": "Your name?", "requestedSchema": FORM}
        if not self.modern(request):
            self.write({"jsonrpc": "2.0", "id": "ask-1", "method": method, "params": params})
            return json.dumps(self.answers.get(timeout=10))
        answers = request["params"].get("inputResponses")
        if answers is None:
            asked = {"inputRequests": {"who": {"method": method, "params": params}}, "requestState": "state"}
            return {"resultType": "input_required", **asked}
        return json.dumps({**answers["who"], "state": request["params"]["requestState"]})

    def do_nag(self, request, times):
        answers = []
        for number in range(times):
            params = {"message": "Again?", "requestedSchema": FORM}
            self.write({"jsonrpc": "2.0", "id": f"nag-{number}", "method": "elicitation/create", "params": params})
            answers.append(self.answers.get(timeout=10)["action"])
        return json.dumps(answers)

    def do_flood(self, request, lines=20000):
        for _ in range(lines):
            sys.stderr.write("x" * 200 + "\n")
        return "flooded"


def main() -> None:
    options = arguments()
    if options.started:
        with Path(options.started).open("a") as log:
            log.write(f"{os.getpid()}\n")
    if not options.quiet:
        sys.stderr.write("echo server starting\n")
        sys.stderr.flush()
    if options.ignore_term:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.exit is not None:
        sys.stderr.write("cannot start: no licence\n")
        sys.exit(options.exit)
    if options.alone:
        held = Path(options.alone).open("w")  # noqa: SIM115 - held until the process ends
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.exit("another one is running")
    time.sleep(options.start_delay)
    server = Server(options)
    for line in sys.stdin:
        server.take(json.loads(line))
        while server.deaf:
            time.sleep(1)
    while options.ignore_eof:
        time.sleep(1)


if __name__ == "__main__":
    main()
