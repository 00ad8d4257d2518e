"""When to ask again, and how long to wait before.

What the server asks for (`Retry-After`, RFC 9110 section 10.2.3: seconds or a date) is honoured up to a bound; what is
longer is not waited for at all. Without such a word the wait doubles each time, with jitter, so that many clients do
not come back at once.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and how long, one request is tried."""

    attempts: int = 3
    """At most, the first included."""
    base: float = 0.5
    """Seconds before the second attempt; doubled for each later one."""
    longest: float = 30.0
    """Seconds; what asks for a longer wait is given up."""

    def wait(self, attempt: int, asked: float | None, left: float) -> float | None:
        """Seconds to wait after the failed `attempt` (from 1); None when it is no use, or the deadline is before."""
        if attempt >= self.attempts:
            return None
        jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads clients, guards nothing
        seconds = self.base * 2 ** (attempt - 1) * jitter if asked is None else asked
        return seconds if seconds <= self.longest and seconds < left else None


def asked_to_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds from `now` that the headers ask to wait, at least 0; None when they do not, or not readably.

    `retry-after-ms` is what some providers send beside it, and finer.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    word = headers.get("retry-after")
    seconds = _number(word)
    if seconds is not None or not word:
        return None if seconds is None else max(0.0, seconds)
    try:
        moment = parsedate_to_datetime(word)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None
