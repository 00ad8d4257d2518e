"""A command group that lists its commands without importing them, and imports the one that is called.

Order of events: the table gives every command a stand-in with its name and one line of help, which is all that
`--help` and completion of the name need; when the words of the command line name a command, its module is imported
and takes the stand-in's place.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


class Entry(NamedTuple):
    """Where a command lives and what it does."""

    target: str
    """`module:attribute` of its Typer app. An app with a single command becomes that command, else a group."""
    help: str
    """One line for the list of commands."""


class LazyGroup(TyperGroup):
    """A Typer group over a table of commands; subclass it and set `table`."""

    table: ClassVar[Mapping[str, Entry]] = {}

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, entry in self.table.items():
            self.add_command(TyperCommand(name, short_help=entry.help, help=entry.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that the first word names, then let Typer find it."""
        if args:
            self.load(args[0])
        return super().resolve_command(ctx, args)

    def load(self, name: str) -> Any:
        """Put the real command in place of its stand-in and return it; None for a name that is not in the table."""
        if name not in self.table:
            return None
        module, _, attribute = self.table[name].target.partition(":")
        app: typer.Typer = getattr(import_module(module), attribute)
        command = get_command(app)
        command.name = name
        command.short_help = self.table[name].help
        self.add_command(command)
        return command
