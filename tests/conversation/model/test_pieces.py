import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.conversation.model.pieces import Pieces, cut
from roxy.privacy.pseudonyms import MASK, SHAPE

MAIL = "EMAIL-rx0123456789abcd"
NAME = "PERSON-rxabcdefghjkmnpq"
SECRET = "[SECRET:key]"

pytestmark = pytest.mark.requirement("events.chunks")


def test_pieces_are_cut_where_they_were_and_what_was_replaced_stays_whole():
    pieces = Pieces()
    for piece in ("I wrote to an", "na@example", ".com, and ", "to Bob.", ""):
        pieces.add(piece)
    told = list(pieces.told(f"I wrote to {MAIL}, and to {NAME}."))
    assert [piece.text for piece in told] == [f"I wrote to {MAIL}", ", and ", f"to {NAME}."]
    assert [piece.number for piece in told] == [0, 2, 3]
    assert told[0].ms <= told[1].ms <= told[2].ms


def test_what_could_not_be_looked_at_is_one_piece():
    assert cut("one two", "[withheld]", [4, 7]) == ["", "[withheld]"]


@given(st.data())
def test_no_cut_goes_through_a_pseudonym_and_nothing_is_lost(data):
    plain = st.text("ab ,.-@", max_size=5)
    parts = data.draw(
        st.lists(st.tuples(plain, st.sampled_from([MAIL, NAME, SECRET]), st.text("ab @x", min_size=1)), max_size=5)
    )
    last = data.draw(plain)
    redacted = "".join(before + replaced for before, replaced, _ in parts) + last
    text = "".join(before + value for before, _, value in parts) + last
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    found = cut(text, redacted, [*ends, len(text)])
    assert "".join(found) == redacted
    assert len(found) == len(ends) + 1
    whole = [shape for part in found for shape in (*SHAPE.findall(part), *MASK.findall(part))]
    assert len(whole) == len(parts)


@given(st.text(max_size=30), st.text(max_size=30), st.lists(st.integers(0, 30), max_size=4))
def test_texts_that_have_nothing_in_common_are_cut_too(text, redacted, ends):
    assert "".join(cut(text, redacted, [*sorted(ends), len(text)])) == redacted
