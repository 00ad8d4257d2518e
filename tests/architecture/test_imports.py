"""Who may know whom, beyond what the import contract in pyproject.toml says."""

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "mcp",
    "presidio_analyzer",
    "spacy",
    "sqlalchemy",
    "alembic",
    "pint",
    "uvicorn",
    "starlette",
    "prompt_toolkit",
    "openai",
    "anthropic",
    "google.genai",
)


OPEN = ("roxy.contracts.", "roxy.skills.english.")
"""What skills may import: contracts, and the words of the language, which are nothing but words."""


def test_no_module_is_part_of_an_import_cycle():
    graph = grimp.build_graph("roxy", include_external_packages=False)
    downstream = {module: graph.find_downstream_modules(module) for module in graph.modules}
    assert {module for module in graph.modules if module in downstream[module]} == set()


def test_skills_import_roxy_through_its_contracts_and_the_words_of_the_language_only():
    strangers = {}
    for path in sorted((ROOT / "skills").rglob("*.py")):
        allowed = {"roxy", "roxy.errors"} | ({"roxy.testing"} if path.name.startswith("test_") else set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            bad = [
                name
                for name in names
                if name.split(".")[0] == "roxy" and name not in allowed and not name.startswith(OPEN)
            ]
            if bad:
                strangers[str(path.relative_to(ROOT))] = bad
    assert strangers == {}


def loaded_by(*arguments: str, environ: dict[str, str]) -> set[str]:
    """The heavy libraries that a command has loaded when it ends."""
    program = (
        "import atexit, sys\n"
        f"heavy = {HEAVY!r}\n"
        "atexit.register(lambda: print('LOADED', *[name for name in heavy if name in sys.modules], file=sys.stderr))\n"
        "from roxy.__main__ import main\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environ,
        stdin=subprocess.DEVNULL,
    )
    line = next(line for line in ran.stderr.splitlines() if line.startswith("LOADED"))
    return set(line.split()[1:])


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (("--version",), set()),
        (("--help",), set()),
        (("ask", "what time is it"), {"sqlalchemy"}),
        (("ask", "what is 15% of 80"), {"sqlalchemy"}),
        (("mcp", "list"), set()),
        (("mcp", "config", "explain", "system"), set()),
    ],
)
@pytest.mark.requirement("start.no_heavy_imports")
def test_a_command_loads_only_the_heavy_libraries_it_needs(arguments, allowed, home):
    # The first command may create the database, for which the migrations are needed.
    loaded_by(*arguments, environ=home)
    assert loaded_by(*arguments, environ=home) <= allowed
