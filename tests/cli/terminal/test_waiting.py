import asyncio
import io

import pytest

from roxy.cli.terminal.waiting import hidden, waiting


class Screen(io.StringIO):
    """A terminal that knows when something was written."""

    def __init__(self):
        super().__init__()
        self.written = asyncio.Event()

    def isatty(self):
        return True

    def write(self, text):
        self.written.set()
        return super().write(text)


def shown(monkeypatch):
    """The terminal of this test; made in the test itself, for pytest's capture puts its own streams back before it."""
    made = Screen()
    monkeypatch.setattr("sys.stderr", made)
    monkeypatch.setattr("sys.stdout", Screen())
    return made


@pytest.mark.requirement("mcp.waiting")
async def test_what_takes_a_while_is_told_and_taken_away_when_it_is_over(monkeypatch):
    screen = shown(monkeypatch)
    async with asyncio.timeout(20), waiting("Calling mine"):
        assert screen.getvalue() == ""
        await screen.written.wait()
        assert "Calling mine … 0 s" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


async def test_what_is_quick_leaves_no_trace(monkeypatch):
    screen = shown(monkeypatch)
    async with asyncio.timeout(20), waiting("Calling mine") as line:
        line.say("Something else")
    assert screen.getvalue() == ""


async def test_while_somebody_else_writes_the_line_is_away(monkeypatch):
    screen = shown(monkeypatch)
    async with asyncio.timeout(20), waiting("Calling mine"):
        await screen.written.wait()
        with hidden():
            assert screen.getvalue().endswith("\r\x1b[K")
            screen.written.clear()
        await screen.written.wait()  # and there again


@pytest.mark.requirement("mcp.waiting")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_where_a_program_reads_along_nothing_is_shown(monkeypatch, stream):
    shown(monkeypatch)
    monkeypatch.setattr(f"sys.{stream}", io.StringIO())
    before = asyncio.all_tasks()
    async with asyncio.timeout(20), waiting("Calling mine"):
        assert asyncio.all_tasks() == before
    async with asyncio.timeout(20), waiting("Calling mine", quiet=True):
        assert asyncio.all_tasks() == before


async def test_nobody_is_hidden_from_where_nothing_is_shown():
    with hidden():
        pass
