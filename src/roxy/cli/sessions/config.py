"""`roxy sessions config`: the connectors that one session binds, and what differs in them for this session."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.mcp.kept import EnvKeys, Pairs, Transport, Words, changed, changes, opened_database, with_connectors
from roxy.cli.mcp.kept import value_of as value_of_key
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.connectors import Declarations
from roxy.contracts.connectors import Binding
from roxy.conversation.connectors.kept import Connectors
from roxy.conversation.connectors.migrate import Migrated, migrate, roll_back
from roxy.conversation.sessions import Sessions
from roxy.errors import UsageError

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    help="The connectors that a session binds, and what differs in them for this session.",
)

Session = Annotated[str, typer.Argument(metavar="SESSION", help="Its id, as `roxy sessions list` shows it.")]
ConnectorName = Annotated[str, typer.Argument(metavar="CONNECTOR", help="As `roxy mcp connectors list` shows it.")]
Label = Annotated[
    str | None, typer.Option("--label", help="The name by which the session calls it; else the connector's own.")
]
Priority = Annotated[
    int | None, typer.Option("--priority", help="Of several bindings with one label the highest counts.")
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A name of your own; else it gets an id.")] = "",
    *,
    about: Annotated[str, typer.Option("--about", help="What it is about, as lists show it.")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """Make a session before its first turn.

    So that it has its connectors from the beginning. Other sessions can ask one with a name: "ask session work …".

    \b
    Examples:
      roxy sessions config create work --about "the tracker at work"
      roxy sessions config bind work tracker
      roxy chat --session work
    """

    async def make() -> str:
        async with opened_database() as database:
            return await Sessions(database).establish(name, about)

    session = run(make())
    said = (
        f"The session {session} is there. Bind its connectors: roxy sessions config bind {session} CONNECTOR\n"
        f"Talk in it: roxy chat --session {session}"
    )
    output.show({"session": session, "about": about}, as_json=as_json, view=lambda _: said)


@app.command()
def show(session: Session, *, as_json: output.JsonFlag = False) -> None:
    """What a session binds.

    Of several with one label the first is the one that counts.

    \b
    Examples:
      roxy sessions config show ses_01jd8k3v9w-7hq2mzx4
    """

    async def look(kept: Connectors, _: Declarations) -> Sequence[Binding]:
        return await kept.session_bindings(session)

    found = with_connectors(look)
    document = {"session": session, "bindings": [asdict(binding) for binding in found]}
    output.show(document, as_json=as_json, view=lambda _: _table(found))


@app.command()
def bind(
    session: Session,
    connector: ConnectorName,
    words: Words = None,
    *,
    label: Label = None,
    priority: Priority = None,
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Another address than the connector's.")] = None,
    transport: Transport = None,
    env_key: EnvKeys = None,
    pairs: Pairs = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Give a session a connector, with what differs for it.

    What it bound of this connector under this label before is replaced.

    \b
    Examples:
      roxy sessions config bind ses_01jd8k3v9w-7hq2mzx4 files --label work -- npx -y server-filesystem /home/me/work
      roxy sessions config bind ses_01jd8k3v9w-7hq2mzx4 tracker --env-key WORK_TOKEN --set timeout_request=60
    """
    given = changes(words=words, address=endpoint, transport=transport, env_keys=env_key, pairs=pairs)
    binding = Binding(session_id=session, connector=connector, label=label or "", priority=priority or 0)
    binding = changed(binding, given)
    new = with_connectors(lambda kept, _: kept.bind(binding))
    said = f"The session calls {connector} as {binding.server} {'now' if new else 'in another way now'}."
    output.show(asdict(binding), as_json=as_json, view=lambda _: said)


@app.command()
def unbind(
    session: Session, connector: ConnectorName, *, label: Label = None, as_json: output.JsonFlag = False
) -> None:
    """Take a connector from a session.

    Under one label, or under all. Ends with 1 when it was not bound.

    \b
    Examples:
      roxy sessions config unbind ses_01jd8k3v9w-7hq2mzx4 tracker
    """
    count = with_connectors(lambda kept, _: kept.unbind(session, connector, label))
    said = f"{connector} is no longer bound." if count else f"{connector} was not bound."
    output.show({"session": session, "removed": count}, as_json=as_json, view=lambda _: said)
    if not count:
        raise typer.Exit(1)


@app.command("set")
def set_value(
    session: Session,
    connector: ConnectorName,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Such as timeout_request, endpoint, args or priority.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The value; a list as `a, b`; nothing as ''.")],
    *,
    label: Label = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Change one value of a binding.

    It is made when there is none; '' lets the connector's value hold again.

    \b
    Examples:
      roxy sessions config set ses_01jd8k3v9w-7hq2mzx4 tracker timeout_request 60
      roxy sessions config set ses_01jd8k3v9w-7hq2mzx4 files args '[-y, server-filesystem, /home/me]'
    """

    def change(binding: Binding) -> Binding:
        if key == "priority":
            return replace(binding, priority=_whole(value or "0"))
        return changed(binding, {key: value_of_key(key, value) if value else None})

    start = Binding(session_id=session, connector=connector, label=label or "")
    with_connectors(lambda kept, _: kept.rebind(start, change))
    document = {"session": session, "server": start.server, "key": key, "value": value}
    output.show(document, as_json=as_json, view=lambda _: f"{start.server}: {key} is set for this session.")


@app.command("migrate")
def migrate_maps(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    session: Annotated[str | None, typer.Option("--session", help="This session alone.")] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Undo the last migration.")] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Turn older `mcps` maps of sessions into bindings.

    A backup is written first. Ends with 1 when a session could not be migrated; it stays as it is, and the others are.

    \b
    Examples:
      roxy sessions config migrate --dry-run
      roxy sessions config migrate
      roxy sessions config migrate --rollback
    """
    if rollback and session:
        raise UsageError("A rollback undoes a whole migration, not one session's.", hint="Leave --session away.")
    folder = here().data / "backups"

    async def work() -> Migrated:
        async with opened_database() as database:
            if rollback:
                return await roll_back(database, folder, dry_run=dry_run)
            declarations = Declarations(here(), os.environ)
            return await migrate(database, declarations, folder, session_id=session, dry_run=dry_run)

    report = run(work())
    output.show(report, as_json=as_json, view=lambda found: _report(found, back=rollback))
    if report.problems:
        raise typer.Exit(1)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise UsageError("`priority` must be a whole number.") from error


def _table(found: Sequence[Binding]) -> output.View | str:
    if not found:
        return "This session binds nothing. See: roxy sessions config bind --help"
    rows = [[one.server, one.connector, one.priority, ", ".join(_said(one))] for one in found]
    return output.table(["server", "connector", "priority", "differs in"], rows)


def _said(binding: Binding) -> list[str]:
    values: Mapping[str, Any] = {**asdict(binding), **binding.options}
    names = ("transport", "endpoint", "command", "args", "env_keys", *binding.options)
    return [name for name in names if values[name] is not None]


def _report(report: Migrated, *, back: bool) -> str:
    would = "would be " if report.dry_run else ""
    done = f"{would}{'rolled back' if back else 'migrated'}"
    lines = [f"{len(report.sessions)} sessions {done}."]
    for session, targets in report.sessions.items():
        lines += [f"  {session}: {one.server} -> {one.kind} connector {one.connector}" for one in targets]
    lines += report.problems
    if report.backup and not report.dry_run:
        lines.append(f"The backup is {report.backup}.")
    return "\n".join(lines)
