"""From the answer to a call to a `ToolCallResult`, and what in arguments and answers does not fit their schemas."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from roxy.contracts.calls import Code, ToolCall, ToolCallResult, ToolInfo
from roxy.errors import InvalidArguments, ServerProtocolError

_LONG = 1 << 18
"""Characters; to parse so many takes 3 ms."""
_SHOWN = {"type", "enum", "minimum", "maximum", "pattern", "format", "minLength", "maxLength"}
"""Rules of JSON Schema that are short enough to be told."""


def parts(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What of an answer is passed on: `content` (blocks under their wire names) and `structured`."""
    return {"content": answer["content"], "structured": answer.get("structuredContent")}


def unread(parts: Mapping[str, Any]) -> str | None:
    """The text of an answer when it looks like JSON and is too long to be parsed on the way, else None."""
    content = parts["content"]
    first = content[0] if content and parts["structured"] is None else {}
    if first.get("type") != "text" or not first["text"].startswith(("{", "[")):
        return None
    text = _text(content)
    return text if len(text) > _LONG else None


def _text(content: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(block.get("text", "") for block in content if block.get("type") == "text")


def built(call: ToolCall, parts: Mapping[str, Any], *, failed: bool) -> ToolCallResult:
    """The result of a call that the server answered; `failed` when the tool said that it failed.

    `parts` has `data` beside the parts when the text was `unread` and says something as JSON.
    """
    content, structured = parts["content"], parts["structured"]
    text = _text(content)
    if failed:
        return ToolCallResult(
            success=False,
            text=text,
            error=text or f"The tool {call.server}.{call.tool} failed without saying why.",
            code=Code.TOOL_ERROR,
            server=call.server,
            tool=call.tool,
            content=content,
            structured=structured,
        )
    return ToolCallResult(
        success=True,
        data=structured if structured is not None else parts["data"] if "data" in parts else _data(text),
        text=text,
        server=call.server,
        tool=call.tool,
        content=content,
        structured=structured,
    )


def misfit(call: ToolCall, tool: ToolInfo | None) -> InvalidArguments | None:
    """What in the arguments does not fit the tool's schema, without any value; None when all fits.

    Asked only after a tool has failed, for servers accept more than their schemas say; of a strict server, beforehand.
    """
    found = _misfits(tool.input_schema, dict(call.arguments), "the arguments") if tool else []
    if not found:
        return None
    return InvalidArguments(
        f"The arguments do not fit the tool {call.server}.{call.tool}: {'; '.join(found)}.",
        server=call.server,
        hint=f"See: roxy mcp tools {call.server}",
    )


def unfit(call: ToolCall, tool: ToolInfo | None, answer: Mapping[str, Any]) -> ServerProtocolError | None:
    """What in the answer of a strict server does not fit the tool's output schema, without any value."""
    if tool is None or tool.output_schema is None or answer.get("isError"):
        return None
    missing = "structuredContent" not in answer
    wrong = "it is missing" if missing else "; ".join(_misfits(tool.output_schema, answer["structuredContent"], "it"))
    if not wrong:
        return None
    return ServerProtocolError(
        f"The structured answer of {call.server}.{call.tool} does not fit its own schema: {wrong}.",
        server=call.server,
        hint=f"To take it all the same: roxy mcp config set {call.server} strict false",
    )


def _misfits(schema: Mapping[str, Any], value: Any, whole: str) -> list[str]:
    """What in `value` breaks the rules of `schema`; nothing, when the schema itself is broken or leads elsewhere."""
    # Here, since importing it takes a tenth of a second that a call which succeeds need not pay.
    from jsonschema import SchemaError  # noqa: PLC0415 - see above
    from jsonschema.validators import validator_for  # noqa: PLC0415 - see above
    from referencing import Registry  # noqa: PLC0415 - see above
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - see above

    rules = dict(schema)
    kind = validator_for(rules)
    try:
        kind.check_schema(rules)
        # An empty registry: a `$ref` is looked up in the schema itself, and never fetched.
        return [_without_value(error, whole) for error in kind(rules, registry=Registry()).iter_errors(value)]
    except (SchemaError, Unresolvable, RecursionError):
        return []


def _without_value(error: Any, whole: str) -> str:
    """What a `ValidationError` says, without the value that is wrong: it may be personal."""
    where = _where(error) or whole
    if error.validator == "required":
        return f"{', '.join(name for name in error.validator_value if name not in error.instance)} is missing"
    if error.validator in _SHOWN:
        return f"{where} does not fit {error.validator} {error.validator_value}"
    return f"{where} does not fit {error.validator}"


def _where(error: Any) -> str:
    """The place of what is wrong. A name that the schema does not know comes with the value, and may be personal."""
    declared = {name for before, name in pairwise(error.absolute_schema_path) if before == "properties"}
    return ".".join(str(step) if isinstance(step, int) or step in declared else "*" for step in error.absolute_path)


def _data(text: str) -> Any:
    if text[:1] in {"{", "["} and len(text) <= _LONG:  # else it was read before, in vain
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
