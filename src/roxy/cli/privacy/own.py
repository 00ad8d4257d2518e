"""`roxy privacy add`, `list`, `remove`: the user's own dictionary, in their own `privacy.yaml`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.privacy.opened import book
from roxy.config.edit import set_in_file
from roxy.config.loader import did_you_mean, read_file
from roxy.config.trust import TrustFile
from roxy.errors import UsageError
from roxy.privacy.policy.consent import HOLDER
from roxy.privacy.policy.file import PRIVACY_FILE, SHORTEST_WORD, check

_Words = Annotated[list[str], typer.Argument(metavar="NAME…", help="A name, an address, a number: as it is written.")]


def add(words: _Words, *, as_json: output.JsonFlag = False) -> None:
    """Tell what is personal to you. It never leaves from then on.

    \b
    Examples:
      roxy privacy add "Ann Lee" "Otto Normal" "12 Main Street"
    """
    for word in words:
        if len(word.strip()) < SHORTEST_WORD:
            raise UsageError(f"{word!r} is too short: it would be found in every text.")
    kept = _kept()
    new = [word.strip() for word in dict.fromkeys(words) if word.strip() not in kept]
    _write([*kept, *new])
    output.show({"added": new}, as_json=as_json, view=lambda _: f"Added: {len(new)}. See them: roxy privacy list")


def remove(words: _Words, *, as_json: output.JsonFlag = False) -> None:
    """Take words out of your dictionary.

    \b
    Examples:
      roxy privacy remove "Otto Normal"
    """
    kept = _kept()
    for word in words:
        if word not in kept:
            raise UsageError(f"{word!r} is not in your dictionary.", hint="`roxy privacy list` shows what is.")
    _write([word for word in kept if word not in words])
    output.show({"removed": words}, as_json=as_json, view=lambda _: f"Removed: {len(words)}.")


def listed(*, as_json: output.JsonFlag = False) -> None:
    """Show your dictionary.

    \b
    Examples:
      roxy privacy list
    """
    words = book().said.dictionary
    empty = 'It is empty. Add your name, your family\'s and your address: roxy privacy add "Ann Lee"'
    output.show(list(words), as_json=as_json, view=lambda words: "\n".join(words) or empty)


def ask_again(
    what: Annotated[str, typer.Argument(metavar="[WHAT]", help="One answer, as `roxy privacy policy` lists it.")] = "",
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Forget what you answered with "always", or one of it. Roxy asks again.

    \b
    Examples:
      roxy privacy ask-again
      roxy privacy ask-again "mail.send /to EMAIL_ADDRESS"
    """
    trust = TrustFile(here().trust_file)
    known = sorted(trust.always(HOLDER))
    if what and what not in known:
        raise UsageError(f"You answered no question with always for {what!r}.", hint=did_you_mean(what, known))
    if what:
        trust.ask_again(HOLDER, what)
    else:
        trust.withdraw(HOLDER)
    forgotten = [what] if what else known
    output.show({"forgotten": forgotten}, as_json=as_json, view=lambda _: f"Forgotten: {len(forgotten)}.")


def _file() -> Path:
    return here().config / PRIVACY_FILE


def _kept() -> list[str]:
    """What the user's own file holds; raises `ConfigError` when that is wrong."""
    tree = read_file(_file())
    return list(check(tree).dictionary) if tree is not None else []


def _write(words: Sequence[str]) -> None:
    here().ready()
    set_in_file(_file(), ["dictionary"], list(words))
