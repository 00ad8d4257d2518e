"""The servers of the matrix: what they are built on, what carries them, and what they should be found to speak."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SERVERS = HERE / "servers"
PEERS = HERE.parent / "peers"
TRANSPORTS = ("stdio", "http", "sse", "websocket")

Speaks = Mapping[str, str]
"""By transport, the protocol revision that `protocol: auto` should find."""


@dataclass(frozen=True)
class Row:
    """One server. `call` and `fail` are a call that works and one that does not: tool and arguments."""

    name: str
    speaks: Speaks
    program: Sequence[str]
    """The words after the interpreter, with `{transport}`, `{folder}` (an empty one), `{page}` and `{repository}`."""
    packages: Sequence[str] = ()
    """What the environment of a Python server holds; none: Roxy's own environment."""
    runner: str = "python"
    """`python`, `node`, or `binary`: then the first word is where npm has put it, as a pattern below this folder."""
    call: tuple[str, Mapping[str, Any]] = ("echo", {"text": "hi"})
    says: str = "hi"
    """What the answer of `call` holds."""
    fail: tuple[str, Mapping[str, Any]] | None = ("fail", {})
    own: bool = False
    """Whether it is one of `servers/`: they can be slow, be cancelled, grow, and note their starts."""
    dies_of_cancel: bool = False
    """Whether `notifications/cancelled` ends it, or at least its connection: a fault of the SDKs up to 1.9."""
    tells_progress: bool = True
    """SDK 1.0 never sees the token."""
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """What lies in its folder when it starts, by name."""

    @property
    def here(self) -> bool:
        """Whether there is such a binary for this machine."""
        return self.runner != "binary" or any(HERE.glob(self.program[0]))


def _sdk(version: str, program: str, revision: str, *, http: bool, dies_of_cancel: bool = False) -> Row:
    carried = ["stdio", "sse", "websocket", *(["http"] if http else [])]
    return Row(
        name=f"Python SDK {version}",
        speaks=dict.fromkeys(carried, revision),
        program=[str(SERVERS / program), "{transport}"],
        packages=[f"mcp[ws]=={version}", "uvicorn", "websockets"],
        own=True,
        dies_of_cancel=dies_of_cancel,
        tells_progress=version != "1.0.0",
    )


def _python(name: str, *words: str, speaks: str = "2026-07-28", packages: Sequence[str] = (), **more: Any) -> Row:
    return Row(name=name, speaks={"stdio": speaks}, program=words, packages=packages, **more)


def _node(package: str, *words: str, carried: Sequence[str] = ("stdio",), **more: Any) -> Row:
    entry = PEERS / "node_modules" / "@modelcontextprotocol" / package / "dist" / "index.js"
    speaks = dict.fromkeys(carried, "2025-11-25")
    return Row(name=package, speaks=speaks, program=[str(entry), *words], runner="node", **more)


SDKS = (
    _sdk("1.0.0", "lowlevel.py", "2024-11-05", http=False, dies_of_cancel=True),
    _sdk("1.3.0", "fastmcp.py", "2024-11-05", http=False, dies_of_cancel=True),
    _sdk("1.6.0", "fastmcp.py", "2024-11-05", http=False, dies_of_cancel=True),
    _sdk("1.9.4", "fastmcp.py", "2025-03-26", http=True, dies_of_cancel=True),
    _sdk("1.12.4", "fastmcp.py", "2025-06-18", http=True),
    _sdk("1.30.0", "fastmcp.py", "2025-11-25", http=True),
    Row(
        name="Python SDK 2.3",
        speaks={"stdio": "2026-07-28", "http": "2026-07-28", "sse": "2025-11-25", "websocket": "2026-07-28"},
        program=[str(SERVERS / "mcpserver.py"), "{transport}"],
        own=True,
        env={"PYTHONPATH": str(HERE.parent)},
    ),
)

REFERENCE = (
    _python(
        "mcp-server-time",
        "-m",
        "mcp_server_time",
        call=("get_current_time", {"timezone": "Asia/Tokyo"}),
        says="Asia/Tokyo",
        fail=("get_current_time", {"timezone": "Nowhere"}),
    ),
    _python(
        "mcp-server-git",
        "-m",
        "mcp_server_git",
        "--repository",
        "{repository}",
        call=("git_log", {"repo_path": "{repository}", "max_count": 1}),
        says="Commit",
        fail=("git_show", {"repo_path": "{repository}", "revision": "no-such-revision"}),
    ),
    _python(
        "mcp-server-fetch",
        "-m",
        "mcp_server_fetch",
        "--ignore-robots-txt",
        "--allow-private-ips",
        call=("fetch", {"url": "{page}", "raw": True}),
        says="a page",
        fail=("fetch", {"url": "{page}/none"}),
    ),
    _python(
        "mcp-server-sqlite",
        "-c",
        "import mcp_server_sqlite; mcp_server_sqlite.main()",
        "--db-path",
        "{folder}/data.db",
        speaks="2025-11-25",
        packages=["mcp-server-sqlite==2025.4.25", "mcp==1.30.0"],
        call=("read_query", {"query": "SELECT 6 * 7 AS answer"}),
        says="42",
        fail=("read_query", {}),
    ),
    _node(
        "server-everything",
        "{transport}",
        carried=("stdio", "http", "sse"),
        call=("echo", {"message": "hi"}),
        fail=("get-sum", {"a": "no number"}),
    ),
    _node(
        "server-filesystem",
        "{folder}",
        call=("list_directory", {"path": "{folder}"}),
        says="",
        fail=("read_text_file", {"path": "/etc/hostname"}),
    ),
    _node(
        "server-memory",
        call=("read_graph", {}),
        says="entities",
        fail=("create_entities", {"entities": "none"}),
        env={"MEMORY_FILE_PATH": "{folder}/memory.jsonl"},
    ),
    _node(
        "server-sequential-thinking",
        call=(
            "sequentialthinking",
            {"thought": "one", "nextThoughtNeeded": False, "thoughtNumber": 1, "totalThoughts": 1},
        ),
        says="thoughtNumber",
        fail=("sequentialthinking", {"thought": "one"}),
    ),
)

_KUBERNETES = """
apiVersion: v1
kind: Config
current-context: nowhere
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: nobody, user: {}}]
"""

_NUSHELL: Mapping[str, Any] = {"runner": "binary", "call": ("evaluate", {"input": "6 * 7"}), "says": "42"}

OTHER_SDKS = (
    Row(
        name="TypeScript SDK 2.4",
        speaks={"stdio": "2026-07-28", "http": "2026-07-28"},
        program=[str(SERVERS / "typescript.mjs"), "{transport}"],
        runner="node",
    ),
    Row(
        name="Go SDK (kubernetes-mcp-server)",
        speaks={"stdio": "2026-07-28"},
        program=[
            "node_modules/kubernetes-mcp-server-linux-amd64/bin/kubernetes-mcp-server-linux-amd64",
            *("--kubeconfig", "{folder}/config", "--toolsets", "config", "--disable-multi-cluster"),
        ],
        runner="binary",
        call=("configuration_view", {}),
        says="nowhere",
        fail=None,
        files={"config": _KUBERNETES},
    ),
    Row(
        name="Rust SDK (nushell 0.115)",
        speaks={"stdio": "2026-07-28"},
        program=["node_modules/@nushell/linux-x64/bin/nu", "--mcp"],
        fail=("evaluate", {}),
        **_NUSHELL,
    ),
    Row(
        name="Rust SDK (nushell 0.114)",
        speaks={"stdio": "2025-11-25"},
        program=["node_modules/nushell-before-2026/bin/nu", "--mcp"],
        fail=("evaluate", {}),
        **_NUSHELL,
    ),
)
