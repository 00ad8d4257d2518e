"""Reads very large messages in a process of its own, and hands them back in pieces that are quick to take in.

Run as a file, never imported: it needs only the parser. Order of events: a length (8 bytes, big endian) and a JSON
text come in on stdin; out go frames, each of them one byte (the operation), eight bytes (a number), and for `V` as many
bytes of a pickled value. The reader keeps a stack: `V` pushes a value; `S`, `L` and `D` join the n topmost texts, lists
or mappings into one; `W` wraps the topmost value into a list of one; `K` takes a value and the key below it and makes a
mapping of one; `E` says that the text was no JSON; `.` ends the message. A piece has about `PIECE` bytes.
"""

import gc
import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from pydantic_core import from_json

PIECE = 1 << 17
_FEW = 16
_TEXT = 1 << 19  # characters in one piece


class Pieces:
    """Writes a value as frames."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def op(self, operation: bytes, number: int = 0) -> None:
        """One frame without a value."""
        self._out.write(operation + struct.pack(">Q", number))

    def push(self, data: bytes) -> None:
        """One frame with a pickled value."""
        self.op(b"V", len(data))
        self._out.write(data)

    def write(self, value: Any) -> None:
        """`value`, in as many pieces as it takes."""
        if isinstance(value, str) and len(value) > _TEXT:
            parts = [value[begin : begin + _TEXT] for begin in range(0, len(value), _TEXT)]
            for part in parts:
                self.push(_pickled(part))
            self.op(b"S", len(parts))
        elif isinstance(value, list) and value:
            self.op(b"L", self._batches(value, list, self._large_item))
        elif isinstance(value, dict) and value:
            self.op(b"D", self._batches(list(value.items()), dict, self._large_entry))
        else:
            self.push(_pickled(value))

    def _batches(self, items: list[Any], kind: Callable[[list[Any]], Any], large: Callable[[Any], None]) -> int:
        """Write `items` in batches of about `PIECE` bytes; returns how many."""
        parts, begin, step = 0, 0, 1
        while begin < len(items):
            batch = items[begin : begin + step]
            if len(batch) <= _FEW and any(_is_heavy(item) for item in batch):
                if len(batch) == 1:
                    large(batch[0])
                    parts, begin = parts + 1, begin + 1
                step = 1
                continue
            data = _pickled(kind(batch))
            if len(data) > 2 * PIECE and len(batch) > 1:
                step = max(1, step * PIECE // len(data))
                continue
            self.push(data)
            parts, begin = parts + 1, begin + len(batch)
            step = max(1, min(4 * step, step * PIECE // len(data)))
        return parts

    def _large_item(self, item: Any) -> None:
        self.write(item)
        self.op(b"W")

    def _large_entry(self, entry: tuple[str, Any]) -> None:
        self.push(_pickled(entry[0]))
        self.write(entry[1])
        self.op(b"K")


def _pickled(value: Any) -> bytes:
    return pickle.dumps(value, protocol=5)


def _is_heavy(value: Any) -> bool:
    """Whether `value` (or the value of an entry) is too large for one piece, without looking at all of it."""
    size, left = 0, [value]
    while left and size < PIECE:
        value = left.pop()
        size += len(value) if isinstance(value, str) else 4
        if isinstance(value, list | tuple):
            left += value[:PIECE]
        elif isinstance(value, dict):
            left += value.values() if len(value) < PIECE else list(value.values())[:PIECE]
    return size >= PIECE


def main() -> None:
    """Serve until stdin ends."""
    gc.disable()  # what a JSON text says never refers to itself
    source, out = sys.stdin.buffer, sys.stdout.buffer
    pieces = Pieces(out)
    while len(header := source.read(8)) == 8:  # noqa: PLR2004 - the length of a length
        (length,) = struct.unpack(">Q", header)
        try:
            value = from_json(source.read(length))
        except ValueError:
            pieces.op(b"E")
        else:
            pieces.write(value)
        pieces.op(b".")
        out.flush()


if __name__ == "__main__":
    main()
