"""What every file of the project keeps to."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOCKS = re.compile(r"\b(?:mock\.patch|MagicMock|AsyncMock|Mock|patch)\s*\(")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_tests_use_at_most_two_mocks_per_thousand_lines():
    files = [path for path in tracked("tests/*.py", "skills/*.py") if path != Path(__file__)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert len(MOCKS.findall(text)) <= 2 * len(text.splitlines()) / 1000


def test_tests_never_wait_by_sleeping():
    sleepers = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("tests/**/test_*.py", "skills/**/test_*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\btime\.sleep\(|\basyncio\.sleep\((?!0\))", line)
    ]
    assert sleepers == []


@pytest.mark.requirement("setup.lock")
def test_the_lock_file_pins_every_package_by_hash_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^([\w.-]+(?:\[[\w,]+\])?)==", text, re.MULTILINE)
    assert len(pinned) > 50
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text
    assert "index-url" not in text


def test_no_npm_lock_file_says_where_a_package_was_fetched():
    for path in tracked("*package-lock.json"):
        assert '"resolved"' not in path.read_text(encoding="utf-8"), path


def test_the_makefile_has_at_most_twelve_targets():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert len(re.findall(r"^[a-z]+:(?!=)", text, re.MULTILINE)) <= 12
