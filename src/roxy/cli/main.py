"""The root of the command line, and the border where what went wrong becomes a sentence and an exit code.

Order of events: `invoke` builds the root group from `COMMANDS`, Typer parses, the one module that is needed is
imported and run. Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage or configuration, 130 interrupted.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import typer
from click.exceptions import Abort
from typer.main import get_command

from roxy import __version__
from roxy.cli import output
from roxy.cli.failures import explain
from roxy.cli.groups import Entry, LazyGroup

COMMANDS: dict[str, Entry] = {
    "chat": Entry("roxy.cli.chat.command:app", "Talk to Roxy in this terminal."),
    "ask": Entry("roxy.cli.ask:app", "Ask one thing and print the reply."),
    "mcp": Entry("roxy.cli.mcp.commands:app", "MCP servers: what they are, how they do, what they offer."),
    "skills": Entry("roxy.cli.skills:app", "Skills: what there is, and what each may do."),
    "sessions": Entry("roxy.cli.sessions.commands:app", "The conversations that are kept."),
    "memory": Entry("roxy.cli.memory:app", "What you asked Roxy to remember: look, correct, forget."),
    "events": Entry("roxy.cli.events.command:app", "What happened: list, search, export, let go."),
    "data": Entry("roxy.cli.data:app", "Everything Roxy keeps about you: back up, restore, export, delete."),
    "privacy": Entry("roxy.cli.privacy.command:app", "What may leave: find personal data, decide, look back."),
    "daemon": Entry("roxy.cli.daemon:app", "The Roxy in the background."),
    "doctor": Entry("roxy.cli.doctor.command:app", "What is missing or wrong, and what mends it."),
    "metrics": Entry("roxy.cli.metrics:app", "What Roxy counts about itself."),
}
"""Every command, in the order of the help. Adding one is one line here."""


class Root(LazyGroup):
    """`roxy` itself."""

    table: ClassVar[Mapping[str, Entry]] = COMMANDS


app = typer.Typer(
    name="roxy",
    cls=Root,
    invoke_without_command=True,
    rich_markup_mode=None,  # plain help: it loads no rich, and pipes read it as well as people do
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        output.line(f"roxy {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks when something goes wrong.")] = False,
    version: Annotated[  # noqa: ARG001 -- Typer acts on it in the callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Roxy, a private assistant: talk to it, ask it one thing, or look after its servers and data.

    \b
    Examples:
      roxy                                talk
      roxy ask "what time is it in Oslo"  one question
      roxy mcp list                       the servers and how they are doing
    """
    context.obj = {"debug": debug}
    if context.invoked_subcommand is None:
        group = context.command
        if not isinstance(group, Root) or (chat := group.load("chat")) is None:
            raise typer.Exit(2)
        with chat.make_context("chat", [], parent=context) as inner:
            chat.invoke(inner)


def invoke(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `arguments` are the process's own when None."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    output.prepare_streams()
    try:
        # Not in Click's own way of ending: whoever asked for JSON is told of wrong words in JSON, too.
        code = get_command(app).main(args=words, prog_name="roxy", standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Abort:
        output.note("Aborted!")
        return 1
    except Exception as error:  # noqa: BLE001 -- the border: whatever happened, a person gets a sentence
        return explain(error, debug=_asked_for_debug(words), as_json=_asked_for_json(words))
    return code if isinstance(code, int) else 0


def _asked_for_json(words: Sequence[str]) -> bool:
    """Whether `--json` is an option of the command; after `--` come the words of another program."""
    options = words[: words.index("--")] if "--" in words else words
    return "--json" in options


def _asked_for_debug(words: Sequence[str]) -> bool:
    """Whether `--debug` stands before the command, where it belongs."""
    for word in words:
        if not word.startswith("-"):
            return False
        if word == "--debug":
            return True
    return False
