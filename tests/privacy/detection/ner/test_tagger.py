"""People, places and addresses are found in prose, in values, in many scripts; other words are left alone."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from roxy.privacy.detection.ner.tagger import NamesModel


@pytest.fixture(scope="module")
def model():
    tagger = NamesModel()
    tagger.load()
    return tagger


def found(model, text, *kinds):
    return [text[spot.start : spot.end] for spot in model.find(text) if not kinds or spot.type in kinds]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Yesterday Margaret Whitfield told me about it.", ["Margaret Whitfield"]),
        ("Please forward this to Kowalczyk and Brown.", ["Kowalczyk", "Brown"]),
        ("Whitfield, Margaret", ["Whitfield, Margaret"]),
        ("text mum that Aino is late", ["Aino"]),
        ("my name is margaret whitfield", ["margaret whitfield"]),
        ("MARGARET WHITFIELD", ["MARGARET WHITFIELD"]),
        ("Ludwig van Beethoven wrote it.", ["Ludwig van Beethoven"]),
        ("Hi Priya,\n\nthe report is done.\n\nBest,\nTomás", ["Priya", "Tomás"]),
        ("Attendees: Ana Lima, John O'Neill, Wei Zhang", ["Ana Lima", "John O'Neill", "Wei Zhang"]),
        ("Mr. J. P. Hargreaves has an appointment.", ["J. P. Hargreaves"]),
        ("Margaret's book is on the table.", ["Margaret"]),
        ("Willis Green", ["Willis Green"]),
        ("Meeting with Γιώργος Παπαδόπουλος tomorrow", ["Γιώργος Παπαδόπουλος"]),
        ("Меня зовут Анна Иванова.", ["Анна Иванова"]),
        ("Hej, jag heter Åsa Öberg", ["Åsa Öberg"]),
        ("Ask maria lopez. She knows.", ["maria lopez"]),
        ("Can you draft a reply to robert edwards about it?", ["robert edwards"]),
    ],
)
def test_people_are_found_whole(model, text, names):
    assert found(model, text, "PERSON") == names


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("What's the weather like in Helsinki tomorrow?", "Helsinki"),
        ("She moved from Portugal to Brazil.", "Portugal"),
        ("Flights to New York are cheap", "New York"),
        ("weather tampere", "tampere"),
    ],
)
def test_places_are_places_and_not_people(model, text, place):
    assert place in found(model, text, "LOCATION")
    assert found(model, text, "PERSON") == []


@pytest.mark.parametrize(
    "text",
    [
        "Deliver it to 221 Baker Street, London",
        "Hauptstraße 12, 10115 Berlin",
        "12 rue de la Paix, 75002 Paris",
        "742 Evergreen Terrace\nSpringfield, OR 97475",
    ],
)
def test_addresses_are_covered_from_number_to_town(model, text):
    spots = [spot for spot in model.find(text) if spot.type == "ADDRESS"]
    covered = "".join(text[spot.start : spot.end] for spot in model.find(text))
    assert spots
    assert any(letter.isdigit() for letter in covered)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n ",
        "turn on the lights in the kitchen",
        "remind me on Monday at 9 to water the plants",
        "Release Notes",
        "Weekly Team Review",
        "Install Docker and restart Jenkins",
        "def get_user(self): return self.user",
        "src/app/main.py:12: TypeError in load_config()",
        "The function is slow because the cache is cold.",
        "git checkout -b feature/login && npm run build",
        "Buy 20 shares of Microsoft in March",
        '{"status": "Open", "priority": "High"}',
        "add milk and bread to the shopping list",
        "See chapter 4, table 2.",
        "room 12, floor 3",
        "Zet de verwarming op twintig graden.",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_other_texts_are_left_alone(model, text):
    assert found(model, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "\ud800\udfff Anna \x00",
        "a" * 100_000,
        "Anna " * 20_000,
        "\n" * 50_000,
        "🙂" * 10_000,
        "١٢٣ ٤٥",
        "'s",
        "A",
        "\u0301",
    ],
    ids=["surrogates", "one word", "one name", "lines", "faces", "digits", "possessive", "letter", "mark"],
)
def test_odd_texts_are_bounded_and_spots_lie_inside(model, text):
    last = 0
    for spot in model.find(text):
        assert last <= spot.start < spot.end <= len(text)
        assert 0.5 <= spot.score <= 0.6
        last = spot.end


def test_a_name_deep_in_a_long_text_is_found_where_it_stands(model):
    filler = "The cache is cold and the queue is long. " * 600
    text = f"{filler}Then Margaret Whitfield called. {filler}"
    assert found(model, text) == ["Margaret Whitfield"]


def test_the_same_text_gives_the_same_spots_whatever_was_seen_before(model):
    text = "Then Margaret Whitfield of Helsinki called Deniz."
    before = list(NamesModel().find(text))
    for number in range(300):
        list(model.find(f"Filler{number} Word{number}"))
    assert list(model.find(text)) == before


def test_threads_may_share_it():
    model = NamesModel()
    texts = [f"Ask Margaret about room{number} and word{number % 7}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda text: found(model, text, "PERSON"), texts))
    assert answers == [["Margaret"]] * len(texts)


def test_importing_it_loads_neither_the_model_nor_a_trainer_nor_presidio():
    program = (
        "import sys; from roxy.privacy.detection.ner.tagger import NamesModel; NamesModel();"
        "print(*(m for m in ('pycrfsuite', 'presidio_analyzer', 'spacy', 'faker') if m in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert run.stdout.strip() == ""
