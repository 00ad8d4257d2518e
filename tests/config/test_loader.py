import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.config.loader import Node, leaves, nearest, parse, read_file
from roxy.errors import ConfigError

pytestmark = pytest.mark.requirement("config.bad")


def test_every_value_knows_its_line(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("# head\na: 1\nb:\n  c: two\n  d:\n    - x\n    - y\n", encoding="utf-8")
    root = read_file(path)
    assert root is not None
    assert [(".".join(keys), leaf.where) for keys, leaf in leaves(root)] == [
        ("a", f"{path}:2"),
        ("b.c", f"{path}:4"),
        ("b.d", f"{path}:5"),
    ]
    assert [item.where for item in root.value["b"].value["d"].value] == [f"{path}:6", f"{path}:7"]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_a_file_without_values_says_nothing(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    root = read_file(tmp_path / "a.yaml")
    assert root is None or root.value is None


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    assert read_file(tmp_path / "none.yaml") is None
    (tmp_path / "file").write_text("")
    assert read_file(tmp_path / "file" / "none.yaml") is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "tabs"),
        ("a: 1\nb: 'open\n", 3, "not valid YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "second time"),
        ("a: 1\n? [x]\n: 2\n", 2, "a word"),
        ("a: 1\nb: !python/object:os.system x\n", 2, "cannot be read"),
        ("a: 1\nb: !!python/tuple [1]\n", 2, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("a: *nobody\n", 1, "not valid YAML"),
        ("a: 1\nb: \x07\n", 2, "character"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, words):
    with pytest.raises(ConfigError) as error:
        parse(text, "a.yaml")
    assert error.value.where == f"a.yaml:{line}"
    assert words in str(error.value)


def test_bytes_that_are_not_utf_8_are_told_with_their_line(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigError, match="UTF-8") as error:
        read_file(tmp_path / "a.yaml")
    assert error.value.where.endswith("a.yaml:2")


def test_a_byte_order_mark_is_no_value(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    root = read_file(tmp_path / "a.yaml")
    assert root is not None
    assert list(root.value) == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 5000 + "]" * 5000,
        "a: &a [x]\nb: &b [" + ", ".join(["*a"] * 200) + "]\nc: [" + ", ".join(["*b"] * 200) + "]\n",
        "a: &a [*a]\n",
    ],
    ids=["deep", "aliases that multiply", "an alias of itself"],
)
def test_a_file_that_would_eat_the_memory_is_refused(text):
    with pytest.raises(ConfigError):
        parse(text, "a.yaml")


def test_a_file_larger_than_a_megabyte_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1\n" + "# padding\n" * 110_000)
    with pytest.raises(ConfigError, match="1 MB"):
        read_file(tmp_path / "a.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / "a.yaml").chmod(0)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_file(tmp_path / "a.yaml")


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_file(tmp_path / "a.yaml")


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_a_config_error(text):
    with suppress(ConfigError):
        assert parse(text, "a.yaml") is None or text.strip()


@pytest.mark.parametrize(
    ("word", "right"),
    [("timeout_requst", "timeout_request"), ("comand", "command"), ("TRANSPORT", "transport"), ("xyzzy", None)],
)
def test_the_nearest_right_word_is_found(word, right):
    assert nearest(word, ["command", "transport", "timeout_request", "timeout_start"]) == right


def test_an_empty_mapping_is_a_leaf():
    assert [keys for keys, _ in leaves(Node({"a": Node({}, "x:1")}, "x:1"))] == [("a",)]
