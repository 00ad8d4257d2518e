"""JSON that is read in slices says what the parser reads at once, and what is none is refused, wherever it is cut."""

import gc
import json
import random
import time

import pytest
from pydantic_core import from_json

from roxy.mcp.wire import slices
from roxy.mcp.wire.slices import Reader

WORDS = ["", "a", 'quote " and \\ back', "ü€", "😀", "\n\t", "}, {", "], [", '", "', "x" * 90, "\\ud83d", "😀" * 30]


def read(text: bytes):
    work = Reader(text).slices()
    while True:
        try:
            next(work)
        except StopIteration as whole:
            return whole.value


def refuses(text: bytes) -> bool:
    try:
        read(text)
    except ValueError:
        return True
    return False


@pytest.fixture
def uncollected():
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def small_slices(monkeypatch):
    monkeypatch.setattr(slices, "RUN", 96)
    monkeypatch.setattr(slices, "_COUNTED", 48)
    monkeypatch.setattr(slices, "_PIECE", 24)
    monkeypatch.setattr(slices, "_BLANKS", 3)


def made(chance: random.Random, depth: int):
    kind = chance.randrange(8 if depth else 5)
    if kind < 2:
        return chance.choice(WORDS)
    if kind < 5:
        return chance.choice([None, True, False, 0, -1, 1.5, 1e300, 10**25, chance.random()])
    count = chance.choice([0, 1, 2, 3, 30])
    if kind == 5:
        return {chance.choice(WORDS) + str(n): made(chance, depth - 1) for n in range(count)}
    if kind == 6:
        shape = made(chance, depth - 1)
        return [shape] * count
    return [made(chance, depth - 1) for _ in range(count)]


@pytest.mark.parametrize("seed", range(12))
def test_any_value_is_read_as_the_parser_reads_it_at_once(small_slices, seed):
    chance = random.Random(seed)
    value = {"a": made(chance, 4), "b": [made(chance, 3) for _ in range(5)]}
    for form in ({}, {"ensure_ascii": False}, {"indent": 2}, {"separators": (",", ":")}):
        text = json.dumps(value, **form).encode()
        assert read(text) == from_json(text) == value
        assert read(bytearray(b" \r\n\t " + text + b"      ")) == value


@pytest.mark.parametrize("seed", range(8))
def test_what_the_parser_refuses_is_refused(small_slices, seed):
    chance = random.Random(seed)
    text = json.dumps({"a": made(chance, 3), "b": [{"id": n, "of": [n]} for n in range(20)]}).encode()
    refused = 0
    for _ in range(60):
        begin = chance.randrange(len(text))
        wrong = (
            text[:begin] + chance.choice([b"", b",", b"]", b"}", b'"', b"\\", b"\xff", b"[", b"0"]) + text[begin + 1 :]
        )
        try:
            expected = json.loads(wrong)
        except ValueError:
            refused += 1
            assert refuses(wrong)
        else:
            assert read(wrong) == expected
    assert refused > 10


@pytest.mark.parametrize(
    "wrong",
    [
        *(b"", b"  ", b"[", b"{", b"[,1]", b"[1,]", b"[1,,2]", b"[1}", b"nul", b"[1] 2"),
        *(b'{"a":1,}', b'{,"a":1}', b'{"a"}', b"{1:2}", b'{"a":1]', b'{"' + b"k" * 200 + b'" 1}'),
        *(b'["' + b"x" * 300, b'["' + b"x" * 200 + b"\\", b'["' + b"x" * 200 + b'\\u12"]'),
        *(b"[" + b"1" * 200 + b"x]", b"[[" + b"1," * 100 + b"1}]", b'[{"a": [' + b"1," * 100 + b"]}]"),
    ],
)
def test_what_is_no_json_is_refused(small_slices, wrong):
    assert refuses(wrong)


def test_halves_of_characters_and_escapes_are_never_parted(small_slices):
    for shift in range(30):
        text = "x" * shift + '😀ü€\\"\n' * 40 + "\\ud83d" + "\ud83d"
        for escaped in (True, False):
            encoded = json.dumps([text], ensure_ascii=escaped).encode("utf-8", "replace")
            assert read(encoded) == json.loads(encoded)


def test_what_is_nested_too_deeply_is_refused(small_slices):
    deep = b"[" * 5000 + b"1" + b"]" * 5000
    with pytest.raises(ValueError, match=r"deep|recursion"):
        read(deep)
    assert read(b'{"a": ' * 40 + b"[" + b"1, " * 50 + b"1]" + b"}" * 40)


def rows():
    return [{"id": n, "name": f"row {n}", "of": [{"id": n}, {"id": 2}], "tags": [["a"], ["b"]]} for n in range(10_000)]


FORMS = {
    "rows": rows,
    "entries": lambda: {str(n): {"a": n, "of": {"b": 1, "c": 2}} for n in range(15_000)},
    "arrays": lambda: [[n, [n], [[n]]] for n in range(40_000)],
    "numbers": lambda: list(range(300_000)),
    "a text of JSON": lambda: [json.dumps(rows())],
    "one that changes its looks": lambda: [row if n % 3 else [n, "}, {"] for n, row in enumerate(rows())],
    "escapes": lambda: ["\U0001f600\ud83d\n" * 100_000],
}


@pytest.mark.parametrize("form", [*FORMS, "blanks"])
@pytest.mark.requirement("mcp.no_stall")
def test_no_slice_takes_long_and_all_together_take_time_in_proportion(uncollected, form):
    text = b"[" + b" " * 2_000_000 + b"1]" if form == "blanks" else json.dumps(FORMS[form]()).encode()
    work, longest, steps = Reader(text).slices(), 0.0, 0
    began = time.thread_time()
    for _ in work:
        steps += 1
        now = time.thread_time()
        longest, began = max(longest, now - began), now
    assert longest < 0.05  # some 5 ms on a machine with nothing else to do
    assert steps < len(text) / 4096 + 20
