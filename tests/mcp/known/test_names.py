"""Names that can be taken for one another are found, and those that cannot are left alone."""

import pytest

from roxy.mcp.known.names import is_near, look_alikes, problems, skeleton


@pytest.mark.requirement("mcp.names")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("github", "GitHub"),
        ("read_file", "read-file"),
        ("read_file", "read_fiIe"),
        ("list", "1ist"),
        ("tool", "t00l"),
        ("paypal", "p\u0430yp\u0430l"),
        ("search", "\u0455\u0435\u0430r\u0441h"),
        ("files", "\ufb01les"),
        ("modern", "modem"),
        ("say", "s\u200bay"),
        ("delete", "\uff44\uff45\uff4c\uff45\uff54\uff45"),
    ],
)
def test_names_that_look_the_same_are_found(one, other):
    assert one != other
    assert [set(group) for group in look_alikes([one, "something_else", other])] == [{one, other}]


def test_names_that_are_only_similar_are_left_alone():
    names = [
        "read_file",
        "read_files",
        "write_file",
        "list",
        "lists",
        "search",
        "get_item",
        "set_item",
        "\u00e9t\u00e9",
        "ete",
    ]
    assert look_alikes(names) == ()
    assert look_alikes(["a", "a"]) == ()


@pytest.mark.parametrize("name", ["systen", "ystem", "systtem", "sysetm", "rox", "roxyy", "sesion"])
def test_a_server_that_is_called_nearly_like_roxys_own_is_told(name):
    (said,) = problems([name], {})
    assert f"The server {name} can be taken for Roxy's own " in said


def test_roxys_own_and_unlike_names_are_not_told():
    assert problems(["system", "github", "sys", "rexx", "proxy_server"], {"system": ["a", "b"]}) == []


@pytest.mark.requirement("mcp.names")
def test_look_alike_tools_of_one_server_are_told_so_that_one_can_tell_them_apart():
    said = problems(["files"], {"files": ["pay", "p\u0430y"]})
    assert said == ["Of the server files, the tools pay and p\u0430y (p\\u0430y) can be taken for each other."]


def test_one_letter_is_near_and_two_are_not():
    assert is_near("abc", "abd")
    assert is_near("abc", "acb")
    assert not is_near("abc", "abc")
    assert not is_near("abc", "cba")
    assert not is_near("abcd", "ab")
    assert skeleton("A_b-c") == "abc"
