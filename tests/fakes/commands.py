"""Commands for the tests of the command line: each ends in another way."""

import asyncio

import typer

from roxy.cli import output
from roxy.cli.running import run
from roxy.errors import ConfigError, UsageError

app = typer.Typer()


@app.command()
def configured():
    raise ConfigError("unknown key `colour`", where="roxy.yaml:3", hint="Did you mean `color`?")


@app.command()
def used():
    raise UsageError("that is wrong")


@app.command()
def broken():
    raise ZeroDivisionError("secret-value")


@app.command()
def fine():
    run(asyncio.sleep(0))


@app.command()
def waits():
    async def wait():
        output.line("waiting")
        try:
            await asyncio.Event().wait()
        finally:
            output.line("closed")

    run(wait())
