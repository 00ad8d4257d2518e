"""What machines write is told from what people write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.privacy.detection.shapes.machine import ALL, shapes


@pytest.mark.parametrize(
    "shape",
    [
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "2026-03-01T10:00:00Z",
        "2026-03-01 10:00",
        "1.3.2026",
        "10:30",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "v1.20.3-rc.1",
        "src/roxy/__init__.py",
        "../up/it",
        "notes.md",
        "ORD-123456",
        "4711",
        "-3.25",
    ],
)
@pytest.mark.parametrize("around", ["{}", "see {} here", "see\n{}\n"])
def test_a_shape_is_found_whole(shape, around):
    text = around.format(shape)
    assert shape in [text[start:end] for start, end in shapes(text)]


@pytest.mark.parametrize("text", ["", "call Ann today", "ann@", "(555) 123-4567"])
def test_what_people_write_is_none(text):
    assert list(shapes(text)) == []


@pytest.mark.parametrize(
    ("text", "path"), [("10:30-a/b", "-a/b"), ("2026-03-01/foo", "/foo"), ("1.2.3/x.y/z", "/x.y/z")]
)
def test_a_path_right_behind_another_shape_is_found(text, path):
    assert [text[start:end] for start, end in shapes(text)][-1] == path


PIECES = ["a/b", "12", ".", "-", " ", "x_y", "10:30", "~", "/", "\u00e9", ":", "2026-03-01", "1.2.3", "("]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_nothing_is_left_out_that_trying_all_shapes_everywhere_finds(text):
    assert list(shapes(text)) == [found.span() for found in ALL.finditer(text)]
