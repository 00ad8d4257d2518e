"""`roxy privacy explain` and `roxy privacy policy`: what would leave, and what decides it. No server runs for it."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

import typer

from roxy.cli import output
from roxy.cli.mcp.arguments import any_document
from roxy.cli.opening import here
from roxy.cli.privacy import beside
from roxy.cli.privacy.opened import book, gateway, names_found_by
from roxy.cli.running import run
from roxy.config.loader import did_you_mean, nearest
from roxy.config.servers import load_servers
from roxy.config.settings import load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.privacy import Question
from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerNotFound, UsageError
from roxy.mcp.known.shelf import Shelf
from roxy.privacy.gateway import MODEL, PrivacyGateway
from roxy.privacy.policy.consent import HOLDER
from roxy.privacy.policy.origin import Origin, speaking
from roxy.privacy.policy.rules import LOCAL, TYPES, Rule

_TOLD = {
    "pseudonym": "replaced by pseudonyms",
    "mask": "masked for good",
    "hash": "hashed for good",
    "allow": "allowed",
}


class By(StrEnum):
    """Who makes the call."""

    USER = "user"
    SKILL = "skill"
    MODEL = "model"


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
    values: Sequence[beside.Value]


def explain(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="A server, or model:NAME.")],
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool; a model has none, so any word.")],
    arguments: Annotated[
        list[str], typer.Argument(metavar="JSON", help="The arguments: JSON, NAME=VALUE, @FILE, or - for stdin.")
    ],
    *,
    by: Annotated[By, typer.Option("--by", help="Who makes it: a model's values must come from somewhere.")] = By.USER,
    said: Annotated[str, typer.Option("--said", metavar="TEXT", help="What you said in that turn.")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """Show what would leave with a call, and why. Nothing is sent.

    Ends with code 0 when the call would be made, perhaps once you have been asked, and with 1 when it would be blocked.

    \b
    Examples:
      roxy privacy explain mail send '{"to": "ann@example.com", "body": "Ann is in Paris"}'
      roxy privacy explain mail send '{"to": "ann@example.com"}' --by model --said "write to Ann" --json
      roxy privacy explain weather forecast city=Paris days=3
      cat call.json | roxy privacy explain mail send -
    """
    payload = any_document(arguments)
    configs = load_servers(here(), os.environ)
    call = _Call(server, tool, payload, _destination(server, configs), Origin(by), said)
    if (note := _unknown(call)) and not as_json:
        output.note(note)
    explained = run(_explained(call, gateway(configs.values())))
    output.show(explained, as_json=True, view=str) if as_json else _draw(explained)
    if explained.outcome == "blocked":
        raise typer.Exit(1)


def _draw(explained: Explained) -> None:
    if explained.leaves is None:
        output.line(f"Nothing would leave (policy {explained.policy}). {explained.reason}")
        return
    beside.draw(explained.arguments, explained.leaves, explained.values)
    counted = Counter("asked for" if one.asked else _TOLD[one.action] for one in explained.values)
    told = ", ".join(f"{count} {what}" for what, count in counted.items()) or "nothing personal was found"
    output.line()
    output.line(f"Policy {explained.policy}: {told}. Nothing was sent.")


async def _explained(call: "_Call", deciding: PrivacyGateway) -> Explained:
    asked: dict[tuple[str, str], bool] = {}

    async def note(question: Question) -> Literal["yes"]:
        asked[question.path, question.type] = True
        return "yes"

    to = call.to
    if to.sees_all:
        return Explained(call.server, call.tool, LOCAL, "passed", "", call.payload, call.payload, [])
    tool = call.tool if to.has_tools else None
    with speaking(call.by, call.said):
        sent = await deciding.outgoing(
            call.payload, destination=call.server, tool=tool, schema=to.schema(call.tool), policy=to.policy, ask=note
        )
    decision, judge = sent.decision, deciding.book.judge(call.server, tool, to.policy)
    said_of = (*decision.redactions, *decision.released, *decision.stopped)
    found = {(one.path, one.type, one.action): one for one in said_of}
    values = [
        beside.Value(one.path, one.type, one.action, judge.why(one.type, one.path), (one.path, one.type) in asked)
        for one in found.values()
    ]
    return Explained(
        call.server, call.tool, judge.policy, decision.outcome, decision.reason, call.payload, sent.payload, values
    )


@dataclass(frozen=True, slots=True)
class _Destination:
    """Where it would go: a server, or a model or session, which are none."""

    config: ServerConfig | None = None
    sees_all: bool = False
    """Whether it is a model of the user's own."""
    declared: bool = True
    """Whether there is such a server, or it is none."""

    @property
    def has_tools(self) -> bool:
        """Whether it is a server, perhaps a later one."""
        return self.config is not None or not self.declared

    @property
    def policy(self) -> str | None:
        """The policy that the declaration means."""
        if self.config is None or self.config.external:
            return self.config.privacy if self.config else None
        return self.config.privacy or LOCAL

    def tools(self) -> Mapping[str, Any]:
        """Its tools, as it told them when it ran last; empty when it never did."""
        known = Shelf(here().manifests).load(self.config) if self.config else None
        return {str(one.get("name")): one for one in known.tools} if known else {}

    def schema(self, tool: str) -> Mapping[str, Any] | None:
        """What the tool takes, as far as is known."""
        found: Mapping[str, Any] | None = self.tools().get(tool, {}).get("inputSchema")
        return found


@dataclass(frozen=True, slots=True)
class _Call:
    """What is asked about."""

    server: str
    tool: str
    payload: Any
    to: _Destination
    by: Origin
    said: str


def _destination(server: str, configs: Mapping[str, ServerConfig]) -> _Destination:
    """Raises `ServerNotFound` and `UsageError` with the nearest name; what is near none may be declared later."""
    if server.startswith(MODEL):
        known, name = load_settings(here(), os.environ).models.known, server.removeprefix(MODEL)
        if name not in known and ":" not in name:  # those of a provider's own name need no declaration
            raise UsageError(f"There is no model {name}.", hint=did_you_mean(name, known) or "See: roxy doctor")
        return _Destination(sees_all=name in known and not known[name].external)
    if ":" in server:
        return _Destination()
    if server in configs:
        return _Destination(configs[server])
    if nearest(server, configs):
        raise ServerNotFound(f"There is no server {server}.", server=server, hint=did_you_mean(server, configs))
    return _Destination(declared=False)


def _unknown(call: _Call) -> str:
    """Says that what the tool takes is not known; raises `ServerNotFound` when the server has no such tool."""
    if not call.to.declared:
        return f"There is no server {call.server} yet; this holds for one that you declare under that name."
    tools = call.to.tools()
    if call.to.config is None or call.tool in tools:
        return ""
    if not tools:
        return f"What {call.server}.{call.tool} takes is not known yet; to ask the server: roxy mcp tools {call.server}"
    hint = f"{did_you_mean(call.tool, tools)} To ask the server again: roxy mcp tools {call.server} --refresh"
    raise ServerNotFound(f"The server {call.server} has no tool {call.tool}.", server=call.server, hint=hint)


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
    judge = book().judge(server, tool or None, _destination(server, load_servers(here(), os.environ)).policy)
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
