"""How long answers of 1, 4, 16 and 64 MB take through the manager, and how long the event loop stands still meanwhile.

    python bench/large_messages.py [--json]

Two kinds: one long text, and rows of small values, which cost a parser most. The server (this file with `--serve`) has
its answers ready, so that its own work does not count. Goals: 16 MB in 1.5 s, linear; no pause above 0.1 s.
"""

import argparse
import asyncio
import json
import sys
import time
from functools import cache

MEGABYTE = 1_000_000
SIZES = (1, 4, 16, 64)


@cache
def prepared(kind: str, megabytes: int) -> str:
    """The result of a call, as JSON of about `megabytes`."""
    if kind == "text":
        return json.dumps(
            {"content": [{"type": "text", "text": "Grüße\n" * (megabytes * MEGABYTE // 9)}]}, ensure_ascii=False
        )
    row = '{"id": %d, "name": "row %d", "ok": true, "part": %f, "tags": ["a", "b"]}'
    count = megabytes * MEGABYTE // len(row % (99999, 99999, 9999.5))
    rows = ", ".join(row % (n, n, n / 3) for n in range(count))
    return f'{{"content": [], "structuredContent": {{"rows": [{rows}]}}}}'


def serve() -> None:
    """A server on stdio with the tools `prepare` and `large`."""
    for line in sys.stdin:
        message = json.loads(line)
        method, params = message.get("method"), message.get("params", {})
        if method == "initialize":
            result = {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}}
            answer = json.dumps({**result, "serverInfo": {"name": "large", "version": "1"}})
        elif method == "tools/list":
            answer = json.dumps(
                {"tools": [{"name": n, "inputSchema": {"type": "object"}} for n in ("prepare", "large")]}
            )
        elif method == "tools/call":
            answer = prepared(**params["arguments"])
            if params["name"] == "prepare":
                answer = '{"content": []}'
        else:
            continue
        sys.stdout.write(f'{{"jsonrpc": "2.0", "id": {message["id"]}, "result": {answer}}}\n')
        sys.stdout.flush()


async def measure() -> list[dict[str, float | str]]:
    """Seconds, and the longest pause of the loop in seconds, of each kind and size."""
    from roxy.contracts.servers import ServerConfig  # noqa: PLC0415 - the server needs nothing of Roxy
    from roxy.mcp.servers import MCPServerManager  # noqa: PLC0415 - see above

    config = ServerConfig(
        name="large",
        command=sys.executable,
        args=[__file__, "--serve"],
        external=False,
        protocol="legacy",
        max_message_bytes=100 * MEGABYTE,
    )
    found: list[dict[str, float | str]] = []
    async with MCPServerManager({"large": config}, privacy=None) as manager:
        for kind in ("text", "rows"):
            for megabytes in SIZES:
                arguments = {"kind": kind, "megabytes": megabytes}
                await manager.call_tool("large", "prepare", arguments, timeout=120)
                pauses: list[float] = []
                beating = asyncio.create_task(_beat(pauses))
                began = time.perf_counter()
                result = await manager.call_tool("large", "large", arguments, timeout=120)
                seconds = time.perf_counter() - began
                assert result.success, result.error
                await asyncio.sleep(0.01)
                beating.cancel()
                found.append({"kind": kind, "megabytes": megabytes, "seconds": seconds, "pause": max(pauses)})
                del result
    return found


async def _beat(pauses: list[float]) -> None:
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        pauses.append(now - last)
        last = now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    for row in asyncio.run(measure()):
        if options.json:
            print(json.dumps(row))
        else:
            print(
                f"{row['megabytes']:>3} MB of {row['kind']}: {row['seconds']:.2f} s, longest pause {row['pause']:.3f} s"
            )


if __name__ == "__main__":
    main()
