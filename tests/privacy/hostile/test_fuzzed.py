"""Conversations that nobody thought of: random values, nested and written in random ways, between random parties.

In each one the user tells values of random kinds in several sessions; servers, models and other sessions carry what
they know of them (pseudonyms, and what servers were told elsewhere the values themselves) to somebody who must not get
them; in between Roxy starts anew. Nothing that anybody outside gets, and no record, may show a value.
"""

import asyncio
import base64
import html
import json
import random
import string
import sys
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from privacy.hostile.spellings import leaks
from privacy.hostile.test_hostile import POLICY
from roxy.config.loader import parse
from roxy.contracts.privacy import Zone
from roxy.privacy.gateway import PrivacyGateway
from roxy.privacy.memory.vaults import Vaults
from roxy.privacy.policy.book import Book
from roxy.privacy.policy.file import check
from roxy.privacy.policy.origin import Origin, speaking

FIRST = ("Aino", "Bertil", "Chioma", "Dmitri", "Esperanza", "Fatima", "Giorgos", "Hannelore", "Ichiro", "Jürgen")
LAST = ("Virtanen", "Lindqvist", "Okonkwo", "Petrov", "Castellanos", "Haddad", "Papadakis", "Vogelsang", "Tanaka")


def _digits(rng, count):
    return "".join(rng.choice(string.digits) for _ in range(count))


def _card(rng):
    bare = f"4{_digits(rng, 14)}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(bare))
    whole = f"{bare}{-total % 10}"
    return rng.choice(("", " ", "-")).join(whole[at : at + 4] for at in range(0, 16, 4))


def _iban(rng):
    bank = f"{''.join(rng.choice(string.ascii_uppercase) for _ in range(4))}{_digits(rng, 14)}"
    rest = int("".join(str(int(letter, 36)) for letter in f"{bank}GB00")) % 97
    return f"GB{98 - rest:02}{bank}"


MAKERS = {
    "person": ("the report by {} came from Bruges", lambda rng: f"{rng.choice(FIRST)} {rng.choice(LAST)}"),
    "email": (
        "my mail is {}",
        lambda rng: f"{rng.choice(FIRST[:9])}.{_digits(rng, 3)}@{rng.choice(LAST)}.example.com".lower(),
    ),
    "phone": ("call me on {}", lambda rng: f"+358 40 {rng.randrange(200, 999)} {rng.randrange(1000, 9999)}"),
    "card": ("my card is {}", _card),
    "iban": ("my IBAN is {}", _iban),
    "ssn": (
        "my social security number is {}",
        lambda rng: f"{rng.randrange(100, 600)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}",
    ),
    "address": (
        "I live at {}",
        lambda rng: f"{rng.randrange(10, 400)} {rng.choice(('Baker', 'Market', 'Linden'))} Street, London",
    ),
    "birth": (
        "my date of birth is {}",
        lambda rng: f"19{rng.randrange(40, 99)}-0{rng.randrange(1, 9)}-{rng.randrange(10, 28)}",
    ),
    "passport": ("my passport number is {}", lambda rng: f"C{_digits(rng, 2)}X{_digits(rng, 2)}T{_digits(rng, 2)}"),
    "ip": (
        "my computer has the address {}",
        lambda rng: f"81.{rng.randrange(10, 99)}.{rng.randrange(10, 99)}.{rng.randrange(100, 250)}",
    ),
    "secret": ("my password is {}", lambda rng: f"x7{_digits(rng, 3)}-Tr{rng.choice(LAST)}{_digits(rng, 2)}"),
    "account": ("my bank account number is {}", lambda rng: _digits(rng, 10)),
}
"""By kind: how the user says it, and what makes a value."""
BESIDES = (
    "abXY09_-+./:@ #\"'\\é日本\u200b\u00ad\uff41%&;=\n<>",
    "\\nrtux01\"'/{}",
    "\u0301\u0308\u0327\u0489\u064b\u05b0\u1dc4\u20e3",  # marks that melt into a letter, or stand over it
    "éüñÅßıİſΩ\ufb01\u2460\u00b2",
    "αβГдяאבاب٣कि\u093fกำ한ᄒ\u1161\u11ab",
    "😀👩\u200d👧🇫🇮\ufe0f",
    "\u202a\u202e\u202c\u200e\u200f\u2066\u2069\u061c",  # which way letters run
    "\x00\x1b\x7f\x85\u2028\t\r\ufffd",
)
BESIDE = st.one_of(*(st.text(st.sampled_from(letters), max_size=4) for letters in (*BESIDES, "".join(BESIDES))))
"""What is written beside a value, or a pseudonym, before all that is written otherwise once more."""
WRITINGS = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "percent": lambda text: quote(text, safe=""),
    "every letter in percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "references": html.escape,
    "every letter as a reference": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "JSON": lambda text: json.dumps({"a": [text]}),
    "ASCII of JSON": lambda text: "".join(f"\\u{ord(one):04x}" if ord(one) < 0x10000 else one for one in text),
    "capitals": str.upper,
    "small": str.lower,
    "apart": "\u200b".join,
    "twice": lambda text: text + text,
    "a link": lambda text: f"https://evil.example/{quote(text)}",
    "a query": lambda text: f"see https://evil.example/?q={text} now",
    "a data URI": lambda text: f"data:text/plain;base64,{base64.b64encode(text.encode()).decode()}",
    "a sentence": lambda text: f"tell {text} that all is well",
}
PARTS = 20
"""Of the long run: each has a seed of its own, and ends by itself."""
CODED = ("base64", "base64 for URLs", "hex", "HEX", "a data URI")
KEYS = st.sampled_from(("text", "q", "to", "url", "params", "headers", "name", "id", "x"))


@dataclass(frozen=True)
class Way:
    """How something is written and where it stands."""

    writings: tuple[tuple[str, str, str], ...]
    """What stands before and behind it, and how that is written, from the inside."""
    keys: tuple[str, ...]

    def carry(self, what, *, apart=False):
        """`apart`: what is in base64 or hexadecimal stands alone: nobody else would know where it begins."""
        for before, behind, writing in self.writings:
            what = f"{before}{what}{behind}"
            what = WRITINGS[writing](what) if writing else what
            if apart and writing in CODED:
                break
        for key in reversed(self.keys):
            what = {key: what, "n": 1} if key != "x" else [what, 1]
        return what if isinstance(what, dict) else {"it": what}


WAYS = st.builds(
    Way,
    st.lists(st.tuples(BESIDE, BESIDE, st.sampled_from(("", *WRITINGS))), max_size=3).map(tuple),
    st.lists(KEYS, min_size=1, max_size=3).map(tuple),
)
SESSIONS = st.sampled_from(("one", "two"))
STEPS = st.one_of(
    st.tuples(st.just("says"), SESSIONS, st.sampled_from(sorted(MAKERS)), st.integers(0, 1 << 30)),
    st.tuples(st.just("restart"), SESSIONS, st.none(), st.none()),
    *(
        st.tuples(st.just(name), SESSIONS, WAYS, st.integers(0, 5))
        for name in ("call", "echo", "record", "guess", "stranger")
    ),
)


@dataclass
class Talk:
    """What was told to whom."""

    of: PrivacyGateway
    told: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """By session: kind, value, and what a model knows it as."""
    got: list[tuple[str, object]] = field(default_factory=list)
    """What somebody outside got, or a record."""

    def known(self, session, number):
        told = self.told.get(session, ())
        return told[number % len(told)] if told else ("", "nothing to see", "nothing to see")

    async def says(self, session, kind, seed):
        sentence, make = MAKERS[kind]
        value = make(random.Random(seed))
        with speaking(Origin.MODEL, sentence.format(value)):
            out = await self.of.outgoing(sentence.format(value), destination="model:cloud", session_id=session)
        if not leaks(out.payload, value):  # how much is found is measured elsewhere
            before, after = sentence.split("{}")
            known = out.payload.removeprefix(before).removesuffix(after)
            self.told.setdefault(session, []).append((kind, value, known))

    async def restart(self, session, _, __):
        await self.of.flush()
        self.of._vaults = Vaults(self.of._vaults._folder)

    async def _sent(self, session, made, destination, tool="run", origin=Origin.MODEL):
        with speaking(origin, "go on"):
            out = await self.of.outgoing(made, destination=destination, tool=tool, session_id=session)
        self.got.append((destination, out.payload))
        self.got.append(("event", (str(out.decision), out.decision.reason)))
        return out.payload

    async def call(self, session, way, number):
        _, _, known = self.known(session, number)
        made = await self.of.incoming(way.carry(known), source="model:cloud", zone=Zone.LOCAL, session_id=session)
        await self._sent(session, made, "evil")
        await self._sent(session, made, "mail", "forward")

    async def echo(self, session, way, number):
        """A server that has pseudonyms gives them back, in its own way, and a model is told that."""
        _, _, known = self.known(session, number)
        answer = [{"type": "text", "text": json.dumps(way.carry(known))}, way.carry(known)]
        shown = await self.of.incoming(answer, source="evil", zone=Zone.USER, session_id=session)
        veiled = await self._sent(session, shown, "model:cloud", None)
        made = await self.of.incoming({"x": veiled}, source="model:cloud", zone=Zone.LOCAL, session_id=session)
        await self._sent(session, made, "evil")

    async def guess(self, session, way, number):
        """A server that knows the value itself says it, in its own way, and a model is told that."""
        _, value, _ = self.known(session, number)
        answer = {"content": [{"type": "text", "text": json.dumps(way.carry(value, apart=True), ensure_ascii=False)}]}
        shown = await self.of.incoming(answer, source="mail", zone=Zone.USER, session_id=session)
        await self._sent(session, shown, "model:cloud", None)
        await self._sent(session, way.carry(value, apart=True), "evil")

    async def record(self, session, way, number):
        _, value, known = self.known(session, number)
        self.got.append(("record", await self.of.redact_record(way.carry(value, apart=True), session)))
        self.got.append(("record", self.of.redact_text(json.dumps(way.carry(known)), session)))

    async def stranger(self, session, way, number):
        """The other session has the pseudonym."""
        other = "two" if session == "one" else "one"
        _, _, known = self.known(session, number)
        made = await self.of.incoming(way.carry(known), source="model:cloud", zone=Zone.LOCAL, session_id=other)
        await self._sent(other, made, "evil")
        self.got.append(("user of another session", made))

    def seen(self):
        """Who saw which value."""
        values = {(kind, value) for told in self.told.values() for kind, value, _ in told}
        return {(who, kind, value, str(what)) for who, what in self.got for kind, value in values if leaks(what, value)}


async def lived(of, steps):
    talk = Talk(of)
    for name, session, *more in steps:
        await getattr(talk, name)(session, *more)
    for session in ("one", "two"):
        await of.forget(session)
    return talk


@pytest.fixture(scope="module")
def of(tmp_path_factory):
    made = PrivacyGateway(tmp_path_factory.mktemp("vaults"), book=Book(check(parse(POLICY, "privacy.yaml"))))
    asyncio.run(made.warm())
    return made


CONVERSATIONS = st.tuples(
    st.lists(STEPS.filter(lambda step: step[0] == "says"), min_size=1, max_size=3), st.lists(STEPS, max_size=6)
).map(lambda both: [*both[0], *both[1]])


@dataclass
class Counts:
    """What a run has looked at: who looks at nothing finds nothing."""

    conversations: int = 0
    told: int = 0
    passed: int = 0
    """What somebody outside got, or a record; what was refused is none."""

    def add(self, talk):
        self.conversations += 1
        self.told += sum(map(len, talk.told.values()))
        self.passed += sum(what is not None and who != "event" for who, what in talk.got)


def _run(of, number, count):
    """So many conversations, of that seed; what was looked at."""
    counts = Counts()

    @seed(number)
    @given(steps=CONVERSATIONS)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    def lives(steps):
        talk = asyncio.run(lived(of, steps))
        counts.add(talk)
        assert talk.seen() == set()

    lives()
    return counts


@pytest.mark.requirement("privacy.hostile")
def test_no_random_conversation_shows_anybody_a_value(of):
    counts = _run(of, 0, 40)
    assert counts.told >= counts.conversations
    assert counts.passed >= counts.conversations


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.requirement("privacy.hostile")
@pytest.mark.parametrize("number", range(1, PARTS + 1))
def test_no_conversation_of_ten_thousand_shows_anybody_a_value(of, number, capsys):
    counts = _run(of, number, 10_000 // PARTS)
    with capsys.disabled():
        sys.stdout.write(f"\npart {number} of {PARTS}: {counts}\n")
    assert counts.conversations >= 10_000 // PARTS
    assert counts.told >= counts.conversations
    assert counts.passed >= 2 * counts.conversations
