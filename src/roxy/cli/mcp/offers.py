"""`roxy mcp resources`, `read`, `prompts` and `prompt`: what servers offer beside tools."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from roxy.cli import output
from roxy.cli.failures import ended
from roxy.cli.mcp import views
from roxy.cli.mcp.arguments import Pairs, Words, prompt_arguments
from roxy.cli.opening import with_roxy
from roxy.cli.terminal.asking import person
from roxy.contracts.doors import Assistant
from roxy.contracts.offers import Ended, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
from roxy.errors import UsageError
from roxy.mcp.questions.person import answering

Server = Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")]
Timeout = Annotated[float | None, typer.Option("--timeout", min=0.001, help="Seconds for the whole request.")]
Session = Annotated[str | None, typer.Option("--session", help="Ask as this session, with what it binds.")]

resources_app, read_app, prompts_app, prompt_app = (
    typer.Typer(rich_markup_mode=None, add_completion=False) for _ in range(4)
)


@resources_app.command()
def resources(server: Server, *, as_json: output.JsonFlag = False) -> None:
    """The resources of a server, and the patterns of those that have no list. The server is started when needed.

    \b
    Examples:
      roxy mcp resources files
      roxy mcp resources files --json
    """

    async def ask(roxy: Assistant) -> tuple[Sequence[ResourceInfo], Sequence[ResourceTemplate]]:
        return await roxy.list_resources(server), await roxy.list_templates(server)

    found, patterns = with_roxy(ask, doing="" if as_json else f"Asking {server} for its resources")
    document = {"resources": found, "templates": patterns}
    output.show(document, as_json=as_json, view=lambda _: views.resources(server, found, patterns))


@read_app.command()
def read(
    server: Server,
    uri: Annotated[str, typer.Argument(metavar="URI", help="Its URI, as `roxy mcp resources` shows it.")],
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write what is read into this file.")] = None,
    timeout: Timeout = None,
    session: Session = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Read a resource and print its text. Ends with 1 when that fails.

    \b
    Examples:
      roxy mcp read files file:///srv/notes/today.md
      roxy mcp read camera camera://door/picture --out door.png
      roxy mcp read files file:///srv/notes/today.md --json
    """

    async def fetch(roxy: Assistant) -> ReadResult:
        with answering(person(quiet=as_json)):
            return await roxy.read_resource(server, uri, timeout=timeout, session_id=session)

    result = with_roxy(fetch, doing="" if as_json else f"Reading from {server}")
    if result.success and out is not None:
        _write(result, out)
        output.show(result, as_json=as_json, view=lambda _: f"Written to {out}.")
    elif as_json or result.success:
        output.show(result, as_json=as_json, view=views.contents)
    _end(result, as_json=as_json)


@prompts_app.command()
def prompts(server: Server, *, as_json: output.JsonFlag = False) -> None:
    """The prompts of a server and what they take. The server is started when needed.

    \b
    Examples:
      roxy mcp prompts github
      roxy mcp prompts github --json
    """
    found = with_roxy(
        lambda roxy: roxy.list_prompts(server), doing="" if as_json else f"Asking {server} for its prompts"
    )
    output.show(found, as_json=as_json, view=lambda found: views.prompts(server, found))


@prompt_app.command()
def prompt(
    server: Server,
    name: Annotated[str, typer.Argument(metavar="PROMPT", help="Its name, as `roxy mcp prompts` shows it.")],
    arguments: Words = None,
    *,
    arg: Pairs = None,
    timeout: Timeout = None,
    session: Session = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Have a server fill in one of its prompts, and print the messages. Ends with 1 when that fails.

    At a terminal the server may ask you something back.

    \b
    Examples:
      roxy mcp prompt github review_pull_request number=17
      roxy mcp prompt writer letter to="the landlord" --arg tone=friendly --json
      roxy mcp prompt writer letter @letter.json
    """
    given = prompt_arguments(arguments or (), arg or ())

    async def fill(roxy: Assistant) -> PromptResult:
        with answering(person(quiet=as_json)):
            return await roxy.get_prompt(server, name, given, timeout=timeout, session_id=session)

    result = with_roxy(fill, doing="" if as_json else f"Asking {server} for the prompt {name}")
    if as_json or result.success:
        output.show(result, as_json=as_json, view=views.messages)
    _end(result, as_json=as_json)


def _end(result: Ended, *, as_json: bool) -> None:
    if result.success:
        return
    if not as_json:
        output.note(ended(result))
    raise typer.Exit(1)


def _write(result: ReadResult, out: Path) -> None:
    """Write the contents, text as UTF-8 and blobs as the bytes that they are; raises `UsageError` when it cannot."""
    try:
        pieces = [
            one["text"].encode() if isinstance(one.get("text"), str) else base64.b64decode(one["blob"], validate=True)
            for one in result.contents
        ]
        out.write_bytes(b"".join(pieces))
    except binascii.Error:
        raise UsageError("What was read is no valid Base64.", hint="See it as it came: add --json.") from None
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.") from error
