"""`roxy privacy audit`: what left, what was replaced and what was blocked; there is no value in it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.running import run

_CONSENTS = ("allowed", "refused")


def audit(
    *,
    destination: Annotated[str, typer.Option("--to", metavar="NAME", help="To this destination alone.")] = "",
    tool: Annotated[str, typer.Option("--tool", metavar="TOOL", help="With this tool alone.")] = "",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="With a value of this type.")] = "",
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="WORD", help="passed, redacted, blocked, allowed or refused.")
    ] = "",
    session: Annotated[str | None, typer.Option("--session", metavar="ID", help="Of one conversation alone.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many are listed; the sums are of all.")] = 20,
    as_json: output.JsonFlag = False,
) -> None:
    """List and sum up what was decided, newest first.

    \b
    Examples:
      roxy privacy audit
      roxy privacy audit --to mail --type EMAIL_ADDRESS --json
    """
    # Loads the database, which the other commands of this group do not need.
    from roxy.cli.privacy.decided import decided  # noqa: PLC0415

    wanted = {"destination": destination, "tool": tool, "outcome": outcome}
    rows = [row for row in run(decided(session)) if _fits(row, wanted, kind)]
    data = {"decisions": rows[::-1][:limit], "sums": list(_sums(rows))}
    output.show(data, as_json=as_json, view=_view)


def _fits(row: Mapping[str, Any], wanted: Mapping[str, str], kind: str) -> bool:
    if any(word and row[name] != word for name, word in wanted.items()):
        return False
    return not kind or any(value.get("type") == kind for value in row["values"])


def _sums(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        if row["outcome"] in _CONSENTS:
            continue  # what was answered stands in the decision, too
        for value in row["values"]:
            counted[row["destination"], str(value.get("type")), str(value.get("action"))] += 1
    for (destination, kind, action), count in sorted(counted.items()):
        yield {"destination": destination, "type": kind, "action": action, "count": count}


def _view(data: Mapping[str, Any]) -> output.View | str:
    if not data["decisions"]:
        return "Nothing was decided yet, or nothing that fits."
    listed = [
        [row["at"], row["outcome"], row["destination"], row["tool"], row["policy"], _said(row["values"])]
        for row in data["decisions"]
    ]
    output.draw(output.table(["at", "outcome", "to", "tool", "policy", "values"], listed))
    output.line()
    sums = [[row["count"], row["destination"], row["type"], row["action"]] for row in data["sums"]]
    return output.table(["count", "to", "type", "what became of it"], sums, numbers=["count"])


def _said(values: Sequence[Mapping[str, Any]]) -> str:
    counted = Counter(f"{value.get('type')} {value.get('action')}" for value in values)
    return ", ".join(f"{what} ({count})" if count > 1 else what for what, count in counted.items())
