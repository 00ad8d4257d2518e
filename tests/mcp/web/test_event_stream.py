"""Taking a stream of server-sent events apart."""

import itertools
import time
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.mcp.web.event_stream import TOO_LONG, Event, EventParser, EventTooLong, Place

LIMIT = 1 << 20


def parsed(*chunks: bytes) -> list[Event]:
    return read(chunks)


def read(chunks: Iterable[bytes]) -> list[Event]:
    parser = EventParser(LIMIT)
    return [event for chunk in chunks for event in parser.feed(chunk)]


def datas(*chunks: bytes) -> list[bytes]:
    return [event.data for event in parsed(*chunks)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_end_of_line_ends_a_line(end):
    text = end.join([b"event: message", b"id: 7", b"retry: 1500", b"data: one", b"data:two", b"", b""])
    assert parsed(text) == [Event("message", b"one\ntwo", "7", 1.5)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_the_chunks_may_be_cut_anywhere(end):
    text = b"\xef\xbb\xbf" + end.join(
        [b": hello", b"data: one", b"", b"event: x", b"data: \xc3\xa9", b"id: 1", b"", b""]
    )
    whole = parsed(text)
    assert [(e.kind, e.data, e.id) for e in whole] == [("message", b"one", None), ("x", b"\xc3\xa9", "1")]
    for cut in range(len(text)):
        assert parsed(text[:cut], text[cut:]) == whole
    assert parsed(*(text[i : i + 1] for i in range(len(text)))) == whole


def test_what_is_not_data_makes_no_event_unless_it_says_where_the_stream_is():
    assert parsed(b": comment\n\n\n\nnonsense\n\nevent: x\n\n") == []
    assert parsed(b"id: 3\nretry: 20\n\n") == [Event("message", b"", "3", 0.02)]
    assert datas(b"data\n\n") == [b""]
    assert datas(b"data: cut off") == []


def test_only_one_blank_is_taken_off_and_other_characters_end_no_line():
    assert datas("data:  a\u2028b\x0bc\x85d\n\n".encode()) == [" a\u2028b\x0bc\x85d".encode()]


def test_an_id_that_cannot_be_sent_back_and_a_pause_that_is_none_are_ignored():
    assert parsed(b"id: a\0b\nretry: soon\ndata: x\n\n") == [Event("message", b"x", None, None)]
    assert parsed(b"id: " + b"a" * 2000 + b"\nretry: 999999999999\ndata: x\n\n")[0] == Event(
        "message", b"x", None, None
    )


@pytest.mark.parametrize(
    "endless",
    [b"data: xxxxxxxxxxxxxxxxxxxxxxxxx\n", b"x" * 65536, b":" + b"x" * 65536, b"id: 1\nevent: y\n", b"data:\n"],
)
def test_an_event_without_an_end_is_refused_without_growing_memory(endless):
    chunks = itertools.repeat(endless, 40 * LIMIT // len(endless))
    tracemalloc.start()
    with pytest.raises(EventTooLong):
        read(chunks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * LIMIT


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_event_that_is_too_long_is_told_by_its_beginning_and_read_away_and_the_next_one_is_whole(ending, size):
    long = [b"id: 7", b"data: {begin" + b"x" * 3000, b"data: more", b"x" * 50, b""]
    text = ending.join([b"data: 1", b"", *long, b"data: 2", b"", b""])
    parser = EventParser(2000, spared=20_000)
    told = [event for begin in range(0, len(text), size) for event in parser.feed(text[begin : begin + size])]
    assert [event.kind for event in told] == ["message", TOO_LONG, "message"]
    assert told[1].data.startswith(b"{begin")
    assert [told[0].data, told[2].data] == [b"1", b"2"]
    with pytest.raises(EventTooLong):
        list(parser.feed(b"data: " + b"x" * 3000 + ending + b"x" * 30_000 + ending))


def test_comments_without_end_cost_nothing():
    parser = EventParser(LIMIT)
    for _ in range(3000):
        assert list(parser.feed(b": ping, and so on, and so on\n" * 50)) == []


def test_an_event_of_many_megabytes_is_not_gone_through_again_with_each_chunk():
    parser, size = EventParser(128 << 20), 64 << 20
    began = time.process_time()
    read_in(parser, b"data: ", *itertools.repeat(b"x" * 65536, size // 65536))
    (event,) = parser.feed(b"\n\n")
    assert len(event.data) == size
    assert time.process_time() - began < 2  # it takes a tenth of that; copying it with each chunk would take ten


def read_in(parser: EventParser, *chunks: bytes) -> None:
    assert [event for chunk in chunks for event in parser.feed(chunk)] == []


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_any_bytes_in_any_chunks_are_read_as_in_one(chunks):
    assert parsed(*chunks) == parsed(b"".join(chunks))


def test_a_place_knows_what_was_handed_on_and_forgets_what_an_empty_id_takes_back():
    place = Place()
    first, again, plain = (
        Event("message", b"", "1", 0.7),
        Event("message", b"x", "1", None),
        Event("message", b"y", None, None),
    )
    assert [place.is_new(event) for event in (first, again, plain, plain)] == [True, False, True, True]
    assert (place.last_id, place.asked) == ("1", 0.7)
    place.is_new(Event("message", b"z", "", None))
    assert place.last_id is None


def test_a_pause_is_what_the_server_asked_for_and_never_less_than_half_a_second():
    assert [Place(asked=asked).pause(0) for asked in (None, 0.0, 0.7, 3600.0)] == [1.0, 0.5, 0.7, 60.0]
    for vain in range(1, 12):
        pauses = [Place().pause(vain) for _ in range(50)]
        assert all(0.5 <= pause <= 6.0 for pause in pauses)
        assert len(set(pauses)) > 1
