"""The model file: how it is laid out, checked and read.

`MAGIC`, the SHA-256 of what follows (32 bytes), then zlib: the length of the header (4 bytes, little-endian), the
header (JSON: labels, biases, and name, type and shape of each array), and the arrays one after the other. Weights are
bytes times a scale. A file that is missing, damaged or of another format raises `UnusableModel`.
"""

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxy.errors import UnusableModel
from roxy.privacy.detection.ner.features import KINDS

MAGIC = b"ROXYNER1"
MODEL = Path(__file__).with_name("names.model")
_REMEDY = "Install Roxy anew."
MOST_BYTES = 200_000_000
"""The largest model once unpacked."""


def write(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Pack a model into a file."""
    layout = [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]
    head = json.dumps({**header, "kinds": KINDS, "arrays": layout}).encode()
    raw = len(head).to_bytes(4, "little") + head + b"".join(array.tobytes() for array in arrays.values())
    packed = zlib.compress(raw, 9)
    path.write_bytes(MAGIC + hashlib.sha256(packed).digest() + packed)


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the arrays of a model file. Raises `UnusableModel`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnusableModel(f"the model of names cannot be read: {error.strerror}", hint=_REMEDY) from error
    packed = raw[len(MAGIC) + 32 :]
    if raw[: len(MAGIC)] != MAGIC or raw[len(MAGIC) : len(MAGIC) + 32] != hashlib.sha256(packed).digest():
        raise UnusableModel("the model of names is damaged", hint=_REMEDY)
    data = zlib.decompressobj().decompress(packed, MOST_BYTES)
    size = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + size])
    if header["kinds"] != KINDS:
        raise UnusableModel("the model of names was trained for another version of Roxy", hint=_REMEDY)
    arrays, at = {}, 4 + size
    for name, dtype, shape in header["arrays"]:
        count = math.prod(shape)
        arrays[name] = np.frombuffer(data, dtype, count, at).reshape(shape)
        at += arrays[name].nbytes
    return header, arrays
