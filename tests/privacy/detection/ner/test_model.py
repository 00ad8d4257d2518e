"""A model file that cannot be trusted is told, never taken for a text without names."""

import hashlib

import numpy as np
import pytest

from roxy.errors import RoxyError, UnusableModel
from roxy.privacy.detection.ner.model import MODEL, read, write
from roxy.privacy.detection.ner.tagger import NamesModel

MOST_BYTES = 8_000_000


def test_the_model_in_the_package_is_small():
    assert sum(file.stat().st_size for file in MODEL.parent.iterdir() if file.is_file()) < MOST_BYTES


def test_the_card_tells_of_the_model_that_is_shipped():
    """What was measured and what goes out are the same bytes; a model trained anew needs its card written anew."""
    card = MODEL.with_name("MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"names.model  {hashlib.sha256(MODEL.read_bytes()).hexdigest()}" in card


def test_what_is_written_is_read(tmp_path):
    write(tmp_path / "m", {"labels": ["O"]}, {"a": np.arange(6, dtype=np.int16).reshape(2, 3)})
    header, arrays = read(tmp_path / "m")
    assert header["labels"] == ["O"]
    assert arrays["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.requirement("privacy.fail_closed")
@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:100] + bytes([raw[100] ^ 1]) + raw[101:],
        lambda raw: b"",
        lambda raw: b"ROXYNER2" + raw[8:],
    ],
    ids=["cut short", "one bit", "empty", "another format"],
)
def test_a_damaged_model_finds_nothing_because_it_raises(tmp_path, damage):
    path = tmp_path / "names.model"
    path.write_bytes(damage(MODEL.read_bytes()))
    model = NamesModel(path)
    with pytest.raises(UnusableModel, match="model of names"):
        list(model.find("Call Anna Smith"))
    assert not model.loaded


@pytest.mark.requirement("privacy.fail_closed")
def test_a_missing_model_raises_an_error_that_says_what_to_do(tmp_path):
    with pytest.raises(UnusableModel) as told:
        NamesModel(tmp_path / "none").load()
    assert isinstance(told.value, RoxyError)
    assert told.value.hint


def test_a_model_for_other_features_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("roxy.privacy.detection.ner.model.KINDS", 3)
    write(tmp_path / "old", {"labels": ["O"]}, {})
    monkeypatch.undo()
    with pytest.raises(UnusableModel, match="another version"):
        read(tmp_path / "old")
