"""The promises and the tests that prove them, checked both ways."""

import ast
from pathlib import Path

from requirements import GAPS, PROMISES

ROOT = Path(__file__).resolve().parents[2]


def marks() -> dict[str, list[str]]:
    """Which tests carry which id."""
    found: dict[str, list[str]] = {}
    for folder in ("tests", "skills"):
        for path in sorted((ROOT / folder).rglob("test_*.py")):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement":
                    for argument in node.args:
                        found.setdefault(ast.literal_eval(argument), []).append(f"{path.name}:{node.lineno}")
    return found


def test_every_promise_is_proved_by_a_test_or_named_as_a_gap():
    assert set(PROMISES) - set(marks()) - set(GAPS) == set()


def test_every_mark_names_a_promise():
    assert {mark: where for mark, where in marks().items() if mark not in PROMISES} == {}


def test_a_gap_is_a_promise_that_no_test_proves():
    assert set(GAPS) <= set(PROMISES)
    assert set(GAPS) & set(marks()) == set()
