"""Values that machines write and that concern nobody: ids, digests, times, versions, files."""

import base64
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from blind.numbers import pattern
from blind.sections import words

HEX = string.digits + "abcdef"
BASE62 = string.ascii_letters + string.digits
ORDERS = ("ORD-####%###", "#%%-#######-#######", "SO%#####", "B2B/20%#/####", "W-%####-&&")
WORDS = "noun topic remark sentence dish plant device status role colour material verb adjective animal genre feeling"
MORE_WORDS = "unit tool subject headline error slug ext"


def signs(alphabet: str, length: int) -> Callable[[Random], str]:
    """A maker of random signs."""
    return lambda rng: "".join(rng.choices(alphabet, k=length))


def whole(length: int) -> Callable[[Random], str]:
    """A maker of whole numbers with that many digits."""
    return lambda rng: str(rng.randrange(10 ** (length - 1), 10**length))


def shaped(*shapes: str) -> Callable[[Random], str]:
    """A maker after one of some patterns."""
    return lambda rng: pattern(rng, rng.choice(shapes))


def _moment(rng: Random) -> datetime:
    return datetime.fromtimestamp(rng.randint(1_600_000_000, 1_770_000_000), UTC)


def _iso(rng: Random) -> str:
    text = _moment(rng).isoformat()
    return rng.choice((text, text.replace("+00:00", "Z"), text.replace("+00:00", f".{rng.randrange(1000):03}Z")))


def _version(rng: Random) -> str:
    parts = [rng.randint(0, 24) for _ in range(3)]
    return ".".join(map(str, parts)) + rng.choice(("", "", "", "-rc.1", "-beta2", "+build.7"))


def _listed(key: str) -> Callable[[Random], str]:
    return lambda rng: rng.choice(words(key))


MAKERS: dict[str, Callable[[Random], str]] = {
    **{key: _listed(key) for key in (*WORDS.split(), *MORE_WORDS.split())},
    **{f"hex{length}": signs(HEX, length) for length in (6, 10, 16, 24, 32, 64)},
    **{f"int{length}": whole(length) for length in (3, 4, 5, 6, 8, 9, 10, 12, 13)},
    "sha40": signs(HEX, 40),
    "sha7": signs(HEX, 7),
    "upper3": signs(string.ascii_uppercase, 3),
    "upper8": signs(string.ascii_uppercase + string.digits, 8),
    "b62_11": signs(BASE62, 11),
    "b62_22": signs(BASE62, 22),
    "b64": lambda rng: base64.b64encode(b"offset:%d" % rng.randrange(10**6)).decode(),
    "digit": lambda rng: str(rng.randint(2, 9)),
    "small": lambda rng: str(rng.randint(10, 60)),
    "price": lambda rng: f"{rng.randint(3, 890)}.{rng.randrange(100):02}",
    "epoch": lambda rng: str(rng.randint(1_600_000_000, 1_770_000_000)),
    "epoch_ms": lambda rng: str(rng.randint(1_600_000_000_000, 1_770_000_000_000)),
    "iso": _iso,
    "isodate": lambda rng: _moment(rng).date().isoformat(),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "version": _version,
    "order": shaped(*ORDERS),
    "sku": shaped("&&&-###-&&", "&&####&", "##-&&&&-%"),
}
