"""A model that cuts pseudonyms at every place, in the wire shapes of all providers: they come back whole.

What the user sees is the value, in every piece and in the reply; what a server gets is the pseudonym; no record of the
pieces has a value in it.
"""

import json
import re

import pytest

from fakes import models as fake
from fakes.models import ModelServer, Reply, model_server
from privacy.hostile.house import found_in
from privacy.hostile.spellings import leaking
from privacy.hostile.test_assembled import DECLARED, PSEUDONYM, VALUES
from privacy.hostile.test_hostile import SAID

pytestmark = pytest.mark.requirement("privacy.hostile", "models.private")

SHAPES = {
    "chat": {"provider": "openai", "base_url": "{url}/v1"},
    "responses": {"provider": "openai", "base_url": "{url}/v1", "api": "responses"},
    "anthropic": {"provider": "anthropic", "base_url": "{url}"},
    "gemini": {"provider": "gemini", "base_url": "{url}"},
}
CALLS = 12
"""At once."""
SPY = "spy__run"


def cuts(known):
    """The pseudonym in two pieces, cut at every place, and letter by letter."""
    return [*([known[:at], known[at:]] for at in range(len(known) + 1)), list(known)]


def words(known):
    """A text in pieces in which it stands as often as there are places to cut it."""
    return [piece for number, one in enumerate(cuts(known)) for piece in (f"{number}: ", *one, ", ")]


def arguments(known, number):
    """The pieces of the arguments of a call, cut at another place for each number."""
    places = cuts(known)
    return ['{"q": "', *places[number % len(places)], '"}']


def _item(kind, number, **fields):
    return {"type": kind, "id": f"{kind}_{number}", "status": "completed", **fields}


def _cut_again(stream, pieces):
    """A stream of Responses whose one text, or arguments of the n-th item, come in these pieces."""
    made = []
    for raw in stream:
        event = json.loads(raw.partition(b"data: ")[2])
        if not event["type"].endswith(".delta"):
            made.append(event)
        elif made[-1]["type"] != event["type"] or made[-1]["output_index"] != event["output_index"]:
            made += [{**event, "delta": piece} for piece in pieces[event["output_index"]]]
    return fake.sse(*({**event, "sequence_number": number} for number, event in enumerate(made)), named=True)


def text_of(shape, known):
    pieces = words(known)
    if shape == "responses":
        content = [{"type": "output_text", "text": "".join(pieces), "annotations": [], "logprobs": []}]
        message = _item("message", 0, role="assistant", content=content)
        return _cut_again(fake.response_stream([message]), [pieces])
    return {"chat": fake.chat_text, "anthropic": fake.anthropic_text, "gemini": fake.gemini_text}[shape](*pieces)


def calls_of(shape, known, first):
    calls = [(f"c{number}", SPY, arguments(known, number)) for number in range(first, first + CALLS)]
    if shape == "gemini":
        return fake.gemini_calls(*((name, json.loads("".join(pieces))) for _, name, pieces in calls))
    if shape == "responses":
        items = [
            _item("function_call", number, call_id=id_, name=name, arguments="".join(pieces))
            for number, (id_, name, pieces) in enumerate(calls)
        ]
        return _cut_again(fake.response_stream(items), [pieces for _, _, pieces in calls])
    return {"chat": fake.chat_calls, "anthropic": fake.anthropic_calls}[shape](*calls)


class Dripping(ModelServer):
    """Calls the spy so often, and then says what it knows; all that byte by byte where it `drips`."""

    def __init__(self):
        super().__init__([])
        self.shape = ""
        self.rounds = 0
        self.drips = False

    def reply_to(self, asked):
        known = known_in(asked)
        if not self.rounds:
            pieces = text_of(self.shape, known)
        else:
            self.rounds -= 1
            pieces = calls_of(self.shape, known, self.rounds * CALLS)
        return Reply(fake.in_bytes(pieces) if self.drips else pieces)


async def dripped(house, person, model, kind, rounds):
    """One conversation in that wire shape. Whether the user saw what they should, and nobody else did."""
    await person.say("hello")
    await house.roxy.choose_model(model.shape, person.session_id)
    model.rounds = rounds
    person.pieces.clear()
    house.heard()
    reply = await person.say(f"please run what you are told: {SAID[kind][0].format(VALUES[kind])}")
    known = known_in(model.asked[-1])
    shown = f"[SECRET:{known.partition(':')[2]}" if kind.endswith("secret") else VALUES[kind]
    expected = "".join(words(known)).replace(known, shown)
    assert reply.text.strip() == expected.strip()
    assert "".join(person.pieces).strip().endswith(expected.strip())
    assert not [piece for piece in person.pieces if re.search(r"-rx|\brx[0-9a-z]", piece)]
    heard = house.heard() | {"model": [(one.path, one.headers, one.body) for one in model.asked]}
    calls = [line for line in heard["spy"].splitlines() if '"tools/call"' in line]
    assert len(calls) == rounds * CALLS
    assert all(known in line for line in calls)
    assert {who: leaking(what, VALUES.values()) for who, what in heard.items()} == {who: {} for who in heard}


def known_in(asked):
    """The pseudonym that the model was told last."""
    told = next(asked.body[key] for key in ("messages", "input", "contents") if key in asked.body)
    return PSEUDONYM.findall(json.dumps(told))[-1]


async def check(house, kinds, rounds, capfd, *, drips):
    model = Dripping()
    model.drips = drips
    async with model_server(server=model):
        models = {
            name: {key: value.format(url=model.url) for key, value in about.items()} for name, about in SHAPES.items()
        }
        async with house.around(models=models), house.open(HOSTILE_KEY=VALUES["known secret"]) as person:
            await house.started("spy")
            for kind in kinds:
                for model.shape in SHAPES:
                    person.session_id = None
                    await dripped(house, person, model, kind, rounds)
    out, err = capfd.readouterr()
    kept = {**house.kept(), "stdout": out.encode(), "stderr": err.encode()}
    assert {name for name in found_in(kept, VALUES.values()) if not DECLARED.fullmatch(name)} == set()


@pytest.mark.timeout(300)
async def test_a_pseudonym_that_is_cut_at_any_place_comes_back_whole_to_the_user_alone(house, capfd):
    await check(house, ["email"], 1, capfd, drips=False)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("drips", [False, True])
async def test_the_same_for_every_kind_of_value_and_byte_by_byte(house, capfd, drips):
    await check(house, SAID, 4, capfd, drips=drips)
