"""What the lists of the model and the words themselves say for or against a name."""

import pytest

from roxy.privacy.detection.ner.decode import Span
from roxy.privacy.detection.ner.evidence import Evidence
from roxy.privacy.detection.ner.model import MODEL, read
from roxy.privacy.detection.ner.tables import Lists


@pytest.fixture(scope="module")
def evidence():
    return Evidence(Lists(read(MODEL)[1]))


def believed(evidence, text, value, label):
    start = text.index(value)
    return evidence.believes(text, Span(start, start + len(value), label, 0.6))


@pytest.mark.parametrize(
    ("text", "value", "label"),
    [
        ("Stinge lumina din hol.", "Stinge lumina din hol", "LOC"),
        ("Tvättmaskinen låter konstigt.", "Tvättmaskinen låter konstigt", "LOC"),
        ("Baja las persianas del comedor.", "Baja las persianas del comedor", "LOC"),
        ("kurz Zusammenfassung der beiden ersten Kapitel", "Zusammenfassung der beiden ersten", "PER"),
        ("Wo ist der Schlüsselbund?", "Schlüsselbund", "PER"),
        ("Gibt es eine Steuererklärung?", "Steuererklärung", "LOC"),
        ("Tilføj løg og gulerødder til listen.", "Tilføj", "PER"),
        ("El tren sale a las ocho.", "El tren", "LOC"),
        ("Le chat dort sur le canapé.", "Le", "PER"),
        ("Aisle 5, shelf 3, bin 12", "Aisle 5, shelf 3, bin 12", "ADR"),
        ("Zaal 3, rij 12, stoel 45", "Zaal 3, rij 12, stoel 45", "ADR"),
    ],
)
def test_pieces_of_foreign_sentences_are_no_names(evidence, text, value, label):
    assert not believed(evidence, text, value, label)


@pytest.mark.parametrize(
    ("text", "value", "label"),
    [
        ("Rio de janeiro", "Rio de janeiro", "LOC"),
        ("City of New Orleans", "City of New Orleans", "LOC"),
        ("Ludwig van beethoven", "Ludwig van beethoven", "PER"),
        ("Frag die Anna", "Anna", "PER"),
        ("Sigrún kemur ekki í dag.", "Sigrún", "PER"),
        ("Wiebke was here.", "Wiebke", "PER"),
        ("El Paso is hot.", "El Paso", "LOC"),
        ("Sector 7, Block 12", "Sector 7, Block 12", "ADR"),
        ("Lindenstrasse 5, Berlin 10", "Lindenstrasse 5, Berlin 10", "ADR"),
        ("Via Roma 5, Milano 20", "Via Roma 5, Milano 20", "ADR"),
        ("Kahurangi likes tea and cake with us.", "Kahurangi", "PER"),
        ("jan van der Xylberg", "Xylberg", "PER"),
    ],
)
def test_names_are_believed_as_people_write_them(evidence, text, value, label):
    assert believed(evidence, text, value, label)


def named(evidence, text, value):
    start = text.index(value)
    pieces = evidence.named_in(text, Span(start, start + len(value), "LOC", 0.6))
    return [(text[piece.start : piece.end], piece.label) for piece in pieces]


def test_a_sentence_taken_for_a_place_leaves_the_names_in_it(evidence):
    text = "Envoie un message à Philippa pour dire que le colis est arrivé chez Meenakshi"
    found = named(evidence, text, "Philippa pour dire que le colis est arrivé chez Meenakshi")
    assert found == [("Philippa", "PER"), ("Meenakshi", "PER")]
    assert named(evidence, "Im zweiten Stock streikt schon wieder alles.", "Stock streikt schon wieder") == []
    assert named(evidence, "In Villa Maria del Sol y Mar", "Villa Maria del Sol y Mar") == [
        ("Villa Maria del Sol y Mar", "LOC")
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [("oat latte", "PERSON"), ("Deep Focus", "PERSON"), ("swimming pool", "LOCATION")],
)
def test_common_words_are_words(evidence, value, kind):
    assert evidence.are_words(value.split(), kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Grace Hall", "PERSON"),
        ("Wiebke", "PERSON"),
        ("Anna Light", "PERSON"),
        ("Al Smith", "PERSON"),
        ("Reading", "LOCATION"),
        ("Long Beach", "LOCATION"),
        ("US", "LOCATION"),
    ],
)
def test_words_that_are_names_too_are_not_only_words(evidence, value, kind):
    assert not evidence.are_words(value.split(), kind)


def test_a_word_is_called_so_when_it_means_nothing_else(evidence):
    assert evidence.is_called("Anna")
    assert evidence.is_called("Wiebke")
    assert not evidence.is_called("Kitchen")
    assert not evidence.is_called("Amber")
