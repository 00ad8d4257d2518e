"""Made cases of every kind, in two halves that share no template.

The half called "seen" may be looked at when something is mended; the other is read as a total only, so that its
figures stay what they claim to be: those of texts nobody has tuned anything on. A line belongs to a half by a digest of
its words, and the halves are filled from different seeds.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator

from unseen import tokens
from unseen.evasions import EVASIONS, STRUCTURED
from unseen.marks import Makers, filled, tree, unmarked, written
from unseen.people import HERE
from unseen.values import Harmless, makers

Span = tuple[int, int, str]
Case = tuple[str, list[Span]]
ENGLISH = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


def half(template: str) -> str:
    """`seen` or `unseen`, for ever."""
    return "unseen" if hashlib.sha256(template.encode()).digest()[0] % 2 else "seen"


def lines(name: str, which: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and line[0] != "#" and which in ("all", half(line))]


def _keys(of: Harmless) -> Callable[[str], str]:
    """The same keys as snake, camel, Pascal or kebab case."""
    style = of.of(["snake", "snake", "snake", "camel", "pascal", "kebab", "words"])

    def rename(key: str) -> str:
        if not ENGLISH.fullmatch(key) or style == "snake":
            return key
        first, *rest = key.split("_")
        joined = {"kebab": "-", "words": " "}.get(style)
        if joined:
            return joined.join([first, *rest])
        return (first.title() if style == "pascal" else first) + "".join(one.title() for one in rest)

    return rename


def _json(of: Harmless, slots: Makers, template: str) -> str:
    node = tree(json.loads(template), slots, _keys(of))
    return written(node, ascii_only=of.likely(0.15), indent=2 if of.likely(0.15) else None)


def _spoken(text: str) -> str:
    """As a recogniser of speech writes it: small letters, no full stops."""
    return re.sub(r"[,;!?]|\.(?=\s|$)", "", text).lower()


def texts(name: str, which: str, seed: int, rounds: int) -> Iterator[Case]:
    """`rounds` fillings of each template of a file."""
    of = Harmless(f"{name} {which} {seed}")
    slots = makers(of)
    for _ in range(rounds):
        for template in lines(name, which):
            if template.startswith("{"):
                yield unmarked(_json(of, slots, template))
            else:
                yield unmarked(filled(template.replace("¶", "\n"), slots))


def secrets(which: str, seed: int, rounds: int) -> Iterator[tuple[str, Case]]:
    """Kind, and a text with the secret marked."""
    of, frames = Harmless(f"secrets {which} {seed}"), tokens.frames()
    for _ in range(rounds):
        for kind, template in tokens.kinds():
            if which in ("all", half(kind)):
                yield kind, unmarked(tokens.secret(of, template, frames))


def evasions(which: str, seed: int, rounds: int) -> Iterator[tuple[str, str, str, str]]:
    """Kind of number, name of the evasion, the text, and the number as it is written there."""
    of = Harmless(f"evasions {which} {seed}")
    carriers = lines("carriers.txt", which)
    for _ in range(rounds):
        for kind, (name, make) in STRUCTURED.items():
            for evasion, change in {"as it is": str, **EVASIONS}.items():
                carrier, value = of.of(carriers), change(make(of))
                if carrier.startswith("{"):
                    value = json.dumps(value, ensure_ascii=False)[1:-1]
                yield kind, evasion, carrier.replace("«kind»", name).replace("«id»", value), value
