"""The memory skill on the bench."""

import pytest

from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.memory")


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        bench.now = bench.at("2026-05-20 12:00")
        yield bench


async def remember(bench, *facts):
    for fact in facts:
        assert (await bench.say(f"remember that {fact}")).success


async def test_what_was_remembered_is_told_back_to_the_user_with_its_day(bench):
    bench.now = bench.at("2026-05-03 09:00")
    kept = await bench.say("remember that my wifi password is Tulip-77")
    assert kept.text == "I will remember that your wifi password is Tulip-77."
    assert bench.memory.kept[0].text == "my wifi password is Tulip-77"
    bench.now = bench.at("2026-05-20 12:00")
    for question in ("what is my wifi password", "What's my Wi-Fi password?", "look up my wifi password"):
        reply = await bench.say(question)
        assert reply.text == "You told me on 3 May: your wifi password is Tulip-77."


@pytest.mark.parametrize(
    ("fact", "question", "answer"),
    [
        ("I parked on level 3", "where did I park?", "You told me today: you parked on level 3."),
        ("Anna's birthday is on 4 June", "when is Anna's birthday", "You told me today: Anna's birthday is on 4 June."),
        ("my dentist is Dr Who", "who is my dentist", "You told me today: your dentist is Dr Who."),
        ("the spare key is under the pot", "do you remember where the spare key is", "the spare key is under the pot."),
        ("I'm allergic to nuts and my brother isn't", "do you know what I'm allergic to", "you are allergic to nuts"),
    ],
)
async def test_questions_of_many_forms_find_the_fact(bench, fact, question, answer):
    await remember(bench, fact, "the boiler was serviced in May")
    reply = await bench.say(question)
    assert reply.success
    assert answer in reply.text


async def test_a_fact_that_answers_only_a_part_is_told_as_a_guess(bench):
    await remember(bench, "my email password is Rose-1")
    reply = await bench.say("what is my wifi password")
    assert reply.text == "I am not sure, but you told me today: your email password is Rose-1."


async def test_a_question_without_an_answer_says_so(bench):
    reply = await bench.say("where are my skis")
    assert not reply.success
    assert reply.code == "not_found"
    assert reply.text == "You have not told me anything about “skis”. Say “remember that …” and I will."


async def test_an_exclamation_mark_at_the_end_of_a_password_is_kept(bench):
    await bench.say("remember that my wifi password is Tulip!")
    assert bench.memory.kept[0].text == "my wifi password is Tulip!"
    await bench.say("remember that Anna is here!")
    assert bench.memory.kept[1].text == "Anna is here"


async def test_what_is_known_already_is_not_kept_twice(bench):
    await remember(bench, "the code is 4711")
    reply = await bench.say("Remember that the CODE is 4711")
    assert reply.text == "I know, you told me today."
    assert len(bench.memory.kept) == 1


async def test_a_thing_to_do_is_kept_and_a_reminder_is_offered(bench):
    reply = await bench.say("remember to water the plants")
    assert "remind me to water the plants" in reply.text
    assert bench.memory.kept[0].text == "to water the plants"


async def test_about_tells_everything_on_a_subject(bench):
    await remember(bench, "Bob likes tea", "Bob is my uncle", "Anna likes coffee")
    reply = await bench.say("what do you remember about Bob?")
    assert set(reply.text.splitlines()[1:]) == {"- Bob likes tea (today)", "- Bob is your uncle (today)"}
    assert len(reply.data["items"]) == 2


async def test_the_list_is_newest_first_and_says_when(bench):
    assert "not told me anything" in (await bench.say("what do you remember")).text
    bench.now = bench.at("2025-12-24 20:00")
    await remember(bench, "Bob likes tea")
    bench.now = bench.at("2026-05-19 20:00")
    await remember(bench, "I owe Anna 5 euros")
    bench.now = bench.at("2026-05-20 12:00")
    reply = await bench.say("what do you remember?")
    assert reply.text.splitlines() == [
        "You told me:",
        "- you owe Anna 5 euros (yesterday)",
        "- Bob likes tea (on 24 December 2025)",
    ]


async def test_one_fitting_fact_is_forgotten_at_once(bench):
    await remember(bench, "my wifi password is Tulip-77", "Bob likes tea")
    reply = await bench.say("forget my wifi password")
    assert reply.text == "I have forgotten that your wifi password is Tulip-77."
    assert [item.text for item in bench.memory.kept] == ["Bob likes tea"]
    assert reply.questions == []


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("2", ["Bob likes coffee"]),
        ("the first one", ["Bob likes tea"]),
        ("the one with tea", ["Bob likes coffee"]),
        ("all of them", []),
        ("none", ["Bob likes tea", "Bob likes coffee"]),
        ("the green one", ["Bob likes tea", "Bob likes coffee"]),
    ],
)
async def test_of_several_fitting_facts_the_user_says_which(bench, answer, left):
    await remember(bench, "Bob likes tea", "Bob likes coffee")
    bench.answers(answer)
    reply = await bench.say("forget about Bob")
    assert "1. Bob likes coffee\n2. Bob likes tea" in reply.questions[0]
    assert [item.text for item in bench.memory.kept] == left


@pytest.mark.parametrize(("answer", "kept"), [("yes", 0), ("no", 1)])
async def test_what_fits_only_in_part_is_forgotten_after_a_yes(bench, answer, kept):
    await remember(bench, "my email password is Rose-1")
    bench.answers(answer)
    reply = await bench.say("forget my wifi password")
    assert reply.questions == ["Do you mean that your email password is Rose-1? Shall I forget it?"]
    assert len(bench.memory.kept) == kept


async def test_nobody_can_say_which_in_a_single_turn_so_nothing_is_forgotten(bench):
    await remember(bench, "Bob likes tea", "Bob likes coffee")
    reply = await bench.say("forget about Bob")
    assert reply.code == "needs_input"
    assert len(bench.memory.kept) == 2


async def test_forgetting_what_is_unknown_says_so(bench):
    reply = await bench.say("forget my shoe size")
    assert reply.code == "not_found"


async def test_that_means_the_newest(bench):
    await remember(bench, "Bob likes tea", "Anna likes coffee")
    bench.answers("yes")
    await bench.say("forget that")
    assert [item.text for item in bench.memory.kept] == ["Bob likes tea"]


@pytest.mark.parametrize(("answer", "kept"), [("yes", 0), ("no", 2)])
async def test_everything_is_forgotten_only_after_a_yes(bench, answer, kept):
    await remember(bench, "Bob likes tea", "Anna likes coffee")
    bench.answers(answer)
    reply = await bench.say("forget everything")
    assert reply.questions == ["Shall I forget all 2 things you told me?"]
    assert len(bench.memory.kept) == kept


@pytest.mark.parametrize(("answer", "left"), [("yes", 1), ("no", 3)])
async def test_all_that_is_known_about_somebody_is_forgotten_after_a_yes(bench, answer, left):
    await remember(bench, "my sister is called Ida", "my sister lives in Graz", "my brother is called Bo")
    bench.answers(answer)
    reply = await bench.say("forget what you know about my sister")
    assert reply.text == ("I have forgotten 2 things." if answer == "yes" else "I keep it.")
    assert len(bench.memory.kept) == left


async def test_forgetting_about_somebody_who_was_never_told_of_says_so(bench):
    await remember(bench, "my brother is called Bo")
    assert (await bench.say("forget everything you know about my sister")).code == "not_found"
    assert len(bench.memory.kept) == 1
