import pytest

from roxy.conversation.notebook import MAX_CHARACTERS, Notebook
from roxy.conversation.undo import Journal
from roxy.errors import SkillError


@pytest.fixture
def notebook(database):
    return Notebook(database)


async def test_values_of_every_json_kind_are_kept(notebook):
    store = notebook.for_skill("lists", Journal())
    for value in (None, True, 1.5, "é", [1, [2]], {"a": {"b": None}}, "", [], 0):
        await store.put("key", value)
        assert await store.get("key", "missing") == value
    assert await store.get("other", "missing") == "missing"


async def test_one_skill_never_sees_anothers(notebook):
    mine, yours = (notebook.for_skill(name, Journal()) for name in ("mine", "yours"))
    await mine.put("key", 1)
    assert await yours.get("key") is None
    assert await yours.items() == {}
    assert not await yours.delete("key")
    assert await mine.delete("key")
    assert not await mine.delete("key")


async def test_items_are_sorted_and_chosen_by_their_exact_beginning(notebook):
    store = notebook.for_skill("lists", Journal())
    for key in ("list:b", "list:a", "List:c", "l%st:d", "other"):
        await store.put(key, key)
    assert list(await store.items("list:")) == ["list:a", "list:b"]
    assert list(await store.items("l%")) == ["l%st:d"]
    assert len(await store.items()) == 5


async def test_what_is_not_json_is_refused_and_the_old_value_stays(notebook):
    store = notebook.for_skill("lists", Journal())
    await store.put("key", "old")
    endless: list = []
    endless.append(endless)
    for value in (object(), {1, 2}, float("nan"), endless):
        with pytest.raises(SkillError, match="lists tried to keep something that is not JSON") as caught:
            await store.put("key", value)
        assert caught.value.skill == "lists"
    with pytest.raises(SkillError, match="is the most"):
        await store.put("key", "x" * MAX_CHARACTERS)
    assert await store.get("key") == "old"
