"""`roxy mcp connectors`: servers that are declared in the database, for all sessions or to be bound by some."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.mcp.kept import (
    EnvKeys,
    Name,
    Pairs,
    Transport,
    Unset,
    Words,
    changed,
    changes,
    with_connectors,
    with_whole_paths,
)
from roxy.config.connectors import Declarations
from roxy.contracts.connectors import Binding, Connector, ConnectorKind, Resolved
from roxy.conversation.connectors.kept import Connectors

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    help="Servers that are declared in the database. They stand over mcp_servers.yaml and below the environment.",
)

Url = Annotated[str | None, typer.Option("--url", help="The address of an http, sse or websocket server.")]
Kind = Annotated[ConnectorKind | None, typer.Option("--kind", help="client: Roxy calls it; server: it calls Roxy.")]
Strict = Annotated[bool | None, typer.Option("--strict/--no-strict", help="Refuse arguments outside its schemas.")]


@app.command("list")
def list_connectors(*, as_json: output.JsonFlag = False) -> None:
    """All connectors.

    \b
    Examples:
      roxy mcp connectors list
      roxy mcp connectors list --json
    """
    found = with_connectors(lambda kept, _: kept.list())
    output.show([asdict(one) for one in found], as_json=as_json, view=lambda _: _table(found))


@app.command()
def show(name: Name, *, as_json: output.JsonFlag = False) -> None:
    """One connector as it is kept, and the sessions that bind it.

    \b
    Examples:
      roxy mcp connectors show tracker
    """

    async def look(kept: Connectors, _: Declarations) -> dict[str, Any]:
        connector = await kept.get(name)
        bound = [binding for binding in await kept.bindings() if binding.connector == name]
        return {**asdict(connector), "bindings": [asdict(binding) for binding in bound]}

    output.show(with_connectors(look), as_json=as_json, view=_one)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the server.")],
    words: Words = None,
    *,
    url: Url = None,
    transport: Transport = None,
    env_key: EnvKeys = None,
    pairs: Pairs = None,
    kind: Kind = None,
    strict: Strict = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Keep it, but let nobody call it.")] = False,
    over: Annotated[bool, typer.Option("--replace", help="Take the place of one of this name.")] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Declare a server.

    One with the name of a server in mcp_servers.yaml needs to say only what differs.
    A file of this folder that the command names is kept with its whole path, unless --set cwd=FOLDER is given.
    Secrets are never kept: --env-key names variables of your environment, and ${NAME} refers to one.

    \b
    Examples:
      roxy mcp connectors add files -- npx -y @modelcontextprotocol/server-filesystem /home/me/notes
      roxy mcp connectors add tracker --url https://mcp.example.com/mcp --set 'headers.Authorization=Bearer ${TOKEN}'
      roxy mcp connectors add search --env-key BRAVE_API_KEY --set timeout_request=60 -- npx -y some-server
    """
    placed = any(pair.startswith("cwd=") for pair in pairs or ())
    given = changes(
        words=words if placed else with_whole_paths(words),
        address=url,
        transport=transport,
        env_keys=env_key,
        pairs=pairs,
    )
    connector = changed(Connector(name=name, kind=kind or ConnectorKind.CLIENT), given)
    connector = replace(connector, strict=connector.strict or bool(strict), enabled=connector.enabled and not disabled)

    async def keep(kept: Connectors, _: Declarations) -> bool:
        if over:
            return await kept.upsert(connector)
        await kept.add(connector)
        return True

    new = with_connectors(keep)
    said = f"The connector {name} is {'added' if new else 'replaced'}."
    output.show(asdict(connector), as_json=as_json, view=lambda _: said)


@app.command()
def edit(
    name: Name,
    words: Words = None,
    *,
    rename: Annotated[str | None, typer.Option("--name", help="Another name; bindings stay with it.")] = None,
    url: Url = None,
    transport: Transport = None,
    env_key: EnvKeys = None,
    pairs: Pairs = None,
    unset: Unset = None,
    kind: Kind = None,
    strict: Strict = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Change what is named.

    The rest stays. It holds at the next call, also in a Roxy that is running.

    \b
    Examples:
      roxy mcp connectors edit tracker --set timeout_request=60
      roxy mcp connectors edit tracker --name issues --unset headers.X-Team
      roxy mcp connectors edit files -- npx -y @modelcontextprotocol/server-filesystem /home/me
    """
    given = changes(words=words, address=url, transport=transport, env_keys=env_key, pairs=pairs, unset=unset)

    def change(connector: Connector) -> Connector:
        if words and "cwd" not in connector.options and "cwd" not in given:
            whole = with_whole_paths(words)
            return change_by(connector, {**given, **changes(words=whole)})
        return change_by(connector, given)

    def change_by(connector: Connector, given: Mapping[str, Any]) -> Connector:
        new = changed(replace(connector, name=rename or connector.name, kind=kind or connector.kind), given)
        return new if strict is None else replace(new, strict=strict)

    _edit(name, change, "changed", as_json=as_json)


@app.command()
def enable(name: Name, *, as_json: output.JsonFlag = False) -> None:
    """Let it be called again.

    \b
    Examples:
      roxy mcp connectors enable tracker
    """
    _edit(name, lambda connector: replace(connector, enabled=True), "enabled", as_json=as_json)


@app.command()
def disable(name: Name, *, as_json: output.JsonFlag = False) -> None:
    """Let nobody call it, and keep it.

    \b
    Examples:
      roxy mcp connectors disable tracker
    """
    _edit(name, lambda connector: replace(connector, enabled=False), "disabled", as_json=as_json)


@app.command()
def remove(name: Name, *, yes: output.YesFlag = False, as_json: output.JsonFlag = False) -> None:
    """Forget a connector, and what sessions bind of it.

    \b
    Examples:
      roxy mcp connectors remove tracker
      roxy mcp connectors remove tracker --yes
    """

    async def bound(kept: Connectors, _: Declarations) -> int:
        await kept.get(name)
        return len({binding.session_id for binding in await kept.bindings() if binding.connector == name})

    used = with_connectors(bound)
    if used and not output.confirm(f"{used} sessions bind {name}. Forget it and these bindings?", yes=yes):
        output.note("Nothing was done.")
        raise typer.Exit(1)
    count = with_connectors(lambda kept, _: kept.remove(name))
    document = {"removed": name, "sessions": count}
    output.show(document, as_json=as_json, view=lambda _: f"The connector {name} is removed.")


@app.command()
def explain(
    name: Name,
    *,
    session: Annotated[str | None, typer.Option("--session", help="As this session has it.")] = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Where each value of a server comes from.

    That is a file and line, a connector, a binding, a variable of the environment, or Roxy's default.

    \b
    Examples:
      roxy mcp connectors explain tracker
      roxy mcp connectors explain tracker --session ses_01jd8k3v9w-7hq2mzx4 --json
    """

    async def resolved(kept: Connectors, declarations: Declarations) -> Resolved:
        binding = await _binding(kept, session, name) if session else None
        source = binding.connector if binding else name
        known = {connector.name: connector for connector in await kept.list()}
        if source not in known and source not in declarations.servers:
            await kept.get(source)
        return declarations.resolve(source, known.get(source), binding)

    found = with_connectors(resolved)
    rows = [{"key": value.key, "value": value.shown, "from": value.origin} for value in found.values]
    output.show(rows, as_json=as_json, view=_lines)


async def _binding(kept: Connectors, session: str, server: str) -> Binding | None:
    """What the session has under this name, else what it binds of the connector of this name."""
    bound = await kept.bindings(session)
    own = [binding for binding in bound if binding.server == server]
    return next(iter([*own, *(binding for binding in bound if binding.connector == server)]), None)


def _edit(name: str, change: Any, done: str, *, as_json: bool) -> None:
    after = with_connectors(lambda kept, _: kept.edit(name, change))
    output.show(asdict(after), as_json=as_json, view=lambda _: f"The connector {after.name} is {done}.")


def _table(found: Sequence[Connector]) -> output.View | str:
    if not found:
        return "There is no connector. Add one with: roxy mcp connectors add NAME"
    rows = [
        [
            one.name,
            one.kind if one.enabled else f"{one.kind}, disabled",
            one.transport or "",
            one.url or " ".join([one.command or "", *(one.args or ())]).strip(),
        ]
        for one in found
    ]
    return output.table(["connector", "kind", "transport", "where"], rows)


def _one(document: Mapping[str, Any]) -> output.View:
    bound = [f"{one['session_id']} as {one['label'] or one['connector']}" for one in document["bindings"]]
    plain = {key: value for key, value in document.items() if key != "bindings" and value not in (None, {}, ())}
    return output.pairs({**plain, "args": " ".join(document["args"] or ()), "bound by": "\n".join(bound)})


def _lines(rows: Sequence[Mapping[str, str]]) -> str:
    width = max(len(row["key"]) for row in rows)
    return "\n".join(f"{row['key']:<{width}}  {row['value'] or '-'}  ({row['from']})" for row in rows)
