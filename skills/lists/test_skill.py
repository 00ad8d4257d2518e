"""The lists and notes skill on the bench."""

import pytest

from roxy.contracts.skills import NOT_MINE
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.lists")


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        yield bench


async def on(bench, name):
    return (await bench.store.get(f"list/{name}"))["items"]


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("add milk, eggs and bread to the shopping list", ["milk", "eggs", "bread"]),
        ("Add milk, eggs, and a pint of cream to my grocery list.", ["milk", "eggs", "pint of cream"]),
        ("put salt and pepper & mac and cheese on the shopping list", ["salt and pepper", "mac and cheese"]),
        ("we need some coffee and tea", ["coffee", "tea"]),
        ("add butter to the list", ["butter"]),
        ("I have to buy 2 litres of milk", ["2 litres of milk"]),
    ],
)
async def test_several_items_are_added_in_one_sentence(bench, said, items):
    reply = await bench.say(said)
    assert reply.success
    assert await on(bench, "shopping") == items
    assert reply.data["added"] == items


async def test_the_answer_repeats_what_was_added(bench):
    reply = await bench.say("add milk, eggs and bread to the shopping list")
    assert reply.text == "Added milk, eggs and bread to the shopping list."


async def test_items_that_are_there_already_are_not_added_twice(bench):
    await bench.say("add milk and eggs to the shopping list")
    reply = await bench.say("add Milk, egg and tea to the shopping list")
    assert await on(bench, "shopping") == ["milk", "eggs", "tea"]
    assert reply.text == "Added tea to the shopping list. Already there: Milk and egg."
    assert (await bench.say("add tea to the shopping list")).text == "Tea is on the shopping list already."


async def test_on_a_to_do_list_only_commas_separate(bench):
    await bench.say("add call Anna and Bob, pay rent to my to-do list")
    await bench.say("add a letter to Grandma to the todo list")
    assert await on(bench, "to-do") == ["call Anna and Bob", "pay rent", "a letter to Grandma"]


@pytest.mark.parametrize(("answer", "there"), [("yes", True), ("no", False)])
async def test_what_is_added_to_no_list_is_asked_about_first(bench, answer, there):
    bench.answers(answer)
    reply = await bench.say("add batteries")
    assert reply.questions == ["Shall I put batteries on the shopping list?"]
    assert ("list/shopping" in bench.store.kept) is there


@pytest.mark.parametrize("said", ["we need to call the plumber", "we need a holiday", "I need to think"])
async def test_a_need_that_is_no_thing_to_buy_is_left_alone(bench, said):
    with pytest.raises(AssertionError, match="no sentence of lists"):
        await bench.say(said)


async def test_what_was_bought_or_finished_but_is_on_no_list_is_left_to_others(bench):
    await bench.say("add milk to the shopping list")
    assert (await bench.say("I got a new job")).code == NOT_MINE
    assert (await bench.say("I got the milk")).text == "Took milk off the shopping list."


async def test_a_slip_in_the_name_of_a_list_makes_no_new_one(bench):
    await bench.say("add tea to the shoping list")
    assert list(bench.store.kept) == ["list/shopping"]


async def test_a_new_list_without_a_name_is_given_one(bench):
    bench.answers("garden")
    assert (await bench.say("create a new list")).text == "Made the garden list."


async def test_a_list_is_shown_under_all_its_names(bench):
    await bench.say("add milk and eggs to the shopping list")
    for said in ("what's on my shopping list?", "read me the grocery list", "shopping list", "what do we need to buy"):
        assert (await bench.say(said)).text == "On the shopping list:\n- milk\n- eggs"


async def test_a_named_list_lives_on_its_own(bench):
    await bench.say("add nails and glue to the hardware store list")
    await bench.say("add milk to the shopping list")
    assert (await bench.say("show me the hardware store list")).data["items"] == ["nails", "glue"]
    assert (await bench.say("which lists do I have?")).data == {"lists": {"hardware store": 2, "shopping": 1}}


async def test_the_only_list_is_the_list(bench):
    await bench.say("add nails to the hardware list")
    assert (await bench.say("what is on the list")).data["items"] == ["nails"]


async def test_the_default_list_can_be_set(bench):
    bench.config["default"] = "kitchen"
    await bench.say("add flour to the list")
    assert await on(bench, "kitchen") == ["flour"]


async def test_whether_an_item_is_on_a_list_is_answered(bench):
    await bench.say("add oat milk to the shopping list")
    assert (await bench.say("is milk on the shopping list?")).text == "Yes: oat milk."
    assert (await bench.say("is tea on the shopping list?")).text == "No, tea is not on the shopping list."


async def test_a_list_that_is_not_there_is_told_with_those_that_are(bench):
    assert "add … to the party list" in (await bench.say("show the party list")).text
    await bench.say("add milk to the shopping list")
    reply = await bench.say("show the party list")
    assert (reply.code, reply.text) == ("not_found", "There is no party list. There is: shopping.")


@pytest.mark.parametrize(
    "said",
    ["remove eggs from the shopping list", "check off the egg", "I bought eggs", "cross eggs off my shopping list"],
)
async def test_items_are_taken_off_in_many_words(bench, said):
    await bench.say("add milk, eggs to the shopping list")
    reply = await bench.say(said)
    assert reply.text == "Took eggs off the shopping list."
    assert await on(bench, "shopping") == ["milk"]


async def test_without_a_name_the_list_that_has_the_item_is_found(bench):
    await bench.say("add milk to the shopping list")
    await bench.say("add socks to the packing list")
    assert (await bench.say("check off socks")).data["list"] == "packing"


async def test_of_several_fitting_items_the_user_says_which(bench):
    await bench.say("add brown bread, white bread to the shopping list")
    bench.answers("white")
    reply = await bench.say("remove bread from the shopping list")
    assert reply.questions == ["Which one: brown bread or white bread?"]
    assert await on(bench, "shopping") == ["brown bread"]


async def test_what_is_not_there_is_told_and_the_rest_is_removed(bench):
    await bench.say("add milk to the shopping list")
    reply = await bench.say("remove milk and caviar from the shopping list")
    assert reply.text == "Took milk off the shopping list. Not there: caviar."
    reply = await bench.say("remove caviar from the shopping list")
    assert (reply.success, reply.code) == (False, "not_found")


@pytest.mark.parametrize(("answer", "left"), [("yes", []), ("no", ["milk", "eggs"])])
async def test_clearing_asks_first(bench, answer, left):
    await bench.say("add milk and eggs to the shopping list")
    bench.answers(answer)
    reply = await bench.say("clear the shopping list")
    assert reply.questions == ["Shall I take all 2 items off the shopping list?"]
    assert await on(bench, "shopping") == left


async def test_an_empty_list_is_made_and_deleted_without_a_question(bench):
    assert (await bench.say("make a list called summer camp")).text == "Made the summer camp list."
    assert "already" in (await bench.say("create a summer camp list")).text
    reply = await bench.say("delete the summer camp list")
    assert (reply.text, reply.questions) == ("Deleted the summer camp list.", [])
    assert bench.store.kept == {}


async def test_deleting_a_list_with_items_asks_first(bench):
    await bench.say("add milk to the shopping list")
    bench.answers("no", "yes")
    await bench.say("delete the shopping list")
    assert "list/shopping" in bench.store.kept
    await bench.say("delete the shopping list")
    assert bench.store.kept == {}


async def test_notes_are_kept_shown_newest_first_and_found(bench):
    for text in ("the blue paint is called Dusk", "the meter says 4711"):
        assert (await bench.say(f"take a note: {text}")).text == f"Noted: {text}"
    assert (await bench.say("show my notes")).text.splitlines() == [
        "Your notes:",
        "- the meter says 4711 (2 March)",
        "- the blue paint is called Dusk (2 March)",
    ]
    assert (await bench.say("find the note about paints and dusk")).code == "not_found"
    found = await bench.say("find the note about paint")
    assert [note["text"] for note in found.data["notes"]] == ["the blue paint is called Dusk"]


async def test_a_note_is_deleted_after_a_yes_and_its_number_is_not_used_for_another(bench):
    await bench.say("note that the meter says 4711")
    await bench.say("write down that the plumber comes")
    bench.answers("yes")
    reply = await bench.say("delete the note about the meter")
    assert reply.questions == ["Shall I delete the note “the meter says 4711”?"]
    assert (await bench.say("new note third")).data["note"] == 3
    assert (await bench.say("delete my last note")).questions == []
    bench.answers("yes")
    assert (await bench.say("delete all my notes")).data == {"deleted": 1}
    assert (await bench.say("delete the note about anything")).code == "not_found"


async def test_ten_notes_are_in_the_order_of_their_making(bench):
    for number in range(1, 12):
        await bench.say(f"note number{number}")
    assert [note["note"] for note in (await bench.say("my notes")).data["notes"]] == list(range(11, 0, -1))


async def test_an_item_with_an_and_in_it_is_taken_off_whole(bench):
    await bench.say("add call Anna and Bob, pay rent to my to-do list")
    reply = await bench.say("remove call Anna and Bob from my to-do list")
    assert reply.data["removed"] == ["call Anna and Bob"]
    assert await on(bench, "to-do") == ["pay rent"]
