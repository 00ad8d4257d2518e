"""The real command as tests run it: once, or as a conversation that goes on, over a pipe or on a pseudo-terminal."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

from fakes.servers import ECHO
from roxy.config.places import Places
from roxy.config.trust import TrustFile
from roxy.contracts.skills import Permissions
from roxy.skills.finding import ANY_CHANGE

# The first terminal that a new session opens becomes its controlling one, which is what makes Ctrl-C a signal.
_ON_TERMINAL = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))
from roxy.__main__ import main
main()
"""
# Root passes over the permissions of files; without these two capabilities it does not (Linux, see capabilities(7)).
_LIKE_ANYBODY = """
import ctypes, os, sys
for capability in (1, 2):
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
        sys.exit("this root cannot give up its power over files")
os.execv(sys.executable, [sys.executable, "-m", "roxy", *sys.argv[1:]])
"""
_ON_FULL_DISK = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
runpy.run_module("roxy", run_name="__main__", alter_sys=True)
"""


def roxy(home, *words, said="", start=("-m", "roxy"), timeout=120, **environ):
    """Run `roxy *words` to its end with `said` on its standard input."""
    return subprocess.run(
        [sys.executable, *start, *map(str, words)],
        input=said,
        env={**home, **environ},
        cwd=home["HOME"],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def roxy_like_anybody(home, *words, said=""):
    """The same for a user who is bound by the permissions of files, also when root runs the tests."""
    return roxy(home, *words, said=said, start=("-c", _LIKE_ANYBODY))


def roxy_on_full_disk(home, limit, *words, said=""):
    """The same where no file can grow over `limit` bytes, which is how a full disk looks from within."""
    return roxy(home, limit, *words, said=said, start=("-c", _ON_FULL_DISK))


def places_of(home):
    """The folders of that home, made."""
    return Places.from_environment(home, Path(home["HOME"])).ready()


def declare(home, servers, *, auto_start=(), **defaults):
    """Declare these servers: name to settings, or to the options of the echo server."""
    declared = {
        name: given if isinstance(given, dict) else {"command": sys.executable, "args": ["-B", str(ECHO), *given]}
        for name, given in servers.items()
    }
    document = {"servers": {name: {"external": False, **given} for name, given in declared.items()}}
    document |= {"defaults": defaults, "startup": {"auto_start": list(auto_start)}}
    (places_of(home).config / "mcp_servers.yaml").write_text(json.dumps(document), encoding="utf-8")


def add_skill(home, name, sentence, code, permissions=None):
    """A skill of the user's with one intent; `code` is the body of its `execute`, `context` is all it has."""
    folder = places_of(home).skills / name
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: A skill of a test.\n---\n", encoding="utf-8")
    slots = {word.strip("{}"): {"type": "text"} for word in sentence.split() if word.startswith("{")}
    declared = {"intents": {"go": {"sentences": [sentence], "slots": slots, "description": "Go"}}}
    (folder / "roxy.yaml").write_text(json.dumps(declared | {"permissions": permissions or {}}), encoding="utf-8")
    head = """
        import asyncio
        from pathlib import Path

        from roxy import RoxySkill, SkillContext, SkillResult


        class Tested(RoxySkill):
            async def execute(self, context: SkillContext) -> SkillResult:
    """
    body = "\n".join(f"        {line}" for line in dedent(code).strip().splitlines())
    (folder / "skill.py").write_text(f"{dedent(head).rstrip()}\n{body}\n", encoding="utf-8")
    trust = TrustFile(places_of(home).trust_file)
    trust.approve("skill", name, ANY_CHANGE)
    trust.grant(name, Permissions(**{kind: frozenset(names) for kind, names in (permissions or {}).items()}))


def wait_until(condition, seconds=60):
    """Wait for what another process does, which sets no event here; the wait is bounded."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Conversation:
    """A Roxy that is talked to; `expect` waits for a text to appear and returns all that came before it."""

    def __init__(self, home, *words):
        self.seen = b""
        self.process = self._start(home, *words)

    def _start(self, home, *words):
        process = subprocess.Popen(
            [sys.executable, "-m", "roxy", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=home,
            cwd=home["HOME"],
        )
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        return process

    def say(self, text):
        self.type(f"{text}\n")

    def type(self, text):
        os.write(self._in, text.encode())

    def expect(self, text, seconds=90):
        deadline = time.monotonic() + seconds
        while text.encode() not in self.seen:
            ready, _, _ = select.select([self._out], [], [], max(0, deadline - time.monotonic()))
            came = self._read() if ready else b""
            assert came, f"{text!r} did not appear in {self.seen.decode(errors='replace')!r}"
            self.seen += came
        before, _, self.seen = self.seen.partition(text.encode())
        return before.decode(errors="replace")

    def _read(self):
        return os.read(self._out, 65536)

    def leave(self, seconds=90):
        """End the input; returns the rest of what was said. The exit code is in `process.returncode`."""
        rest, _ = self.process.communicate(timeout=seconds)
        return (self.seen + rest).decode(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class Terminal(Conversation):
    """The same on a pseudo-terminal: `roxy` alone, as a person types it."""

    def _start(self, home, *words):
        self._in, slave = pty.openpty()
        self._out = self._in
        command = [sys.executable, "-c", _ON_TERMINAL, *words]
        process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=home, cwd=home["HOME"], start_new_session=True
        )
        os.close(slave)
        return process

    def say(self, text):
        self.type(f"{text}\r")

    def _read(self):
        came = super()._read()
        if b"\x1b[6n" in came:  # "where is the cursor?", which every terminal answers
            self.type("\x1b[1;1R")
        return came

    def __exit__(self, *_):
        super().__exit__()
        os.close(self._in)
