"""`roxy privacy`: what the gateway finds in a text, and what it would let leave."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.privacy.audit import audit
from roxy.cli.privacy.explain import explain, policy
from roxy.cli.privacy.opened import gateway
from roxy.cli.privacy.own import add, ask_again, listed, remove
from roxy.cli.running import run
from roxy.contracts.privacy import Finding
from roxy.errors import PrivacyBlocked, UsageError
from roxy.privacy.gateway import PrivacyGateway

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="What may leave: find personal data, decide, look back.",
)

app.command()(explain)
app.command()(policy)
app.command()(audit)
app.command()(add)
app.command("list")(listed)
app.command()(remove)
app.command("ask-again")(ask_again)

_Text = Annotated[str, typer.Argument(metavar="TEXT", help="The text; `-` or nothing reads it from standard input.")]


@app.command()
def scan(
    text: _Text = "-",
    *,
    lines: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id", "text"} per line, print {"id", "spans"} per line, in order.')
    ] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Show what is found in a text, whatever the policy does with it.

    \b
    Examples:
      roxy privacy scan "mail ann@example.com or call +358 40 123 4567"
      cat texts.jsonl | roxy privacy scan --jsonl
    """
    asked = gateway()
    if lines:
        if text != "-":
            raise UsageError("With --jsonl the texts come from standard input.", hint="Leave the text away.")
        output.show_lines(_scanned(asked))
        return
    words = _words(text)
    found = asked.scan(words)
    output.show(found, as_json=as_json, view=lambda found: _findings_view(words, found))


@app.command()
def redact(text: _Text = "-", *, as_json: output.JsonFlag = False) -> None:
    """Print a text as an external server would get it. A JSON document stays one.

    \b
    Examples:
      roxy privacy redact "Dear Ann, my number is 555-123-4567"
      roxy privacy redact '{"to": "ann@example.com"}' --json
    """
    words = _words(text)
    document, is_document = _document(words)
    sent = run(gateway().outgoing(document, destination="terminal:redact"))
    if sent.decision.blocked:
        raise PrivacyBlocked(sent.decision.reason)
    if as_json:
        output.show({"payload": sent.payload, "redactions": sent.decision.redactions}, as_json=True, view=str)
    else:
        output.line(json.dumps(sent.payload, ensure_ascii=False) if is_document else sent.payload)


def _words(text: str) -> str:
    return sys.stdin.buffer.read().decode(errors="replace") if text == "-" else text


def _document(words: str) -> tuple[Any, bool]:
    """The JSON object or array that `words` is, else `words`; and which of the two."""
    if words.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(words), True
        except ValueError:
            pass
    return words, False


def _scanned(gateway: PrivacyGateway) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(sys.stdin.buffer, 1):
        if not row.strip():
            continue
        try:
            item = json.loads(row)
            identity, text = item["id"], item["text"]
        except (ValueError, KeyError, TypeError):
            raise _bad_line(number) from None
        if not isinstance(text, str):
            raise _bad_line(number)
        yield {"id": identity, "spans": [[found.start, found.end, found.type] for found in gateway.scan(text)]}


def _bad_line(number: int) -> UsageError:
    return UsageError(
        f"Line {number} of standard input is not a JSON object with `id` and `text`.",
        hint='Each line looks like: {"id": 1, "text": "…"}',
    )


def _findings_view(text: str, found: Sequence[Finding]) -> output.View | str:
    if not found:
        return "Nothing personal was found."
    rows = [[finding.type, f"{finding.score:.2f}", text[finding.start : finding.end]] for finding in found]
    return output.table(["type", "score", "text"], rows)
