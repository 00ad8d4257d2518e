"""A model reads skills that are nothing but instructions."""

import pytest

from fakes.scripted_model import calls, words
from roxy.config.trust import TrustFile
from roxy.conversation.model.offers.instructions import PAGE, READ_SKILL
from roxy.skills.folder import digest_of, snapshot

HARD = "think hard about all that"


@pytest.fixture
def letters(places):
    folder = places.skills / "letters"
    (folder / "examples").mkdir(parents=True)
    head = "---\nname: letters\ndescription: How to write letters. Use for any letter.\n---\n"
    (folder / "SKILL.md").write_text(f"{head}# Letters\nBegin with Dear; see examples/short.md.", encoding="utf-8")
    (folder / "examples" / "short.md").write_text("Dear Bob, hi.", encoding="utf-8")
    (folder / "long.md").write_text("x" * (PAGE + 5), encoding="utf-8")
    (folder / "logo.png").write_bytes(b"\x89PNG\xff\xfe")
    (places.skills / "secret.txt").write_text("not for you", encoding="utf-8")
    return folder


@pytest.fixture
def approved(places, letters):
    TrustFile(places.trust_file).approve("skill", "letters", digest_of(snapshot(letters)))
    return letters


@pytest.fixture
async def roxy(letters, request, roxy):
    return roxy


async def read(person, bench, **arguments):
    model = bench.script("home", calls((READ_SKILL, {"skill": "letters", **arguments})), words("Read."))
    assert (await person.say(HARD, model="home")).text == "Read."
    return next(part for role, part in reversed(model.said()) if role == "tool")


@pytest.mark.requirement("models.instructions")
@pytest.mark.usefixtures("approved")
class TestApproved:
    @pytest.fixture
    async def roxy(self, approved, roxy):
        return roxy

    async def test_its_name_and_description_are_told_and_its_words_only_when_they_are_read(self, person, bench):
        _, _, content, failed = await read(person, bench)
        [tool] = [tool for tool in bench.models["home"].asked[0].tools if tool.name == READ_SKILL]
        assert "letters: How to write letters." in tool.description
        assert "Dear" not in tool.description
        assert not failed
        assert content["text"].startswith("# Letters")
        assert content["files"] == ["examples/short.md", "logo.png", "long.md"]

    async def test_its_files_are_read_in_pages(self, person, bench):
        assert (await read(person, bench, file="examples/short.md"))[2]["text"] == "Dear Bob, hi."
        first = (await read(person, bench, file="./long.md"))[2]
        assert (len(first["text"]), first["next_start"]) == (PAGE, PAGE)
        rest = (await read(person, bench, file="long.md", start=first["next_start"]))[2]
        assert rest["text"] == "xxxxx"
        assert "next_start" not in rest

    @pytest.mark.parametrize("file", ["../secret.txt", "/etc/passwd", "examples/../../secret.txt", "nothing.md"])
    async def test_what_is_not_in_its_folder_is_not_there(self, person, bench, file):
        _, _, content, failed = await read(person, bench, file=file)
        assert failed
        assert "has no file" in content

    async def test_what_is_no_text_and_a_start_that_is_no_number_are_errors(self, person, bench):
        assert "no text" in (await read(person, bench, file="logo.png"))[2]
        assert "whole number" in (await read(person, bench, file="long.md", start="two"))[2]


@pytest.mark.requirement("models.instructions")
async def test_a_skill_that_was_not_approved_is_not_read(person, bench):
    _, _, content, failed = await read(person, bench)
    assert failed
    assert "not for you" not in content
    assert READ_SKILL not in [tool.name for tool in bench.models["home"].asked[0].tools]
