import io

import pytest

from roxy.cli.mcp.arguments import prompt_arguments, tool_arguments
from roxy.errors import UsageError


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "given.json"
    path.write_text('{"a": 1, "b": "x"}')
    return path


@pytest.mark.requirement("mcp.arguments")
def test_words_may_be_pairs_json_files_and_standard_input_and_the_later_wins(document, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"c": true}')))
    words = [f"@{document}", "-", '{"b": [2]}', "a=2", "d=x=y"]
    assert tool_arguments(words, ["d=null", "e=-1"]) == {"a": 2, "b": [2], "c": True, "d": None, "e": -1}


@pytest.mark.requirement("mcp.arguments")
def test_a_prompt_takes_the_same_words_and_only_texts(document):
    words = [f"@{document}", '{"n": [1, "é"]}', "day=2026-03-01", "number=17"]
    expected = {"a": "1", "b": "x", "n": '[1, "é"]', "day": "2026-03-01", "number": "17"}
    assert prompt_arguments(words, ["day=today"]) == {**expected, "day": "today"}


def test_a_value_that_is_no_json_is_a_text():
    assert tool_arguments(["phone=0123", "at=12:00", "empty=", 'id="3"', "n=3"], ()) == {
        "phone": "0123",
        "at": "12:00",
        "empty": "",
        "id": "3",
        "n": 3,
    }


@pytest.mark.parametrize("read", [tool_arguments, prompt_arguments])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["x"], "no name and value"),
        (["=x"], "no name and value"),
        (["{no"], "not JSON"),
        (["[1]"], "not an object"),
        (["@/no/such/file"], "cannot be read"),
    ],
)
def test_what_is_none_of_them_is_told_with_how_it_is_written(read, words, says):
    with pytest.raises(UsageError, match=says) as wrong:
        read(words, ())
    assert wrong.value.hint
