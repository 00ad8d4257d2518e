import pytest

from roxy.conversation.longterm.sentences import facts


@pytest.mark.requirement("memory.facts")
@pytest.mark.parametrize(
    ("said", "slot", "told"),
    [
        ("My sister is called Ida.", "sister.name", "your sister is called Ida"),
        ("my sister's name is Ida", "sister.name", "your sister is called Ida"),
        (
            "Hi Roxy, my best friend\N{RIGHT SINGLE QUOTATION MARK}s name is Jo",
            "best friend.name",
            "your best friend is called Jo",
        ),
        ("I live in Bern, what's the weather there", "home", "you live in Bern"),
        ("we moved to Porto because of the sea", "home", "you live in Porto"),
        ("I'm allergic to peanuts and cats", "allergy.peanuts", "you are allergic to peanuts"),
        ("By the way, I am vegetarian!", "diet", "you are vegetarian"),
        ("my birthday is on 3 May", "birthday", "your birthday is on 3 May"),
        ("I was born on the 3rd of May 1980", "birthday", "your birthday is on the 3rd of May 1980"),
        ("my favorite tea is Assam", "favourite tea", "your favourite tea is Assam"),
        ("my dentist is Dr Who", "dentist.name", "your dentist is Dr Who"),
        ("I work as a baker", "work", "you work as a baker"),
        ("I come from Graz", "origin", "you are from Graz"),
        ("my brother lives in Zürich", "brother.home", "your brother lives in Zürich"),
        ("my son is allergic to eggs", "son.allergy.eggs", "your son is allergic to eggs"),
        ("I don't eat pork", "no food.pork", "you do not eat pork"),
    ],
)
def test_what_the_user_says_of_themself_is_a_fact(said, slot, told):
    (fact,) = facts(said)
    assert (fact.slot, fact.told) == (slot, told)
    assert facts(fact.text)[0].slot == slot  # as it is kept, it is read as the same again


@pytest.mark.requirement("memory.facts")
@pytest.mark.parametrize(
    "said",
    [
        "do I live in Bern?",
        "is my sister called Ida",
        "I live in Bern?",
        "if I live in Bern, what is my tax",
        "she lives in Bern",
        "my sister is not called Ida",
        "my sister is called what",
        "I'm allergic to that",
        "I am from there",
        "my wifi password is Tulip-77",
        "my pin is 1234",
        "what is my birthday",
        "remind me that my sister is called Ida",
        "my sister is called one two three four five six seven eight",
        "",
    ],
)
def test_questions_suppositions_denials_and_secrets_are_none(said):
    assert facts(said) == []


def test_several_facts_of_one_utterance_are_found_in_order_and_each_slot_once():
    said = "I live in Bern. My sister is called Ida; my sister is called Eva. I'm allergic to nuts."
    assert [fact.slot for fact in facts(said)] == ["home", "sister.name", "allergy.nuts"]
