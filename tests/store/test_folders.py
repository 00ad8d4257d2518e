import os
import threading
from datetime import UTC, datetime

import pytest

from roxy.contracts.skills import Files
from roxy.errors import Denied, UsageError
from roxy.store import folders as room
from roxy.store.folders import AllowedFolders


@pytest.fixture
def home(tmp_path):
    """A folder `docs` that is allowed, and a secret beside it that is not."""
    docs = tmp_path / "docs"
    (docs / "letters").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("the secret of the house")
    for age, (name, content) in enumerate(
        [
            ("Tax Report 2025.txt", "Income and taxes\nThe total was 1200 Euro\n"),
            ("letters/bank.md", "Dear bank,\nplease close my Account.\n"),
            ("letters/old.md", "nothing here"),
        ]
    ):
        (docs / name).write_text(content)
        os.utime(docs / name, (1_700_000_000 - age, 1_700_000_000 - age))
    return docs


def _names(hits):
    return [hit.path.rpartition("docs/")[2] for hit in hits]


def test_it_is_what_skills_are_promised(home):
    files: Files = AllowedFolders([home, home, home / "missing"])
    assert files.folders() == [str(home)]


async def test_files_are_found_by_any_words_of_the_name_newest_first(home):
    files = AllowedFolders([home])
    assert _names(await files.find("report tax")) == ["Tax Report 2025.txt"]
    assert _names(await files.find(".md")) == ["letters/bank.md", "letters/old.md"]
    assert _names(await files.find("no such thing")) == []
    assert _names(await files.find("   ")) == []


async def test_files_are_found_by_glob_and_by_path(home):
    files = AllowedFolders([home])
    assert _names(await files.find("*.TXT")) == ["Tax Report 2025.txt"]
    assert _names(await files.find("letters/*.md")) == ["letters/bank.md", "letters/old.md"]
    assert _names(await files.find("**/*.md", limit=1)) == ["letters/bank.md"]
    assert await files.find("[") == []


async def test_a_hit_tells_size_and_time(home):
    (hit,) = await AllowedFolders([home]).find("old.md")
    assert (hit.size, hit.modified) == (12, datetime.fromtimestamp(1_699_999_998, UTC))


async def test_text_is_found_whatever_its_case_with_line_and_excerpt(home):
    (hit,) = await AllowedFolders([home]).search("close MY account")
    assert (hit.path, hit.line, hit.excerpt) == (str(home / "letters/bank.md"), 2, "please close my Account.")
    assert await AllowedFolders([home]).search("secret") == []
    assert await AllowedFolders([home]).search(" ") == []


async def test_a_very_long_line_gives_a_short_excerpt_around_the_hit(home):
    (home / "long.txt").write_text("x " * 10_000 + "needle" + " y" * 10_000)
    (hit,) = await AllowedFolders([home]).search("needle")
    assert "needle" in hit.excerpt
    assert len(hit.excerpt) <= 200


async def test_binary_huge_hidden_and_machine_made_files_are_not_searched(home, monkeypatch):
    monkeypatch.setattr(room, "_SEARCHED_FILE", 1000)
    (home / "program").write_bytes(b"\0needle")
    (home / "huge.txt").write_text("needle" + "x" * 1000)
    for folder in (".git", "node_modules", ".secret"):
        (home / folder).mkdir()
        (home / folder / "needle.txt").write_text("needle")
    (home / ".needle").write_text("needle")
    (home / "plain.txt").write_text("needle")
    files = AllowedFolders([home])
    assert _names(await files.search("needle")) == ["plain.txt"]
    assert _names(await files.find("needle")) == []


async def test_work_is_bounded_in_entries_and_time(home, monkeypatch):
    monkeypatch.setattr(room, "_ENTRIES", 2)
    assert await AllowedFolders([home]).find("letters/*") == []
    monkeypatch.setattr(room, "_ENTRIES", 100)
    monkeypatch.setattr(room, "_SECONDS", -1.0)
    assert await AllowedFolders([home]).search("bank") == []


async def test_a_file_is_read_by_absolute_and_by_relative_path(home):
    files = AllowedFolders([home])
    assert await files.read("letters/old.md") == "nothing here"
    assert await files.read(str(home / "letters" / ".." / "letters" / "old.md")) == "nothing here"


@pytest.mark.requirement("bundled.files")
@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "letters/../../secret.txt",
        "/etc/passwd",
        "~root/x",
        "link",
        "folder/secret.txt",
        ".env",
    ],
)
async def test_nothing_outside_and_nothing_hidden_is_read(home, path):
    (home / "link").symlink_to(home.parent / "secret.txt")
    (home / "folder").symlink_to(home.parent)
    (home / ".env").write_text("a key")
    with pytest.raises(Denied, match="not in the folders you allowed") as caught:
        await AllowedFolders([home]).read(path)
    assert str(home) in caught.value.hint


async def test_without_any_folder_nothing_may_be_read():
    with pytest.raises(Denied, match="none"):
        await AllowedFolders([]).read("letter.txt")


async def test_links_that_stay_inside_may_be_read_and_are_not_searched_twice(home):
    (home / "link.md").symlink_to(home / "letters" / "bank.md")
    (home / "loop").symlink_to(home)
    files = AllowedFolders([home, home / "letters"])
    assert "Dear bank" in await files.read("link.md")
    assert _names(await files.search("dear bank")) == ["letters/bank.md"]


async def test_an_allowed_folder_may_itself_be_a_link(home):
    (home.parent / "shortcut").symlink_to(home)
    files = AllowedFolders([home.parent / "shortcut"])
    assert await files.read(str(home.parent / "shortcut" / "letters" / "old.md")) == "nothing here"


@pytest.mark.requirement("bundled.files")
async def test_a_link_slipped_in_between_the_look_and_the_open_is_not_followed(home):
    stop = threading.Event()
    target, decoy, swap = home / "letters", home.parent / "decoy", home.parent / "swap"
    decoy.mkdir()
    (decoy / "old.md").write_text("the secret of the house")

    def swapper():
        while not stop.is_set():
            target.rename(swap)
            target.symlink_to(decoy)
            target.unlink()
            swap.rename(target)

    files, seen = AllowedFolders([home]), set()
    thread = threading.Thread(target=swapper)
    thread.start()
    try:
        for _ in range(300):
            try:
                seen.add(files._read("letters/old.md", 1000))
            except (Denied, UsageError) as error:
                seen.add(type(error).__name__)
            seen.update(hit.excerpt for hit in files._search("secret", 5))
    finally:
        stop.set()
        thread.join(5)
    assert "the secret of the house" not in seen


async def test_what_cannot_be_read_is_told(home):
    (home / "program").write_bytes(b"\0\1\2")
    os.mkfifo(home / "pipe")
    files = AllowedFolders([home])
    for path, why in [
        ("missing.txt", "There is no file"),
        ("letters", "There is no file"),
        ("pipe", "There is no file"),
        ("program", "not a text file"),
        ("x" * 5000, "There is no file"),
        ("~nobody-here/x", "There is no file"),
        ("a\0b", "NUL"),
    ]:
        with pytest.raises(UsageError, match=why):
            await files.read(path)
    with pytest.raises(UsageError, match="12 bytes; 5 is the most"):
        await files.read("letters/old.md", max_bytes=5)


async def test_a_pipe_in_the_place_of_a_file_hangs_nobody(home):
    os.mkfifo(home / "pipe")
    with pytest.raises(FileNotFoundError):
        room._open_inside(home, "pipe")
    assert room._decoded("é".encode("utf-16")) == "é"


async def test_a_name_that_is_no_unicode_is_shown_as_well_as_it_can_be(home):
    try:
        (home / os.fsdecode(b"caf\xe9.txt")).write_text("needle")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    (hit,) = await AllowedFolders([home]).search("needle")
    assert hit.path.endswith("caf\N{REPLACEMENT CHARACTER}.txt")
