"""What the privacy gateway costs, stage by stage and beside plain Presidio: tool arguments, and documents of 10 kB.

    python bench/privacy.py

All texts are made up here, and new in each round, since the gateway remembers what it has looked at. The rounds of the
peers alternate; the figures are medians of CPU time. Plain Presidio is its AnalyzerEngine with the default
recognizers, without a model, on the same texts. What a call costs in all is told by `bench/mcp_calls.py`.
"""

import asyncio
import hashlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NoOpNlpEngine

from roxy.contracts.privacy import Mark
from roxy.conversation.model.seen import Seen, digest
from roxy.privacy.detection.detector import TABLES, Detector
from roxy.privacy.detection.held import Held
from roxy.privacy.detection.ner.tagger import NamesModel
from roxy.privacy.detection.normalise import readings
from roxy.privacy.detection.prefilter import Prefilter
from roxy.privacy.detection.replay import Known
from roxy.privacy.detection.spots import Spot, settle
from roxy.privacy.encodings import pieces
from roxy.privacy.gateway import PrivacyGateway

ROUNDS = 7
CALLS = 200
PEERS_IMPORT = "import asyncio, json, logging, re"
GATEWAY_IMPORT = "import roxy.privacy.gateway"
WORDS = "please find the quarterly figures for our garden project and send a short summary before the next walk".split()  # noqa: SIM905 - a sentence

NAMES = ("Ann", "Bruno", "Chiara", "Dmitri", "Edda", "Farid")


def arguments(chance: random.Random, *, personal: bool) -> dict[str, object]:
    """One call's arguments, 100 to 200 characters."""
    words = " ".join(chance.choices(WORDS, k=12))
    number = chance.randrange(10**6, 10**7)
    if not personal:
        return {"query": words, "count": 10, "since": "2026-03-01T10:00:00Z", "file": f"notes/{number}.md"}
    name = chance.choice(NAMES)
    text = f"Hello {name}, call +358 40 {number} or mail {name.lower()}.{number % 97}@example.com: {words}"
    return {
        "to": f"{chance.choice(NAMES).lower()}@example.org",
        "subject": chance.choice(WORDS),
        "body": text,
        "priority": 2,
    }


def strange(chance: random.Random) -> str:
    """A word that is put together from halves of others, sometimes with a number: automata learn by new letters."""
    one, other, end = chance.choice(WORDS), chance.choice(WORDS), chance.choice(["", "", "", " 4", " 17", ":"])
    return f"{one[: chance.randrange(1, 5)]}{other[chance.randrange(4) :]}{end}"


class Peer(NamedTuple):
    """One of those that look at the same texts."""

    name: str
    work: Callable[[Sequence[Any]], object]
    goal: float | None = None
    compared: bool = True


def timed(work: Callable[[], object], count: int) -> float:
    """CPU milliseconds of one of `count`."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / count


class Table:
    """Figures beside what they are compared with and their goals."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def row(self, part: str, name: str, figure: float, goal: float | None = None, unit: str = "ms") -> None:
        """One figure; a goal that it misses is remembered."""
        told = ""
        if goal is not None:
            told = f"  goal {goal:g}  {'met' if figure <= goal else 'MISSED'}"
            if figure > goal:
                self.missed.append(f"{part}, {name}")
        print(f"{part:<22} {name:<34} {figure:9.4f} {unit}{told}", flush=True)


def compare(table: Table, part: str, peers: Sequence[Peer], fresh: Callable[[], Sequence[Any]], most: float) -> None:
    """Alternate the peers, each round on texts that nobody has seen; the last peer but one is set beside the first."""
    figures: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for turn in range(ROUNDS + 1):
        texts = fresh()
        for peer in peers:
            ms = timed(lambda peer=peer, texts=texts: peer.work(texts), len(texts))
            if turn:  # the first round warms up
                figures[peer.name].append(ms)
    medians = {name: statistics.median(times) for name, times in figures.items()}
    for peer in peers:
        table.row(part, peer.name, medians[peer.name], peer.goal)
    first, *_, ours = (medians[peer.name] for peer in peers if peer.compared)
    table.row(part, "with names ÷ Presidio", ours / first, most, "x ")


def stages(table: Table, bodies: Sequence[str]) -> None:
    """Each stage alone on the same texts, none of them remembered."""
    prefilter, known, held, model = Prefilter(*TABLES), Known(), Held(), NamesModel()
    for number in range(500):
        known.add(f"person{number}@example.net", "EMAIL_ADDRESS")
    for number in range(50):
        held.add("key", hashlib.sha256(str(number).encode()).hexdigest()[:32])
    model.load()
    detector = Detector()
    detector.load()

    def rules(text: str) -> list[Spot]:
        return [spot for rule in prefilter.pick(text) for spot in rule.find(text)]

    found = {text: rules(text) for text in bodies}
    chance = random.Random(11)  # noqa: S311 - made-up texts, the same in each run
    new = iter([" ".join(strange(chance) for _ in range(20)) for _ in range(ROUNDS * len(bodies))])
    for name, work in (
        ("other readings", lambda text: list(readings(text))),
        ("encoded pieces", lambda text: list(pieces(text))),
        ("replay of 500 known values", known.find),
        ("50 held secrets", lambda text: list(held.find(text))),
        ("prefilter", prefilter.pick),
        ("prefilter, words never seen", lambda _: prefilter.pick(next(new))),
        ("prefilter and the rules it picks", rules),
        ("names", lambda text: list(model.find(text))),
        ("resolution of overlaps", lambda text: settle(text, found[text], [])),
    ):
        times = [timed(lambda work=work: [work(text) for text in bodies], len(bodies)) for _ in range(ROUNDS)]
        table.row("one stage", name, statistics.median(times))


def turns(table: Table, document: str) -> None:
    """A message of 10 kB that goes to a model again: as the conversation remembers it, and as the gateway does."""

    class Guard:
        def mark(self, _: str | None) -> Mark:
            return Mark()

        def learned(self, *_: object) -> Sequence[str]:
            return ()

    seen = Seen(Guard())
    seen.keep("ses", digest(document), document, document, Mark())
    times = [timed(lambda: seen.find("ses", digest(document)), 1) for _ in range(50)]
    table.row("10 kB again", "in a conversation", statistics.median(times), 0.3)

    async def calls() -> list[float]:
        gateway, times = PrivacyGateway(), []
        await gateway.warm()
        for turn in range(20):
            began = time.process_time()
            payload = {"document": document, "title": f"notes {turn}"}
            sent = await gateway.outgoing(payload, destination="bench", tool="keep", session_id="again")
            times.append((time.process_time() - began) * 1000)
            assert not sent.decision.blocked
        return times

    table.row("10 kB again", "in a call", statistics.median(asyncio.run(calls())), 0.3)


def main() -> None:
    table = Table()
    engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "no_op"}])
    presidio = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    detector = Detector()
    detector.load()
    gateway = PrivacyGateway()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(gateway.warm())
    chance = random.Random(7)  # noqa: S311 - made-up texts, the same in each run

    async def send(payloads: Sequence[dict[str, object]]) -> None:
        for payload in payloads:
            sent = await gateway.outgoing(payload, destination="bench", session_id="bench")
            assert not sent.decision.blocked

    stages(table, [str(arguments(chance, personal=True)["body"]) for _ in range(CALLS)])

    def alone(payloads: Sequence[dict[str, object]], *, named: bool) -> None:
        for payload in payloads:
            for key, value in payload.items():
                if isinstance(value, str):
                    detector.find(value + " " * named, key=key, named=named)  # a space, since texts are remembered

    peers = (
        Peer("Presidio", lambda payloads: [presidio.analyze(json.dumps(payload), "en") for payload in payloads]),
        Peer("patterns and secrets", lambda payloads: alone(payloads, named=False), 0.15),
        Peer("with names", lambda payloads: alone(payloads, named=True), 0.5),
        Peer("whole call", lambda payloads: loop.run_until_complete(send(payloads)), compared=False),
    )
    for name, personal in (("clean arguments", False), ("personal arguments", True)):
        compare(
            table,
            name,
            peers,
            lambda personal=personal: [arguments(chance, personal=personal) for _ in range(CALLS)],
            0.25,
        )

    def documents() -> list[str]:
        lines = (json.dumps(arguments(chance, personal=index % 8 == 0)) for index in range(60))
        return ["\n".join(lines)[:10_000]]

    peers = (
        Peer("Presidio", lambda texts: [presidio.analyze(text, "en") for text in texts]),
        Peer("patterns and secrets", lambda texts: [detector.find(text, named=False) for text in texts]),
        Peer("with names", lambda texts: [detector.find(f"{text} ") for text in texts], 20.0),
    )
    compare(table, "document of 10 kB", peers, documents, 0.5)
    turns(table, documents()[0])
    plain, gateway_ms = (statistics.median(start(code) for _ in range(7)) for code in (PEERS_IMPORT, GATEWAY_IMPORT))
    table.row("start", "import beyond asyncio, json, re", gateway_ms - plain, 250.0)
    loop.close()
    print(f"Missed goals: {'; '.join(table.missed)}." if table.missed else "All goals are met.")


def start(code: str) -> float:
    """CPU milliseconds of a fresh interpreter that runs `code`."""
    code = f"{code}\nimport time\nprint(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout) * 1000


if __name__ == "__main__":
    main()
