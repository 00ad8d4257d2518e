"""What the manager of MCP servers costs, beside the bare SDK client and bare processes, in one run.

    python bench/mcp_calls.py [PART ...] [--calls N] [--json]

The parts: `stdio`, `http`, `events` (HTTP with streams) and `module` (calls), `messages` (1 to 64 MB), `starting` (1,
10 and 50 servers), `listing` (from manifests), `idle` (memory per connection); all of them when none is named. Sides
alternate, and each figure stands beside its goal. The clock of a busy machine proves nothing, so a missed goal is told
and fails nothing.
"""

import argparse
import asyncio
import json
import os
from functools import partial

from mcp_parts import calls, idle, listing, messages, starting
from mcp_parts.rows import Row, missed, table

PARTS = ("stdio", "http", "events", "module", "messages", "starting", "listing", "idle")


async def measure(part: str, count: int) -> list[Row]:
    """The figures of one part."""
    measured = {
        "messages": messages.measure,
        "starting": starting.measure,
        "listing": listing.measure,
        "idle": idle.measure,
    }.get(part, partial(calls.measure, part, count))
    return await measured()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--calls", type=int, default=1024, help="of each side, for each number in flight")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    rows: list[Row] = []
    for part in options.parts or PARTS:
        found = asyncio.run(measure(part, options.calls))
        rows += found
        if not options.json:
            print(table(found), end="\n\n", flush=True)
    load = os.getloadavg()[0]
    if options.json:
        print(json.dumps({"load": load, "rows": [row.document() for row in rows]}, indent=2))
        return
    out = missed(rows)
    print(f"Load of the machine: {load:.1f} on {os.cpu_count()} processors.")
    print(f"Missed goals: {'; '.join(out)}." if out else "All goals are met.")


if __name__ == "__main__":
    main()
