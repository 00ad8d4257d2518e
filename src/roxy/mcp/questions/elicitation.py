"""A server asks the user for input: by a form, field by field, or by sending them to a web page.

The order of events for a form: a field that looks like a password declines the whole; each field is one question with
the server's name; a wrong answer is asked for again; several answers are shown together before they go. "no" and
"decline" decline, "cancel" leaves it. A page is only named: Roxy never opens it (specification 2025-11-25,
"elicitation").
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from roxy.contracts.skills import Dialogue
from roxy.errors import NeedsInput, UsageError
from roxy.mcp.questions.fields import FormField, fields_of, plain

_TRIES = 3
_DECLINES = frozenset({"no", "decline", "refuse"})
_CANCELS = frozenset({"cancel", "stop", "never mind"})
_LONGEST_URL = 4000
CANCELLED: Mapping[str, Any] = {"action": "cancel"}
DECLINED: Mapping[str, Any] = {"action": "decline"}


class _Left(Exception):  # noqa: N818 - it is no error that somebody does not want to answer
    """The user did not fill in the form; `how` is the answer for the server."""

    def __init__(self, how: Mapping[str, Any]) -> None:
        super().__init__()
        self.how = how


def asked(server: str, params: Mapping[str, Any]) -> str:
    """What is asked, in one text: for those who cannot answer it now."""
    text = f"The server {server} asks: {plain(params.get('message')) or 'for input'}"
    if params.get("mode") == "url":
        return f"{text}\nIt wants this page to be opened: {plain(params.get('url'), _LONGEST_URL)}"
    try:
        fields = fields_of(params.get("requestedSchema"))
    except UsageError:
        return text
    return text + "".join(f"\n  - {one.question()}" for one in fields)


async def elicited(server: str, params: Mapping[str, Any], dialogue: Dialogue | None) -> Mapping[str, Any]:
    """The answer as the protocol has it, with real values; raises `NeedsInput` where nobody can be asked."""
    if dialogue is None:
        raise NeedsInput(asked(server, params))
    try:
        if params.get("mode") == "url":
            return await _page(server, params, dialogue)
        return await _form(server, params, dialogue)
    except NeedsInput as nobody:
        raise NeedsInput(asked(server, params)) from nobody
    except _Left as left:
        return left.how


async def _page(server: str, params: Mapping[str, Any], dialogue: Dialogue) -> Mapping[str, Any]:
    url = params.get("url")
    if not isinstance(url, str) or not _is_page(url):
        await dialogue.say(f"The server {server} wanted to send you to something that is no web page. I declined.")
        return DECLINED
    host = urlsplit(url).hostname
    question = (
        f"The server {server} asks: {plain(params.get('message'))}\n"
        f"It wants you to open this page yourself, on {host}:\n  {url}\n"
        "Check the address; what you enter there goes to that page and not through me. Will you?"
    )
    said = (await dialogue.ask(question, choices=("yes", "no", "cancel"))).strip().casefold()
    if said in _CANCELS:
        return CANCELLED
    return {"action": "accept"} if said in {"yes", "y", "ok", "okay", "done", "sure"} else DECLINED


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # A name before an @ is there to look like the host.
    safe = len(url) <= _LONGEST_URL and plain(url, _LONGEST_URL) == url and not any(one.isspace() for one in url)
    return safe and parts.scheme in {"https", "http"} and bool(parts.hostname) and "@" not in parts.netloc


async def _form(server: str, params: Mapping[str, Any], dialogue: Dialogue) -> Mapping[str, Any]:
    try:
        fields = fields_of(params.get("requestedSchema"))
    except UsageError as odd:
        await dialogue.say(f"The server {server} asked for something that I cannot ask you. {odd} I declined.")
        return DECLINED
    await _check_secrets(server, fields, dialogue)
    content: dict[str, Any] = {}
    why = plain(params.get("message"))
    for number, field in enumerate(fields):
        intro = f"The server {server} asks: {why}\n" if number == 0 else f"The server {server}: "
        value = await _filled(field, intro, dialogue)
        if value is not None:
            content[field.name] = value
    if len(fields) > 1:
        await _review(server, fields, content, dialogue)
    return {"action": "accept", "content": content}


async def _check_secrets(server: str, fields: Sequence[FormField], dialogue: Dialogue) -> None:
    if (secret := next((field for field in fields if field.secret), None)) is not None:
        await dialogue.say(
            f"The server {server} asked for {secret.title!r}, which looks like a password or key. Such things are "
            "never given through a form, so I declined. Set it in the server's `env` or `headers` instead."
        )
        raise _Left(DECLINED)


async def _review(server: str, fields: Sequence[FormField], content: Mapping[str, Any], dialogue: Dialogue) -> None:
    shown = "".join(f"\n  {one.title}: {one.shown(content[one.name])}" for one in fields if one.name in content)
    if not await dialogue.confirm(f"This goes to the server {server}:{shown or ' nothing'}\nSend it?"):
        raise _Left(DECLINED)


async def _filled(field: FormField, intro: str, dialogue: Dialogue) -> Any:
    """The value of a field; None when it stays empty. Raises `_Left` when the user does not want to."""
    choices = ("yes", "no") if field.kind == "boolean" else tuple(one.title for one in field.choices)
    wrong = ""
    for _ in range(_TRIES):
        text = (await dialogue.ask(f"{wrong}{intro}{field.question()}", choices=choices)).strip()
        said = text.casefold()
        if _is_left_out(field, said):
            return field.schema.get("default")
        try:
            # Free text is taken as it is, and so the words that leave the form are looked for before it.
            if field.kind == "string" and not field.choices:
                _check_leaving(said)
            return field.value(text)
        except UsageError as error:
            _check_leaving(said)
            wrong = f"{error} "
    raise _Left(CANCELLED)


def _is_left_out(field: FormField, said: str) -> bool:
    if field.has_default and said in {"", "default"}:
        return True
    return not field.required and said in {"", "skip"}


def _check_leaving(said: str) -> None:
    if said in _CANCELS:
        raise _Left(CANCELLED)
    if said in _DECLINES:
        raise _Left(DECLINED)
