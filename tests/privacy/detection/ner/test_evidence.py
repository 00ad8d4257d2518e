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
        ("Kahurangi likes tea and cake with us.", "Kahurangi", "PER"),
        ("jan van der Xylberg", "Xylberg", "PER"),
    ],
)
def test_names_are_believed_as_people_write_them(evidence, text, value, label):
    assert believed(evidence, text, value, label)


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
