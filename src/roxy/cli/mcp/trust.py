"""`roxy mcp diff` and `approve`: what servers offer otherwise than the user approved it, and letting that be used."""

from collections.abc import Sequence
from typing import Annotated

import typer

from roxy.cli import output
from roxy.cli.mcp import diffs
from roxy.cli.opening import with_roxy
from roxy.contracts.trust import ToolChange

diff_app, approve_app = (typer.Typer(rich_markup_mode=None, add_completion=False) for _ in range(2))

Server = Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")]
Tool = Annotated[str | None, typer.Argument(metavar="TOOL", help="One tool; all that are held without.")]
Session = Annotated[str | None, typer.Option("--session", help="The server as this session has it.")]


@diff_app.command()
def diff(server: Server, tool: Tool = None, *, session: Session = None, as_json: output.JsonFlag = False) -> None:
    """What changed in the tools of a server since you approved them. Ends with 1 when one of them is held.

    Characters that nobody sees are written out, also in tools that did not change.

    \b
    Examples:
      roxy mcp diff github
      roxy mcp diff github create_issue
      roxy mcp diff github --json
    """
    found = with_roxy(lambda roxy: roxy.tool_changes(server, tool, session_id=session))
    if as_json:
        output.show(found, as_json=True, view=str)
    elif found:
        _show(found)
    else:
        output.line(f"The tools of {server} are as you approved them.")
    if any(one.held for one in found):
        if not as_json:
            output.note(f"To use them as they are now: {_words(server, tool, session)}")
        raise typer.Exit(1)


@approve_app.command()
def approve(
    server: Server,
    tool: Tool = None,
    *,
    session: Session = None,
    yes: output.YesFlag = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Let held tools be used as their server offers them now. What changes after that has to be approved again.

    It shows what changed and asks; what you answer counts for what was shown and nothing else.

    \b
    Examples:
      roxy mcp approve github
      roxy mcp approve github create_issue
      roxy mcp approve github --yes --json
    """
    approved = approved_now(server, tool, session, yes=yes, show=not (yes or as_json))
    if approved is None:
        output.note("Nothing was approved.")
        raise typer.Exit(1)
    document = {"server": server, "approved": list(approved)}
    output.show(document, as_json=as_json, view=lambda _: _told(server, approved))


def approved_now(
    server: str, tool: str | None, session: str | None, *, yes: bool = False, show: bool = True
) -> Sequence[str] | None:
    """What the user has just approved of what is held, after it was shown; None for a no."""
    found = with_roxy(lambda roxy: roxy.tool_changes(server, tool, session_id=session))
    held = [one for one in found if one.held]
    if not held:
        return ()
    if show:
        _show(held)
    question = f"Let {held[0].tool if len(held) == 1 else f'these {len(held)} tools'} of {server} be used?"
    if not output.confirm(question, yes=yes):
        return None
    digests = {one.tool: one.digest for one in held}
    return with_roxy(lambda roxy: roxy.approve_tools(server, digests, session_id=session))


def _show(found: Sequence[ToolChange]) -> None:
    for number, one in enumerate(found):
        if number:
            output.line()
        for line in diffs.lines(one):
            output.pieces(line)


def _told(server: str, approved: Sequence[str]) -> str:
    if not approved:
        return f"Nothing of {server} is held."
    return "\n".join(f"{server}.{name} is approved." for name in approved)


def _words(server: str, tool: str | None, session: str | None) -> str:
    """The command that approves what was shown."""
    return " ".join(
        ["roxy mcp approve", server, *([tool] if tool else []), *(["--session", session] if session else [])]
    )
