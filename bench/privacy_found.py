"""What the privacy gateway finds and what it leaves alone, on labelled texts, beside the goals.

    python bench/privacy_found.py FILE.jsonl [FILE.json ...]

JSON Lines hold `{"text", "spans": [[start, end, type], ...]}`, offsets in code points; JSON holds
`[[kind, text], ...]`, each text a secret that must be found. Detection alone is measured, whatever the policy.

Leak: characters of personal spans that nothing covers, of all such characters. Recall: spans that something overlaps.
Precision: of what is found as a type, what overlaps a personal span. Clean: texts without any span in which something
is found. Hidden: characters outside all spans that are covered. Spaces count nowhere. Organisations, dates and links
are neither here nor there.
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from roxy.contracts.privacy import Finding
from roxy.privacy.gateway import PrivacyGateway

NEUTRAL = frozenset({"ORGANIZATION", "ORG", "DATE", "DATE_TIME", "URL", "DOMAIN_NAME", "NRP", "TITLE", "AGE"})
GOALS = (
    "Goals: leak of tool arguments .03, of prose .10; clean .02; hidden .005; ids .995; people .92 at .88; secrets .97"
)


def covered(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, min(end, len(text))) if not text[place].isspace()}


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "    -"


class Tally:
    """The figures of one file."""

    def __init__(self) -> None:
        self.gold: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.leaked: Counter[str] = Counter()
        self.size: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.totals: defaultdict[str, int] = defaultdict(int)

    def add(self, text: str, gold: Sequence[Sequence[object]], findings: Sequence[Finding]) -> None:
        """Count what was found in one text."""
        found = [one for one in findings if one.type not in NEUTRAL]
        hidden = covered(text, [(one.start, one.end) for one in found])
        labelled: set[int] = set()
        personal: set[int] = set()
        for start, end, kind in gold:
            own = covered(text, [(int(str(start)), int(str(end)))])
            labelled |= own
            if not own or str(kind) in NEUTRAL:
                continue
            personal |= own
            self.gold[str(kind)] += 1
            self.met[str(kind)] += bool(own & hidden)
            self.size[str(kind)] += len(own)
            self.leaked[str(kind)] += len(own - hidden)
        for one in found:
            own = covered(text, [(one.start, one.end)])
            if own & personal or not own & labelled:  # over something neutral alone it is neither right nor wrong
                self.found[one.type] += 1
                self.right[one.type] += bool(own & personal)
        self.totals["clean"] += not gold
        self.totals["touched"] += not gold and bool(hidden)
        self.totals["outside"] += len(covered(text, [(0, len(text))]) - labelled)
        self.totals["hidden"] += len(hidden - labelled)

    def show(self, name: str) -> None:
        """Print the table."""
        print(f"\n{name}\n{'type':<20}{'spans':>7}{'recall':>8}{'precision':>11}{'leak':>8}")
        for kind, count in self.gold.most_common():
            precision = share(self.right[kind], self.found[kind])
            leak = share(self.leaked[kind], self.size[kind])
            print(f"{kind:<20}{count:>7}{share(self.met[kind], count):>8}{precision:>11}{leak:>8}")
        totals = self.totals
        print(
            f"leak {share(self.leaked.total(), self.size.total())}   "
            f"recall {share(self.met.total(), self.gold.total())}   "
            f"precision {share(self.right.total(), self.found.total())}   "
            f"clean texts touched {share(totals['touched'], totals['clean'])} of {totals['clean']}   "
            f"clean characters hidden {share(totals['hidden'], totals['outside'])}"
        )


def secrets(gateway: PrivacyGateway, name: str, rows: Sequence[Sequence[str]]) -> None:
    missed = Counter(kind for kind, text in rows if not any(one.type == "SECRET" for one in gateway.scan(text)))
    kinds = len({kind for kind, _ in rows})
    print(f"\n{name}: {share(len(rows) - missed.total(), len(rows))} of {len(rows)} secrets of {kinds} kinds are found")
    for kind, count in missed.most_common():
        print(f"  {kind}: {count} missed")


def main(files: list[str]) -> int:
    if not files:
        print(__doc__)
        return 0
    gateway = PrivacyGateway()
    asyncio.run(gateway.warm())
    for file in map(Path, files):
        content = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            secrets(gateway, file.name, json.loads(content))
            continue
        tally = Tally()
        for line in filter(str.strip, content.splitlines()):
            one = json.loads(line)
            tally.add(one["text"], one["spans"], gateway.scan(one["text"]))
        tally.show(file.name)
    print(f"\n{GOALS}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
