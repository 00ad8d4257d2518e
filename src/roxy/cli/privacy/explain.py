"""`roxy privacy explain` and `roxy privacy policy`: what would leave, and what decides it. No server runs for it."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.privacy.opened import book, gateway, names_found_by
from roxy.cli.running import run
from roxy.config.loader import did_you_mean
from roxy.config.servers import load_servers
from roxy.config.trust import TrustFile
from roxy.contracts.privacy import Question
from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerNotFound, UsageError
from roxy.mcp.known.shelf import Shelf
from roxy.privacy.policy.consent import HOLDER
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.policy.rules import LOCAL, TYPES, Rule

_STYLES = {"pseudonym": "yellow", "mask": "red", "hash": "magenta", "allow": "green"}

_ASKED = " once you said yes"


class By(StrEnum):
    """Who makes the call."""

    USER = "user"
    SKILL = "skill"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Value:
    """One value that was found."""

    path: str
    type: str
    action: str
    why: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """What would leave; `leaves` is None when nothing would."""

    server: str
    tool: str
    policy: str
    outcome: str
    reason: str
    arguments: Any
    leaves: Any
    values: Sequence[Value]


def explain(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="A declared server, or model:NAME.")],
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool.")],
    arguments: Annotated[str, typer.Argument(metavar="JSON", help="The arguments, as JSON.")],
    *,
    by: Annotated[By, typer.Option("--by", help="Who makes it: a model's values must come from somewhere.")] = By.USER,
    said: Annotated[str, typer.Option("--said", metavar="TEXT", help="What you said in that turn.")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """Show what would leave with a call, and why. Nothing is sent.

    \b
    Examples:
      roxy privacy explain mail send '{"to": "ann@example.com", "body": "Ann is in Paris"}'
      roxy privacy explain mail send '{"to": "ann@example.com"}' --by model --said "write to Ann" --json
    """
    try:
        payload = json.loads(arguments)
    except ValueError:
        raise UsageError("The arguments are no JSON.", hint='They look like: \'{"query": "cats"}\'') from None
    explained = run(_explained(server, tool, payload, Origin(by), said))
    output.show(explained, as_json=as_json, view=_view)


async def _explained(server: str, tool: str, payload: Any, origin: Origin, said: str) -> Explained:
    configs = load_servers(here(), os.environ)
    config = _declared(server, configs)
    policy = _named(config)
    asked: dict[tuple[str, str], bool] = {}

    async def note(question: Question) -> Literal["yes"]:
        asked[question.path, question.type] = True
        return "yes"

    deciding = gateway(configs.values())
    with speaking(origin, said):
        sent = await deciding.outgoing(
            payload, destination=server, tool=tool, schema=_schema(config, tool), policy=policy, ask=note
        )
    judge = deciding.book.judge(server, tool, policy)
    found = {(one.path, one.type, one.action): one for one in (*sent.decision.redactions, *sent.decision.released)}
    values = [
        Value(one.path, one.type, one.action, judge.why(one.type, one.path), (one.path, one.type) in asked)
        for one in found.values()
    ]
    decision = sent.decision
    return Explained(server, tool, judge.policy, decision.outcome, decision.reason, payload, sent.payload, values)


def _named(config: ServerConfig | None) -> str | None:
    """The policy that the declaration means."""
    if config is None or config.external:
        return config.privacy if config else None
    return config.privacy or LOCAL


def _declared(server: str, configs: Mapping[str, ServerConfig]) -> ServerConfig | None:
    if ":" in server:
        return None  # a model or a session
    if server not in configs:
        raise ServerNotFound(f"There is no server {server}.", server=server, hint=did_you_mean(server, configs))
    return configs[server]


def _schema(config: ServerConfig | None, tool: str) -> Mapping[str, Any] | None:
    """As the server told it when it ran last, if it ever did."""
    known = Shelf(here().manifests).load(config) if config else None
    return next((one.get("inputSchema") for one in known.tools if one.get("name") == tool), None) if known else None


def _view(explained: Explained) -> output.View | str:
    if explained.leaves is None:
        return f"Nothing would leave (policy {explained.policy}). {explained.reason}"
    found: dict[str, list[Value]] = {}
    for value in explained.values:
        found.setdefault(value.path, []).append(value)
    rows = []
    for (path, real), (_, left) in zip(_leaves(explained.arguments), _leaves(explained.leaves), strict=True):
        values = found.get(path, [])
        style = _STYLES[values[0].action] if values else "dim"
        why = "; ".join(f"{one.type}: {one.action}{_ASKED if one.asked else ''} ({one.why})" for one in values)
        rows.append([path or "/", _shown(real), output.Cell(_shown(left), style), why])
    return output.table(["argument", "as it is", "as it would leave", "why"], rows)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}/{place}")
    else:
        yield path, value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def policy(
    server: Annotated[str, typer.Argument(metavar="[SERVER]", help="A server, model:NAME or session:NAME.")] = "",
    tool: Annotated[str, typer.Argument(metavar="[TOOL]", help="One of its tools.")] = "",
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Show which policy holds. Without a destination, all that you decided.

    \b
    Examples:
      roxy privacy policy
      roxy privacy policy mail send
    """
    if not server:
        output.show(_all(), as_json=as_json, view=_all_view)
        return
    judge = book().judge(server, tool or None, _named(_declared(server, load_servers(here(), os.environ))))
    types = [{"type": kind, "action": str(judge.action(kind, "")), "why": judge.why(kind, "")} for kind in TYPES]
    rules = [_told(rule) for rule in judge.rules]
    data = {"destination": server, "tool": tool, "policy": judge.policy, "rules": rules, "types": types}
    output.show(data, as_json=as_json, view=_policy_view)


def _told(rule: Rule) -> dict[str, str]:
    return {
        "path": " ".join("/" + "/".join(path) for path in rule.paths) or "*",
        "types": " ".join(sorted(rule.types)) or "*",
        "action": str(rule.action),
        "where": rule.where,
    }


def _policy_view(data: Mapping[str, Any]) -> output.View:
    rows = [[rule["path"], rule["types"], rule["action"], rule["where"]] for rule in data["rules"]]
    rows += [["elsewhere", one["type"], one["action"], one["why"]] for one in data["types"]]
    return output.table(["path", "type", "action", "said by"], rows)


def _all() -> dict[str, Any]:
    said = book().said
    return {
        "policy": said.policy,
        "policies": list(said.policies),
        "destinations": {name: one.policy for name, one in said.destinations.items()},
        "dictionary": list(said.dictionary),
        "allowed": [*said.allowed, *said.patterns],
        "names": names_found_by(said.names),
        "always": sorted(TrustFile(here().trust_file).always(HOLDER)),
    }


def _all_view(data: Mapping[str, Any]) -> output.View:
    shown = {
        "policy": data["policy"],
        "policies": ", ".join(data["policies"]),
        "destinations": ", ".join(f"{name} ({one or 'rules'})" for name, one in data["destinations"].items()),
        "personal": ", ".join(data["dictionary"]),
        "nobody's": ", ".join(data["allowed"]),
        "names by": data["names"],
        "always": "\n".join(data["always"]),
    }
    return output.pairs(shown)
