"""The system server in process, through the SDK's in-memory client: what another MCP client would see."""

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from mcp.client.client import Client

from fakes.open_services import PlainMemory, PlainServices
from roxy.servers import system
from roxy.store.folders import AllowedFolders

pytestmark = pytest.mark.requirement("server.system")


@asynccontextmanager
async def talking_to(services):
    async with asyncio.timeout(10), Client(system.create(services)) as client:
        yield client


async def answer(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def refusal(client, tool, **arguments):
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return result.content[0].text


async def test_every_tool_has_a_description_schemas_and_hints():
    async with talking_to(PlainServices()) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {
        "memory_store",
        "memory_search",
        "memory_forget",
        "file_search",
        "file_read",
        "time_now",
        "status",
    }
    for tool in tools.values():
        assert len(tool.description) > 20
        assert tool.output_schema["type"] == "object"
        assert tool.annotations.open_world_hint is False
        assert all("description" in schema for schema in tool.input_schema["properties"].values())
    reading = {name for name, tool in tools.items() if tool.annotations.read_only_hint}
    assert reading == {"memory_search", "file_search", "file_read", "time_now", "status"}
    assert tools["memory_forget"].annotations.destructive_hint is True
    assert tools["memory_store"].annotations.destructive_hint is False


async def test_the_manifest_names_the_tools_that_the_server_offers():
    manifest = json.loads((Path(system.__file__).parent / "manifest.json").read_text())
    async with talking_to(PlainServices()) as client:
        offered = [tool.name for tool in (await client.list_tools()).tools]
    assert [tool["name"] for tool in manifest["tools"]] == offered
    assert manifest["server"]["mcp_config"]["args"] == ["-m", "roxy.servers.system"]


async def test_what_is_stored_is_found_and_can_be_forgotten():
    async with talking_to(PlainServices()) as client:
        kept = await answer(client, "memory_store", text="Anna's birthday is 4 June.", about={"person": "Anna"})
        found = await answer(client, "memory_search", query="birthday")
        assert found["items"] == [
            {
                "id": kept["id"],
                "text": "Anna's birthday is 4 June.",
                "at": "2026-05-03T09:30:00+00:00",
                "about": {"person": "Anna"},
            }
        ]
        assert await answer(client, "memory_forget", id=kept["id"]) == {"id": kept["id"], "forgotten": True}
        assert (await answer(client, "memory_search", query="birthday"))["items"] == []


async def test_an_empty_query_gives_the_newest():
    async with talking_to(PlainServices()) as client:
        await answer(client, "memory_store", text="first")
        await answer(client, "memory_store", text="second")
        newest = await answer(client, "memory_search", query=" ", limit=1)
    assert [item["text"] for item in newest["items"]] == ["second"]


async def test_forgetting_what_is_not_there_says_how_to_find_the_id():
    async with talking_to(PlainServices()) as client:
        assert "memory_search" in await refusal(client, "memory_forget", id="nothing")


async def test_a_full_disk_is_told_in_a_sentence_with_the_next_step():
    async with talking_to(PlainServices(memory=PlainMemory(full=True))) as client:
        told = await refusal(client, "memory_store", text="something")
    assert told.endswith("The disk is full, so nothing new can be kept. Free some space and say it again.")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("memory_store", {}),
        ("memory_store", {"text": ""}),
        ("memory_store", {"text": "x" * 10_001}),
        ("memory_search", {"query": "x", "limit": 0}),
        ("file_search", {"query": "x", "where": "everywhere"}),
        ("file_read", {"path": "/etc/hosts", "max_bytes": 20_000_001}),
    ],
)
async def test_arguments_that_do_not_fit_are_refused(tool, arguments):
    services = PlainServices()
    async with talking_to(services) as client:
        await refusal(client, tool, **arguments)
    assert services.memory.items == {}


async def test_files_are_found_by_name_and_by_content_and_read(tmp_path):
    (tmp_path / "tax-2025.txt").write_text("first line\nThe refund is 120.\n")
    (tmp_path / "other.txt").write_text("nothing here\n")
    async with talking_to(PlainServices(files=AllowedFolders([tmp_path]))) as client:
        by_name = await answer(client, "file_search", query="tax")
        by_content = await answer(client, "file_search", query="REFUND", where="content")
        read = await answer(client, "file_read", path=by_name["files"][0]["path"])
    assert [Path(file["path"]).name for file in by_name["files"]] == ["tax-2025.txt"]
    assert by_name["folders"] == [str(tmp_path)]
    assert (by_content["files"][0]["line"], by_content["files"][0]["excerpt"]) == (2, "The refund is 120.")
    assert read["text"] == "first line\nThe refund is 120.\n"


async def test_a_file_that_is_too_long_is_refused_with_its_size(tmp_path):
    long = tmp_path / "long.txt"
    long.write_text("x" * 11)
    async with talking_to(PlainServices(files=AllowedFolders([tmp_path]))) as client:
        told = await refusal(client, "file_read", path=str(long), max_bytes=10)
    assert "11 bytes" in told or "10 is the most" in told


async def test_a_file_outside_the_allowed_folders_is_refused_with_the_reason(tmp_path):
    inside = tmp_path / "allowed"
    inside.mkdir()
    (tmp_path / "private.txt").write_text("top secret")
    async with talking_to(PlainServices(files=AllowedFolders([inside]))) as client:
        told = await refusal(client, "file_read", path=str(inside / ".." / "private.txt"))
    assert "not in the folders you allowed" in told
    assert "top secret" not in told


@pytest.mark.parametrize(
    ("tool", "arguments"), [("file_search", {"query": "x"}), ("file_read", {"path": "/etc/hosts"})]
)
async def test_without_an_allowed_folder_the_setting_that_allows_one_is_told(tool, arguments):
    async with talking_to(PlainServices()) as client:
        assert "files: {folders: [~/Documents]}" in await refusal(client, tool, **arguments)


async def test_the_time_is_the_users_own_unless_a_zone_is_given():
    async with talking_to(PlainServices()) as client:
        here = await answer(client, "time_now")
        there = await answer(client, "time_now", zone="Asia/Tokyo")
    assert here["zone"] == "Europe/Berlin"
    assert datetime.fromisoformat(there["iso"]).utcoffset().total_seconds() == 9 * 3600
    assert there["weekday"] in {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}


@pytest.mark.parametrize("zone", ["Atlantis/Deep", "../../etc/passwd", "Europe", "\x00"])
async def test_a_zone_that_does_not_exist_is_refused(zone):
    async with talking_to(PlainServices()) as client:
        assert "IANA name" in await refusal(client, "time_now", zone=zone)


async def test_the_status_names_servers_and_their_failures_but_not_their_output():
    async with talking_to(PlainServices()) as client:
        status = await answer(client, "status")
    assert status["servers"] == [
        {
            "name": "brave_search",
            "state": "failed",
            "transport": "stdio",
            "tools": None,
            "error": "brave_search ended with code 1.",
        }
    ]
    assert "may hold anything" not in json.dumps(status)
    assert status["folders"] == []


def test_making_the_server_leaves_the_logging_of_the_process_alone():
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    root.handlers[:] = []
    try:
        system.create(PlainServices())
        assert root.handlers == []
        assert root.level == level
    finally:
        root.handlers[:] = kept
