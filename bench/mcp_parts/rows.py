"""A figure, its goal, and how a list of them is printed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`; `goal` is what it may be at most, None when it is told only to compare."""

    part: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        return None if self.goal is None else self.value <= self.goal

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {**asdict(self), "value": round(self.value, 4), "met": self.met}


def table(rows: Iterable[Row]) -> str:
    """All rows, one a line, in 80 columns where the names allow it."""
    lines: list[str] = []
    part = ""
    for row in rows:
        if row.part != part:
            lines.append(f"\n{row.part}")
            part = row.part
        goal = "" if row.goal is None else f"goal ≤ {row.goal:g}  {'met' if row.met else 'MISSED'}"
        lines.append(f"  {row.name:<38}{_shown(row.value):>10} {row.unit:<4} {goal:<20}{row.note}".rstrip())
    return "\n".join(lines).lstrip("\n")


def missed(rows: Sequence[Row]) -> list[str]:
    """The names of the goals that are missed."""
    return [f"{row.part}: {row.name}" for row in rows if row.met is False]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"  # noqa: PLR2004 - digits enough
