"""The secrets that Roxy holds are found in every usual coding: none may be missed."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.held import Held
from roxy.privacy.memory.traces import Traces

VALUES = (
    "correct-horse/9?",
    'with "quotes" & ümläut',
    "plain" + "word",
    "ab%41cd<e>",
    "ﬁligree\u200bkey",
    "tail\\n" + "x9y8z7",
)


def b64(value):
    return base64.b64encode(value.encode()).decode()


def codings(value):
    """Every way to write it that is looked for, and what it is called."""
    raw = value.encode()
    yield from (value, quote(value, safe=""), quote(value), quote_plus(value), quote(quote(value, safe=""), safe=""))
    yield from (
        "".join(f"%{byte:02x}" for byte in raw),
        html.escape(value),
        value.encode("ascii", "xmlcharrefreplace").decode(),
    )
    yield from (
        json.dumps(value)[1:-1],
        json.dumps(json.dumps(value))[3:-3],
        "".join(f"\\u{ord(c):04X}" for c in value),
    )
    yield from (raw.hex(), raw.hex().upper(), raw.hex().swapcase(), raw.hex().title())
    for before in ("", "u:", "me:"):
        yield base64.b64encode(before.encode() + raw + b":x").decode()
        yield base64.urlsafe_b64encode(before.encode() + raw).decode()
    for before in ("", "u", "u:", "me:", "you:"):
        yield base64.b32encode(before.encode() + raw + b":x").decode()
    yield from ("".join(f"={byte:02X}" for byte in raw), "".join(f"\\{byte:03o}" for byte in raw))


@pytest.mark.parametrize("value", VALUES)
def test_a_held_secret_is_found_in_every_coding(value):
    detector = Detector(known_secrets={"Brave key": value})
    for coding in codings(value):
        for frame in ("{}", "x {} y", '{{"a": "{}"}}'):
            spots = detector.find(frame.replace("{}", coding), deep=False)
            assert any(spot.kind == "brave_key" for spot in spots), coding


@pytest.mark.parametrize("coding", [str, lambda value: value.encode().hex(), b64])
@pytest.mark.parametrize("end", ["\n", "\r\n", "  \n\t", "\\n"])
def test_a_held_secret_is_found_wherever_a_line_breaks_in_it(coding, end):
    value = "correct-horse-9"
    held = Held()
    held.add("key", value)
    written = coding(value)
    for at in range(1, len(written)):
        (spot, *_) = held.find(f"x {written[:at]}{end}{written[at:]} y")
        assert (spot.start, spot.kind) == (2, "key"), at
        assert spot.end >= 2 + len(written) - 2


@given(st.text(min_size=6, max_size=20), st.text(max_size=10), st.text(max_size=10))
@settings(max_examples=150, deadline=None)
def test_any_value_is_found_between_any_texts(value, before, after):
    held = Held()
    held.add("key", value)
    text = f"{before}{value}{after}"
    assert any(spot.start <= len(before) and spot.end >= len(before) + len(value) for spot in held.find(text))


def test_a_repr_shows_no_secret():
    held = Held()
    held.add("key", VALUES[0])
    assert repr(held) == "Held(1)"


@pytest.mark.requirement("privacy.hostile")
@pytest.mark.parametrize("beside", ["İ", "İstanbul ", "ß", "ŉ"])
def test_a_letter_that_becomes_two_in_small_letters_hides_no_secret_beside_it(beside):
    value = "Vb3kT0" + "-yLm5q"
    held, traced, traces = Held(), Traces(b"k" * 32), Traces(b"k" * 32)
    held.add("pin", value)
    traced.add("pin", value)
    traces.load(traced.rows())
    for written in (value, value.upper(), value.lower(), value.encode().hex().upper()):
        for text in (f"{beside}{written}", f"{written}{beside}"):
            assert text.index(written) in {spot.start for spot in held.find(text)}
            if written.casefold() == value.casefold():
                assert text.index(written) in {spot.start for spot in traces.find(text)}
