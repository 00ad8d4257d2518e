"""R20: there are no file descriptors left for another server."""

import asyncio
import json
import sys

import pytest

from fakes.children import python
from fakes.servers import ECHO

pytestmark = [
    pytest.mark.requirement("faults.limits", "mcp.never_raises"),
    pytest.mark.skipif(sys.platform != "linux", reason="counts by the rules of Linux"),
]

# Starts servers until one fails, looks what still works, makes room, and starts that one again.
PROGRAM = """
    import asyncio, json, resource, sys
    from roxy.contracts.servers import ServerConfig
    from roxy.mcp.servers import MCPServerManager

    async def main():
        configs = {}
        for n in range(40):
            configs[f"s{n}"] = ServerConfig(name=f"s{n}", command=sys.executable, external=False, protocol="legacy",
                                            args=["-B", sys.argv[1]], retries=0)
        async with MCPServerManager(configs, privacy=None) as servers:
            assert await servers.start_server("s0")
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
            started = ["s0"]
            for name in list(configs)[1:]:
                result = await servers.call_tool(name, "say", {"text": name})
                if not result.success:
                    break
                started.append(name)
            told = {"started": len(started), "code": str(result.code), "error": result.error,
                    "state": str(servers.status(name).state)}
            told["others"] = [str((await servers.call_tool(s, "say", {"text": "x"})).code) for s in started]
            await asyncio.gather(*(servers.stop_server(s) for s in started[1:3]))
            told["again"] = (await servers.call_tool(name, "say", {"text": "again"})).text
            print(json.dumps(told))

    asyncio.run(main())
"""


async def test_with_64_files_a_server_too_many_gets_a_code_the_others_go_on_and_room_lets_it_start():
    async with asyncio.timeout(50):
        process = await python(PROGRAM, ECHO)
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert b"Traceback" not in err, err.decode()
    seen = json.loads(out)
    print(f"\nR20: with 64 files {seen['started']} servers start; then: {seen['error']}")
    assert seen["started"] >= 5
    assert (seen["code"], seen["state"]) == ("not_running", "stopped")
    assert "no room" in seen["error"]
    assert set(seen["others"]) == {""}
    assert seen["again"] == "again"
