import subprocess
import sys

from fakes.skills import write_skill
from roxy.skills.folder import read_folder, read_texts
from roxy.skills.kept import Kept


def described(path, folder):
    kept = Kept(path)
    kept.load()
    found = kept.describe(folder, read_texts(folder), "en")
    kept.save()
    return found


def test_what_was_kept_is_what_was_read(tmp_path):
    folder = write_skill(tmp_path)
    kept = tmp_path / "cache" / "skills.json"
    assert described(kept, folder) == described(kept, folder) == read_folder(folder)
    assert kept.stat().st_mode & 0o077 == 0


def test_a_changed_text_is_read_again(tmp_path):
    folder, kept = write_skill(tmp_path), tmp_path / "skills.json"
    described(kept, folder)
    (folder / "roxy.yaml").write_text("intents: {bye: {sentences: [good bye]}}")
    assert [intent.name for intent in described(kept, folder).intents] == ["bye"]


def test_a_damaged_or_foreign_file_is_compiled_anew(tmp_path):
    folder, kept = write_skill(tmp_path), tmp_path / "skills.json"
    for text in ("", "{", "[]", '{"by": "another", "entries": {}}', "\x00"):
        kept.write_text(text)
        assert described(kept, folder) == read_folder(folder)


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path):
    folder = write_skill(tmp_path)
    (tmp_path / "file").write_text("")
    assert described(tmp_path / "file" / "skills.json", folder).name == "greeter"


def test_a_first_match_from_the_cache_loads_neither_hassil_nor_yaml_nor_pluggy(tmp_path):
    write_skill(tmp_path / "skills")
    text = """
import asyncio, sys
from pathlib import Path
from roxy.skills.finding import SkillSource
from roxy.skills.manager import SkillManager
async def main():
    source = SkillSource("bundled", Path(sys.argv[1]), trusted=True)
    async with SkillManager([source], cache=Path(sys.argv[2])) as skills:
        print(skills.match("say hello to Ada").parameters["who"])
asyncio.run(main())
print(sorted({"hassil", "yaml", "pluggy", "rapidfuzz", "watchfiles", "httpx"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", text, str(tmp_path / "skills"), str(tmp_path / "cache")]
    outputs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n") for _ in "ab"]
    assert outputs[0][0] == "Ada"
    assert outputs[1][:2] == ["Ada", "[]"]
