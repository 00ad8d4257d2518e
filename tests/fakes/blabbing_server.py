"""A server on stdio that says aloud what it is told: on stderr, in errors, in lines that are no messages.

Each tool fails in its own way with the arguments in its mouth; `echo` gives them back.
"""

import json
import os
import sys

TOOLS = ("echo", "fail", "refuse", "garbage", "hologram", "half", "die")


def call(request: dict) -> dict | None:
    """The response to a call; None when there is none."""
    tool, said = request["params"]["name"], json.dumps(request["params"].get("arguments"))
    sys.stderr.write(f"{tool} was called with {said}\n")
    sys.stderr.flush()
    answer = {"jsonrpc": "2.0", "id": request["id"]}
    if tool == "refuse":
        return {**answer, "error": {"code": -32603, "message": f"no room for {said}", "data": said}}
    if tool == "garbage":
        sys.stdout.write(f"debug: {said} {{not json\n")
    if tool == "half":
        sys.stdout.write(f'{{"jsonrpc": "2.0", "id": {request["id"]}, "result": {said}, oh\n')
        return None
    if tool == "die":
        sys.stderr.write(f"dying of {said}\n")
        sys.stderr.flush()
        os._exit(3)
    blocks = [{"type": "text", "text": said}]
    if tool == "hologram":
        blocks.append({"type": "hologram", "of": said})
    return {**answer, "result": {"content": blocks, "isError": tool == "fail", "resultType": "complete"}}


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        answer: dict | None = None
        if message.get("method") == "initialize":
            about = {"serverInfo": {"name": "blab", "version": "1"}, "capabilities": {"tools": {}}}
            answer = {"id": message["id"], "result": {**about, "protocolVersion": message["params"]["protocolVersion"]}}
        elif message.get("method") == "tools/list":
            tools = [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]
            answer = {"id": message["id"], "result": {"tools": tools}}
        elif message.get("method") == "tools/call":
            answer = call(message)
        elif "id" in message:
            answer = {"id": message["id"], "error": {"code": -32601, "message": "Method not found"}}
        if answer is not None:
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", **answer}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
