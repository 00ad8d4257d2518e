"""A stdio MCP server that writes down what it is told and says it again.

python recording_server.py FILE

It is written against the wire: the official SDK takes a second to load, in each of a hundred tests.
"""

import json
import sys
from pathlib import Path

TEXTS = {"to": {"title": "To", "type": "string"}, "text": {"title": "Text", "type": "string"}}
SEND = {
    "name": "send",
    "description": "Send a message (it goes nowhere).",
    "inputSchema": {"type": "object", "properties": TEXTS, "required": ["to", "text"], "title": "sendArguments"},
    "outputSchema": {
        "type": "object",
        "properties": {"result": {"title": "Result", "type": "string"}},
        "required": ["result"],
        "title": "sendOutput",
    },
}
LISTS = {"ttlMs": 0, "cacheScope": "private"}
ABOUT = {
    "resultType": "complete",
    "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "recorder", "version": "1.0"}},
}


def sent(arguments: dict[str, str]) -> dict[str, object]:
    if missing := TEXTS.keys() - arguments.keys():
        return {"content": [{"type": "text", "text": f"Missing: {sorted(missing)}"}], "isError": True}
    with Path(sys.argv[1]).open("a", encoding="utf-8") as file:
        file.write(f"{arguments['to']}\t{arguments['text']}\n")
    said = f"Sent to {arguments['to']}: {arguments['text']}"
    return {"content": [{"type": "text", "text": said}], "structuredContent": {"result": said}, "isError": False}


def answer(message: dict) -> dict[str, object]:
    match message["method"]:
        case "server/discover":
            result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, **LISTS}
        case "tools/list":
            result = {"tools": [SEND], **LISTS}
        case "tools/call" if message["params"]["name"] == "send":
            result = sent(message["params"].get("arguments", {}))
        case _:
            return {"error": {"code": -32601, "message": "Method not found"}}
    return {"result": result | ABOUT}


if __name__ == "__main__":
    for line in sys.stdin:
        if "id" in (asked := json.loads(line)):
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer(asked)}) + "\n")
            sys.stdout.flush()
