"""What the privacy gateway costs beside plain Presidio, in one run: typical tool arguments, and a document of 10 kB.

    python bench/privacy.py

All texts are made up here. The rounds of the peers alternate; the figures are medians of CPU time. Plain Presidio is
its AnalyzerEngine with the default recognizers, without a model, on the same texts.
"""

import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NoOpNlpEngine

from roxy.privacy.detection.detector import Detector
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


def median_ms(work: Callable[[], object], calls: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / calls


def compare(name: str, peers: dict[str, Callable[[], object]], calls: int) -> None:
    figures: dict[str, list[float]] = {peer: [] for peer in peers}
    for _ in range(ROUNDS):
        for peer, work in peers.items():
            figures[peer].append(median_ms(work, calls))
    medians = {peer: statistics.median(times) for peer, times in figures.items()}
    first = next(iter(medians))
    for peer, ms in medians.items():
        print(f"{name:<22} {peer:<18} {ms:8.3f} ms  {ms / medians[first]:5.2f} x {first}")


def main() -> None:
    engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "no_op"}])
    presidio = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    detector = Detector()
    detector.load()
    gateway = PrivacyGateway()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(gateway.warm())
    chance = random.Random(7)  # noqa: S311 - made-up texts, the same in each run
    for name, personal in (("clean arguments", False), ("personal arguments", True)):
        payloads = [arguments(chance, personal=personal) for _ in range(CALLS)]
        texts = [json.dumps(payload) for payload in payloads]
        print(f"{name}: {statistics.mean(map(len, texts)):.0f} characters")

        def send(payloads: list[dict[str, object]] = payloads) -> None:
            for payload in payloads:
                sent = loop.run_until_complete(gateway.outgoing(payload, destination="bench", session_id="bench"))
                assert not sent.decision.blocked

        peers = {
            "Presidio": lambda texts=texts: [presidio.analyze(text, "en") for text in texts],
            "Roxy detection": lambda texts=texts: [detector.find(text) for text in texts],
            "Roxy whole call": send,
        }
        compare(name, peers, CALLS)
    document = "\n".join(json.dumps(arguments(chance, personal=index % 8 == 0)) for index in range(60))[:10_000]
    compare(
        "document of 10 kB",
        {"Presidio": lambda: presidio.analyze(document, "en"), "Roxy detection": lambda: detector.find(document)},
        1,
    )
    plain, gateway_ms = (statistics.median(start(code) for _ in range(7)) for code in (PEERS_IMPORT, GATEWAY_IMPORT))
    more = gateway_ms - plain
    print(f"import of the gateway  {more:.0f} ms of CPU beyond the {plain:.0f} ms of asyncio, json, logging, re")
    loop.close()


def start(code: str) -> float:
    """CPU milliseconds of a fresh interpreter that runs `code`."""
    code = f"{code}\nimport time\nprint(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout) * 1000


if __name__ == "__main__":
    main()
