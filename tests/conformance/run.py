"""The official conformance suite against Roxy's client: every scenario that a revision requires, one by one.

    cd tests && python -m conformance.run [--auth] [SCENARIO…]

Which scenarios a revision requires is the suite's own frozen list. They run a few at a time, and what failed runs again
alone, for some of them measure times: both counts are printed. A scenario in which nothing was checked has not passed,
and a run without scenarios fails. Those of `auth/` come with the OAuth client: they are counted, and with `--auth` run.
"""

import argparse
import asyncio
import json
import os
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from fakes.node import node, packages

HERE = Path(__file__).parent
REVISIONS = ("2025-11-25", "2026-07-28")
SECONDS = 40
AT_ONCE = 2


@dataclass(frozen=True)
class Scenario:
    """A scenario at a revision; `required` is the suite's word."""

    revision: str
    name: str
    required: bool

    @property
    def auth(self) -> bool:
        return self.name.startswith("auth/")


@dataclass(frozen=True)
class Outcome:
    """What the suite saw: how many checks ended how, and its exit code."""

    scenario: Scenario
    code: int
    checks: Counter[str]
    said: str

    @property
    def passed(self) -> bool:
        """Whether something was checked, and all of it was well."""
        bad = self.checks["FAILURE"] + self.checks["WARNING"]
        return self.code == 0 and bad == 0 and self.checks["SUCCESS"] > 0

    def row(self) -> str:
        word = "ok" if self.passed else "FAILED"
        counts = ", ".join(
            f"{self.checks[kind]} {kind.lower()}" for kind in ("SUCCESS", "FAILURE", "WARNING", "SKIPPED")
        )
        scored = "" if self.scenario.required else " (not scored)"
        return f"  {word:6} {self.scenario.name:38} {counts}{scored}"


def scenarios(requirements: Path) -> list[Scenario]:
    """The client's scenarios of all revisions, as the suite has frozen them."""
    found = []
    for revision in REVISIONS:
        frozen = yaml.safe_load((requirements / f"{revision}.yaml").read_text(encoding="utf-8"))
        found += [Scenario(revision, name, required=True) for name in frozen["client"]]
        unscored = [row["scenario"] for row in frozen["not_scored"] if row["leg"] == "client"]
        found += [Scenario(revision, name, required=False) for name in unscored]
    return found


async def play(scenario: Scenario, suite: Path, results: Path) -> Outcome:
    """Run one scenario; the suite starts its server and the client."""
    client = shlex.join([sys.executable, str(HERE / "client.py")])
    folder = results / f"{scenario.revision}-{time.monotonic_ns()}"
    with tempfile.TemporaryDirectory() as home:
        process = await asyncio.create_subprocess_exec(
            str(node()),
            str(suite / "dist" / "index.js"),
            *("client", "--command", client, "--scenario", scenario.name, "--spec-version", scenario.revision),
            *("--timeout", str(SECONDS * 1000), "--output-dir", str(folder)),
            *(["--force"] if not scenario.required else []),
            env=_environment(home),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), SECONDS * 2)
    checks: Counter[str] = Counter()
    for written in folder.rglob("checks.json"):
        checks.update(check["status"] for check in json.loads(written.read_text(encoding="utf-8")))
    return Outcome(scenario, process.returncode or 0, checks, said.decode(errors="replace"))


def _environment(home: str) -> dict[str, str]:
    """Nothing of the person who runs it: the suite and its packages are other people's programs."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    path = os.pathsep.join([str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        **kept,
        "PYTHONPATH": path,
        "HOME": home,
        "ROXY_HOME": home,
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
    }


async def together(chosen: Iterable[Scenario], suite: Path, results: Path, at_once: int) -> list[Outcome]:
    """Run the scenarios, `at_once` of them at a time."""
    room = asyncio.Semaphore(at_once)

    async def one(scenario: Scenario) -> Outcome:
        async with room:
            return await play(scenario, suite, results)

    return list(await asyncio.gather(*(one(scenario) for scenario in chosen)))


def verdict(revision: str, outcomes: Sequence[Outcome]) -> bool:
    """Whether all that is required of the revision passed, and something was required."""
    required = [outcome for outcome in outcomes if outcome.scenario.required and not outcome.scenario.auth]
    passed = [outcome for outcome in required if outcome.passed]
    print(f"{revision}: {len(passed)} of {len(required)} required scenarios outside auth/ pass")
    return bool(required) and len(passed) == len(required)


async def main(wanted: Sequence[str], *, auth: bool) -> int:
    suite = packages(HERE) / "@modelcontextprotocol" / "conformance"
    every = scenarios(suite / "requirements")
    chosen = [one for one in every if (auth or not one.auth) and (not wanted or one.name in wanted)]
    left = Counter(one.revision for one in every if one.auth and one not in chosen)
    began = time.monotonic()
    good = bool(chosen)
    with tempfile.TemporaryDirectory() as folder:
        outcomes = {outcome.scenario: outcome for outcome in await together(chosen, suite, Path(folder), AT_ONCE)}
        failed = [scenario for scenario, outcome in outcomes.items() if not outcome.passed]
        outcomes |= {outcome.scenario: outcome for outcome in await together(failed, suite, Path(folder), 1)}
    for revision in dict.fromkeys(scenario.revision for scenario in chosen):
        print(f"\n{revision}")
        of_it = [outcome for scenario, outcome in outcomes.items() if scenario.revision == revision]
        for outcome in of_it:
            print(outcome.row())
            if not outcome.passed:
                print("\n".join(f"         {line}" for line in outcome.said.strip().splitlines()[-12:]))
        good = verdict(revision, of_it) and good
        print(f"{left[revision]} scenarios of auth/ were not run")
    also = [scenario for scenario in failed if not outcomes[scenario].passed]
    print(f"\n{len(failed)} of {len(chosen)} failed when {AT_ONCE} ran at once, {len(also)} of them also alone")
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--auth", action="store_true", help="run the scenarios of auth/ as well")
    parser.add_argument("scenario", nargs="*")
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.scenario, auth=options.auth)))
