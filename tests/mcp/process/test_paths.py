import sys

import pytest

from roxy.contracts.servers import ServerConfig
from roxy.mcp.process import paths
from roxy.mcp.servers import MCPServerManager


def config(*words, **more):
    return ServerConfig(name="mine", command=words[0], args=words[1:], **more)


@pytest.mark.parametrize("word", ["server.py", "./run", "../up/run", "sub/server.mjs"])
def test_a_relative_path_that_leads_nowhere_is_found(tmp_path, word):
    assert paths.astray(config("python", word, cwd=str(tmp_path))) == word
    path = tmp_path / word
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    assert paths.astray(config("python", word, cwd=str(tmp_path))) == ""


@pytest.mark.parametrize(
    "word", ["-m", "pkg.module", "/abs/server.py", "@scope/server.js", "mcp/github", "https://x.org/a.py", "print 1.py"]
)
def test_what_is_no_relative_path_is_left_alone(tmp_path, word):
    assert paths.astray(config("python", word, cwd=str(tmp_path))) == ""
    assert paths.whole([word], tmp_path) == {}


def test_whole_paths_are_given_to_what_is_there_alone(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "server.py").touch()
    (tmp_path / "run").touch()
    words = ["uv", "run", "server.py", "./sub", ".", "other.py", "x/y"]
    found = paths.whole(words, tmp_path)
    assert found == {"server.py": str(tmp_path / "server.py"), "./sub": str(tmp_path / "sub"), ".": str(tmp_path)}


@pytest.mark.requirement("mcp.relative_paths")
async def test_a_start_that_fails_for_a_relative_path_says_which_and_what_mends_it(tmp_path):
    failing = config(sys.executable, "server.py", where="mcp_servers.yaml:3")
    async with MCPServerManager({"mine": failing}, privacy=None, work_dir=tmp_path) as manager:
        result = await manager.call_tool("mine", "say", {}, timeout=30)
        status = manager.status("mine")
    assert result.code == "not_running"
    assert f"There is no server.py in {tmp_path / 'mine'}, where it starts." in result.why
    assert status.why == result.why
    assert result.next == status.next
    assert result.next.endswith("roxy mcp config set mine cwd FOLDER")


@pytest.mark.requirement("mcp.relative_paths")
async def test_a_program_by_a_relative_path_says_the_same(tmp_path):
    failing = config("./serve.sh", where="connector mine")
    async with MCPServerManager({"mine": failing}, privacy=None, work_dir=tmp_path) as manager:
        assert not await manager.start_server("mine")
        status = manager.status("mine")
    assert f"there is no ./serve.sh in {tmp_path / 'mine'}" in status.why
    assert status.next.endswith("roxy mcp connectors edit mine --set cwd=FOLDER")
