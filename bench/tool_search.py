"""How well `roxy mcp search` finds: recall at 1, 5 and 10 over labelled queries, and the CPU time of a search.

Each FOLDER holds `tools.jsonl` (`{"id", "name", "description", "params"}`) and `queries.jsonl` (`{"query", "gold"}`,
the ids of the right tools), as made from MetaTool (MIT) or the Berkeley Function Calling Leaderboard (Apache-2.0).
Run: `python bench/tool_search.py FOLDER… [--every N]`; with N, every N-th query alone.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roxy.contracts.calls import ToolInfo
from roxy.mcp.known.search import Index

_DEPTHS = (1, 5, 10)


def main() -> None:
    """Measure each folder and print one line for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    given = parser.parse_args()
    for folder in given.folders:
        tools = [_tool(row) for row in _rows(folder / "tools.jsonl")]
        queries = _rows(folder / "queries.jsonl")[:: given.every]
        began = time.process_time()
        Index(tools).matching(queries[0]["query"])
        first = time.process_time() - began
        began = time.process_time()
        recall = measured(tools, queries)
        each = (time.process_time() - began) / len(queries) * 1000
        shown = ", ".join(f"recall@{depth} {100 * found:.1f} %" for depth, found in recall.items())
        cost = f"CPU: first search {first:.2f} s, each {each:.1f} ms"
        print(f"{folder.name}: {len(tools)} tools, {len(queries)} queries: {shown}; {cost}")


def measured(tools: Sequence[ToolInfo], queries: Sequence[dict[str, Any]]) -> dict[int, float]:
    """The mean share of the right tools among the first ones, by how many are looked at."""
    found = dict.fromkeys(_DEPTHS, 0.0)
    index = Index(tools)
    for query in queries:
        right = set(query["gold"])
        names = [tool.annotations["id"] for tool in index.matching(query["query"])[: max(_DEPTHS)]]
        for depth in _DEPTHS:
            found[depth] += len(right & set(names[:depth])) / len(right) / len(queries)
    return found


def _tool(row: dict[str, Any]) -> ToolInfo:
    schema = {"properties": {"": {"description": row.get("params", "")}}}
    return ToolInfo("", row["name"], description=row["description"], input_schema=schema, annotations={"id": row["id"]})


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main()
