"""The limits of size, without a list of exceptions: the answer to a limit is a better cut."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from radon.complexity import cc_visit

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path for folder in ("src/roxy", "skills") for path in (ROOT / folder).rglob("*.py") if "_packaged" not in path.parts
)
SHIPPED = [path for path in MODULES if not path.name.startswith("test_")]

MODULE_LINES = 400
MEDIAN_LINES = 130
FUNCTION_LINES = 60
PUBLIC_METHODS = 15
FOLDER_MODULES = 14
COMPLEXITY = 10


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    for path in SHIPPED:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kinds):
                yield path, node


def test_there_are_modules_to_measure():
    assert len(SHIPPED) > 30


def test_no_module_is_longer_than_400_lines():
    assert {str(path.relative_to(ROOT)): lines(path) for path in MODULES if lines(path) > MODULE_LINES} == {}


def test_half_of_the_modules_are_shorter_than_130_lines():
    assert statistics.median(lines(path) for path in SHIPPED) <= MEDIAN_LINES


def test_no_function_is_longer_than_60_lines():
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for path, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    }
    assert long == {}


def test_no_class_has_more_than_15_public_methods():
    wide = {}
    for path, node in nodes(ast.ClassDef):
        methods = [
            item.name
            for item in node.body
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("_")
        ]
        if len(methods) > PUBLIC_METHODS:
            wide[f"{path.relative_to(ROOT)}:{node.name}"] = len(methods)
    assert wide == {}


def test_no_folder_has_more_than_14_modules():
    folders: dict[Path, int] = {}
    for path in SHIPPED:
        if path.name != "__init__.py":
            folders[path.parent] = folders.get(path.parent, 0) + 1
    assert {str(folder.relative_to(ROOT)): n for folder, n in folders.items() if n > FOLDER_MODULES} == {}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_is_more_complex_than_10(path):
    blocks = cc_visit(path.read_text(encoding="utf-8"))
    assert {
        block.name: block.complexity for block in blocks if block.letter != "C" and block.complexity > COMPLEXITY
    } == {}
