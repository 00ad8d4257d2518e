"""Payloads that are made to take long: refused at once, or done in a time that grows as they do."""

import asyncio
import base64
import gzip
import json
import time

import pytest

from roxy.contracts.privacy import Zone
from roxy.privacy.gateway import PrivacyGateway

SMALL, TIMES = 8_000, 4
STEEPEST = 11
"""Four times the size may take so many times as long; quadratic time would be sixteen times."""
NOISE = 0.15
"""CPU seconds; what takes less tells nothing."""
MEGABYTE = 1_000_000


def _nested(size):
    made = inner = {}
    for _ in range(min(size // 10, 5_000)):
        inner["a"] = inner = {}
    return made


def _times(text):
    return lambda size: {"t": text * (size // len(text))}


def _base64(times, text=b"hello 1 "):
    def made(size):
        coded = text * (size // 2**times // len(text))
        for _ in range(times):
            coded = base64.b64encode(coded)
        return {"t": coded.decode()}

    return made


SHAPES = {
    "deep": _nested,
    "digits": _times("1234567890"),
    "cards": _times("4111 1111 1111 1111 "),
    "digits and stops": _times("1 2-3 (4) 5.6 "),
    "at signs": _times("@"),
    "nearly addresses": _times("a@b."),
    "stops": _times("a."),
    "hyphens": _times("a-"),
    "slashes": _times("/"),
    "letters": _times("Aa"),
    "one letter": _times("A"),
    "names": _times("Aino Virtanen and "),
    "titles": _times("Dr. "),
    "streets": _times("221B Baker Street, "),
    "links": _times("https://a.b/"),
    "links with codes": _times("https://a.b/6869206d6f6d2e "),
    "hexadecimal": _times("68656c6c6f"),
    "hexadecimal words": _times("6869206d6f6d2e "),
    "lines of base64": _times("QUJD" * 19 + "\n"),
    "percent": _times("%41"),
    "percent in percent": _times("%2525252541"),
    "references": _times("&#65;"),
    "backslashes": _times("\\"),
    "codes of JSON": _times("\\\\u0041"),
    "letters not seen": _times("a\u200b"),
    "letters that melt": _times("a\u0301\u0301"),
    "brackets": _times("["),
    "quotes": _times('{"a":'),
    "keys of secrets": _times("password="),
    "masks": _times("[SECRET:"),
    "pseudonyms": _times("PERSON-rx0123456789abcd "),
    "halves of pseudonyms": _times("PERSON-rx"),
    "spaces": _times(" "),
    "base64": _base64(1),
    "base64 in base64": _base64(2),
    "base64 in base64 in base64": _base64(3),
    "addresses": lambda size: {"t": " ".join(f"aino{number}@example.com" for number in range(size // 20))},
    "leaves": lambda size: {"t": [f"aino{number}@example.com" for number in range(size // 20)]},
    "addresses in base64": lambda size: {
        "t": " ".join(base64.b64encode(f"a{number}@example.com".encode()).decode() for number in range(size // 26))
    },
    "secrets": lambda size: {"t": " ".join(f"password: x7kQ{number}-Tr0mb" for number in range(size // 24))},
    "a long key": lambda size: {"k" * size: 1},
    "many keys": lambda size: {f"k{number}": "v" for number in range(size // 10)},
    "JSON in JSON in JSON": lambda size: {"t": json.dumps({"a": json.dumps({"b": json.dumps({"c": "x" * size})})})},
    "what grows when it is unpacked": lambda size: {"t": base64.b64encode(gzip.compress(bytes(size * 1_000))).decode()},
}


@pytest.fixture(scope="module")
def of():
    made = PrivacyGateway(deadline=600)
    asyncio.run(made.warm())
    return made


async def taken(of, name, size, number):
    """CPU seconds for both ways, the faster of two goes."""
    best = []
    for go in range(2):
        session, payload = f"{name} {size} {number} {go}", SHAPES[name](size)
        began = time.process_time()
        sent = await of.outgoing(payload, destination="evil", tool="run", session_id=session)
        await of.incoming(sent.payload or payload, source="evil", zone=Zone.USER, session_id=session)
        best.append(time.process_time() - began)
    return min(best)


@pytest.mark.timeout(300)
@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize("name", ["base64 in base64", "hexadecimal words", "hyphens", "links with codes"])
async def test_four_times_as_much_does_not_take_sixteen_times_as_long(of, name):
    await _check_slope(of, name, SMALL)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize("name", SHAPES)
async def test_no_shape_takes_quadratic_time(of, name):
    await _check_slope(of, name, SMALL * 8)


async def _check_slope(of, name, size):
    """Tried again when it seems steep: others work on this machine, too."""
    slopes = []
    for number in range(3):
        short, long = await taken(of, name, size, number), await taken(of, name, size * TIMES, number)
        slopes.append(long / max(short, NOISE / TIMES))
        if slopes[-1] < STEEPEST:
            return
    raise AssertionError(f"{TIMES} times as much takes {slopes} times as long")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize("name", SHAPES)
async def test_a_megabyte_is_refused_or_done_within_the_deadline(name):
    gateway = PrivacyGateway()
    await gateway.warm()
    began = time.process_time()
    sent = await gateway.outgoing(SHAPES[name](MEGABYTE), destination="evil", tool="run", session_id="s")
    assert sent.decision.blocked or time.process_time() - began < 60
