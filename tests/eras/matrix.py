"""The era matrix: servers of all protocol eras over all their transports, met by Roxy's manager; prints a table.

    cd tests && python -m eras.matrix [--only TEXT] [--edges] [--at-once N]

A row is a server: the Python SDK of seven versions, each in an environment of its own, and the reference servers. A
column is a transport; a cell says which protocol was found, and how many seconds the first contact took beyond the
server's own start in the legacy era, measured in the same run. What failed is played again alone, for on a busy machine
a second is soon gone; what fails then too fails the run. `--edges` plays the oldest and the newest SDKs only.
"""

import argparse
import asyncio
import http.server
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from eras.cells import Cell, check
from eras.environments import build
from eras.rows import HERE, OTHER_SDKS, PEERS, REFERENCE, SDKS, TRANSPORTS, Row
from fakes.node import packages

AT_ONCE = 2

Where = tuple[Row, str]


def cells_of(rows: Sequence[Row]) -> list[Where]:
    return [(row, transport) for row in rows if row.here for transport in TRANSPORTS if transport in row.speaks]


@contextmanager
def world() -> Iterator[Mapping[str, str]]:
    """What the reference servers work on: a web page, and a repository with one commit."""
    with tempfile.TemporaryDirectory() as folder, page() as address:
        git = ["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "First"], check=True)
        yield {"page": address, "repository": folder}


@contextmanager
def page() -> Iterator[str]:
    """The address of a web page, for the server that fetches one."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><body><p>This is a page.</p></body></html>"
            self.send_response(200 if self.path == "/page" else 404)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_port}/page"
    finally:
        web.shutdown()
        web.server_close()


async def play(where: Sequence[Where], around: Mapping[str, str], at_once: int) -> list[Cell]:
    """Check the cells, `at_once` of them at a time."""
    room = asyncio.Semaphore(at_once)

    async def one(row: Row, transport: str) -> Cell:
        async with room:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                return await check(row, transport, Path(folder), around)

    return list(await asyncio.gather(*(one(row, transport) for row, transport in where)))


def table(cells: Sequence[Cell]) -> str:
    """Rows servers, columns transports."""
    lines = [["server", *TRANSPORTS]]
    for row in dict.fromkeys(cell.row.name for cell in cells):
        found = {cell.transport: cell for cell in cells if cell.row.name == row}
        lines.append([row, *(_words(found.get(transport)) for transport in TRANSPORTS)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) for line in lines)


def _words(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    return f"{cell.protocol or 'none'} {cell.first - cell.own:+.1f} s" + (" FAILED" if cell.wrong else "")


async def main(rows: Sequence[Row], at_once: int) -> int:
    began = time.monotonic()
    for folder in (PEERS, HERE) if any(row.runner != "python" for row in rows) else ():
        packages(folder)
    build([row.packages for row in rows])
    built = time.monotonic()
    where = cells_of(rows)
    with world() as around:
        cells = {(cell.row.name, cell.transport): cell for cell in await play(where, around, at_once)}
        failed = [(row, transport) for row, transport in where if cells[row.name, transport].wrong]
        cells |= {(cell.row.name, cell.transport): cell for cell in await play(failed, around, 1)}
    found = list(cells.values())
    print(table(found))
    bad = [cell for cell in found if cell.wrong]
    for cell in bad:
        print(f"\n{cell.row.name} over {cell.transport}:")
        print("\n".join(f"  {what}" for what in cell.wrong))
    steps = sum(cell.steps for cell in found)
    print("".join(f"\nThere is no {row.name} for this machine" for row in rows if not row.here))
    print(f"{len(found) - len(bad)} of {len(found)} cells are well, {steps} checks; {len(failed)} were played twice")
    print(f"{built - began:.0f} s to build the environments, {time.monotonic() - built:.0f} s to play")
    return 1 if bad or not found else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="rows whose name holds this text")
    parser.add_argument("--edges", action="store_true", help="only the oldest and the newest SDKs")
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    options = parser.parse_args()
    chosen = [SDKS[0], *SDKS[-2:]] if options.edges else [*SDKS, *OTHER_SDKS, *REFERENCE]
    sys.exit(asyncio.run(main([row for row in chosen if options.only in row.name], options.at_once)))
