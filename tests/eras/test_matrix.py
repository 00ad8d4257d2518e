"""The matrix finds what is wrong, and only that."""

import asyncio
import dataclasses

import pytest

from eras.cells import check
from eras.matrix import cells_of, table
from eras.rows import OTHER_SDKS, REFERENCE, SDKS, TRANSPORTS, Row
from fakes.servers import ECHO

ECHOING = Row(
    name="echo",
    speaks={"stdio": "2026-07-28"},
    program=[str(ECHO)],
    call=("say", {"text": "hi"}),
)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(50):
        yield


async def test_a_server_that_does_what_is_expected_has_nothing_wrong(tmp_path):
    cell = await check(ECHOING, "stdio", tmp_path, {})
    assert cell.wrong == []
    assert cell.steps > 10
    assert "echo    2026-07-28" in table([cell])
    assert "FAILED" not in table([cell])


async def test_another_era_than_expected_and_another_answer_are_found(tmp_path):
    expecting = dataclasses.replace(ECHOING, speaks={"stdio": "2025-11-25"}, says="hello")
    cell = await check(expecting, "stdio", tmp_path, {})
    assert "found 2026-07-28, not 2025-11-25" in cell.wrong
    assert "say: hi" in cell.wrong
    assert "FAILED" in table([cell])


async def test_a_server_that_does_not_start_is_a_failed_cell(tmp_path):
    cell = await check(dataclasses.replace(ECHOING, program=[str(ECHO), "--exit", "3"]), "stdio", tmp_path, {})
    assert any("exited with code 3" in what for what in cell.wrong)


@pytest.mark.requirement("mcp.era_matrix")
def test_the_matrix_has_every_era_on_every_transport_where_it_exists():
    found = {(row.speaks[transport], transport) for row, transport in cells_of([*SDKS, *OTHER_SDKS, *REFERENCE])}
    everywhere = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}
    wanted = {(revision, transport) for revision in everywhere for transport in TRANSPORTS}
    wanted -= {("2024-11-05", "http")}  # the transport came later
    wanted |= {("2026-07-28", transport) for transport in TRANSPORTS if transport != "sse"}
    assert wanted <= found
