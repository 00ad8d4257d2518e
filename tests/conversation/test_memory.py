import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roxy.contracts.skills import Memory
from roxy.conversation.memory import UserMemory
from roxy.conversation.undo import Journal
from roxy.store.database import open_database


@pytest.fixture
def memory(database) -> Memory:
    return UserMemory(database).for_turn(Journal("s1", "t1"))


async def _filled(memory):
    for text in (
        "my wifi password is hunter2-example",
        "I parked on level 3",
        "Anna's birthday is on the 3rd of May",
        "the keys are in the top drawer",
        "I am allergic to peanuts",
        "my brother lives in Zürich",
    ):
        await memory.remember(text)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what is my wifi password", "my wifi password is hunter2-example"),
        ("What's the WiFi password?", "my wifi password is hunter2-example"),
        ("where did I park", "I parked on level 3"),
        ("where did I park my car", "I parked on level 3"),
        ("when is Anna\N{RIGHT SINGLE QUOTATION MARK}s birthday?", "Anna's birthday is on the 3rd of May"),
        ("where are my keys", "the keys are in the top drawer"),
        ("where did I leave my keys", "the keys are in the top drawer"),
        ("what are my allergies", "I am allergic to peanuts"),
        ("peanut", "I am allergic to peanuts"),
        ("who lives in zurich", "my brother lives in Zürich"),
    ],
)
async def test_a_question_finds_what_was_remembered(memory, question, answer):
    await _filled(memory)
    assert [item.text for item in await memory.search(question)][:1] == [answer]


async def test_what_has_nothing_to_do_with_it_is_not_found(memory):
    await _filled(memory)
    assert await memory.search("how tall is the Eiffel tower") == []
    assert await memory.search("what is it") == []
    assert await memory.search("") == []
    assert await memory.search("keys", limit=0) == []


async def test_the_item_with_more_of_the_words_comes_first(memory):
    await memory.remember("the red car needs new tyres")
    await memory.remember("the blue car is at the garage for its brakes and the oil and many other things")
    await memory.remember("blue paint is in the cellar")
    found = await memory.search("where is the blue car of Peter")
    assert [item.text[:8] for item in found] == ["the blue"]


async def test_only_small_words_still_find_their_sentence(memory):
    await memory.remember("to be or not to be")
    assert len(await memory.search("to be or not to be")) == 1


async def test_an_item_comes_back_whole(memory):
    id_ = await memory.remember("I parked on level 3", subject="car", floor=3)
    (item,) = await memory.latest()
    assert (item.id, item.text) == (id_, "I parked on level 3")
    assert item.at.tzinfo is not None
    assert {"subject": "car", "floor": 3}.items() <= item.about.items()
    assert item.about["session_id"]
    assert item.about["turn_id"]


async def test_an_item_is_corrected_and_keeps_the_day_on_which_it_was_told(memory):
    id_ = await memory.remember("I parked on level 3", floor=3)
    (before,) = await memory.latest()
    assert await memory.edit(id_, "I parked on level 4")
    (after,) = await memory.search("where did I park")
    assert (after.id, after.text, after.at) == (id_, "I parked on level 4", before.at)
    assert after.about["floor"] == 3
    assert after.about["changed"]
    assert await memory.search("level 3 parked") == [after]
    assert not await memory.edit("mem_gone", "x")


async def test_the_latest_come_first_and_are_limited(memory):
    for number in range(5):
        await memory.remember(f"fact {number}")
    assert [item.text for item in await memory.latest(limit=2)] == ["fact 4", "fact 3"]


async def test_what_is_forgotten_is_found_no_more(memory):
    id_ = await memory.remember("I parked on level 3")
    assert await memory.forget(id_)
    assert not await memory.forget(id_)
    assert await memory.search("park") == []


async def test_memory_is_shared_by_sessions_and_survives_a_restart(tmp_path):
    async with open_database(tmp_path) as database:
        await UserMemory(database).for_turn(Journal("s1", "t1")).remember("I parked on level 3")
    async with open_database(tmp_path) as database:
        other = UserMemory(database).for_turn(Journal("s2", "t2"))
        assert [item.text for item in await other.search("where did I park")] == ["I parked on level 3"]


async def test_a_forgotten_text_is_not_left_in_the_database_file(tmp_path):
    async with open_database(tmp_path) as database:
        memory = UserMemory(database).for_turn(Journal())
        id_ = await memory.remember("xylophone quartz")
        await memory.forget(id_)
    assert b"xylophone quartz" not in (tmp_path / "roxy.db").read_bytes()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.one_of(st.text(), st.text(alphabet='"*()^:+-{}NEAR ANDORT\0\ud800é\u0301')))
async def test_no_query_text_breaks_the_search(memory, query):
    if not await memory.latest():
        await _filled(memory)
    for item in await memory.search(query):
        assert item.text


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=200))
async def test_any_text_can_be_remembered_and_forgotten(memory, text):
    id_ = await memory.remember(text)
    (item,) = await memory.latest(limit=1)
    assert item.id == id_
    assert await memory.forget(id_)


@pytest.mark.requirement("memory.facts")
async def test_what_may_matter_to_a_request_is_found_by_any_word_or_its_topic_but_no_secret(memory, database):
    await _filled(memory)
    of_user = UserMemory(database)
    found = await of_user.related("please write to my brother in Zürich about the top drawer", 3)
    assert {item.text for item in found} == {"my brother lives in Zürich", "the keys are in the top drawer"}
    assert [item.text for item in await of_user.related("what could I cook tonight", 3)] == ["I am allergic to peanuts"]
    assert await of_user.related("the wifi password of the house", 3) == []
    assert await of_user.related("what is it", 3) == []
    assert len(await of_user.related("brother, allergic, level", 2)) == 2
