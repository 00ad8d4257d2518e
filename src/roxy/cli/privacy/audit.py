"""`roxy privacy audit`: what left, what was replaced and what was blocked; there is no value in it."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.running import run
from roxy.errors import UsageError

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,5})([mhdw])")


class Outcome(StrEnum):
    """What became of a payload, and what a person answered."""

    PASSED = "passed"
    REDACTED = "redacted"
    BLOCKED = "blocked"
    ALLOWED = "allowed"
    REFUSED = "refused"


_ANSWERS = (Outcome.ALLOWED, Outcome.REFUSED)
_STYLES = {Outcome.BLOCKED: "red", Outcome.REFUSED: "red", Outcome.ALLOWED: "green", Outcome.REDACTED: "yellow"}


@dataclass(slots=True)
class _Found:
    """What fits: the newest of it, and sums of all."""

    newest: deque[Mapping[str, Any]]
    outcomes: Counter[str] = field(default_factory=Counter)
    values: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    ms: float = 0.0

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in one decision or answer."""
        self.newest.appendleft(row)
        self.outcomes[row["outcome"]] += 1
        if row["outcome"] in _ANSWERS:
            return  # what was answered stands in the decision, too
        self.ms += row["ms"]
        for value in row["values"]:
            self.values[row["destination"], str(value.get("type")), str(value.get("action"))] += 1


def audit(
    *,
    destination: Annotated[str, typer.Option("--to", metavar="NAME", help="To this destination alone.")] = "",
    tool: Annotated[str, typer.Option("--tool", metavar="TOOL", help="With this tool alone.")] = "",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="With a value of this type.")] = "",
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="What became of it.")] = None,
    policy: Annotated[str, typer.Option("--policy", metavar="NAME", help="Decided by this policy alone.")] = "",
    session: Annotated[str | None, typer.Option("--session", metavar="ID", help="Of one conversation alone.")] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="Not before: 30m, 12h, 7d, 2w ago, or a date and time.")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Before that, said in the same way.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many are listed; the sums are of all.")] = 20,
    as_json: output.JsonFlag = False,
) -> None:
    """List and sum up what was decided, newest first. No value is in it.

    \b
    Examples:
      roxy privacy audit --since 7d
      roxy privacy audit --to mail --type EMAIL_ADDRESS --json
      roxy privacy audit --outcome blocked
    """
    wanted = {"destination": destination, "tool": tool, "outcome": outcome or "", "policy": policy}
    found = _Found(deque(maxlen=limit))
    run(_gather(found, session, (_time(since, "--since"), _time(until, "--until")), wanted, kind))
    data = {"decisions": list(found.newest), "sums": list(_sums(found)), "totals": _totals(found)}
    output.show(data, as_json=as_json, view=_view)


async def _gather(
    found: _Found,
    session: str | None,
    times: tuple[datetime | None, datetime | None],
    wanted: Mapping[str, str],
    kind: str,
) -> None:
    # Loads the database, which the other commands of this group do not need.
    from roxy.cli.privacy.decided import decided  # noqa: PLC0415

    async with decided(session, *times) as rows:
        async for row in rows:
            if _fits(row, wanted, kind):
                found.add(row)


def _time(said: str, option: str) -> datetime | None:
    """A moment; without a zone it is in the local one. Raises `UsageError`."""
    if not said:
        return None
    if ago := _AGO.fullmatch(said):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        return datetime.fromisoformat(said).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} is no time: {said!r}.", hint="Write 30m, 12h, 7d or 2w for so long ago, or 2026-11-21T08:00."
        ) from None


def _fits(row: Mapping[str, Any], wanted: Mapping[str, str], kind: str) -> bool:
    if any(word and row[name] != word for name, word in wanted.items()):
        return False
    return not kind or any(value.get("type") == kind for value in row["values"])


def _sums(found: _Found) -> Iterator[dict[str, Any]]:
    for (destination, kind, action), count in sorted(found.values.items()):
        yield {"destination": destination, "type": kind, "action": action, "count": count}


def _totals(found: _Found) -> dict[str, Any]:
    decisions = sum(count for outcome, count in found.outcomes.items() if outcome not in _ANSWERS)
    mean = round(found.ms / decisions, 2) if decisions else 0.0
    return {"decisions": decisions, **{one: found.outcomes[one] for one in Outcome}, "mean_ms": mean}


def _view(data: Mapping[str, Any]) -> str:
    rows, totals = data["decisions"], data["totals"]
    if not rows:
        return "Nothing was decided yet, or nothing that fits."
    output.draw(output.fitting(_columns(rows), least=["policy", "at"]))
    output.line()
    if data["sums"]:
        sums = [[row["count"], row["destination"], row["type"], row["action"]] for row in data["sums"]]
        output.draw(output.table(["count", "to", "type", "what became of it"], sums, numbers=["count"]))
        output.line()
    decided = _counted(totals, [one for one in Outcome if one not in _ANSWERS])
    answered = _counted(totals, _ANSWERS)
    told = f"Decisions: {totals['decisions']} ({decided}), {totals['mean_ms']:g} ms each." if decided else ""
    return " ".join(filter(None, [told, f"Your answers: {answered}." if answered else ""]))


def _counted(totals: Mapping[str, Any], outcomes: Iterable[Outcome]) -> str:
    return ", ".join(f"{totals[one]} {one}" for one in outcomes if totals[one])


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[object]]:
    """The list; where all were blocked, it says why."""
    columns: dict[str, Sequence[object]] = {
        "at": [datetime.fromisoformat(row["at"]).astimezone().strftime("%m-%d %H:%M") for row in rows],
        "outcome": [output.Cell(row["outcome"], _STYLES.get(row["outcome"], "")) for row in rows],
        "to": [row["destination"] for row in rows],
        "tool": [row["tool"] for row in rows],
        "policy": [row["policy"] for row in rows],
    }
    if all(row["outcome"] == Outcome.BLOCKED for row in rows):
        return {**columns, "why": [row["reason"] for row in rows]}
    return {**columns, "values": [_said(row) for row in rows]}


def _said(row: Mapping[str, Any]) -> str:
    counted = Counter(f"{value.get('type')} {value.get('action')}" for value in row["values"])
    said = ", ".join(f"{what} ({count})" if count > 1 else what for what, count in counted.items())
    return said or (row["code"] if row["outcome"] == Outcome.BLOCKED else "")
