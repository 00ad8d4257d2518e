"""Secrets that are put together when they are needed, from the shapes in `secrets.txt`: none stands in a file."""

import json
import re
import string

from unseen.marks import marked
from unseen.numbers import Numbers
from unseen.people import ALNUM, DIGITS, HERE, HEX

ALPHABETS = {
    "A": ALNUM,
    "a": string.ascii_lowercase + DIGITS,
    "U": string.ascii_uppercase + DIGITS,
    "C": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "L": string.ascii_letters,
    "d": DIGITS,
    "x": HEX,
    "b": ALNUM + "+/",
    "w": ALNUM + "-_",
    "t": string.ascii_uppercase + "234567",
}
WORDS = (
    "abandon ability acoustic adjust album almost amateur anchor apology armed artwork aunt balcony bamboo basket beyond "
    "blanket blossom brisk bubble cabbage canyon carbon cereal chimney clarify coconut copper cradle crisp dolphin dragon "
    "drift eager elbow ember enroll fabric feather fiction fossil galaxy garlic giraffe glimpse hazard hockey humble "
    "icon immune jelly kidney ladder lizard maple mimic nephew oblige orbit panther pelican quiz rabbit ribbon salmon "
    "sphere tattoo tunnel umbrella velvet wagon walnut yellow zebra"
).split()
SHAPE = re.compile(r"<([A-Za-z]):(\d*|[A-Z]*)>")


def _key_block(of: Numbers, kind: str) -> str:
    """A made-up PEM or PGP block."""
    name = {"PGP": "PGP PRIVATE KEY BLOCK", "": "PRIVATE KEY"}.get(kind, f"{kind} PRIVATE KEY")
    body = "\n".join(of.chars(64, ALPHABETS["b"]) for _ in range(of.number(4, 12)))
    return f"-----{'BEGIN'} {name}-----\n{body}\n-----{'END'} {name}-----"


def made(of: Numbers, shape: str) -> str:
    """The secret that a shape describes."""

    def part(found: re.Match[str]) -> str:
        kind, size = found.groups()
        if kind == "k":
            return _key_block(of, size)
        if kind == "j":
            return json.dumps(_key_block(of, size))[1:-1]
        if kind == "p":
            return of.password()
        if kind == "m":
            return " ".join(of.of(WORDS) for _ in range(int(size)))
        return of.chars(int(size), ALPHABETS[kind])

    return SHAPE.sub(part, shape)


def _lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line.replace("¶", "\n") for line in text.splitlines() if line and not line.startswith("#")]


def kinds() -> list[tuple[str, str]]:
    """Kind and template of each line."""
    return [(kind, text) for kind, text in (line.split(" | ", 1) for line in _lines("secrets.txt"))]


def secret(of: Numbers, template: str, frames: list[str]) -> str:
    """One marked text; a template that is all secret is put into a frame."""
    if template.startswith("{{") and template.find("}}") == len(template) - 2:
        frame = of.of(frames)
        inner = made(of, template[2:-2])
        if frame.startswith("{") and "\n" in inner:
            inner = json.dumps(inner)[1:-1]
        return frame.replace("{{}}", marked(inner, "SECRET"))
    return made(of, re.sub(r"\{\{(.+?)\}\}(?!\})", lambda found: marked(found[1], "SECRET"), template))


def frames() -> list[str]:
    return _lines("frames.txt")
