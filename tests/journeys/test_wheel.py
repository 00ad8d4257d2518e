"""The wheel, in an environment where the checkout cannot be seen."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """An environment with Roxy from the wheel; its dependencies are lent by this one, Roxy itself is not."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(site),
            str(wheel),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    # A path line lends the packages, but the .pth files beside them (the editable Roxy) are not followed.
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def roxy(python: Path, home: dict[str, str], *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in home.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(python), "-m", "roxy", *words],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.requirement("setup.wheel")
def test_an_installed_wheel_answers_a_question_without_the_checkout(installed, fresh_home, tmp_path):
    asked = roxy(installed, fresh_home, "ask", "what is 15% of 80", "--json", cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    assert "12" in json.loads(asked.stdout)["reply"]
    where = subprocess.run(
        [str(installed), "-c", "import roxy; print(roxy.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )
    assert str(ROOT / "src") not in where.stdout


@pytest.mark.requirement("setup.wheel")
def test_the_wheel_carries_configuration_skills_and_migrations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "roxy/_packaged/config/roxy.yaml" in names
    assert "roxy/_packaged/config/mcp_servers.yaml" in names
    bundled = {path.parent.name for path in (ROOT / "skills").glob("*/SKILL.md")}
    assert bundled
    assert {f"roxy/_packaged/skills/{skill}/SKILL.md" for skill in bundled} <= names
    assert any(name.startswith("roxy/store/migrations/versions/") for name in names)
    assert not [name for name in names if "__pycache__" in name]
