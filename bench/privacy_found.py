"""What the privacy gateway finds and what it leaves alone, beside the goals.

    python bench/privacy_found.py [--half seen|unseen|all] [--seed N] [--rounds N] [--misses]
    python bench/privacy_found.py FILE.jsonl [FILE.json ...]

Without a file the cases of `bench/unseen` are made and measured: arguments of tools, prose, clean texts, secrets, and
numbers of people written so that they are missed. The two halves share no template. `--misses` shows what was missed
and what was touched of the half called seen; of the other half only figures are ever shown.

`bench/blind` makes such files (`cd bench && python -m blind.make SEED ROUNDS FOLDER`). Its templates and values were
written by somebody who had not seen the detector; only totals of it are read, and none of its lines when something
is mended.

JSON Lines hold `{"text", "spans": [[start, end, type], ...]}`, offsets in code points; JSON holds
`[[kind, text], ...]`, each text a secret that must be found. Detection alone is measured, whatever the policy, but for
the numbers in disguise, which are counted as found when the redacted text holds neither half of them.

Leak: characters of personal spans that nothing covers, of all such characters. Recall: spans that something overlaps.
Precision: of what is found as a type, what overlaps a personal span. Clean: texts without any span in which something
is found. Hidden: characters outside all spans that are covered. Spaces count nowhere. Organisations, dates and links
are neither here nor there.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from unseen import cases

from roxy.contracts.privacy import Finding
from roxy.privacy.gateway import PrivacyGateway

NEUTRAL = frozenset({"ORGANIZATION", "ORG", "DATE", "DATE_TIME", "URL", "DOMAIN_NAME", "NRP", "TITLE", "AGE"})
GOALS = (
    "Goals: leak of tool arguments .03, of prose .10; clean .02; hidden .005; ids .995; people .92 at .88; secrets .97"
)


_RIM = 2
"""So many characters too much are a full stop or a bracket."""


def covered(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    return {place for start, end in spans for place in range(start, min(end, len(text))) if not text[place].isspace()}


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "    -"


def _in_place(text: str, start: int, end: int) -> str:
    return f"{text[start:end]!r} in {text[max(0, start - 50) : end + 20]!r}"


class Tally:
    """The figures of one file."""

    def __init__(self, *, misses: bool = False) -> None:
        self.gold: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.leaked: Counter[str] = Counter()
        self.size: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.totals: defaultdict[str, int] = defaultdict(int)
        self.misses = misses

    def add(self, text: str, gold: Iterable[Sequence[object]], findings: Sequence[Finding]) -> None:
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
            if self.misses and own - hidden:
                print(f"  - {kind:<16}{_in_place(text, min(own), max(own) + 1)}")
        for one in found:
            own = covered(text, [(one.start, one.end)])
            if self.misses and len(own - labelled) > _RIM:
                print(f"  + {one.type:<16}{_in_place(text, one.start, one.end)}")
            if own & personal or not own & labelled:  # over something neutral alone it is neither right nor wrong
                self.found[one.type] += 1
                self.right[one.type] += bool(own & personal)
        self.totals["clean"] += not labelled
        self.totals["touched"] += not labelled and bool(hidden)
        self.totals["outside"] += len(covered(text, [(0, len(text))]) - labelled)
        self.totals["hidden"] += len(hidden - labelled)

    @property
    def leak(self) -> float:
        """Of all types together."""
        return self.leaked.total() / max(1, self.size.total())

    def ratio(self, part: str, whole: str) -> float:
        """One total as a share of another."""
        return self.totals[part] / max(1, self.totals[whole])

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


def from_files(gateway: PrivacyGateway, files: Iterable[Path], *, misses: bool) -> None:
    for file in files:
        content = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            secrets(gateway, file.name, json.loads(content))
            continue
        tally = Tally(misses=misses)
        for line in filter(str.strip, content.splitlines()):
            one = json.loads(line)
            tally.add(one["text"], one["spans"], gateway.scan(one["text"]))
        tally.show(file.name)
    print(f"\n{GOALS}")


def labelled(gateway: PrivacyGateway, name: str, options: argparse.Namespace) -> Tally:
    """The figures of one file of templates."""
    tally = Tally(misses=options.misses)
    for text, spans in cases.texts(f"{name}.txt", options.half, options.seed, options.rounds):
        tally.add(text, spans, gateway.scan(text))
    tally.show(f"{name} ({options.half} half)")
    return tally


def hidden_secrets(gateway: PrivacyGateway, options: argparse.Namespace) -> tuple[float, float]:
    """The share of secrets of which something is found, and of kinds of which nothing was missed."""
    missed: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for kind, (text, spans) in cases.secrets(options.half, options.seed, options.rounds):
        hidden = covered(text, [(one.start, one.end) for one in gateway.scan(text)])
        for start, end, _ in spans:
            counts[kind] += 1
            own = covered(text, [(start, end)])
            if len(own & hidden) * 10 < len(own) * 9:  # nine tenths: what remains is no use to anybody
                missed[kind] += 1
                if options.misses:
                    print(f"  - {kind}: {text[:150]!r}")
    total = counts.total()
    print(f"\nsecrets ({options.half} half): {share(total - missed.total(), total)} of {total}, {len(counts)} kinds, ")
    print(f"{len(missed)} kinds with a miss, {sum(missed[kind] == counts[kind] for kind in counts)} never found")
    return 1 - missed.total() / max(1, total), 1 - len(missed) / max(1, len(counts))


def disguised(gateway: PrivacyGateway, options: argparse.Namespace) -> float:
    """The share of numbers of people that do not leave, as they are and in twelve disguises."""
    by_kind: defaultdict[str, list[bool]] = defaultdict(list)
    by_evasion: defaultdict[str, list[bool]] = defaultdict(list)
    for at, (kind, evasion, text, value) in enumerate(cases.evasions(options.half, options.seed, options.rounds)):
        left = gateway.redact_text(text, f"case-{at}")
        middle = len(value) // 2
        gone = value[:middle] not in left and value[middle:] not in left
        by_kind[kind].append(gone)
        by_evasion[evasion].append(gone)
        if options.misses and not gone:
            print(f"  - {kind} {evasion}: {text!r} -> {left!r}")
    print(f"\nnumbers of people in disguise ({options.half} half)")
    for name, group in (("kind", by_kind), ("evasion", by_evasion)):
        print(f"{name}: " + "  ".join(f"{one} {share(sum(hits), len(hits))}" for one, hits in group.items()))
    every = [gone for hits in by_kind.values() for gone in hits]
    return sum(every) / max(1, len(every))


def generated(gateway: PrivacyGateway, options: argparse.Namespace) -> None:
    """Every set, and the goals with what was reached."""
    arguments, prose, clean = (labelled(gateway, name, options) for name in ("arguments", "prose", "clean"))
    found, whole_kinds = hidden_secrets(gateway, options)
    numbers = disguised(gateway, options)
    people = arguments.met + prose.met, arguments.gold + prose.gold
    rows = (
        ("leak, tool arguments", arguments.leak, "<= .03", "<= .015"),
        ("leak, prose", prose.leak, "<= .10", "<= .06"),
        ("people, recall (arguments and prose)", people[0]["PERSON"] / max(1, people[1]["PERSON"]), ">= .92", ">= .95"),
        ("numbers of people in 12 disguises", numbers, ">= .995", "1.0"),
        ("secrets found", found, ">= .97", ">= .99"),
        ("kinds of secrets without a miss", whole_kinds, "", ""),
        ("clean texts touched", clean.ratio("touched", "clean"), "<= .02", "<= .005"),
        ("clean characters hidden, clean texts", clean.ratio("hidden", "outside"), "<= .005", "<= .002"),
        ("clean characters hidden, arguments", arguments.ratio("hidden", "outside"), "<= .005", "<= .002"),
        ("clean characters hidden, prose", prose.ratio("hidden", "outside"), "<= .005", "<= .002"),
    )
    print(f"\n{'figure':<40}{'here':>8}{'goal':>10}{'stretch':>10}")
    for name, value, goal, stretch in rows:
        print(f"{name:<40}{value:>8.3f}{goal:>10}{stretch:>10}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--half", choices=("seen", "unseen", "all"), default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4, help="fillings of each template")
    parser.add_argument("--misses", action="store_true", help="show what was missed of the half called seen")
    options = parser.parse_args()
    if options.misses and not options.files:
        options.half = "seen"
    gateway = PrivacyGateway()
    asyncio.run(gateway.warm())
    if options.files:
        from_files(gateway, options.files, misses=options.misses)
    else:
        generated(gateway, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
