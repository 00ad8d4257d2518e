"""The files skill on the bench, over real files."""

import os
from datetime import UTC, datetime

import pytest

from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.files")


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        bench.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
        yield bench


def put(bench, name, text="", age_days=0):
    path = bench.file(name, text)
    at = bench.now.timestamp() - age_days * 86_400
    os.utime(path, (at, at))
    return path


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("find the file tax-2025", "tax-2025.txt"),
        ("find files named *.pdf", "scan.pdf"),
        ("find all pdf files", "scan.pdf"),
        ("where is the file tax-2025.txt?", "tax-2025.txt"),
        ("look for my tax documents", "tax-2025.txt"),
    ],
)
async def test_files_are_found_by_name(bench, said, name):
    for other in ("tax-2025.txt", "scan.pdf", "unrelated.md"):
        put(bench, other)
    reply = await bench.say(said)
    assert reply.success
    assert [file["path"] for file in reply.data["files"]] == [str(bench.folder / name)]


async def test_a_hit_tells_path_size_and_age(bench):
    path = put(bench, "tax.txt", "x" * 2_048, age_days=3)
    reply = await bench.say("find the file tax")
    assert reply.text == f"1 file named tax:\n- {path} (2.0 kB, 3 days ago)"


async def test_content_is_found_with_its_line(bench):
    path = put(bench, "letters/insurance.txt", "Dear Sir,\n  the Insurance number is 4711.\n", age_days=40)
    put(bench, "other.txt", "nothing")
    reply = await bench.say("search my files for insurance number")
    assert f"- {path}:2 (42 bytes, 1 month ago)\n  the Insurance number is 4711." in reply.text
    assert reply.data["files"][0]["line"] == 2


async def test_what_is_not_there_is_told_with_the_folders_that_were_searched(bench):
    reply = await bench.say("which files mention unicorns")
    assert (reply.success, reply.code) == (False, "not_found")
    assert str(bench.folder) in reply.text


async def test_no_more_than_ten_are_shown(bench):
    for number in range(12):
        put(bench, f"page-{number}.txt")
    reply = await bench.say("find files called page")
    assert len(reply.data["files"]) == 10
    assert "the first of more" in reply.text


async def test_the_beginning_of_a_file_is_shown(bench):
    put(bench, "notes.txt", "\n".join(f"line {number}" for number in range(1, 31)))
    reply = await bench.say("read the file notes.txt")
    assert reply.text.splitlines()[1] == "line 1"
    assert reply.text.splitlines()[-1] == "… and 10 more lines."
    bench.config["lines"] = 3
    assert "… and 27 more lines." in (await bench.say("show me the beginning of notes.txt")).text


@pytest.mark.parametrize("answer", ["2", "letters"])
async def test_of_several_files_the_user_says_which(bench, answer):
    put(bench, "plan-b.txt", "the other", age_days=0)
    put(bench, "letters/plan-a.txt", "the right one", age_days=1)
    bench.answers(answer)
    reply = await bench.say("read the file plan")
    assert "1. " in reply.questions[0]
    assert "the right one" in reply.text


async def test_an_exact_name_needs_no_question(bench):
    put(bench, "plan.txt", "mine")
    put(bench, "old-plan.txt", "other")
    reply = await bench.say("read the file plan.txt")
    assert reply.questions == []
    assert "mine" in reply.text


async def test_an_answer_that_fits_no_file_reads_none(bench):
    put(bench, "plan-a.txt")
    put(bench, "plan-b.txt")
    bench.answers("the green one")
    assert (await bench.say("read the file plan")).code == "not_understood"


@pytest.mark.parametrize(
    "said", ["find the file tax", "search my files for tax", "read the file tax", "what files can you see"]
)
async def test_without_an_allowed_folder_every_answer_says_how_to_allow_one(bench, said):
    bench.withdraw()
    reply = await bench.say(said)
    assert (reply.success, reply.code) == (False, "denied")
    assert "roxy skills grant files --folder ~/Documents" in reply.text


async def test_the_allowed_folders_are_told(bench):
    assert (await bench.say("which folders may you read?")).data == {"folders": [str(bench.folder)]}


async def test_a_file_outside_the_allowed_folders_is_neither_found_nor_read(bench, tmp_path):
    outside = tmp_path / "private-plan.txt"
    outside.write_text("top secret")
    (bench.folder / "linked-plan.txt").symlink_to(outside)
    for said in (f"read the file {outside}", "read the file linked-plan.txt", "search my files for top secret"):
        reply = await bench.say(said)
        assert not reply.success
        assert "top secret" not in reply.text.replace("“top secret”", "")
