"""A span that a detector found, before it is decided what becomes of it, and how overlapping spans are settled."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

FLOOR = 0.5
"""What is less certain than this is reported by `scan` and not replaced."""
_SPLIT = frozenset('"\n\r\t\v\f\b\0')
"""No value may contain these: put back inside a JSON text, they would break it."""


class Spot(NamedTuple):
    """A span of text that is personal or secret: offsets are code points."""

    start: int
    end: int
    type: str
    """`PERSON`, `EMAIL_ADDRESS`, `SECRET`, …"""
    score: float = 1.0
    kind: str = ""
    """For a secret: what its mask is called, such as `github_token`."""


_COMMON = frozenset({"LOCATION", "ORGANIZATION", "DATE", "DATE_TIME", "URL", "NRP"})
"""Types that by themselves tell of nobody, so that they never cut a piece out of what does."""


def subtract(spot: Spot, holes: Sequence[tuple[int, int]]) -> list[Spot]:
    """What is left of `spot` outside `holes` (sorted, disjoint)."""
    left, at = [], spot.start
    for start, end in holes[max(0, bisect_left(holes, (at, at)) - 1) :]:
        if start >= spot.end:
            break
        if end <= at:
            continue
        if start > at:
            left.append(spot._replace(start=at, end=start))
        at = end
    if at == spot.start:
        return [spot]
    if at < spot.end:
        left.append(spot._replace(start=at))
    return left


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in their order, those that overlap or touch as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def covers(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the spans, which are `joined`, holds all from `start` to `end`."""
    place = bisect_left(spans, (start + 1,)) - 1
    return place >= 0 and end <= spans[place][1]


def touches(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the spans, which are `joined`, has anything from `start` to `end`."""
    place = bisect_left(spans, (end,)) - 1
    return place >= 0 and start < spans[place][1]


def settle(text: str, spots: Iterable[Spot], reserved: Iterable[tuple[int, int]]) -> list[Spot]:
    """Make spots disjoint: secrets win, then what is personal, then the higher score, then the longer; none is lost.

    What sticks out of a stronger spot stays as a spot of its own, so that no half of a value is left in clear.
    `reserved` spans (pseudonyms and masks that stand already) are never touched. Spaces at the rims, and spots
    without a letter or digit, are dropped.
    """
    taken = sorted(reserved)
    spots = _united(spots)
    if not taken and _disjoint(spots):
        return [trimmed for spot in spots if (trimmed := _trim(text, spot)) is not None]
    chosen: list[Spot] = []
    for spot in sorted(spots, key=_strength):
        for piece in subtract(spot, taken):
            trimmed = _trim(text, piece)
            if trimmed is not None:
                chosen.append(trimmed)
                insort(taken, (trimmed.start, trimmed.end))
    return sorted(chosen)


def _united(spots: Iterable[Spot]) -> list[Spot]:
    """Spots of one type that overlap are one: two finders saw parts of the same. Secrets stay: each has its name."""
    united: list[Spot] = []
    open_ones: dict[str, int] = {}
    for spot in sorted(set(spots)):
        place = open_ones.get(spot.type)
        if place is not None and spot.type != "SECRET" and spot.start < united[place].end:
            before = united[place]
            if spot.end > before.end or spot.score > before.score:
                united[place] = before._replace(end=max(before.end, spot.end), score=max(before.score, spot.score))
            continue
        open_ones[spot.type] = len(united)
        united.append(spot)
    return united


def _strength(spot: Spot) -> tuple[bool, bool, float, int, int]:
    return spot.type != "SECRET", spot.type in _COMMON, -spot.score, spot.start - spot.end, spot.start


def _disjoint(spots: Sequence[Spot]) -> bool:
    return all(one.end <= next_one.start for one, next_one in pairwise(spots))


def _trim(text: str, spot: Spot) -> Spot | None:
    piece = text[spot.start : spot.end]
    if not any(map(str.isalnum, piece)) and spot.type != "SECRET":
        return None
    if piece[:1].strip() and piece[-1:].strip():
        return spot
    start = spot.start + len(piece) - len(piece.lstrip())
    end = spot.end - len(piece) + len(piece.rstrip())
    return spot._replace(start=start, end=end) if start < end else None


def without_breaks(text: str, spot: Spot) -> list[Spot]:
    """A spot cut at line breaks and quotes; secrets, which never come back, stay whole."""
    piece = text[spot.start : spot.end]
    if spot.type == "SECRET" or _SPLIT.isdisjoint(piece):
        return [spot]
    cut, start = [], spot.start
    for at in range(spot.start, spot.end + 1):
        if at == spot.end or text[at] in _SPLIT:
            part = text[start:at]
            if any(map(str.isalnum, part)):
                lead = len(part) - len(part.lstrip())
                cut.append(spot._replace(start=start + lead, end=start + len(part.rstrip())))
            start = at + 1
    return cut
