"""What models are told of a long past: a summary and what is remembered, through the whole conversation."""

import asyncio
import re

import pytest
from sqlalchemy import delete, select

from fakes.scripted_model import calls, words
from roxy.contracts.models import Role
from roxy.conversation.longterm.summaries import EXTRACT, Summaries
from roxy.conversation.memory import UserMemory
from roxy.conversation.undo import Journal
from roxy.errors import ModelUnavailable
from roxy.events.search import EventQuery, find
from roxy.llm.router import Router
from roxy.store.tables import sessions, summaries

MAIL = "anna.schmidt@example.com"
LONG = " and think about it very thoroughly, from all sides, with everything that belongs to it" * 30
PSEUDONYM = re.compile(r"EMAIL-rx[0-9a-z]{14}")
NOTES = "[Roxy's notes on the earlier part of this conversation."
REMEMBERED = "[What Roxy remembers of the user"

pytestmark = pytest.mark.requirement("memory.summaries")


@pytest.fixture
def router(bench) -> Router:
    bench.context_tokens = {"home": 14_000, "cloud": 14_000}
    return bench.router()


async def store(roxy) -> Summaries:
    return Summaries(await roxy._rooms.database.get())


async def written(roxy):
    """Wait for what a model writes behind the turn."""
    async with asyncio.timeout(20):
        await (await roxy._rooms.loop.get())._summariser.written()


def notes(model, request=-1) -> list[str]:
    return [part for role, part in model.said(request) if role == "user" and part.startswith(NOTES)]


def note_requests(model) -> list[int]:
    """Which requests were for notes: they offer no tools."""
    return [place for place, request in enumerate(model.asked) if not request.tools]


async def say_until_summarised(roxy, person, bench, note, *, model="home"):
    """Long turns, a tool's call in the first one, until turns are summarised; `note` answers the wish for notes."""
    scripted, before = bench.models[model], await (await store(roxy)).of(person.session_id)
    start = 100 if before else 0
    for number in range(start, start + 30):
        first = [calls(("tester.talk", {}))] if number == 0 else []
        scripted.script = [*first, words(f"Answer {number}."), note]
        await person.say(f"question {number} about {MAIL}{LONG}", model=model)
        summary = await (await store(roxy)).of(person.session_id)
        if summary is not None and (before is None or summary.through > before.through):
            return summary
    raise AssertionError("nothing was summarised")


async def test_without_a_model_that_writes_it_the_summary_says_who_asked_what_and_what_was_called(roxy, person, bench):
    summary = await say_until_summarised(roxy, person, bench, ModelUnavailable("The model home is down."))
    await written(roxy)
    first, *_ = lines = summary.text.splitlines()
    assert first.startswith(f"- User: “question 0 about {MAIL}")
    assert first.endswith("→ tester.talk() done → Roxy: “Answer 0.”")
    assert (len(lines), summary.source) == (summary.turns, EXTRACT)
    assert await (await store(roxy)).of(person.session_id) == summary


async def test_the_request_that_would_have_lost_messages_holds_their_summary_instead(roxy, person, bench):
    summary = await say_until_summarised(roxy, person, bench, ModelUnavailable("Down."))
    home = bench.models["home"]
    turn = next(place for place in reversed(range(len(home.asked))) if home.asked[place].tools)
    (told,) = notes(home, turn)
    assert summary.text in told
    said = [part for role, part in home.said(turn) if role == "user" and isinstance(part, str)]
    kept = [part.split()[1] for part in said if part.startswith("question")]
    assert kept[0] == str(summary.turns)  # from the first one on that is not in the summary
    assert [str(message.role) for message in home.asked[turn].messages[:2]] == ["system", "user"]


async def test_a_call_and_its_result_go_together(roxy, person, bench):
    summary = await say_until_summarised(roxy, person, bench, ModelUnavailable("Down."))
    home = bench.models["home"]
    assert "tester.talk" in summary.text
    last = [message for message in home.asked if message.tools][-1]
    assert not [message for message in last.messages if message.role is Role.TOOL]
    assert not any(isinstance(part, tuple) and part[0] == "call" for _, part in home.said(home.asked.index(last)))


async def test_a_model_writes_a_better_one_behind_the_turn_and_the_next_request_has_it(roxy, person, bench):
    old = await say_until_summarised(roxy, person, bench, words("Sure:\n* Anna was looked at.\n"))
    await written(roxy)
    summary = await (await store(roxy)).of(person.session_id)
    assert (summary.text, summary.source, summary.tokens) == ("- Sure:\n- Anna was looked at.", "home", 15)
    assert (summary.through, summary.turns) == (old.through, old.turns)
    home = bench.script("home", words("Fine."))
    await person.say("think about what tester may do next", model="home")
    assert "- Anna was looked at." in notes(home)[0]


async def test_a_summary_rolls_on(roxy, person, bench):
    first = await say_until_summarised(roxy, person, bench, words("- The first note."))
    await written(roxy)
    go_on = asyncio.Event()
    second = await say_until_summarised(roxy, person, bench, [go_on, *words("- Both notes.")])
    assert second.text.startswith("- The first note.\n- User: “question")
    assert (second.first_turn, second.turns > first.turns) == (first.first_turn, True)
    go_on.set()
    await written(roxy)
    home = bench.models["home"]
    asked = home.said(note_requests(home)[-1])[-1][1]
    assert asked.startswith("The notes so far:\n- The first note.")
    assert "question 0" not in asked
    assert (await (await store(roxy)).of(person.session_id)).text == "- Both notes."


async def test_a_model_that_hangs_stops_no_turn_and_not_the_end(roxy, person, bench):
    never = asyncio.Event()
    summary = await say_until_summarised(roxy, person, bench, [never])
    bench.script("home", words("Still here."))
    async with asyncio.timeout(20):
        assert (await person.say("think about what tester may do next", model="home")).text == "Still here."
        await (await roxy._rooms.loop.get())._summariser.aclose()
    assert bench.models["home"].left.is_set()  # its stream was closed
    assert await (await store(roxy)).of(person.session_id) == summary


async def test_an_external_model_sees_pseudonyms_in_notes_and_writes_them_with_real_values_kept(roxy, person, bench):
    def note(request):
        return words(f"- Wrote to {PSEUDONYM.search(str(request.messages))[0]}.")

    await say_until_summarised(roxy, person, bench, note, model="cloud")
    await written(roxy)
    assert (await (await store(roxy)).of(person.session_id)).text == f"- Wrote to {MAIL}."
    cloud = bench.script("cloud", words("Fine."))
    await person.say("think about what tester may do next", model="cloud")
    assert MAIL not in str(cloud.asked)
    stable = {found for request in cloud.asked for found in PSEUDONYM.findall(str(request.messages))}
    assert len(stable) == 1
    assert next(iter(stable)) in notes(cloud)[0]


async def test_what_was_forgotten_while_a_model_wrote_does_not_come_back(roxy, person, bench):
    memory = UserMemory(await roxy._rooms.database.get()).for_turn(Journal())
    id_ = await memory.remember(f"the address of Anna is {MAIL}")
    go_on = asyncio.Event()
    await say_until_summarised(roxy, person, bench, [go_on, *words(f"- It is {MAIL}.")])
    assert await memory.forget(id_)
    go_on.set()
    await written(roxy)
    summary = await (await store(roxy)).of(person.session_id)
    assert (summary.source, MAIL in summary.text) == (EXTRACT, False)


async def test_a_turn_in_which_something_forgotten_was_told_is_not_summarised(roxy, person, bench):
    for said in ("I live in Xanten", "yes", "forget that I live in Xanten"):
        await person.say(said, model="none")
    summary = await say_until_summarised(roxy, person, bench, ModelUnavailable("Down."))
    told = [line for line in summary.text.splitlines() if "Xanten" in line]
    assert [line.startswith("- User: “forget that") for line in told] == [True]  # it is said again there


async def test_more_turns_than_are_told_word_for_word_are_summarised_where_nothing_says_how_much_fits(
    roxy, person, bench
):
    await person.say("tester talk")
    sessions_ = (await roxy._rooms.conversation.get()).sessions
    for number in range(101):
        turn = await sessions_.begin_turn(person.session_id, f"old question {number}", "test", "cor")
        assert turn
    cloud = bench.script("other", words("Fine."), words("- A note."))
    await person.say("think about what tester may do next", model="other")
    assert "old question 3”" in notes(cloud, 0)[0]
    assert "old question 100" in str(cloud.said(0)[-2])
    await written(roxy)


async def test_a_summary_goes_with_its_session(roxy, person, bench):
    await say_until_summarised(roxy, person, bench, ModelUnavailable("Down."))
    await written(roxy)
    async with (await roxy._rooms.database.get()).writing() as connection:
        await connection.execute(delete(sessions).where(sessions.c.id == person.session_id))
        assert (await connection.execute(select(summaries.c.id))).all() == []


async def test_neither_events_nor_logs_hold_what_a_summary_says(roxy, person, bench, caplog):
    caplog.set_level("INFO")
    await say_until_summarised(roxy, person, bench, words(f"- Wrote to {MAIL}."))
    await written(roxy)
    loop = await roxy._rooms.loop.get()
    await loop._record.aclose()
    log = await roxy._rooms.events.get()
    await log.flush()
    found = await find(await roxy._rooms.database.get(), EventQuery(session_id=person.session_id), limit=1000)
    (spent,) = [event for event in found if event.name == "model.summarised"]
    assert spent.data == {"model": "home", "input_tokens": 10, "output_tokens": 5} | {
        "cached_input_tokens": 0,
        "reasoning_tokens": 0,
    }
    assert MAIL not in str(found)
    assert "Wrote to" not in str(found)
    assert MAIL not in caplog.text


# What is remembered


async def remember(roxy, *texts):
    memory = UserMemory(await roxy._rooms.database.get()).for_turn(Journal())
    return [await memory.remember(text) for text in texts]


def remembered(model) -> str:
    return "\n".join(part for _, part in model.said() if isinstance(part, str) and part.startswith(REMEMBERED))


@pytest.mark.requirement("memory.facts")
async def test_what_is_remembered_and_matters_goes_with_the_request_right_before_it(roxy, person, bench):
    await remember(roxy, "I am allergic to peanuts", "my sister is called Ida", "I parked on level 3")
    home = bench.script("home", words("Soup."), words("Cake."))
    await person.say("let tester think what to cook tonight", model="home")
    assert "- I am allergic to peanuts (20" in remembered(home)
    assert "Ida" not in remembered(home)
    assert "level 3" not in remembered(home)
    assert home.said()[-2][1] == remembered(home)
    await person.say("and let tester think of something for my sister", model="home")
    assert "- my sister is called Ida" in remembered(home)


@pytest.mark.requirement("memory.facts")
async def test_few_remembered_things_go_with_a_request_and_none_that_does_not_fit(roxy, person, bench):
    await remember(roxy, *(f"tester of kind {number} is in the cellar {'x' * 500}" for number in range(30)))
    home = bench.script("home", words("Fine."), words("Fine."))
    await person.say("let the tester think hard of all kinds", model="home")
    told = remembered(home).splitlines()[1:]
    assert (len(told), max(map(len, told)) < 230) == (6, True)
    await person.say("please consider whatever else might be worthwhile", model="home")
    assert "worthwhile" in home.said()[-1][1]


@pytest.mark.requirement("memory.facts", "models.private")
async def test_remembered_things_are_pseudonyms_for_an_external_model_and_secrets_are_never_told(roxy, person, bench):
    await remember(
        roxy, f"my dentist is at {MAIL}", "the dentist's wifi password is Zinnia-77", "my dentist pin is 4711"
    )
    cloud = bench.script("cloud", words("Fine."))
    await person.say(f"let tester think about my dentist and {MAIL}", model="cloud")
    (stable,) = set(PSEUDONYM.findall(str(cloud.asked)))
    assert stable in remembered(cloud)
    assert MAIL not in str(cloud.asked)
    assert "Zinnia" not in str(cloud.asked)
    assert "4711" not in str(cloud.asked)


@pytest.mark.requirement("memory.facts")
async def test_what_took_another_place_is_not_told(roxy, person, bench):
    for said in ("I live in Bern", "yes", "I live in Porto now", "yes"):
        await person.say(said, model="none")
    home = bench.script("home", words("Fine."))
    await person.say("let tester think about where I live", model="home")
    assert "I live in Porto" in remembered(home)
    assert "Bern" not in remembered(home)


@pytest.mark.requirement("memory.facts")
async def test_what_a_model_wants_to_remember_is_asked_and_after_a_no_never_again(roxy, person, bench):
    wish = ("memory.remember", {"fact": "my sister is called Ida"})
    home = bench.script("home", calls(wish), words("OK."), calls(wish), words("OK again."))
    asked = await person.say("let tester think about Ida", model="home")
    assert asked.text == "Shall I remember that your sister is called Ida?"
    assert (await person.say("no")).text == "OK."
    assert "did not say yes" in str(home.said()[-1])
    assert (await person.say("let tester think about Ida", model="home")).text == "OK again."
    assert "does not want this" in str(home.said()[-1])
    assert not (await person.say("my sister is called Ida", model="none")).question
    memory = UserMemory(await roxy._rooms.database.get()).for_turn(Journal())
    assert await memory.latest() == []


@pytest.mark.requirement("memory.facts")
async def test_what_a_model_wants_to_remember_is_kept_as_a_fact_after_a_yes(roxy, person, bench):
    bench.script("home", calls(("memory.remember", {"fact": "Anna prefers tea"})), words("OK."))
    await person.say("let tester think about Anna", model="home")
    await person.say("yes")
    memory = UserMemory(await roxy._rooms.database.get()).for_turn(Journal())
    (item,) = await memory.latest()
    assert (item.text, item.kind, item.about["session_id"]) == ("Anna prefers tea", "fact", person.session_id)


@pytest.mark.requirement("memory.facts")
async def test_a_model_cannot_remember_where_nobody_can_be_asked(roxy, person, bench):
    home = bench.script("home", calls(("memory.remember", {"fact": "Anna prefers tea"})), words("OK."))
    reply = await person.say("let tester think about Anna", model="home", one_shot=True)
    assert reply.text == "OK."
    assert "Nobody can be asked now" in str(home.said()[-1])
