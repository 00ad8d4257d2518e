"""`roxy ask`: one turn, from the words of the command line to its reply."""

import sys
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.opening import with_roxy
from roxy.contracts.doors import Assistant
from roxy.contracts.turns import Notice, NoticeKind, Reply, Utterance
from roxy.errors import NeedsInput, RoxyError, UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def ask(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say; `-` reads it from standard input.")],
    *,
    session: Annotated[str | None, typer.Option("--session", help="Go on with this session.")] = None,
    model: Annotated[str, typer.Option("--model", help="The model to ask; `none` for skills alone.")] = "",
    yes: output.YesFlag = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Ask Roxy one thing and print the reply.

    \b
    Examples:
      roxy ask "what time is it"
      roxy ask "what is 15% of 80" --json
      roxy ask "which of my notes matter today?" --model ollama:llama3.2
      cat letter.txt | roxy ask -
    """
    utterance = Utterance(text=_words(text), session_id=session, one_shot=True, assume_yes=yes, model=model)
    ear = _Ear(quiet=as_json, streams=sys.stdout.isatty())

    async def turn(assistant: Assistant) -> Reply:
        return await assistant.turn(utterance, ear)

    try:
        reply = with_roxy(turn)
    except RoxyError as error:
        if not as_json or error.exit_code != 1:
            raise
        reply = Reply(text=str(error), session_id=session or "", success=False, code=error.code)
    if as_json:
        output.show(_document(reply), as_json=True, view=str)
    else:
        output.line(ear.shown.rest(reply.text))
    if reply.code == NeedsInput.code:
        output.note("Nobody can answer here. Add --yes if the answer is yes, or ask in `roxy chat`.")
    if not reply.success or reply.question:
        raise typer.Exit(1)


class _Ear:
    """What a skill says before its turn ends goes to stderr, since the reply alone is the answer.

    The words of a model are shown as they come where somebody watches.
    """

    def __init__(self, *, quiet: bool, streams: bool) -> None:
        self._quiet = quiet
        self._streams = streams and not quiet
        self.shown = output.Stream()

    def heard(self, notice: Notice) -> None:
        """Pass on what is meant for people."""
        if notice.kind is NoticeKind.DELTA:
            if self._streams:
                self.shown.add(notice.text)
        elif notice.kind is not NoticeKind.PROGRESS and not self._quiet:
            output.note(notice.text)


def _words(text: str) -> str:
    """The text; all of standard input for `-`."""
    words = sys.stdin.buffer.read().decode(errors="replace") if text == "-" else text
    if not words.strip():
        raise UsageError("There is nothing to ask.", hint='For example: roxy ask "what time is it"')
    return words.strip()


def _document(reply: Reply) -> dict[str, Any]:
    """What `--json` promises."""
    document: dict[str, Any] = {
        "reply": reply.text,
        "session_id": reply.session_id,
        "route": reply.route,
        "skill": reply.skill,
        "tools": list(reply.tools),
        "ms": round(reply.ms, 1),
    }
    if reply.question and not reply.code:
        document["code"] = "needs_input"
    elif not reply.success:
        document["code"] = reply.code
    return document
