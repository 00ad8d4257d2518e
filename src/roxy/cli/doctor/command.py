"""`roxy doctor`: look at everything that may be missing or wrong, and say what mends it."""

import os
from collections.abc import Sequence
from dataclasses import asdict

import typer

from roxy.cli import output
from roxy.cli.doctor.checks import Patient, examine, skill_findings
from roxy.cli.doctor.finding import Finding, Level, failed
from roxy.cli.opening import here, with_roxy
from roxy.config.servers import strays
from roxy.contracts.doors import Assistant
from roxy.errors import RoxyError

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_MARKS = {Level.OK: "ok   ", Level.HINT: "hint ", Level.WRONG: "WRONG"}


@app.command()
def doctor(*, as_json: output.JsonFlag = False) -> None:
    """Look for what is missing or wrong, and say what mends it. Ends with 1 when something is wrong.

    \b
    Examples:
      roxy doctor
      roxy doctor --json
    """
    findings = list(examine(Patient(here(), os.environ)))
    if not any(finding.level is Level.WRONG for finding in findings):
        # Only what has settings and folders can be opened; what is wrong with those was said.
        findings += _inside()
    output.show([asdict(finding) for finding in findings], as_json=as_json, view=lambda _: _report(findings))
    if any(finding.level is Level.WRONG for finding in findings):
        raise typer.Exit(1)


def _inside() -> list[Finding]:
    """What only an open Roxy knows: whether the database can be read, and how the skills are."""

    async def look(roxy: Assistant) -> list[Finding]:
        kept = await roxy.sessions(limit=1)
        data = Finding("data", Level.OK, "The database can be read." if kept else "The database is there, and empty.")
        servers = [status.name for status in await roxy.server_statuses()]
        unheard = [
            Finding("environment", Level.WRONG, text, f"unset {variable}")
            for variable, text in strays(os.environ, servers).items()
        ]
        return [data, *unheard, *skill_findings(list(await roxy.skills()))]

    try:
        return with_roxy(look)
    except RoxyError as error:
        return [failed("data", error)]


def _report(findings: Sequence[Finding]) -> str:
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.level]}  {finding.subject}: {finding.text}")
        lines += [f"       {line}" for line in finding.fix.splitlines()]
    count = sum(finding.level is Level.WRONG for finding in findings)
    lines.append(f"{count} thing{'s' * (count != 1)} to mend." if count else "Nothing is wrong.")
    return "\n".join(lines)
